"""A program's settings as they were: who saved what and when, and putting an earlier version back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import programs
from sms_service.programs import Program, ProgramError, ProgramSettings, read_settings

_MOST = 50
_READ = text("""
    select v.version, v.settings, v.at, coalesce(s.name, '') as name
    from program_versions v left join staff s on s.id = v.staff_id
    where v.program_id = :program order by v.version desc limit :most
""")
_ONE = text("select settings from program_versions where program_id = :program and version = :version")
_LAST_TWO = text("select version from program_versions where program_id = :program order by version desc limit 2")


@dataclass(frozen=True, slots=True)
class Version:
    """Settings as they were saved. `by` is "" for the command line; `before` is what they took the place of."""

    number: int
    settings: ProgramSettings
    at: datetime
    by: str
    before: ProgramSettings | None


async def versions(connection: AsyncConnection, program: Program) -> list[Version]:
    """Return the last versions of a program's settings, the newest first."""
    rows = (await connection.execute(_READ, {"program": program.id, "most": _MOST})).all()
    settings = [read_settings(row.settings) for row in rows]
    return [
        Version(row.version, own, row.at, row.name, before)
        for row, own, before in zip(rows, settings, [*settings[1:], None], strict=True)
    ]


async def previous(connection: AsyncConnection, program: Program) -> int | None:
    """Return the number of the version that undoing the last change puts back; None where there is nothing to undo.

    Keywords, groups, names and support leads are no versions of the settings: after such a change there is none.
    """
    found = list((await connection.execute(_LAST_TWO, {"program": program.id})).scalars())
    return int(found[1]) if len(found) > 1 and found[0] == program.version else None


async def earlier(connection: AsyncConnection, program: Program, version: int) -> ProgramSettings:
    """Return what putting a version back would lead to. Raises ProgramError where there is no such version.

    A program's own words for danger and the two weeks after a hard event stay as they are: neither is lost to a
    schedule that is put back.
    """
    stored = (await connection.execute(_ONE, {"program": program.id, "version": version})).scalar()
    if stored is None:
        raise ProgramError(
            "version", "there is no version %(version)s of %(program)s", version=version, program=program.slug
        )
    now = program.settings
    return replace(read_settings(stored), own_words=now.own_words, hard_event=now.hard_event)


async def put_back(
    connection: AsyncConnection, program: Program, version: int, now: datetime, by: UUID | None
) -> ProgramSettings | None:
    """Put a version back by the same rules as any other change; None if somebody changed the program meanwhile.

    Raises ProgramError: no such version, or one that may not or cannot be saved now.
    """
    settings = await earlier(connection, program, version)
    if settings == program.settings:
        return settings
    return settings if await programs.save_settings(connection, program, settings, now, by) else None
