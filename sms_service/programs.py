"""Programs: what a coordinator decides, and the versions of it that the rest of the service reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import CLIENT_WORDS, Event, FlowError, packaged_rules, segments, with_own
from flows.duty import COVER
from flows.risk_rules import Rules
from sms_service import leads
from sms_service.leads import SupportLead
from sms_service.runtime import new_id

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SHORTEST_FLOOR = 5
_LONGEST_PEER_LINE = 40


class ProgramError(ValueError):
    """A program's setting that cannot be used: `field`, what is wrong with it, and what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class ProgramSettings:
    """What a coordinator configures. Times of day are "HH:MM" in each person's own zone, waits are whole hours."""

    operator: str
    short_name: str
    zone: str = "America/New_York"
    day: int = 3
    time: str = "12:15"
    remind_hours: tuple[int, ...] = (24, 48)
    window_hours: int = 72
    quiet_start: str = "21:00"
    quiet_end: str = "08:00"
    floor: int = 10
    help_phone: str = ""
    learn_url: str = ""
    client: str = "client"
    peer_line: str = ""
    own_words: tuple[Mapping[str, Any], ...] = ()
    review: Literal["none", "lead"] = "none"
    promise_hours: int = 4
    hard_event: str = ""

    def to_json(self) -> str:
        """Return the settings as they are stored."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Program:
    """A program as the service uses it. `groups` are the reporting groups by the digit that chooses them."""

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

    @property
    def calls(self) -> bool:
        """Whether people are promised a call: the program wants it, and two leads cover for each other."""
        return self.settings.review == "lead" and len(self.leads) >= COVER


def read_settings(stored: Mapping[str, Any]) -> ProgramSettings:
    """Make settings of what is stored or was sent in a form. Raises ProgramError naming the field and the way out."""
    known = {f.name for f in fields(ProgramSettings)}
    unknown = sorted(set(stored) - known)
    if unknown:
        raise ProgramError(unknown[0], "is not a setting of a program")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    settings = ProgramSettings(**values)
    _check_names(settings)
    _check_times(settings)
    own_rules(settings)
    _check_calls(settings)
    _check_event(settings.hard_event)
    return settings


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def own_rules(settings: ProgramSettings) -> Rules | None:
    """Return the rules that danger is found by, if the program has words of its own. Raises ProgramError."""
    if not settings.own_words:
        return None
    try:
        return _with_own(json.dumps(settings.own_words))
    except FlowError as error:
        raise ProgramError("own_words", str(error)) from None


@cache
def _with_own(rows: str) -> Rules:
    return with_own(packaged_rules(), json.loads(rows))


def _check_names(settings: ProgramSettings) -> None:
    size = segments(settings.short_name)
    if not settings.short_name or size.units > 12 or size.encoding != "GSM-7":
        raise ProgramError("short_name", f"{settings.short_name!r} has to be 1 to 12 plain characters")
    if not settings.operator.strip():
        raise ProgramError("operator", "is empty; say who runs the program")
    if settings.learn_url and not settings.learn_url.startswith(("https://", "http://")):
        raise ProgramError(
            "learn_url", f"{settings.learn_url!r} is not an address such as https://example.org/training"
        )
    if settings.client not in CLIENT_WORDS:
        raise ProgramError("client", f"{settings.client!r} is not one of {', '.join(sorted(CLIENT_WORDS))}")
    size = segments(settings.peer_line)
    if size.units > _LONGEST_PEER_LINE or (settings.peer_line and size.encoding != "GSM-7"):
        raise ProgramError(
            "peer_line",
            f"{settings.peer_line!r} has to be a name and number of at most {_LONGEST_PEER_LINE} characters",
        )
    if settings.floor < _SHORTEST_FLOOR:
        raise ProgramError("floor", f"{settings.floor} is too few to hide one person; {_SHORTEST_FLOOR} or more")


def _check_times(settings: ProgramSettings) -> None:
    if settings.zone not in _zones():
        raise ProgramError("zone", f"{settings.zone!r} is not a time zone; one is America/New_York")
    if settings.day not in range(7):
        raise ProgramError("day", f"{settings.day!r} is not a weekday; 0 is Monday and 6 Sunday")
    for field in ("time", "quiet_start", "quiet_end"):
        value = getattr(settings, field)
        if not _TIME.fullmatch(value):
            raise ProgramError(field, f"{value!r} is not a time of day; write it like 12:15")
    if not 1 <= settings.window_hours <= 24 * 6:
        raise ProgramError("window_hours", f"{settings.window_hours} h: a check-in stays open for 1 to 144 hours")
    hours = settings.remind_hours
    if list(hours) != sorted(set(hours)) or len(hours) > 3 or any(h < 1 for h in hours):
        raise ProgramError("remind_hours", f"{list(hours)}: up to three rising numbers of hours, such as 24 and 48")
    if hours and hours[-1] >= settings.window_hours:
        raise ProgramError(
            "remind_hours", f"{hours[-1]} h is not before the check-in closes at {settings.window_hours} h"
        )


def _check_calls(settings: ProgramSettings) -> None:
    if settings.review not in ("none", "lead"):
        raise ProgramError("review", f"{settings.review!r} is neither none nor lead")
    if settings.promise_hours not in range(1, 13):
        raise ProgramError("promise_hours", f"{settings.promise_hours!r}: a call is promised within 1 to 12 hours")


def _check_event(day: str) -> None:
    try:
        known = not day or date.fromisoformat(day).isoformat() == day
    except ValueError:
        known = False
    if not known:
        raise ProgramError("hard_event", f"{day!r} is not a date; write it like 2026-11-20, or leave it empty")


_LOAD = text("""
    select p.id, p.slug, p.name, p.sender, s.opt_out_mode, p.version, p.settings,
        coalesce((select array_agg(k.word order by k.word) from program_keywords k where k.program_id = p.id), '{}')
            as keywords,
        coalesce((select jsonb_agg(jsonb_build_array(g.key, g.id, g.labels) order by g.key)
            from reporting_groups g where g.program_id = p.id), '[]') as groups,
        coalesce((select jsonb_agg(jsonb_build_array(e.title, e.on_date, e.place, e.topic) order by e.on_date, e.title)
            from events e where e.program_id = p.id), '[]') as events,
        coalesce((select jsonb_agg(jsonb_build_array(l.staff_id, l.shown_name, encode(l.phone, 'hex'), l.zone, l.hours,
                l.away, l.holidays) order by l.position)
            from support_leads l
            join staff t on t.id = l.staff_id and t.disabled_at is null
            join staff_roles r on r.staff_id = l.staff_id and r.program_id = l.program_id and r.role = 'support_lead'
            where l.program_id = p.id), '[]') as leads
    from programs p join senders s on s.number = p.sender
    order by p.name
