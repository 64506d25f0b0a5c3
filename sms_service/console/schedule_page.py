"""A program's schedule: edited as a sentence, with its next dates and what it costs, before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from sms_service import history, program_checks, programs
from sms_service.console import estimate, pause_page, schedule, sessions
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.schedule import Draft
from sms_service.console.visit import Visit
from sms_service.programs import Program, ProgramError
from sms_service.translation import joined


async def show(visit: Visit) -> Response:
    """Return the schedule; with fields of it in the address, what they would lead to."""
    program = await visit.program()
    role = visit.session.roles[program.id]
    query = visit.request.query_params if role in sessions.EDITORS else {}
    typed = {k: query[k] for k in schedule.as_typed(program.settings) if k in query}
    draft = schedule.draft(program.settings, typed, visit.now, visit.language, program.sender)
    differ = {} if draft.faults else _differences(visit, program, draft)
    preview = bool(typed) or bool(query.get("show_zone"))
    hindered = await programs.hindrance(visit.connection, program, draft.settings) if preview else ""
    seen = version_seen(query, program)
    return await _page(visit, program, draft, seen=seen, preview=preview, hindered=hindered, **differ)


async def save(visit: Visit, form: Form) -> Response:
    """Store a schedule, or say what stands in its way."""
    program = await visit.program()
    draft = schedule.draft(program.settings, form, visit.now, visit.language, program.sender)
    seen = version_seen(form, program)
    if draft.faults:
        return await _page(visit, program, draft, seen=seen)
    if draft.settings == program.settings:
        return await _page(visit, program, draft, seen=program.version, done="same")
    try:
        before = replace(program, version=seen)
        staff = visit.session.staff_id
        done = await programs.save_settings(visit.connection, before, draft.settings, visit.now, staff)
    except ProgramError as error:
        if error.field != "people":
            return await _page(visit, program, replace(draft, faults={error.field: error.message}), seen=seen)
        return await _page(visit, program, draft, seen=seen, done="refused", hindered=error.message)
    if not done:
        return await _page(visit, program, draft, seen=program.version, done="conflict")
    await visit.note("schedule.changed", program.id)
    saved = replace(program, settings=draft.settings, version=program.version + 1)
    return await _page(visit, saved, draft, seen=saved.version, done="saved", **_differences(visit, program, draft))


def _differences(visit: Visit, program: Program, draft: Draft) -> dict[str, Any]:
    """Return what a draft changes, and whom that concerns."""
    old, new = program.settings, draft.settings
    return {"changed": joined(". ", schedule.changes(old, new)), "reach": schedule.reach(old, new, visit.language)}


def version_seen(form: Mapping[str, str], program: Program) -> int:
    """Return the version that the page was made from, so that a later one is not written over unseen."""
    given = form.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 9 else program.version


async def _page(visit: Visit, program: Program, draft: Draft, *, seen: int, done: str = "", **values: Any) -> Response:
    as_saved = bool(draft.faults) or done == "refused"
    settings = program.settings if as_saved else draft.settings
    may_edit = visit.session.roles[program.id] in sessions.EDITORS
    asked_zone = visit.request.query_params.get("show_zone", "").strip()
    zone, zone_fault = _shown_zone(asked_zone, settings.zone)
    return visit.show(
        "schedule.html",
        status=_status(draft, done),
        program=program,
        stored=schedule.sentence(program.settings),
        draft=draft,
        names=schedule.NAMES,
        as_saved=as_saved,
        more=schedule.more(program.settings, draft),
        occurrences=schedule.occurrences(settings, visit.now, zone),
        shown_zone=zone,
        asked_zone=asked_zone,
        zone_fault=zone_fault,
        may_edit=may_edit,
        paused=pause_page.said(visit, program),
        cost=await estimate.of(visit, program, settings),
        undo=await history.previous(visit.connection, program) if may_edit and done != "conflict" else None,
        seen=seen,
        done=done,
        **{"preview": False, "hindered": "", "changed": "", "reach": "", **values},
    )


def _shown_zone(wanted: str, zone: str) -> tuple[str, str]:
    """Return the zone that the dates are shown in, and what is wrong with one that was asked for."""
    try:
        if wanted:
            program_checks.check_zone(wanted)
    except ProgramError as error:
        return zone, error.message
    return wanted or zone, ""


def _status(draft: Draft, done: str) -> int:
    if draft.faults or done == "refused":
        return 422
    return 409 if done == "conflict" else 200


ADDRESS = "/console/programs/{slug}/schedule"
PAGES = (
    Page(ADDRESS, "GET", show, sessions.READERS),
    Page(ADDRESS, "POST", save, sessions.EDITORS),
)
