"""Being forgotten: what somebody said becomes unreadable for ever, and if they want it so, who said it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Erase, OptOut
from sms_service import enrolments, follow_ups
from sms_service.participants import Participant
from sms_service.programs import Program
from sms_service.store.writes import Row, Writes

_ERASE_ANSWERS = (
    "update messages set body = null where participant_id = :id",
    "update outbox set body = null where participant_id = :id and state not in ('ready', 'held') and id <> all(:help)",
    """update outbox set body = null, state = 'dropped', reason = 'erased'
       where participant_id = :id and state in ('ready', 'held') and id <> all(:help)""",
    """update check_ins set answers = null
       where enrolment_id in (select id from enrolments where participant_id = :id)""",
    "update conversations set state = null, ended_at = coalesce(ended_at, :now) where participant_id = :id",
    "update calls set state = null where participant_id = :id",
)
_ERASE_PERSON = (
    "update consents set evidence = null where participant_id = :id",
    """update enrolments set state = 'left', left_at = :now, preferences = null, group_id = null
       where participant_id = :id""",
    "update outbox set priority = 1 where participant_id = :id and priority = 0",
)

_HELP = text("""
    select id, body from outbox where participant_id = :id and priority = 0 and body is not null
        and state in ('ready', 'held', 'sending', 'handed', 'unknown')
""")
_SEAL_HELP = text("update outbox set body = :body where id = :id")


async def erase(
    connection: AsyncConnection,
    writes: Writes,
    person: Participant,
    program: Program,
    given: Erase,
    now: datetime,
    real: datetime,
) -> None:
    """Make what was said unreadable for ever, and with `everything` also who said it; the opt-out stays known.

    Help in a hard moment that is still on its way goes out all the same, as long as it is known where to.
    """
    words = {} if given.everything else await _help(connection, writes, person)
    who: dict[str, Any] = {"id": person.id, "now": now, "help": list(words)}
    if given.everything:
        await follow_ups.forget(connection, person, now)
    for statement in _ERASE_ANSWERS + (_ERASE_PERSON if given.everything else ()):
        await connection.execute(text(statement), {name: one for name, one in who.items() if f":{name}" in statement})
    for row in writes.outbox:
        if row["participant_id"] == person.id:
            row["body"] = None
    for row in writes.check_ins.values():
        if person.enrolment and row["enrolment_id"] == person.enrolment.id:
            row["answers"] = None
    writes.history[person.id] = None
    person.new_answer_key()
    await _keep_help(connection, writes, person, words)
    person.check_in.clear()
    if given.everything:
        await _leave(connection, writes, person, program, now, real)
    await connection.execute(
        text("update participants set answer_key = :a, contact_key = :c, contact = :who where id = :id"),
        {
            "a": person.answer_key,
            "c": person.contact_key,
            "who": None if given.everything else person.row.contact,
            "id": person.id,
        },
    )


async def _help(connection: AsyncConnection, writes: Writes, person: Participant) -> dict[UUID, str]:
    """Return the words of crisis texts of which it is not known that they went out, those of this transaction too."""
    rows = [(row.id, row.body) for row in await connection.execute(_HELP, {"id": person.id})]
    rows += [(row["id"], row["body"]) for row in writes.outbox if _helps(row, person)]
    return {row: person.answers.open(body, "outbox.body", row) for row, body in rows}


def _helps(row: Row, person: Participant) -> bool:
    return row["participant_id"] == person.id and row["priority"] == 0 and row["body"] is not None


async def _keep_help(
    connection: AsyncConnection, writes: Writes, person: Participant, words: Mapping[UUID, str]
) -> None:
    """Seal these words again by the person's new key."""
    sealed = {row: person.answers.seal(said, "outbox.body", row) for row, said in words.items()}
    for row in writes.outbox:
        row["body"] = sealed.pop(row["id"], row["body"])
    if sealed:
        await connection.execute(_SEAL_HELP, [{"id": row, "body": body} for row, body in sealed.items()])


async def _leave(
    connection: AsyncConnection, writes: Writes, person: Participant, program: Program, now: datetime, real: datetime
) -> None:
    await enrolments.opt(connection, writes, person, program, OptOut("phrase"), now, real)
    person.enrolment = None
    person.answer_key = person.contact_key = None
