"""Pausing a program for everybody, and ending that."""

from __future__ import annotations

from datetime import date

from starlette.responses import RedirectResponse, Response

from flows.schedule import short_date
from sms_service import program_pauses
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.sessions import EDITORS
from sms_service.console.visit import Visit
from sms_service.program_checks import OPEN_END, read_date
from sms_service.programs import Program, ProgramError

ADDRESS = "/console/programs/{slug}/pause"


async def show(visit: Visit) -> Response:
    """Return what a pause does, and the button for it."""
    return _page(visit, await visit.program(), {}, "")


async def change(visit: Visit, form: Form) -> Response:
    """Pause the program, or end its pause."""
    program, staff = await visit.program(), visit.session.staff_id
    try:
        if "end" in form:
            await program_pauses.end(visit.connection, program, visit.now, staff)
        else:
            until = read_date("until", form.get("until", "").strip())
            await program_pauses.begin(visit.connection, program, until, visit.now, staff)
    except ProgramError as error:
        return _page(visit, program, form, error.message)
    await visit.note("program.resumed" if "end" in form else "program.paused", program.id)
    return RedirectResponse(f"/console/programs/{program.slug}", 303)


def said(visit: Visit, program: Program) -> str:
    """Say that a program is paused and until when, or nothing."""
    if not program_pauses.holds(program.settings, visit.now):
        return ""
    if program.settings.paused_until == OPEN_END:
        return visit.say("This program is paused until somebody ends the pause.")
    day = short_date(date.fromisoformat(program.settings.paused_until), visit.language)
    return visit.say("This program is paused. Check-ins come again from %(day)s on.", day=day)


def _page(visit: Visit, program: Program, typed: Form, fault: str) -> Response:
    return visit.show(
        "pause.html",
        status=422 if fault else 200,
        program=program,
        paused=said(visit, program),
        typed=typed,
        faults={"until": visit.say(fault)} if fault else {},
    )


PAGES = (
    Page(ADDRESS, "GET", show, EDITORS),
    Page(ADDRESS, "POST", change, EDITORS),
)
