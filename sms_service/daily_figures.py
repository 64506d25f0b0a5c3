"""What may be shown of a program's day: counted once, after it is over, and kept only as it may be shown.

No figure here depends on whether somebody answered. A check-in is due by the program's rule and the person's own day,
also if they answered before, are in a hard moment, or are asked less often because they were silent; and only what a
phone, a carrier or this service did takes one away again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import at_local, local, soonest
from sms_service import follow_ups, on_its_way, programs, schedules
from sms_service.enough_people import ENOUGH
from sms_service.programs import Program
from sms_service.runtime import Runtime
from sms_service.twilio import errors

STEP = 5
"""Figures are told in steps of so many, and people are counted anew only when so many came or went."""
FEW, SOME, MOST = "few", "some", "most"
"""How many check-ins met with something: fewer than the floor, at least that, at least half of those due."""
_CLOSED_FOR = timedelta(hours=6)
_FARTHEST = timedelta(days=4)
_AWAY = frozenset({"ready", "sending", "unknown"})
_UNSENT = {
    "too late to be of use": "late",
    "the number takes no texts": "number",
    "it could not be worked out": "service",
    "Twilio had not got it": "service",
    "Twilio never had it": "service",
    "the program is paused": "paused",
}
_CLASSES = {"number": "number", "soft": "phone", "content": "carrier", "configuration": "account"}

_STATES = text("""
    select state, count(distinct participant_id) as people from enrolments where program_id = :program group by state
""")
_BY_DAY = text("""
    select e.day, count(*) as people from enrolments e
    left join opt_outs x on x.participant_id = e.participant_id and x.sender = e.sender
    where e.program_id = :program and e.state = 'active' and e.frequency = 'weekly' and not coalesce(x.opted_out, false)
    group by e.day
""")
_CHANGED = text("""
    select count(*) from (
        select from enrolments
        where program_id = :program
            and (joined_at > :since and joined_at <= :now or left_at > :since and left_at <= :now)
        limit :enough
    ) changes
""")
# Each person's rows are looked up by themselves, as everywhere: the tables hold a year of everybody's.
_FATES = text(f"""
    select a.state, a.reason, o.kind, o.state as sent, o.reason as why, coalesce(w.error_code, o.error_code) as code,
        s.stopped_reason is not null as stopped,
        coalesce(w.state, o.state, '') in ('accepted', 'sent', 'delivered') as arrived, count(*) as check_ins
    from enrolments e join senders s on s.number = e.sender
    join lateral (
        select id, state, reason, due_at from appointments
        where enrolment_id = e.id and kind = 'check-in' and occasion >= :first and occasion <= :last offset 0
    ) a on (a.due_at at time zone e.zone)::date = :day
    left join lateral (
        select id, kind, state, reason, error_code, n from outbox
        where origin = 'appointment' and origin_id = a.id and (n = 0 or kind = 'call') offset 0
    ) o on true
    left join lateral ({on_its_way.LAST_TRY}) w on true
    where e.program_id = :program and e.state = 'active' and e.frequency = 'weekly'
        and (a.state in ('due', 'dropped') or o.id is not null)
    group by 1, 2, 3, 4, 5, 6, 7, 8
""")  # noqa: S608  (no values)
_LATEST = text("""
    select f.* from unnest(cast(:programs as uuid[])) p (id) cross join lateral (
        select * from daily_figures where program_id = p.id order by day desc limit :days
    ) f
""")
_KEEP = text("""
    insert into daily_figures (program_id, day, made_at, counted_at, people, check_ins)
    values (:program, :day, :now, :counted_at, cast(:people as jsonb), cast(:check_ins as jsonb))
    on conflict (program_id, day) do nothing
""")


@dataclass(frozen=True, slots=True)
class People:
    """Who is in a program, in steps of five; None where it is withheld. `by_day`: who is asked on each weekday."""

    floor: int
    enrolled: int | None = None
    paused: int | None = None
    left: int | None = None
    by_day: tuple[int | None, ...] = (None,) * 7


@dataclass(frozen=True, slots=True)
class CheckIns:
    """The check-ins of a day. `due` is None where it is withheld, and then so is everything else of them.

    `late_call` is whether a call that was promised was late on that day.
    `unsent` and `lost` are one of FEW, SOME, MOST; `reasons` are those that as many met with as the floor asks for.
    """

    due: int | None = None
    unsent: str = FEW
    lost: str = FEW
    reasons: tuple[str, ...] = ()
    late_call: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """One program's day, and since when the people in it are as they are told."""

    day: date
    counted_at: datetime
    people: People
    check_ins: CheckIns


