"""The public pages: what this is, a program's own page, and what to do in a hard moment. Nobody signs in here.

They set no cookie and load nothing from elsewhere. /r/break answers without the database, and so does all that
resource_pages.py adds: /r/help and the places to turn.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from flows import Event
from flows.places.resources import pick
from flows.schedule import short_date
from sms_service import join_page, programs, resource_pages, style
from sms_service.health import AWAY
from sms_service.html import PUBLIC, MissingPageError, answered, language, page
from sms_service.joining import way_in, written
from sms_service.programs import Program
from sms_service.resources import Resources
from sms_service.runtime import Runtime

__all__ = ["routes", "written"]


def routes(rt: Runtime) -> APIRouter:
    """Return the public pages and the style they share."""
    router = APIRouter(routes=[style.ROUTE])
    desk = Resources(rt)

    async def home(request: Request) -> Response:
        try:
            known = await _programs(rt)
        except AWAY:
            known = []
        return _public(request, "home", programs=known)

    async def program(request: Request) -> Response:
        found = _named(await _programs(rt), request.path_params["slug"])
        return _public(request, "program", program=found, **asdict(way_in(found, language(request))))

    async def learn(request: Request) -> Response:
        known = await _programs(rt)
        if "slug" in request.path_params:
            known = [_named(known, request.path_params["slug"])]
        async with rt.begin() as (_, now):
            today = now.date()
        teaching = [p for p in known if _is_web(p.settings.learn_url) or _coming(p, today)]
        shelf = await desk.now()
        own = pick(shelf.resources, need="training", audience="clinicians", at=shelf.at)
        if len(teaching) == 1 and not own and not _coming(teaching[0], today):
            return RedirectResponse(teaching[0].settings.learn_url, 302, {"Referrer-Policy": "no-referrer"})
        sessions = {"programs": teaching, "sessions": lambda p: _coming(p, today), "day": short_date}
        return resource_pages.shown(request, shelf, "learn", "training", **sessions)

    pages = {"/": home, "/p/{slug}": program, "/r/break": _break, "/r/learn": learn, "/r/learn/{slug}": learn}
    for path, handler in {**pages, **resource_pages.routes(desk)}.items():
        router.add_route(path, answered(handler), methods=["GET"])
    for method, handler in join_page.routes(rt):
        router.add_route(join_page.ADDRESS, answered(handler), methods=[method])
    return router


async def _programs(rt: Runtime) -> list[Program]:
    async with rt.begin() as (connection, _):
        return await programs.load(connection)


def _named(known: list[Program], slug: str) -> Program:
    for program in known:
        if program.slug == slug:
            return program
    raise MissingPageError(slug)


def _public(request: Request, name: str, **values: Any) -> Response:
    lang = language(request)
    template = f"public/{name}.{lang}.html"
    return page(template, lang=lang, cache=PUBLIC, path=request.url.path, **values)


async def _break(request: Request) -> Response:
    return _public(request, "break")


def _coming(program: Program, today: date) -> list[Event]:
    """Return the sessions that are not over."""
    return [event for event in program.events if event.on >= today]


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://"))
