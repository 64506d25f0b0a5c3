"""What a program is called and reached by; and removing a draft, with a page that asks first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import RedirectResponse, Response

from sms_service import program_identity, staff
from sms_service.console import new_program_page, sessions
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.schedule_page import version_seen
from sms_service.console.visit import Visit
from sms_service.programs import Program, ProgramError

ADDRESS = "/console/programs/{slug}/identity"
REMOVE = "/console/programs/{slug}/remove"


async def show(visit: Visit) -> Response:
    """Return name, address and number."""
    program = await visit.program()
    return _page(visit, program, _stored(program), seen=program.version)


async def save(visit: Visit, form: Form) -> Response:
    """Store them, or say what stands in the way."""
    program = await visit.program()
    typed = {field: form.get(field, was).strip() for field, was in _stored(program).items()}
    seen = version_seen(form, program)
    try:
        stored = await program_identity.change(visit.connection, replace(program, version=seen), **typed)
    except ProgramError as error:
        return _page(visit, program, typed, seen=seen, faults={error.field: error.message}, status=422)
    if not stored:
        return _page(visit, program, typed, seen=program.version, conflict=True, status=409)
    await visit.note("program.renamed", program.id)
    return RedirectResponse(f"/console/programs/{typed['slug']}/settings", 303)


async def ask(visit: Visit) -> Response:
    """Return what removing a draft takes away, or why it can't be removed."""
    program = await visit.program()
    kept = program.state != "draft" or await program_identity.had_anybody(visit.connection, program)
    return visit.show("remove_program.html", program=program, kept=kept, fault="")


async def remove(visit: Visit, form: Form) -> Response:
    """Remove a draft, if whoever asks has typed its address."""
    program = await visit.program()
    try:
        if form.get("slug", "").strip() != program.slug:
            raise ProgramError("slug", visit.say("Type the address of the draft to show that you mean this one."))
        await program_identity.remove(visit.connection, program)
    except ProgramError as error:
        return visit.show("remove_program.html", status=422, program=program, kept=False, fault=error.message)
    if visit.session.roles[program.id] in sessions.ADMINISTRATORS and len(visit.session.roles) == 1:
        await staff.let_begin(visit.connection, visit.session.staff_id)
    await visit.note("program.removed", program.id)
    return RedirectResponse("/console/programs", 303)


def _stored(program: Program) -> dict[str, str]:
    return {"name": program.name, "slug": program.slug, "number": program.sender}


def _page(
    visit: Visit,
    program: Program,
    typed: Mapping[str, str],
    *,
    seen: int,
    faults: Mapping[str, str] | None = None,
    conflict: bool = False,
    status: int = 200,
) -> Response:
    names = new_program_page.names(visit)
    return visit.show(
        "identity.html",
        status=status,
        program=program,
        typed=typed,
        faults=faults or {},
        names=names,
        seen=seen,
        conflict=conflict,
    )


PAGES = (
    Page(ADDRESS, "GET", show, sessions.EDITORS),
    Page(ADDRESS, "POST", save, sessions.EDITORS),
    Page(REMOVE, "GET", ask, sessions.EDITORS),
    Page(REMOVE, "POST", remove, sessions.EDITORS),
)
