"""Where people can turn, as this deployment has it: the packaged resources, its own, and what it found in trying them.

Counts how often a page was opened in a week, and never by whom.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Container, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
import yaml
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import FlowError
from flows.places.resources import URGENT, Check, Resource, checked, load_resources, packaged
from sms_service.health import AWAY
from sms_service.runtime import Runtime, new_id

log = structlog.get_logger()

HOME = "us"
"""The country that people are in unless something says otherwise."""

OWN = "own.yaml"
_PATIENCE = 1.0
# Also a database that was not brought up to this release yet, is full or only lets itself be read.
_UNREADABLE: tuple[type[Exception], ...] = (*AWAY, DBAPIError)

_CHECKS = text("""
    select resource_id, reached_by, verified_on, verified_by, works, note from resource_checks order by id
""")
_ADD_CHECK = text("""
    insert into resource_checks (id, resource_id, reached_by, verified_on, verified_by, works, note)
    values (:id, :resource_id, :reached_by, :verified_on, :verified_by, :works, :note)
""")
_ADD_OWN = text("""
    insert into own_resources (id, yaml, added_at, program_id, added_by) values (:id, :yaml, :now, :program, :by)
    on conflict (id) do update set yaml = excluded.yaml, added_at = excluded.added_at, added_by = excluded.added_by
        where :replace
""")
_ADDED = text("""
    select s.name, exists (
            select from programs p where p.state = 'live' and (o.program_id is null or p.id = o.program_id)
        ) and not exists (
            select from resource_checks c where c.resource_id = o.id and c.reached_by = :reached_by and c.works
        ) as waits, o.added_by
    from own_resources o join staff s on s.id = o.added_by where o.id = :id
""")
_SLUGS = text("select o.id, p.slug from own_resources o join programs p on p.id = o.program_id")
# One change at a time, so that two do not hide each the line that the other leaves.
_LOCK = text("lock table resource_checks in share row exclusive mode")
_COUNT = text("""
    insert into resource_counts (week, resource, language, opened) values (:week, :resource, :language, :opened)
    on conflict (week, resource, language) do update set opened = resource_counts.opened + excluded.opened
""")


class ResourceError(ValueError):
    """A resource that cannot be added, found or checked, said in one line."""


async def load(connection: AsyncConnection) -> tuple[Resource, ...]:
    """Return every resource of this deployment, its checks taken into account."""
    checks = [Check(*row) for row in await connection.execute(_CHECKS)]
    own, faults = await _own(connection)
    for fault in faults:
        log.warning("resource.unusable", error=fault)
    return checked((*packaged(), *own), checks)


async def unusable(connection: AsyncConnection) -> list[str]:
    """Return what is wrong with resources of the deployment's own that this release cannot use."""
    return (await _own(connection))[1]


async def _own(connection: AsyncConnection) -> tuple[list[Resource], list[str]]:
    """Return the deployment's own, and what is wrong with others: a bad one costs nobody the good ones."""
    own: list[Resource] = []
    faults = []
    for row in await connection.execute(text("select id, yaml from own_resources order by id")):
        try:
            _refuse_ours(OWN, [row.id])
            own += load_resources({OWN: row.yaml})
        except (FlowError, ResourceError) as error:
            faults.append(str(error))
    return own, faults


def _refuse_ours(name: str, ids: Iterable[str]) -> None:
    theirs = {one.id for one in packaged()}
    for identity in ids:
        if identity in theirs:
            raise ResourceError(f"{name}: resource {identity}: id: this release has one of this id; choose another")


async def programs_of(connection: AsyncConnection) -> Mapping[str, UUID | None]:
    """Return the deployment's own by id, each with the program whose coordinators may change it."""
    return {
        row.id: row.program_id for row in await connection.execute(text("select id, program_id from own_resources"))
    }


def of(known: Iterable[Resource], owners: Mapping[str, UUID | None], programs: Container[UUID]) -> list[Resource]:
    """Return the resources that all programs share, and the own ones of these programs."""
    return [one for one in known if (owner := owners.get(one.id)) is None or owner in programs]


@dataclass(frozen=True, slots=True)
class Added:
    """Who put one of a deployment's own on the list, and whether it waits for a second person to try it."""

    name: str
    waits: bool
    by: UUID


async def added(connection: AsyncConnection, resource: Resource) -> Added | None:
    """Return who added one; None for what came with the release, or from the command line.

    Where a live program would send people to it, what one person typed is tried by another before it is shown.
    """
    row = (await connection.execute(_ADDED, {"id": resource.id, "reached_by": resource.reached_by})).one_or_none()
    return None if row is None else Added(*row)


async def _slugs(connection: AsyncConnection) -> Mapping[str, str]:
    return {row.id: row.slug for row in await connection.execute(_SLUGS)}


@asynccontextmanager
async def _urgent_kept(connection: AsyncConnection) -> AsyncIterator[None]:
    """Undo what is done inside, and raise ResourceError, if it leaves nobody to turn to in a crisis."""
    async with connection.begin_nested():
        await connection.execute(_LOCK)
        yield
        known = of(await load(connection), await programs_of(connection), ())
        left = {one.need for one in known if one.shown and one.country == HOME and "anyone" in one.audience}
        for need in URGENT:
            if need not in left:
                raise ResourceError(
                    f"this is the last resource for {need} that anyone is shown; first have another one shown"
                )


