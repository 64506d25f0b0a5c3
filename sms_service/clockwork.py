"""What happens because time passed: appointments that are due become conversations and texts in the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Context, Happening, Library, Reminded, Started, TimedOut, Turn, advance, just_serious
from sms_service import (
    appointments,
    check_ins,
    conversations,
    enrolments,
    fading,
    follow_ups,
    library,
    outbox,
    programs,
    replanning,
)
from sms_service.batches import unavailable
from sms_service.conversations import CHECK_IN, REMINDER, Cause
from sms_service.participants import Participant
from sms_service.programs import Program
from sms_service.runtime import Runtime
from sms_service.store import people
from sms_service.store.writes import Writes
from sms_service.vault import VaultError

log = structlog.get_logger()

_MOST = 200
_NUDGE_STALE = timedelta(hours=1)
_FOLLOW_UP_STALE = timedelta(hours=12)
# Numbers are given to other people: after so long without a word nothing personal is said before somebody confirms.
_SILENT = timedelta(days=60)
_RECONFIRM = "reconfirm"

# Settled in the same transaction that writes what follows: an appointment is kept once, whatever runs twice.
_DUE = text("""
    select a.id, a.enrolment_id, a.kind, a.occasion, a.due_at, a.detail, e.participant_id, e.sender
    from appointments a join enrolments e on e.id = a.enrolment_id
    where a.state = 'due' and a.due_at <= :now
    order by a.due_at, a.id limit :most for update of a skip locked
""")
_SETTLE = text("update appointments set state = :state, reason = :reason, settled_at = :settled where id = :id")
_TICKED = text("update deployment set last_tick = :real where id = 1")


@dataclass(slots=True)
class _Claim:
    """One transaction's view of what is due."""

    rt: Runtime
    connection: AsyncConnection
    now: datetime
    programs: Mapping[UUID, Program]
    writes: Writes


async def tick(rt: Runtime) -> int:
    """Keep every appointment that is due, in batches of their own transaction; return how many were kept."""
    await replanning.follow(rt)
    kept = 0
    while batch := await _keep_or_leave_out(rt):
        kept += batch
    async with rt.begin() as (connection, now):
        await follow_ups.hand_on(rt, connection, now)
    async with rt.begin() as (connection, _):
        await outbox.mark_forgotten(connection, rt.real())
        await connection.execute(_TICKED, {"real": rt.real()})
    return kept


async def _keep_or_leave_out(rt: Runtime) -> int:
    """Keep a batch; if it fails, go one by one and drop the one that fails, so that it keeps nobody else waiting."""
    try:
        return await _keep_some(rt, _MOST)
    except Exception as error:
        if unavailable(error):
            raise
        log.warning("appointments.one_by_one", error=type(error).__name__)
    settled = 0
    for _ in range(_MOST):
        try:
            kept = await _keep_some(rt, 1)
        except Exception as error:
            if unavailable(error):
                raise
            log.error("appointment.failed", error=type(error).__name__)
            kept = await _drop_first(rt)
        settled += kept
        if not kept:
            break
    return settled


async def _drop_first(rt: Runtime) -> int:
    async with rt.begin() as (connection, now):
        due = (await connection.execute(_DUE, {"now": now, "most": 1})).all()
        for row in due:
            values = {"id": row.id, "state": "dropped", "reason": "it could not be worked out", "settled": now}
            await connection.execute(_SETTLE, values)
        return len(due)


async def _keep_some(rt: Runtime, most: int) -> int:
    async with rt.begin() as (connection, now):
        due = (await connection.execute(_DUE, {"now": now, "most": most})).all()
        if not due:
            return 0
        # One appointment a person and batch: the second must see what the first has written.
        first = {row.participant_id: row for row in reversed(due)}
        locked = await people.lock_ids(connection, list(first))
        mine = [row for row in first.values() if row.participant_id in locked]
        known = {program.id: program for program in await programs.load(connection)}
        threads = await people.threads(connection, [(row.participant_id, row.sender) for row in mine])
        claim = _Claim(rt, connection, now, known, Writes())
        for row in mine:
            person = Participant(rt, locked[row.participant_id], threads[(row.participant_id, row.sender)], known)
            state, reason = await _keep(claim, person, row)
            # One that was moved stays due.
            settled = None if state == "due" else now
            values = {"id": row.id, "state": state, "reason": reason, "settled": settled}
            await connection.execute(_SETTLE, values)
        await claim.writes.flush(connection)
        return len(mine)


async def _keep(claim: _Claim, person: Participant, row: Row[Any]) -> tuple[str, str | None]:
    """Keep one appointment; return the state it ends in, and why it was not kept if so."""
    enrolment = person.enrolment
    if enrolment is None or enrolment.id != row.enrolment_id:
        return "dropped", "left"
    if person.opted_out:
        return "dropped", "opted out"
    program = claim.programs[enrolment.program_id]
    if row.kind == "resume":
        await enrolments.resume(claim.connection, claim.writes, program, enrolment, claim.now)
        return "done", None
    if enrolment.state == "paused":
        return "dropped", "paused"
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


