"""One place to turn: recording how trying it went, adding one of your own, and taking one of your own off the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from flows import FlowError
from flows.places.resources import URGENT, Resource, state
from sms_service import programs, resource_fields, resources
from sms_service.console.door import Page
from sms_service.console.forms import FormError
from sms_service.console.sessions import ADMINISTRATORS, EDITORS
from sms_service.console.visit import Visit
from sms_service.html import MissingPageError
from sms_service.program_checks import ProgramError, read_date
from sms_service.programs import Program
from sms_service.resources import OWN, ResourceError

ADDRESS = "/console/resources"
_LONGEST = {"by": 80, "note": 300}
CRISIS = (*URGENT, "local-crisis")


async def one(visit: Visit) -> Response:
    """Return what is known of one, and the form that records a check."""
    found = await _find(visit)
    return await _page(visit, found, _fresh(visit), {})


def _fresh(visit: Visit) -> dict[str, str]:
    return {"on": visit.now.date().isoformat(), "by": visit.session.name}


async def check(visit: Visit, form: Mapping[str, str]) -> Response:
    """Record how trying it went, or say field by field what stands in the way."""
    found = await _theirs(visit)
    typed = {field: value.strip() for field, value in form.items()}
    faults: dict[str, str] = {}
    if typed.get("works") not in {"yes", "no"}:
        faults["works"] = visit.say("say whether it works as it is written here")
    on = None
    try:
        on = read_date("on", typed.get("on", ""))
        if on is None or on > visit.now.date():
            faults["on"] = visit.say("give the day on which somebody tried it, today or before")
    except ProgramError as error:
        faults["on"] = error.message
    if not typed.get("by"):
        faults["by"] = visit.say("say who tried it")
    for field, most in _LONGEST.items():
        if len(typed.get(field, "")) > most:
            faults[field] = visit.say("write at most %(most)s characters", most=most)
    works = typed.get("works") == "yes"
    whose = await resources.added(visit.connection, found) if works else None
    if whose is not None and whose.waits and whose.by == visit.session.staff_id:
        faults["works"] = visit.say("you added this yourself; people are sent there once somebody else has tried it")
    if faults or on is None:
        return await _page(visit, found, typed, faults)
    try:
        await resources.check(visit.connection, found, by=typed["by"], works=works, note=typed.get("note", ""), on=on)
    except ResourceError:
        return await _page(visit, found, typed, {"works": _last(visit)})
    await visit.note("resource.checked", about=found.id)
    return RedirectResponse(f"{ADDRESS}/{found.id}?done={'works' if works else 'broken'}", 303)


async def new(visit: Visit) -> Response:
    """Return the form for one of your own."""
    return await _form(visit, {"for_anyone": "yes"}, {})


async def add(visit: Visit, form: Mapping[str, str]) -> Response:
    """Put one of your own on the list, hidden until somebody tried it."""
    typed = {field: value.strip() for field, value in form.items()}
    body, faults = resource_fields.read(typed)
    choice = await _choice(visit)
    slug = typed.get("program", next(iter(choice)))
    program = choice.get(slug)
    if slug not in choice:
        faults["program"] = visit.say("choose one of your programs")
    may = visit.session.roles.get(program.id) in ADMINISTRATORS if program else _administrates(visit)
    if typed.get("need") in CRISIS and not may:
        faults["need"] = visit.say("lines for a crisis are for an administrator to add")
    if faults:
        return await _form(visit, typed, faults)
    try:
        whose = {"program": program.id if program else None, "by": visit.session.staff_id}
        (added,) = await resources.add(visit.connection, OWN, body, visit.now, **whose, replace=False)
    except (FlowError, ResourceError) as error:
        return await _form(visit, typed, dict([resource_fields.fault(str(error), typed)]))
    await visit.note("resource.added", about=added.id)
    return RedirectResponse(f"{ADDRESS}/{added.id}?done=added", 303)


async def remove(visit: Visit, form: Mapping[str, str]) -> Response:
    """Take one of your own off the list, if whoever asks has typed that they mean it."""
    found = await _theirs(visit)
    if found.id not in await resources.programs_of(visit.connection):
        raise MissingPageError(visit.request.url.path)
    if not visit.sure(form, "remove"):
        return await _page(visit, found, _fresh(visit), {}, unsure=True)
    try:
        if not await resources.remove(visit.connection, found.id):
            raise MissingPageError(visit.request.url.path)
    except ResourceError:
        raise FormError(409, _last(visit)) from None
    await visit.note("resource.removed", about=found.id)
    return RedirectResponse(ADDRESS, 303)


def _administrates(visit: Visit) -> bool:
    return bool(ADMINISTRATORS & set(visit.session.roles.values()))


async def _choice(visit: Visit) -> dict[str, Program | None]:
    """Return whose a new one may be, by address: of the programs somebody edits one, or "" for all, an administrator's
    to give.
    """
    known = await programs.load(visit.connection)
    theirs: dict[str, Program | None] = {one.slug: one for one in known if visit.session.roles.get(one.id) in EDITORS}
    return {"": None, **theirs} if _administrates(visit) else theirs


def may_change(visit: Visit, one: Resource, owners: Mapping[str, UUID | None]) -> bool:
    """Whether it is an administrator's, or of a program of their own and no line for a crisis."""
    owner = owners.get(one.id)
    if owner is None:
        return _administrates(visit)
    role = visit.session.roles.get(owner)
    return role in ADMINISTRATORS or (role in EDITORS and one.need not in CRISIS)


