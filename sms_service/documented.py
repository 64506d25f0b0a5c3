"""People who agreed on paper, by e-mail or in person to be texted: an administrator says so once for a list of them.

Each of their numbers then gets the one text that asks for the keyword, as from the public page, and nothing else
before they answer it. A list is taken once, whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Consent
from sms_service import invitations, program_pauses
from sms_service.invitation_list import Listed
from sms_service.invitations import IN_TIME, Ask
from sms_service.programs import Program, ProgramError
from sms_service.runtime import Runtime, new_id

KIND = "documented"
HOW = ("paper", "email", "meeting", "other")
LONGEST_NAME, LONGEST_NOTE = 80, 300
_SEAL = b"invitation-file"
_SOME = 500

_ADD = text("""
    insert into invitation_files (id, program_id, staff_id, file_hash, rows, consent, at)
    values (:id, :program, :staff, :hash, :rows, :consent, :at)
    on conflict (program_id, file_hash) do nothing
""")
_FIND = text("select id from invitation_files where program_id = :program and file_hash = any(:hashes)")
_FILES = text("""
    select f.id, f.rows, f.at, s.name from invitation_files f join staff s on s.id = f.staff_id
    where f.program_id = :program order by f.at desc limit 50
""")
_PACE = text("select segments_per_second from senders where number = :number")


@dataclass(frozen=True, slots=True)
class Record:
    """The consent that a list rests on: who got it, on which day, how, and a note such as where the forms are kept."""

    who: str
    on: date
    how: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A list that was taken: how many numbers it had, when and by whom. What became of them is told nowhere."""

    id: UUID
    rows: int
    at: datetime
    by: str


async def take(
    rt: Runtime,
    connection: AsyncConnection,
    program: Program,
    staff_id: UUID,
    listed: Listed,
    record: Record,
    language: str,
    now: datetime,
) -> tuple[UUID, bool]:
    """Put a text for each number of a list in the outbox. Return the list's id, and False if it was taken before.

    Raises ProgramError for a program that is not live, or whose schedule has ended: whoever answered would be told so.
    """
    if program.state != "live":
        raise ProgramError("state", "is still a draft: take it live first, then have a list texted")
    if program_pauses.asks_no_more(program, now):
        raise ProgramError("ends", "has passed, so whoever joined would not be asked: give it a later end first")
    made, hashes = new_id(), rt.vault.signatures(b"list:" + program.id.bytes + listed.digest)
    # A list that was taken under an older SECRET_KEY was taken, too.
    before = (await connection.execute(_FIND, {"program": program.id, "hashes": hashes})).scalar()
    if before is not None:
        return UUID(str(before)), False
    evidence = {**asdict(record), "on": record.on.isoformat()}
    values = {"id": made, "program": program.id, "staff": staff_id, "hash": hashes[0], "rows": len(listed.guests)}
    values |= {"consent": rt.vault.wrap(json.dumps(evidence).encode(), _SEAL), "at": now}
    if (await connection.execute(_ADD, values)).rowcount != 1:
        found = await connection.execute(_FIND, {"program": program.id, "hashes": hashes})
        return UUID(str(found.scalar_one())), False
    given = Consent(KIND, "; ".join(f"{name}: {value}" for name, value in evidence.items()), "recorded")
    # All people in the order of their hashes, as everybody adds them, so that two lists never wait for each other.
    asks = [Ask(guest.number, language, guest.row) for guest in listed.guests]
    asks.sort(key=lambda ask: rt.vault.lookup(ask.number))
    for start in range(0, len(asks), _SOME):
        some = asks[start : start + _SOME]
        await invitations.invite(rt, connection, program, some, given, IN_TIME, now, made)
    return made, True


async def files(connection: AsyncConnection, program: UUID) -> Sequence[File]:
    """Return the lists that were taken, the latest first."""
    return [File(row.id, row.rows, row.at, row.name) for row in await connection.execute(_FILES, {"program": program})]


async def minutes(connection: AsyncConnection, program: Program, texts: int) -> int:
    """Return how long so many texts of one segment take at the number's pace, in minutes."""
    pace = (await connection.execute(_PACE, {"number": program.sender})).scalar_one()
    return max(1, round(texts / float(pace) / 60))
