"""The routes under /console: the doors in and out, and the pages of each area."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sms_service.console import (
    audit_page,
    calendar_page,
    calls_page,
    factor_page,
    flows_page,
    forms,
    go_live_page,
    history_page,
    identity_page,
    import_page,
    joining_page,
    learning_page,
    link_page,
    me_page,
    new_program_page,
    papers_page,
    pause_page,
    people_page,
    play_page,
    plays_page,
    programs_page,
    proposed_page,
    resource_page,
    resources_page,
    schedule_page,
    sessions,
    settings_page,
    sign_in,
    staff_page,
    today_page,
)
from sms_service.console.door import AT_ONCE, Page, guarded
from sms_service.console.visit import RAIL, Visit
from sms_service.html import Handler, answered, keep_language, language, page
from sms_service.runtime import Runtime
from sms_service.translation import say


async def _start(visit: Visit) -> Response:
    """Lead on to the first page of the rail that is there for whoever comes in."""
    held = visit.session.held
    return RedirectResponse(next(way.address for way in RAIL if way.roles & held), 303)


PAGES: tuple[Page, ...] = (
    Page("/console", "GET", _start, sessions.ALL),
    *today_page.PAGES,
    *new_program_page.PAGES,
    *programs_page.PAGES,
    *schedule_page.PAGES,
    *settings_page.PAGES,
    *proposed_page.PAGES,
    *identity_page.PAGES,
    *history_page.PAGES,
    *pause_page.PAGES,
    *go_live_page.PAGES,
    *joining_page.PAGES,
    *import_page.PAGES,
    *plays_page.PAGES,
    *flows_page.PAGES,
    *play_page.PAGES,
    *people_page.PAGES,
    *resources_page.PAGES,
    *resource_page.PAGES,
    *calls_page.PAGES,
    *learning_page.PAGES,
    *calendar_page.PAGES,
    *me_page.PAGES,
    *factor_page.PAGES,
    *staff_page.PAGES,
    *audit_page.PAGES,
    *papers_page.PAGES,
)


def routes(rt: Runtime) -> APIRouter:
    """Return the console's pages."""
    outside: list[tuple[str, str, Callable[[Runtime, Request], Awaitable[Response]]]] = [
        (sign_in.ADDRESS, "GET", sign_in.come),
        (sign_in.ADDRESS, "POST", sign_in.enter),
        ("/console/sign-out", "POST", sign_in.leave),
        (sign_in.FORGOTTEN, "GET", sign_in.forgot),
        (sign_in.FORGOTTEN, "POST", sign_in.send_link),
        (link_page.ADDRESS, "GET", link_page.arrive),
        (link_page.ADDRESS, "POST", link_page.follow),
    ]
    pages: list[tuple[str, str, Handler]] = [(path, method, partial(handler, rt)) for path, method, handler in outside]
    room = asyncio.Semaphore(AT_ONCE)
    pages += [(one.path, one.method, guarded(rt, one, room)) for one in PAGES]
    router = APIRouter()
    for path, method, handler in pages:
        router.add_route(path, answered(_refusable(_spoken(rt, handler))), methods=[method])
    return router


def _refusable(handler: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except forms.FormError as refused:
            why = say(language(request), refused.why)
            return page("console/refused.html", lang=language(request), status=refused.status, why=why)

    return answer


def _spoken(rt: Runtime, handler: Handler) -> Handler:
    """Keep the language that was asked for by `?lang=`."""

    async def answer(request: Request) -> Response:
        response = await handler(request)
        if "lang" in request.query_params:
            keep_language(response, language(request), secure=rt.settings.public_url.startswith("https:"))
        return response

    return answer
