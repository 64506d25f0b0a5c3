"""Why somebody did or didn't get a text on a day, and what comes next.

It never tells whether a week was answered. So what the person asked for reads "reply", whatever it was and whether
there was any, unless one failed; reminders are not shown, because they are sent only while nothing was answered; and
whatever the person did themselves, from answering early to putting off, is one and the same reason. A call reads the
same whether somebody took it or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import at_local, local
from flows.rhythm import of_date
from sms_service import on_its_way, program_pauses, schedules
from sms_service.program_checks import OPEN_END
from sms_service.program_settings import ProgramSettings, stored_settings
from sms_service.runtime import Runtime
from sms_service.twilio import errors

_LATE = 300
_SOON = timedelta(days=9)
_OWN = "something the person did or asked for came first"
_NEVER_KNOWN = "nobody can say whether it was sent"

# Only these reasons are repeated. What is not here was the person's own doing, or would tell of it.
_REASONS = {
    "opted out": "the person has opted out",
    "opted out at Twilio": "the person has opted out",
    "paused": "the person is resting",
    "left": "the person has left",
    "erased": "the person erased what was said",
    "too late to be of use": "it would have come too late to be of use",
    "quiet hours": "quiet hours",
    "the schedule was changed": "the program's schedule was changed",
    "the number takes no texts": "the number takes no texts",
    "it could not be read": "a fault of this service; the log has it as text.unreadable",
    "it could not be worked out": "a fault of this service; the log has it as appointment.failed",
    "Twilio could not be reached": "Twilio could not be reached",
    "Twilio could not take it yet": "Twilio could not take it yet",
    "Twilio had not got it": "Twilio had not got it",
    "Twilio never had it": "Twilio never took it",
    "the sender is stopped": "the sender is stopped; see `sms-service sender list`",
    "no word of it": "no word of it from Twilio",
    _NEVER_KNOWN: _NEVER_KNOWN,
    "the program has not begun": "the program has not begun",
    program_pauses.REASON: program_pauses.REASON,
}
_OPEN_REASONS = ("moved", "left out", "at ", "The clocks")
_STATES = {
    "ready": "waits to be sent",
    "held": "is held back",
    "sending": "is being sent",
    "handed": "went back as the answer; no report yet",
    "unknown": "is looked for at Twilio",
    "accepted": "is with Twilio",
    "sent": "was sent; the carrier has not confirmed it",
    "delivered": "was delivered",
    "undelivered": "did not arrive",
    "failed": "did not arrive",
    "dropped": "was not sent",
}

# How long a call lasts would tell whether somebody took it.
_CALLED = "was placed as a call"
_WITH_TWILIO = frozenset({"accepted", "sent", "delivered"})

_FIND = text("""
    select id from participants where id = :id
    union select id from participants where phone_hash = any(:hashes)
    union select participant_id from enrolments where id = :id
""")
_PLACES = text("""
    select e.id, e.state, e.day, e.time, e.zone, e.paused_until, e.left_at, e.sender, g.name, g.slug,
        cast(g.settings as text) as settings, p.unreachable, coalesce(x.opted_out, false) as opted_out, s.stopped_reason
    from enrolments e join programs g on g.id = e.program_id join participants p on p.id = e.participant_id
    join senders s on s.number = e.sender
    left join opt_outs x on x.participant_id = e.participant_id and x.sender = e.sender
    where e.participant_id = :person order by e.joined_at
""")
_CHECK_INS = text(f"""
    select a.due_at, a.occasion, a.state, a.reason, o.kind, o.state as sent_state, o.reason as sent_reason, o.sent_at,
        o.settled_at, o.hold_until, o.error_code, o.late_seconds,
        w.kind as again_kind, w.state as again_state, w.error_code as again_code
    from appointments a
    left join outbox o on o.origin = 'appointment' and o.origin_id = a.id and (o.n = 0 or o.kind = 'call')
    left join lateral ({on_its_way.LAST_TRY}) w on true
    where a.enrolment_id = :enrolment and a.kind = 'check-in'
        and (a.occasion = :day or a.due_at >= :begins and a.due_at < :ends)
    order by a.due_at
""")  # noqa: S608  (no values)
_REPLIES = text("""
    select o.state, o.error_code, count(*) from outbox o
    where o.participant_id = :person and o.sender = :sender and o.asked_for and o.state in ('failed', 'undelivered')
        and o.created_at >= :begins and o.created_at < :ends
    group by 1, 2
""")
_NEXT = text("""
    select due_at, reason, kind from (
        select due_at, reason, kind from appointments
        where enrolment_id = :enrolment and kind in ('check-in', 'resume') and state = 'due' offset 0
    ) own order by due_at limit 1
""")


class NobodyError(LookupError):
    """Nobody is known by what was given."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was planned or happened on the day: what it is, when (local wall time), and what became of it."""

    what: str
    at: datetime | None
    words: str


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
    """Tell of a day, the person's today if none is given: a story for each of their places."""
    places = (await connection.execute(_PLACES, {"person": person})).all()
    return [await _story(connection, person, place, day, now) for place in places]


async def _story(connection: AsyncConnection, person: UUID, place: Row[Any], day: date | None, now: datetime) -> Story:
    on = day or _local(now, place).date()
    span = _span(on, place.zone)
    check_ins = (await connection.execute(_CHECK_INS, {"enrolment": place.id, "day": on, **span})).all()
    replies = (await connection.execute(_REPLIES, {"person": person, "sender": place.sender, **span})).all()
    lines = [_check_in(row, place) for row in check_ins]
    lines += [Line("reply", None, words) for words in _replies(replies)]
    if not check_ins:
        words = "; ".join(["none was planned for this day", *_by_rule(place, on)])
        lines.insert(0, Line("check-in", None, words))
    again = _paused(stored_settings(place.settings), now)
    coming = await _coming(connection, place, again, now)
    return Story(place.name, _standing(place, again), place.zone, tuple(lines), coming)


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


