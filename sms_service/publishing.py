"""Publish another version of the flows, and say what becomes of the conversations that are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args
from uuid import UUID

import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import FlowError, Library, check, packaged, parse
from sms_service.library import NAME

OpenOnes = Literal["keep", "move", "close"]
"""What happens to open conversations: they `keep` their version to the end, `move` to the new one with their next text,
or their check-ins `close` at the next tick, with the answers they have."""

CHOICES: tuple[str, ...] = get_args(OpenOnes)
_MOST_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class Version:
    """One version ever published."""

    digest: str
    source: str
    created_at: datetime
    current: bool


_ADD = text("""
    insert into flow_versions (digest, name, yaml, source, created_at)
    values (:digest, :name, :yaml, :source, :now) on conflict (digest) do nothing
""")
_CURRENT = text("""
    insert into current_flows (name, digest, published_by) values (:name, :digest, :by)
    on conflict (name) do update set digest = excluded.digest, published_by = excluded.published_by
""")
_LIST = text("""
    select v.digest, v.source, v.created_at, c.digest is not null as current
    from flow_versions v left join current_flows c on c.digest = v.digest
    order by v.created_at desc
""")
_OPEN = text("select flow_digest, count(*) as open from conversations where ended_at is null group by 1")
# Locked as a text locks them, so that none is heard with the old version while it moves.
_LOCK = text("""
    select p.id from participants p where p.id in (
        select participant_id from conversations where ended_at is null and flow_digest <> :digest
    ) order by p.id for no key update
""")
_MOVE = text("update conversations set flow_digest = :digest where ended_at is null and flow_digest <> :digest")
_CLOSE = text("""
    update appointments a set due_at = :now, try_at = null from conversations c
    where c.enrolment_id = a.enrolment_id and c.occasion = a.occasion and a.kind = 'expiry' and a.state = 'due'
        and c.ended_at is null and c.flow_digest <> :digest
""")


def read_folder(folder: Path) -> Library:
    """Return the packaged flows with the files of a folder in place of those of the same name, or beside them.

    Raises FlowError: nothing there, or a file with a fault, with file, state and line.
    """
    own = (
        {one.name: one.read_text(encoding="utf-8") for one in sorted(folder.glob("*.yaml"))} if folder.is_dir() else {}
    )
    if not own:
        raise FlowError(f"{folder}: no folder with .yaml files in it; copy one from flows/definitions to begin with")
    return parse({**yaml.safe_load(packaged().yaml), **own})


async def publish(
    connection: AsyncConnection, library: Library, *, by: UUID | None, open_ones: OpenOnes, now: datetime
) -> int:
    """Make a version current for every conversation that begins; return how many open ones `open_ones` changed.

    `by` is the account that publishes; None goes back to following this release's own flows. Raises FlowError with
    what is wrong if the flows can't be proved, or if they change what is locked.
    """
    # This release's own are proved before it is released.
    own = packaged()
    findings = [] if library.digest == own.digest else check(library, against=own)
    if findings:
        more = f"\nand {len(findings) - _MOST_FINDINGS} more" if len(findings) > _MOST_FINDINGS else ""
        raise FlowError("\n".join(findings[:_MOST_FINDINGS]) + more)
    source = "packaged" if by is None else "published"
    values = {"digest": library.digest, "name": NAME, "yaml": library.yaml, "source": source, "now": now}
    await connection.execute(_ADD, values)
    await connection.execute(_CURRENT, {"name": NAME, "digest": library.digest, "by": by})
    if open_ones == "keep":
        return 0
    await connection.execute(_LOCK, {"digest": library.digest})
    if open_ones == "move":
        return (await connection.execute(_MOVE, {"digest": library.digest})).rowcount
    return (await connection.execute(_CLOSE, {"digest": library.digest, "now": now})).rowcount


async def versions(connection: AsyncConnection) -> list[Version]:
    """Return every version ever published, the newest first."""
    return [Version(*row) for row in (await connection.execute(_LIST)).all()]


async def open_on(connection: AsyncConnection) -> dict[str, int]:
    """Return how many conversations are open on each version: for the operator, since it looks at all of them."""
    return {row.flow_digest: row.open for row in await connection.execute(_OPEN)}
