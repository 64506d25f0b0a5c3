"""Automated calls, both ways: each request of a call is answered with what it says next, and once only.

A call's row holds its last document. A request that comes again, or late, or out of order gets that one again, and
moves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Turn
from flows.calling import Call, CallHappening, CallTurn, Listen, PickedUp, Words, proceed
from sms_service import conversations, fading, gathering, metrics
from sms_service.gathering import Gathered, Shelf
from sms_service.outgoing import Cause
from sms_service.participants import Participant
from sms_service.programs import Program
from sms_service.runtime import Runtime, new_id
from sms_service.store.writes import Writes

# Caller ids can be forged: with so many wrong codes within a day, none is right until the person chooses another.
_MOST_WRONG = 9
_LATELY = timedelta(days=1)

_READ = text("select * from calls where sid = any(:sids)")
_WRONG = text("""
    select participant_id, sum(wrong) as wrong from calls
    where participant_id = any(:people) and started_at > :since group by participant_id
""")
_KEEP = text("""
    insert into calls (id, sid, participant_id, sender, outbox_id, step, state, wrong, started_at, answered_at)
    values (:id, :sid, :participant_id, :sender, :outbox_id, :step, :state, :wrong, :real, :answered_at)
    on conflict (sid) do update set step = excluded.step, state = excluded.state, wrong = excluded.wrong,
        answered_at = coalesce(calls.answered_at, excluded.answered_at)
