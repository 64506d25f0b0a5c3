"""Numbers and links that wait for a second person: shown with the settings, confirmed or dropped there."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from starlette.responses import RedirectResponse, Response

from flows.schedule import clock, local, short_date
from sms_service import programs, proposals
from sms_service.console import sessions
from sms_service.console.door import Page
from sms_service.console.forms import Form, FormError
from sms_service.console.setting_words import NAMES
from sms_service.console.visit import Visit
from sms_service.program_settings import ProgramSettings
from sms_service.programs import Program, ProgramError

ADDRESS = "/console/programs/{slug}/settings/proposed"
DONE = ("confirmed", "dropped")
"""What the settings say of it afterwards."""


async def decide(visit: Visit, form: Form) -> Response:
    """Confirm what somebody else proposed, or drop it."""
    program = await visit.program()
    try:
        if "drop" in form:
            done, field = "dropped", (await proposals.drop(visit.connection, program.id, form["drop"])).field
        else:
            done, wanted, staff = "confirmed", form.get("confirm", ""), visit.session.staff_id
            found = await programs.confirm(visit.connection, program, wanted, visit.now, staff)
            if found is None:
                raise ProgramError("proposed", "somebody else changed the program just now; look at it again")
            field = found
    except ProgramError as error:
        raise FormError(409, error.message) from None
    await visit.note(f"change.{done}", program.id, field)
    return RedirectResponse(f"/console/programs/{program.slug}/settings?done={done}", 303)


async def note(visit: Visit, program: Program, settings: ProgramSettings) -> bool:
    """Write into the log what of new settings over a program's waits now; whether anything does."""
    waits = proposals.held(program.settings, settings) if program.state == "live" else {}
    for field in waits:
        await visit.note("change.proposed", program.id, field)
    return bool(waits)


async def note_words(visit: Visit, old: Program, new: Program) -> None:
    """Write into the log which keywords were added and taken away, and that groups are others."""
    for act, words in (
        ("added", set(new.keywords) - set(old.keywords)),
        ("removed", set(old.keywords) - set(new.keywords)),
    ):
        for word in sorted(words):
            await visit.note(f"keyword.{act}", new.id, word)
    if old.labels != new.labels:
        await visit.note("groups.changed", new.id, str(len(new.labels)))


async def rows(visit: Visit, program: Program) -> list[dict[str, Any]]:
    """Return what waits, as the page of the settings shows it."""
    return [
        {
            "id": str(one.id),
            "name": NAMES[one.field],
            "value": one.value,
            "was": getattr(program.settings, one.field),
            "by": one.name,
            "at": f"{short_date(at.date(), visit.language)}, {clock(f'{at:%H:%M}', visit.language)}",
            "own": one.by == visit.session.staff_id,
        }
        for one in await proposals.waiting(visit.connection, program.id)
        for at in [local(one.at.astimezone(UTC), program.settings.zone)]
    ]


PAGES = (Page(ADDRESS, "POST", decide, sessions.EDITORS),)