async def add(
    connection: AsyncConnection,
    name: str,
    body: str,
    now: datetime,
    *,
    program: UUID | None = None,
    by: UUID | None = None,
    replace: bool = True,
) -> tuple[Resource, ...]:
    """Add resources of the deployment's own from a file, in place of its own ones of the same id if `replace`.

    A number or an address that is new was tried by nobody, whatever was found of the one before. `by` is None at the
    command line. Raises FlowError on a
    fault in the file, ResourceError on an id that is taken, or a day to come.
    """
    added = load_resources({name: body})
    _refuse_ours(name, [one.id for one in added])
    for one in added:
        if one.verified_on is not None and one.verified_on > now.date():
            raise ResourceError(f"{name}: resource {one.id}: verified_on: {one.verified_on} is still to come")
    file = yaml.safe_load(body)
    async with _urgent_kept(connection):
        for entry in file["resources"]:
            kept = yaml.safe_dump({**file, "resources": [entry]}, allow_unicode=True, sort_keys=False)
            row = {"id": entry["id"], "yaml": kept, "now": now, "program": program, "by": by, "replace": replace}
            if not (await connection.execute(_ADD_OWN, row)).rowcount:
                raise ResourceError(f"{name}: resource {entry['id']}: id: this id is taken; choose another")
    return added


async def remove(connection: AsyncConnection, identity: str) -> bool:
    """Take one of the deployment's own off the list; whether there was one. Raises ResourceError for the last line."""
    async with _urgent_kept(connection):
        done = await connection.execute(text("delete from own_resources where id = :id"), {"id": identity})
    return bool(done.rowcount)


async def check(connection: AsyncConnection, resource: Resource, *, by: str, works: bool, note: str, on: date) -> None:
    """Record that somebody tried a resource and how it went. Raises ResourceError if nobody is named, or to hide
    the last line of its kind.
    """
    if not by.strip():
        raise ResourceError("say who tried it")
    row = {"id": new_id(), "resource_id": resource.id, "reached_by": resource.reached_by, "verified_on": on}
    async with _urgent_kept(connection):
        await connection.execute(_ADD_CHECK, {**row, "verified_by": by.strip(), "works": works, "note": note.strip()})


@dataclass(frozen=True, slots=True)
class Shelf:
    """The resources as they are now, and what time it is. `slugs` has the address of whose own one is, by its id."""

    resources: tuple[Resource, ...]
    at: datetime
    slugs: Mapping[str, str] = field(default_factory=dict)

    def of(self, slug: str) -> Shelf:
        """Return the shelf of one program: what all share, and its own; of none for ""."""
        return replace(self, resources=tuple(one for one in self.resources if self.slugs.get(one.id, slug) == slug))


class Resources:
    """What the pages of one process read and count. They answer also while the database is away.

    It takes one connection at a time for reading and one for counting, however many pages are opened: those who text
    come first.
    """

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._known = packaged()
        self._slugs: Mapping[str, str] = {}
        self._ahead = timedelta()
        self._reading: asyncio.Task[None] | None = None
        self._opened: Counter[tuple[date, str, str]] = Counter()
        self._counting = False

    async def now(self) -> Shelf:
        """Return what the database has, or, if it takes longer than a second, what was last known."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        await asyncio.wait({self._reading}, timeout=_PATIENCE)
        return Shelf(self._known, self._rt.real() + self._ahead, self._slugs)

    async def _read(self) -> None:
        try:
            async with self._rt.begin() as (connection, now):
                known, slugs = await load(connection), await _slugs(connection)
                self._known, self._slugs, self._ahead = known, slugs, now - self._rt.real()
        except _UNREADABLE as error:
            log.warning("resources.unread", error=type(error).__name__)

    async def count(self, at: datetime, resource: str, language: str) -> None:
        """Count a page that was opened, in its week. What cannot be written is let go."""
        day = at.date()
        self._opened[(day - timedelta(days=day.weekday()), resource, language)] += 1
        if self._counting:
            return
        self._counting = True
        try:
            while self._opened:
                opened, self._opened = self._opened, Counter()
                await self._write(opened)
        finally:
            self._counting = False

    async def _write(self, opened: Counter[tuple[date, str, str]]) -> None:
        rows = [
            {"week": week, "resource": resource, "language": language, "opened": number}
            for (week, resource, language), number in sorted(opened.items())
        ]
        try:
            async with self._rt.begin() as (connection, _):
                await connection.execute(_COUNT, rows)
        except _UNREADABLE as error:
            log.warning("resources.uncounted", error=type(error).__name__)


def found(resources: Sequence[Resource], identity: str) -> Resource:
    """Return the resource of this id. Raises ResourceError naming those there are."""
    for one in resources:
        if one.id == identity:
            return one
    raise ResourceError(f"there is no resource {identity!r}; `sms-service resources list` names them")