""")


@dataclass(frozen=True, slots=True)
class Knock:
    """One request of a call. `number` is the person's, `sender` ours; `row` is the outbox row that had it placed.

    `step` names the document that it answers, None for the first of a call.
    """

    sid: str
    number: str
    sender: str
    outbound: bool
    row: UUID | None
    step: int | None
    happening: CallHappening


@dataclass(frozen=True, slots=True)
class Document:
    """What a call says, and what it listens for then: without that it ends. `sent` says that texts wait to go out."""

    step: int
    parts: tuple[Words, ...]
    listen: Listen | None
    woman: bool = True
    sent: bool = False


@dataclass(slots=True)
class _Known:
    """One call as it is stored, and the row it is to be written as."""

    id: UUID
    participant: UUID
    step: int
    state: bytes | None
    row: Mapping[str, object] | None = None


async def take(rt: Runtime, batch: Sequence[Knock], shelf: Shelf | None = None) -> list[Document | None]:
    """Answer a batch of requests; None for each whose person is busy elsewhere, to be offered again.

    Raises UnknownSenderError if one is to a number that no program uses, and whatever the database raises.
    """
    shelf = shelf or Shelf()
    async with rt.begin() as (connection, now):
        programs, current = await shelf.read(connection, rt.real(), {one.sender for one in batch})
        batch = [replace(one, sender=shelf.pools.get(one.sender, one.sender)) for one in batch]
        locked = await gathering.lock(rt, connection, [one.number for one in batch], now)
        work = Gathered(rt, connection, now, rt.real(), programs, Writes(), {}, current)
        free = [one for one in batch if one.number in locked]
        await gathering.read(work, {(one.number, one.sender) for one in free}, locked)
        known = await _known(connection, [one.sid for one in free])
        wrong = {} if all(one.sid in known for one in free) else await _wrong_lately(work)
        answered = [await _answer(work, one, known, wrong) if one.number in locked else None for one in batch]
        await work.writes.flush(connection)
        if changed := [one.row for one in known.values() if one.row is not None]:
            await connection.execute(_KEEP, changed)
    metrics.CALLS.labels("answered").inc(len(free))
    return answered


async def _known(connection: AsyncConnection, sids: Sequence[str]) -> dict[str, _Known]:
    rows = await connection.execute(_READ, {"sids": sids})
    return {row.sid: _Known(row.id, row.participant_id, row.step, row.state) for row in rows}


async def _wrong_lately(work: Gathered) -> Mapping[UUID, int]:
    values = {"people": [person.id for person in work.people.values()], "since": work.real - _LATELY}
    return {row.participant_id: row.wrong for row in await work.connection.execute(_WRONG, values)}


async def _answer(work: Gathered, one: Knock, known: dict[str, _Known], wrong: Mapping[UUID, int]) -> Document:
    person = work.people[(one.number, one.sender)]
    before = known.get(one.sid)
    if before is not None and before.participant != person.id:
        before = None
    program = _program(work, person, one)
    woman = program.settings.voice == "woman"
    if before is not None and one.step != before.step:
        return _again(person, before, woman=woman)
    call = _open(person, before) if before is not None else None
    if call is None:
        call = _first(person, one, locked=wrong.get(person.id, 0) >= _MOST_WRONG)
    kept = before or _Known(new_id(), person.id, 0, None)
    happening = one.happening if before is not None or one.step is None else PickedUp()
    turn = await _proceed(work, person, program, call, happening)
    kept.step += 1
    kept.state = _sealed(person, kept.id, turn)
    known[one.sid] = kept
    kept.row = _row(work, one, kept, turn.call)
    return Document(kept.step, turn.parts, turn.listen, woman, sent=bool(turn.copies))


def _program(work: Gathered, person: Participant, one: Knock) -> Program:
    if person.enrolment is not None:
        return work.programs[person.enrolment.program_id]
    return person.conversation_program or work.of(one.sender)[0]


def _first(person: Participant, one: Knock, *, locked: bool) -> Call:
    spoken = person.conversation.language if person.conversation else None
    language = spoken or (person.enrolment.language if person.enrolment else "en")
    return Call(outbound=one.outbound, language=language, locked=locked)


async def _proceed(
    work: Gathered, person: Participant, program: Program, call: Call, happening: CallHappening
) -> CallTurn:
    words = {word: p.slug for p in work.of(person.sender) for word in p.keywords}
    chosen = await gathering.library_of(work, person, program)
    context = person.context(program, words, work.rt.settings.public_url, work.now)
    turn = proceed(chosen, call, person.conversation, happening, context, person.sender)
    cause = Cause("call", new_id(), work.now, work.real, handed=False)
    follows = Turn(turn.conversation, (*turn.effects, *turn.copies))
    await conversations.apply(work.connection, work.writes, person, program, chosen, follows, cause)
    if turn.call.known:
        await fading.wake(work.connection, work.writes, person, program, work.now)
        person.heard_at = work.now
        work.writes.called[person.id] = work.now
    return turn


def _row(work: Gathered, one: Knock, kept: _Known, call: Call) -> dict[str, object]:
    return {
        "id": kept.id,
        "sid": one.sid,
        "participant_id": kept.participant,
        "sender": one.sender,
        "outbox_id": one.row,
        "step": kept.step,
        "state": kept.state,
        "wrong": call.wrong,
        "real": work.real,
        "answered_at": work.real if call.answered else None,
    }


def _sealed(person: Participant, call: UUID, turn: CallTurn) -> bytes | None:
    """Seal where a call stands. Nothing of it is left where everything was just erased."""
    if person.answer_key is None:
        return None
    listen = asdict(turn.listen) if turn.listen else None
    return person.answers.seal({"call": turn.call.to_json(), "listen": listen}, "calls.state", call)


def _stored(person: Participant, known: _Known) -> Mapping[str, Any] | None:
    if known.state is None or person.answer_key is None:
        return None
    found: Mapping[str, Any] = person.answers.open(known.state, "calls.state", known.id)
    return found


def _open(person: Participant, known: _Known) -> Call | None:
    found = _stored(person, known)
    return Call.from_json(found["call"]) if found else None


def _again(person: Participant, known: _Known, *, woman: bool) -> Document:
    """Return the last document once more; one that is gone ends the call."""
    found = _stored(person, known)
    if found is None:
        return Document(known.step, (), None, woman)
    listen = found["listen"]
    if listen is not None:
        listen = Listen(listen["keys"], listen["speech"], tuple(listen["hints"]))
    return Document(known.step, Call.from_json(found["call"]).said, listen, woman)
