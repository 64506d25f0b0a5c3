"""What support leads see: which calls wait, by their times alone, and one call with whom to ring once it is theirs.

Nobody else finds anything here, and no page of theirs says what was written, by whom, or how the calls of others went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from flows.schedule import clock, local, short_date
from sms_service import follow_ups, leads, programs
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.sessions import LEADS
from sms_service.console.visit import Visit
from sms_service.follow_ups import OUTCOMES, Call, Reader
from sms_service.html import MissingPageError
from sms_service.pages import written
from sms_service.programs import Program
from sms_service.staff import SUPPORT_LEAD

ADDRESS = "/console/calls"


@dataclass(frozen=True, slots=True)
class Shown:
    """A call in words. `whose` is "open", "yours" or "another's"."""

    id: UUID
    program: str
    promised: str
    asked: str
    whose: str
    late: bool


async def listing(visit: Visit) -> Response:
    """Return the calls under way, the soonest promise first."""
    who, known = await _reader(visit)
    calls = await follow_ups.seen(visit.connection, who)
    shown = [_shown(visit, known[call.program_id], call) for call in calls]
    return visit.show("calls.html", section="calls", calls=shown, several=len(known) > 1)


async def one(visit: Visit, *, done: str = "", fault: str = "", status: int = 200) -> Response:
    """Return one call; with the number, once it is taken, to whoever took it. Each showing is written down."""
    who, known = await _reader(visit)
    call = await _find(visit, who)
    program = known[call.program_id]
    mine = call.taken_by == who.staff_id
    callee = None
    if mine and call.state == "taken":
        callee = await follow_ups.callee(visit.rt, visit.connection, who, call.id, visit.now)
        await visit.note("number.read", program.id, str(call.id))
    own = next((leads.opened(visit.rt.vault, lead) for lead in program.leads if lead.staff_id == who.staff_id), None)
    return visit.show(
        "call.html",
        status=status,
        section="calls",
        call=_shown(visit, program, call),
        state=call.state,
        mine=mine,
        callee=callee,
        number=written(callee.number) if callee else "",
        there=_clock(visit.now, callee.zone, visit.language) if callee else "",
        own=own,
        own_number=written(own.phone) if own else "",
        outcomes=OUTCOMES,
        done=done,
        fault=fault,
    )


async def take(visit: Visit, form: Form) -> Response:
    """Take a call."""
    del form  # nothing in it but the proof
    who, _ = await _reader(visit)
    call = await _find(visit, who)
    if await follow_ups.take(visit.connection, who, call.id, visit.now) or call.taken_by == who.staff_id:
        await visit.note("call.taken", call.program_id, str(call.id))
        return RedirectResponse(f"{ADDRESS}/{call.id}", 303)
    return await one(
        visit,
        fault=visit.say("Another support lead has taken this call, so there is nothing for you to do."),
        status=409,
    )


async def close(visit: Visit, form: Form) -> Response:
    """Close a call with how it went, a choice of five."""
    who, _ = await _reader(visit)
    call = await _find(visit, who)
    outcome = form.get("outcome", "")
    if call.taken_by == who.staff_id and outcome not in OUTCOMES:
        return await one(visit, fault=visit.say("Nothing was closed. Choose how the call went."), status=422)
    if await follow_ups.close(visit.rt, visit.connection, who, call.id, outcome, visit.now):
        await visit.note("call.closed", call.program_id, str(call.id))
        return RedirectResponse(ADDRESS, 303)
    return await one(visit, fault=visit.say("Nothing was closed: this call is not yours to close."), status=409)


async def _reader(visit: Visit) -> tuple[Reader, Mapping[UUID, Program]]:
    """Return who reads, and the programs they call for. Raises MissingPageError for everybody else."""
    mine = [program for program, role in visit.session.roles.items() if role == SUPPORT_LEAD]
    if not mine:
        raise MissingPageError(visit.request.url.path)
    known = {program.id: program for program in await programs.load(visit.connection) if program.id in mine}
    return Reader(visit.session.staff_id, mine), known


async def _find(visit: Visit, who: Reader) -> Call:
    try:
        wanted = UUID(visit.request.path_params["call"])
    except ValueError:
        raise MissingPageError(visit.request.url.path) from None
    for call in await follow_ups.seen(visit.connection, who, wanted):
        return call
    raise MissingPageError(visit.request.url.path)


def _shown(visit: Visit, program: Program, call: Call) -> Shown:
    me = visit.session.staff_id
    zone = next((lead.zone for lead in program.leads if lead.staff_id == me), program.settings.zone)
    whose = {None: "open", me: "yours"}.get(call.taken_by, "another's")
    return Shown(
        call.id,
        program.settings.short_name,
        _when(call.promised_by, zone, visit.language),
        _when(call.opened_at, zone, visit.language),
        "open" if call.state == "open" else whose,
        call.promised_by < visit.now,
    )


def _when(at: datetime, zone: str, language: str) -> str:
    return f"{short_date(local(at, zone).date(), language)}, {_clock(at, zone, language)}"


def _clock(at: datetime, zone: str, language: str) -> str:
    return clock(f"{local(at, zone):%H:%M}", language)


_CALL = ADDRESS + "/{call}"
PAGES = (
    Page(ADDRESS, "GET", listing, LEADS),
    Page(_CALL, "GET", one, LEADS),
    Page(_CALL + "/take", "POST", take, LEADS),
    Page(_CALL + "/close", "POST", close, LEADS),
)