async def _theirs(visit: Visit) -> Resource:
    """Return the resource of the address. Raises FormError for one that others change."""
    found = await _find(visit)
    if not may_change(visit, found, await resources.programs_of(visit.connection)):
        raise FormError(403, visit.say("This is shared by all programs, or another's. Ask an administrator."))
    return found


def _last(visit: Visit) -> str:
    return visit.say("nothing else of its kind is shown to people in a crisis; have another line shown first")


async def _find(visit: Visit) -> Resource:
    owners = await resources.programs_of(visit.connection)
    for known in resources.of(await resources.load(visit.connection), owners, visit.session.roles):
        if known.id == visit.request.path_params["resource"]:
            return known
    raise MissingPageError(visit.request.url.path)


async def _page(
    visit: Visit, found: Resource, typed: Mapping[str, str], faults: Mapping[str, str], *, unsure: bool = False
) -> Response:
    owners = await resources.programs_of(visit.connection)
    whose = await resources.added(visit.connection, found)
    done = {
        "works": visit.say("Recorded: it works, so it is shown."),
        "broken": visit.say("Recorded: it does not work, so it is no longer shown. Texts that name it still do."),
        "added": visit.say("It is on the list, and hidden until somebody tried it."),
    }.get(visit.request.query_params.get("done", ""), "")
    shown = {"works": visit.say("Shown"), "broken": visit.say("Broken, not shown")}
    states = {
        "good": shown["works"],
        "stale": visit.say("Shown, and nobody looked at it for 90 days"),
        "broken": shown["broken"],
        "unverified": visit.say("Not shown: nobody has verified it"),
    }
    return _show(
        visit,
        "resource.html",
        typed,
        faults,
        unsure=unsure,
        one=found,
        own=found.id in owners,
        whose=whose,
        mine=whose is not None and whose.by == visit.session.staff_id,
        may_change=may_change(visit, found, owners),
        done=done,
        standing=states[state(found, visit.now.date())],
    )


async def _form(visit: Visit, typed: Mapping[str, str], faults: Mapping[str, str]) -> Response:
    say, choice = visit.say, await _choice(visit)
    needs = {
        "emergency": say("Emergency"),
        "crisis": say("A crisis line"),
        "local-crisis": say("A crisis line nearby"),
        "support": say("Support"),
        "peers": say("Colleagues who listen"),
        "therapist": say("Finding a therapist"),
        "training": say("Training"),
    }
    readers = {
        "anyone": say("anyone"),
        "clinicians": say("clinicians"),
        "health-workers": say("health workers"),
        "physicians": say("physicians"),
        "nurses": say("nurses"),
        "first-responders": say("first responders"),
        "veterans": say("veterans"),
        "young-people": say("young people"),
    }
    return _show(
        visit,
        "new_resource.html",
        typed,
        faults,
        programs=[(slug, one.name if one else say("All programs")) for slug, one in choice.items()],
        needs=[(one, needs[one]) for one in resource_fields.NEEDS if one not in CRISIS or _administrates(visit)],
        audiences=[(one, readers[one]) for one in resource_fields.AUDIENCES],
        regions=[(code, names[visit.language]) for code, names in resource_fields.regions().items()],
    )


def _show(visit: Visit, template: str, typed: Mapping[str, str], faults: Mapping[str, str], **values: Any) -> Response:
    return visit.show(
        template, status=422 if faults or values.get("unsure") else 200, typed=typed, faults=faults, **values
    )


PAGES = (
    Page(ADDRESS + "/new", "GET", new, EDITORS),
    Page(ADDRESS + "/new", "POST", add, EDITORS),
    Page(ADDRESS + "/{resource}", "GET", one, EDITORS),
    Page(ADDRESS + "/{resource}", "POST", check, EDITORS),
    Page(ADDRESS + "/{resource}/remove", "POST", remove, EDITORS),
)
