"""How a claimed row ends: what is written down of it, and when it is tried or looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import faults, senders
from sms_service.runtime import new_id
from sms_service.statuses import RANKS
from sms_service.twilio.client import Outcome
from sms_service.verdict import Verdict

# The last pause repeats for as long as the text is of use.
_BACKOFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20))
_MOST_TRIES = 12
# What came back of a text whose fate is unknown is looked for at Twilio after this time.
LOOK_AFTER = timedelta(minutes=2)
_STOPPED = "the sender is stopped"
UNREADABLE = "it could not be read"

_SETTLE = text("""
    update outbox o set sid = coalesce(o.sid, n.sid), attempts = o.attempts - cast(n.unused as integer),
        error_code = coalesce(n.code, o.error_code), reason = n.reason,
        lease_until = null, next_attempt_at = n.next, hold_until = n.hold,
        sent_at = case when n.state = 'accepted' then :real else o.sent_at end,
        late_seconds = coalesce(n.late, o.late_seconds),
        settled_at = case when n.state in ('dropped', 'failed') then :real else o.settled_at end,
        state = case when o.state = 'sending' or array_position(:ranks, o.state) < array_position(:ranks, n.state)
            then n.state else o.state end
    from unnest(cast(:ids as uuid[]), cast(:states as text[]), cast(:sids as text[]), cast(:codes as integer[]),
        cast(:reasons as text[]), cast(:nexts as timestamptz[]), cast(:holds as timestamptz[]),
        cast(:lates as integer[]), cast(:unused as boolean[]))
        as n (id, state, sid, code, reason, next, hold, late, unused)
    where o.id = n.id
""")
# A conversation waits for the answer to what it asked last, so there is one row for each of them.
_WAIT = text("""
    with n as (
        select * from unnest(cast(:ids as uuid[]), cast(:people as uuid[]), cast(:senders as text[]),
            cast(:asked as uuid[]), cast(:zones as text[]), cast(:untils as timestamptz[]))
            as n (id, person, sender, asked, zone, until)
    ), w as (
        update conversations c set waits_until = n.until from n
        where c.participant_id = n.person and c.sender = n.sender and c.asked_id = n.asked and c.ended_at is null
        returning n.id, c.enrolment_id, n.zone, n.until
    )
    insert into appointments (id, enrolment_id, kind, occasion, due_at)
    select id, enrolment_id, 'timeout', (until at time zone zone)::date, until from w where enrolment_id is not null
    on conflict (enrolment_id, kind, occasion) do update
        set id = excluded.id, due_at = excluded.due_at, state = 'due', tries = 0, reason = null, settled_at = null
""")


@dataclass(frozen=True, slots=True)
class End:
    """What becomes of one claimed row. `next` is real time, `hold` the calendar's."""

    row: Row[Any]
    state: str
    reason: str | None = None
    sid: str | None = None
    code: int | None = None
    next: datetime | None = None
    hold: datetime | None = None
    late: int | None = None

    @property
    def unused(self) -> bool:
        """Whether nothing was tried with Twilio, or nothing that says anything of this text."""
        return self.state == "held" or self.reason == _STOPPED


def set_aside(row: Row[Any], verdict: Verdict, real: datetime) -> End:
    if verdict.until is None:
        return End(row, "dropped", verdict.reason, next=real)
    return End(row, "held", verdict.reason, next=real, hold=verdict.until)


def ended(row: Row[Any], outcome: Outcome, now: datetime, real: datetime) -> End:
    """Say what becomes of a row. Only what was surely not processed is tried again, a few times and slower."""
    match outcome.kind:
        case "accepted":
            late = max(0, int((now - (row.due_at or row.created_at)).total_seconds()))
            return End(row, "accepted", sid=outcome.sid, next=real, late=late)
        case "unknown":
            return End(row, "unknown", code=outcome.code, next=real + LOOK_AFTER)
        case "stopped":
            # The next try is another text's: it may be this one alone that Twilio minds.
            return End(row, "ready", _STOPPED, code=outcome.code, next=real + senders.PROBE)
        case "unreadable":
            return End(row, "failed", UNREADABLE, next=real)
        case "retry" if row.stale_at is not None or row.attempts <= _MOST_TRIES:
            # Spread out, so that what was turned away at once does not come back at once.
            pause = _BACKOFF[min(row.attempts, len(_BACKOFF)) - 1] * uniform(0.75, 1.5)
            return End(row, "ready", "Twilio could not take it yet", code=outcome.code, next=real + pause)
        case "retry":
            return End(row, "failed", "Twilio could not be reached", code=outcome.code, next=real)
    if outcome.code == faults.OPTED_OUT:
        return End(row, "dropped", "opted out at Twilio", code=outcome.code, next=real)
    return End(row, "failed", code=outcome.code, next=real)


async def settle(connection: AsyncConnection, ends: Sequence[End], real: datetime) -> None:
    if not ends:
        return
    values: Mapping[str, object] = {
        "ids": [end.row.id for end in ends],
        "states": [end.state for end in ends],
        "sids": [end.sid for end in ends],
        "codes": [end.code for end in ends],
        "reasons": [end.reason for end in ends],
        "nexts": [end.next for end in ends],
        "holds": [end.hold for end in ends],
        "lates": [end.late for end in ends],
        "unused": [end.unused for end in ends],
        "real": real,
        "ranks": list(RANKS),
    }
    await connection.execute(_SETTLE, values)


async def start_waiting(connection: AsyncConnection, sent: Sequence[Row[Any]], now: datetime) -> None:
    """Have each question among these texts, all sent at this moment, wait for its answer from then on."""
    asking = [row for row in sent if row.wait_minutes]
    if not asking:
        return
    values: Mapping[str, object] = {
        "ids": [new_id() for _ in asking],
        "people": [row.participant_id for row in asking],
        "senders": [row.sender for row in asking],
        "asked": [row.id for row in asking],
        "zones": [row.zone for row in asking],
        "untils": [now + timedelta(minutes=row.wait_minutes) for row in asking],
    }
    await connection.execute(_WAIT, values)
