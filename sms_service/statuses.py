"""What Twilio reports of a message's way: unordered, repeated, late, or never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from sms_service import metrics
from sms_service.runtime import Runtime

# A status only ever moves an outbox row to the right. Twilio's words are mapped to ours.
RANKS = (
    "ready",
    "sending",
    "handed",
    "unknown",
    "accepted",
    "sent",
    "undelivered",
    "failed",
    "delivered",
    "dropped",
)
_OURS = {
    "queued": "accepted",
    "accepted": "accepted",
    "scheduled": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}
_FINAL = frozenset({"delivered", "undelivered", "failed"})
_OPTED_OUT = 21610


@dataclass(frozen=True, slots=True)
class Status:
    """One report: `outbox` is the row that the callback's address named."""

    outbox: UUID
    sid: str
    status: str
    error_code: int | None


_KEEP = text("""
    insert into message_statuses (sid, status, error_code, at) values (:sid, :status, :error_code, :at)
    on conflict (sid, status) do nothing
""")
_MOVE = text("""
    update outbox set state = :state, sid = coalesce(sid, :sid), error_code = coalesce(:error_code, error_code),
        settled_at = case when :final then :at else settled_at end
    where id = :outbox and (sid is null or sid = :sid)
        and array_position(:ranks, state) < array_position(:ranks, :state)
""")
_OPT_OUT = text("""
    insert into opt_outs (participant_id, sender, opted_out, how, at)
    select participant_id, sender, true, 'word', :at from outbox where id = :outbox and participant_id is not null
    on conflict (participant_id, sender) do update set opted_out = true, how = 'word', at = excluded.at
        where not opt_outs.opted_out
""")


async def take(rt: Runtime, batch: Sequence[Status]) -> list[bool]:
    """Keep a batch of reports and move the rows they are about; a report of a row we never had changes nothing."""
    async with rt.begin() as (connection, _):
        at = rt.real()
        ordered = sorted(batch, key=lambda one: (one.outbox, one.status))
        rows = [{"sid": o.sid, "status": o.status, "error_code": o.error_code, "at": at} for o in ordered]
        await connection.execute(_KEEP, sorted(rows, key=lambda row: (row["sid"], row["status"])))
        moves = [_move(one, at) for one in ordered if one.status in _OURS]
        if moves:
            await connection.execute(_MOVE, moves)
        for one in ordered:
            if one.error_code == _OPTED_OUT:
                await connection.execute(_OPT_OUT, {"outbox": one.outbox, "at": at})
    for one in batch:
        metrics.STATUSES.labels(_OURS.get(one.status, "other")).inc()
    return [True] * len(batch)


def _move(one: Status, at: object) -> dict[str, object]:
    state = _OURS[one.status]
    return {
        "outbox": one.outbox,
        "sid": one.sid,
        "state": state,
        "error_code": one.error_code,
        "final": state in _FINAL,
        "at": at,
        "ranks": list(RANKS),
    }
