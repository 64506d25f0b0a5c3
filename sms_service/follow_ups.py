"""Calls that people were promised: opened for them, taken by one support lead, handed on, closed or withdrawn.

At most one is under way for a person. No verb here says to anybody but the lead who took it whom it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Escalate
from flows.duty import on_from, soonest, watch
from sms_service import paging, programs
from sms_service.batches import unavailable
from sms_service.leads import SupportLead, opened, roster
from sms_service.participants import Participant
from sms_service.programs import Program
from sms_service.runtime import Runtime, new_id
from sms_service.translation import Word
from sms_service.vault import VaultError

log = structlog.get_logger()

# Whoever asked for a call and then ends the texts wants to be spoken to, not written to.
_JUST_ASKED = timedelta(hours=1)
_UNTAKEN = timedelta(minutes=30)
# Somebody who takes a call after it was due gets the time to make it.
_AT_LEAST = timedelta(hours=1)
OUTCOMES = {
    "talked": Word("We talked"),
    "voicemail": Word("I left it at a voicemail, without content"),
    "unreached": Word("I could not reach them"),
    "declined": Word("They would rather not"),
    "other": Word("Something else"),
}
"""How a call can have gone. There is no other word on it, here or anywhere."""

_OPEN = text("""
    insert into follow_ups (id, enrolment_id, program_id, cause, opened_at, promised_by, paged_id, paged_at)
    values (:id, :enrolment, :program, :cause, :now, :by, :paged, :paged_at)
    on conflict (enrolment_id) where state in ('open', 'taken') do nothing
""")
_UNDER_WAY = text("""
    select * from follow_ups where enrolment_id = :enrolment and state in ('open', 'taken') for no key update
""")
_CAUSE = text("update follow_ups set cause = :cause where id = :id")
_WITHDRAW = text("""
    update follow_ups set state = 'withdrawn', closed_at = :now
    where enrolment_id = :enrolment and state in ('open', 'taken')
""")
_FORGET = text("""
    update follow_ups set cause = null, outcome = null
    where enrolment_id in (select id from enrolments where participant_id = :person)
""")


async def open(
    connection: AsyncConnection, person: Participant, program: Program, given: Escalate, now: datetime
) -> bool:
    """Promise somebody a call and page the lead whose turn it is; False if one is under way or none can be promised.

    A call under way that is now asked for is remembered as that.
    """
    enrolment, rt = person.enrolment, person.rt
    found = watch(roster(rt.vault, program.leads), now.astimezone(UTC), program.settings.promise_hours)
    if enrolment is None or found is None or not program.calls:
        return False
    row = new_id()
    lead = program.leads[roster(rt.vault, program.leads).index(found.lead)]
    values = {
        "id": row,
        "enrolment": enrolment.id,
        "program": program.id,
        "cause": _cause(person, row, given, now),
        "now": now,
        "by": found.by,
        "paged": lead.staff_id,
        "paged_at": _from(rt, lead, now),
    }
    if (await connection.execute(_OPEN, values)).rowcount != 1:
        await _ask_again(connection, person, enrolment.id, given, now)
        return False
    await paging.page(rt, connection, program, row, lead.staff_id, 0, now)
    return True


def _cause(person: Participant, row: UUID, given: Escalate, now: datetime) -> bytes:
    return person.contacts.seal({"how": given.how, "at": now.isoformat()}, "follow_ups.cause", row)


async def _ask_again(
    connection: AsyncConnection, person: Participant, enrolment: UUID, given: Escalate, now: datetime
) -> None:
    row = (await connection.execute(_UNDER_WAY, {"enrolment": enrolment})).one_or_none()
    if row is not None and given.how == "asked":
        await connection.execute(_CAUSE, {"id": row.id, "cause": _cause(person, row.id, given, now)})


async def withdraw(connection: AsyncConnection, person: Participant, now: datetime) -> None:
    """Call nobody after all; a page that waits is dropped when it would be sent."""
    if person.enrolment is not None:
        await connection.execute(_WITHDRAW, {"enrolment": person.enrolment.id, "now": now})


async def stop(connection: AsyncConnection, person: Participant, now: datetime) -> None:
    """Withdraw a call with the texts that end, unless the person asked for it themselves within the last hour."""
    if person.enrolment is None:
        return
    row = (await connection.execute(_UNDER_WAY, {"enrolment": person.enrolment.id})).one_or_none()
    if row is not None and not _just_asked(person, row, now):
        await withdraw(connection, person, now)


def _just_asked(person: Participant, row: Row[Any], now: datetime) -> bool:
    try:
        cause = person.contacts.open(row.cause, "follow_ups.cause", row.id) if row.cause else {}
    except VaultError:
        return False
    return cause.get("how") == "asked" and now - datetime.fromisoformat(cause["at"]) <= _JUST_ASKED


async def forget(connection: AsyncConnection, person: Participant, now: datetime) -> None:
    """Withdraw for somebody who erases everything, and keep of earlier calls only that they were."""
    await withdraw(connection, person, now)
    await connection.execute(_FORGET, {"person": person.id})


def _from(rt: Runtime, lead: SupportLead, now: datetime) -> datetime:
    """Return the moment from which a page to this lead counts: now, or when they are back."""
    return on_from(opened(rt.vault, lead), now.astimezone(UTC)) or now


_OVERDUE = text("""
    select id, program_id, paged_id, handed_on from follow_ups
    where (state = 'open' and paged_at <= :paged)
        or (state = 'taken' and greatest(promised_by, taken_at + :at_least) <= :now)
    order by promised_by for update skip locked
