"""What a draft waits for: each item with who does it, how long it takes and how it stands; and going live."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from flows.schedule import clock, local, short_date
from sms_service import go_live, test_texts
from sms_service.console import sessions
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.visit import Visit
from sms_service.programs import Program, ProgramError

ADDRESS = "/console/programs/{slug}/go-live"


async def show(visit: Visit) -> Response:
    """Return the list."""
    return await _page(visit, await visit.program())


async def vouch(visit: Visit, form: Form) -> Response:
    """Confirm an item, or take a confirmation back."""
    program = await visit.program()
    try:
        if "take_back" in form:
            item = form["take_back"]
            if await go_live.take_back(visit.connection, program, item):
                await visit.note("go-live.taken-back", program.id, item)
        else:
            item = form.get("confirm", "")
            await go_live.confirm(visit.connection, program, item, visit.session.staff_id, visit.rt.real())
            await visit.note("go-live.confirmed", program.id, item)
    except ProgramError as error:
        return await _page(visit, program, fault=error.message, status=422)
    return _back(program, item)


async def test(visit: Visit, form: Form) -> Response:
    """Have a test text sent to the visitor's own phone, take its code back, or let their phones go."""
    program, staff = await visit.program(), visit.session.staff_id
    try:
        if "code" in form:
            if not await test_texts.type_back(visit.rt, visit.connection, program, staff, form["code"]):
                wrong = visit.say("That is not the code of the last text. Look at it once more.")
                return await _page(visit, program, faults={"code": wrong}, status=422)
            await visit.note("test-phone.confirmed", program.id)
        elif "forget" in form:
            if await test_texts.forget(visit.connection, program, staff):
                await visit.note("test-phone.forgotten", program.id)
        else:
            await test_texts.send(visit.rt, visit.connection, program, staff, form.get("phone", ""), visit.now)
            await visit.note("test-text.sent", program.id)
    except ProgramError as error:
        return await _page(visit, program, faults={error.field: error.message}, typed=form, status=422)
    return _back(program, "test-text")


async def begin(visit: Visit, _: Form) -> Response:
    """Go live, if everything is green."""
    program = await visit.program()
    try:
        await go_live.begin(visit.rt, visit.connection, program, visit.now)
    except ProgramError as error:
        return await _page(visit, program, fault=error.message, status=409)
    await visit.note("program.live", program.id)
    return _back(program, "")


def _back(program: Program, item: str) -> Response:
    at = f"#{item}" if item else ""
    return RedirectResponse(f"/console/programs/{program.slug}/go-live{at}", 303)


async def _page(
    visit: Visit,
    program: Program,
    *,
    fault: str = "",
    faults: dict[str, str] | None = None,
    typed: Form | None = None,
    status: int = 200,
) -> Response:
    points = await go_live.checklist(visit.rt, visit.connection, program, visit.now)
    role = visit.session.roles[program.id]
    rows = [_row(visit, program, point) for point in points]
    return visit.show(
        "go_live.html",
        status=status,
        program=program,
        rows=rows,
        waits=[row for row in rows if not row["green"]],
        fault=fault,
        faults=faults or {},
        phone=(typed or {}).get("phone", ""),
        last=await test_texts.last(visit.rt, visit.connection, program, visit.session.staff_id),
        may_edit=role in sessions.EDITORS,
        may_begin=role == "administrator",
    )


def _row(visit: Visit, program: Program, point: go_live.Point) -> dict[str, Any]:
    item, language = point.item, visit.language
    return {
        "id": item.id,
        "way": point.way,
        "green": point.green,
        "title": item.title[language],
        "owner": item.owner[language],
        "lead": item.lead[language],
        "how": item.how[language],
        "found": point.found.get(language, ""),
        "by": point.by,
        "at": _moment(visit, program, point.at) if point.at else "",
    }


def _moment(visit: Visit, program: Program, at: datetime) -> str:
    wall = local(at.astimezone(UTC), program.settings.zone)
    return f"{short_date(wall.date(), visit.language)}, {clock(f'{wall:%H:%M}', visit.language)}"


PAGES = (
    Page(ADDRESS, "GET", show, sessions.READERS),
    Page(ADDRESS, "POST", vouch, sessions.EDITORS),
    Page(ADDRESS + "/test-text", "POST", test, sessions.EDITORS),
    Page(ADDRESS + "/begin", "POST", begin, frozenset({"administrator"})),
)
