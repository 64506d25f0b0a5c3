"""A program's settings as they were saved, each with who saved them and when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_KEEP = text("""
    insert into program_versions (program_id, version, settings, staff_id, at)
    values (:program, :version, cast(:settings as jsonb), :by, :now)
""")


async def keep(
    connection: AsyncConnection, program: UUID, version: int, settings: str, by: UUID | None, now: datetime
) -> None:
    """Keep one version; `by` is None for what the command line saved."""
    values = {"program": program, "version": version, "settings": settings, "by": by, "now": now}
    await connection.execute(_KEEP, values)
