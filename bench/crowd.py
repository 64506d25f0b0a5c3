"""The people of the simulation: forty time zones, every quarter hour, a tenth who answer, a quarter with own nights."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import text

from bench.oracle import Person, Rules, Style, within
from bench.texts import NUMBER, phone
from sms_service import appointments, programs
from sms_service.participants import Enrolment, newcomer
from sms_service.programs import Program, ProgramSettings
from sms_service.runtime import Runtime, new_id
from sms_service.store import people
from sms_service.store.writes import Writes

ZONES = (
    *("Pacific/Auckland", "Australia/Sydney", "Australia/Lord_Howe", "America/Santiago", "Europe/Madrid"),
    *("America/New_York", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "America/Phoenix"),
    *("Asia/Kolkata", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage"),
    *("Pacific/Honolulu", "America/Halifax", "America/Havana", "America/Mexico_City", "America/Bogota"),
    *("America/Sao_Paulo", "America/Asuncion", "America/Puerto_Rico", "Atlantic/Azores", "Europe/London"),
    *("Europe/Dublin", "Europe/Berlin", "Europe/Athens", "Europe/Moscow", "Africa/Cairo"),
    *("Africa/Casablanca", "Africa/Johannesburg", "Asia/Jerusalem", "Asia/Tehran", "Asia/Dubai"),
    *("Asia/Manila", "Asia/Tokyo", "Australia/Adelaide", "Australia/Perth", "Pacific/Kiritimati"),
)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6
_CHANGING = {0: (_SUNDAY, range(4)), 1: (_SATURDAY, range(6, 8)), 2: (_FRIDAY, range(6, 8))}
_NIGHT = (time(21), time(8))
_OF_THE_NIGHT = (5, 6)
_CHUNK = 500
_MANY_A_SECOND = 1_000_000
_ANSWERING: tuple[Style, ...] = ("at once", "later", "reminded")
_FAST = text("""
    update senders set segments_per_second = :rate, calls_per_second = :rate where number = :number
""")
_ENROL = text("""
    insert into enrolments (id, participant_id, program_id, sender, state, language, zone, day, time, discreet,
        frequency, express, preferences, joined_at, quiet_start, quiet_end)
    values (:id, :participant, :program, :sender, 'active', 'en', :zone, :day, :time, false, :frequency, false,
        :preferences, :joined, :quiet_start, :quiet_end)
""")


def crowd(count: int, rules: Rules, start: datetime) -> list[Person]:
    """Return this many people, always the same, zone by zone.

    Clocks change in the small hours of a Sunday. Of each eight people in a zone, one chose those for the check-in, and
    one each an hour from which a first and a second reminder fall there. Two keep quiet hours of their own, at night.
    """
    chance = random.Random(2026)
    return [_person(n, chance, rules, start) for n in range(count)]


def _person(n: int, chance: random.Random, rules: Rules, start: datetime) -> Person:
    eighth = n // len(ZONES) % 8
    day, hours = _CHANGING.get(eighth, (chance.randrange(7), range(24)))
    quiet = _NIGHT if eighth in _OF_THE_NIGHT else None
    style = _ANSWERING[n // 10 % 3] if n % 10 == 0 else "silent"
    late = n % 100 == 7  # silent until they are asked only now and then, and then they answer
    by_phone = n % 20 == 11  # and silent
    # A few were last heard from long before, so that their number comes into doubt on the way.
    silence = timedelta(days=chance.randrange(30, 58)) if n % 40 == 3 else timedelta(0)
    return Person(
        n=n,
        zone=ZONES[(n + n // 40) % len(ZONES)],
        day=day,
        time=chance.choice(_quarters(hours, quiet or rules.quiet)),
        heard_at=start - silence,
        style="at once" if late else style,
        answers_from=4 if late else 1,
        by_phone=by_phone,
        quiet=quiet,
        monthly=n % 40 == 13,
    )


@cache
def _quarters(hours: range, quiet: tuple[time, time]) -> list[time]:
    """Return every quarter of these hours that may be chosen: none in quiet hours."""
    quarters = [time(hour, minute) for hour in hours for minute in (0, 15, 30, 45)]
    return [quarter for quarter in quarters if not within(quarter, quiet)]


def settings(rules: Rules) -> ProgramSettings:
    """Return a program's settings that follow these rules."""
    return ProgramSettings(
        operator="Simulation",
        short_name="Sim",
        remind_hours=rules.remind_hours,
        window_hours=rules.window_hours,
        quiet_start=f"{rules.quiet[0]:%H:%M}",
        quiet_end=f"{rules.quiet[1]:%H:%M}",
        grace_hours=rules.grace_hours,
        fade_after=rules.fade_after,
        region="",  # no holidays, and no hours of law: both are data, not the calendar
    )


async def enrol(rt: Runtime, everybody: Sequence[Person], rules: Rules, start: datetime) -> None:
    """Add a program and these people in it, each with keys of their own and a first check-in by the real planner."""
    async with rt.begin() as (connection, _):
        await programs.add(
            connection,
            slug="sim",
            state="live",
            name="Simulation",
            sender=NUMBER,
            keywords=("JOIN",),
            groups=(),
            settings=settings(rules),
            now=start,
        )
        program = await programs.find(connection, "sim")
        await connection.execute(_FAST, {"rate": _MANY_A_SECOND, "number": NUMBER})
        for first in range(0, len(everybody), _CHUNK):
            writes = Writes()
            rows = [_rows(rt, one, program, writes, start) for one in everybody[first : first + _CHUNK]]
            await people.add(connection, [person for person, _ in rows])
            await connection.execute(_ENROL, [enrolment for _, enrolment in rows])
            await writes.flush(connection)
        await connection.execute(text("analyze"))


def _rows(
    rt: Runtime, one: Person, program: Program, writes: Writes, start: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return somebody's row and their enrolment's, and plan their first check-in."""
    person, row = newcomer(rt, phone(one.n), start), new_id()
    person["heard_at"] = one.heard_at
    clock, frequency = f"{one.time:%H:%M}", "monthly" if one.monthly else "weekly"
    quiet_start, quiet_end = (f"{hour:%H:%M}" for hour in one.quiet) if one.quiet else (None, None)
    place = Enrolment(row, program.id, "active", "en", one.zone, one.day, clock, discreet=False, frequency=frequency)
    appointments.plan_next(writes, program, place, start)
    chosen = {"contact": "none", **({"by": "phone"} if one.by_phone else {})}
    preferences = rt.vault.key(person["contact_key"]).seal(chosen, "enrolments.preferences", row)
    enrolment = {
        "id": row,
        "participant": person["id"],
        "program": program.id,
        "sender": NUMBER,
        "zone": one.zone,
        "day": one.day,
        "time": clock,
        "preferences": preferences,
        "joined": start,
        "frequency": frequency,
        "quiet_start": quiet_start,
        "quiet_end": quiet_end,
    }
    return person, enrolment
