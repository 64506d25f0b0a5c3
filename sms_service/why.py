"""Why somebody did or didn't get a text on a day, and what comes next.

It never tells whether a week was answered. So what the person asked for reads "reply", whatever it was and whether
there was any, unless one failed; reminders are not shown, because they are sent only while nothing was answered; and
a check-in that met no fault reads the same whether it went out, waits or was not needed: whatever the person did by
themselves, from answering early to a rest, is in none of it. Until its hour one that was answered early reads as
planned, and as what comes next; a schedule that is saved meanwhile moves it, as told, like everybody else's. A call
reads the same whether somebody took it or not. Whoever was silent for so long that they are asked less often reads like
whoever is asked each time: of the days between, and of what comes next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Rhythm, at_local
from flows.rhythm import Occurrence, of_date
from sms_service import by_schedule, fates, on_its_way, program_pauses, programs, replanning, schedules
from sms_service.comes_next import Coming, comes_next, of_everybody_else
from sms_service.program_checks import OPEN_END
from sms_service.programs import Program, ProgramSettings
from sms_service.runtime import Runtime

_SOON = timedelta(days=9)
_FARTHEST = timedelta(days=730)

_FIND = text("""
    select id from participants where id = :id
    union select id from participants where phone_hash = any(:hashes)
    union select participant_id from enrolments where id = :id
""")
_PLACES = text("""
    select e.*, p.unreachable, coalesce(x.opted_out, false) as opted_out, s.stopped_reason
    from enrolments e join participants p on p.id = e.participant_id join senders s on s.number = e.sender
    left join opt_outs x on x.participant_id = e.participant_id and x.sender = e.sender
    where e.participant_id = :person order by e.joined_at
""")
# One is planned when the one before it is kept. What was planned sooner tells that that one was answered early.
_CHECK_INS = text(f"""
    select a.id, a.due_at, a.occasion, a.state, a.reason, a.settled_at,
        o.kind, o.state as sent_state, o.reason as sent_reason, o.hold_until, o.error_code,
        w.kind as again_kind, w.state as again_state, w.error_code as again_code
    from appointments a
    left join outbox o on o.origin = 'appointment' and o.origin_id = a.id and (o.n = 0 or o.kind = 'call')
    left join lateral ({on_its_way.LAST_TRY}) w on true
    where a.enrolment_id = :enrolment and a.kind = 'check-in'
        and (a.occasion = :day or a.due_at >= :begins and a.due_at < :ends)
        and not exists (
            select from appointments b where b.enrolment_id = a.enrolment_id and b.kind = 'check-in'
                and b.state <> 'cancelled' and b.due_at < a.due_at
                and b.due_at > case a.state when 'cancelled' then a.settled_at else cast(:now as timestamptz) end
        )
    order by a.due_at
""")  # noqa: S608  (no values)
_REPLIES = text("""
    select o.state, o.error_code, count(*) from outbox o
    where o.participant_id = :person and o.sender = :sender and o.asked_for and o.state in ('failed', 'undelivered')
        and o.created_at >= :begins and o.created_at < :ends
    group by 1, 2
""")


class NobodyError(LookupError):
    """Nobody is known by what was given."""


class DayError(ValueError):
    """A day so far off that nothing can be told of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was planned or happened on the day: what it is, when (local wall time), and what became of it."""

    what: str
    at: datetime | None
    words: str


_NOT_JOINED = Line("check-in", None, "had not joined yet")


@dataclass(frozen=True, slots=True)
class Story:
    """One place in a program: how it stands, what there was on the day, and what comes next."""

    program: str
    standing: str
    zone: str
    lines: tuple[Line, ...]
    coming: str


async def find(rt: Runtime, connection: AsyncConnection, given: str) -> UUID:
    """Return a participant by their id, an enrolment's id or a number. Raises NobodyError, which repeats no number."""
    try:
        known, hashes = UUID(given), []
    except ValueError:
        known, hashes = UUID(int=0), list(rt.vault.lookups(given))
    found = (await connection.execute(_FIND, {"id": known, "hashes": hashes})).scalar()
    if found is None:
        raise NobodyError("nobody is known by that; give a participant's or an enrolment's id, or +1 and ten digits")
    return UUID(str(found))


