"""What a program offers to learn from: its events and videos, each to add, change and take off the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from sms_service import events, learning_texts, learning_words, library, videos
from sms_service.console.door import Page
from sms_service.console.sessions import EDITORS, READERS
from sms_service.console.visit import Visit
from sms_service.events import Listing
from sms_service.html import MissingPageError
from sms_service.learning_fields import AUDIENCES, KINDS
from sms_service.programs import Program, ProgramError
from sms_service.videos import Video

ADDRESS = "/console/programs/{slug}/learning"
_NEW = "new"


def address(program: Program, done: str = "") -> str:
    """Return where a program's list is; with what was just done."""
    return f"/console/programs/{program.slug}/learning" + (f"?done={done}" if done else "")


async def listing(visit: Visit) -> Response:
    """Return the list, with what people are texted of it beside."""
    program = await visit.program()
    today = events.today(program, visit.now)
    known = await events.listed(visit.connection, program.id)
    current = await library.current(visit.connection)
    return visit.show(
        "learning.html",
        program=program,
        root=address(program),
        coming=[event for event in known if event.on >= today],
        over=[event for event in known if event.on < today],
        videos=await videos.listed(visit.connection, program.id),
        told=learning_texts.told(current, program, visit.rt.settings.public_url, visit.now),
        words=learning_words,
        may_edit=visit.session.roles[program.id] in EDITORS,
        done=_done(visit),
    )


def _done(visit: Visit) -> str:
    return {
        "event-added": visit.say("The event is on the list. LEARN and EVENTS tell of it from now on."),
        "event-changed": visit.say("The event is changed. LEARN and EVENTS tell of it as it is now."),
        "event-removed": visit.say("The event is off the list. Nobody is told of it any more."),
        "video-added": visit.say("The video is on the page of training."),
        "video-changed": visit.say("The video is changed on the page of training."),
        "video-removed": visit.say("The video is off the page of training."),
    }.get(visit.request.query_params.get("done", ""), "")


async def event(visit: Visit) -> Response:
    """Return the form for an event, new or known."""
    program, stored = await _event(visit)
    typed = events.as_typed(stored) if stored else {}
    return _event_form(visit, program, stored, typed, {})


async def save_event(visit: Visit, form: Mapping[str, str]) -> Response:
    """Put an event on the list, or say field by field what stands in its way."""
    program, stored = await _event(visit)
    typed = {field: value.strip() for field, value in form.items()}
    made, faults = events.read(typed, stored, events.today(program, visit.now))
    if made is None:
        return _event_form(visit, program, stored, typed, faults)
    verb = events.change if stored else events.add
    try:
        done = await verb(visit.connection, program, made, visit.now)
    except ProgramError as error:
        return _event_form(visit, program, stored, typed, {error.field: error.message})
    if not done:
        taken = visit.say("another event of this title is on this day already; tell them apart in the title")
        return _event_form(visit, program, stored, typed, {"title": taken})
    act = "event.changed" if stored else "event.added"
    await visit.note(act, program.id, str(made.id or ""))
    return RedirectResponse(address(program, act.replace(".", "-")), 303)


async def remove_event(visit: Visit, form: Mapping[str, str]) -> Response:
    """Take an event off the list, if whoever asks has typed that they mean it."""
    program, stored = await _event(visit)
    if stored is None or stored.id is None:
        raise MissingPageError(visit.request.url.path)
    if not visit.sure(form, "remove"):
        return _event_form(visit, program, stored, events.as_typed(stored), {}, unsure=True)
    await events.delete(visit.connection, program, stored.id)
    await visit.note("event.removed", program.id, str(stored.id))
    return RedirectResponse(address(program, "event-removed"), 303)


async def _event(visit: Visit) -> tuple[Program, Listing | None]:
    program = await visit.program()
    wanted = _wanted(visit, "event")
    known = await events.listed(visit.connection, program.id) if wanted else []
    return program, _found(visit, known, wanted) if wanted else None


