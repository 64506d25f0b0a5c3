"""What kept a number's check-in back on a day, told to whoever coordinates: faults, and nothing of the person.

A number that is not in the program, one whose check-in went out, and one whose person has answered before, rests or
has stopped texts are all told alike: that nothing is known. What was planned is told by the program's rule. What met
many on that day is told of every number, as the day was counted: of those it met alone, it would tell who needed none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import at_local, local, soonest
from flows.rhythm import Occurrence, of_date
from sms_service import daily_figures, on_its_way, parting, program_pauses, schedules
from sms_service.programs import Program
from sms_service.runtime import Runtime
from sms_service.twilio import errors

Hindrance = Literal["not arrived", "number"]
FARTHEST = timedelta(days=14)
"""How far back a day may lie."""
_AROUND = timedelta(days=4)
_JUST_BEFORE = timedelta(seconds=1)
_OVER = frozenset({"failed", "undelivered", "dropped"})
_TAKES_NONE = "the number takes no texts"
_OF_ONE_PHONE = frozenset({"number", "soft"})

# `offset 0` has each row looked up by itself: a plan made while a table was small would go through all of a program.
_PLACES = text("""
    select e.id, e.zone, p.unreachable from participants p cross join lateral (
        select id, zone, program_id, state from enrolments where participant_id = p.id and state <> 'left' offset 0
    ) e where p.phone_hash = any(:hashes) and e.program_id = :program
""")
_CHECK_INS = text(f"""
    select a.state, a.reason, o.kind, o.state as sent, o.reason as why, coalesce(w.error_code, o.error_code) as code
    from appointments a
    left join lateral (
        select id, kind, state, reason, error_code, n from outbox
        where origin = 'appointment' and origin_id = a.id and (n = 0 or kind = 'call') offset 0
    ) o on true
    left join lateral ({on_its_way.LAST_TRY}) w on true
    where a.enrolment_id = :enrolment and a.kind = 'check-in' and a.occasion >= :first and a.occasion <= :last
        and a.due_at >= :begins and a.due_at < :ends and coalesce(w.state, '') not in ('accepted', 'sent', 'delivered')
""")  # noqa: S608  (no values)
_STOPPED = text("select stopped_reason from senders where number = :number")


@dataclass(frozen=True, slots=True)
class Found:
    """What may be told. `planned` and `next` are the program's rule; `faults` are each a kind and what a code means.

    `others` is the rule of whoever chose the day's weekday for themselves, and `anybody` whether either has the day.
    `stopped` is why the program's number sends nothing just now, and `shared` what met many on that day, as counted:
    both concern everybody alike.
    """

    planned: Occurrence | None
    others: Occurrence | None
    anybody: bool
    next: Occurrence | None
    stopped: str | None
    shared: tuple[str, ...]
    faults: tuple[tuple[Hindrance, str], ...]


async def find(
    rt: Runtime, connection: AsyncConnection, program: Program, given: str, day: date, now: datetime
) -> Found:
    """Find what kept the check-in of a number's day back. Raises ProgramError for what is no number."""
    hashes = list(rt.vault.lookups(parting.number(given)))
    stopped = (await connection.execute(_STOPPED, {"number": program.sender})).scalar()
    faults: dict[tuple[Hindrance, str], None] = {}
    for place in (await connection.execute(_PLACES, {"hashes": hashes, "program": program.id})).all():
        if place.unreachable is not None:
            faults["number", ""] = None
        span = _span(day, place.zone)
        values = {"enrolment": place.id, "first": day - _AROUND, "last": day + _AROUND, **span}
        for row in await connection.execute(_CHECK_INS, values):
            fault = _fault(row)
            if fault is not None:
                faults[fault] = None
    rhythm = schedules.of_program(program)
    planned = of_date(rhythm, day)
    others = of_date(rhythm.of(day.weekday(), rhythm.time, rhythm.zone), day)
    anybody = any(one and one.due and local(one.due, rhythm.zone).date() == day for one in (planned, others))
    shared = await _shared(connection, program, day)
    again = program_pauses.over(program.settings, now)
    coming = soonest(rhythm, again - _JUST_BEFORE) if again is not None else None
    return Found(planned, others, anybody, coming, stopped, shared, tuple(faults))


async def _shared(connection: AsyncConnection, program: Program, day: date) -> tuple[str, ...]:
    counted = (await daily_figures.latest(connection, [program.id], FARTHEST.days + 1))[program.id]
    return next((one.check_ins.reasons for one in counted if one.day == day), ())


def _span(day: date, zone: str) -> dict[str, datetime]:
    return {"begins": at_local(day, "00:00", zone), "ends": at_local(day + timedelta(days=1), "00:00", zone)}


def _fault(row: Row[Any]) -> tuple[Hindrance, str] | None:
    """Return a fault of this one phone; None for whatever else became of a check-in.

    One that waits, came too late or met a fault of the carrier, the account or this service has none: so did
    everybody's then, and whose did not has needed none.
    """
    if row.sent == "undelivered" and row.kind == "call" and row.code is None:
        return "not arrived", errors.NO_LINE
    if row.sent in {"failed", "undelivered"} and row.code is not None:
        alone = errors.fault(row.code).kind in _OF_ONE_PHONE
        return ("not arrived", errors.meaning(row.code)) if alone else None
    takes_none = (row.why if row.sent else row.reason) == _TAKES_NONE
    return ("number", "") if takes_none and (row.sent or row.state) in _OVER else None
