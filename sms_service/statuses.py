"""What Twilio reports of a message's way: unordered, repeated, late, or never."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import faults, metrics, on_its_way, senders
from sms_service.runtime import Runtime
from sms_service.store import people
from sms_service.twilio import errors

# A status only ever moves an outbox row to the right. Twilio's words are mapped to ours. Only what was given up after a
# try, because Twilio had it not on its list yet, is told by its report to have gone out all the same.
RANKS = (
    "held",
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
_CAME_THROUGH = frozenset({"sent", "delivered"})
FINAL = frozenset({"delivered", "undelivered", "failed"})


@dataclass(frozen=True, slots=True)
class Status:
    """One report: `outbox` is the row that the callback's address named."""

    outbox: UUID
    sid: str
    status: str
    error_code: int | None


_WHOSE = text("select id, participant_id from outbox where id = any(:rows) and participant_id is not null")
_KEEP = text("""
    insert into message_statuses (sid, status, error_code, at)
    select *, cast(:at as timestamptz)
    from unnest(cast(:sids as text[]), cast(:statuses as text[]), cast(:error_codes as integer[]))
    on conflict (sid, status) do nothing returning sid, status
""")
_MOVE = text("""
    update outbox set state = :state, sid = coalesce(sid, :sid), error_code = coalesce(:error_code, error_code),
        settled_at = case when :final then :at else settled_at end,
        reason = case when state = 'dropped' then null else reason end
    where id = :outbox and (sid is null or sid = :sid) and (
        array_position(:ranks, state) < array_position(:ranks, :state)
        or state = 'dropped' and attempts > 0 and cast(:came as boolean)
    )
""")


def ours(status: str) -> str:
    """Return the outbox state that one of Twilio's statuses stands for; a word we don't know is taken for accepted."""
    return _OURS.get(status, "accepted")


async def take(rt: Runtime, batch: Sequence[Status]) -> list[bool | None]:
    """Keep a batch of reports and move the rows they are about; a report of a row we never had changes nothing.

    For each, True, or None where it tells of a failure and the person is busy: nothing is kept of it then.
    """
    async with rt.begin() as (connection, now):
        at = rt.real()
        busy = await _busy(connection, {one.outbox for one in batch if one.error_code is not None})
        ordered = sorted((one for one in batch if one.outbox not in busy), key=lambda one: (one.outbox, one.status))
        fresh = await _keep(connection, ordered, at)
        # Not for a repeat: since the first report, the person may have come back by START.
        failed = [
            (one.outbox, errors.fault(one.error_code))
            for one in ordered
            if one.error_code is not None and (one.sid, one.status) in fresh
        ]
        await faults.follow(connection, failed, at)
        moves = [_move(one, at) for one in ordered if one.status in _OURS]
        if moves:
            await connection.execute(_MOVE, moves)
            await on_its_way.catch_up(connection, [one.outbox for one in ordered], now, at)
        if good := [one.outbox for one in ordered if _OURS.get(one.status) in _CAME_THROUGH]:
            await senders.arrived(connection, good)
    for one in batch:
        if one.outbox not in busy:
            metrics.STATUSES.labels(_OURS.get(one.status, "other")).inc()
    return [None if one.outbox in busy else True for one in batch]


async def _busy(connection: AsyncConnection, failed: Set[UUID]) -> set[UUID]:
    """Lock the people of rows that failed; return the rows of those whom somebody else holds, as a send does.

    Waiting for one of them would keep everybody's reports waiting.
    """
    if not failed:
        return set()
    found = await connection.execute(_WHOSE, {"rows": sorted(failed)})
    owners = {row.id: row.participant_id for row in found}
    locked = await people.lock_ids(connection, sorted(set(owners.values())))
    return {row for row, owner in owners.items() if owner not in locked}


async def _keep(connection: AsyncConnection, reports: Sequence[Status], at: datetime) -> set[tuple[str, str]]:
    """Add reports in the order of their sids; return those that were not there before."""
    rows = sorted(reports, key=lambda one: (one.sid, one.status))
    values = {
        "sids": [one.sid for one in rows],
        "statuses": [one.status for one in rows],
        "error_codes": [one.error_code for one in rows],
        "at": at,
    }
    return {(sid, status) for sid, status in await connection.execute(_KEEP, values)}


def _move(one: Status, at: datetime) -> dict[str, object]:
    state = _OURS[one.status]
    return {
        "outbox": one.outbox,
        "sid": one.sid,
        "state": state,
        "error_code": one.error_code,
        "final": state in FINAL,
        "came": state in _CAME_THROUGH,
        "at": at,
        "ranks": list(RANKS),
    }
