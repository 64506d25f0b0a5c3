"""Bringing a calendar's events onto a program's list: what would become of each, told row by row, then all at once.

Reading the same calendar again changes nothing; reading a later one of it changes what it changes. What somebody chose
here for an event (its kind, whom it is for, its seats) stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import segments
from sms_service import calendar_file, events, learning_fields
from sms_service.calendar_file import KNOWN_KINDS, Entry, Found
from sms_service.calendar_series import Fault
from sms_service.events import LONGEST_PLACE, LONGEST_TITLE, LONGEST_VENUE, Listing
from sms_service.programs import Program, ProgramError

Outcome = Literal["added", "changed", "same", "removed", "refused"]
Why = Literal["", Fault, "far", "cancelled", "gone", "long-title", "odd-title", "same-day", "full"]
Note = Literal["short-place", "no-place", "no-link"]

_LOCK = text("select from programs where id = :program for no key update")


@dataclass(frozen=True, slots=True)
class Choices:
    """What whoever brings a calendar decides for all of it, and, by row, the titles that they made shorter.

    `place` is what texts say where the calendar's own place is too long for one, or missing.
    """

    place: str = "in person"
    kind: str = ""
    audience: tuple[str, ...] = ()
    titles: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of one event. `said` is what is at fault, as the calendar has it; `number` is the row's own."""

    number: int
    title: str
    outcome: Outcome
    why: Why = ""
    said: str = ""
    notes: tuple[Note, ...] = ()
    event: Listing | None = None
    on: date | None = None
    time: str = ""


def check_choices(choices: Choices) -> None:
    """Raise ProgramError for a choice that cannot be used."""
    learning_fields.check_for_texts("place", choices.place, LONGEST_PLACE)
    learning_fields.check_kind(choices.kind)
    learning_fields.check_audience(choices.audience)


def read(program: Program, body: str, now: datetime) -> Found:
    """Read a calendar for a program, which may take a second and needs no database. Raises CalendarError."""
    return calendar_file.read(body, program.settings.zone, events.today(program, now))


async def plan(
    connection: AsyncConnection, program: Program, found: Found, choices: Choices, now: datetime
) -> list[Row]:
    """Say what would become of each event of a calendar. Raises ProgramError for the choices."""
    check_choices(choices)
    today = events.today(program, now)
    stored = await events.listed(connection, program.id)
    gone = _no_longer(found, stored, today)
    kept = [one for one in stored if one not in gone]
    desk = _Desk(choices, today, {one.uid: one for one in kept if one.uid}, {(o.title, o.on): o for o in kept})
    rows = [desk.row(number, entry) for number, entry in enumerate(_in_order(found.entries), 1)]
    for one in gone:
        rows.append(Row(len(rows) + 1, one.title, "removed", "gone", event=one, on=one.on, time=one.time))
    for bad in found.unread:
        rows.append(Row(len(rows) + 1, bad.title, "refused", bad.fault, bad.said))
    return rows


def _no_longer(found: Found, stored: Sequence[Listing], today: date) -> list[Listing]:
    """Return what is on the list from a series, and is not among its dates any more."""
    named = {entry.uid for entry in found.entries}
    lost = [one for one in stored if one.uid and one.uid not in named and one.on >= today]
    return [one for one in lost if {one.uid, one.uid.rpartition("#")[0]} & found.whole]


async def bring(
    connection: AsyncConnection, program: Program, found: Found, choices: Choices, now: datetime
) -> list[Row]:
    """Do what `plan` says, in this transaction, and say it: all of it, or nothing. Raises as `plan` does."""
    await connection.execute(_LOCK, {"program": program.id})
    rows = await plan(connection, program, found, choices, now)
    # Whoever calls may show what is wrong and commit.
    async with connection.begin_nested():
        # What leaves the list first leaves room for what comes onto it.
        for row in sorted(rows, key=lambda row: ("removed", "changed", "added").index(row.outcome) if row.event else 0):
            if row.event is not None:
                await _do(connection, program, row.event, row.outcome, now)
    return rows


async def _do(connection: AsyncConnection, program: Program, event: Listing, outcome: Outcome, now: datetime) -> None:
    done = True
    if outcome == "added":
        done = await events.add(connection, program, event, now)
    elif outcome == "changed":
        done = await events.change(connection, program, event, now)
    elif outcome == "removed" and event.id is not None:
        done = await events.delete(connection, program, event.id)
    if not done:
        raise ProgramError("calendar", "the list changed meanwhile, so nothing was done; look at it again")


