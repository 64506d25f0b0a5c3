"""The routes under /console, and who may pass."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sms_service.console import calls_page, forms, programs_page, resources_page, sessions, sign_in
from sms_service.console.auth import Doorkeeper
from sms_service.console.programs_page import Visit
from sms_service.html import Handler, answered, page
from sms_service.runtime import Runtime

_PROGRAMS = "/console/programs"


def routes(rt: Runtime) -> APIRouter:
    """Return the console's pages."""
    door = Doorkeeper(rt, asyncio.Semaphore(2))

    def posted(shown: Callable[..., Awaitable[Response]]) -> Handler:
        async def answer(request: Request) -> Response:
            form = await forms.read(rt, request)
            return await _signed_in(rt, partial(shown, form=form))(request)

        return answer

    call = calls_page.ADDRESS + "/{call}"
    pages: list[tuple[str, str, Handler]] = [
        ("/console", "GET", _inside),
        (sign_in.ADDRESS, "GET", partial(sign_in.come, rt)),
        (sign_in.ADDRESS, "POST", partial(sign_in.enter, door)),
        ("/console/sign-out", "POST", partial(sign_in.leave, rt)),
        (_PROGRAMS, "GET", _signed_in(rt, programs_page.listing)),
        (_PROGRAMS + "/{slug}", "GET", _signed_in(rt, programs_page.one)),
        ("/console/resources", "GET", _signed_in(rt, resources_page.listing)),
        (_PROGRAMS + "/{slug}", "POST", posted(programs_page.save)),
        (calls_page.ADDRESS, "GET", _signed_in(rt, calls_page.listing)),
        (call, "GET", _signed_in(rt, partial(calls_page.one, rt))),
        (call + "/take", "POST", posted(partial(calls_page.take, rt))),
        (call + "/close", "POST", posted(partial(calls_page.close, rt))),
    ]
    router = APIRouter()
    for path, method, handler in pages:
        router.add_route(path, answered(_refusable(handler)), methods=[method])
    return router


async def _inside(_: Request) -> Response:
    return RedirectResponse(_PROGRAMS, 303)


def _signed_in(rt: Runtime, shown: Callable[[Visit], Awaitable[Response]]) -> Handler:
    """Open the request's one transaction for whoever is signed in; anybody else is asked to sign in."""

    async def answer(request: Request) -> Response:
        async with rt.begin() as (connection, now):
            session = await sessions.find(rt, connection, request)
            if session is not None:
                return await shown(Visit(request, connection, now, session))
        return RedirectResponse(sign_in.ADDRESS, 303, {"Cache-Control": "no-store"})

    return answer


def _refusable(handler: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except forms.FormError as refused:
            return page("console/refused.html", status=refused.status, why=refused.why)

    return answer
