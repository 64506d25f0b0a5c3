"""After a schedule was saved: the next check-in of everybody in the program, by the rule as it is now.

In batches of their own transaction, in the order of ids, so many people a tick; the next tick goes on from there. What
is right already is not written again, so a pass may begin anew at any time, as it does in another process. Whoever is
busy elsewhere is left for another pass, and until then the program counts as not planned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Last
from sms_service import appointments, programs
from sms_service.batches import unavailable
from sms_service.participants import Enrolment, quiet_of
from sms_service.programs import Program
from sms_service.runtime import Runtime
from sms_service.store import people
from sms_service.store.writes import Writes

log = structlog.get_logger()

_MOST = 500
_A_TICK = 20_000
_NOBODY = UUID(int=0)

_CHANGED = text("select id from programs where version > planned_version order by id")
_NEXT = text("""
    select id, participant_id from enrolments
    where program_id = :program and state = 'active' and id > :after order by id limit :most
""")
# Read after the lock, in a statement of its own, so that what was just committed is seen.
_READ = text("""
    select e.id, e.program_id, e.state, e.language, e.zone, e.day, e.time, e.discreet, e.frequency, e.express, e.faded,
        e.quiet_start, e.quiet_end,
        a.id as planned, a.occasion, a.due_at, l.due as last_due, l.occasion as last_occasion,
        l.came as last_came
    from unnest(cast(:ids as uuid[])) as k (id)
    join lateral (select * from enrolments where id = k.id offset 0) e on e.state = 'active'
    left join lateral (
        select opted_out from opt_outs where participant_id = e.participant_id and sender = e.sender offset 0
    ) o on true
    left join lateral (
        select id, occasion, due_at from (
            select id, occasion, due_at, state from appointments
            where enrolment_id = e.id and kind = 'check-in' offset 0
        ) own where state = 'due' order by due_at limit 1
    ) a on true
    left join lateral (
        select max(due_at) as due, max(occasion) as occasion, max(settled_at) filter (where state = 'done') as came
        from appointments
        where enrolment_id = e.id and kind = 'check-in' and state in ('done', 'dropped')
    ) l on true
    where not coalesce(o.opted_out, false)
""")
_CANCEL = text("""
    update appointments set state = 'cancelled', reason = 'the schedule was changed', settled_at = :now
    where id = any(:ids) and state = 'due'
""")
_PLANNED = text("update programs set planned_version = :version where id = :id and planned_version < :version")


@dataclass(slots=True)
class _Pass:
    """How far one version of a program was planned for its people; whether nobody was left out so far."""

    after: UUID = _NOBODY
    complete: bool = True


_passes: dict[tuple[UUID, int], _Pass] = {}


async def follow(rt: Runtime, most: int = _A_TICK) -> None:
    """Have people's next check-ins follow the schedules saved since they were planned: so many people's at most."""
    async with rt.begin() as (connection, _):
        ids = set((await connection.execute(_CHANGED)).scalars())
        changed = [program for program in await programs.load(connection) if program.id in ids] if ids else []
    known = {(program.id, program.version) for program in changed}
    for key in [key for key in _passes if key not in known]:
        del _passes[key]
    for n, program in enumerate(changed):
        begun = _passes.setdefault((program.id, program.version), _Pass())
        try:
            # What one program leaves of its share is the next one's.
            share = max(1, most // (len(changed) - n))
            most += await _follow(rt, program, begun, share) - share
        except Exception as error:
            if unavailable(error):
                raise
            # Those it failed for are looked at again as they open; the next tick goes on with the others.
            log.error("replanning.failed", program=program.slug, error=type(error).__name__)


async def _follow(rt: Runtime, program: Program, begun: _Pass, most: int) -> int:
    """Go on with a program's people, at most so many of them; return for how many more there is time."""
    while most > 0:
        async with rt.begin() as (connection, now):
            values = {"program": program.id, "after": begun.after, "most": min(most, _MOST)}
            rows = (await connection.execute(_NEXT, values)).all()
            if not rows:
                _passes.pop((program.id, program.version), None)
                if begun.complete:
                    await connection.execute(_PLANNED, {"id": program.id, "version": program.version})
                return most
            # Whatever becomes of this batch, the next goes on after it; if it fails there is another pass.
            complete, begun.after, begun.complete = begun.complete, rows[-1].id, False
            most -= len(rows)
            locked = await people.lock_ids(connection, [row.participant_id for row in rows])
            mine = [row.id for row in rows if row.participant_id in locked]
            await _plan(connection, program, mine, now)
        begun.complete = complete and len(mine) == len(rows)
    return most


async def _plan(connection: AsyncConnection, program: Program, ids: list[UUID], now: datetime) -> None:
    writes, moved, cancelled = Writes(), [], []
    for row in (await connection.execute(_READ, {"ids": ids})).all():
        # One that is due this minute is looked at again as it opens.
        if row.due_at is not None and row.due_at <= now:
            continue
        place = enrolment(row)
        # By the rule as it is now it would have come already: it comes when its person was told, not a week later.
        if row.occasion is not None and appointments.would_have_come(program, place, row.occasion, now):
            continue
        found = appointments.anew(program, place, Last(row.last_due, row.last_occasion, row.last_came), now)
        if found is not None and found.occasion == row.occasion:
            if found.due != row.due_at:
                moved.append((row.id, found))
            continue
        if row.planned is not None:
            cancelled.append(row.planned)
        appointments.expect(writes, row.id, found)
    await appointments.move(connection, moved)
    await connection.execute(_CANCEL, {"ids": cancelled, "now": now})
    await writes.flush(connection)


def enrolment(row: Row[Any]) -> Enrolment:
    """Return somebody's place in a program as it was read."""
    return Enrolment(
        id=row.id,
        program_id=row.program_id,
        state=row.state,
        language=row.language,
        zone=row.zone,
        day=row.day,
        time=row.time,
        discreet=row.discreet,
        frequency=row.frequency,
        express=row.express,
        quiet=quiet_of(row),
        faded=row.faded,
    )
