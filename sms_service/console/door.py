"""The way into every page of the console: who may, whether a form is believed, and the request's one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sms_service import audit
from sms_service.console import forms, sessions, sign_in
from sms_service.console.visit import Visit
from sms_service.html import Handler, MissingPageError
from sms_service.programs import Program
from sms_service.runtime import Runtime

Later = Callable[[], Awaitable[Response]]

_PROGRAM = text("select id from programs where slug = :slug")


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the console. `handler` takes the visit, and for POST the form, whose proof was checked.

    What must wait until all is stored, such as a letter, it returns as a function, which is called after that and
    makes the response.

    Where the path has `{slug}`, the role in that program must be among `roles`; else any role of the session, with
    `sessions.NO_ROLE` for somebody who has none. `largest` is how many bytes its form may have. What `prepare` makes of
    a program, the time and the form, in a thread of its own and in no transaction, the handler takes as well. So it
    does what `before` finds of the session and the form: it takes its time, such as to look at a password, and opens
    what transactions it needs by itself.
    """

    path: str
    method: str
    handler: Callable[..., Awaitable[Response | Later]]
    roles: frozenset[str]
    largest: int = forms.LARGEST
    prepare: Callable[[Program, datetime, forms.Form], Any] | None = None
    before: Callable[[Runtime, sessions.Session, forms.Form], Awaitable[Any]] | None = None


AT_ONCE = 3
"""So many transactions of pages are open at a time. Each may use two of the process's ten connections; the rest are
for texts."""


def guarded(rt: Runtime, page: Page, room: asyncio.Semaphore) -> Handler:
    """Return the handler of a page's address. Whoever is not signed in is asked to; others than `roles` are refused.

    `room` is shared by all pages.
    """

    async def answer(request: Request) -> Response:
        form: forms.Form | None = None
        prepared: tuple[Any, ...] = ()
        if page.largest > forms.LARGEST:
            # A file of somebody who may not send one is not even read.
            async with room:
                known = await _known(rt, page, request)
            if known is None:
                return _to_sign_in()
            form = large = await forms.read(rt, request, page.largest)
            prepared = await _prepared(page, known, large)
        elif page.method == "POST":
            form = await forms.read(rt, request)
        if page.before and form is not None:
            async with room:
                who = await _who(rt, page, request, form)
            if who is None:
                return _to_sign_in()
            prepared = (await page.before(rt, who, form),)
        async with room, rt.begin() as (connection, now):
            session = await sessions.find(rt, connection, request)
            if session is None:
                return _to_sign_in()
            visit = Visit(rt, request, connection, now, session)
            found = await _inside(page, visit, form, *prepared)
        return found if isinstance(found, Response) else await found()

    return answer


def _to_sign_in() -> Response:
    return RedirectResponse(sign_in.ADDRESS, 303, {"Cache-Control": "no-store"})


async def _known(rt: Runtime, page: Page, request: Request) -> tuple[str, Program, datetime] | None:
    """Return the proof of whoever asks, the program and the time; None for a stranger. Raises as `_let_in` does."""
    async with rt.begin() as (connection, now):
        session = await sessions.find(rt, connection, request)
        if session is None:
            return None
        visit = Visit(rt, request, connection, now, session)
        await _let_in(page, visit)
        return session.proof, await visit.program(), now


async def _who(rt: Runtime, page: Page, request: Request, form: forms.Form) -> sessions.Session | None:
    """Return whose form this is; None for a stranger. Raises as `_let_in` does, and where the form has no proof."""
    async with rt.begin() as (connection, now):
        session = await sessions.find(rt, connection, request)
        if session is not None:
            forms.check_proof(form, session.proof)
            await _let_in(page, Visit(rt, request, connection, now, session))
        return session


async def _prepared(page: Page, known: tuple[str, Program, datetime], form: forms.Form) -> tuple[Any, ...]:
    proof, program, now = known
    forms.check_proof(form, proof)
    return (await asyncio.to_thread(page.prepare, program, now, form),) if page.prepare else ()


async def _inside(page: Page, visit: Visit, form: forms.Form | None, *prepared: Any) -> Response | Later:
    if form is not None:
        forms.check_proof(form, visit.session.proof)
    await _let_in(page, visit)
    response = await (page.handler(visit) if form is None else page.handler(visit, form, *prepared))
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
    held = visit.session.held
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
