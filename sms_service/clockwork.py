"""What happens because time passed: appointments that are due become conversations and texts in the outbox."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy import text

from sms_service import follow_ups, keeping, library, outbox, programs, replanning
from sms_service.batches import unavailable
from sms_service.participants import Participant
from sms_service.runtime import Runtime
from sms_service.store import people
from sms_service.store.writes import Writes

log = structlog.get_logger()

_MOST = 500
# Side by side: while one batch is being written, the next is being worked out.
_LANES = 2

# Settled in the same transaction that writes what follows: an appointment is kept once, whatever runs twice.
_DUE = text("""
    select a.id, a.enrolment_id, a.kind, a.occasion, a.due_at, a.detail, e.participant_id, e.sender, c.due_at as opened
    from appointments a join enrolments e on e.id = a.enrolment_id
    left join appointments c
        on c.enrolment_id = a.enrolment_id and c.kind = 'check-in' and c.occasion = a.occasion and a.kind <> 'check-in'
    where a.state = 'due' and a.due_at <= :now
    order by a.due_at, a.id limit :most for update of a skip locked
""")
_TICKED = text("update deployment set last_tick = :real where id = 1")


async def tick(rt: Runtime) -> int:
    """Keep every appointment that is due, in batches of their own transaction; return how many were kept."""
    await replanning.follow(rt)
    kept = await _keep_or_leave_out(rt)
    if kept >= _MOST:
        kept += await _keep_side_by_side(rt)
    elif kept:
        kept += await _keep_all(rt)
    async with rt.begin() as (connection, now):
        await follow_ups.hand_on(rt, connection, now)
    await outbox.let_go(rt)
    async with rt.begin() as (connection, _):
        await connection.execute(_TICKED, {"real": rt.real()})
    return kept


async def _keep_side_by_side(rt: Runtime) -> int:
    kept = await asyncio.gather(*(_keep_all(rt) for _ in range(_LANES)), return_exceptions=True)
    # Each lane ends before the first fault is reported: its transactions are its own.
    for fault in kept:
        if isinstance(fault, BaseException):
            raise fault
    return sum(lane for lane in kept if isinstance(lane, int))


async def _keep_all(rt: Runtime) -> int:
    kept = 0
    while batch := await _keep_or_leave_out(rt):
        kept += batch
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
        writes = Writes()
        for row in due:
            writes.settle(row.id, "dropped", "it could not be worked out", now)
        await writes.flush(connection)
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
        claim = keeping.Claim(rt, connection, now, known, await library.current(connection), Writes())
        for row in mine:
            person = Participant(rt, locked[row.participant_id], threads[(row.participant_id, row.sender)], known)
            state, reason = await keeping.keep(claim, person, row)
            # One that was moved stays due.
            claim.writes.settle(row.id, state, reason, None if state == "due" else now)
        await claim.writes.flush(connection)
        return len(mine)
