"""The answers of one check-in, and the person's own weeks that they become part of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from flows import CloseCheckIn, Library, Week, answered_before
from sms_service import appointments
from sms_service.participants import Participant
from sms_service.programs import Program
from sms_service.store.writes import Writes

_HISTORY_WEEKS = 57  # thirteen months


def check_in_id(enrolment: UUID, occasion: object) -> UUID:
    """Return a check-in's id, made of what there is only one of, so that its sealed answers can be written over."""
    return uuid5(enrolment, f"check-in {occasion}")


def keep(writes: Writes, person: Participant, library: Library, now: datetime, *, closed: bool) -> None:
    """Write the answers of the check-in under way. One that nobody answered keeps none."""
    if person.enrolment is None or person.occasion is None:
        return
    row = check_in_id(person.enrolment.id, person.occasion)
    answers = dict(person.check_in)
    writes.check_ins[(person.enrolment.id, person.occasion)] = {
        "id": row,
        "enrolment_id": person.enrolment.id,
        "occasion": person.occasion,
        "flow_digest": library.digest,
        "answers": person.answers.seal(answers, "check_ins.answers", row),
        "opened_at": now,
        "closed_at": now if closed else None,
    }


def remember_week(writes: Writes, person: Participant, week: Week) -> None:
    """Add a week to the person's own history, or replace what was there for its occasion."""
    key = str(person.occasion)
    weeks = [one for one in person.history if one.get("occasion") != key]
    before = next((one for one in person.history if one.get("occasion") == key), {})
    number = before.get("n", answered_before(weeks) + 1)
    weeks.append({**before, "occasion": key, "n": number, **week})
    person.replace_history(sorted(weeks, key=lambda one: str(one["occasion"]))[-_HISTORY_WEEKS:])
    writes.history[person.id] = person.answers.seal(person.history, "participants.history", person.id)


def open_occasion(writes: Writes, person: Participant, program: Program, now: datetime) -> None:
    """Find what a check-in that the person started counts for, once, at its first answer."""
    if person.occasion is None and person.enrolment is not None:
        appointments.fill(writes, person, program, now)


def close(
    writes: Writes,
    person: Participant,
    program: Program,
    library: Library,
    effect: CloseCheckIn,
    now: datetime,
) -> None:
    if effect.week is not None:
        open_occasion(writes, person, program, now)
    if person.occasion is None:
        return
    keep(writes, person, library, now, closed=True)
    if effect.week is not None:
        remember_week(writes, person, effect.week)
    appointments.cancel(writes, person, appointments.OF_AN_OCCASION, now)
    person.check_in.clear()
    person.occasion = None
