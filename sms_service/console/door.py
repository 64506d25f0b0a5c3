"""The way into every page of the console: who may, whether a form is believed, and the request's one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sms_service import audit
from sms_service.console import forms, sessions, sign_in
from sms_service.console.visit import Visit
from sms_service.html import Handler, MissingPageError
from sms_service.runtime import Runtime

_PROGRAM = text("select id from programs where slug = :slug")


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the console. `handler` takes the visit, and for POST the form, whose proof was checked.

    Where the path has `{slug}`, the role in that program must be among `roles`; else any role of the session, with
    `sessions.NO_ROLE` for somebody who has none. `largest` is how many bytes its form may have.
    """

    path: str
    method: str
    handler: Callable[..., Awaitable[Response]]
    roles: frozenset[str]
    largest: int = forms.LARGEST


def guarded(rt: Runtime, page: Page) -> Handler:
    """Return the handler of a page's address. Whoever is not signed in is asked to; others than `roles` are refused."""

    async def answer(request: Request) -> Response:
        if page.largest > forms.LARGEST and not await _signed_in(rt, request):
            return _to_sign_in()  # a stranger's file is not even read
        form = await forms.read(rt, request, page.largest) if page.method == "POST" else None
        async with rt.begin() as (connection, now):
            session = await sessions.find(rt, connection, request)
            if session is not None:
                visit = Visit(rt, request, connection, now, session)
                return await _inside(page, visit, form)
        return _to_sign_in()

    return answer


def _to_sign_in() -> Response:
    return RedirectResponse(sign_in.ADDRESS, 303, {"Cache-Control": "no-store"})


async def _signed_in(rt: Runtime, request: Request) -> bool:
    async with rt.begin() as (connection, _):
        return await sessions.find(rt, connection, request) is not None


async def _inside(page: Page, visit: Visit, form: forms.Form | None) -> Response:
    if form is not None:
        forms.check_proof(form, visit.session.proof)
    await _let_in(page, visit)
    response = await (page.handler(visit) if form is None else page.handler(visit, form))
    for act, program_id, about in visit.notes:
        await audit.note(
            visit.connection,
            staff_id=visit.session.staff_id,
            act=act,
            program_id=program_id,
            about=about,
            now=visit.rt.real(),
        )
    return response


async def _let_in(page: Page, visit: Visit) -> None:
    """Raise MissingPageError for a program without a role in it, FormError for a role that may not."""
    held = set(visit.session.roles.values()) or {sessions.NO_ROLE}
    if "slug" in visit.request.path_params:
        held = {await _role(visit)}
    if not held & page.roles:
        raise forms.FormError(403, visit.say("Your role does not include this."))


async def _role(visit: Visit) -> str:
    slug = visit.request.path_params["slug"]
    program = (await visit.connection.execute(_PROGRAM, {"slug": slug})).scalar()
    if program is None or program not in visit.session.roles:
        raise MissingPageError(visit.request.url.path)
    return visit.session.roles[program]
