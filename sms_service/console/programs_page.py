"""The list of programs, and a program's page with its schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from sms_service import follow_ups, program_checks, programs
from sms_service.console import counts, schedule, sessions
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.schedule import Draft
from sms_service.console.visit import Visit
from sms_service.pages import written
from sms_service.programs import Program, ProgramError


async def listing(visit: Visit) -> Response:
    """Return the programs that whoever asks may read."""
    roles = visit.session.roles
    readable = [p for p in await programs.load(visit.connection) if roles.get(p.id) in sessions.READERS]
    people = await counts.headcounts(visit, [p.id for p in readable])
    rows = [
        {
            "program": program,
            "number": written(program.sender),
            "schedule": schedule.sentence(program.settings),
            "enrolled": people[program.id].enrolled,
        }
        for program in readable
    ]
    return visit.show("programs.html", rows=rows)


async def one(visit: Visit) -> Response:
    """Return a program's page; with fields of the schedule in the address, what they would lead to."""
    program = await visit.program()
    role = visit.session.roles[program.id]
    query = visit.request.query_params if role in sessions.EDITORS else {}
    typed = {k: query[k] for k in schedule.as_typed(program.settings) if k in query}
    draft = schedule.draft(program.settings, typed, visit.now)
    differ = {} if draft.faults else _differences(program, draft)
    preview = bool(typed) or bool(query.get("show_zone"))
    hindered = await programs.hindrance(visit.connection, program, draft.settings) if preview else ""
    seen = _version(query, program)
    return await _page(visit, program, draft, seen=seen, preview=preview, hindered=hindered, **differ)


async def save(visit: Visit, form: Form) -> Response:
    """Store a schedule, or say what stands in its way."""
    program = await visit.program()
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
    await visit.note("schedule.changed", program.id)
    saved = replace(program, settings=draft.settings, version=program.version + 1)
    return await _page(visit, saved, draft, seen=saved.version, done="saved", **_differences(program, draft))


def _differences(program: Program, draft: Draft) -> dict[str, Any]:
    """Return what a draft changes, and whom that concerns."""
    old, new = program.settings, draft.settings
    return {"changed": schedule.changes(old, new), "reach": schedule.reach(old, new)}


def _version(form: Mapping[str, str], program: Program) -> int:
    """Return the version that the page was made from, so that a later one is not written over unseen."""
    given = form.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 9 else program.version


async def _page(visit: Visit, program: Program, draft: Draft, *, seen: int, done: str = "", **values: Any) -> Response:
    people = (await counts.headcounts(visit, [program.id]))[program.id]
    as_saved = bool(draft.faults) or done == "refused"
    settings = program.settings if as_saved else draft.settings
    may_edit = visit.session.roles[program.id] in sessions.EDITORS
    zone, unknown = _shown_zone(visit, settings.zone)
    return visit.show(
        "program.html",
        status=_status(draft, done),
        program=program,
        number=written(program.sender),
        people=people,
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


ADDRESS = "/console/programs"
PAGES = (
    Page(ADDRESS, "GET", listing, sessions.READERS | {sessions.NO_ROLE}),
    Page(ADDRESS + "/{slug}", "GET", one, sessions.READERS),
    Page(ADDRESS + "/{slug}", "POST", save, sessions.EDITORS),
)
