"""People: there is no list of them. By a number that was told: why a text did not come, and taking somebody out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from starlette.responses import Response

from flows.rhythm import Occurrence
from flows.schedule import clock, local, short_date
from sms_service import hindrances, parting, programs
from sms_service.console import looking, pause_page, sessions
from sms_service.console.door import Page
from sms_service.console.forms import Form
from sms_service.console.visit import Visit
from sms_service.pages import written
from sms_service.programs import Program, ProgramError
from sms_service.schedule_words import sentences
from sms_service.twilio import errors

ADDRESS = "/console/people"
WHY = "/console/why"
_VERBS: dict[str, Callable[..., Any]] = {looking.REMOVED: parting.remove, looking.CHANGED: parting.change_number}


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as typed, and what is wrong with it by field. The number is shown again and kept nowhere."""

    program: Program
    number: str
    faults: dict[str, str]


async def people(visit: Visit) -> Response:
    """Return the page."""
    return visit.show("people.html", **await _frame(visit))


async def take_out(visit: Visit, form: Form) -> Response:
    """Take a number out of a program, or say what is wrong. The answer is the same whoever has the number."""
    frame = await _frame(visit)
    typed, what = _typed(visit, form, frame["choice"]), form.get("what", "")
    if what not in _VERBS:
        typed.faults["what"] = visit.say("Choose what happened.")
    if "number" not in typed.faults and _plain(form.get("again", "")) != _plain(typed.number):
        typed.faults["again"] = visit.say("This is another number than the one above. Type the same one.")
    if typed.faults:
        return visit.show("people.html", status=422, **{**frame, "typed": typed, "what": what})
    if not await looking.may(visit, typed.program, what):
        return visit.show("people.html", status=429, **{**frame, "typed": typed, "what": what, "waits": True})
    await _VERBS[what](visit.rt, visit.connection, typed.program, typed.number, visit.now)
    return visit.show(
        "people.html", **{**frame, "done": what, "of": typed.program, "sender": written(typed.program.sender)}
    )


async def ask_why(visit: Visit) -> Response:
    """Return the form for a number and a day."""
    return visit.show("why.html", **await _why_frame(visit))


async def why(visit: Visit, form: Form) -> Response:
    """Say what kept a check-in back. Each answer is noted in the audit log, and ten a day are given."""
    frame = await _why_frame(visit)
    typed = _typed(visit, form, frame["choice"])
    today = local(visit.now.astimezone(UTC), typed.program.settings.zone).date()
    day = _day(form.get("day", ""))
    if day is None or not today - hindrances.FARTHEST <= day <= today:
        typed.faults["day"] = visit.say("Give today or a day of the last two weeks.")
    frame |= {"typed": typed, "day": form.get("day", "")}
    if day is None or typed.faults:
        return visit.show("why.html", status=422, **frame)
    if not await looking.may(visit, typed.program, looking.LOOKED_UP):
        return visit.show("why.html", status=429, **{**frame, "waits": True})
    found = await hindrances.find(visit.rt, visit.connection, typed.program, typed.number, day, visit.now)
    zone = typed.program.settings.zone
    rule = {"planned": found.planned, "others": found.others, "next": found.next}
    told = {name: _said(visit, one, zone) for name, one in rule.items()}
    paused = pause_page.said(visit, typed.program)
    stopped = errors.stored(found.stopped) if found.stopped else ""
    return visit.show(
        "why.html", **{**frame, "found": found, "told": told, "stopped": stopped, "paused": paused, "of": typed.program}
    )


async def _frame(visit: Visit) -> dict[str, Any]:
    known = await programs.load(visit.connection)
    choice = [one for one in known if visit.session.roles.get(one.id) in sessions.EDITORS]
    return {"choice": choice, "typed": None, "what": "", "done": "", "waits": False, "most": looking.A_DAY}


async def _why_frame(visit: Visit) -> dict[str, Any]:
    frame = await _frame(visit)
    zone = frame["choice"][0].settings.zone if frame["choice"] else "UTC"
    # The rail has no word of its own for it.
    return {**frame, "here": ADDRESS, "day": str(local(visit.now.astimezone(UTC), zone).date()), "found": None}


def _typed(visit: Visit, form: Form, choice: list[Program]) -> Typed:
    """Read the program and the number. A program that was not offered is none of theirs."""
    faults = {}
    program = next((one for one in choice if one.slug == form.get("program", "")), choice[0])
    if program.slug != form.get("program", ""):
        faults["program"] = visit.say("Choose one of your programs.")
    given = form.get("number", "").strip()
    try:
        parting.number(given)
    except ProgramError:
        faults["number"] = visit.say("This is not a telephone number. Write it like +1 757 555 0123.")
    return Typed(program, given, faults)


def _plain(number: str) -> str:
    try:
        return parting.number(number)
    except ProgramError:
        return ""


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None


def _said(visit: Visit, found: Occurrence | None, zone: str) -> tuple[str, str]:
    """Return when an occurrence is, "" if it is left out or there is none, and why if it is not as usual."""
    if found is None:
        return "", ""
    return _moment(visit, found.due, zone) if found.due else "", sentences(found.notes)


def _moment(visit: Visit, at: datetime, zone: str) -> str:
    there = local(at.astimezone(UTC), zone)
    return f"{short_date(there.date(), visit.language)}, {clock(f'{there:%H:%M}', visit.language)}"


PAGES = (
    Page(ADDRESS, "GET", people, sessions.EDITORS),
    Page(ADDRESS, "POST", take_out, sessions.EDITORS),
    Page(WHY, "GET", ask_why, sessions.EDITORS),
    Page(WHY, "POST", why, sessions.EDITORS),
)
