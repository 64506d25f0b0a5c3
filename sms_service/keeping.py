"""How each kind of appointment is kept: it becomes a conversation and texts in the outbox, or is left out with why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Context, Happening, Library, Reminded, Ring, Say, Started, TimedOut, Turn, advance, just_serious
from sms_service import (
    appointments,
    check_ins,
    conversations,
    enrolments,
    fading,
    library,
    program_pauses,
    reminders,
    schedules,
)
from sms_service.outgoing import CHECK_IN, REMINDER, Cause
from sms_service.participants import RECONFIRM, Enrolment, Participant
from sms_service.programs import Program
from sms_service.runtime import Runtime
from sms_service.store.people import ThreadRow
from sms_service.store.writes import Writes
from sms_service.vault import VaultError

_NUDGE_STALE = timedelta(hours=1)
_FOLLOW_UP_STALE = timedelta(hours=12)
ENDLESS = frozenset({"resume", "expiry", "timeout"})
"""What ends a rest, a check-in or a wait is never too late: nothing else would."""
# What became of a question that nobody can have read.
_LOST = frozenset({"dropped", "failed", "undelivered"})


@dataclass(slots=True)
class Claim:
    """One transaction's view of what is due."""

    rt: Runtime
    connection: AsyncConnection
    now: datetime
    real: datetime
    programs: Mapping[UUID, Program]
    current: Library
    writes: Writes
    threads: Mapping[tuple[UUID, str], ThreadRow]
    before: Mapping[UUID, Sequence[Row[Any]]]


async def keep(claim: Claim, person: Participant, row: Row[Any]) -> tuple[str, str | None]:
    """Keep one appointment; return the state it ends in, and why it was not kept if so."""
    enrolment = person.enrolment
    if enrolment is None or enrolment.id != row.enrolment_id:
        return "dropped", "left"
    if person.opted_out:
        return "dropped", "opted out"
    program = claim.programs[enrolment.program_id]
    if row.kind == "resume":
        # From when it was to end: what came due since, in an outage, is caught up with as everybody's is.
        await enrolments.resume(claim.connection, claim.writes, person, program, claim.now, after=row.due_at)
        return "done", None
    if enrolment.state == "paused":
        return "dropped", "paused"
    if row.kind in appointments.HELD and program_pauses.held(program.settings, row.due_at, claim.now):
        return await _rest(claim, program, enrolment, row)
    if row.kind == "check-in":
        return await _open_check_in(claim, person, program, row)
    if row.kind in appointments.PLANS:
        return await _begin_planned(claim, person, program, row)
    if row.kind == "timeout":
        return await _time_out(claim, person, program, row)
    if person.conversation is None or person.occasion != row.occasion:
        return "cancelled", "nothing open any more"
    if row.kind == "expiry":
        return await _expire(claim, person, program, row)
    return await _remind(claim, person, program, row)


async def _rest(claim: Claim, program: Program, enrolment: Enrolment, row: Row[Any]) -> tuple[str, str | None]:
    """Leave out what comes while the whole program is paused; the check-in after it is planned as ever."""
    if row.kind == "check-in":
        other = await appointments.look_again(claim.connection, claim.writes, program, enrolment, row, claim.now)
        if other is not None:
            return other
        appointments.plan_following(claim.writes, program, enrolment, row.occasion, row.due_at)
    return "dropped", program_pauses.REASON


