"""The list of programs, and a program at a glance."""

from __future__ import annotations

from starlette.responses import Response

from sms_service import daily_figures, programs
from sms_service.console import counts, pause_page, schedule, sessions
from sms_service.console.door import Page
from sms_service.console.visit import Visit
from sms_service.pages import written


async def listing(visit: Visit) -> Response:
    """Return the programs that whoever asks may read."""
    roles = visit.session.roles
    readable = [p for p in await programs.load(visit.connection) if roles.get(p.id) in sessions.READERS]
    people = await counts.headcounts(visit, [p.id for p in readable])
    rows = [
        {
            "program": program,
            "number": written(program.sender),
            "schedule": schedule.sentence(program.settings),
            "enrolled": people[program.id].enrolled,
        }
        for program in readable
    ]
    may_add = bool(visit.session.held & (sessions.ADMINISTRATORS | {sessions.BEGINNER}))
    return visit.show("programs.html", rows=rows, may_add=may_add)


async def one(visit: Visit) -> Response:
    """Return a program at a glance: how people join, its schedule, how many are in it."""
    program = await visit.program()
    may_edit = visit.session.roles[program.id] in sessions.EDITORS
    days = await daily_figures.latest(visit.connection, [program.id])
    return visit.show(
        "program.html",
        program=program,
        number=written(program.sender),
        keywords=visit.say(" or ").join(program.keywords),
        people=(await counts.headcounts(visit, [program.id]))[program.id],
        stored=schedule.sentence(program.settings),
        paused=pause_page.said(visit, program),
        may_edit=may_edit,
        calls=counts.calls(visit, program, days[program.id]),
    )


ADDRESS = "/console/programs"
PAGES = (
    Page(ADDRESS, "GET", listing, sessions.READERS | {sessions.NO_ROLE}),
    Page(ADDRESS + "/{slug}", "GET", one, sessions.READERS),
)
