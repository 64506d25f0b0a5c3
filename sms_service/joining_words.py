"""What a program is joined by and told apart by, changed: its keywords and its reporting groups."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import programs
from sms_service.programs import Program, ProgramError
from sms_service.runtime import new_id
from sms_service.store import versions

_CHANGED = text("""
    update programs set version = version + 1,
        planned_version = case when planned_version = version then version + 1 else planned_version end
    where id = :id and version = :version
""")
_DROP_WORDS = text("delete from program_keywords where program_id = :program and word <> all(:words)")
_ADD_WORD = text("""
    insert into program_keywords (sender, word, program_id) values (:sender, :word, :program) on conflict do nothing
""")
_GROUP = text("""
    insert into reporting_groups (id, program_id, key, labels) values (:id, :program, :key, cast(:labels as jsonb))
    on conflict (program_id, key) do update set labels = excluded.labels
""")
_LEAVE_GROUPS = text("""
    update enrolments set group_id = null
    where program_id = :program and group_id in (
        select id from reporting_groups where program_id = :program and key > :kept
    )
""")
_DROP_GROUPS = text("delete from reporting_groups where program_id = :program and key > :kept")

Groups = Sequence[Mapping[str, str]]


async def check(connection: AsyncConnection, program: Program, keywords: Sequence[str], groups: Groups) -> None:
    """Raise ProgramError for a keyword of another program on the number, and for groups that people are in already.

    What a live program's groups are called stays: figures of the same name are compared over the weeks.
    """
    for other in await programs.load(connection):
        taken = sorted(set(other.keywords) & set(keywords))
        if taken and other.sender == program.sender and other.id != program.id:
            raise ProgramError(
                "keyword",
                "%(word)s joins %(program)s on this number already; choose another",
                word=taken[0],
                program=other.name,
            )
    now = program.labels
    if program.state == "live" and list(groups[: len(now)]) != now:
        raise ProgramError("group", "groups of a live program stay as they are; add further ones below them")


async def change(
    connection: AsyncConnection,
    program: Program,
    keywords: Sequence[str],
    groups: Groups,
    now: datetime,
    by: UUID | None,
) -> bool:
    """Store keywords and groups that were checked, as a version of their own with who saved it.

    False if somebody else changed the program meanwhile.
    """
    done = await connection.execute(_CHANGED, {"id": program.id, "version": program.version})
    if done.rowcount != 1:
        return False
    await connection.execute(_DROP_WORDS, {"program": program.id, "words": list(keywords)})
    for word in keywords:
        await connection.execute(_ADD_WORD, {"sender": program.sender, "word": word, "program": program.id})
    await connection.execute(_LEAVE_GROUPS, {"program": program.id, "kept": len(groups)})
    await connection.execute(_DROP_GROUPS, {"program": program.id, "kept": len(groups)})
    for key, labels in enumerate(groups, start=1):
        values = {"id": new_id(), "program": program.id, "key": key, "labels": json.dumps(labels)}
        await connection.execute(_GROUP, values)
    words = versions.words(keywords, groups)
    await versions.keep(connection, program.id, program.version + 1, program.settings.to_json(), words, by, now)
    return True
