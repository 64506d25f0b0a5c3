"""Before a program begins: what has to be green, who said so, and the step from draft to live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Literal
from uuid import UUID

import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import go_live_checks
from sms_service.programs import Program, ProgramError
from sms_service.runtime import Runtime
from sms_service.translation import Written, joined

Words = Mapping[str, str]
"""The same in each language."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that has to be done before a program begins: who does it, how long it takes, and how it is shown."""

    id: str
    way: Literal["confirmed", "computed", "phone"]
    title: Words
    owner: Words
    lead: Words
    how: Words


@dataclass(frozen=True, slots=True)
class Point:
    """How one item stands. `found` is what the service sees of it; `by` and `at` say who vouched for it, and when.

    `way` is the item's, or "confirmed" where the service cannot see what it would have to.
    """

    item: Item
    green: bool
    way: str
    found: Words
    by: str = ""
    at: datetime | None = None


@cache
def items() -> tuple[Item, ...]:
    """Return what has to be done, in the order in which it is best begun."""
    body = (resources.files("sms_service") / "go_live.yaml").read_text(encoding="utf-8")
    return tuple(Item(**one) for one in yaml.safe_load(body)["items"])


_READ = text("""
    select c.item, c.at, coalesce(s.name, '') as name from confirmations c left join staff s on s.id = c.staff_id
    where c.program_id = :program
""")
_CONFIRM = text("""
    insert into confirmations (program_id, item, staff_id, at) values (:program, :item, :by, :now)
    on conflict (program_id, item) do update set staff_id = excluded.staff_id, at = excluded.at
""")
_TAKE_BACK = text("delete from confirmations where program_id = :program and item = :item")
_LOCK = text("select state from programs where id = :program for update")
_BEGIN = text("update programs set state = 'live' where id = :program and state = 'draft'")


async def checklist(rt: Runtime, connection: AsyncConnection, program: Program, now: datetime) -> list[Point]:
    """Return how each item stands now."""
    confirmed = {row.item: row for row in await connection.execute(_READ, {"program": program.id})}
    found = await go_live_checks.look(rt, connection, program, now)
    points = []
    for item in items():
        seen, row = found.get(item.id), confirmed.get(item.id)
        if seen is not None:
            points.append(Point(item, seen.green, item.way, seen.words))
        elif row is not None:
            points.append(Point(item, True, "confirmed", {}, row.name, row.at))
        else:
            points.append(Point(item, False, "confirmed", {}))
    return points


async def confirm(connection: AsyncConnection, program: Program, item: str, by: UUID | None, now: datetime) -> None:
    """Write down that somebody vouches for an item; `by` is None for the command line. Raises ProgramError."""
    _known(item)
    await connection.execute(_CONFIRM, {"program": program.id, "item": item, "by": by, "now": now})


async def take_back(connection: AsyncConnection, program: Program, item: str) -> bool:
    """Take a confirmation back; whether there was one. A program that is live stays live."""
    _known(item)
    return bool((await connection.execute(_TAKE_BACK, {"program": program.id, "item": item})).rowcount)


def _known(item: str) -> None:
    names = [one.id for one in items() if one.way == "confirmed" or one.id == "opt-out"]
    if item not in names:
        raise ProgramError(
            "item", "%(item)r is nothing to vouch for; it can be %(known)s", item=item, known=", ".join(names)
        )


async def begin(rt: Runtime, connection: AsyncConnection, program: Program, now: datetime) -> None:
    """Make a draft live: from now on people may join and are asked. Raises ProgramError naming what is not green."""
    state = (await connection.execute(_LOCK, {"program": program.id})).scalar_one()
    if state == "live":
        raise ProgramError("state", "%(program)s is live already", program=program.slug)
    missing = [
        Written(point.item.title.__getitem__)
        for point in await checklist(rt, connection, program, now)
        if not point.green
    ]
    if missing:
        raise ProgramError(
            "state", "%(program)s cannot go live yet: %(missing)s", program=program.slug, missing=joined("; ", missing)
        )
    await connection.execute(_BEGIN, {"program": program.id})
