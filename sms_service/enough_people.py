"""How many people have to be in a program before anything is changed for all of them at once."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.programs import Program, ProgramError

ENOUGH = 15
"""Among fewer, whoever changes something and watches what follows may come to know of one person."""

_ENROLLED = text("select count(*) from enrolments where program_id = :program and state <> 'left'")


async def refuse_few(connection: AsyncConnection, program: Program) -> None:
    """Raise ProgramError where few have joined, without saying how few. Where nobody has, nobody is singled out."""
    enrolled = (await connection.execute(_ENROLLED, {"program": program.id})).scalar_one()
    if 0 < enrolled < ENOUGH:
        raise ProgramError(
            "people",
            f"fewer than {ENOUGH} have joined {program.slug}, and what changes for few may single one out; "
            f"it can be changed once {ENOUGH} have joined",
        )
