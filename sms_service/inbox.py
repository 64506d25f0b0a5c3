"""Take in what people text: everything that is waiting as one batch and one transaction.

Locks are taken in one order and never waited for, so that any number of processes can do this side by side. A batch
that fails is run again one message at a time, and only the one that fails is answered with an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from flows import Heard, OptIn, OptOut, Turn, advance, joins
from sms_service import conversations, fading, gathering, metrics
from sms_service.gathering import Gathered, Shelf
from sms_service.outgoing import Cause, Said
from sms_service.participants import Participant
from sms_service.programs import Program
from sms_service.runtime import Runtime, new_id
from sms_service.store import messages
from sms_service.store.writes import Writes

_KEPT = 2000


@dataclass(frozen=True, slots=True)
class Inbound:
    """One text as it came in. `number` is the person's, `sender` the service's number it was sent to.

    `sent_at` is known of a collected one: when it was sent, in real time.
    """

    sid: str
    number: str
    sender: str
    text: str
    source: Literal["webhook", "collect"] = "webhook"
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back, in order; empty where nothing is to be said."""

    said: tuple[Said, ...]


async def take(rt: Runtime, batch: Sequence[Inbound], shelf: Shelf | None = None) -> list[Answered | None]:
    """Take in a batch; None for each message whose person is busy elsewhere, to be offered again.

    Raises UnknownSenderError if a message names a number that no program uses, and whatever the database raises.
    """
    shelf = shelf or Shelf()
    async with rt.begin() as (connection, now):
        known, current = await shelf.read(connection, rt.real(), {one.sender for one in batch})
        batch = [replace(one, sender=shelf.pools.get(one.sender, one.sender)) for one in batch]
        locked = await gathering.lock(rt, connection, [one.number for one in batch], now)
        work = Gathered(rt, connection, now, rt.real(), known, Writes(), {}, current)
        free = [one for one in batch if one.number in locked]
        await gathering.read(work, {(one.number, one.sender) for one in free}, locked)
        ids = {one.sid: new_id() for one in free}
        fresh = await _add_messages(work, free, ids)
        answered: dict[str, Answered] = await _repeated(work, free, fresh)
        for one in free:
            if one.sid not in answered:
                answered[one.sid] = await _hear(work, one, ids[one.sid])
        await work.writes.flush(connection)
    metrics.BATCH.observe(len(batch))
    return [answered.get(one.sid) for one in batch]


async def _add_messages(work: Gathered, free: Sequence[Inbound], ids: Mapping[str, UUID]) -> set[str]:
    """Add the messages; return the sids that were not there before."""
    rows = []
    for one in {one.sid: one for one in free}.values():
        person = _person(work, one)
        row = ids[one.sid]
        body = person.answers.seal(one.text[:_KEPT], "messages.body", row)
        rows.append((row, one.sid, person.id, one.sender, one.source, body))
    return await messages.add(work.connection, sorted(rows, key=lambda r: r[1]), work.now)


def _person(work: Gathered, one: Inbound) -> Participant:
    return work.people[(one.number, one.sender)]


async def _repeated(work: Gathered, free: Sequence[Inbound], fresh: set[str]) -> dict[str, Answered]:
    """Return the stored replies of messages that were taken in before: a repeat is answered, and moves nothing."""
    sids = [one.sid for one in free if one.sid not in fresh]
    replies = await messages.replies(work.connection, sids) if sids else {}
    return {
        one.sid: Answered(tuple(_reopen(_person(work, one), replies.get(one.sid, []))))
        for one in free
        if one.sid in sids
    }


def _reopen(person: Participant, rows: Sequence[messages.Reply]) -> list[Said]:
    """Open stored replies again; one that was erased, or that belongs to somebody else, stays closed."""
    return [
        Said(row.id, person.answers.open(row.body, "outbox.body", row.id))
        for row in rows
        if row.body is not None and row.participant_id == person.id
    ]


async def _hear(work: Gathered, one: Inbound, message: UUID) -> Answered:
    """Hear one text and write what follows."""
    person, late = _person(work, one), one.source == "collect"
    person.forget_old_joining(work.now)
    program = _program(work, person, one)
    words = {word: p.slug for p in work.of(one.sender) for word in p.keywords}
    chosen = await gathering.library_of(work, person, program)
    await fading.wake_first(work.connection, person, program, work.now)
    context = person.context(program, words, work.rt.settings.public_url, work.now, late=late)
    turn = advance(chosen, person.conversation, Heard(one.text), context)
    if late:
        turn = _without_stale_consent(turn, person, one)
    cause = Cause("message", message, work.now, one.sent_at or work.real, handed=not late)
    muted = _muted(turn, person, program)
    said = await conversations.apply(work.connection, work.writes, person, program, chosen, turn, cause)
    if muted:
        _record_undeliverable(work, said)
    _note_heard(work, person, one)
    metrics.INBOUND.labels("answered").inc()
    return Answered(() if late else tuple(said))


def _note_heard(work: Gathered, person: Participant, one: Inbound) -> None:
    """Note when somebody wrote: a text that was found late counts from when it was sent.

    A late one is not answered, so a stranger's next is greeted as if it were the first, and whose the number is now
    stays open where that was asked.
    """
    real = work.real if one.sent_at is None else min(one.sent_at, work.real)
    if one.source != "collect":
        person.heard_at = work.now
    elif person.enrolment is not None and not person.asked_whose:
        person.heard_at = max(person.heard_at, work.now - (work.real - real))
    work.writes.heard[person.id] = {"id": person.id, "at": person.heard_at, "real": real}


def _program(work: Gathered, person: Participant, one: Inbound) -> Program:
    """Return whose words are used: the person's program, else the one this keyword joins, else the number's first."""
    if person.enrolment is not None:
        return work.programs[person.enrolment.program_id]
    of_number = work.of(one.sender)
    named = [program for program in of_number if joins(one.text, program.keywords)]
    return (named or [person.conversation_program or of_number[0]])[0]


def _without_stale_consent(turn: Turn, person: Participant, one: Inbound) -> Turn:
    """Obey a STOP or START found late, unless the person has decided anew since it was sent."""
    if person.opted_at is None or one.sent_at is None or person.opted_at <= one.sent_at:
        return turn
    return replace(turn, effects=tuple(e for e in turn.effects if not isinstance(e, OptIn | OptOut)))


def _muted(turn: Turn, person: Participant, program: Program) -> bool:
    """Whether Twilio itself will refuse the answer: its own opt-out swallows everything after a bare STOP."""
    blocked = person.opted_out and person.twilio_answers(program)
    return blocked and any(getattr(effect, "crisis", False) for effect in turn.effects)


def _record_undeliverable(work: Gathered, said: Sequence[Said]) -> None:
    ids = {one.id for one in said}
    for row in work.writes.outbox:
        if row["id"] in ids:
            row.update(state="undelivered", reason="opted out at Twilio")
