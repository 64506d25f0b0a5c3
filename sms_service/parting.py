"""Taking somebody out of a program by staff, by their number: because they asked for it, or have another number now.

Nothing here says whether the number was in the program. A call that was promised is still made: whoever coordinates
must not be able to take it away, nor learn of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Erase, segments
from sms_service import enrolments, erasing, phone_numbers, programs
from sms_service.participants import Enrolment, Participant
from sms_service.phone_numbers import PhoneError
from sms_service.programs import Program, ProgramError
from sms_service.runtime import Runtime, new_id
from sms_service.store import people
from sms_service.store.writes import Writes

ORIGIN = "parting"
"""Whence the one text comes that says that somebody is out of a program. `verdict` lets it go to who has left."""
WORDS = {
    "en": "{p}: you are no longer in this check-in and will get no more texts from it. Thank you for taking part. "
    "In a hard moment, call or text 988.",
    "es": "{p}: ya no formas parte de este chequeo y no te escribiremos de nuevo. Gracias por participar. "
    "Si lo pasas mal, llama al 988 y oprime 2.",
}
_PRIORITY = 4
_OF_USE = timedelta(days=2)

_LOCK = text("""
    select id, phone_hash from participants where phone_hash = any(:hashes) order by id for no key update
""")
_LEAVE = text("update enrolments set state = 'left', left_at = :now, paused_until = null where id = :id")
_END = text("""
    update conversations set state = null, ended_at = :now
    where participant_id = :person and sender = :sender and ended_at is null
""")
_ELSEWHERE = text("select exists (select from enrolments where participant_id = :person and state <> 'left')")


def number(given: str) -> str:
    """Return a number as it is known, like +17575550123. Raises ProgramError, which does not repeat it."""
    try:
        return phone_numbers.read(given)
    except PhoneError as error:
        raise ProgramError("number", error.why) from None


async def remove(rt: Runtime, connection: AsyncConnection, program: Program, given: str, now: datetime) -> None:
    """End somebody's place in a program, with one kind text unless they have opted out.

    Raises ProgramError for what is no number.
    """
    person = await _find(rt, connection, program, given)
    if person is not None and person.enrolment is not None:
        writes = Writes()
        await _leave(connection, writes, person, person.enrolment, now, rt.real())
        if not person.opted_out:
            _say(writes, person, person.enrolment, program, now, rt.real())
        await writes.flush(connection)


async def change_number(rt: Runtime, connection: AsyncConnection, program: Program, given: str, now: datetime) -> None:
    """End the place of an old number without a word to it, and make what was said from it unreadable.

    Somebody else may have the number by now. From the new one the person joins anew, with their consent, and brings
    nothing along. Who is in another program as well keeps what they said. Raises ProgramError for what is no number.
    """
    person = await _find(rt, connection, program, given)
    if person is not None and person.enrolment is not None:
        writes = Writes()
        await _leave(connection, writes, person, person.enrolment, now, rt.real())
        if not (await connection.execute(_ELSEWHERE, {"person": person.id})).scalar_one():
            await erasing.erase(connection, writes, person, program, Erase(everything=False), now, rt.real())
        await writes.flush(connection)


async def _find(rt: Runtime, connection: AsyncConnection, program: Program, given: str) -> Participant | None:
    """Lock whoever has this number and return them, or None if they have no place in this program."""
    hashes = list(rt.vault.lookups(number(given)))
    # Waited for: whoever else holds the row is done within a batch, and waits for no other row.
    ids: list[UUID] = [row.id for row in await connection.execute(_LOCK, {"hashes": hashes})]
    locked = await people.lock_ids(connection, ids)
    for row in locked.values():
        threads = await people.threads(connection, [(row.id, program.sender)])
        known = {one.id: one for one in await programs.load(connection)}
        person = Participant(rt, row, threads[(row.id, program.sender)], known)
        if person.enrolment is not None and person.enrolment.program_id == program.id:
            return person
    return None


async def _leave(
    connection: AsyncConnection, writes: Writes, person: Participant, place: Enrolment, now: datetime, real: datetime
) -> None:
    """Take everything that is to come off the table, and end what is open without a word."""
    writes.cancel(place.id, enrolments.EVERY_KIND, None, "left", now)
    writes.drop_waiting(person.id, person.sender, "left", real)
    await connection.execute(_LEAVE, {"id": place.id, "now": now})
    await connection.execute(_END, {"person": person.id, "sender": person.sender, "now": now})


def _say(
    writes: Writes, person: Participant, place: Enrolment, program: Program, now: datetime, real: datetime
) -> None:
    row, words = new_id(), WORDS[place.language].format(p=program.settings.short_name)
    writes.outbox.append(
        {
            "id": row,
            "participant_id": person.id,
            "enrolment_id": place.id,
            "sender": person.sender,
            "kind": "text",
            "asked_for": False,
            "priority": _PRIORITY,
            "body": person.answers.seal(words, "outbox.body", row),
            "segments": segments(words).count,
            "origin": ORIGIN,
            "origin_id": place.id,
            "n": 0,
            "asks": False,
            "wait_minutes": None,
            "state": "ready",
            "reason": None,
            "created_at": now,
            "next_attempt_at": real,
            "stale_at": now + _OF_USE,
            "sent_at": None,
        }
    )
