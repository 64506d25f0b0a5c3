"""Published versions of the flows: kept for ever, read once, found by digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Library, packaged, unbundle

NAME = "check-in"

_read: dict[str, Library] = {}

_ADD = text("""
    insert into flow_versions (digest, name, yaml, source, created_at)
    values (:digest, :name, :yaml, 'packaged', :now) on conflict (digest) do nothing
""")
_CURRENT = text("""
    insert into current_flows (name, digest) values (:name, :digest)
    on conflict (name) do update set digest = excluded.digest where current_flows.published_by is null
""")


_IN_USE = text("""
    select v.digest, v.source, v.created_at from current_flows c join flow_versions v on v.digest = c.digest
    where c.name = :name
""")


@dataclass(frozen=True, slots=True)
class InUse:
    """The version that is current: whether it is this release's own ("packaged") or published here, and since when."""

    library: Library
    source: str
    since: datetime


async def publish_packaged(connection: AsyncConnection, now: datetime) -> None:
    """Add this release's flows, and make them current unless somebody has published over them."""
    library = packaged()
    await connection.execute(_ADD, {"digest": library.digest, "name": NAME, "yaml": library.yaml, "now": now})
    await connection.execute(_CURRENT, {"name": NAME, "digest": library.digest})


async def current(connection: AsyncConnection) -> Library:
    """Return the library that new conversations start with."""
    found = await connection.execute(text("select digest from current_flows where name = :name"), {"name": NAME})
    return await by_digest(connection, found.scalar_one())


async def for_new(connection: AsyncConnection, pinned: str, current: Library) -> Library:
    """Return the version that a program's new conversations begin with: the one it is held to, else the current one."""
    return await by_digest(connection, pinned) if pinned else current


async def in_use(connection: AsyncConnection) -> InUse:
    """Return the library that new conversations start with, and since when there is that version of it."""
    (row,) = await connection.execute(_IN_USE, {"name": NAME})
    return InUse(await by_digest(connection, row.digest), row.source, row.created_at)


async def by_digest(connection: AsyncConnection, digest: str) -> Library:
    """Return one version, from memory after the first time: a digest's content never changes."""
    if digest not in _read:
        if digest == packaged().digest:
            _read[digest] = packaged()
        else:
            found = await connection.execute(text("select yaml from flow_versions where digest = :d"), {"d": digest})
            _read[digest] = unbundle(found.scalar_one())
    return _read[digest]
