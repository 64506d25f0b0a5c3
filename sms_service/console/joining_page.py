"""Getting people in without a list of them: what there is to hand out, and each of it as a page to print."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from sms_service.console.door import Page
from sms_service.console.sessions import EDITORS
from sms_service.console.visit import Visit
from sms_service.invitation_words import letter, subject
from sms_service.joining import way_in

ADDRESS = "/console/programs/{slug}/joining"
_CARDS = 8


async def overview(visit: Visit) -> Response:
    """Return what there is to get people in with."""
    program = await visit.program()
    ways = {language: way_in(program, language) for language in ("en", "es")}
    page = f"{visit.rt.settings.public_url}/p/{program.slug}"
    return visit.show("joining.html", program=program, ways=ways, page=page)


async def handout(kind: str, visit: Visit) -> Response:
    """Return a page to print or to copy, in the language of `?in=`, whatever the console's own is."""
    program = await visit.program()
    written = "es" if visit.request.query_params.get("in") == "es" else "en"
    url = visit.rt.settings.public_url
    return visit.show(
        "handout.html",
        program=program,
        kind=kind,
        written=written,
        way=way_in(program, written),
        page=f"{url}/p/{program.slug}",
        names=[""] * _CARDS,
        subject=subject(program, written),
        letter=letter(program, url, written),
    )


PAGES = (
    Page(ADDRESS, "GET", overview, EDITORS),
    *(Page(f"{ADDRESS}/{kind}", "GET", partial(handout, kind), EDITORS) for kind in ("poster", "cards", "email")),
)
