"""Programs: what a coordinator decides, and the versions of it that the rest of the service reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Event
from flows.duty import COVER
from sms_service import leads, program_checks, program_said, proposals, schedules
from sms_service.enough_people import ENOUGH, few
from sms_service.leads import SupportLead
from sms_service.program_checks import ProgramError
from sms_service.program_settings import ProgramSettings, own_rules, read_settings, stored_settings
from sms_service.runtime import new_id
from sms_service.store import versions
from sms_service.translation import Word

__all__ = [
    "Program",
    "ProgramError",
    "ProgramSettings",
    "add",
    "confirm",
    "find",
    "hindrance",
    "load",
    "own_rules",
    "read_settings",
    "save_settings",
]

_TOO_FEW = Word(
    "Until %(enough)s or more people are enrolled, as counted each morning, only the day, hour and zone of newcomers "
    "can change, so that no one person can be told from it; anything else can from the morning after %(enough)s are "
    "enrolled.",
    enough=ENOUGH,
)


State = Literal["draft", "live"]


@dataclass(frozen=True, slots=True)
class Program:
    """A program as the service uses it. `groups` are the reporting groups by the digit that chooses them, `testers` the
    hashes of the phones that staff try a draft with, `places` whether it has places to turn of its own.
    """

    id: UUID
    slug: str
    name: str
    sender: str
    opt_out_mode: str
    version: int
    keywords: tuple[str, ...]
    groups: Mapping[int, tuple[UUID, Mapping[str, str]]]
    settings: ProgramSettings
    events: tuple[Event, ...] = ()
    leads: tuple[SupportLead, ...] = ()
    videos: bool = False
    places: bool = False
    state: State = "live"
    testers: frozenset[bytes] = frozenset()

    def open_to(self, phone_hash: bytes) -> bool:
        """Whether somebody may join and is asked: anybody once it is live, before that the staff's test phones."""
        return self.state == "live" or phone_hash in self.testers

    @property
    def labels(self) -> list[Mapping[str, str]]:
        """What its groups are called, in their order."""
        return [labels for _, (_, labels) in sorted(self.groups.items())]

    @property
    def calls(self) -> bool:
        """Whether people are promised a call: the program wants it, and two leads cover for each other."""
        return self.settings.review == "lead" and len(self.leads) >= COVER


_LOAD = text("""
    select p.id, p.slug, p.name, p.sender, p.state, s.opt_out_mode, p.version, cast(p.settings as text),
        coalesce((select array_agg(t.phone_hash) from test_phones t
            where t.program_id = p.id and t.confirmed_at is not null), '{}') as testers,
        coalesce((select array_agg(k.word order by k.word) from program_keywords k where k.program_id = p.id), '{}')
            as keywords,
        coalesce((select jsonb_agg(jsonb_build_array(g.key, g.id, g.labels) order by g.key)
            from reporting_groups g where g.program_id = p.id), '[]') as groups,
        coalesce((select jsonb_agg(jsonb_build_array(e.title, e.on_date, e.place, e.topic)
                order by e.on_date, e.at_time, e.title)
            from events e where e.program_id = p.id), '[]') as events,
        exists (select from videos v where v.program_id = p.id) as videos,
        exists (select from own_resources o where o.program_id = p.id) as places,
        coalesce((select jsonb_agg(jsonb_build_array(l.staff_id, l.shown_name, encode(l.phone, 'hex'), l.zone, l.hours,
                l.away, l.holidays) order by l.position)
            from support_leads l
            join staff t on t.id = l.staff_id and t.disabled_at is null
            join staff_roles r on r.staff_id = l.staff_id and r.program_id = l.program_id and r.role = 'support_lead'
            where l.program_id = p.id), '[]') as leads
    from programs p join senders s on s.number = p.sender
    order by p.name
""")
_AS_STORED = ("id", "slug", "name", "sender", "opt_out_mode", "version", "videos", "places", "state")


async def load(connection: AsyncConnection) -> list[Program]:
    """Return every program of this deployment, by name."""
    rows = (await connection.execute(_LOAD)).mappings()
    return [
        Program(
            **{name: row[name] for name in _AS_STORED},
            keywords=tuple(row["keywords"]),
            groups={key: (UUID(group), labels) for key, group, labels in row["groups"]},
            settings=stored_settings(row["settings"]),
            events=tuple(
                Event(title, date.fromisoformat(on), place, topic) for title, on, place, topic in row["events"]
            ),
            leads=tuple(leads.from_json(one) for one in row["leads"]),
            testers=frozenset(row["testers"]),
        )
        for row in rows
    ]


async def find(connection: AsyncConnection, slug: str) -> Program:
    """Return the program of a short address. Raises ProgramError that names those there are."""
    found = {program.slug: program for program in await load(connection)}
    if slug not in found:
        raise ProgramError(
            "slug",
            "there is no program %(slug)r; there are: %(known)s",
            slug=slug,
            known=", ".join(sorted(found)) or "none",
        )
    return found[slug]