""")
_HAND_ON = text("""
    update follow_ups set state = 'open', paged_id = :lead, paged_at = :paged_at, handed_on = handed_on + 1,
        handed_on_at = :now
    where id = :id
""")


async def hand_on(rt: Runtime, connection: AsyncConnection, now: datetime) -> int:
    """Page the next lead for every call that nobody took in time, or that was taken and not made; return how many.

    Never the same lead twice in a row. Where there is no other, the call stays where it is and is late. One that
    cannot be handed on keeps none of the others.
    """
    values = {"now": now, "paged": now - _UNTAKEN, "at_least": _AT_LEAST}
    rows = (await connection.execute(_OVERDUE, values)).all()
    known = {program.id: program for program in await programs.load(connection)} if rows else {}
    handed = 0
    for row in rows:
        try:
            async with connection.begin_nested():
                handed += await _hand_on_one(rt, connection, known[row.program_id], row, now)
        except Exception as error:
            if unavailable(error):
                raise
            log.error("call.not_handed_on", error=type(error).__name__)
    return handed


async def _hand_on_one(rt: Runtime, connection: AsyncConnection, program: Program, row: Row[Any], now: datetime) -> int:
    lead = _next(rt, program, row.paged_id, now)
    if lead is None:
        return 0
    moved = {"id": row.id, "lead": lead.staff_id, "paged_at": _from(rt, lead, now), "now": now}
    await connection.execute(_HAND_ON, moved)
    await paging.page(rt, connection, program, row.id, lead.staff_id, row.handed_on + 1, now)
    return 1


def _next(rt: Runtime, program: Program, last: UUID, now: datetime) -> SupportLead | None:
    """Return whose turn it is after `last`: on from there in the roster, who is on duty, else who is back soonest."""
    ids = [lead.staff_id for lead in program.leads]
    begin = ids.index(last) + 1 if last in ids else 0
    others = [one for one in program.leads[begin:] + program.leads[:begin] if one.staff_id != last]
    found = soonest(roster(rt.vault, others), now.astimezone(UTC), program.settings.promise_hours)
    return others[roster(rt.vault, others).index(found.lead)] if found else None


@dataclass(frozen=True, slots=True)
class Call:
    """A follow-up as a support lead of its program may know it: when, and whose it is. Nothing of whom it is about."""

    id: UUID
    program_id: UUID
    state: str
    opened_at: datetime
    promised_by: datetime
    taken_by: UUID | None


_SEEN = text("""
    select id, program_id, state, opened_at, promised_by, taken_by from follow_ups
    where program_id = any(:programs) and (id = :id or (cast(:id as uuid) is null and state in ('open', 'taken')))
    order by promised_by, id
""")
# Whoever takes it is who it is handed on from, also if another lead was told of it.
_TAKE = text("""
    update follow_ups set state = 'taken', taken_by = :staff, taken_at = :now, paged_id = :staff
    where id = :id and program_id = any(:programs) and state = 'open'