async def tell(connection: AsyncConnection, person: UUID, day: date | None, now: datetime) -> list[Story]:
    """Tell of a day, the person's today if none is given: a story for each of their places. Raises DayError."""
    if day is not None and abs(day - now.date()) > _FARTHEST:
        first, last = now.date() - _FARTHEST, now.date() + _FARTHEST
        raise DayError(f"{day} is too far off; give a day from {first} to {last}")
    places = (await connection.execute(_PLACES, {"person": person})).all()
    known = {program.id: program for program in await programs.load(connection)}
    return [await _story(connection, known[place.program_id], place, day, now) for place in places]


async def _story(
    connection: AsyncConnection, program: Program, place: Row[Any], day: date | None, now: datetime
) -> Story:
    rhythm = schedules.of(program, replanning.enrolment(place))
    on = day or fates.wall(now, place.zone).date()
    span = _span(on, place.zone)
    others = await of_everybody_else(connection, program, place, now)
    coming = await comes_next(connection, program, place, rhythm, others, now)
    again = _paused(program.settings, now)
    values = {"enrolment": place.id, "day": on, "now": now, **span}
    rows, came = [], list(others.came if others else ())
    for row in (await connection.execute(_CHECK_INS, values)).all():
        if not _tells(row, place, coming, now):
            continue
        if await by_schedule.is_everybodys(connection, program, place, row):
            rows.append(row)
        else:
            came += (await by_schedule.each_time(connection, program, place, row, now)).came
    check_ins = [await _check_in(connection, program, place, row, rhythm, coming) for row in rows]
    replies = (
        await connection.execute(_REPLIES, {"person": place.participant_id, "sender": place.sender, **span})
    ).all()
    if not check_ins:
        check_ins = [await _unplanned(connection, program, place, rhythm, coming, came, on, now)]
    lines = check_ins + [Line("reply", None, words) for words in fates.replies(replies)]
    return Story(program.name, fates.standing(place, again), place.zone, tuple(lines), _next(coming, place, again, now))


def _paused(settings: ProgramSettings, now: datetime) -> str:
    """Say when check-ins come again if the whole program is paused, else nothing."""
    if not program_pauses.holds(settings, now):
        return ""
    if settings.paused_until == OPEN_END:
        return "no check-ins until somebody ends the pause"
    return f"check-ins come again from {settings.paused_until} on"


def _span(day: date, zone: str) -> dict[str, datetime]:
    """Return from when to when (UTC) a local date lasts."""
    return {"begins": at_local(day, "00:00", zone), "ends": at_local(day + timedelta(days=1), "00:00", zone)}


def _tells(row: Row[Any], place: Row[Any], coming: Coming | None, now: datetime) -> bool:
    """Whether a row is told of: one that is still to come only if it is what comes next.

    What was planned and taken away again is told by the schedule: it may be of somebody who is asked less often.
    """
    if row.state == "cancelled" and (place.faded or row.reason == fates.CHANGED):
        return False
    return row.due_at <= now or (coming is not None and coming.id == row.id)


async def _check_in(
    connection: AsyncConnection,
    program: Program,
    place: Row[Any],
    row: Row[Any],
    rhythm: Rhythm,
    coming: Coming | None,
) -> Line:
    at = fates.wall(row.due_at, rhythm.zone)
    if coming is not None and coming.id == row.id:
        return Line("check-in", at, fates.planned(fates.note(row, rhythm)))
    if row.sent_state is None and await by_schedule.taken_away(connection, program, place, row.occasion, row.due_at):
        return Line("check-in", at, fates.taken_away(rhythm, row.occasion))
    paused = await by_schedule.paused(connection, program, row.due_at)
    return Line("check-in", at, fates.fate(row, rhythm, paused=paused))


