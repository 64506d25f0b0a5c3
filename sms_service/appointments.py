"""The one table of things to come: a person's next check-in, its reminders, its closing, a snooze, the end of a pause.

An *occasion* is the local date that the rule first produced. There is one row per enrolment, kind and occasion, so
that nothing is asked twice whatever runs twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Plan, at_local, next_checkin, occasion
from sms_service.participants import Enrolment, Participant
from sms_service.programs import Program
from sms_service.runtime import new_id
from sms_service.store.writes import Writes

REMINDERS = ("reminder-1", "reminder-2", "reminder-3")
OF_AN_OCCASION = (*REMINDERS, "snooze", "expiry")
NUDGES = ("nudge-1", "nudge-2", "nudge-3")
PLANS = (*NUDGES, "follow-up")
"""What a conversation plans for later. Which flow a follow-up begins is sealed with the person's own key."""
_SOON = timedelta(days=3)
# Moving the day must never bring two check-ins within five days.
_APART = timedelta(days=5)
# Somebody who is asked once in four weeks: the next slot after three weeks is the fourth.
_MONTHLY = timedelta(days=21)

_LAST = text("""
    select max(due_at) from appointments
    where enrolment_id = :enrolment_id and kind = 'check-in' and state = 'done'
""")


def add(writes: Writes, enrolment: UUID, rows: Sequence[tuple[str, date, datetime]]) -> None:
    """Put appointments (kind, occasion, due) on the table."""
    for kind, day, due in rows:
        writes.plan(new_id(), enrolment, kind, day, due)


def plan_next(writes: Writes, enrolment: Enrolment, after: datetime) -> datetime:
    """Put the next check-in after this moment on the table and return when it is due."""
    due = next_checkin(after.astimezone(UTC), enrolment.day, enrolment.time, enrolment.zone)
    add(writes, enrolment.id, [("check-in", occasion(due, enrolment.zone), due)])
    return due


def plan_following(writes: Writes, enrolment: Enrolment, due: datetime) -> datetime:
    """Put the check-in that follows the one due at this moment on the table and return when it is due."""
    return plan_next(writes, enrolment, due + _MONTHLY if enrolment.frequency == "monthly" else due)


async def plan_again(connection: AsyncConnection, writes: Writes, enrolment: Enrolment, now: datetime) -> datetime:
    """Put the next check-in on the table for somebody who comes back; one they answered early stays answered."""
    last = (await connection.execute(_LAST, {"enrolment_id": enrolment.id})).scalar()
    return plan_next(writes, enrolment, max(now, _spaced(enrolment, last, timedelta(0))) if last else now)


def _spaced(enrolment: Enrolment, last: datetime, least: timedelta) -> datetime:
    """Return the earliest moment after the last check-in at which the next may be."""
    return last + (max(_MONTHLY, least) if enrolment.frequency == "monthly" else least)


async def replan(connection: AsyncConnection, writes: Writes, enrolment: Enrolment, now: datetime) -> None:
    """Take the next check-in off the table and put it on again, for a changed day, hour or frequency."""
    writes.cancel(enrolment.id, ("check-in",), None, "the day or hour was changed", now)
    last = (await connection.execute(_LAST, {"enrolment_id": enrolment.id})).scalar()
    plan_next(writes, enrolment, max(now, _spaced(enrolment, last, _APART)) if last else now)


def around(program: Program, day: date, due: datetime) -> list[tuple[str, date, datetime]]:
    """Return the reminders and the closing of a check-in that opened at `due`."""
    chosen = program.settings
    reminders = [
        (f"reminder-{n}", day, due + timedelta(hours=hours)) for n, hours in enumerate(chosen.remind_hours, start=1)
    ]
    return [*reminders, ("expiry", day, due + timedelta(hours=chosen.window_hours))]


def fill(writes: Writes, person: Participant, program: Program, now: datetime) -> None:
    """Decide what a check-in that the person started counts for: one due within three days, else today."""
    enrolment = person.enrolment
    assert enrolment is not None
    if person.next_due_at and person.next_occasion and person.next_due_at - now <= _SOON:
        person.occasion = person.next_occasion
        writes.cancel(enrolment.id, ("check-in",), person.occasion, "answered before it was due", now, state="done")
        person.next_due_at = plan_following(writes, enrolment, person.next_due_at)
        person.next_occasion = occasion(person.next_due_at, enrolment.zone)
    else:
        person.occasion = occasion(now, enrolment.zone)
    # A second one on the same day adds to what was answered; it does not wipe it out.
    person.recall(person.occasion)
    closing = now + timedelta(hours=program.settings.window_hours)
    add(writes, enrolment.id, [("expiry", person.occasion, closing)])


def snooze(writes: Writes, person: Participant, until: datetime, now: datetime) -> None:
    """Ask again at this local time, instead of any reminder."""
    if person.enrolment is None or person.occasion is None:
        return
    cancel(writes, person, (*REMINDERS, "snooze"), now)
    due = at_local(until.date(), f"{until:%H:%M}", person.enrolment.zone)
    # It stays open for a day after it is asked again, however late that is.
    cancel(writes, person, ("expiry",), now)
    closing = due + timedelta(days=1)
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
    # Made of what there is only one of, so that a later plan for the same day can be sealed for the same row.
    row = uuid5(enrolment.id, f"{given.kind} {day}")
    detail = None if given.kind in NUDGES else person.answers.seal(given.flow, "appointments.detail", row)
    writes.plan(row, enrolment.id, given.kind, day, due, detail)
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
