"""How the calls we placed end. Only a key or a word of the person counts: `completed` may have been a machine.

A check-in that nobody took is called once more while that is of use, and then put as a text.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Reminded, advance
from sms_service import conversations, library, metrics, on_its_way, programs
from sms_service.batches import unavailable
from sms_service.outgoing import CHECK_IN, Cause
from sms_service.participants import Participant
from sms_service.runtime import Runtime, new_id
from sms_service.statuses import FINAL, RANKS
from sms_service.store import people
from sms_service.store.writes import Writes
from sms_service.twilio.errors import Fault

log = structlog.get_logger()

_ONCE_MORE = timedelta(minutes=20)
_AGAIN = "again"
# Taken or not, a call that rang has arrived: coordinators are told of the row's state, and of no answer.
_STATES = {
    "queued": "accepted",
    "initiated": "accepted",
    "ringing": "accepted",
    "in-progress": "sent",
    "completed": "delivered",
    "busy": "delivered",
    "no-answer": "delivered",
    "failed": "undelivered",
    "canceled": "undelivered",
}


@dataclass(frozen=True, slots=True)
class End:
    """One report of a call: `outbox` is the row that had it placed."""

    outbox: UUID
    sid: str
    status: str


_READ = text("""
    select o.*, c.answered_at, exists (
        select from conversations v join outbox q on q.id = v.asked_id
        where v.participant_id = o.participant_id and v.sender = o.sender and v.ended_at is null
            and q.asked_for and q.created_at > o.created_at
    ) as asked_since
    from outbox o left join calls c on c.outbox_id = o.id and c.sid = :sid
    where o.id = :id and o.kind = 'call' and (o.sid is null or o.sid = :sid)
""")
_MOVE = text("""
    update outbox set state = :state, sid = coalesce(sid, :sid),
        sent_at = coalesce(sent_at, :real), lease_until = null,
        settled_at = case when :final then cast(:real as timestamptz) else settled_at end
    where id = :id and array_position(:ranks, state) < array_position(:ranks, :state)
""")
_CLOSE = text("update calls set ended_at = coalesce(ended_at, :real), state = null where sid = :sid")
_CALL_AGAIN = text("""
    insert into outbox (id, participant_id, enrolment_id, sender, kind, asked_for, priority, body, segments, origin,
        origin_id, n, state, created_at, next_attempt_at, stale_at)
    select :new, participant_id, enrolment_id, sender, kind, asked_for, priority, :body, segments, 'again', id, 0,
        'ready', created_at, :at, stale_at
    from outbox where id = :id
    on conflict (origin, origin_id, n) do nothing
""")


async def take(rt: Runtime, batch: Sequence[End]) -> list[bool | None]:
    """Keep reports of calls; for each, whether something now waits to be sent, None where the person is busy."""
    async with rt.begin() as (connection, now):
        order = sorted(range(len(batch)), key=lambda place: batch[place].outbox)
        taken = {place: await take_one(rt, connection, batch[place], now) for place in order}
    return [taken[place] for place in range(len(batch))]


async def take_one(rt: Runtime, connection: AsyncConnection, one: End, now: datetime) -> bool | None:
    """Keep one report; whether something now waits to be sent, None where the person is busy."""
    found = (await connection.execute(_READ, {"id": one.outbox, "sid": one.sid})).one_or_none()
    if found is None or one.status not in _STATES:
        return False
    metrics.CALLS.labels("reported").inc()
    locked = await people.lock_ids(connection, [found.participant_id])
    if not locked:
        return None
    # Read again behind the lock: the person may have pressed a key meanwhile.
    row = (await connection.execute(_READ, {"id": one.outbox, "sid": one.sid})).one()
    over = _STATES[one.status] in FINAL
    state = _STATES[one.status]
    values = {"id": row.id, "sid": one.sid, "state": state, "real": rt.real(), "ranks": list(RANKS)}
    values |= {"final": over}
    moved = (await connection.execute(_MOVE, values)).rowcount
    await on_its_way.catch_up(connection, [row.id], now, rt.real())
    if over:
        await connection.execute(_CLOSE, {"sid": one.sid, "real": rt.real()})
    if not moved or not over or row.answered_at is not None or row.asked_since:
        return False
    return await _apart(connection, row, partial(_not_taken, rt, connection, row, locked[row.participant_id], now))


async def _apart(connection: AsyncConnection, row: Row[Any], follow: Callable[[], Awaitable[bool]]) -> bool:
    """Do what follows from a call's end. What goes wrong there takes nothing back of what was settled."""
    try:
        async with connection.begin_nested():
            return await follow()
    except Exception as error:
        if unavailable(error):
            raise
        log.error("call.no_text", text=str(row.id), error=type(error).__name__)
        return False


async def _not_taken(
    rt: Runtime, connection: AsyncConnection, row: Row[Any], locked: people.PersonRow, now: datetime
) -> bool:
    """Call once more if there is time, else put what the call would have asked as a text."""
    if locked.answer_key is None:
        return False
    if not row.asked_for and row.origin != _AGAIN and (row.stale_at is None or row.stale_at > now + _ONCE_MORE):
        new = new_id()
        body = rt.vault.key(locked.answer_key).seal("", "outbox.body", new)
        await connection.execute(_CALL_AGAIN, {"id": row.id, "new": new, "body": body, "at": rt.real() + _ONCE_MORE})
        return False
    return await _as_text(rt, connection, row, locked, now)


async def not_placed(rt: Runtime, connection: AsyncConnection, row: Row[Any], fault: Fault, now: datetime) -> None:
    """Put what a call that Twilio refused would have asked as a text. The person's row is held already.

    What is no number at all takes no text either.
    """
    locked = await people.lock_ids(connection, [row.participant_id])
    if row.participant_id in locked and fault.action != "dead":
        await _apart(connection, row, partial(_as_text, rt, connection, row, locked[row.participant_id], now))


async def _as_text(
    rt: Runtime, connection: AsyncConnection, row: Row[Any], locked: people.PersonRow, now: datetime
) -> bool:
    known = {program.id: program for program in await programs.load(connection)}
    threads = await people.threads(connection, [(row.participant_id, row.sender)])
    person = Participant(rt, locked, threads[(row.participant_id, row.sender)], known)
    return await _by_text(rt, connection, row, person, known, now)


async def _by_text(
    rt: Runtime,
    connection: AsyncConnection,
    row: Row[Any],
    person: Participant,
    known: Mapping[UUID, Any],
    now: datetime,
) -> bool:
    if person.enrolment is None or person.conversation is None or person.flow_digest is None:
        return False
    program, writes = known[person.enrolment.program_id], Writes()
    words = dict.fromkeys(program.keywords, program.slug)
    context = person.context(program, words, rt.settings.public_url, now)
    chosen = await library.by_digest(connection, person.flow_digest)
    turn = advance(chosen, person.conversation, Reminded(1), context)
    cause = Cause("missed call", row.id, now, rt.real(), handed=False, priority=CHECK_IN, stale_at=row.stale_at)
    said = await conversations.apply(connection, writes, person, program, chosen, turn, cause)
    # As old as what it stands for, as any copy: how late it is counts from there.
    for made in writes.outbox:
        made["created_at"] = row.created_at
    await writes.flush(connection)
    return bool(said)
