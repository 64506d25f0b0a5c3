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

from flows import Context, Library, Turn, begin, just_serious, remind
from sms_service import appointments, conversations, enrolments, library, outbox, programs
from sms_service.batches import unavailable
from sms_service.conversations import CHECK_IN, REMINDER, Cause
from sms_service.participants import Participant
from sms_service.programs import Program
from sms_service.runtime import Runtime
from sms_service.store import people
from sms_service.store.writes import Writes

log = structlog.get_logger()

_MOST = 200

# Settled in the same transaction that writes what follows: an appointment is kept once, whatever runs twice.
_DUE = text("""
    select a.id, a.enrolment_id, a.kind, a.occasion, a.due_at, e.participant_id, e.sender
    from appointments a join enrolments e on e.id = a.enrolment_id
    where a.state = 'due' and a.due_at <= :now
    order by a.due_at, a.id limit :most for update of a skip locked
""")
_SETTLE = text("update appointments set state = :state, reason = :reason, settled_at = :now where id = :id")
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
    kept = 0
    while batch := await _keep_or_leave_out(rt):
        kept += batch
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
            values = {"id": row.id, "state": "dropped", "reason": "it could not be worked out", "now": now}
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
            values = {"id": row.id, "state": state, "reason": reason, "now": now}
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
    if row.kind == "resume":
        await enrolments.resume(claim.connection, claim.writes, enrolment, claim.now)
        return "done", None
    if enrolment.state == "paused":
        return "dropped", "paused"
    program = claim.programs[enrolment.program_id]
    if row.kind == "check-in":
        return await _open_check_in(claim, person, program, row)
    if person.conversation is None or person.occasion != row.occasion:
        return "cancelled", "nothing open any more"
    if row.kind == "expiry":
        return await _expire(claim, person, program, row)
    return await _remind(claim, person, program, row)


async def _open_check_in(claim: _Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    enrolment = person.enrolment
    assert enrolment is not None
    appointments.plan_next(claim.writes, enrolment, row.due_at)
    closing = row.due_at + timedelta(hours=program.settings.window_hours)
    if closing <= claim.now:
        return "dropped", "too late to be of use"
    context = _context(claim, person, program)
    if person.conversation is not None and just_serious(person.conversation, context):
        # No cheerful question after a cry for help. The reason stands in clear, so it does not say so.
        return "dropped", "another conversation was open"
    before = person.conversation.risk_at if person.conversation else ""
    chosen = await library.current(claim.connection)
    await _close_open(claim, person, program)
    person.occasion = row.occasion
    turn = begin(
        chosen,
        "weekly-checkin",
        context,
        language=enrolment.language,
        asked_for=False,
        crisis_before=before,
    )
    await _say(claim, person, program, chosen, turn, _cause(claim, row, CHECK_IN, closing))
    rows = [one for one in appointments.around(program, row.occasion, row.due_at) if one[2] > claim.now]
    appointments.add(claim.writes, enrolment.id, rows)
    return "done", None


async def _remind(claim: _Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    assert person.conversation is not None
    chosen = await library.by_digest(claim.connection, str(person.flow_digest))
    number = int(row.kind[-1]) if row.kind.startswith("reminder") else 1
    last = number >= len(program.settings.remind_hours)
    turn = remind(chosen, person.conversation, 2 if last and number > 1 else 1, _context(claim, person, program))
    if not turn.effects:
        return "cancelled", "nothing to remind of"
    stale = row.due_at + timedelta(hours=12)
    if stale <= claim.now:
        return "dropped", "too late to be of use"
    await _say(claim, person, program, chosen, turn, _cause(claim, row, REMINDER, stale))
    return "done", None


async def _expire(claim: _Claim, person: Participant, program: Program, row: Row[Any]) -> tuple[str, str | None]:
    """Close a check-in whose time is over, with what was answered of it, and say nothing."""
    await _close_open(claim, person, program)
    return "done", None


async def _close_open(claim: _Claim, person: Participant, program: Program) -> None:
    """End whatever conversation is open. A check-in in it keeps the answers it has, and they count."""
    if person.conversation is None:
        return
    chosen = await library.by_digest(claim.connection, str(person.flow_digest))
    if person.occasion is not None:
        week = {k: v for k, v in person.check_in.items() if isinstance(v, int)}
        conversations.keep_check_in(claim.writes, person, chosen, claim.now, closed=True)
        if week:
            conversations.remember_week(claim.writes, person, week)
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
