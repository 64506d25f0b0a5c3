"""How many people have to be in a program before anything is changed for all of them at once."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

ENOUGH = 15
"""Among fewer, whoever changes something and watches what follows may come to know of one person."""

# What was counted in the morning and may be shown: who tries it twice in a day finds the same, whoever came or went
# between. A figure that is withheld, or not there yet, is too few.
_FEW = text("""
    select p.state <> 'draft' and coalesce(f.enrolled, 0) < :enough
    from programs p left join lateral (
        select cast(people->>'enrolled' as int) as enrolled from daily_figures
        where program_id = p.id order by day desc limit 1
    ) f on true
    where p.id = :program
""")


async def few(connection: AsyncConnection, program: UUID) -> bool:
    """Whether so few were in when last counted that one of them might be singled out. Whoever is in a draft is staff.

    Also where nobody is: that there is somebody would be told by the first refusal.
    """
    return bool((await connection.execute(_FEW, {"program": program, "enough": ENOUGH})).scalar_one())
