"""Inbound messages: each sid once, and the reply that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Row = tuple[UUID, str, UUID, str, str, bytes]

_ADD = text("""
    insert into messages (id, sid, participant_id, sender, source, body, received_at)
    select *, cast(:now as timestamptz)
    from unnest(cast(:ids as uuid[]), cast(:sids as text[]), cast(:people as uuid[]), cast(:senders as text[]),
        cast(:sources as text[]), cast(:bodies as bytea[]))
    on conflict (sid) do nothing returning sid
""")
_REPLIES = text("""
    select m.sid, o.id, o.participant_id, o.body
    from messages m join outbox o on o.origin = 'message' and o.origin_id = m.id
    where m.sid = any(:sids) and o.state not in ('ready', 'held', 'sending', 'dropped') order by m.sid, o.n
""")
_TAKEN = text("select sid from messages where sid = any(:sids)")

_FORGET = text("""
    update messages set body = null, redact = 'wanted', redact_at = :real where id = :id and redact is null
""")


@dataclass(frozen=True, slots=True)
class Reply:
    """One text that a message was answered with; `body` is None once it was erased."""

    id: UUID
    participant_id: UUID
    body: bytes | None


async def add(connection: AsyncConnection, rows: Sequence[Row], now: datetime) -> set[str]:
    """Add messages (id, sid, participant, sender, source, sealed body), sorted by sid; return the new sids."""
    if not rows:
        return set()
    ids, sids, people, senders, sources, bodies = (list(column) for column in zip(*rows, strict=True))
    values = {
        "ids": ids,
        "sids": sids,
        "people": people,
        "senders": senders,
        "sources": sources,
        "bodies": bodies,
        "now": now,
    }
    return set((await connection.execute(_ADD, values)).scalars())


async def replies(connection: AsyncConnection, sids: Sequence[str]) -> dict[str, list[Reply]]:
    """Return what these messages were answered with, in order."""
    found: dict[str, list[Reply]] = {}
    for sid, *reply in await connection.execute(_REPLIES, {"sids": list(sids)}):
        found.setdefault(sid, []).append(Reply(*reply))
    return found


async def taken(connection: AsyncConnection, sids: Sequence[str]) -> set[str]:
    """Return which of these sids have been taken in already."""
    return set((await connection.execute(_TAKEN, {"sids": list(sids)})).scalars())


async def forget(connection: AsyncConnection, message: UUID, real: datetime) -> None:
    """Empty a message here, and note that Twilio is to empty it too."""
    await connection.execute(_FORGET, {"id": message, "real": real})
