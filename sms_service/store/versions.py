"""A program's settings, keywords and groups as they were saved, each with who saved them and when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_KEEP = text("""
    insert into program_versions (program_id, version, settings, words, staff_id, at)
    values (:program, :version, cast(:settings as jsonb), cast(:words as jsonb), :by, :now)
""")


def words(keywords: Iterable[str], groups: Iterable[Mapping[str, str]]) -> str:
    """Return keywords and groups as they are stored."""
    return json.dumps({"keywords": sorted(keywords), "groups": [dict(one) for one in groups]})


async def keep(
    connection: AsyncConnection,
    program: UUID,
    version: int,
    settings: str,
    words: str,
    by: UUID | None,
    now: datetime,
) -> None:
    """Keep one version; `by` is None for what the command line saved."""
    values = {"program": program, "version": version, "settings": settings, "words": words, "by": by, "now": now}
    await connection.execute(_KEEP, values)
