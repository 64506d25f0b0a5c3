"""Playing a flow in the page. What was typed so far travels in the form, and is played anew at each step: nothing is
sent, and nothing is kept until somebody saves the play.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import RedirectResponse, Response

from flows import FlowError, Library, segments
from flows.flow import Flow
from flows.staging import of_program
from flows.staging.so_far import dialled, keys, so_far
from flows.staging.stage import Line
from flows.staging.transcript import Scene, Step, read
from sms_service import library, plays, program_facts, programs
from sms_service.console import flows_page, forms
from sms_service.console.door import Page
from sms_service.console.flows_page import ADDRESS
from sms_service.console.forms import FormError
from sms_service.console.sessions import EDITORS, READERS
from sms_service.console.visit import Visit
from sms_service.plays import PlayError
from sms_service.programs import Program

_MOST_STEPS = 120
_LONGEST_TEXT = 1600

CHOSEN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "who": {"joined": (), "stranger": ("stranger",)},
    "language": {"en": (), "es": ("language es",)},
    "channel": {"text": (), "voice": ("channel voice",)},
    "weeks": {
        "none": (),
        "lighter": ("weeks 1 1 0 1 | 1 0 1 1 | 0 1 1 0",),
        "heavier": ("weeks 3 2 3 2 | 3 3 3 2 | 4 3 3 3",),
    },
    "lead": {"none": (), "on": ("lead on",), "off": ("lead off",)},
    "first": {"note": (), "question": ("discreet no",)},
    "pace": {"one": (), "express": ("express yes",)},
    "hard": {"no": (), "yes": ("hard-event yes",)},
    "stop": {"ours": (), "twilio": ("opt-out twilio",)},
}
"""Each choice of the form before a play, and the settings lines that it stands for. The first is as it is offered."""


async def begin(visit: Visit) -> Response:
    """Ask who the play is about, before it starts."""
    known = await library.current(visit.connection)
    flow = flows_page.find(visit, known)
    return visit.show("flow_begin.html", flow=flow, programs=await _readable(visit), words=flows_page.spoken(visit))


async def step(visit: Visit, form: forms.Form) -> Response:
    """Do the next step of a play, or its first, and show it from the beginning."""
    known = await library.current(visit.connection)
    flow = flows_page.find(visit, known)
    scene = await _scene(visit, flow, form)
    _next(known, scene, form)
    return _shown(visit, known, flow, scene)


async def save(visit: Visit, form: forms.Form) -> Response:
    """Keep a play as a test."""
    known = await library.current(visit.connection)
    flow = flows_page.find(visit, known)
    scene = replace(await _scene(visit, flow, form), title=plain(form.get("name", "")))
    try:
        identity = await plays.save(
            visit.connection, known, flow.name, scene, by=visit.session.staff_id, now=visit.rt.real()
        )
    except PlayError as refused:
        return _shown(visit, known, flow, scene, why=refused.why)
    await visit.note("play.saved", about=str(identity))
    return RedirectResponse(f"{ADDRESS}/plays/{identity}?saved=1", 303)


async def transcript(visit: Visit, form: forms.Form) -> Response:
    """Return a play as a file that the command line and the tests play again."""
    known = await library.current(visit.connection)
    flow = flows_page.find(visit, known)
    scene = replace(await _scene(visit, flow, form), title=plain(form.get("name", "")))
    scene.title = scene.title or f"A play of {flow.name}"
    try:
        return flows_page.attachment(plays.transcribed(known, scene), f"{file_name(scene.title)}.txt", "text/plain")
    except PlayError as refused:
        return _shown(visit, known, flow, scene, why=refused.why)


def script(scene: Scene) -> str:
    """Return a play as it travels in a form: its settings, what was texted and what happened."""
    lines = [f"@ {setting}" for setting in scene.settings]
    lines += [f"({one.words})" if one.kind == "happening" else f"> {one.words}" for one in scene.steps]
    return "\n".join(lines)


def plain(words: str) -> str:
    """Return words as one line without control characters."""
    return "".join(c for c in " ".join(words.split()) if unicodedata.category(c) != "Cc")


def file_name(title: str) -> str:
    """Return a title as the name of a file, in ASCII."""
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:60] or "play"


async def _readable(visit: Visit) -> list[Program]:
    roles = visit.session.roles
    return [one for one in await programs.load(visit.connection) if roles.get(one.id) in READERS]


async def _scene(visit: Visit, flow: Flow, form: forms.Form) -> Scene:
    """Return the play as the form has it. Raises FormError for what no page of ours sends."""
    if "script" not in form:
        return Scene("", await _settings(visit, form), [Step("happening", f"{flow.name} begins")])
    try:
        scenes = read("# play\n" + "\n".join(map(plain, form["script"].splitlines())))
    except FlowError as error:
        raise FormError(400, visit.say("That play could not be read. Go back and start it again.")) from error
    if len(scenes) != 1:
        raise FormError(400, visit.say("That play could not be read. Go back and start it again."))
    return replace(scenes[0], title="")


async def _settings(visit: Visit, form: forms.Form) -> list[str]:
    """Return the settings lines that the choices before a play stand for; what is no choice is as it is offered."""
    lines = [line for name, values in CHOSEN.items() for line in values.get(form.get(name, ""), ())]
    for program in await _readable(visit):
        if program.slug == form.get("about"):
            facts = program_facts.facts(program, visit.rt.settings.public_url, program.settings.zone, visit.now.date())
            return [*of_program.lines(facts), *lines]
    return lines


def _next(known: Library, scene: Scene, form: forms.Form) -> None:
    """Add what was typed, pressed or let happen to a play, or take the last step back."""
    if "undo" in form:
        del scene.steps[max(len(scene.steps) - 1, 1) :]
    elif len(scene.steps) >= _MOST_STEPS:
        return
    elif "happen" in form:
        scene.steps.append(Step("happening", plain(form["happen"])))
    elif "press" in form or "words" in form:
        words = plain(form.get("press", form.get("words", "")))[:_LONGEST_TEXT]
        scene.steps.append(Step("reply", _meant(known, scene, words)))


def _meant(known: Library, scene: Scene, words: str) -> str:
    """Return what was pressed on a call as it is kept; settings that are none are refused where the play is shown."""
    try:
        return dialled(so_far(known, scene), words)
    except FlowError:
        return words


def _shown(visit: Visit, known: Library, flow: Flow, scene: Scene, *, why: str = "") -> Response:
    try:
        found = so_far(known, scene)
    except FlowError as error:
        raise FormError(400, visit.say("That play could not be read. Go back and start it again.")) from error
    voice = "channel voice" in scene.settings
    return visit.show(
        "flow_play.html",
        status=422 if why or found.refused else 200,
        flow=flow,
        found=found,
        lines=[(line, _size(line, voice=voice)) for line in found.lines],
        voice=voice,
        choices=keys(found),
        script=script(found.scene),
        settings=scene.settings,
        full=len(found.scene.steps) >= _MOST_STEPS,
        steps=len(found.scene.steps),
        name=scene.title,
        why=why,
        most=plays.MOST,
        longest=plays.LONGEST_NAME,
        longest_text=_LONGEST_TEXT,
    )


def _size(line: Line, *, voice: bool) -> int:
    """Return how many texts on a phone bill a line is; 0 for what is not texted."""
    return segments(line.text).count if line.said and not voice else 0


PAGES = (
    Page(ADDRESS + "/{name}/play", "GET", begin, EDITORS),
    Page(ADDRESS + "/{name}/play", "POST", step, EDITORS),
    Page(ADDRESS + "/{name}/save", "POST", save, EDITORS),
    Page(ADDRESS + "/{name}/transcript", "POST", transcript, EDITORS),
)
