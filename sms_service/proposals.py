"""A number or a link that people of a live program are sent to, changed by one person: it waits for a second one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.program_checks import ProgramError
from sms_service.runtime import new_id

if TYPE_CHECKING:
    from sms_service.program_settings import ProgramSettings

FIELDS = ("help_phone", "peer_line", "learn_url")
"""The settings by which people are sent somewhere."""

# Another one for the same field takes its place, under an id of its own: nobody confirms what they have not seen.
_ADD = text("""
    insert into proposed_changes (id, program_id, field, value, staff_id, at)
    values (:id, :program, :field, :value, :by, :now)
    on conflict (program_id, field) do update
        set id = excluded.id, value = excluded.value, staff_id = excluded.staff_id, at = excluded.at
""")
_READ = text("""
    select c.id, c.field, c.value, c.staff_id, s.name, c.at
    from proposed_changes c join staff s on s.id = c.staff_id where c.program_id = :program order by c.at, c.field
    for update of c
""")
_OVER = text("delete from proposed_changes where program_id = :program and field = any(:fields)")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that waits: what it is to be, and who proposed it when."""

    id: UUID
    field: str
    value: str
    by: UUID
    name: str
    at: datetime


def changed(old: ProgramSettings, new: ProgramSettings) -> list[str]:
    """Return by which settings people would be sent elsewhere."""
    return [field for field in FIELDS if getattr(new, field) != getattr(old, field)]


def held(old: ProgramSettings, new: ProgramSettings) -> dict[str, str]:
    """Return what of new settings waits for a second person, by field. What is taken away is taken away at once."""
    return {field: getattr(new, field) for field in changed(old, new) if getattr(new, field)}


def at_once(old: ProgramSettings, new: ProgramSettings) -> ProgramSettings:
    """Return new settings without what waits for a second person."""
    return replace(new, **{field: getattr(old, field) for field in held(old, new)})


async def add(connection: AsyncConnection, program: UUID, values: Mapping[str, str], by: UUID, now: datetime) -> None:
    """Have these changes wait, in place of earlier ones of the same fields."""
    for field, value in values.items():
        row = {"id": new_id(), "program": program, "field": field, "value": value, "by": by, "now": now}
        await connection.execute(_ADD, row)


async def waiting(connection: AsyncConnection, program: UUID) -> list[Proposal]:
    """Return what waits, the oldest first."""
    return [Proposal(*row) for row in await connection.execute(_READ, {"program": program})]


async def over(connection: AsyncConnection, program: UUID, fields: Iterable[str]) -> None:
    """Let go of what waits for fields that were changed meanwhile."""
    await connection.execute(_OVER, {"program": program, "fields": list(fields)})


async def find(connection: AsyncConnection, program: UUID, wanted: str) -> Proposal:
    """Return one that waits, by its id. Raises ProgramError where it is gone."""
    for one in await waiting(connection, program):
        if str(one.id) == wanted:
            return one
    raise ProgramError("proposed", "this change does not wait any more; look at what stands there now")


async def drop(connection: AsyncConnection, program: UUID, wanted: str) -> Proposal:
    """Let go of one that waits. Raises ProgramError where it is gone."""
    found = await find(connection, program, wanted)
    await over(connection, program, [found.field])
    return found
