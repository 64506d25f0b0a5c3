"""Find, add, lock and read the people that a batch is about. Many in, many out; one is a batch of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


# Tuples, not dataclasses: of a big batch, making the latter takes a twentieth of the time.
class PersonRow(NamedTuple):
    """A locked participant. Keys are None after ERASE ALL, until the person writes again."""

    id: UUID
    phone_hash: bytes
    contact_key: bytes | None
    answer_key: bytes | None
    contact: bytes | None
    history: bytes | None
    heard_at: datetime
    created_at: datetime


class ThreadRow(NamedTuple):
    """What stands between one person and one of our numbers: opt-out, enrolment and open conversation."""

    participant_id: UUID
    sender: str
    opted_out: bool | None
    opted_how: str | None
    opted_at: datetime | None
    enrolment_id: UUID | None
    program_id: UUID | None
    enrolment_state: str | None
    language: str | None
    zone: str | None
    day: int | None
    time: str | None
    discreet: bool | None
    frequency: str | None
    express: bool | None
    quiet_start: str | None
    quiet_end: str | None
    paused_until: datetime | None
    faded: bool | None
    preferences: bytes | None
    nudged: bool | None
    looked_at: datetime | None
    times_looked: int
    call_by: datetime | None
    conversation_id: UUID | None
    conversation_program: UUID | None
    flow_digest: str | None
    occasion: date | None
    conversation_state: bytes | None
    conversation_heard_at: datetime | None
    waits_until: datetime | None
    asked_state: str | None
    next_occasion: date | None
    next_due_at: datetime | None
    last_occasion: date | None
    last_due_at: datetime | None
    last_came_at: datetime | None


_KNOWN = text("select phone_hash from participants where phone_hash = any(:hashes)")

_ADD = text("""
    insert into participants (id, phone_hash, contact_key, answer_key, contact, created_at, heard_at)
    values (:id, :phone_hash, :contact_key, :answer_key, :contact, :now, :heard_at)
    on conflict (phone_hash) do nothing
""")

# A row that another transaction holds is left to the next round: waiting for it in a batch is how deadlocks are made.
_COLUMNS = "id, phone_hash, contact_key, answer_key, contact, history, heard_at, created_at"
_LOCK = text(f"""
    select {_COLUMNS} from participants where phone_hash = any(:hashes)
    order by id for no key update skip locked
""")  # noqa: S608  (column names only)
_LOCK_IDS = text(f"""
    select {_COLUMNS} from participants where id = any(:ids) order by id for no key update skip locked
""")  # noqa: S608  (column names only)

# `offset 0` has each person's rows looked up by themselves: a plan made while a table was small, or one that goes
# through everybody's appointments by time, would read all of it for each of them. For the same reason the state of an
# appointment is looked at outside: inside, the index of all that are due would do as well, while there are few.
# Of somebody's check-ins only the newest are read: the one to come is after those that were, and years of them are not.
# Read after the lock, in a statement of its own: a joined read in the locking statement would see the past.
_THREADS = text("""
    select k.participant_id, k.sender, o.opted_out, o.how as opted_how, o.at as opted_at,
        e.id as enrolment_id, e.program_id, e.state as enrolment_state, e.language, e.zone, e.day, e.time, e.discreet,
        e.frequency, e.express, e.quiet_start, e.quiet_end, e.paused_until, e.faded, e.preferences,
        exists (
            select from (
                select state from appointments
                where enrolment_id = e.id and kind in ('nudge-1', 'nudge-2', 'nudge-3') offset 0
            ) n where n.state = 'due'
        ) as nudged,
        r.looked_at, coalesce(r.times_looked, 0) as times_looked,
        (select f.promised_by from follow_ups f where f.enrolment_id = e.id and f.state in ('open', 'taken'))
            as call_by,
        c.id as conversation_id, c.program_id as conversation_program, c.flow_digest, c.occasion,
        c.state as conversation_state, c.heard_at as conversation_heard_at, c.waits_until, c.asked_state,
        a.next_occasion, a.next_due_at, a.last_occasion, a.last_due_at, a.last_came_at
    from unnest(cast(:people as uuid[]), cast(:senders as text[])) as k (participant_id, sender)
    left join lateral (
        select opted_out, how, at from opt_outs where participant_id = k.participant_id and sender = k.sender offset 0
    ) o on true
    left join lateral (
        select * from enrolments
        where participant_id = k.participant_id and sender = k.sender and state <> 'left' offset 0
    ) e on true
    left join lateral (
        select id, program_id, flow_digest, occasion, state, heard_at, waits_until,
            (select q.state from outbox q where q.id = asked_id) as asked_state
        from conversations where participant_id = k.participant_id and sender = k.sender and ended_at is null offset 0
    ) c on true
    left join lateral (
        select max(at) as looked_at, count(*) as times_looked from readings where participant_id = k.participant_id
    ) r on true
    left join lateral (
        select min(occasion) filter (where state = 'due') as next_occasion,
            min(due_at) filter (where state = 'due') as next_due_at,
            max(occasion) filter (where state <> 'due') as last_occasion,
            max(due_at) filter (where state <> 'due') as last_due_at,
            max(settled_at) filter (where state = 'done') as last_came_at
        from (
            select occasion, due_at, state, settled_at from (
                select occasion, due_at, state, settled_at from appointments
                where enrolment_id = e.id and kind = 'check-in'
                order by occasion desc offset 0
            ) own where state <> 'cancelled' limit 3
        ) newest
    ) a on true
""")


async def known(connection: AsyncConnection, hashes: Sequence[bytes]) -> set[bytes]:
    """Return which of these number hashes have a participant."""
    rows = await connection.execute(_KNOWN, {"hashes": list(hashes)})
    return set(rows.scalars())


async def add(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Add participants, sorted by hash so that two processes adding the same people cannot deadlock."""
    if rows:
        await connection.execute(_ADD, sorted(rows, key=lambda row: row["phone_hash"]))


async def lock(connection: AsyncConnection, hashes: Sequence[bytes]) -> dict[bytes, PersonRow]:
    """Lock these people until the transaction ends and return them; whoever is locked elsewhere is missing."""
    rows = (await connection.execute(_LOCK, {"hashes": list(hashes)})).all()
    return {row.phone_hash: PersonRow(*row) for row in rows}


async def lock_ids(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, PersonRow]:
    """The same by id."""
    rows = (await connection.execute(_LOCK_IDS, {"ids": list(ids)})).all()
    return {row.id: PersonRow(*row) for row in rows}


async def threads(connection: AsyncConnection, keys: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], ThreadRow]:
    """Return what stands between each person and sender."""
    values = {"people": [k[0] for k in keys], "senders": [k[1] for k in keys]}
    rows = (await connection.execute(_THREADS, values)).all()
    return {(row.participant_id, row.sender): ThreadRow(*row) for row in rows}


_GIVE_KEYS = text("""
    update participants set contact_key = :contact_key, answer_key = :answer_key, contact = :contact, history = null
    where id = :id
""")


async def give_keys(connection: AsyncConnection, made: dict[str, Any], row: PersonRow) -> PersonRow:
    """Give somebody who erased everything, and writes again, the fresh keys of `made`."""
    values = {name: made[name] for name in ("contact_key", "answer_key", "contact")}
    await connection.execute(_GIVE_KEYS, {**values, "id": row.id})
    return row._replace(**values, history=None)
