"""The one table of things to come: a person's next check-in, its reminders, its closing, a snooze, the end of a pause.

An *occasion* is the local date that the rule first produced. There is one row per enrolment, kind and occasion, so
that nothing is asked twice whatever runs twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Last, Occurrence, Plan, at_local, beyond, following, local, occasion, occurrence, soonest
from sms_service import schedules
from sms_service.participants import Enrolment, Participant
from sms_service.programs import Program
from sms_service.runtime import new_id
from sms_service.store.writes import Writes

REMINDERS = ("reminder-1", "reminder-2", "reminder-3")
OF_AN_OCCASION = (*REMINDERS, "snooze", "expiry")
NUDGES = ("nudge-1", "nudge-2", "nudge-3")
HELD = frozenset({"check-in", "snooze", *REMINDERS, *NUDGES})
"""What a pause of the program keeps back. The day after something hard is asked about all the same."""
PLANS = (*NUDGES, "follow-up")
"""What a conversation plans for later. Which flow a follow-up begins is sealed with the person's own key."""
_SOON = timedelta(days=3)
_A_DAY = 24

_MOVE = text("""
    update appointments set due_at = :due, reason = :reason, try_at = null, tries = 0
    where enrolment_id = :enrolment and kind = 'check-in' and occasion = :occasion and state = 'due'
""")


def add(writes: Writes, enrolment: UUID, rows: Sequence[tuple[str, date, datetime]]) -> None:
    """Put appointments (kind, occasion, due) on the table."""
    for kind, day, due in rows:
        writes.plan(new_id(), enrolment, kind, day, due)


def expect(writes: Writes, enrolment: UUID, found: Occurrence | None) -> None:
    """Put a check-in on the table, with why it is not as usual if so."""
    if found is not None and found.due is not None:
        writes.plan(new_id(), enrolment, "check-in", found.occasion, found.due, reason=_reason(found))


def _reason(found: Occurrence) -> str | None:
    return "; ".join(found.notes) or None


def plan_next(writes: Writes, program: Program, enrolment: Enrolment, after: datetime) -> Occurrence | None:
    """Put the next check-in after this moment on the table and return it."""
    found = soonest(schedules.of(program, enrolment), after.astimezone(UTC))
    expect(writes, enrolment.id, found)
    return found


def plan_following(
    writes: Writes, program: Program, enrolment: Enrolment, day: date, after: datetime
) -> Occurrence | None:
    """Put the check-in that follows this occasion, and this moment, on the table and return it."""
    found = _following(program, enrolment, day, after)
    expect(writes, enrolment.id, found)
    return found


def _following(program: Program, enrolment: Enrolment, day: date, after: datetime) -> Occurrence | None:
    rhythm = schedules.of(program, enrolment)
    return soonest(rhythm, after.astimezone(UTC), beyond(rhythm, day, rarely=_rarely(enrolment)))


def plan_again(writes: Writes, person: Participant, program: Program, now: datetime) -> None:
    """Put the next check-in on the table for somebody who comes back, far enough from their last.

    One they answered early stays answered.
    """
    assert person.enrolment is not None
    found = anew(program, person.enrolment, person.last, now)
    expect(writes, person.enrolment.id, found)
    person.expect(found)


def replan(
    writes: Writes,
    person: Participant,
    program: Program,
    now: datetime,
    reason: str = "the day or hour was changed",
) -> None:
    """Take the next check-in off the table and put it on again, for a changed day, hour or frequency.

    One that is due by the old rule and by the new one comes as it stands: it is only waiting for the clock to ring.
    """
    assert person.enrolment is not None
    if not _comes_now(person, program, now):
        writes.cancel(person.enrolment.id, ("check-in",), None, reason, now)
        plan_again(writes, person, program, now)


def anew(program: Program, enrolment: Enrolment, last: Last, now: datetime) -> Occurrence | None:
    """Return what comes next by the rule as it is now, far enough from the last."""
    return following(schedules.of(program, enrolment), now, last, rarely=_rarely(enrolment))


def _comes_now(person: Participant, program: Program, now: datetime) -> bool:
    """Whether the next check-in is due already, is still of use, and would have come by the rule as it is now too."""
    enrolment, day, due = person.enrolment, person.next_occasion, person.next_due_at
    if enrolment is None or day is None or due is None or due > now:
        return False
    over = later(due, program.settings.window_hours, enrolment.zone)
    return over > now and would_have_come(program, enrolment, day, now)


def would_have_come(program: Program, enrolment: Enrolment, day: date, now: datetime) -> bool:
    """Whether the check-in of an occasion would be due by now, by the rule as it is now."""
    found = occurrence(schedules.of(program, enrolment), day)
    return found.due is not None and found.due <= now


async def look_again(
    connection: AsyncConnection, writes: Writes, program: Program, enrolment: Enrolment, row: Row[Any], now: datetime
) -> tuple[str, str | None] | None:
    """Look whether a check-in that is due still is: a day off, a holiday or an end may have come since.

    Return None if so. Else it is moved, or dropped with the following one planned: its state and the reason.
    """
    found = occurrence(schedules.of(program, enrolment), row.occasion)
    if found.due is None:
        plan_following(writes, program, enrolment, row.occasion, row.due_at)
        return "dropped", found.notes[0]
    if found.due <= now or not found.notes:
        return None
    await move(connection, [(enrolment.id, found)])
    return "due", _reason(found)