""")


async def load(connection: AsyncConnection) -> list[Program]:
    """Return every program of this deployment, by name."""
    rows = (await connection.execute(_LOAD)).mappings()
    return [
        Program(
            id=row["id"],
            slug=row["slug"],
            name=row["name"],
            sender=row["sender"],
            opt_out_mode=row["opt_out_mode"],
            version=row["version"],
            keywords=tuple(row["keywords"]),
            groups={key: (UUID(group), labels) for key, group, labels in row["groups"]},
            settings=read_settings(row["settings"]),
            events=tuple(
                Event(title, date.fromisoformat(on), place, topic) for title, on, place, topic in row["events"]
            ),
            leads=tuple(leads.from_json(one) for one in row["leads"]),
        )
        for row in rows
    ]


async def find(connection: AsyncConnection, slug: str) -> Program:
    """Return the program of a short address. Raises ProgramError that names those there are."""
    found = {program.slug: program for program in await load(connection)}
    if slug not in found:
        raise ProgramError("slug", f"there is no program {slug!r}; there are: {', '.join(sorted(found)) or 'none'}")
    return found[slug]


async def save_settings(connection: AsyncConnection, program: Program, settings: ProgramSettings) -> bool:
    """Store new settings over `program`; False if somebody else has changed them since it was loaded."""
    statement = text("""
        update programs set settings = cast(:settings as jsonb), version = version + 1
        where id = :id and version = :version
    """)
    values = {"settings": settings.to_json(), "id": program.id, "version": program.version}
    return (await connection.execute(statement, values)).rowcount == 1


async def _refuse_taken(connection: AsyncConnection, slug: str, sender: str, keywords: tuple[str, ...]) -> None:
    for program in await load(connection):
        if program.slug == slug:
            raise ProgramError("slug", f"{slug!r} is the address of {program.name} already; choose another")
        taken = sorted(set(program.keywords) & {word.upper() for word in keywords})
        if taken and program.sender == sender:
            raise ProgramError("keyword", f"{taken[0]} joins {program.name} on this number already; choose another")


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
    now: datetime,
) -> UUID:
    """Add a program with its sender, keywords and reporting groups; return its id. A known sender keeps its mode."""
    await _refuse_taken(connection, slug, sender, keywords)
    program = new_id()
    await connection.execute(
        text("insert into senders (number, opt_out_mode) values (:n, :m) on conflict do nothing"),
        {"n": sender, "m": opt_out_mode},
    )
    await connection.execute(
        text("""insert into programs (id, slug, name, sender, settings, created_at)
                values (:id, :slug, :name, :sender, cast(:settings as jsonb), :now)"""),
        {
            "id": program,
            "slug": slug,
            "name": name,
            "sender": sender,
            "settings": settings.to_json(),
            "now": now,
        },
    )
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
