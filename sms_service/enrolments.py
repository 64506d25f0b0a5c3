"""Joining, changing one's mind, resting, leaving: what a participant may do to their own place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import NONE_YET, Consent, Enrol, OptIn, OptOut, Pause, Resume, Set, at_local, local
from sms_service import appointments, follow_ups
from sms_service.participants import PROGRAMS_HOURS, Enrolment, Participant
from sms_service.programs import Program
from sms_service.runtime import new_id
from sms_service.store.writes import Writes
from sms_service.vault import wording

EVERY_KIND = ("check-in", "resume", *appointments.OF_AN_OCCASION, *appointments.PLANS, "timeout")

_CONSENT = text("""
    insert into consents (id, participant_id, program_id, message_id, kind, wording, language, evidence, at)
    values (:id, :participant_id, :program_id, :message_id, :kind, :wording, :language, :evidence, :now)
""")
_ENROL = text("""
    insert into enrolments (id, participant_id, program_id, sender, state, language, zone, day, time, discreet,
        frequency, express, group_id, preferences, joined_at)
    values (:id, :participant_id, :program_id, :sender, 'active', :language, :zone, :day, :time, :discreet,
        :frequency, :express, :group_id, :preferences, :now)
""")
_OPT = text("""
    insert into opt_outs (participant_id, sender, opted_out, how, at)
    values (:participant_id, :sender, :opted_out, :how, :now)
    on conflict (participant_id, sender) do update
        set opted_out = excluded.opted_out, how = excluded.how, at = excluded.at
""")


async def consent(
    connection: AsyncConnection,
    person: Participant,
    program: Program,
    given: Consent,
    message: UUID | None,
    now: datetime,
) -> None:
    """Keep what was agreed to: the wording's version in clear, the words and the answer sealed."""
    row = new_id()
    evidence = {"shown": given.wording, "answer": given.answer}
    await connection.execute(
        _CONSENT,
        {
            "id": row,
            "participant_id": person.id,
            "program_id": program.id,
            "message_id": message,
            "kind": given.kind,
            "wording": wording(given.wording),
            "language": person.conversation.language if person.conversation else "en",
            "evidence": person.contacts.seal(evidence, "consents.evidence", row),
            "now": now,
        },
    )


async def enrol(
    connection: AsyncConnection,
    writes: Writes,
    person: Participant,
    program: Program,
    given: Enrol,
    now: datetime,
) -> None:
    """Give somebody their place and their first check-in."""
    chosen, row = given.settings, new_id()
    preferences = _preferences(person, row, {"contact": str(chosen["contact"])})
    group = program.groups.get(int(chosen["group"])) if "group" in chosen else None
    enrolment = Enrolment(
        id=row,
        program_id=program.id,
        state="active",
        language=str(chosen["language"]),
        zone=program.settings.zone,
        day=int(chosen["day"]),
        time=str(chosen["time"]),
        discreet=bool(chosen["discreet"]),
        frequency=str(chosen["frequency"]),
        express=bool(chosen["express"]),
    )
    await connection.execute(
        _ENROL,
        {
            "id": row,
            "participant_id": person.id,
            "program_id": program.id,
            "sender": person.sender,
            "language": enrolment.language,
            "zone": enrolment.zone,
            "day": enrolment.day,
            "time": enrolment.time,
            "discreet": enrolment.discreet,
            "frequency": enrolment.frequency,
            "express": enrolment.express,
            "group_id": group[0] if group else None,
            "preferences": preferences,
            "now": now,
        },
    )
    person.enrolment = enrolment
    person.preferences = preferences
    person.last = NONE_YET
    person.expect(appointments.plan_next(writes, program, enrolment, now))


def _preferences(person: Participant, enrolment: UUID, changed: Mapping[str, str]) -> bytes:
    """Seal what only the person may know they chose: whether to be called, by what, and their code for it."""
    return person.contacts.seal({**person.chosen, **changed}, "enrolments.preferences", enrolment)


_CHANGE = {
    name: text(f"update enrolments set {name} = :value where id = :id")  # noqa: S608  (a fixed list of columns)
    for name in ("language", "zone", "day", "time", "discreet", "frequency", "express", "preferences")
}
_QUIET = text("update enrolments set quiet_start = :start, quiet_end = :end where id = :id")
_SEALED = frozenset({"contact", "by", "pin"})
# Codes that did not match the one before say nothing of this one.
_NEW_CODE = text("update calls set wrong = 0 where participant_id = :id")
# What decides when the next check-in is due.
_WHEN = frozenset({"day", "time", "zone", "frequency"})


