"""What the schedule had for a past day for which nothing stands on the table, or for one that a change took away.

Whoever was silent for long is asked once in four weeks, which nobody may learn. So how often somebody is asked is none
of it: it goes by the program's rule as it was on the day, at the weekday and hour that were the person's own then.

A check-in that was answered before its hour stays where it was planned, while a schedule that is saved meanwhile moves
everybody else's, or has it be another one. So what is told of it is what came of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Last, Rhythm, at_local, beyond, following, local, occurrence, soonest
from flows.rhythm import Occurrence, of_date
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
_TAKEN_OFF = text("""
    select max(settled_at) from (
        select settled_at, state from appointments where enrolment_id = :enrolment and kind = 'check-in' offset 0
    ) own where state = 'cancelled'
""")
_THEN = text("""
    select version, cast(settings as text) as settings from program_versions
    where program_id = :program and at <= :moment order by version desc limit 1
""")
_VERSIONS = text("""
    select version, cast(settings as text) as settings, at from program_versions
    where program_id = :program order by version
""")


@dataclass(frozen=True, slots=True)
class EachTime:
    """What somebody who is asked each time had, in its order, and what comes next for them.

    At the day and hour that were the person's `own` when it began.
    """

    own: Enrolment
    came: tuple[Occurrence, ...]
    coming: Occurrence | None

    @property
    def first(self) -> Occurrence | None:
        """Return the first of them, whether it has come yet or not."""
        return self.came[0] if self.came else self.coming


def of_day(came: Sequence[Occurrence], day: date, zone: str) -> Occurrence | None:
    """Return what came on a day, or was of it and came on another."""
    return next((one for one in came if one.due and day in {one.occasion, local(one.due, zone).date()}), None)


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


async def is_everybodys(connection: AsyncConnection, program: Program, place: Row[Any], row: Row[Any]) -> bool:
    """Whether a check-in stands where it does for whoever has not answered it before its hour.

    And, where it was moved, whether the rule still says why: an early answer takes the place of what was written down.
    """
    if not _early(row):
        return True
    others = await each_time(connection, program, place, row, row.due_at)
    found = others.first
    if found is None or (found.occasion, found.due) != (row.occasion, row.due_at):
        return False
    return not found.notes or occurrence(schedules.of(program, others.own), row.occasion) == found


async def each_time(
    connection: AsyncConnection, program: Program, place: Row[Any], row: Row[Any], now: datetime
) -> EachTime:
    """Return what whoever is asked each time, and answers nothing early, had from one of somebody's check-ins on.

    That one is the first if it was answered early, else the one before. What is to come follows each schedule saved.
    """
    program = await _then(connection, program, row.settled_at)
    own = replanning.enrolment(place)
    if not place.faded:  # whoever has, has said nothing since
        own = _at_the_time(program, own, row)
    coming: Occurrence | None
    rarely, rhythm = own.frequency == "monthly", schedules.of(program, own)
    if _early(row):
        before = (await connection.execute(_LAST, {"enrolment": place.id, "due": row.due_at})).one()
        last, coming = Last(before.due, before.occasion, before.came), _as_planned(rhythm, row)
    else:
        last = Last(row.due_at, row.occasion)
        coming = following(rhythm, row.due_at, last, rarely=rarely)
    came: list[Occurrence] = []
    for at, rule in await _saved(connection, program, place, own, row.settled_at, now):
        while coming is not None and coming.due is not None and coming.due <= at:
            came.append(coming)
            last = Last(coming.due, coming.occasion)
            coming = soonest(rhythm, coming.due, beyond(rhythm, coming.occasion, rarely=rarely))
        # By the rule as it is now it would have come already: it comes as its person was told.
        there = occurrence(rule, coming.occasion).due if coming is not None else None
        if rule != rhythm and (there is None or there > at):
            coming = following(rule, at, last, rarely=rarely)
        rhythm = rule
    return EachTime(own, tuple(came), coming)


def _early(row: Row[Any]) -> bool:
    return bool(row.state == "done" and row.settled_at < row.due_at)


def _as_planned(rhythm: Rhythm, row: Row[Any]) -> Occurrence:
    found = occurrence(rhythm, row.occasion)
    return found if found.due == row.due_at else Occurrence(row.occasion, row.due_at)


async def _saved(
    connection: AsyncConnection, program: Program, place: Row[Any], own: Enrolment, since: datetime, now: datetime
) -> list[tuple[datetime, Rhythm]]:
    """Return what the rule was from each moment on that it was saved at, and what it is now.

    A schedule that is saved while somebody rests, or once they have gone, plans nothing anew for them.
    """
    until = None
    if place.state != "active" or place.opted_out:
        until = (await connection.execute(_TAKEN_OFF, {"enrolment": place.id})).scalar()
    versions = (await connection.execute(_VERSIONS, {"program": program.id})).all()
    rules = [(one.at, schedules.of(_as(program, one), own)) for one in versions if since < one.at <= (until or one.at)]
    return [*rules, (now, rules[-1][1] if rules else schedules.of(program, own))]


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
