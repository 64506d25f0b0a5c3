"""The reminders of an open check-in: when the next one comes, and whether it comes by itself.

Each reminder plans the next, since most people answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from sms_service import appointments, schedules
from sms_service.participants import Enrolment, Participant
from sms_service.programs import Program
from sms_service.store.writes import Writes

# After a text that came late a reminder is left out if it would follow within this time.
_BREATH = timedelta(hours=4)
NOT_OUT = "its check-in was not out in time"
"""Why a reminder was left out: the check-in still waited, had only just gone out, or never did; or so the last one."""


def around(
    program: Program, enrolment: Enrolment, day: date, due: datetime, now: datetime
) -> list[tuple[str, date, datetime]]:
    """Return the first reminder to come and the closing of a check-in that opened at `due`.

    Each reminder plans the next: most people answer, so most of these rows are never needed.
    """
    closing = ("expiry", day, appointments.later(due, schedules.closes_after(program.settings), enrolment.zone))
    return [*_reminder(program, enrolment, day, due, now), closing]


def remind_again(writes: Writes, person: Participant, program: Program, row: Row[Any], now: datetime) -> None:
    """Put the reminder that follows this one on the table, if this is one and another follows.

    Each is counted from the check-in: an hour that the clocks skip moves one of them, not the next as well.
    """
    if row.kind in appointments.REMINDERS and person.enrolment is not None and row.opened is not None:
        sent = int(row.kind[-1])
        appointments.add(
            writes, person.enrolment.id, _reminder(program, person.enrolment, row.occasion, row.opened, now, sent)
        )


def _reminder(
    program: Program, enrolment: Enrolment, day: date, opened: datetime, now: datetime, sent: int = 0
) -> list[tuple[str, date, datetime]]:
    """Return the next reminder. One that would follow a text that came late too closely is left to the one after.

    Where reminders are meant to be hours apart, half of that is far enough.
    """
    hours = program.settings.remind_hours
    before = hours[sent - 1] if 0 < sent <= len(hours) else 0
    for n in range(sent, len(hours)):
        at = appointments.later(opened, hours[n], enrolment.zone)
        if at - now >= _breath(timedelta(hours=hours[n] - before)):
            return [(f"reminder-{n + 1}", day, at)]
    return []


def apart(row: Row[Any], before: Sequence[Row[Any]], now: datetime, *, begun: bool) -> bool:
    """Whether what a reminder comes after is out, and not only just: its check-in, and the reminders before it.

    Whoever has begun knows of the check-in, however it came to them.
    """
    if not begun and row.opened is None:
        return False
    return all(
        one.out_at is not None and now - one.out_at >= _breath(row.due_at - one.due_at)
        for one in before
        if not (begun and one.kind == "check-in")
    )


def _breath(between: timedelta) -> timedelta:
    return min(_BREATH, between / 2)
