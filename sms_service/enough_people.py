"""How many people have to be in a program before anything is changed for all of them at once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

ENOUGH = 15
"""Among fewer, whoever changes something and watches what follows may come to know of one person."""

# Somebody has a place for each number a program ever sent from: of so many rows enough are different people's. All of
# them would be gone through to find that out for a large program.
_ENROLLED = text("""
    select count(distinct participant_id) from (
        select participant_id from enrolments where program_id = :program and state <> 'left' limit :rows
    ) people
""")
_ROWS = 20 * ENOUGH


async def few(connection: AsyncConnection, program: UUID) -> bool:
    """Whether some have joined, and so few that one of them might be singled out. How few is never told."""
    enrolled = (await connection.execute(_ENROLLED, {"program": program, "rows": _ROWS})).scalar_one()
    return bool(0 < enrolled < ENOUGH)
