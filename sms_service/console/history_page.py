"""The settings of a program as they were, and putting them back by the same rules as any other change."""

from __future__ import annotations

from datetime import UTC

from starlette.responses import RedirectResponse, Response

from flows.schedule import clock, local, short_date
from sms_service import history
from sms_service.console import proposed_page, sessions, setting_words
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.visit import Visit
from sms_service.history import Version
from sms_service.programs import Program, ProgramError
from sms_service.translation import Word


async def show(visit: Visit) -> Response:
    """Return the versions, the newest first, each with what it changed."""
    return await _page(visit, await visit.program())


async def put_back(visit: Visit, form: Form) -> Response:
    """Put a version back, or say what stands in its way."""
    program = await visit.program()
    wanted = form.get("put_back", "")
    if form.get("version") != str(program.version):
        return await _moved_on(visit, program)
    try:
        version = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= 9 else 0
        done = await history.put_back(visit.connection, program, version, visit.now, visit.session.staff_id)
    except ProgramError as error:
        return await _page(visit, program, fault=error.message, status=422)
    if done is None:
        return await _moved_on(visit, await visit.program())
    await visit.note("program.put-back", program.id, str(version))
    await proposed_page.note(visit, program, done)
    await proposed_page.note_words(visit, program, await visit.program())
    return RedirectResponse(f"/console/programs/{program.slug}/versions", 303)


def _changes(one: Version, before: Version) -> list[Word]:
    """Return what a version changed. Of keywords and groups only where both versions have kept theirs."""
    own = setting_words.changes(before.settings, one.settings)
    if one.words is None or before.words is None:
        return own
    return own + setting_words.words(before.words.keywords, before.words.groups, one.words.keywords, one.words.groups)


async def _moved_on(visit: Visit, program: Program) -> Response:
    """Say that what was to be put back, or undone, was chosen before the last change."""
    why = visit.say("Somebody else changed the program just now. Look at what they did, and choose again.")
    return await _page(visit, program, fault=why, status=409)


async def _page(visit: Visit, program: Program, *, fault: str = "", status: int = 200) -> Response:
    found = await history.versions(visit.connection, program)
    zone = program.settings.zone
    rows = [
        {
            "number": one.number,
            "at": f"{short_date(at.date(), visit.language)} {at.year}, {clock(f'{at:%H:%M}', visit.language)}",
            "by": one.by,
            "changes": _changes(one, one.before) if one.before else [],
            "first": one.before is None,
        }
        for one in found
        for at in [local(one.at.astimezone(UTC), zone)]
    ]
    may_edit = visit.session.roles[program.id] in sessions.EDITORS
    return visit.show(
        "versions.html",
        status=status,
        program=program,
        rows=rows,
        seen=program.version,
        may_edit=may_edit,
        fault=fault,
    )


ADDRESS = "/console/programs/{slug}/versions"
PAGES = (
    Page(ADDRESS, "GET", show, sessions.READERS),
    Page(ADDRESS, "POST", put_back, sessions.EDITORS),
)