""")
_MINE = text("""
    select f.id, f.state, e.participant_id, e.language, e.zone, p.contact, p.contact_key
    from follow_ups f join enrolments e on e.id = f.enrolment_id join participants p on p.id = e.participant_id
    where f.id = :id and f.program_id = any(:programs) and f.taken_by = :staff and f.state = any(:states)
""")
_CLOSE = text("""
    update follow_ups set state = 'closed', outcome = :outcome, closed_at = :now
    where id = :id and taken_by = :staff and state in ('open', 'taken')
""")
_READ = text("""
    insert into readings (id, participant_id, staff_id, what, at) values (:id, :person, :staff, 'number', :now)
""")
_READINGS = text("select count(*), max(at) from readings where participant_id = :person")
_LATE = text("""
    select exists (select from follow_ups
        where program_id = :program and promised_by < :ends
            and (closed_at is null or closed_at > promised_by and closed_at >= :begins))
""")


@dataclass(frozen=True, slots=True)
class Reader:
    """A support lead and the programs they are one of."""

    staff_id: UUID
    programs: Sequence[UUID]

    def values(self, call: UUID | None) -> dict[str, Any]:
        """Return what every statement about a call is bound to: a call of another program is none."""
        return {"id": call, "staff": self.staff_id, "programs": list(self.programs)}


async def seen(connection: AsyncConnection, who: Reader, call: UUID | None = None) -> list[Call]:
    """Return the calls under way in a lead's programs, the soonest promise first, or the one that is named."""
    rows = await connection.execute(_SEEN, {"id": call, "programs": list(who.programs)})
    return [Call(*row) for row in rows]


async def take(connection: AsyncConnection, who: Reader, call: UUID, now: datetime) -> bool:
    """Take a call that is open; of two leads at once, one gets it."""
    return (await connection.execute(_TAKE, {**who.values(call), "now": now})).rowcount == 1


@dataclass(frozen=True, slots=True)
class Callee:
    """What the lead who took a call needs to make it."""

    number: str
    language: str
    zone: str


async def callee(rt: Runtime, connection: AsyncConnection, who: Reader, call: UUID, now: datetime) -> Callee | None:
    """Return whom to call, to the lead who took it alone, and write down that it was shown. None after an erasure."""
    row = (await connection.execute(_MINE, {**who.values(call), "states": ["taken"]})).one_or_none()
    if row is None or row.contact is None or row.contact_key is None:
        return None
    contact = rt.vault.key(row.contact_key).open(row.contact, "participants.contact", row.participant_id)
    values = {"id": new_id(), "person": row.participant_id, "staff": who.staff_id, "now": now}
    await connection.execute(_READ, values)
    return Callee(contact["number"], row.language, row.zone)


async def close(rt: Runtime, connection: AsyncConnection, who: Reader, call: UUID, outcome: str, now: datetime) -> bool:
    """Close a call the lead has taken, with one of OUTCOMES; False if it is not theirs to close."""
    states = ["open", "taken"]  # open again: it was handed on while they were at it
    row = (await connection.execute(_MINE, {**who.values(call), "states": states})).one_or_none()
    if row is None or outcome not in OUTCOMES:
        return False
    key = row.contact_key
    sealed = rt.vault.key(key).seal(outcome, "follow_ups.outcome", row.id) if key else None
    values = {"id": row.id, "staff": who.staff_id, "outcome": sealed, "now": now}
    return (await connection.execute(_CLOSE, values)).rowcount == 1


async def readings_of(connection: AsyncConnection, participant: UUID) -> tuple[int, date | None]:
    """Return how often this person's number was shown to a support lead, and on which day (UTC) last."""
    count, last = (await connection.execute(_READINGS, {"person": participant})).one()
    return count, last.astimezone(UTC).date() if last else None


async def late(connection: AsyncConnection, program: UUID, begins: datetime, ends: datetime) -> bool:
    """Whether at some time of a day a promise had passed without the call. How many, and whose, is told to nobody."""
    values = {"program": program, "begins": begins, "ends": ends}
    return bool((await connection.execute(_LATE, values)).scalar())
