"""Reading a calendar into a program's list: what would become of each event first, and then all of it at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from flows.schedule import clock, short_date
from sms_service import event_import
from sms_service.calendar_file import LARGEST, CalendarError, Found
from sms_service.console import learning_page
from sms_service.console.door import Later, Page
from sms_service.console.sessions import EDITORS
from sms_service.console.visit import Visit
from sms_service.event_import import Choices, Row
from sms_service.events import LONGEST_PLACE, LONGEST_TITLE
from sms_service.learning_fields import AUDIENCES, KINDS
from sms_service.programs import Program, ProgramError

ADDRESS = learning_page.ADDRESS + "/calendar"
_TITLE = re.compile(r"title-([1-9]\d{0,4})")


@dataclass(frozen=True, slots=True)
class Shown:
    """A row in words. `shorten` is whether its title can be made shorter right there."""

    number: int
    title: str
    day: str
    hour: str
    outcome: str
    good: bool
    words: tuple[str, ...]
    shorten: bool
    typed: str


async def ask(visit: Visit) -> Response:
    """Return the form that takes a calendar."""
    return await _show(visit, await visit.program(), {}, {})()


def _body(form: Mapping[str, str]) -> str:
    # A page shows what was pasted again with the line ends that it has itself.
    return form.get("file", "").strip() or form.get("calendar", "").strip()


def read(program: Program, now: datetime, form: Mapping[str, str]) -> Found | CalendarError:
    """Read the calendar of a form."""
    try:
        return event_import.read(program, _body(form), now)
    except CalendarError as error:
        return error


async def take(visit: Visit, form: Mapping[str, str], found: Found | CalendarError) -> Later:
    """Show what a calendar would do; with `do` pressed, do it."""
    program = await visit.program()
    body = _body(form)
    typed = {**form, "calendar": body}
    if not body:
        return _show(
            visit, program, typed, {"calendar": visit.say("paste a calendar, or choose a file that holds one")}
        )
    doing = bool(form.get("do"))
    if isinstance(found, CalendarError):
        return _show(visit, program, typed, {found.field: found.message})
    try:
        verb = event_import.bring if doing else event_import.plan
        rows = await verb(visit.connection, program, found, _choices(form), visit.now)
    except ProgramError as error:
        return _show(visit, program, typed, {error.field: error.message})
    if doing:
        await visit.note("calendar.read", program.id)
    return _show(visit, program, typed, {}, rows, done=doing)


def _choices(form: Mapping[str, str]) -> Choices:
    shorter = {
        int(found[1]): value.strip()
        for field, value in form.items()
        if value.strip() and (found := _TITLE.fullmatch(field))
    }
    return Choices(
        place=form.get("place", "").strip() or Choices().place,
        kind=form.get("kind", ""),
        audience=tuple(one for one in AUDIENCES if form.get(f"for_{one}")),
        titles=shorter,
    )


def _show(
    visit: Visit,
    program: Program,
    typed: Mapping[str, str],
    faults: Mapping[str, str],
    rows: Sequence[Row] = (),
    *,
    done: bool = False,
) -> Later:
    """Return the page, which carries the whole calendar and may have thousands of rows."""
    titles = {field: value for field, value in typed.items() if _TITLE.fullmatch(field)}
    shown = [_shown(visit, row, titles.get(f"title-{row.number}", ""), done) for row in rows]
    counted = {outcome: sum(row.outcome == outcome for row in rows) for outcome in ("added", "changed", "removed")}
    return visit.show_beside(
        "calendar.html",
        status=422 if faults else 200,
        program=program,
        root=learning_page.address(program),
        typed=typed,
        faults=faults,
        rows=shown,
        counted=counted,
        refused=sum(row.outcome == "refused" for row in rows),
        same=sum(row.outcome == "same" for row in rows),
        done=done,
        kinds=[(value, names[visit.language]) for value, names in KINDS.items()],
        audiences=[(value, names[visit.language]) for value, names in AUDIENCES.items()],
        place=typed.get("place", "") or Choices().place,
        longest=LONGEST_TITLE,
        longest_place=LONGEST_PLACE,
    )


def _shown(visit: Visit, row: Row, typed: str, done: bool) -> Shown:
    day = f"{short_date(row.on, visit.language)} {row.on.year}" if row.on else ""
    hour = clock(row.time, visit.language) if row.time else ""
    words = tuple(one for one in (_why(visit, row), *(_note(visit, note) for note in row.notes)) if one)
    shorten = not done and (row.why in {"long-title", "odd-title"} or bool(typed))
    title = row.title or visit.say("without a title")
    outcome = _outcome(visit, row.outcome, done)
    return Shown(row.number, title, day, hour, outcome, row.outcome != "refused", words, shorten, typed)


def _outcome(visit: Visit, outcome: str, done: bool) -> str:
    did = {
        "added": visit.say("Added"),
        "changed": visit.say("Changed"),
        "removed": visit.say("Taken off the list"),
        "same": visit.say("On the list as it is"),
        "refused": visit.say("Left out"),
    }
    will = {
        "added": visit.say("Will be added"),
        "changed": visit.say("Will be changed"),
        "removed": visit.say("Will be taken off the list"),
    }
    return did[outcome] if done else will.get(outcome, did[outcome])


def _why(visit: Visit, row: Row) -> str:
    """Say why a row is left out, or taken off the list."""
    say, said = visit.say, row.said
    return {
        "": "",
        "no-date": say("It has no date."),
        "bad-date": say("Its date can't be read: %(said)s", said=said),
        "no-title": say("It has no title."),
        "zone": say("Its time zone is not known: %(said)s", said=said),
        "series": say("It repeats in a way that is not understood: %(said)s. Add its dates one by one.", said=said),
        "later-dates": say("It changes a series from a date on, which is not understood. Change those by hand."),
        "twice": say("The file has it twice. The later revision counts."),
        "over": say("It is over."),
        "far": say("It is more than five years away."),
        "cancelled": say("The calendar says that it was cancelled."),
        "gone": say("Its series has no such date any more."),
        "long-title": say("Its title has %(said)s characters; a text takes 40. Make it shorter here.", said=said),
        "odd-title": say("Its title has characters that a text can't carry. Write it in plain letters here."),
        "same-day": say("Another event of this title is on this day already."),
        "full": say("The list is full: it takes %(said)s events.", said=said),
    }[row.why]


def _note(visit: Visit, note: str) -> str:
    say = visit.say
    return {
        "short-place": say("Its place is too long for a text; texts say the place you choose, the page all of it."),
        "no-place": visit.say("It names no place; texts say the place you choose."),
        "no-link": visit.say("Its link is not a plain https:// one, so it is left out."),
    }[note]


# What is pasted is sent with three characters for each line end and blank.
PAGES = (
    Page(ADDRESS, "GET", ask, EDITORS),
    Page(ADDRESS, "POST", take, EDITORS, largest=3 * LARGEST, prepare=read),
)
