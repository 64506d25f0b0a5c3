"""What happens because time passed: appointments that are due become conversations and texts in the outbox."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError

from sms_service import appointments, follow_ups, keeping, library, on_its_way, outbox, programs, put_off, replanning
from sms_service.batches import unavailable
from sms_service.participants import Participant
from sms_service.runtime import Runtime
from sms_service.store import people
from sms_service.store.writes import Writes
from sms_service.together import together

log = structlog.get_logger()

_MOST = 500
# Side by side: while one batch is being written, the next is being worked out.
_LANES = 2
# SQLSTATE: not serialisable, deadlock, lock not to be had. Another transaction was in the way; nothing is wrong.
_IN_THE_WAY = frozenset({"40001", "40P01", "55P03"})

# Settled in the same transaction that writes what follows: an appointment is kept once, whatever runs twice.
_FIND = """
    select a.id, a.enrolment_id, a.kind, a.occasion, a.due_at, a.detail, e.participant_id, e.sender,
        case when a.kind <> 'check-in' then (
            select c.due_at from appointments c
            where c.enrolment_id = a.enrolment_id and c.kind = 'check-in' and c.occasion = a.occasion
        ) end as opened
    from appointments a
    join lateral (select participant_id, sender from enrolments where id = a.enrolment_id offset 0) e on true
    where a.state = 'due' and coalesce(a.try_at, a.due_at) <= :now {which}
    order by coalesce(a.try_at, a.due_at), a.id limit :most for update of a skip locked
"""
_DUE = text(_FIND.format(which=""))
_ONE = text(_FIND.format(which="and a.id = :id"))
_IDS = text("""
    select id from appointments where state = 'due' and coalesce(try_at, due_at) <= :now
    order by coalesce(try_at, due_at), id limit :most
""")
_TICKED = text("update deployment set last_tick = :real where id = 1")


class _Batch(NamedTuple):
    """How many appointments were kept at once, whether there may be more, and how many of them were not kept."""

    number: int
    more: bool
    left: int = 0


async def tick(rt: Runtime, most: int = _MOST) -> int:
    """Keep every appointment that is due, in batches of `most` and their own transaction; return how many were kept.

    Where that many could not be kept, those behind them are left to the next minute.
    """
    batch = await _keep_or_leave_out(rt, most)
    kept = batch.number
    if batch.more:
        kept += sum(await together(_keep_all(rt, most) for _ in range(_LANES if kept >= most else 1)))
    # Whoever is due comes first; how long these may take is bounded.
    await together((replanning.follow(rt), _let_go(rt), _hand_on(rt)))
    return kept


async def _let_go(rt: Runtime) -> None:
    more = True
    while more:
        async with rt.begin() as (connection, now):
            more = await outbox.let_go(connection, now, rt.real())
            if not more:
                await connection.execute(_TICKED, {"real": rt.real()})


async def _hand_on(rt: Runtime) -> None:
    async with rt.begin() as (connection, now):
        await follow_ups.hand_on(rt, connection, now)


async def _keep_all(rt: Runtime, most: int) -> int:
    kept, left, batch = 0, 0, _Batch(0, more=True)
    # One by one takes long, and what else a minute brings waits for it: where very many fail, the next goes on.
    while batch.more and left < most:
        batch = await _keep_or_leave_out(rt, most)
        kept, left = kept + batch.number, left + batch.left
    return kept


async def _keep_or_leave_out(rt: Runtime, most: int) -> _Batch:
    """Keep a batch; if it fails, go one by one and put off the one that fails, so that it keeps nobody else waiting."""
    try:
        return await _keep_some(rt, _DUE, most=most)
    except Exception as error:
        if unavailable(error):
            raise
        log.warning("appointments.one_by_one", error=type(error).__name__)
    async with rt.begin() as (connection, now):
        ids = (await connection.execute(_IDS, {"now": now, "most": most})).scalars().all()
    kept = sum([await _keep_one(rt, one) for one in ids])
    return _Batch(kept, more=len(ids) == most, left=len(ids) - kept)


async def _keep_one(rt: Runtime, appointment: UUID) -> int:
    try:
        return (await _keep_some(rt, _ONE, most=1, id=appointment)).number
    except Exception as error:
        if unavailable(error):
            raise
        if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _IN_THE_WAY:
            log.warning("appointment.in_the_way", error=type(error).__name__)
            return 0
        log.error("appointment.failed", error=type(error).__name__)
    await put_off.put_off(rt, appointment)
    return 0


async def _keep_some(rt: Runtime, which: TextClause, *, most: int, **values: object) -> _Batch:
    async with rt.begin() as (connection, now):
        due = (await connection.execute(which, {"now": now, "most": most, **values})).all()
        if not due:
            return _Batch(0, more=False)
        # One appointment a person and batch: the second must see what the first has written.
        first = {row.participant_id: row for row in reversed(due)}
        locked = await people.lock_ids(connection, list(first))
        mine = [row for row in first.values() if row.participant_id in locked]
        known = {program.id: program for program in await programs.load(connection)}
        threads = await people.threads(connection, [(row.participant_id, row.sender) for row in mine])
        current = await library.current(connection)
        reminders = [row.id for row in mine if row.kind in appointments.REMINDERS]
        before = await on_its_way.before(connection, reminders)
        claim = keeping.Claim(rt, connection, now, rt.real(), known, current, Writes(), threads, before)
        for row in mine:
            person = Participant(rt, locked[row.participant_id], threads[(row.participant_id, row.sender)], known)
            state, reason = await keeping.keep(claim, person, row)
            # One that was moved stays due.
            claim.writes.settle(row.id, state, reason, None if state == "due" else now)
        await claim.writes.flush(connection)
        # Whoever is busy elsewhere is left for the next minute. What was planned may be due already, after an outage.
        overdue = any(row["due_at"] <= now for row in claim.writes.planned.values())
        return _Batch(len(mine), more=bool(mine) and (overdue or len(due) == most or len(due) > len(first)))
