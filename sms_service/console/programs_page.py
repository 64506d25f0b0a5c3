"""The list of programs, and a program's page with its schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sms_service import follow_ups, program_checks, programs
from sms_service.console import counts, forms, schedule, sessions
from sms_service.console.schedule import Draft
from sms_service.console.sessions import Session
from sms_service.html import MissingPageError, page
from sms_service.pages import written
from sms_service.programs import Program, ProgramError
from sms_service.staff import SUPPORT_LEAD

_CALLS = "/console/calls"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody signed in, inside its transaction. `now` is the calendar's time."""

    request: Request
    connection: AsyncConnection
    now: datetime
    session: Session

    def show(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page of the console."""
        values = {"section": "programs", "here": self.request.url.path, **values, "session": self.session}
        return page(f"console/{template}", status=status, referrer="same-origin", **values)


async def listing(visit: Visit) -> Response:
    """Return the programs that whoever asks has a role in. A support lead has calls, and nothing else."""
    roles = visit.session.roles
    if SUPPORT_LEAD in roles.values():
        return RedirectResponse(_CALLS, 303)
    readable = [p for p in await programs.load(visit.connection) if roles.get(p.id) in sessions.READERS]
    people = await counts.headcounts(visit.connection, [p.id for p in readable])
    rows = [
        {
            "program": program,
            "number": written(program.sender),
            "schedule": schedule.sentence(program.settings),
            "enrolled": counts.shown(people[program.id], program.settings.floor).enrolled,
        }
        for program in readable
    ]
    return visit.show("programs.html", rows=rows)


async def one(visit: Visit) -> Response:
    """Return a program's page; with fields of the schedule in the address, what they would lead to."""
    program = await _find(visit)
    role = visit.session.roles[program.id]
    if role not in sessions.READERS:
        return RedirectResponse(_CALLS, 303)
    query = visit.request.query_params if role in sessions.EDITORS else {}
    typed = {k: query[k] for k in schedule.as_typed(program.settings) if k in query}
    draft = schedule.draft(program.settings, typed, visit.now)
    differ = {} if draft.faults else _differences(program, draft)
    preview = bool(typed) or bool(query.get("show_zone"))
    hindered = await programs.hindrance(visit.connection, program, draft.settings) if preview else ""
    seen = _version(query, program)
    return await _page(visit, program, draft, seen=seen, preview=preview, hindered=hindered, **differ)


async def save(visit: Visit, form: Mapping[str, str]) -> Response:
    """Store a schedule, or say what stands in its way. Raises FormError for a form that is not believed."""
    forms.check_proof(form, visit.session.proof)
    program = await _find(visit)
    if visit.session.roles[program.id] not in sessions.EDITORS:
        raise forms.FormError(403, "Your role in this program is to read. A coordinator can change the schedule.")
    draft, seen = schedule.draft(program.settings, form, visit.now), _version(form, program)
    if draft.faults:
        return await _page(visit, program, draft, seen=seen)
    if draft.settings == program.settings:
        return await _page(visit, program, draft, seen=program.version, done="same")
    try:
        done = await programs.save_settings(visit.connection, replace(program, version=seen), draft.settings, visit.now)
    except ProgramError as error:
        if error.field != "people":
            return await _page(visit, program, replace(draft, faults={error.field: error.message}), seen=seen)
        return await _page(visit, program, draft, seen=seen, done="refused", hindered=error.message)
    if not done:
        return await _page(visit, program, draft, seen=program.version, done="conflict")
    saved = replace(program, settings=draft.settings, version=program.version + 1)
    return await _page(visit, saved, draft, seen=saved.version, done="saved", **_differences(program, draft))


def _differences(program: Program, draft: Draft) -> dict[str, Any]:
    """Return what a draft changes, and whom that concerns."""
    old, new = program.settings, draft.settings
    return {"changed": schedule.changes(old, new), "reach": schedule.reach(old, new)}


async def _find(visit: Visit) -> Program:
    for program in await programs.load(visit.connection):
        if program.slug == visit.request.path_params["slug"] and program.id in visit.session.roles:
            return program
    raise MissingPageError(visit.request.url.path)


def _version(form: Mapping[str, str], program: Program) -> int:
    """Return the version that the page was made from, so that a later one is not written over unseen."""
    given = form.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 9 else program.version


async def _page(visit: Visit, program: Program, draft: Draft, *, seen: int, done: str = "", **values: Any) -> Response:
    people = (await counts.headcounts(visit.connection, [program.id]))[program.id]
    as_saved = bool(draft.faults) or done == "refused"
    settings = program.settings if as_saved else draft.settings
    may_edit = visit.session.roles[program.id] in sessions.EDITORS
    zone, unknown = _shown_zone(visit, settings.zone)
    return visit.show(
        "program.html",
        status=_status(draft, done),
        program=program,
        number=written(program.sender),
        people=counts.shown(people, program.settings.floor),
        stored=schedule.sentence(program.settings),
        draft=draft,
        names=schedule.NAMES,
        as_saved=as_saved,
        more=schedule.more(program.settings, draft),
        occurrences=schedule.occurrences(settings, visit.now, zone),
        shown_zone=zone,
        unknown_zone=unknown,
        may_edit=may_edit,
        calls=await _calls(visit, program) if may_edit else "",
        seen=seen,
        done=done,
        **{"preview": False, "hindered": "", "changed": [], "reach": "", **values},
    )


async def _calls(visit: Visit, program: Program) -> str:
    """Say whether calls come in time, which is all that is told of them: never how many, and never who."""
    if await follow_ups.late(visit.connection, program.id, visit.now):
        return "late"
    return "in time" if program.calls else ""


def _shown_zone(visit: Visit, zone: str) -> tuple[str, str]:
    """Return the zone that the dates are shown in, and one that was asked for and that there is not."""
    wanted = visit.request.query_params.get("show_zone", "").strip()
    try:
        program_checks.check_zone(wanted or zone)
    except ProgramError:
        return zone, wanted
    return wanted or zone, ""


def _status(draft: Draft, done: str) -> int:
    if draft.faults or done == "refused":
        return 422
    return 409 if done == "conflict" else 200