async def save_settings(
    connection: AsyncConnection,
    program: Program,
    settings: ProgramSettings,
    now: datetime,
    by: UUID | None = None,
    *,
    confirmed: bool = False,
) -> bool:
    """Store new settings over `program`; False if somebody else has changed them since it was loaded.

    The version is kept with who saved it, `by`, which is None for the command line. What a live program sends people to
    waits for a second person, unless the command line changes it, or it is `confirmed`.

    Raises ProgramError for a schedule that cannot be kept, and for one that would single somebody out. What the
    schedule makes of people already in is planned anew by the next tick.
    """
    program_said.check(settings, program.settings)
    waits: dict[str, str] = {}
    if by is not None and program.state == "live" and not confirmed:
        waits, settings = proposals.held(program.settings, settings), proposals.at_once(program.settings, settings)
        if waits and settings == program.settings:
            await proposals.add(connection, program.id, waits, by, now)
            return True
    changed = schedules.changed(program.settings, settings)
    if changed:
        schedules.check(settings, now, program.sender)
    program_checks.check_step(program.settings.floor, settings.floor)
    if program.state == "live" and settings.floor < program.settings.floor:
        raise ProgramError(
            "floor",
            "%(floor)s is fewer than people said yes to; in a live program it may only rise from %(was)s",
            floor=settings.floor,
            was=program.settings.floor,
        )
    hindered = await hindrance(connection, program, settings)
    if hindered:
        raise ProgramError("people", hindered)
    touches = schedules.touches(program.settings, settings)
    values = {"settings": settings.to_json(), "id": program.id, "version": program.version, "touches": touches}
    if (await connection.execute(_SAVE, values)).rowcount != 1:
        return False
    words = versions.words(program.keywords, program.labels)
    await versions.keep(connection, program.id, program.version + 1, settings.to_json(), words, by, now)
    await proposals.over(connection, program.id, proposals.changed(program.settings, settings))
    if by is not None:
        await proposals.add(connection, program.id, waits, by, now)
    return True


async def confirm(connection: AsyncConnection, program: Program, given: str, now: datetime, by: UUID) -> str | None:
    """Have a change that waits hold; return its field, None if the program was changed meanwhile. Raises ProgramError:
    it waits no more, `by` proposed it, or it can't be saved now.
    """
    change = await proposals.find(connection, program.id, given)
    if change.by == by:
        raise ProgramError(
            "proposed", "you proposed this yourself; another coordinator or an administrator confirms it"
        )
    wanted: dict[str, Any] = {change.field: change.value}
    settings = replace(program.settings, **wanted)
    saved = await save_settings(connection, program, settings, now, by, confirmed=True)
    return change.field if saved else None


# What touches nobody already in leaves nothing to plan anew, unless something was left already.
_SAVE = text("""
    update programs set settings = cast(:settings as jsonb), version = version + 1,
        planned_version = case when not :touches and planned_version = version then version + 1 else planned_version end
    where id = :id and version = :version
""")


async def hindrance(connection: AsyncConnection, program: Program, settings: ProgramSettings) -> str:
    """Say why these settings may not be saved now: so few are in that one person could be told from what changes."""
    if not schedules.touches(program.settings, settings) and program.settings.flow == settings.flow:
        return ""
    return _TOO_FEW if await few(connection, program.id) else ""


def refuse_address(known: Sequence[Program], slug: str) -> None:
    """Raise ProgramError if one of these programs has this address."""
    for program in known:
        if program.slug == slug:
            raise ProgramError(
                "slug",
                "%(slug)r is the address of %(program)s already; choose another",
                slug=slug,
                program=program.name,
            )


async def _refuse_taken(connection: AsyncConnection, slug: str, sender: str, keywords: tuple[str, ...]) -> None:
    known = await load(connection)
    refuse_address(known, slug)
    for program in known:
        taken = sorted(set(program.keywords) & {word.upper() for word in keywords})
        if taken and program.sender == sender:
            raise ProgramError(
                "keyword",
                "%(word)s joins %(program)s on this number already; choose another",
                word=taken[0],
                program=program.name,
            )


async def add(
    connection: AsyncConnection,
    *,
    slug: str,
    name: str,
    sender: str,
    keywords: tuple[str, ...],
    groups: tuple[Mapping[str, str], ...],
    settings: ProgramSettings,
    opt_out_mode: str = "ours",
    state: State = "draft",
    by: UUID | None = None,
    now: datetime,
) -> UUID:
    """Add a program with its sender, keywords and reporting groups; return its id. A known sender keeps its mode.

    `by` is the account that adds it, None for the command line.
    """
    program_checks.check_slug(slug)
    program_said.check_name(name)
    program_said.check_groups(groups)
    program_said.check(settings)
    await _refuse_taken(connection, slug, sender, keywords)
    program = new_id()
    await connection.execute(
        text("insert into senders (number, opt_out_mode) values (:n, :m) on conflict do nothing"),
        {"n": sender, "m": opt_out_mode},
    )
    stored = {"id": program, "slug": slug, "name": name, "sender": sender}
    await connection.execute(
        text("""insert into programs (id, slug, name, sender, settings, state, created_at)
                values (:id, :slug, :name, :sender, cast(:settings as jsonb), :state, :now)"""),
        {**stored, "settings": settings.to_json(), "state": state, "now": now},
    )
    words = versions.words([word.upper() for word in keywords], groups)
    await versions.keep(connection, program, 1, settings.to_json(), words, by, now)
    for word in keywords:
        await connection.execute(
            text("insert into program_keywords (sender, word, program_id) values (:s, :w, :p)"),
            {"s": sender, "w": word.upper(), "p": program},
        )
    for key, labels in enumerate(groups, start=1):
        await connection.execute(
            text("insert into reporting_groups (id, program_id, key, labels) values (:i, :p, :k, cast(:l as jsonb))"),
            {"i": new_id(), "p": program, "k": key, "l": json.dumps(labels)},
        )
    return program
