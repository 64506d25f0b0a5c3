"""What a program is set to besides its schedule: what people read, how they join, who calls, what may be counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from starlette.responses import Response

from flows.schedule import short_date
from sms_service import joining_words, new_programs, program_said, programs, publishing
from sms_service.console import new_program_page, proposed_page, sessions, setting_words
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.schedule_page import version_seen
from sms_service.console.visit import Visit
from sms_service.pages import written
from sms_service.program_settings import fit
from sms_service.programs import Program, ProgramError, ProgramSettings
from sms_service.schedule_fields import read_number
from sms_service.translation import Word, joined

_SETTINGS = ("operator", "short_name", "help_phone", "peer_line", "learn_url", "client", "review", "voice", "flow")
_NUMBERS = ("floor", "promise_hours")
_FLOORS = (5, 10, 15, 20)
_FIELDS = (*_SETTINGS[:6], "keyword", "group", "review", "promise_hours", "voice", "flow", "floor")


@dataclass(frozen=True, slots=True)
class Draft:
    """Settings as typed, what could be used of them, and what is wrong by field."""

    typed: Mapping[str, str]
    settings: ProgramSettings
    keywords: tuple[str, ...]
    groups: tuple[Mapping[str, str], ...]
    faults: Mapping[str, str]


async def show(visit: Visit) -> Response:
    """Return the settings."""
    program = await visit.program()
    done = visit.request.query_params.get("done", "")
    done = done if done in proposed_page.DONE else ""
    return await _page(visit, program, _read(program, {}), seen=program.version, done=done)


async def save(visit: Visit, form: Form) -> Response:
    """Store settings, or say what stands in the way."""
    program = await visit.program()
    draft, seen = _read(program, form), version_seen(form, program)
    faults = dict(draft.faults)
    if draft.settings.flow not in {"", program.settings.flow, *await _digests(visit)}:
        faults["flow"] = Word("%(flow)r is no version of the conversations", flow=draft.settings.flow)
    if faults:
        return await _page(visit, program, replace(draft, faults=faults), seen=seen, status=422)
    try:
        await joining_words.check(visit.connection, program, draft.keywords, draft.groups)
        stored = await _store(visit, replace(program, version=seen), draft)
    except ProgramError as error:
        if error.field == "people":
            return await _page(visit, program, draft, seen=seen, hindered=error.message, status=422)
        return await _page(visit, program, replace(draft, faults={error.field: error.message}), seen=seen, status=422)
    if not stored:
        return await _page(visit, program, draft, seen=program.version, done="conflict", status=409)
    saved = await visit.program()
    own = setting_words.changes(program.settings, saved.settings)
    if own:
        await visit.note("settings.changed", program.id)
    await proposed_page.note_words(visit, program, saved)
    changed = own + setting_words.words(program.keywords, program.labels, saved.keywords, saved.labels)
    waits = await proposed_page.note(visit, program, draft.settings)
    done = "saved" if changed else "proposed" if waits else "same"
    return await _page(visit, saved, _read(saved, {}), seen=saved.version, done=done, changed=joined(". ", changed))


async def _store(visit: Visit, program: Program, draft: Draft) -> bool:
    """Store what differs; False if somebody else has changed the program since its page was made."""
    staff, words = visit.session.staff_id, (draft.keywords, draft.groups)
    if (set(words[0]), list(words[1])) != (set(program.keywords), program.labels):
        if not await joining_words.change(visit.connection, program, *words, visit.now, staff):
            return False
        program = await visit.program()
    if draft.settings == program.settings:
        return True
    return await programs.save_settings(visit.connection, program, draft.settings, visit.now, staff)


def _as_typed(program: Program) -> dict[str, str]:
    settings = program.settings
    return {
        **{field: str(getattr(settings, field)) for field in (*_SETTINGS, *_NUMBERS)},
        "keyword": ", ".join(program.keywords),
        "group": "\n".join(f"{one['en']}/{one['es']}" for one in program.labels),
    }


def _read(program: Program, form: Mapping[str, str]) -> Draft:
    """Read a form over what is stored; fields that are absent stay."""
    stored = _as_typed(program)
    typed = {k: form.get(k, was).replace("\r\n", "\n").strip() for k, was in stored.items()}
    faults: dict[str, str] = {}
    wanted: dict[str, Any] = {field: typed[field] for field in _SETTINGS}
    keywords, groups = program.keywords, tuple(program.labels)
    for field in _NUMBERS:
        try:
            wanted[field] = read_number(field, typed[field], Word("write one such as 10"))
        except ProgramError as error:
            faults[field] = error.message
    try:
        keywords = new_programs.keywords_of(typed["keyword"]) if typed["keyword"] != stored["keyword"] else keywords
    except ProgramError as error:
        faults["keyword"] = error.message
    try:
        groups = new_programs.groups_of(typed["group"]) if typed["group"] != stored["group"] else groups
    except ProgramError as error:
        faults["group"] = error.message
    settings = fit(asdict(program.settings), wanted, faults)
    faults |= program_said.faults(settings, program.settings)
    return Draft(typed, settings, keywords, groups, {f: faults[f] for f in _FIELDS if f in faults})


async def _digests(visit: Visit) -> list[str]:
    return [one.digest for one in await publishing.versions(visit.connection)]


async def _versions(visit: Visit) -> dict[str, str]:
    """Return the versions of the conversations to choose from, by digest; "" is whatever is current."""
    found = {"": visit.say("Whatever is current")}
    for one in await publishing.versions(visit.connection):
        day = f"{short_date(one.created_at.date(), visit.language)} {one.created_at.year}"
        words = visit.say("Only the version of %(day)s (%(short)s)", day=day, short=one.digest[:8])
        found[one.digest] = words + (" – " + visit.say("current") if one.current else "")
    return found


async def _page(
    visit: Visit,
    program: Program,
    draft: Draft,
    *,
    seen: int,
    status: int = 200,
    done: str = "",
    hindered: str = "",
    changed: str = "",
) -> Response:
    floors = {str(one): str(one) for one in sorted({*_FLOORS, program.settings.floor})}
    names = new_program_page.names(visit) | {
        "peer_line": visit.say("Peers' line"),
        "learn_url": visit.say("Training page"),
        "review": visit.say("Calls by support leads"),
        "voice": visit.say("Voice of calls"),
        "promise_hours": visit.say("Calls within, in hours"),
        "flow": visit.say("Version of the conversations"),
        "floor": visit.say("Least people in a figure"),
    }
    return visit.show(
        "settings.html",
        status=status,
        program=program,
        number=written(program.sender),
        typed=draft.typed,
        faults=draft.faults,
        names=names,
        versions=await _versions(visit),
        floors=floors,
        may_edit=_role(visit, program.id) in sessions.EDITORS,
        seen=seen,
        done=done,
        hindered=hindered,
        changed=changed,
        proposed=await proposed_page.rows(visit, program),
    )


def _role(visit: Visit, program: UUID) -> str:
    return visit.session.roles[program]


ADDRESS = "/console/programs/{slug}/settings"
PAGES = (
    Page(ADDRESS, "GET", show, sessions.READERS),
    Page(ADDRESS, "POST", save, sessions.EDITORS),
)