def _in_order(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda one: (one.on, one.time, one.title, one.uid))


@dataclass(slots=True)
class _Desk:
    """What is on the list already, by the calendar's names and by title and day."""

    choices: Choices
    today: date
    by_uid: Mapping[str, Listing]
    taken: dict[tuple[str, date], Listing]
    room: int = 0

    def __post_init__(self) -> None:
        self.room = events.MOST - len(self.taken)

    def row(self, number: int, entry: Entry) -> Row:
        """Decide about one event of the calendar."""
        stored = self.by_uid.get(entry.uid) if entry.uid else None
        event, notes = self.listing(number, entry, stored)
        row = Row(number, entry.title, "refused", notes=notes, on=entry.on, time=entry.time)
        if entry.cancelled:
            return self.cancelled(row, stored)
        why, said = self.refusal(event, stored)
        if why:
            return replace(row, why=why, said=said, notes=())
        self.taken[event.title, event.on] = event
        if stored is None:
            self.room -= 1
            return replace(row, outcome="added", event=event)
        if event == stored:
            return replace(row, outcome="same")
        if (stored.title, stored.on) != (event.title, event.on):
            self.taken.pop((stored.title, stored.on), None)
        return replace(row, outcome="changed", event=event)

    def cancelled(self, row: Row, stored: Listing | None) -> Row:
        if stored is None or stored.on < self.today:
            return replace(row, why="cancelled", notes=())
        self.taken.pop((stored.title, stored.on), None)
        return replace(row, outcome="removed", why="cancelled", event=stored, notes=())

    def refusal(self, event: Listing, stored: Listing | None) -> tuple[Why, str]:
        """Say why an event cannot come onto the list, if so, with the value at fault."""
        size = segments(event.title)
        other = self.taken.get((event.title, event.on))
        reasons: tuple[tuple[bool, Why, str], ...] = (
            (event.on < self.today, "over", ""),
            (event.on.year > self.today.year + 5, "far", ""),
            (size.encoding != "GSM-7", "odd-title", event.title),
            (size.units > LONGEST_TITLE, "long-title", str(size.units)),
            (bool(events.faults(event, self.today)), "odd-title", event.title),
            (other is not None and (stored is None or other.id != stored.id), "same-day", ""),
            (stored is None and self.room < 1, "full", str(events.MOST)),
        )
        for applies, why, said in reasons:
            if applies:
                return why, said
        return "", ""

    def listing(self, number: int, entry: Entry, stored: Listing | None) -> tuple[Listing, tuple[Note, ...]]:
        """Make an event of what the calendar says and what was chosen, with what had to be left out."""
        notes: list[Note] = []
        place, venue = self.place(entry, stored, notes)
        link = entry.link
        try:
            learning_fields.check_link(link)
        except ProgramError:
            link = ""
            notes.append("no-link")
        title = self.choices.titles.get(number, entry.title)
        if stored is not None and segments(title).units > LONGEST_TITLE:
            title = stored.title
        kinds = [KNOWN_KINDS[one] for one in entry.categories if one in KNOWN_KINDS]
        before = stored or Listing("", entry.on, "", kind=self.choices.kind, audience=self.choices.audience)
        made = replace(
            before,
            title=title,
            on=entry.on,
            time=entry.time,
            place=place,
            venue=venue,
            online=entry.online,
            kind=kinds[0] if kinds else before.kind,
            link=link or before.link,
            uid=entry.uid,
        )
        return made, tuple(notes)

    def place(self, entry: Entry, stored: Listing | None, notes: list[Note]) -> tuple[str, str]:
        """Return the place as a text says it and as the page does."""
        if entry.online:
            return "online", ""
        venue = _fitting(entry.place)
        size = segments(venue)
        if venue and size.encoding == "GSM-7" and size.units <= LONGEST_PLACE:
            return venue, ""
        if stored is not None and not stored.online:
            return stored.place, venue
        notes.append("short-place" if venue else "no-place")
        return self.choices.place, venue


def _fitting(place: str) -> str:
    """Return a place as a page can show it."""
    shown = place[:LONGEST_VENUE].strip()
    try:
        learning_fields.check_for_pages("venue", shown, LONGEST_VENUE)
    except ProgramError:
        return ""
    return shown
