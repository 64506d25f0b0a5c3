"""A program's settings, keywords and groups as they were: who saved what and when, and putting a version back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import joining_words, programs
from sms_service.programs import Program, ProgramError, ProgramSettings, read_settings

_MOST = 50
_READ = text("""
    select v.version, v.settings, v.words, v.at, coalesce(s.name, '') as name
    from program_versions v left join staff s on s.id = v.staff_id
    where v.program_id = :program order by v.version desc limit :most
""")
_ONE = text("select settings, words from program_versions where program_id = :program and version = :version")
_LAST_TWO = text("select version from program_versions where program_id = :program order by version desc limit 2")


@dataclass(frozen=True, slots=True)
class Words:
    """Keywords and groups as they were saved."""

    keywords: tuple[str, ...]
    groups: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Version:
    """Settings as they were saved. `by` is "" for the command line; `before` is what they took the place of.

    `words` is None in versions from before keywords and groups were kept.
    """

    number: int
    settings: ProgramSettings
    words: Words | None
    at: datetime
    by: str
    before: Version | None


async def versions(connection: AsyncConnection, program: Program) -> list[Version]:
    """Return the last versions of a program's settings, the newest first."""
    found: list[Version] = []
    before = None
    for row in reversed((await connection.execute(_READ, {"program": program.id, "most": _MOST})).all()):
        before = Version(row.version, read_settings(row.settings), _words(row.words), row.at, row.name, before)
        found.insert(0, before)
    return found


def _words(stored: Mapping[str, Any] | None) -> Words | None:
    return None if stored is None else Words(tuple(stored["keywords"]), tuple(stored["groups"]))


async def previous(connection: AsyncConnection, program: Program) -> int | None:
    """Return the number of the version that undoing the last change puts back; None where there is nothing to undo.

    Names and support leads are no versions of the settings: after such a change there is none.
    """
    found = list((await connection.execute(_LAST_TWO, {"program": program.id})).scalars())
    return int(found[1]) if len(found) > 1 and found[0] == program.version else None


async def earlier(connection: AsyncConnection, program: Program, version: int) -> tuple[ProgramSettings, Words]:
    """Return what putting a version back would lead to. Raises ProgramError where there is no such version.

    A program's own words for danger, the two weeks after a hard event and a pause stay as they are: none is lost to a
    schedule that is put back. So do the groups of a live program, by which figures are compared.
    """
    stored = (await connection.execute(_ONE, {"program": program.id, "version": version})).one_or_none()
    if stored is None:
        raise ProgramError(
            "version", "there is no version %(version)s of %(program)s", version=version, program=program.slug
        )
    now, words = program.settings, _words(stored.words) or Words(program.keywords, tuple(program.labels))
    if program.state == "live":
        words = replace(words, groups=tuple(program.labels))
    then = replace(read_settings(stored.settings), own_words=now.own_words, hard_event=now.hard_event)
    return replace(then, paused_until=now.paused_until), words


async def put_back(
    connection: AsyncConnection, program: Program, version: int, now: datetime, by: UUID | None
) -> ProgramSettings | None:
    """Put a version back by the same rules as any other change; None if somebody changed the program meanwhile.

    Raises ProgramError: no such version, or one that may not or cannot be saved now.
    """
    settings, words = await earlier(connection, program, version)
    if words != Words(tuple(sorted(program.keywords)), tuple(program.labels)):
        await joining_words.check(connection, program, words.keywords, words.groups)
        if not await joining_words.change(connection, program, words.keywords, words.groups, now, by):
            return None
        program = await programs.find(connection, program.slug)
    if settings == program.settings:
        return settings
    return settings if await programs.save_settings(connection, program, settings, now, by) else None
