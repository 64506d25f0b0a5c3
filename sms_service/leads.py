"""Support leads: who calls, from which number, when, and in which order they are asked. No other role goes with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Duty, room, segments
from flows.duty import Lead, duty
from flows.schedule import local
from sms_service import phone_numbers, staff
from sms_service.phone_numbers import PhoneError
from sms_service.runtime import Runtime, new_id
from sms_service.staff import SUPPORT_LEAD, StaffError
from sms_service.vault import Vault

_PHONE = b"support lead's number"


@dataclass(frozen=True, slots=True)
class SupportLead:
    """A lead as stored; the number is sealed."""

    staff_id: UUID
    shown_name: str
    phone: bytes
    zone: str
    hours: tuple[str, ...]
    away: tuple[tuple[date, date], ...]
    holidays: str


def from_json(stored: Sequence[Any]) -> SupportLead:
    """Read a lead as the list of programs carries it."""
    staff_id, name, phone, zone, hours, away, holidays = stored
    off = tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in away)
    return SupportLead(UUID(staff_id), name, bytes.fromhex(phone), zone, tuple(hours), off, holidays)


@lru_cache(maxsize=1000)
def opened(vault: Vault, lead: SupportLead) -> Lead:
    """Return a lead as the flows know one, the number opened. Kept, because every text of a program asks for it."""
    number = vault.unwrap(lead.phone, _PHONE).decode()
    return Lead(lead.shown_name, number, lead.zone, lead.hours, lead.away, lead.holidays)


def roster(vault: Vault, leads: Sequence[SupportLead]) -> tuple[Lead, ...]:
    """Return a program's leads in the order in which they are asked."""
    return tuple(opened(vault, lead) for lead in leads)


def on_duty(vault: Vault, leads: Sequence[SupportLead], now: datetime, zone: str, promise_hours: int) -> Duty | None:
    """Return who would call somebody in `zone` who asks now. Worked out once a minute: every text of a program asks."""
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    return _on_duty(roster(vault, leads), minute, zone, promise_hours)


@lru_cache(maxsize=200)
def _on_duty(leads: tuple[Lead, ...], minute: datetime, zone: str, promise_hours: int) -> Duty | None:
    return duty(leads, minute, zone, promise_hours)


def read_phone(number: str) -> str:
    """Return a lead's own number as E.164. Raises StaffError."""
    try:
        read = phone_numbers.read(number)
    except PhoneError as error:
        raise StaffError(f"phone: {number!r} {error}") from None
    if len(read) > room("lead_phone"):
        raise StaffError(f"phone: {number!r} is longer than the texts have room for, {room('lead_phone')} characters")
    return read


def read_day(field: str, day: str) -> date:
    """Return a date of the command line. Raises StaffError."""
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise StaffError(f"{field}: {day!r} is not a date; write it like 2026-12-24") from None


_ADD = text("""
    insert into support_leads (id, staff_id, program_id, shown_name, phone, zone, hours, away, holidays, position,
        created_at)
    values (:id, :staff, :program, :name, :phone, :zone, cast(:hours as jsonb), '[]', :holidays,
        (select coalesce(max(position), 0) + 1 from support_leads where program_id = :program), :now)
    on conflict (staff_id, program_id) do update set shown_name = excluded.shown_name, phone = excluded.phone,
        zone = excluded.zone, hours = excluded.hours, holidays = excluded.holidays
""")
_AWAY = text("""
    update support_leads set away = cast(:away as jsonb) where staff_id = :staff returning program_id
""")
_REMOVE = text("delete from support_leads where staff_id = :staff and program_id = :program")
_NO_ROLE = text("delete from staff_roles where staff_id = :staff and program_id = :program")
_CHANGED = text("update programs set version = version + 1 where id = :program")


async def add(rt: Runtime, connection: AsyncConnection, program: UUID, email: str, lead: Lead, now: datetime) -> None:
    """Put an account on a program's roster, last, or change what is said of it there. Raises StaffError."""
    size = segments(lead.name)
    if not lead.name.strip() or size.units > room("lead") or size.encoding != "GSM-7":
        raise StaffError(f"shown-name: {lead.name!r} has to be 1 to {room('lead')} plain characters, such as Sam")
    if not lead.hours:
        raise StaffError("hours: none were given; write them like mon-fri 09:00-17:00")
    local(now, lead.zone)
    account = await staff.find(connection, email)
    await staff.give_role(connection, account, program, SUPPORT_LEAD)
    values = {"id": new_id(), "staff": account, "program": program, "name": lead.name, "zone": lead.zone, "now": now}
    values["phone"] = rt.vault.wrap(read_phone(lead.phone).encode(), _PHONE)
    values |= {"hours": json.dumps(lead.hours), "holidays": lead.holidays}
    await connection.execute(_ADD, values)
    await connection.execute(_CHANGED, {"program": program})


async def go_away(connection: AsyncConnection, email: str, first: date, last: date, today: date) -> None:
    """Note days on which a lead calls nobody, in every program of theirs; days long over are let go."""
    if first > last:
        raise StaffError(f"to: {last} is before {first}; give the first day off and then the last")
    if last < today:
        raise StaffError(f"to: {last} is over; give days to come")
    account = await staff.find(connection, email)
    found = await connection.execute(
        text("select away from support_leads where staff_id = :staff order by id limit 1"), {"staff": account}
    )
    stored = found.scalar()
    if stored is None:
        raise StaffError(f"{email} is no support lead; `sms-service support add` makes one")
    kept = {(a, b) for a, b in stored if b >= str(today)} | {(str(first), str(last))}
    away = json.dumps(sorted(kept))
    for program in (await connection.execute(_AWAY, {"staff": account, "away": away})).scalars().all():
        await connection.execute(_CHANGED, {"program": program})


async def remove(connection: AsyncConnection, program: UUID, email: str) -> None:
    """Take a lead off a program's roster, and the role with it; a call of theirs is handed on. Raises StaffError."""
    values = {"staff": await staff.find(connection, email), "program": program}
    if (await connection.execute(_REMOVE, values)).rowcount != 1:
        raise StaffError(f"{email} is no support lead of this program")
    await connection.execute(_NO_ROLE, values)
    await connection.execute(_CHANGED, {"program": program})


def described(vault: Vault, lead: SupportLead) -> str:
    """Return a lead in a line for the operator, with the end of the number only."""
    off = ", ".join(f"{first} to {last}" for first, last in lead.away)
    works: Mapping[bool, str] = {True: f"off on holidays ({lead.holidays})", False: "works on holidays"}
    parts = [
        lead.shown_name,
        f"number ending {opened(vault, lead).phone[-4:]}",
        f"{'; '.join(lead.hours)} {lead.zone}",
        works[bool(lead.holidays)],
        *([f"away {off}"] if off else []),
    ]
    return "  ".join(parts)