async def _open_check_in(claim: _Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    enrolment = person.enrolment
    assert enrolment is not None
    other = await appointments.look_again(claim.connection, claim.writes, program, enrolment, row, claim.now)
    if other is not None:
        return other
    if fading.silent(person):
        await fading.fade(claim.connection, person, program, claim.now)
    appointments.plan_following(claim.writes, program, enrolment, row.occasion, row.due_at)
    closing = appointments.later(row.due_at, program.settings.window_hours, enrolment.zone)
    if closing <= claim.now:
        return "dropped", "too late to be of use"
    context = _context(claim, person, program)
    if person.conversation is not None and just_serious(person.conversation, context):
        # No cheerful question after a cry for help. The reason stands in clear, so it does not say so.
        return "dropped", "another conversation was open"
    before = person.conversation.risk_at if person.conversation else ""
    chosen = await library.current(claim.connection)
    if claim.now - person.heard_at >= _SILENT:
        return await _reconfirm(claim, person, program, row, closing)
    await _close_open(claim, person, program)
    person.occasion = row.occasion
    turn = advance(chosen, None, Started("weekly-checkin", crisis_before=before), context)
    await _say(claim, person, program, chosen, turn, _cause(claim, row, CHECK_IN, closing))
    rows = appointments.around(program, enrolment, row.occasion, row.due_at, claim.now)
    appointments.add(claim.writes, enrolment.id, rows)
    return "done", None


async def _reconfirm(
    claim: _Claim, person: Participant, program: Program, row: Row[Any], closing: datetime
) -> tuple[str, str | None]:
    """Ask somebody silent for long whether this is still their number, once, and nothing else until they say so."""
    open_flows = [frame.flow for frame in person.conversation.frames] if person.conversation else []
    if _RECONFIRM in open_flows:
        return "dropped", "waiting for a word from this number"
    await _close_open(claim, person, program)
    return await _begin(claim, person, program, row, Started(_RECONFIRM), closing)


async def _begin_planned(claim: _Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    """Begin what a conversation planned: a reminder of a break, or the follow-up that was sealed with the plan."""
    if row.kind in appointments.NUDGES:
        return await _begin(claim, person, program, row, Started("nudge"), row.due_at + _NUDGE_STALE)
    try:
        flow = person.answers.open(row.detail, "appointments.detail", row.id) if row.detail else ""
    except VaultError:
        return "dropped", "erased"
    return await _begin(claim, person, program, row, Started(flow), row.due_at + _FOLLOW_UP_STALE)


async def _begin(
    claim: _Claim, person: Participant, program: Program, row: Row[Any], happening: Happening, stale: datetime
) -> tuple[str, str | None]:
    """Begin a flow by itself, on top of whatever is open."""
    if stale <= claim.now:
        return "dropped", "too late to be of use"
    chosen = await _library(claim, person)
    turn = advance(chosen, person.conversation, happening, _context(claim, person, program))
    if not turn.effects:
        return "dropped", "not the moment for it"
    await _say(claim, person, program, chosen, turn, _cause(claim, row, REMINDER, stale))
    return "done", None


async def _time_out(claim: _Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    """Leave a question that was waited for long enough, unless it was answered or another was asked since."""
    waits = person.waits_until
    if person.conversation is None or waits is None or waits > claim.now:
        return "cancelled", "nothing waited for any more"
    chosen = await _library(claim, person)
    person.waits_until = None
    turn = advance(chosen, person.conversation, TimedOut(), _context(claim, person, program))
    stale = row.due_at + _FOLLOW_UP_STALE
    await _say(claim, person, program, chosen, turn, _cause(claim, row, REMINDER, stale))
    return "done", None


async def _library(claim: _Claim, person: Participant) -> Library:
    """Return the version that the open conversation is held to, else the current one."""
    if person.conversation is not None and person.flow_digest is not None:
        return await library.by_digest(claim.connection, person.flow_digest)
    return await library.current(claim.connection)


async def _remind(claim: _Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    assert person.conversation is not None
    appointments.remind_again(claim.writes, person, program, row)
    chosen = await library.by_digest(claim.connection, str(person.flow_digest))
    number = int(row.kind[-1]) if row.kind.startswith("reminder") else 1
    last = number >= len(program.settings.remind_hours)
    happening = Reminded(2 if last and number > 1 else 1)
    turn = advance(chosen, person.conversation, happening, _context(claim, person, program))
    if not turn.effects:
        return "cancelled", "nothing to remind of"
    stale = row.due_at + timedelta(hours=12)
    if stale <= claim.now:
        return "dropped", "too late to be of use"
    await _say(claim, person, program, chosen, turn, _cause(claim, row, REMINDER, stale))
    return "done", None


async def _expire(claim: _Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    """Close a check-in whose time is over, with what was answered of it, and say nothing."""
    silent = fading.silent(person)
    await _close_open(claim, person, program)
    if silent and await fading.fade(claim.connection, person, program, claim.now):
        await fading.plan(claim.connection, claim.writes, person, program, claim.now)
    return "done", None


async def _close_open(claim: _Claim, person: Participant, program: Program) -> None:
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


async def _say(claim: _Claim, person: Participant, program: Program, chosen: Library, turn: Turn, cause: Cause) -> None:
    await conversations.apply(claim.connection, claim.writes, person, program, chosen, turn, cause)


def _cause(claim: _Claim, row: Row[Any], priority: int, stale: datetime) -> Cause:
    real = claim.rt.real()
    return Cause("appointment", row.id, claim.now, real, handed=False, priority=priority, stale_at=stale)


def _context(claim: _Claim, person: Participant, program: Program) -> Context:
    words = dict.fromkeys(program.keywords, program.slug)
    return person.context(program, words, claim.rt.settings.public_url, claim.now)
