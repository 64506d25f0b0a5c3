"""How many are in a program, in words: as they were counted for a whole day, never at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sms_service import daily_figures
from sms_service.console import sessions
from sms_service.console.visit import Visit
from sms_service.daily_figures import Day, People
from sms_service.programs import Program


@dataclass(frozen=True, slots=True)
class Shown:
    """The people of one program in words that may be shown."""

    enrolled: str
    paused: str
    left: str


async def headcounts(visit: Visit, programs: Sequence[UUID]) -> Mapping[UUID, Shown]:
    """Return how many are in each program, as last counted."""
    latest = await daily_figures.latest(visit.connection, programs)
    return {program: _shown(visit, days[0].people if days else None) for program, days in latest.items()}


def _shown(visit: Visit, people: People | None) -> Shown:
    if people is None:
        return Shown(*[visit.say("not counted yet")] * 3)
    return Shown(*(words(visit, number, people.floor) for number in (people.enrolled, people.paused, people.left)))


def calls(visit: Visit, program: Program, days: Sequence[Day]) -> str:
    """Say whether calls were late on the last day counted, all that is told of them: not how many, whose or when."""
    if visit.session.roles[program.id] not in sessions.EDITORS:
        return ""
    if days and days[0].check_ins.late_call:
        return visit.say("On the last day that was counted a call was late; the support leads know.")
    return visit.say("Inside the promised time, as last counted") if program.calls else ""


def words(visit: Visit, number: int | None, floor: int) -> str:
    """Say a figure, or that it is withheld: then also not that it is none."""
    if number is None:
        return visit.say("fewer than %(floor)s", floor=floor)
    return visit.say("%(number)s or more", number=f"{number:,}")
