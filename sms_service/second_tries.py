"""Put a copy of what failed softly in the outbox, while it is of use, and mark numbers where that goes on for days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import outbox
from sms_service.runtime import Runtime, new_id
from sms_service.twilio import errors
from sms_service.vault import VaultError

_MOST = 200
_ONCE_MORE = timedelta(minutes=10)
_STILL_RECENT = timedelta(hours=6)
_DEAD_AFTER = 3

_FAILED = text("""
    select o.*, p.contact_key, p.answer_key, p.contact
    from outbox o join participants p on p.id = o.participant_id
    where o.state in ('failed', 'undelivered') and o.error_code = any(:codes) and o.origin <> 'again'
        and o.settled_at between :earliest and :latest and o.body is not null
        and (o.stale_at is null or o.stale_at > :now)
        and not exists (select from outbox a where a.origin = 'again' and a.origin_id = o.id)
    order by o.participant_id, o.id limit :most
""")
_AGAIN = text("""
    insert into outbox (id, participant_id, enrolment_id, sender, kind, asked_for, priority, body, segments, origin,
        origin_id, n, wait_minutes, state, created_at, next_attempt_at, stale_at)
    values (:id, :participant_id, :enrolment_id, :sender, :kind, :asked_for, :priority, :body, :segments, 'again',
        :origin_id, 0, :wait_minutes, 'ready', :created_at, :real, :stale_at)
    on conflict (origin, origin_id, n) do nothing
""")
_ASKED = text("update conversations set asked_id = :new where asked_id = :old and ended_at is null")
_LOCK = text("select id from participants where id = any(:ids) order by id for no key update")
# Days on which every text failed softly, since the last one that arrived and since the person was last heard.
_MARK_DEAD = text("""
    update participants p set unreachable = 'dead', unreachable_at = :real
    where p.id = any(:people) and p.unreachable is null and :least <= (
        select count(distinct o.created_at::date) from outbox o
        where o.participant_id = p.id and o.state in ('failed', 'undelivered') and o.error_code = any(:codes)
            and o.created_at > p.heard_at and o.created_at > coalesce(
                (select max(d.created_at) from outbox d
                    where d.participant_id = p.id and d.state in ('sent', 'delivered')), '-infinity')
    )
""")


async def once_more(rt: Runtime) -> int:
    """Put a copy of what failed softly in the outbox, once, and mark numbers where it has failed for days."""
    codes = errors.codes("once", "later")
    async with rt.begin() as (connection, now):
        real = rt.real()
        values = {"codes": codes, "earliest": real - _STILL_RECENT, "latest": real - _ONCE_MORE, "now": now}
        rows = (await connection.execute(_FAILED, {**values, "most": _MOST})).all()
        if not rows:
            return 0
        people = sorted({row.participant_id for row in rows})
        await connection.execute(_LOCK, {"ids": people})
        for row in rows:
            await _copy(rt, connection, row, real)
        dead = {"people": people, "codes": errors.codes("once"), "least": _DEAD_AFTER, "real": real}
        await connection.execute(_MARK_DEAD, dead)
    return len(rows)


async def _copy(rt: Runtime, connection: AsyncConnection, row: Row[Any], real: datetime) -> None:
    try:
        _, words = outbox.opened(rt, row)
    except VaultError:
        return
    again = new_id()
    kept = ("participant_id", "enrolment_id", "sender", "kind", "asked_for", "priority", "segments", "wait_minutes")
    values = {name: getattr(row, name) for name in (*kept, "created_at", "stale_at")}
    body = rt.vault.key(row.answer_key).seal(words, "outbox.body", again)
    await connection.execute(_AGAIN, {**values, "id": again, "body": body, "origin_id": row.id, "real": real})
    await connection.execute(_ASKED, {"new": again, "old": row.id})
