"""The list of places to turn: which are shown, who verified them, and what somebody has to do."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response

from flows.places.resources import URGENT, Resource, state
from flows.schedule import short_date
from sms_service import resources
from sms_service.console.door import Page
from sms_service.console.resource_page import may_change
from sms_service.console.sessions import ALL, EDITORS
from sms_service.console.visit import Visit
from sms_service.resources import HOME
from sms_service.translation import Word

NEEDS = {
    "emergency": Word("emergency"),
    "crisis": Word("crisis"),
    "local-crisis": Word("local crisis"),
    "support": Word("support"),
    "peers": Word("peers"),
    "therapist": Word("therapist"),
    "training": Word("training"),
}


async def listing(visit: Visit) -> Response:
    """Return every resource, those that need somebody first. Whoever has a role may read it: nobody is in it."""
    if not visit.session.roles:
        return _page(visit, sections={}, shown=0, due=0, theirs=frozenset())
    owners, today = await resources.programs_of(visit.connection), visit.now.date()
    known = resources.of(await resources.load(visit.connection), owners, visit.session.roles)
    sections: dict[str, list[Resource]] = {"due": [], "shown": [], "hidden": [], "abroad": []}
    for one in sorted(known, key=lambda one: one.need not in URGENT):
        sections[_section(one, today)].append(one)
    shown, due = sum(one.shown for one in known), len(sections["due"])
    theirs = {one.id for one in known if may_change(visit, one, owners)}
    return _page(visit, sections=sections, shown=shown, due=due, theirs=theirs)


def _page(visit: Visit, **values: Any) -> Response:
    words: dict[str, Any] = {"needs": NEEDS, "state": state, "verified": _verified}
    may_edit = bool(EDITORS & set(visit.session.roles.values()))
    return visit.show("resources.html", today=visit.now.date(), may_edit=may_edit, **words, **values)


def _verified(on: date, language: str) -> str:
    return f"{short_date(on, language).partition(' ')[2]} {on.year}"


def _section(one: Resource, today: date) -> str:
    how = state(one, today)
    if how == "unverified":
        return "hidden" if one.country == HOME else "abroad"
    return "shown" if how == "good" else "due"


PAGES = (Page("/console/resources", "GET", listing, ALL),)
