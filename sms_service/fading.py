"""Asking less often where nobody answers, so that silence is not nagged at; one text from the person ends it.

That somebody faded tells how they are, so no page, figure or reason ever says it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import appointments, on_its_way
from sms_service.participants import Participant
from sms_service.programs import Program
from sms_service.store.writes import Writes

_WEEK = timedelta(days=7)
_REASON = "planned anew"
# Numbers are given to other people: after so long without a word nothing personal is said before somebody confirms.
_LONG = timedelta(days=60)
_LONGEST_MONTH, _RARELY = 5, 4  # weeks

# Which check-ins went out since then. That one is done only says that it was put in the outbox.
_ASKED = text(f"""
    select count(*) from (
        select id, due_at from appointments
        where enrolment_id = :enrolment and kind = 'check-in' and state = 'done' and due_at > :heard offset 0
    ) c where exists (select from ({on_its_way.LED_TO}) one where one.out)
""")  # noqa: S608  (no values)
_FADED = text("update enrolments set faded = :faded where id = :id")


def silent(person: Participant) -> bool:
    """Whether a check-in is open that has no answer yet."""
    return person.occasion is not None and not person.check_in


def in_doubt(person: Participant, program: Program, now: datetime) -> bool:
    """Whether it has to be asked first whose the number is: it was silent for long, and longer than the program was."""
    assert person.enrolment is not None
    weeks = _LONGEST_MONTH if program.settings.month_week else program.settings.every_weeks
    turn = max(weeks, _RARELY) if person.enrolment.frequency == "monthly" else weeks
    return now - person.heard_at >= max(_LONG, (turn + 1) * _WEEK)


async def fade(connection: AsyncConnection, person: Participant, program: Program, now: datetime) -> bool:
    """Ask somebody once in four weeks if nothing came from them since the first of their last few check-ins.

    Only those that went out count: silence on our side is not theirs.
    """
    enrolment, weeks = person.enrolment, program.settings.fade_after
    if enrolment is None or not weeks or enrolment.faded or enrolment.frequency != "weekly":
        return False
    # Whoever wrote lately need not be looked up.
    if now - person.heard_at < (weeks - 1) * _WEEK:
        return False
    often = 1 + (len(program.settings.also_days) if enrolment.day == program.settings.day else 0)
    asked = (await connection.execute(_ASKED, {"enrolment": enrolment.id, "heard": person.heard_at})).scalar_one()
    if asked < weeks * often:
        return False
    enrolment.faded = True
    await _keep(connection, enrolment.id, faded=True)
    return True


def plan(writes: Writes, person: Participant, program: Program, now: datetime) -> None:
    """Plan the next check-in for how often somebody is asked now."""
    appointments.replan(writes, person, program, now, _REASON)


async def wake_first(connection: AsyncConnection, person: Participant, program: Program, now: datetime) -> None:
    """Wake somebody before their text is heard: the answer may name their next check-in, or count for it."""
    writes = Writes()
    await wake(connection, writes, person, program, now)
    await writes.flush(connection)


async def wake(
    connection: AsyncConnection, writes: Writes, person: Participant, program: Program, now: datetime
) -> None:
    """Ask somebody who writes again as often as before."""
    enrolment = person.enrolment
    if enrolment is None or not enrolment.faded:
        return
    enrolment.faded = False
    await _keep(connection, enrolment.id, faded=False)
    if enrolment.state == "active" and not person.opted_out:
        plan(writes, person, program, now)


async def _keep(connection: AsyncConnection, enrolment: UUID, *, faded: bool) -> None:
    await connection.execute(_FADED, {"id": enrolment, "faded": faded})
