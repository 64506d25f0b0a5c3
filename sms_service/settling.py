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
from sms_service.statuses import RANKS
from sms_service.twilio.client import Outcome
from sms_service.verdict import Verdict

# The last pause repeats for as long as the text is of use.
_BACKOFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20))
MOST_TRIES = 12
"""What is of use for ever is tried this often."""
# What came back of a text whose fate is unknown is looked for at Twilio after this time.
LOOK_AFTER = timedelta(minutes=2)
_STOPPED = "the sender is stopped"
UNREADABLE = "it could not be read"

_SETTLE = text("""
    update outbox o set sid = coalesce(o.sid, n.sid), attempts = o.attempts - cast(n.unused as integer),
        error_code = coalesce(n.code, case when n.state <> 'accepted' or o.state <> 'sending' then o.error_code end),
        reason = n.reason,
        lease_until = case when n.state = 'unknown' then o.lease_until end,
        next_attempt_at = n.next, hold_until = n.hold,
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


def pause(tries: int) -> timedelta:
    """Return how long a text waits after so many tries: spread out, so that not all come back at once."""
    return _BACKOFF[min(max(tries, 1), len(_BACKOFF)) - 1] * uniform(0.75, 1.5)


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
        case "retry" if row.stale_at is not None or row.attempts <= MOST_TRIES:
            next_try = real + pause(row.attempts)
            return End(row, "ready", "Twilio could not take it yet", code=outcome.code, next=next_try)
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
