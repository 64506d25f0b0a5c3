"""How often one member of staff may look up or take out a number: too seldom to try a list of colleagues."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from sms_service.console.visit import Visit
from sms_service.programs import Program

A_DAY = 10
LOOKED_UP, REMOVED, CHANGED = "fault.looked_up", "person.removed", "person.moved"
"""What the audit log calls it. Whom it concerned is not in it."""
_ACTS = {LOOKED_UP: [LOOKED_UP], REMOVED: [REMOVED, CHANGED], CHANGED: [REMOVED, CHANGED]}

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:who, 0))")
_COUNT = text("""
    select count(*) from audit
    where program_id = any(:programs) and staff_id = :staff and act = any(:acts) and at > :since
""")


async def may(visit: Visit, program: Program, act: str) -> bool:
    """Whether this is one of the visitor's first ten of the day; if so it is noted, and counts."""
    staff = visit.session.staff_id
    # Several at once are counted one after the other: what is noted is written in the same transaction.
    # Acts that count together wait for each other, too.
    await visit.connection.execute(_LOCK, {"who": f"{staff}:{min(_ACTS[act])}"})
    since = visit.rt.real() - timedelta(days=1)
    values = {"programs": list(visit.session.roles), "staff": staff, "acts": _ACTS[act], "since": since}
    if (await visit.connection.execute(_COUNT, values)).scalar_one() >= A_DAY:
        return False
    await visit.note(act, program.id)
    return True
