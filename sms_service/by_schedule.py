"""What the schedule had for a past day for which nothing stands on the table, or for one that a change took away.

Whoever was silent for long is asked once in four weeks, which nobody may learn. So how often somebody is asked is none
of it: it goes by the program's rule as it was on the day, at the weekday and hour that were the person's own then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import at_local, local, occurrence, soonest
from flows.rhythm import Occurrence, of_date
from sms_service import program_pauses, replanning, schedules
from sms_service.participants import Enrolment
from sms_service.program_settings import stored_settings
from sms_service.programs import Program

_BEFORE = text("""
    select occasion, due_at from (
        select occasion, due_at, state from appointments where enrolment_id = :enrolment and kind = 'check-in' offset 0
    ) own where due_at < :begins and state <> 'cancelled' order by due_at desc limit 1
""")
_THEN = text("""
    select version, cast(settings as text) as settings from program_versions
    where program_id = :program and at <= :moment order by version desc limit 1
""")
_VERSIONS = text("""
    select version, cast(settings as text) as settings, at from program_versions
    where program_id = :program order by version
""")


async def of_past(
    connection: AsyncConnection, program: Program, place: Row[Any], day: date, begins: datetime, now: datetime
) -> tuple[Occurrence | None, bool]:
    """Return what the rule had for a day that is over, or whose hour has come, and whether a pause kept it back."""
    own = await _own(connection, program, place, begins)
    program = await _then(connection, program, min(now, at_local(day, own.time, own.zone)))
    found = of_date(schedules.of(program, own), day)
    due = found.due if found is not None else None
    return found, due is not None and program_pauses.holds(program.settings, due)


async def paused(connection: AsyncConnection, program: Program, due: datetime) -> bool:
    """Whether a program was paused when a check-in of its was due."""
    return program_pauses.holds((await _then(connection, program, due)).settings, due)


async def taken_away(
    connection: AsyncConnection, program: Program, place: Row[Any], day: date, begins: datetime
) -> Occurrence | None:
    """Return what would have come next, on this day, when a schedule was saved that no longer has it."""
    own = await _own(connection, program, place, begins)
    rows = (await connection.execute(_VERSIONS, {"program": program.id})).all()
    for old, new in pairwise(rows):
        found = soonest(schedules.of(_as(program, old), own), new.at.astimezone(UTC))
        if not place.joined_at < new.at <= (place.left_at or new.at) or found is None or found.due is None:
            continue
        days = {found.occasion, local(found.due, own.zone).date()}
        if day in days and occurrence(schedules.of(_as(program, new), own), found.occasion).due is None:
            return found
    return None


async def _then(connection: AsyncConnection, program: Program, moment: datetime) -> Program:
    """Return a program with its settings as they were at a moment."""
    row = (await connection.execute(_THEN, {"program": program.id, "moment": moment})).one_or_none()
    return program if row is None else _as(program, row)


def _as(program: Program, version: Row[Any]) -> Program:
    """Return a program with the settings of a version."""
    return replace(program, version=version.version, settings=stored_settings(version.settings))


async def _own(connection: AsyncConnection, program: Program, place: Row[Any], begins: datetime) -> Enrolment:
    """Return a place with the weekday and hour of its check-in before a day: they may have been changed since."""
    own = replanning.enrolment(place)
    before = (await connection.execute(_BEFORE, {"enrolment": place.id, "begins": begins})).one_or_none()
    if before is None:
        return own
    program = await _then(connection, program, before.due_at)
    if occurrence(schedules.of(program, own), before.occasion).due == before.due_at:
        return own
    settings, weekday = program.settings, before.occasion.weekday()
    day = settings.day if weekday in {settings.day, *settings.also_days} else weekday
    hour = local(before.due_at.astimezone(UTC), own.zone) - timedelta(minutes=schedules.spread(program, own))
    return replace(own, day=day, time=f"{hour:%H:%M}")
