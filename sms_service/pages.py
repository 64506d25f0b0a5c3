"""The public pages: what this is, a program's own page, and what to do in a hard moment. Nobody signs in here.

They set no cookie and load nothing from elsewhere. /r/break answers without the database, and so does all that
resource_pages.py adds: /r/help and the places to turn.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from flows.places.resources import pick
from sms_service import join_page, learning_words, program_pauses, programs, resource_pages, style
from sms_service.health import AWAY
from sms_service.html import PUBLIC, MissingPageError, answered, language, page
from sms_service.joining import way_in
from sms_service.phone_numbers import written
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
            known = [program for program in await _programs(rt) if program.state == "live"]
        except AWAY:
            known = []
        return _public(request, "home", programs=known)

    async def program(request: Request) -> Response:
        async with rt.begin() as (connection, now):
            found = _named(await programs.load(connection), request.path_params["slug"])
        ended = program_pauses.asks_no_more(found, now)
        return _public(request, "program", program=found, ended=ended, **asdict(way_in(found, language(request))))

    async def learn(request: Request) -> Response:
        known = await _programs(rt)
        if "slug" in request.path_params:
            known = [_named(known, request.path_params["slug"])]
        async with rt.begin() as (connection, now):
            offers = await learning_words.offers(connection, known, now)
        shelf = (await desk.now()).of(request.path_params.get("slug", ""))
        own = pick(shelf.resources, need="training", audience="clinicians", at=shelf.at)
        if len(offers) == 1 and not own and not offers[0].events and not offers[0].videos:
            address = offers[0].program.settings.learn_url
            return RedirectResponse(address, 302, {"Referrer-Policy": "no-referrer"})
        return resource_pages.shown(request, shelf, "learn", "training", offers=offers, words=learning_words)

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
