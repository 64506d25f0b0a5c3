"""What comes next for somebody, as it may be told: the same whether they answered, early too, or were long silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Rhythm, beyond, occurrence, soonest
from flows.rhythm import Occurrence
from sms_service import by_schedule, fates, replanning
from sms_service.by_schedule import EachTime
from sms_service.programs import Program

# One that was answered early is what comes next until its hour, as it is for everybody else.
_NEXT = text("""
    select id, due_at, occasion, reason, state, kind from (
        select id, due_at, occasion, reason, state, kind from appointments
        where enrolment_id = :enrolment and kind in ('check-in', 'resume') and (
            state = 'due' or state = 'done' and kind = 'check-in' and due_at > :now and cast(:active as boolean)
        ) offset 0
    ) own order by due_at limit 1
""")


@dataclass(frozen=True, slots=True)
class Coming:
    """What comes next: a check-in, or the end of a rest. Without an id it is not on the table, or not told by it."""

    id: UUID | None
    kind: str
    occasion: date
    due: datetime
    note: str


async def comes_next(
    connection: AsyncConnection,
    program: Program,
    place: Row[Any],
    rhythm: Rhythm,
    others: EachTime | None,
    now: datetime,
) -> Coming | None:
    """Find what comes next; whoever is asked less often after silence has what everybody else has."""
    if place.opted_out:
        return None
    if others is not None:
        return _told(others.coming)
    return await _on_the_table(connection, place, rhythm, now)


async def of_everybody_else(
    connection: AsyncConnection, program: Program, place: Row[Any], now: datetime
) -> EachTime | None:
    """Return what others have had lately, where it is not what stands on somebody's own table: that would tell of them.

    It is not where they are asked less often after silence, or answered early what a schedule saved since has moved.
    """
    if place.state != "active" or place.opted_out:
        return None
    latest = await by_schedule.latest(connection, place)
    if latest is None or (not place.faded and await by_schedule.is_everybodys(connection, program, place, latest)):
        return None
    others = await by_schedule.each_time(connection, program, place, latest, now)
    # Another day or hour of theirs has had the next planned anew, for whoever answered as for whoever had not.
    return others if others.own == replanning.enrolment(place) else None


async def _on_the_table(connection: AsyncConnection, place: Row[Any], rhythm: Rhythm, now: datetime) -> Coming | None:
    values = {"enrolment": place.id, "now": now, "active": place.state == "active"}
    row = (await connection.execute(_NEXT, values)).one_or_none()
    if row is None:
        return None
    if row.kind == "check-in" and occurrence(rhythm, row.occasion).due is None:
        return _told(soonest(rhythm, now.astimezone(UTC)))
    if row.kind == "resume" or row.due_at > now:
        return Coming(row.id, row.kind, row.occasion, row.due_at, fates.note(row, rhythm))
    # Its hour has come, and the one after it is planned already of whoever answered it early.
    return _told(
        soonest(rhythm, now.astimezone(UTC), beyond(rhythm, row.occasion, rarely=place.frequency == "monthly"))
    )


def _told(found: Occurrence | None) -> Coming | None:
    if found is None or found.due is None:
        return None
    return Coming(None, "check-in", found.occasion, found.due, "; ".join(found.notes))