def _event_form(
    visit: Visit,
    program: Program,
    stored: Listing | None,
    typed: Mapping[str, str],
    faults: Mapping[str, str],
    *,
    unsure: bool = False,
) -> Response:
    # What is over is no more changed, only taken off the list.
    over = stored is not None and stored.on < events.today(program, visit.now)
    return _form(visit, "event.html", program, stored, typed, faults, unsure=unsure, over=over, topics=events.TOPICS)


async def video(visit: Visit) -> Response:
    """Return the form for a video, new or known."""
    program, stored = await _video(visit)
    typed = videos.as_typed(stored) if stored else {}
    return _form(visit, "video.html", program, stored, typed, {})


async def save_video(visit: Visit, form: Mapping[str, str]) -> Response:
    """Put a video on the list, or say field by field what stands in its way."""
    program, stored = await _video(visit)
    typed = {field: value.strip() for field, value in form.items()}
    made, faults = videos.read(typed, stored)
    if made is None:
        return _form(visit, "video.html", program, stored, typed, faults)
    try:
        if stored:
            done = await videos.change(visit.connection, program, made)
        else:
            done = await videos.add(visit.connection, program, made, visit.now)
    except ProgramError as error:
        return _form(visit, "video.html", program, stored, typed, {error.field: error.message})
    if not done:
        taken = visit.say("another video on the list has this link already")
        return _form(visit, "video.html", program, stored, typed, {"link": taken})
    act = "video.changed" if stored else "video.added"
    await visit.note(act, program.id, str(made.id or ""))
    return RedirectResponse(address(program, act.replace(".", "-")), 303)


async def remove_video(visit: Visit, form: Mapping[str, str]) -> Response:
    """Take a video off the list, if whoever asks has typed that they mean it."""
    program, stored = await _video(visit)
    if stored is None or stored.id is None:
        raise MissingPageError(visit.request.url.path)
    if not visit.sure(form, "remove"):
        return _form(visit, "video.html", program, stored, videos.as_typed(stored), {}, unsure=True)
    await videos.delete(visit.connection, program, stored.id)
    await visit.note("video.removed", program.id, str(stored.id))
    return RedirectResponse(address(program, "video-removed"), 303)


async def _video(visit: Visit) -> tuple[Program, Video | None]:
    program = await visit.program()
    wanted = _wanted(visit, "video")
    known = await videos.listed(visit.connection, program.id) if wanted else []
    return program, _found(visit, known, wanted) if wanted else None


def _wanted(visit: Visit, word: str) -> UUID | None:
    """Return the id in the address; None for a new one."""
    given = visit.request.path_params[word]
    try:
        return None if given == _NEW else UUID(given)
    except ValueError:
        raise MissingPageError(visit.request.url.path) from None


def _found(visit: Visit, known: list[Any], wanted: UUID) -> Any:
    for one in known:
        if one.id == wanted:
            return one
    raise MissingPageError(visit.request.url.path)


def _form(
    visit: Visit,
    template: str,
    program: Program,
    stored: Listing | Video | None,
    typed: Mapping[str, str],
    faults: Mapping[str, str],
    *,
    unsure: bool = False,
    **values: Any,
) -> Response:
    return visit.show(
        template,
        status=422 if faults or unsure else 200,
        unsure=unsure,
        program=program,
        root=address(program),
        stored=stored,
        typed=typed,
        faults=faults,
        kinds=[(value, names[visit.language]) for value, names in KINDS.items()],
        audiences=[(value, names[visit.language]) for value, names in AUDIENCES.items()],
        **values,
    )


PAGES = (
    Page(ADDRESS, "GET", listing, READERS),
    Page(ADDRESS + "/events/{event}", "GET", event, EDITORS),
    Page(ADDRESS + "/events/{event}", "POST", save_event, EDITORS),
    Page(ADDRESS + "/events/{event}/remove", "POST", remove_event, EDITORS),
    Page(ADDRESS + "/videos/{video}", "GET", video, EDITORS),
    Page(ADDRESS + "/videos/{video}", "POST", save_video, EDITORS),
    Page(ADDRESS + "/videos/{video}/remove", "POST", remove_video, EDITORS),
)
