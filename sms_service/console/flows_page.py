"""The flows: a list, each as words and as a picture, and every text to print."""

from __future__ import annotations

import re

from starlette.responses import Response

from flows import LANGUAGES, Library
from flows.drawing.draw import draw
from flows.flow import Flow
from flows.staging.outline import outline
from flows.staging.printing import sections
from sms_service import flow_findings, library, programs, texts_page
from sms_service.console.door import Page
from sms_service.console.sessions import EDITORS, READERS
from sms_service.console.visit import Visit
from sms_service.html import MissingPageError

ADDRESS = "/console/flows"
_SHOWN = 12


async def listing(visit: Visit) -> Response:
    """Return the list of the current version's flows."""
    in_use = await library.in_use(visit.connection)
    found = in_use.library
    opened = {section.name: section for section in sections(found)}
    rows = [
        {"flow": flow, "opened": opened[flow.name], "faults": flow_findings.of_flow(found, flow).count}
        for flow in found.flows.values()
    ]
    order = list(opened)
    rows.sort(key=lambda row: order.index(row["flow"].name))  # type: ignore[attr-defined]
    return visit.show(
        "flows.html",
        rows=rows,
        in_use=in_use,
        version=found.digest[:_SHOWN],
        faults=len(flow_findings.findings(found)),
        others=flow_findings.of_none(found),
        held=await _held(visit, found.digest),
        may_play=may_play(visit),
    )


async def _held(visit: Visit, digest: str) -> list[str]:
    """Return the programs whose conversations begin with another version, of those that whoever visits may read."""
    mine = [one for one in await programs.load(visit.connection) if visit.session.roles.get(one.id) in READERS]
    return [one.name for one in mine if one.settings.flow not in {"", digest}]


async def one(visit: Visit) -> Response:
    """Return a flow as words and as a picture, its texts in the language that was asked for."""
    known = await library.current(visit.connection)
    flow = find(visit, known)
    words = spoken(visit)
    return visit.show(
        "flow.html",
        flow=flow,
        words=words,
        steps=outline(flow, words),
        found=flow_findings.of_flow(known, flow),
        opened=next(section for section in sections(known) if section.name == flow.name),
        flows=known.flows,
        picture=draw(flow, words, styled=False),
        version=known.digest[:_SHOWN],
        may_play=may_play(visit),
    )


async def picture(visit: Visit) -> Response:
    """Return a flow's picture as a file of its own, to keep or to print large."""
    flow = find(visit, await library.current(visit.connection))
    words = spoken(visit)
    return attachment(draw(flow, words), f"{flow.name}.{words}.svg", "image/svg+xml")


async def texts(visit: Visit) -> Response:
    """Return every text that a participant can receive, on one page to print."""
    known = await library.current(visit.connection)
    asked = visit.request.query_params.get("texts", "")
    shown = [asked] if asked in LANGUAGES else list(LANGUAGES)
    found = texts_page.all_sections(known)
    count = sum(len(section.printed) for section in found)
    return visit.show(
        "flow_texts.html", sections=found, shown=shown, count=count, asked=asked, version=known.digest[:_SHOWN]
    )


def find(visit: Visit, known: Library) -> Flow:
    """Return the flow of the address. Raises MissingPageError if there is none of its name."""
    flow = known.flows.get(visit.request.path_params["name"])
    if flow is None:
        raise MissingPageError(visit.request.url.path)
    return flow


def spoken(visit: Visit) -> str:
    """Return the language in which texts are wanted: the one asked for, else the visitor's own."""
    asked = visit.request.query_params.get("texts", "")
    return asked if asked in LANGUAGES else visit.language


def may_play(visit: Visit) -> bool:
    """Whether whoever visits may play flows and save plays."""
    return bool(EDITORS.intersection(visit.session.roles.values()))


def attachment(body: str, name: str, media_type: str) -> Response:
    """Return a file to keep."""
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", name)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(body, media_type=media_type, headers=headers)


PAGES = (
    Page(ADDRESS, "GET", listing, READERS),
    Page(ADDRESS + "/texts", "GET", texts, READERS),
    Page(ADDRESS + "/{name}", "GET", one, READERS),
    Page(ADDRESS + "/{name}/picture", "GET", picture, READERS),
)