def _is(coming: Coming | None, on: date, zone: str) -> bool:
    """Whether a check-in that comes next is a day's, without being told by the table."""
    return coming is not None and coming.id is None and on in {fates.wall(coming.due, zone).date(), coming.occasion}


def _over(rhythm: Rhythm, on: date, now: datetime) -> bool:
    """Whether a day's hour has come, or that of what was moved to a day before it."""
    found, hour = of_date(rhythm, on), at_local(on, rhythm.time, rhythm.zone)
    return hour <= now or (found is not None and found.due is not None and found.due <= now)


async def _unplanned(
    connection: AsyncConnection,
    program: Program,
    place: Row[Any],
    rhythm: Rhythm,
    coming: Coming | None,
    came: Sequence[Occurrence],
    on: date,
    now: datetime,
) -> Line:
    """Say of a day for which nothing is on the table what whoever is asked each time reads.

    Whoever was silent for long was not asked on it, and whoever was asked may have needed none.
    """
    span = _span(on, place.zone)
    if span["ends"] <= place.joined_at:
        return _NOT_JOINED
    now_has = of_date(rhythm, on)
    if now_has is None or now_has.due is None:
        taken = await by_schedule.taken_away(connection, program, place, on, span["begins"])
        if taken is not None and taken.due is not None:
            return Line("check-in", fates.wall(taken.due, place.zone), fates.taken_away(rhythm, taken.occasion))
    if _is(coming, on, place.zone) or not _over(rhythm, on, now):
        return _ahead(coming, rhythm, on, _paused(program.settings, now), program.settings)
    found, paused = await by_schedule.of_past(connection, program, place, on, span["begins"], now)
    others = by_schedule.of_day(came, on, place.zone)
    if others is not None and others.due is not None:
        found, paused = others, await by_schedule.paused(connection, program, others.due)
    if found is None or found.due is None or found.due > now or found.due > (place.left_at or now):
        return Line("check-in", None, fates.none(found, place.zone))
    if found.due <= place.joined_at:
        return _NOT_JOINED
    words = fates.PAUSED if paused else "; ".join([fates.NO_FAULT, *found.notes])
    return Line("check-in", fates.wall(found.due, place.zone), words)


def _ahead(coming: Coming | None, rhythm: Rhythm, on: date, again: str, settings: ProgramSettings) -> Line:
    """Say of a day to come for which nothing is on the table whether something will be."""
    found = of_date(rhythm, on)
    if coming is not None and _is(coming, on, rhythm.zone):
        return Line("check-in", fates.wall(coming.due, rhythm.zone), fates.planned(coming.note))
    if coming is None or found is None or found.due is None or found.due <= coming.due:
        return Line("check-in", None, fates.none(found, rhythm.zone))
    if again and program_pauses.holds(settings, found.due):
        return Line("check-in", None, f"{program_pauses.REASON}: {again}")
    yet = "is planned once the rest is over" if coming.kind == "resume" else "only the next one is planned ahead"
    return Line("check-in", None, f"{yet}; {fates.by_schedule(found, rhythm.zone)}")


def _next(coming: Coming | None, place: Row[Any], again: str, now: datetime) -> str:
    if coming is None:
        return "nothing is planned"
    if coming.kind == "resume":
        after = f"{program_pauses.REASON}: {again}" if again else "check-ins go on after that"
        return f"the rest ends on {fates.wall(coming.due, place.zone):%Y-%m-%d}; {after}"
    # The same for everybody: a date beyond the pause would tell who is asked less often.
    if again:
        return f"{program_pauses.REASON}: {again}"
    # Further off much may come in between.
    if coming.due - now > _SOON:
        return "not within the next nine days"
    note = f" ({coming.note})" if coming.note else ""
    return f"{fates.wall(coming.due, place.zone):%a %Y-%m-%d %H:%M}{note}"
