"""What the schedule had for a past day for which nothing stands on the table, or for one that a change took away.

Whoever was silent for long is asked once in four weeks, which nobody may learn. So how often somebody is asked is none
of it: it goes by the program's rule as it was on the day, at the weekday and hour that were the person's own then.

A check-in that was answered before its hour stays where it was planned, while a schedule that is saved meanwhile moves
everybody else's, or has it be another one. So what is told of it is what came of theirs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import NONE_YET, Last, Rhythm, at_local, following, local, occurrence, soonest
from flows.rhythm import APART, Occurrence, of_date
from sms_service import program_pauses, replanning, schedules
from sms_service.participants import Enrolment
from sms_service.program_settings import stored_settings
from sms_service.programs import Program

_OWN = """
    select occasion, due_at, settled_at, state from (
        select occasion, due_at, settled_at, state from appointments
        where enrolment_id = :enrolment and kind = 'check-in' offset 0
    ) own
"""
# One whose schedule was changed between its answer and its hour may not have been at that hour for anybody else.
_BEFORE = text(f"""
    {_OWN} where due_at < :begins and state <> 'cancelled' and not exists (
        select from program_versions
        where program_id = :program and own.state = 'done' and at > own.settled_at and at <= own.due_at
    ) order by due_at desc limit 1
""")
_LATEST = text(f"{_OWN} where state in ('done', 'dropped') order by due_at desc limit 1")
_LAST = text("""
    select max(due_at) as due, max(occasion) as occasion, max(settled_at) filter (where state = 'done') as came
    from (select * from appointments where enrolment_id = :enrolment and kind = 'check-in' offset 0) own
    where state in ('done', 'dropped') and due_at < :due
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


async def latest(connection: AsyncConnection, place: Row[Any]) -> Row[Any] | None:
    """Return somebody's latest check-in that was kept, left out, or answered before its hour."""
    return (await connection.execute(_LATEST, {"enrolment": place.id})).one_or_none()


async def unanswered(
    connection: AsyncConnection, program: Program, place: Row[Any], early: Row[Any]
) -> Occurrence | None:
    """Return what a check-in that was answered early is for whoever has not: planned anew with each schedule saved.

    None once the schedule has no more.
    """
    own = _at_the_time(await _then(connection, program, early.settled_at), replanning.enrolment(place), early)
    row = (await connection.execute(_LAST, {"enrolment": place.id, "due": early.due_at})).one()
    last = Last(row.due, row.occasion, row.came)
    found: Occurrence | None = Occurrence(early.occasion, early.due_at)
    for version in (await connection.execute(_VERSIONS, {"program": program.id})).all():
        rhythm = schedules.of(_as(program, version), own)
        if version.at <= early.settled_at or (found is not None and _has_come(rhythm, found, version.at)):
            continue
        found = following(rhythm, version.at, last, rarely=own.frequency == "monthly")
    return found


def _has_come(rhythm: Rhythm, found: Occurrence, at: datetime) -> bool:
    """Whether a check-in was out before a schedule was saved, or would have been by that: then it stays as it is."""
    due = occurrence(rhythm, found.occasion).due
    return (found.due is not None and found.due <= at) or (due is not None and due <= at)


async def is_everybodys(connection: AsyncConnection, program: Program, place: Row[Any], row: Row[Any]) -> bool:
    """Whether a check-in stands where it does for whoever has not answered it before its hour."""
    if row.state != "done" or row.settled_at >= row.due_at:
        return True
    found = await unanswered(connection, program, place, row)
    return found is not None and (found.occasion, found.due) == (row.occasion, row.due_at)


async def last(connection: AsyncConnection, program: Program, place: Row[Any], now: datetime) -> Last:
    """Return the latest check-in of whoever is asked each time, if it may matter to when the next one comes."""
    today = local(now.astimezone(UTC), place.zone).date()
    for day in (today - timedelta(days=back) for back in range(APART + 1)):
        begins = at_local(day, "00:00", place.zone)
        found, _ = await of_past(connection, program, place, day, begins, now)
        if found is not None and found.due is not None and place.joined_at < found.due <= now:
            return Last(found.due, found.occasion)
    return NONE_YET


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
    values = {"enrolment": place.id, "program": program.id, "begins": begins}
    before = (await connection.execute(_BEFORE, values)).one_or_none()
    return own if before is None else _at_the_time(await _then(connection, program, before.due_at), own, before)


def _at_the_time(program: Program, own: Enrolment, row: Row[Any]) -> Enrolment:
    """Return a place with the weekday and hour of one of its check-ins, by the program as it was then."""
    if occurrence(schedules.of(program, own), row.occasion).due == row.due_at:
        return own
    settings, weekday = program.settings, row.occasion.weekday()
    day = settings.day if weekday in {settings.day, *settings.also_days} else weekday
    hour = local(row.due_at.astimezone(UTC), own.zone) - timedelta(minutes=schedules.spread(program, own))
    return replace(own, day=day, time=f"{hour:%H:%M}")