def _local(at: datetime, place: Row[Any]) -> datetime:
    return local(at.astimezone(UTC), place.zone)


def _standing(place: Row[Any], again: str) -> str:
    said = {"active": "takes part", "paused": "is resting", "left": "has left"}[place.state]
    if place.state == "paused" and place.paused_until is not None:
        said += f" until {_local(place.paused_until, place):%Y-%m-%d}"
    if place.opted_out:
        said += ", has opted out of texts"
    if place.unreachable is not None:
        said += (
            ", number marked as "
            + {"dead": "not in use or refusing texts", "landline": "a landline"}[place.unreachable]
        )
    if again:
        said += f"; {program_pauses.REASON}: {again}"
    if place.stopped_reason is not None:
        said += f"; the sender is stopped ({place.stopped_reason})"
    return said


def _check_in(row: Row[Any], place: Row[Any]) -> Line:
    return Line("check-in", _local(row.due_at, place), "; ".join(_fate(row, place)))


def _fate(row: Row[Any], place: Row[Any]) -> Iterator[str]:
    if row.state == "due":
        yield "is planned" + (f", {row.reason}" if _open(row.reason) else "")
        return
    if row.sent_state is None:
        yield f"was not sent: {_reason(None if row.state == 'done' else row.reason)}"
        if row.reason == "the schedule was changed":
            yield from _by_rule(place, row.occasion)
        return
    yield from _sent(row, place)
    if row.state == "done" and _open(row.reason):
        yield row.reason


def _sent(row: Row[Any], place: Row[Any]) -> Iterator[str]:
    words = _state(row.kind, row.sent_state)
    if row.sent_state == "ready" and place.stopped_reason is not None:
        yield f"{words}: {_REASONS['the sender is stopped']}"
        return
    if row.sent_state == "held":
        words += f" until {_local(row.hold_until, place):%H:%M}"
    if row.sent_state in {"ready", "held", "dropped"} and row.sent_reason not in {None, "the sender is stopped"}:
        words += f": {_reason(row.sent_reason)}"
    if row.sent_state == "failed" and row.sent_reason == _NEVER_KNOWN:
        words = _reason(row.sent_reason)
    elif row.sent_state in {"undelivered", "failed"}:
        words += " as a call" if row.kind == "call" else ""
        words += f": {errors.meaning(row.error_code) if row.error_code else _no_code(row)}"
    yield words
    if row.late_seconds is not None and row.late_seconds >= _LATE:
        yield f"{row.late_seconds // 60} minutes late"
    if row.again_state is None and row.kind == "text" and row.error_code in errors.codes("once"):
        yield "one more try follows after ten minutes, if it is still of use"
    if row.again_state is not None and row.again_state != "dropped":
        again = f": {errors.meaning(row.again_code)}" if row.again_code else ""
        what = "a second try" if row.again_kind == row.kind else "the text in its place"
        yield f"{what} {_state(row.again_kind, row.again_state)}{again}"


def _by_rule(place: Row[Any], day: date) -> Iterator[str]:
    """Say what the rule, however often it asks somebody, leaves out on a day or moves to it or from it."""
    rhythm = schedules.rhythm(stored_settings(place.settings)).of(place.day, place.time, place.zone)
    found = of_date(rhythm, day)
    if found is not None and (found.due is None or _local(found.due, place).date() != found.occasion):
        when = f"{_local(found.due, place):%a %Y-%m-%d %H:%M}, " if found.due is not None else ""
        yield f"by the schedule {when}{'; '.join(found.notes)}"


def _state(kind: str, state: str) -> str:
    return _CALLED if kind == "call" and state in _WITH_TWILIO else _STATES[state]


def _no_code(row: Row[Any]) -> str:
    """Say why something did not arrive of which Twilio gave no code."""
    if row.sent_reason is not None:
        return _reason(row.sent_reason)
    return str(errors.NO_LINE) if row.kind == "call" else "Twilio gave no reason"


def _reason(reason: str | None) -> str:
    return reason if reason is not None and _open(reason) else _REASONS.get(reason or "", _OWN)


def _open(reason: str | None) -> bool:
    """Whether a reason is the program's own, such as a holiday, and can be repeated as it stands."""
    return reason is not None and reason.startswith(_OPEN_REASONS)


def _replies(failed: Sequence[Row[Any]]) -> list[str]:
    """Return what failed; that others went out, or that there were none, reads the same."""
    words = {
        f"did not arrive: {errors.meaning(row.error_code)}" if row.error_code else "did not arrive" for row in failed
    }
    return sorted(words) or ["none failed; whether there were any is not told"]


async def _coming(connection: AsyncConnection, place: Row[Any], again: str, now: datetime) -> str:
    row = (await connection.execute(_NEXT, {"enrolment": place.id})).one_or_none()
    if row is None or place.opted_out:
        return "nothing is planned"
    if row.kind == "resume":
        after = f"{program_pauses.REASON}: {again}" if again else "check-ins go on after that"
        return f"the rest ends on {_local(row.due_at, place):%Y-%m-%d}; {after}"
    # The same for everybody: a date beyond the pause would tell who is asked less often.
    if again:
        return f"{program_pauses.REASON}: {again}"
    # A date further off would tell who is asked less often because they did not answer.
    if row.due_at - now > _SOON:
        return "not within the next nine days"
    note = f" ({row.reason})" if _open(row.reason) else ""
    return f"{_local(row.due_at, place):%a %Y-%m-%d %H:%M}{note}"