async def _open_check_in(claim: Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    enrolment = person.enrolment
    assert enrolment is not None
    other = await appointments.look_again(claim.connection, claim.writes, program, enrolment, row, claim.now)
    if other is not None:
        return other
    if fading.silent(person):
        await fading.fade(claim.connection, person, program, claim.now)
    appointments.plan_following(claim.writes, program, enrolment, row.occasion, row.due_at)
    if not program.open_to(person.row.phone_hash):
        return "dropped", "the program has not begun"
    closing = appointments.later(row.due_at, program.settings.window_hours, enrolment.zone)
    if closing <= claim.now:
        return "dropped", "too late to be of use"
    context = _context(claim, person, program)
    if person.conversation is not None and just_serious(person.conversation, context):
        # No cheerful question after a cry for help. The reason stands in clear, so it does not say so.
        return "dropped", "another conversation was open"
    before = person.conversation.risk_at if person.conversation else ""
    chosen = await library.for_new(claim.connection, program.settings.flow, claim.current)
    if fading.in_doubt(person, program, claim.now):
        return await _reconfirm(claim, person, program, row, closing)
    await _close_open(claim, person, program)
    person.occasion = row.occasion
    turn = advance(chosen, None, Started("weekly-checkin", crisis_before=before), context)
    # After a serious moment it comes gently, as a text: nobody is rung up for it.
    if context.settings.get("by") == "phone" and not before:
        turn = _called(turn)
    await _say(claim, person, program, chosen, turn, _cause(claim, row, CHECK_IN, closing))
    rows = reminders.around(program, enrolment, row.occasion, row.due_at, claim.now)
    appointments.add(claim.writes, enrolment.id, rows)
    return "done", None


def _called(turn: Turn) -> Turn:
    """Return a turn whose question is put in a call instead of a text."""
    return Turn(turn.conversation, (*(effect for effect in turn.effects if not isinstance(effect, Say)), Ring()))


async def _reconfirm(
    claim: Claim, person: Participant, program: Program, row: Row[Any], closing: datetime
) -> tuple[str, str | None]:
    """Ask somebody silent for long whether this is still their number, and nothing else until they say so.

    It is asked once, and again only if the question did not arrive.
    """
    if person.asked_whose and claim.threads[(person.id, person.sender)].asked_state not in _LOST:
        return "dropped", "waiting for a word from this number"
    await _close_open(claim, person, program)
    return await _begin(claim, person, program, row, Started(RECONFIRM), closing)


async def _begin_planned(claim: Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    """Begin what a conversation planned: a reminder of a break, or the follow-up that was sealed with the plan."""
    if row.kind in appointments.NUDGES:
        return await _begin(claim, person, program, row, Started("nudge"), row.due_at + _NUDGE_STALE)
    try:
        flow = person.answers.open(row.detail, "appointments.detail", row.id) if row.detail else ""
    except VaultError:
        return "dropped", "erased"
    assert person.enrolment is not None
    stale = of_use_until(program, person.enrolment, row)
    assert stale is not None
    return await _begin(claim, person, program, row, Started(flow), stale)


async def _begin(
    claim: Claim, person: Participant, program: Program, row: Row[Any], happening: Happening, stale: datetime
) -> tuple[str, str | None]:
    """Begin a flow by itself, on top of whatever is open."""
    if stale <= claim.now:
        return "dropped", "too late to be of use"
    chosen = await _library(claim, person, program)
    turn = advance(chosen, person.conversation, happening, _context(claim, person, program))
    if not turn.effects:
        return "dropped", "not the moment for it"
    await _say(claim, person, program, chosen, turn, _cause(claim, row, REMINDER, stale))
    return "done", None


async def _time_out(claim: Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    """Leave a question that was waited for long enough, unless it was answered or another was asked since."""
    waits = person.waits_until
    if person.conversation is None or waits is None or waits > claim.now:
        return "cancelled", "nothing waited for any more"
    chosen = await _library(claim, person, program)
    person.waits_until = None
    turn = advance(chosen, person.conversation, TimedOut(), _context(claim, person, program))
    stale = row.due_at + _FOLLOW_UP_STALE
    await _say(claim, person, program, chosen, turn, _cause(claim, row, REMINDER, stale))
    return "done", None


async def _library(claim: Claim, person: Participant, program: Program) -> Library:
    """Return the version that the open conversation is held to, else the one that the program begins with."""
    if person.conversation is not None and person.flow_digest is not None:
        return await library.by_digest(claim.connection, person.flow_digest)
    return await library.for_new(claim.connection, program.settings.flow, claim.current)


async def _remind(claim: Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    assert person.conversation is not None
    reminders.remind_again(claim.writes, person, program, row, claim.now)
    chosen = await library.by_digest(claim.connection, str(person.flow_digest))
    number = int(row.kind[-1]) if row.kind.startswith("reminder") else 1
    last = number >= len(program.settings.remind_hours)
    happening = Reminded(2 if last and number > 1 else 1)
    turn = advance(chosen, person.conversation, happening, _context(claim, person, program))
    if not turn.effects:
        return "cancelled", "nothing to remind of"
    assert person.enrolment is not None
    stale = of_use_until(program, person.enrolment, row)
    assert stale is not None
    if stale <= claim.now:
        return "dropped", "too late to be of use"
    before, begun = claim.before.get(row.id, ()), not fading.silent(person)
    if row.kind in appointments.REMINDERS and not reminders.apart(row, before, claim.now, begun=begun):
        return "dropped", reminders.NOT_OUT
    await _say(claim, person, program, chosen, turn, _cause(claim, row, REMINDER, stale))
    return "done", None


def of_use_until(program: Program, enrolment: Enrolment, row: Row[Any]) -> datetime | None:
    """Return when an appointment is too late to be of use, None for what ends something.

    A reminder or a follow-up is some hours after it may first be sent, and a reminder once its check-in has closed.
    """
    if row.kind in ENDLESS:
        return None
    if row.kind == "check-in":
        return appointments.later(row.due_at, program.settings.window_hours, enrolment.zone)
    due: datetime = row.due_at
    if row.kind in appointments.NUDGES:
        return due + _NUDGE_STALE
    until = schedules.allowed_from(program.settings, enrolment, due) + _FOLLOW_UP_STALE
    if row.kind not in appointments.REMINDERS or row.opened is None:
        return until
    return min(until, appointments.later(row.opened, program.settings.window_hours, enrolment.zone))


async def _expire(claim: Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    """Close a check-in whose time is over, with what was answered of it, and say nothing."""
    silent = fading.silent(person)
    await _close_open(claim, person, program)
    if silent and await fading.fade(claim.connection, person, program, claim.now):
        fading.plan(claim.writes, person, program, claim.now)
    return "done", None


async def _close_open(claim: Claim, person: Participant, program: Program) -> None:
    """End whatever conversation is open. A check-in in it keeps the answers it has, and they count."""
    if person.conversation is None:
        return
    chosen = await library.by_digest(claim.connection, str(person.flow_digest))
    if person.occasion is not None:
        week = dict(person.check_in)
        check_ins.keep(claim.writes, person, chosen, claim.now, closed=True)
        if week:
            check_ins.remember_week(claim.writes, person, week)
        appointments.cancel(claim.writes, person, appointments.OF_AN_OCCASION, claim.now)
        person.check_in.clear()
    conversations.end(claim.writes, person, program, chosen, claim.now)


async def _say(claim: Claim, person: Participant, program: Program, chosen: Library, turn: Turn, cause: Cause) -> None:
    await conversations.apply(claim.connection, claim.writes, person, program, chosen, turn, cause)


def _cause(claim: Claim, row: Row[Any], priority: int, stale: datetime) -> Cause:
    return Cause("appointment", row.id, claim.now, claim.real, handed=False, priority=priority, stale_at=stale)


def _context(claim: Claim, person: Participant, program: Program) -> Context:
    words = dict.fromkeys(program.keywords, program.slug)
    return person.context(program, words, claim.rt.settings.public_url, claim.now)