@dataclass(slots=True)
class _Fates:
    """How many check-ins were not sent, and did not arrive, by reason; and of how many that is."""

    unsent: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    arrived: int = 0

    def of(self, number: int, due: int) -> int:
        """Return a number as if all who were due had needed a text. Who had answered before needed none: a fault that
        met everybody of a day with as many as the floor would tell by one word whether anybody had.
        """
        met = self.unsent.total() + self.lost.total() + self.arrived
        return number * max(due, met) // met if met else 0


async def count(rt: Runtime) -> int:
    """Count each program's last day that is over, where that was not done; return how many were."""
    async with rt.begin() as (connection, _):
        known = await programs.load(connection)
    done = 0
    for program in known:
        if program.state == "draft":
            continue
        async with rt.begin() as (connection, now):
            done += await _count_one(connection, program, now)
    return done


async def latest(connection: AsyncConnection, of: Sequence[UUID], days: int = 1) -> Mapping[UUID, list[Day]]:
    """Return each program's last so many days that were counted, the newest first; none for a program just begun."""
    found: dict[UUID, list[Day]] = {program: [] for program in of}
    for row in await connection.execute(_LATEST, {"programs": list(of), "days": days}):
        people, check_ins = dict(row.people), dict(row.check_ins)
        people["by_day"] = tuple(people["by_day"])
        check_ins["reasons"] = tuple(check_ins["reasons"])
        found[row.program_id].append(Day(row.day, row.counted_at, People(**people), CheckIns(**check_ins)))
    return found


async def _count_one(connection: AsyncConnection, program: Program, now: datetime) -> int:
    day = (local(now.astimezone(UTC), program.settings.zone) - _CLOSED_FOR).date() - timedelta(days=1)
    last = next(iter((await latest(connection, [program.id]))[program.id]), None)
    if last is not None and last.day >= day:
        return 0
    if last is not None and await _too_few_changes(connection, program, last.counted_at, now):
        people, counted_at = _held(last.people, program.settings.floor), last.counted_at
    else:
        people, counted_at = await _people(connection, program), now
    check_ins = await _check_ins(connection, program, people, day)
    if (people.enrolled or 0) >= ENOUGH:
        begins, ends = (at_local(one, "00:00", program.settings.zone) for one in (day, day + timedelta(days=1)))
        check_ins = replace(check_ins, late_call=await follow_ups.late(connection, program.id, begins, ends))
    return await keep(connection, program.id, Day(day, counted_at, people, check_ins), now)


async def keep(connection: AsyncConnection, program: UUID, told: Day, now: datetime) -> int:
    """Keep a day's figures, unless it has some; return how many days that were."""
    values = {"program": program, "day": told.day, "now": now, "counted_at": told.counted_at}
    values |= {"people": _json(told.people), "check_ins": _json(told.check_ins)}
    return (await connection.execute(_KEEP, values)).rowcount


def _json(figures: People | CheckIns) -> str:
    return json.dumps({name: getattr(figures, name) for name in figures.__slots__})


async def _too_few_changes(connection: AsyncConnection, program: Program, since: datetime, now: datetime) -> bool:
    """Whether so few came or went since that a new figure would be about them.

    Also where none did: what else one person does, a pause, another day, MONTHLY or STOP, would move a step.
    """
    values = {"program": program.id, "since": since, "now": now, "enough": STEP}
    return int((await connection.execute(_CHANGED, values)).scalar_one()) < STEP


def _held(people: People, floor: int) -> People:
    """Return figures that stand, less those that a floor raised since withholds. Lowering one shows nothing sooner."""
    if floor <= people.floor:
        return people
    enrolled, paused, left, *by_day = (
        None if number is None or number < floor else number
        for number in (people.enrolled, people.paused, people.left, *people.by_day)
    )
    return People(floor, enrolled, paused if (enrolled or 0) - (paused or 0) >= floor else None, left, tuple(by_day))


