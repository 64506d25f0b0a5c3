"""How often a number may be looked up or taken out, by one member of staff and in one program by all of them: too
seldom to try a list of colleagues.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from sms_service.console.visit import Visit
from sms_service.programs import Program

A_DAY, A_DAY_BY_ALL = 10, 20
LOOKED_UP, REMOVED, CHANGED = "fault.looked_up", "person.removed", "person.moved"
"""What the audit log calls it. Whom it concerned is not in it."""
_ACTS = {LOOKED_UP: [LOOKED_UP], REMOVED: [REMOVED, CHANGED], CHANGED: [REMOVED, CHANGED]}

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:who, 0))")
_COUNT = text("""
    select count(*) filter (where staff_id = :staff) as own, count(*) filter (where program_id = :program) as by_all
    from audit where program_id = any(:programs) and act = any(:acts) and at > :since
""")


async def may(visit: Visit, program: Program, act: str) -> bool:
    """Whether this is one of the visitor's first of the day, and of the program's; if so it is noted, and counts."""
    staff = visit.session.staff_id
    # Several at once are counted one after the other: what is noted is written in the same transaction.
    # Acts that count together wait for each other, too.
    for who in (staff, program.id):
        await visit.connection.execute(_LOCK, {"who": f"{who}:{min(_ACTS[act])}"})
    since = visit.rt.real() - timedelta(days=1)
    values = {"programs": list(visit.session.roles), "program": program.id, "staff": staff}
    values |= {"acts": _ACTS[act], "since": since}
    counted = (await visit.connection.execute(_COUNT, values)).one()
    if counted.own >= A_DAY or counted.by_all >= A_DAY_BY_ALL:
        return False
    await visit.note(act, program.id)
    return True
