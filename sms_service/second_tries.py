"""Put a copy of what failed softly in the outbox, while it is of use, and mark numbers where that goes on for days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import faults, outbox
from sms_service.runtime import Runtime, new_id
from sms_service.twilio import errors
from sms_service.vault import VaultError

_MOST = 200
_ONCE_MORE = timedelta(minutes=10)
_STILL_RECENT = timedelta(hours=6)
# How long a text may have failed for want of a working sender and still be sent.
_LONGEST = timedelta(days=2)
_MOST_COPIES = 3
_DEAD_AFTER = 3
# A full queue is empty again after a while, a carrier's day has to be over.
_LATER, _NEXT_DAY = timedelta(minutes=30), timedelta(days=1)
_PAUSES = {30001: _LATER, 30022: _LATER, 30023: _NEXT_DAY, 30027: _NEXT_DAY}

# Copies name the first text as their origin, `n` counts them. What follows from a call is for `call_ends` to say.
_FAILED = text("""
    select o.*, p.contact_key, p.answer_key, p.contact, o.settled_at + c.pause as at,
        case when o.origin = 'again' then o.origin_id else o.id end as first,
        case when o.origin = 'again' then o.n + 1 else 0 end as copies
    from outbox o join participants p on p.id = o.participant_id join senders s on s.number = o.sender
    join unnest(cast(:codes as integer[]), cast(:pauses as interval[]), cast(:mosts as integer[]),
        cast(:sinces as timestamptz[])) as c (code, pause, most, since) on c.code = o.error_code
    where o.kind = 'text' and o.state in ('failed', 'undelivered') and o.settled_at between :earliest and :latest
        and o.settled_at > c.since and s.stopped_reason is null
        and o.body is not null and p.answer_key is not null and p.contact_key is not null
        and case when o.origin = 'again' then o.n + 1 else 0 end < c.most
        and (o.stale_at is null
            or o.stale_at - cast(:now as timestamptz)
                > greatest(o.settled_at + c.pause - cast(:real as timestamptz), interval '0'))
        and not exists (
            select from outbox a where a.origin = 'again'
                and a.origin_id = case when o.origin = 'again' then o.origin_id else o.id end
                and a.n = case when o.origin = 'again' then o.n + 1 else 0 end
        )
    order by o.participant_id, o.id limit :most
""")
_AGAIN = text("""
    insert into outbox (id, participant_id, enrolment_id, sender, kind, asked_for, priority, body, segments, origin,
        origin_id, n, asks, wait_minutes, state, created_at, next_attempt_at, stale_at)
    values (:id, :participant_id, :enrolment_id, :sender, :kind, :asked_for, :priority, :body, :segments, 'again',
        :first, :copies, :asks, :wait_minutes, 'ready', :created_at, :at, :stale_at)
    on conflict (origin, origin_id, n) do nothing
""")
_ASKED = text("update conversations set asked_id = :new where asked_id = :old and ended_at is null")
_LOCK = text("select id from participants where id = any(:ids) order by id for no key update")


async def once_more(rt: Runtime) -> int:
    """Put a copy of what may arrive another time in the outbox, and mark numbers where it has failed for days.

    What failed because its sender was stopped is copied when the sender is not stopped any more.
    """
    async with rt.begin() as (connection, now):
        real = rt.real()
        values = {"earliest": real - _LONGEST, "latest": real - _ONCE_MORE, "now": now, "real": real, "most": _MOST}
        rows = (await connection.execute(_FAILED, {**values, **_by_code(real)})).all()
        if not rows:
            return 0
        people = sorted({row.participant_id for row in rows})
        await connection.execute(_LOCK, {"ids": people})
        for row in rows:
            await _copy(rt, connection, row, max(real, row.at))
        await faults.mark_after_days(connection, people, "once", _DEAD_AFTER, real)
    return len(rows)


def _by_code(real: datetime) -> dict[str, list[Any]]:
    """Return, code by code, how long after its failure a text is sent again, how often, and since when that counts."""
    codes = errors.codes("once", "later", "stop")
    actions = [errors.fault(code).action for code in codes]
    return {
        "codes": codes,
        "pauses": [_PAUSES.get(code, _ONCE_MORE) for code in codes],
        "mosts": [1 if action == "once" else _MOST_COPIES for action in actions],
        "sinces": [real - (_LONGEST if action == "stop" else _STILL_RECENT) for action in actions],
    }


async def _copy(rt: Runtime, connection: AsyncConnection, row: Row[Any], at: datetime) -> None:
    try:
        _, words = outbox.opened(rt, row)
    except VaultError:
        return
    again = new_id()
    kept = ("participant_id", "enrolment_id", "sender", "kind", "asked_for", "priority", "segments", "asks")
    values = {name: getattr(row, name) for name in (*kept, "wait_minutes", "created_at", "stale_at", "first", "copies")}
    body = rt.vault.key(row.answer_key).seal(words, "outbox.body", again)
    await connection.execute(_AGAIN, {**values, "id": again, "body": body, "at": at})
    await connection.execute(_ASKED, {"new": again, "old": row.id})