async def move(connection: AsyncConnection, moved: Sequence[tuple[UUID, Occurrence]]) -> None:
    """Have the check-ins of these enrolments' occasions come at another moment."""
    rows = [
        {"enrolment": who, "occasion": found.occasion, "due": found.due, "reason": _reason(found)}
        for who, found in moved
    ]
    if rows:
        await connection.execute(_MOVE, rows)


def _rarely(enrolment: Enrolment) -> bool:
    """Whether somebody is asked once in four weeks: by their own word, or because they have long been silent."""
    return enrolment.frequency == "monthly" or enrolment.faded


@lru_cache(maxsize=4096)
def later(at: datetime, hours: int, zone: str) -> datetime:
    """Return the moment so many hours on by the wall clock: a day later is the same hour, whatever the clocks do."""
    wall = local(at.astimezone(UTC), zone) + timedelta(hours=hours)
    return at_local(wall.date(), f"{wall:%H:%M}", zone)


def fill(writes: Writes, person: Participant, program: Program, now: datetime) -> None:
    """Decide what a check-in that the person started counts for: the next if it is near, else today."""
    enrolment = person.enrolment
    assert enrolment is not None
    _pass_over(writes, person, program, now)
    if person.next_due_at and person.next_occasion and _near(person.next_due_at, person.last, now):
        person.occasion = person.next_occasion
        writes.cancel(enrolment.id, ("check-in",), person.occasion, "answered before it was due", now, state="done")
        person.last = Last(person.next_due_at, person.occasion)
        # After an outage on our side it may be long overdue: those since are not asked as well.
        after = max(person.next_due_at, now)
        person.expect(plan_following(writes, program, enrolment, person.occasion, after))
    else:
        person.occasion = occasion(now, enrolment.zone)
    # A second one on the same day adds to what was answered; it does not wipe it out.
    person.recall(person.occasion)
    closing = later(now, schedules.closes_after(program.settings), enrolment.zone)
    add(writes, enrolment.id, [("expiry", person.occasion, closing)])


def _near(due: datetime, last: Last, now: datetime) -> bool:
    """Whether a check-in is due within three days, and is nearer than the last where they lie closer together."""
    return due - now <= (min(_SOON, (due - last.due) / 2) if last.due else _SOON)


def _pass_over(writes: Writes, person: Participant, program: Program, now: datetime) -> None:
    """Leave out a check-in that an outage on our side made too late, if the one after it is due within three days.

    Else it would be answered now, and that one asked within hours.
    """
    enrolment, day, due = person.enrolment, person.next_occasion, person.next_due_at
    if enrolment is None or day is None or due is None:
        return
    if later(due, program.settings.window_hours, enrolment.zone) > now:
        return
    found = _following(program, enrolment, day, now)
    if found is not None and found.due is not None and found.due - now <= _SOON:
        writes.cancel(enrolment.id, ("check-in",), day, "too late to be of use", now, state="dropped")
        expect(writes, enrolment.id, found)
        person.expect(found)


def snooze(writes: Writes, person: Participant, until: datetime | None, now: datetime) -> None:
    """Ask again at this local time, instead of any reminder; None leaves it to the next check-in."""
    if person.enrolment is None or person.occasion is None:
        return
    cancel(writes, person, (*REMINDERS, "snooze"), now)
    if until is None:
        return
    due = at_local(until.date(), f"{until:%H:%M}", person.enrolment.zone)
    # It stays open for a day after it is asked again, however late that is.
    cancel(writes, person, ("expiry",), now)
    closing = later(due, _A_DAY, person.enrolment.zone)
    add(writes, person.enrolment.id, [("snooze", person.occasion, due), ("expiry", person.occasion, closing)])


def cancel(writes: Writes, person: Participant, kinds: tuple[str, ...], now: datetime) -> None:
    """Take what belongs to the open occasion off the table."""
    if person.enrolment is not None and person.occasion is not None:
        writes.cancel(person.enrolment.id, kinds, person.occasion, "settled with the check-in", now)


def plan(writes: Writes, person: Participant, given: Plan) -> None:
    """Put the beginning of a flow on the table. A follow-up's flow is sealed: it may tell of a bad day."""
    enrolment = person.enrolment
    if enrolment is None:
        return
    day = given.at.date()
    due = at_local(day, f"{given.at:%H:%M}", enrolment.zone)
    row = new_id()
    detail = None if given.kind in NUDGES else person.answers.seal(given.flow, "appointments.detail", row)
    writes.plan(row, enrolment.id, given.kind, day, due, detail=detail)
    person.nudged = person.nudged or given.kind in NUDGES


def unplan(writes: Writes, person: Participant, kinds: tuple[str, ...], now: datetime) -> None:
    """Take every plan of these kinds off the table."""
    if person.enrolment is not None:
        writes.cancel(person.enrolment.id, kinds, None, "no longer wanted", now)
        person.nudged = person.nudged and not set(NUDGES) <= set(kinds)


def wait(writes: Writes, person: Participant, until: datetime) -> None:
    """Have the open question time out at this moment, unless it is answered or another is asked before."""
    if person.enrolment is not None:
        add(writes, person.enrolment.id, [("timeout", occasion(until, person.enrolment.zone), until)])
