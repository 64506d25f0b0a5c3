"""What could not be kept through a fault of ours: when it is tried again, and when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import appointments, keeping, programs, replanning
from sms_service.runtime import Runtime
from sms_service.store import people
from sms_service.store.writes import Writes

log = structlog.get_logger()

# Most faults are mended within the hour or not at all; then it is tried each hour for as long as it is of use.
_SOON, _OFTEN, _PUT_OFF = timedelta(minutes=10), 6, timedelta(hours=1)
# So many tries of what ends something are told, a day or so: it is never given up.
_TOLD = 30

_WHOSE = text("""
    select e.participant_id from appointments a join enrolments e on e.id = a.enrolment_id where a.id = :id
""")
# `due_at` stays as planned: what comes late is late, and no hour that anybody chose.
_FAILED = text("""
    select a.id as appointment, a.kind, a.occasion, a.due_at, a.tries, c.due_at as opened, e.*
    from appointments a join enrolments e on e.id = a.enrolment_id
    left join appointments c on c.enrolment_id = a.enrolment_id and c.kind = 'check-in' and c.occasion = a.occasion
    where a.id = :id and a.state = 'due' and coalesce(a.try_at, a.due_at) <= :now for update of a skip locked
""")
_LATER = text("update appointments set try_at = :at, tries = tries + 1 where id = :id")
# What fails for one person alone is told for an hour: longer, and it would drown what happens to everybody.
_WAITING = text(f"""
    select count(*) as failed,
        coalesce(bool_or(tries <= {_OFTEN}), false)
            or count(distinct enrolment_id) filter (where tries <= {_TOLD} or kind <> all(:endless)) > 1 as told
    from appointments where state = 'due' and tries > 0
""")  # noqa: S608  (numbers of ours)


class NothingKeptError(RuntimeError):
    """Of what is due nothing could be kept, and some of it failed."""


async def put_off(rt: Runtime, appointment: UUID) -> None:
    """Try a failed appointment again later, or give it up: then the next check-in is planned without it.

    Whose person is busy elsewhere stays as it is, and is tried in the next minute.
    """
    async with rt.begin() as (connection, now):
        # What follows depends on the day and hour they chose, which a text may be about to change.
        whose = (await connection.execute(_WHOSE, {"id": appointment})).scalars().all()
        if not await people.lock_ids(connection, whose):
            return
        row = (await connection.execute(_FAILED, {"id": appointment, "now": now})).one_or_none()
        if row is not None and not await _given_up(connection, row, now):
            at = now + (_SOON if row.tries < _OFTEN else _PUT_OFF)
            await connection.execute(_LATER, {"id": row.appointment, "at": at})


async def _given_up(connection: AsyncConnection, row: Row[Any], now: datetime) -> bool:
    """Drop an appointment that is of no use any more, unless what follows it cannot be planned either."""
    writes = Writes()
    try:
        known = {program.id: program for program in await programs.load(connection)}
        program, place = known[row.program_id], replanning.enrolment(row)
        until = keeping.of_use_until(program, place, row)
        if until is None or until > now:
            return False
        if row.kind == "check-in" and row.state == "active":
            appointments.plan_following(writes, program, place, row.occasion, row.due_at)
    except Exception as error:  # noqa: BLE001  (whatever it is, the check-ins must not end with it)
        log.error("appointment.nothing_follows", error=type(error).__name__)
        return False
    writes.settle(row.appointment, "dropped", "it could not be worked out", now)
    await writes.flush(connection)
    return True


async def waiting(connection: AsyncConnection) -> int:
    """Return how many appointments failed and wait to be tried again."""
    return int((await connection.execute(_WAITING, {"endless": list(keeping.ENDLESS)})).one().failed)


async def look(rt: Runtime) -> int:
    """Raise NothingKeptError if something failed and waits. To be asked where a tick kept nothing."""
    async with rt.begin() as (connection, _):
        found = (await connection.execute(_WAITING, {"endless": list(keeping.ENDLESS)})).one()
    if found.told:
        raise NothingKeptError("appointments failed, and none was kept since")
    return 0
