"""Turn what the flows decided into rows: the one place where effects become writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import (
    CloseCheckIn,
    Consent,
    Effect,
    Enrol,
    Erase,
    Escalate,
    Forget,
    Library,
    OptIn,
    OptOut,
    Pause,
    Plan,
    Resume,
    Ring,
    Risk,
    Save,
    Say,
    Set,
    Snooze,
    Turn,
    Unplan,
    Withdraw,
)
from sms_service import appointments, check_ins, enrolments, erasing, follow_ups, metrics, outgoing
from sms_service.outgoing import Cause, Said
from sms_service.participants import Participant
from sms_service.programs import Program
from sms_service.runtime import new_id
from sms_service.store import messages
from sms_service.store.writes import Writes

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asked:
    """The text that puts the open question, and for how many minutes an answer is waited for; 0 for ever."""

    id: UUID
    wait: int


async def apply(
    connection: AsyncConnection,
    writes: Writes,
    person: Participant,
    program: Program,
    library: Library,
    turn: Turn,
    cause: Cause,
) -> list[Said]:
    """Write a turn's effects and its conversation; return what is to be said, in order."""
    said: list[Said] = []
    turn = _settled(turn)
    for effect in turn.effects:
        if isinstance(effect, Say):
            said.append(outgoing.say(writes, person, effect, cause, len(said)))
        else:
            await _do(connection, writes, person, program, library, effect, cause)
    asked = next((Asked(s.id, e.wait) for s, e in zip(said, _says(turn), strict=True) if e.asks), None)
    _keep(writes, person, program, library, turn, cause.now, asked)
    if asked and asked.wait and cause.handed and turn.conversation:
        _wait(writes, person, asked, cause.now)
    return said


def _settled(turn: Turn) -> Turn:
    """Return a turn whose effects can be written in order, and that keeps nothing of a text to be forgotten.

    Whoever stops and is promised a call by one and the same text gets the call: the promise comes last.
    """
    effects = tuple(sorted(turn.effects, key=lambda effect: isinstance(effect, Escalate)))
    after = turn.conversation
    if after is not None and any(isinstance(effect, Forget) for effect in effects):
        after = after.but(last_text="")
    return Turn(after, effects)


def _says(turn: Turn) -> list[Say]:
    return [effect for effect in turn.effects if isinstance(effect, Say)]


def _keep(
    writes: Writes,
    person: Participant,
    program: Program,
    library: Library,
    turn: Turn,
    now: datetime,
    asked: Asked | None,
) -> None:
    """Write the conversation as it is now, and the answers of an open check-in."""
    after = turn.conversation
    if after is None and person.conversation_id is None:
        return
    if person.conversation_id is None:
        person.conversation_id = new_id()
        writes.new.add(person.conversation_id)
    person.flow_digest = person.flow_digest or library.digest
    key = person.conversation_id
    row = writes.conversations.setdefault(key, {"asked_id": None, "opened_at": now, "waits_until": person.waits_until})
    row.update(
        id=key,
        participant_id=person.id,
        sender=person.sender,
        program_id=program.id,
        enrolment_id=person.enrolment.id if person.enrolment else None,
        flow_digest=person.flow_digest,
        occasion=person.occasion,
        state=person.answers.seal(after.to_json(), "conversations.state", key) if after else None,
        asked_id=asked.id if asked else row["asked_id"],
        heard_at=now,
        ended_at=None if after else now,
    )
    person.conversation = after
    person.conversation_program = program
    if asked:
        person.asked_sent = False
        person.waits_until = row["waits_until"] = None
    if after is None:
        person.conversation_id = person.flow_digest = person.occasion = None


def _wait(writes: Writes, person: Participant, asked: Asked, now: datetime) -> None:
    """Start the wait for an answer: what goes back in the webhook's answer is sent now."""
    if person.conversation_id is None:
        return
    until = now + timedelta(minutes=asked.wait)
    person.waits_until = writes.conversations[person.conversation_id]["waits_until"] = until
    appointments.wait(writes, person, until)


def end(writes: Writes, person: Participant, program: Program, library: Library, now: datetime) -> None:
    """End the open conversation without a word."""
    _keep(writes, person, program, library, Turn(None, ()), now, None)


async def _do(
    connection: AsyncConnection,
    writes: Writes,
    person: Participant,
    program: Program,
    library: Library,
    effect: Effect,
    cause: Cause,
) -> None:
    """Write one effect. The rare ones go to the database at once; the frequent ones are gathered."""
    now = cause.now
    match effect:
        case Save():
            check_ins.open_occasion(writes, person, program, now)
            person.check_in[effect.name] = effect.answer
            check_ins.keep(writes, person, library, now, closed=False)
        case CloseCheckIn():
            writes.drop_waiting(person.id, person.sender, "no longer needed", cause.real)
            check_ins.close(writes, person, program, library, effect, now)
        case Consent():
            await enrolments.consent(connection, person, program, effect, cause.message, now)
        case Enrol():
            await enrolments.enrol(connection, writes, person, program, effect, now)
        case Set():
            await enrolments.change(connection, writes, person, program, effect, now)
        case OptOut() | OptIn():
            await enrolments.opt(connection, writes, person, program, effect, now, cause.real)
        case Escalate() | Withdraw() | Forget():
            await _call(connection, person, program, effect, cause)
        case Pause() | Resume():
            await enrolments.pause(connection, writes, person, program, effect, now)
        case Snooze() | Plan() | Unplan() | Ring() | Risk():
            _plan(writes, person, program, effect, cause)
        case Erase():
            await erasing.erase(connection, writes, person, program, effect, now, cause.real)
        case Say():
            pass
        case _:
            assert_never(effect)


def _plan(
    writes: Writes, person: Participant, program: Program, effect: Snooze | Plan | Unplan | Ring | Risk, cause: Cause
) -> None:
    """Change what is to come."""
    now = cause.now
    match effect:
        case Snooze():
            if effect.until is not None:
                check_ins.open_occasion(writes, person, program, now)
            writes.drop_waiting(person.id, person.sender, "no longer needed", cause.real)
            appointments.snooze(writes, person, effect.until, now)
        case Plan():
            appointments.plan(writes, person, effect)
        case Unplan():
            appointments.unplan(writes, person, effect.kinds, now)
        case Ring():
            outgoing.ring(writes, person, cause)
        case Risk():
            _note_fault(effect)
            writes.drop_waiting(person.id, person.sender, "no longer needed", cause.real)
            appointments.cancel(writes, person, (*appointments.REMINDERS, "snooze"), now)
            appointments.unplan(writes, person, appointments.NUDGES, now)


def _note_fault(risk: Risk) -> None:
    """Count and log that the screen itself failed, which the flows can only answer; it says nothing of who wrote."""
    if "fault" in risk.rules:
        metrics.SCREEN_FAULTS.inc()
        log.error("screen.failed")


async def _call(
    connection: AsyncConnection,
    person: Participant,
    program: Program,
    effect: Escalate | Withdraw | Forget,
    cause: Cause,
) -> None:
    """Promise or withdraw a call; empty the text that tells of somebody else."""
    match effect:
        case Escalate():
            await follow_ups.open(connection, person, program, effect, cause.now)
        case Withdraw():
            await follow_ups.withdraw(connection, person, cause.now)
            person.call_by = None
        case Forget() if cause.message is not None:
            await messages.forget(connection, cause.message, cause.real)