async def _people(connection: AsyncConnection, program: Program) -> People:
    values = {"program": program.id}
    states = {row.state: row.people for row in await connection.execute(_STATES, values)}
    by_day = {row.day: row.people for row in await connection.execute(_BY_DAY, values)}
    return told(states, by_day, program.settings.floor)


def told(states: Mapping[str, int], by_day: Mapping[int, int], floor: int) -> People:
    """Return of exact numbers, by state and by weekday, what may be told. A paused person is enrolled too.

    Paused is withheld also where the others, enrolled less paused, would be too few: one subtraction would show them.
    """
    active, paused = states.get("active", 0), states.get("paused", 0)
    return People(
        floor=floor,
        enrolled=rounded(active + paused, floor),
        paused=rounded(paused if active >= floor else 0, floor),
        left=rounded(states.get("left", 0), floor),
        by_day=tuple(rounded(by_day.get(day, 0), floor) for day in range(7)),
    )


def rounded(number: int, floor: int) -> int | None:
    """Return a number in steps of five, or None for one that may not be told: below the floor."""
    return None if number < floor else max(floor, number - number % STEP)


async def _check_ins(connection: AsyncConnection, program: Program, people: People, day: date) -> CheckIns:
    due = planned(program, people, day)
    if not due:
        return CheckIns()
    values = {"program": program.id, "day": day, "first": day - _FARTHEST, "last": day + _FARTHEST}
    fates = _sorted((await connection.execute(_FATES, values)).all())
    unsent, lost = (_share(fates.of(one.total(), due), due, people.floor) for one in (fates.unsent, fates.lost))
    # Below the floor the reason would be about the few: a phone that is off, a number that takes no texts.
    both = fates.unsent + fates.lost
    told = (reason for reason, n in both.items() if fates.of(n, due) >= people.floor)
    return CheckIns(due, unsent, lost, tuple(sorted(told)))


def _share(number: int, due: int, floor: int) -> str:
    """Return a number as a broad word: an exact one would tell who did not need the text that a fault kept back."""
    return FEW if number < floor else MOST if 2 * number >= due else SOME


def planned(program: Program, people: People, day: date) -> int | None:
    """Return for how many the rule has a check-in on a date: 0 if for nobody, None where it is withheld."""
    counted = [people.by_day[weekday] for weekday in _asked_on(program, day)]
    return (sum(number for number in counted if number is not None) or None) if counted else 0


def _asked_on(program: Program, day: date) -> list[int]:
    """Return the weekdays whose people the rule asks on a date: one, or several where a holiday moves them."""
    settings, rhythm = program.settings, schedules.of_program(program)
    asked = []
    for weekday in range(7):
        own = rhythm.of(weekday, settings.time, settings.zone)
        found = soonest(own, at_local(day, "00:00", settings.zone) - timedelta(seconds=1))
        if found is not None and found.due is not None and local(found.due, settings.zone).date() == day:
            asked.append(weekday)
    return asked


def _sorted(rows: Sequence[Row[Any]]) -> _Fates:
    """Sort what became of check-ins. Whatever the person did is no reason here, and is not counted at all."""
    fates = _Fates()
    for row in rows:
        if row.arrived:
            fates.arrived += row.check_ins
        elif row.sent in {"failed", "undelivered"}:
            fates.lost[_class(row)] += row.check_ins
        elif row.state == "due" or row.sent in _AWAY:
            fates.unsent["account" if row.stopped else "waiting"] += row.check_ins
        else:
            fates.unsent[_UNSENT.get(row.why or row.reason or "", "")] += row.check_ins
    del fates.unsent[""], fates.lost[""]
    return fates


def _class(row: Row[Any]) -> str:
    if row.code is None:
        # A call that could not be put through comes without a code.
        return "phone" if row.kind == "call" and row.sent == "undelivered" else "service"
    kind = errors.fault(row.code).kind
    return "" if kind == "consent" else _CLASSES.get(kind, "service")
