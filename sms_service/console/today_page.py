"""Today: a sentence, then what proves it: check-ins by the day, what runs, senders, calls, places to turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from starlette.responses import Response

from flows.places.resources import state
from flows.schedule import clock, local, short_date
from sms_service import daily_figures, program_pauses, programs, refusals, resources, running, senders
from sms_service.console import counts, pause_page, sessions
from sms_service.console.door import Page
from sms_service.console.visit import Visit
from sms_service.daily_figures import Day
from sms_service.pages import written
from sms_service.programs import Program
from sms_service.resources import HOME
from sms_service.twilio import errors

ADDRESS = "/console/today"
_DAYS = 7
_TO_LOOK_AT = frozenset({"stale", "broken"})


@dataclass(frozen=True, slots=True)
class Line:
    """A day of a program in words. `due` is in words also where it is withheld: then nothing else is said."""

    day: str
    due: str
    told: bool
    unsent: str
    lost: str


@dataclass(frozen=True, slots=True)
class Section:
    """One program on the page. `best` is the newest day with figures, None where no day has any."""

    program: Program
    people: counts.Shown
    lines: tuple[Line, ...]
    best: Line | None
    reasons: tuple[str, ...]
    counted: str
    planned: str
    paused: str
    calls: str


async def today(visit: Visit) -> Response:
    """Return the page for the programs that whoever asks may read."""
    roles = visit.session.roles
    readable = [p for p in await programs.load(visit.connection) if roles.get(p.id) in sessions.READERS]
    days = await daily_figures.latest(visit.connection, [p.id for p in readable], _DAYS)
    people = await counts.headcounts(visit, [p.id for p in readable])
    sections = [_section(visit, one, days[one.id], people[one.id]) for one in readable]
    parts = await running.parts(visit.rt, visit.connection)
    owners = await resources.programs_of(visit.connection)
    known = resources.of(await resources.load(visit.connection), owners, roles)
    states = [(one, state(one, visit.now.date())) for one in known]
    stopped, refused = await _stopped(visit, readable), await _refused(visit, readable)
    return visit.show(
        "today.html",
        sections=sections,
        parts=[(part, _when(visit, part.since)) for part in parts],
        trouble=[part for part in parts if part.how in {"behind", "stands"}],
        stopped=stopped,
        refused=[one for one in refused if one["number"] not in {each["number"] for each in stopped}],
        floors=sorted({p.settings.floor for p in readable}),
        shown=sum(one.shown for one in known),
        look=sum(how in _TO_LOOK_AT for _, how in states),
        unverified=sum(how == "unverified" and one.country == HOME for one, how in states),
    )


def _section(visit: Visit, program: Program, days: list[Day], people: counts.Shown) -> Section:
    lines = tuple(_line(visit, day) for day in days)
    reasons = dict.fromkeys(reason for day in days for reason in day.check_ins.reasons)
    return Section(
        program=program,
        people=people,
        lines=lines,
        best=next((line for line in lines if line.told), None),
        reasons=tuple(reasons),
        paused=pause_page.said(visit, program),
        planned=_planned(visit, program, days),
        counted=_date(visit, local(days[0].counted_at.astimezone(UTC), program.settings.zone).date()) if days else "",
        calls=counts.calls(visit, program, days),
    )


def _planned(visit: Visit, program: Program, days: list[Day]) -> str:
    """Say how many check-ins the rule has today, by the people as they were last counted."""
    if program_pauses.holds(program.settings, visit.now):
        return visit.say("none: the program is paused")
    if not days:
        return visit.say("not counted yet")
    today = local(visit.now.astimezone(UTC), program.settings.zone).date()
    people = days[0].people
    found = daily_figures.planned(program, people, today)
    return visit.say("none, by the schedule") if found == 0 else counts.words(visit, found, people.floor)


def _line(visit: Visit, day: Day) -> Line:
    found = day.check_ins
    due = counts.words(visit, found.due, day.people.floor)
    return Line(_date(visit, day.day), due, found.due is not None, found.unsent, found.lost)


async def _stopped(visit: Visit, readable: list[Program]) -> list[dict[str, Any]]:
    """Return the stopped senders of these programs: the reason is the account's, and about no person."""
    mine = {program.sender for program in readable}
    found = await senders.load(visit.connection)
    return [
        {
            "number": written(one.number),
            "since": _when(visit, one.stopped_at),
            "reason": visit.say(errors.stored(one.stopped_reason)),
        }
        for one in found
        if one.stopped_reason is not None and one.number in mine
    ]


async def _refused(visit: Visit, readable: list[Program]) -> list[dict[str, str]]:
    """Return the senders most of whose texts are refused."""
    found = await refusals.of(visit.connection, sorted({one.sender for one in readable}), visit.rt.real())
    return [{"number": written(one.number), "kind": one.kind} for one in found]


def _date(visit: Visit, day: date) -> str:
    return short_date(day, visit.language)


def _when(visit: Visit, at: datetime | None) -> str:
    """Return a moment of the machine in UTC, which is what its log has."""
    if at is None:
        return ""
    there = at.astimezone(UTC)
    return f"{_date(visit, there.date())}, {clock(f'{there:%H:%M}', visit.language)} UTC"


PAGES = (Page(ADDRESS, "GET", today, sessions.READERS),)
