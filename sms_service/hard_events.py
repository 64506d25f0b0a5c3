"""Two weeks after something hard at work: where help is stands in every check-in, and no more than four questions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from flows import local
from sms_service import programs
from sms_service.enough_people import ENOUGH, few
from sms_service.programs import Program, ProgramError, ProgramSettings

LASTS = timedelta(days=14)


def lasts(hard_event: str, today: date) -> bool:
    """Whether it is less than two weeks since a program's hard event, whose day is kept as text, "" for none."""
    return bool(hard_event) and timedelta(0) <= today - date.fromisoformat(hard_event) < LASTS


async def begin(connection: AsyncConnection, program: Program, on: date | None, now: datetime) -> date:
    """Have the two weeks begin on the day it happened, today if none is named; return the first day after them."""
    today = local(now.astimezone(UTC), program.settings.zone).date()
    day = on or today
    if day > today:
        raise ProgramError(
            "on", "%(day)s is still to come; name the day it happened, %(today)s at the latest", day=day, today=today
        )
    if today - day >= LASTS:
        earliest = today - LASTS + timedelta(days=1)
        raise ProgramError(
            "on",
            "%(day)s is two weeks ago or more; name a day from %(earliest)s to %(today)s",
            day=day,
            earliest=earliest,
            today=today,
        )
    if await few(connection, program.id):
        raise ProgramError(
            "people",
            "fewer than %(enough)s were in %(program)s when it was last counted, and what changes for few may single "
            "one out; it can be changed from the morning after %(enough)s are enrolled",
            enough=ENOUGH,
            program=program.slug,
        )
    await _save(connection, program, replace(program.settings, hard_event=day.isoformat()), now)
    return day + LASTS


async def end(connection: AsyncConnection, program: Program, now: datetime) -> bool:
    """End the two weeks now, however many people there are; False if there was nothing to end."""
    if not program.settings.hard_event:
        return False
    await _save(connection, program, replace(program.settings, hard_event=""), now)
    return True


async def _save(connection: AsyncConnection, program: Program, settings: ProgramSettings, now: datetime) -> None:
    if not await programs.save_settings(connection, program, settings, now):
        raise ProgramError("hard_event", "somebody else changed the program just now; try again")
