"""Before a program begins: what has to be green, who said so, and the step from draft to live."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Literal
from uuid import UUID

import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import go_live_checks, library
from sms_service.programs import Program, ProgramError
from sms_service.runtime import Runtime
from sms_service.translation import Written, joined

Words = Mapping[str, str]
"""The same in each language."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that has to be done before a program begins: who does it, how long it takes, and how it is shown.

    Whoever vouches for it vouches for the facts that it `hangs_on`.
    """

    id: str
    way: Literal["confirmed", "computed", "phone"]
    title: Words
    owner: Words
    lead: Words
    how: Words
    hangs_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """How one item stands. `found` is what the service sees of it; `by` and `at` say who vouched for it, and when.

    `way` is the item's, or "confirmed" where the service cannot see what it would have to. Vouched for and yet not
    green is what has changed since; `found` says what.
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
    return tuple(Item(**{**one, "hangs_on": tuple(one.get("hangs_on", ()))}) for one in _file()["items"])


@cache
def facts() -> Mapping[str, Words]:
    """Return what an item may hang on, in words."""
    named: Mapping[str, Words] = _file()["facts"]
    return named


@cache
def _file() -> Mapping[str, Any]:
    body = (resources.files("sms_service") / "go_live.yaml").read_text(encoding="utf-8")
    read: Mapping[str, Any] = yaml.safe_load(body)
    return read


_READ = text("""
    select c.item, c.at, c.facts, coalesce(s.name, '') as name
    from confirmations c left join staff s on s.id = c.staff_id
    where c.program_id = :program
""")
_CONFIRM = text("""
    insert into confirmations (program_id, item, staff_id, at, facts)
    values (:program, :item, :by, :now, cast(:facts as jsonb))
    on conflict (program_id, item) do update
        set staff_id = excluded.staff_id, at = excluded.at, facts = excluded.facts
""")
_TAKE_BACK = text("delete from confirmations where program_id = :program and item = :item")
_LOCK = text("select state from programs where id = :program for update")
_BEGIN = text("update programs set state = 'live' where id = :program and state = 'draft'")


async def checklist(rt: Runtime, connection: AsyncConnection, program: Program, now: datetime) -> list[Point]:
    """Return how each item stands now."""
    confirmed = {row.item: row for row in await connection.execute(_READ, {"program": program.id})}
    found = await go_live_checks.look(rt, connection, program, now)
    stand = await _stand(connection, program)
    points = []
    for item in items():
        seen, row = found.get(item.id), confirmed.get(item.id)
        if seen is not None:
            points.append(Point(item, seen.green, item.way, seen.words))
        elif row is not None:
            other = [fact for fact in item.hangs_on if row.facts.get(fact) != stand[fact]]
            points.append(Point(item, not other, "confirmed", _why(other), row.name, row.at))
        else:
            points.append(Point(item, False, "confirmed", {}))
    return points


async def _stand(connection: AsyncConnection, program: Program) -> Mapping[str, str]:
    """Return each fact as it is now, as a digest."""
    used = await library.for_new(connection, program.settings.flow, await library.current(connection))
    parts = {**asdict(program.settings), "flow": used.digest}
    parts |= {name: getattr(program, name) for name in ("sender", "opt_out_mode", "name", "keywords")}
    return {fact: hashlib.sha256(json.dumps(parts[fact], sort_keys=True).encode()).hexdigest()[:32] for fact in facts()}


def _why(other: Sequence[str]) -> Words:
    """Say what is another since somebody vouched for it."""
    if not other:
        return {}
    said = {language: ", ".join(facts()[fact][language] for fact in other) for language in ("en", "es")}
    return {
        "en": f"It was confirmed, and is open again, because this has changed since: {said['en']}.",
        "es": f"Estaba confirmado y queda otra vez pendiente, porque desde entonces cambió: {said['es']}.",
    }


async def confirm(connection: AsyncConnection, program: Program, item: str, by: UUID | None, now: datetime) -> None:
    """Write down that somebody vouches for an item; `by` is None for the command line. Raises ProgramError."""
    _known(item)
    stand, hangs_on = await _stand(connection, program), next(one.hangs_on for one in items() if one.id == item)
    about = json.dumps({fact: stand[fact] for fact in hangs_on})
    values = {"program": program.id, "item": item, "by": by, "now": now, "facts": about}
    await connection.execute(_CONFIRM, values)


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
