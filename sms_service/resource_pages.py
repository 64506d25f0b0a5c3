"""Where people turn in a hard moment: /r/help, a page for each resource, and the way out to a chat.

Nobody signs in, nothing is set or kept about who reads, and all of it answers while the database is away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from flows.places.resources import Audience, Need, Resource, Way, pick
from sms_service.html import PUBLIC, Handler, MissingPageError, language, page
from sms_service.resource_words import checked, languages, opening
from sms_service.resources import HOME, Resources, Shelf

_READERS: tuple[Audience, ...] = ("clinicians", "physicians", "nurses", "first-responders")
_ON_THE_WEB = ("chat", "url")


def routes(desk: Resources) -> Mapping[str, Handler]:
    """Return the pages by address. The last is for whatever /r/… no other page has, so it has to come last."""

    async def hard_moment(request: Request) -> Response:
        slug, lang = _program(request), language(request)
        shelf = (await desk.now()).of(slug)
        response = _public("help", request, shelf, slug=slug, **_help(shelf, lang))
        return _counted(request, response, shelf, "help")

    async def therapists(request: Request) -> Response:
        shelf = (await desk.now()).of(_program(request))
        return _counted(request, shown(request, shelf, "therapists", "therapist"), shelf, "therapists")

    async def one(request: Request) -> Response:
        shelf = await desk.now()
        resource = _shown(shelf, request)
        return _counted(request, _public("resource", request, shelf, resource=resource), shelf, resource.id)

    async def go(request: Request) -> Response:
        shelf = await desk.now()
        resource = _shown(shelf, request)
        ways = {str(number): way for number, way in enumerate(resource.ways, 1) if way.kind in _ON_THE_WEB}
        way = ways.get(request.path_params["n"])
        if way is None:
            raise MissingPageError(request.url.path)
        headers = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
        return _counted(request, RedirectResponse(way.to, 302, headers), shelf, f"{resource.id}/{way.kind}")

    def _counted(request: Request, response: Response, shelf: Shelf, resource: str) -> Response:
        """Have a page counted once it is on its way. A HEAD is a machine's look at a link, and nobody's."""
        if request.method == "GET":
            response.background = BackgroundTask(desk.count, shelf.at, resource, language(request))
        return response

    return {
        "/r/help": hard_moment,
        "/h/{slug}": hard_moment,
        "/r/therapists": therapists,
        "/r/go/{id}/{n}": go,
        "/r/{id}": one,
    }


def _program(request: Request) -> str:
    """Return of which program's people a page is, "" for nobody's in particular: by its path, or by `?p=`."""
    return str(request.path_params.get("slug") or request.query_params.get("p", ""))


def shown(request: Request, shelf: Shelf, name: str, *needs: Need, **values: Any) -> Response:
    """Return a page that lists the resources for some needs among other things."""
    return _public(name, request, shelf, lines=_for_readers(shelf, language(request), needs), **values)


def _public(name: str, request: Request, shelf: Shelf, **values: Any) -> Response:
    lang = language(request)
    words: dict[str, Any] = {
        "opening": opening,
        "checked": checked,
        "languages": languages,
        "href": _link(lang),
        "at": shelf.at,
    }
    return page(f"public/{name}.{lang}.html", lang=lang, cache=PUBLIC, path=request.url.path, **words, **values)


def _link(lang: str) -> Callable[[Resource, Way], str]:
    """Return what makes the links: addresses go through our own, so that they can be counted, and calls are plain."""

    def href(resource: Resource, way: Way) -> str:
        if way.kind in _ON_THE_WEB:
            return f"/r/go/{resource.id}/{resource.ways.index(way) + 1}" + ("?lang=es" if lang == "es" else "")
        return way.href(lang)

    return href


def _help(shelf: Shelf, lang: str) -> dict[str, Any]:
    """Return what the page of help shows, by section."""
    crisis = _picked(shelf, lang, ["crisis"], ("anyone", "veterans"))
    return {
        "emergency": _picked(shelf, lang, ["emergency"], ("anyone",)),
        "crisis": crisis,
        "far": [(one, way) for one in crisis for way in one.ways if way.far],
        "support": _for_readers(shelf, lang, ["support", "peers"]),
        "local": _by_place(
            _for_readers(shelf, lang, ["crisis", "local-crisis", "support", "peers"], region=region)
            for region in sorted({one.region for one in shelf.resources if one.region and one.country == HOME})
        ),
        "abroad": _by_place(
            _for_readers(shelf, lang, ["emergency", "crisis", "support", "peers"], country=country)
            for country in sorted({one.country for one in shelf.resources} - {HOME})
        ),
    }


def _for_readers(
    shelf: Shelf, lang: str, needs: Sequence[Need], *, country: str = HOME, region: str | None = None
) -> list[Resource]:
    """Return what is for anybody who may read the page; of a region only its own."""
    found = _picked(shelf, lang, needs, _READERS, country=country, region=region)
    return [one for one in found if one.region == region]


def _picked(
    shelf: Shelf, lang: str, needs: Iterable[Need], audiences: Sequence[Audience], **where: Any
) -> list[Resource]:
    found = {
        one.id: one
        for need in needs
        for audience in audiences
        for one in pick(shelf.resources, need=need, audience=audience, language=lang, at=shelf.at, **where)
    }
    return list(found.values())


def _by_place(groups: Iterable[Sequence[Resource]]) -> list[tuple[Mapping[str, str], Sequence[Resource]]]:
    return [(group[0].place, group) for group in groups if group]


def _shown(shelf: Shelf, request: Request) -> Resource:
    for one in shelf.resources:
        if one.id == request.path_params["id"] and one.shown:
            return one
    raise MissingPageError(request.url.path)
