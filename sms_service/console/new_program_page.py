"""A new program: choose a template, fill in what only you can know, and have a draft."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import RedirectResponse, Response

from sms_service import new_programs
from sms_service.beginnings import Beginning, beginnings
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.sessions import ADMINISTRATORS, BEGINNER
from sms_service.console.visit import Visit
from sms_service.new_programs import Draft
from sms_service.programs import ProgramError

ADDRESS = "/console/programs/new"


async def show(visit: Visit) -> Response:
    """Return the templates, or the form of the one that was chosen."""
    template = beginnings().get(visit.request.query_params.get("template", ""))
    if template is None:
        return visit.show("new_program.html", templates=beginnings().values(), language=visit.language)
    draft = new_programs.read(template, {})
    return _form(visit, template, replace(draft, faults={}))


async def make(visit: Visit, form: Form) -> Response:
    """Make the draft and lead on to what it waits for, or say what is wrong at each field."""
    template = beginnings().get(form.get("template", ""))
    if template is None:
        return RedirectResponse(ADDRESS, 303)
    draft = new_programs.read(template, form)
    if draft.faults:
        return _form(visit, template, draft, status=422)
    try:
        made = await new_programs.make(visit.connection, draft, visit.session.staff_id, visit.now)
    except ProgramError as error:
        return _form(visit, template, replace(draft, faults={error.field: error.message}), status=422)
    await visit.note("program.added", made)
    return RedirectResponse(f"/console/programs/{draft.typed['slug']}/go-live", 303)


def _form(visit: Visit, template: Beginning, draft: Draft, status: int = 200) -> Response:
    return visit.show(
        "new_program_form.html",
        status=status,
        chosen=template,
        typed=draft.typed,
        faults=draft.faults,
        language=visit.language,
        names=names(visit),
    )


def names(visit: Visit) -> dict[str, str]:
    """Return what each field is called."""
    return {
        "name": visit.say("Name"),
        "short_name": visit.say("Short name"),
        "slug": visit.say("Address"),
        "operator": visit.say("Who runs it"),
        "number": visit.say("Number"),
        "opt_out_mode": visit.say("Who answers STOP"),
        "keyword": visit.say("Keywords"),
        "group": visit.say("Reporting groups"),
        "client": visit.say("Word for the people served"),
        "zone": visit.say("Time zone"),
        "help_phone": visit.say("Phone for questions"),
    }


_MAKERS = ADMINISTRATORS | {BEGINNER}
PAGES = (
    Page(ADDRESS, "GET", show, _MAKERS),
    Page(ADDRESS, "POST", make, _MAKERS),
)