async def change(
    connection: AsyncConnection, writes: Writes, person: Participant, program: Program, given: Set, now: datetime
) -> None:
    """Change one setting of somebody who has joined; a new day, hour, zone or frequency moves the next check-in.

    So do quiet hours where check-ins are spread over minutes, for those minutes end where they begin.
    """
    enrolment = person.enrolment
    if enrolment is None:
        return
    if given.name == "quiet":
        await _change_quiet(connection, enrolment, str(given.value))
        if program.settings.spread_minutes:
            _plan_anew(writes, person, program, now)
        return
    column, value = (given.name, given.value)
    if given.name in _SEALED:
        column, value = "preferences", _preferences(person, enrolment.id, {given.name: str(given.value)})  # type: ignore[assignment]
        person.preferences = value  # type: ignore[assignment]
    else:
        before = enrolment.zone
        setattr(enrolment, given.name, given.value)
        if given.name == "zone" and enrolment.paused_until is not None and not person.opted_out:
            await _rest_elsewhere(
                connection, writes, person, program, local(enrolment.paused_until, before).date(), now
            )
    await connection.execute(_CHANGE[column], {"value": value, "id": enrolment.id})
    if given.name == "pin":
        await connection.execute(_NEW_CODE, {"id": person.id})
    if given.name in _WHEN:
        _plan_anew(writes, person, program, now)


def _plan_anew(writes: Writes, person: Participant, program: Program, now: datetime) -> None:
    if person.enrolment is not None and person.enrolment.state == "active" and not person.opted_out:
        appointments.replan(writes, person, program, now)


async def _change_quiet(connection: AsyncConnection, enrolment: Enrolment, hours: str) -> None:
    """Keep somebody's own quiet hours, or none for the program's."""
    start, _, end = hours.partition("-") if hours != PROGRAMS_HOURS else ("", "", "")
    enrolment.quiet = hours
    await connection.execute(_QUIET, {"start": start or None, "end": end or None, "id": enrolment.id})


async def opt(
    connection: AsyncConnection,
    writes: Writes,
    person: Participant,
    program: Program,
    given: OptOut | OptIn,
    now: datetime,
    real: datetime,
) -> None:
    """Obey STOP and START: what waits unasked is dropped, and comes back only with the person.

    `real` is kept, because a word found late is only obeyed if nothing newer was said.
    """
    out = isinstance(given, OptOut)
    came_back = person.opted_out and not out
    person.opted_out = out
    who = {"participant_id": person.id, "sender": person.sender}
    how = given.how if isinstance(given, OptOut) else "start"
    await connection.execute(_OPT, {**who, "opted_out": out, "how": how, "now": real})
    person.opted_at, person.opted_how = real, how
    if out:
        writes.drop_waiting(person.id, person.sender, "opted out", real)
        await follow_ups.stop(connection, person, now)
    enrolment = person.enrolment
    if enrolment is None:
        return
    if out:
        writes.cancel(enrolment.id, EVERY_KIND, None, "opted out", now)
        person.expect(None)
    elif came_back and enrolment.state == "paused":
        # STOP took the end of the rest off the table; who comes back by START has rested enough.
        await resume(connection, writes, person, program, now, after=now)
    elif came_back and enrolment.state == "active":
        appointments.plan_again(writes, person, program, now)


async def pause(
    connection: AsyncConnection,
    writes: Writes,
    person: Participant,
    program: Program,
    given: Pause | Resume,
    now: datetime,
) -> None:
    """Rest until a date, or end the rest."""
    enrolment = person.enrolment
    if enrolment is None:
        return
    if isinstance(given, Resume):
        # In an outage a rest may be over without anybody having ended it.
        await resume(connection, writes, person, program, now, after=min(now, enrolment.paused_until or now))
        return
    writes.cancel(enrolment.id, EVERY_KIND, None, "paused", now)
    await _rest(connection, writes, enrolment, given.until)
    person.expect(None)


async def _rest(connection: AsyncConnection, writes: Writes, enrolment: Enrolment, until: date) -> None:
    """Have check-ins come again once a day begins where the person is."""
    due = at_local(until, "00:00", enrolment.zone)
    enrolment.state, enrolment.paused_until = "paused", due
    await connection.execute(
        text("update enrolments set state = 'paused', paused_until = :until where id = :id"),
        {"until": due, "id": enrolment.id},
    )
    appointments.add(writes, enrolment.id, [("resume", until, due)])


async def _rest_elsewhere(
    connection: AsyncConnection, writes: Writes, person: Participant, program: Program, until: date, now: datetime
) -> None:
    """Have a rest end as its day begins in another zone; where it has begun at once, and nothing of before comes."""
    enrolment = person.enrolment
    assert enrolment is not None
    assert enrolment.paused_until is not None
    if at_local(until, "00:00", enrolment.zone) <= now < enrolment.paused_until:
        await resume(connection, writes, person, program, now, after=now)
        return
    writes.cancel(enrolment.id, ("resume",), None, "the day or hour was changed", now)
    await _rest(connection, writes, enrolment, until)


async def resume(
    connection: AsyncConnection,
    writes: Writes,
    person: Participant,
    program: Program,
    now: datetime,
    *,
    after: datetime,
) -> None:
    """Take up the weekly check-ins again, with the first after a moment: when the rest ended, or now."""
    enrolment = person.enrolment
    assert enrolment is not None
    enrolment.state, enrolment.paused_until = "active", None
    await connection.execute(
        text("update enrolments set state = 'active', paused_until = null where id = :id"),
        {"id": enrolment.id},
    )
    writes.cancel(enrolment.id, ("resume",), None, "resumed", now)
    appointments.plan_again(writes, person, program, after)
