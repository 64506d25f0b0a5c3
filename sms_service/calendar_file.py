"""What an iCalendar file (RFC 5545) says of events: each date of each event, or why it cannot be used."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import icalendar
from icalendar import ComponentFactory, Event, TypesFactory, vDDDTypes
from icalendar.parser.ical import ComponentIcalParser

from flows.text import plain
from sms_service import calendar_series
from sms_service.calendar_series import Fault, SeriesError
from sms_service.program_checks import ProgramError
from sms_service.translation import Word

LARGEST = 1_000_000
"""Bytes of the largest file that is read."""

_MOST_EVENTS, _MOST_SERIES = 2000, 200
_SAID = {
    "none": Word("this is no iCalendar file; one begins with BEGIN:VCALENDAR"),
    "cut": Word("this calendar breaks off before its end; get the whole file"),
    "empty": Word("this calendar holds no events"),
    "large": Word(
        "this is more than can be read at once: %(kb)s kB, or %(events)s events or dates of them, or %(series)s events "
        "that repeat",
        kb=LARGEST // 1000,
        events=_MOST_EVENTS,
        series=_MOST_SERIES,
    ),
}
# Control characters: the database takes none, and a line of text needs none.
_UNKEPT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ONLINE = re.compile(r"\b(online|en linea|en línea|virtual|webinar|zoom|teams|webex|meet\.google|google meet)\b", re.I)


class CalendarError(ProgramError):
    """Something that is no calendar, has no events, or is too large."""

    def __init__(self, fault: Literal["none", "cut", "empty", "large"]) -> None:
        super().__init__("calendar", _SAID[fault])
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Entry:
    """One date of an event, as the calendar has it, in the program's zone. `uid` names this date of this event."""

    uid: str
    title: str
    on: date
    time: str
    place: str
    link: str
    online: bool
    categories: tuple[str, ...]
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """An event that cannot be used, and why. `said` is what the calendar has there."""

    title: str
    fault: Fault
    said: str


@dataclass(slots=True)
class Found:
    """A calendar as it was read. `whole` are the UIDs of which every date to come is among the entries,
    `series` is how many events repeat.
    """

    entries: list[Entry] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    whole: set[str] = field(default_factory=set)
    series: int = 0


def read(body: str, zone: str, today: date) -> Found:
    """Read a calendar. Of an event that repeats, the dates of a year from today on count. Raises CalendarError."""
    events = _events(body)
    found = Found()
    by_uid: dict[str, list[Event]] = defaultdict(list)
    for number, event in enumerate(events):
        by_uid[_words(event, "UID") or f" {number}"].append(event)
    for uid, several in by_uid.items():
        _Event(uid.strip() if not uid.startswith(" ") else "", several, ZoneInfo(zone), today, found).read()
    return found


class _Parser(ComponentIcalParser):
    """Believes no file what a time zone is: its rules may have no end, and it would count for all files."""

    def handle_end_component(self, vals: str) -> None:
        """Close what is open, without its name: by that, a time zone would be learned."""
        super().handle_end_component("")


def _events(body: str) -> list[Event]:
    if len(body.encode()) > LARGEST:
        raise CalendarError("large")
    body = _UNKEPT.sub("", body).removeprefix("\ufeff").strip()
    if not body.upper().endswith("END:VCALENDAR"):
        raise CalendarError("cut" if body.upper().startswith("BEGIN:") else "none")
    try:
        calendars = _Parser(body + "\r\n", ComponentFactory(), TypesFactory.instance()).parse()
    except (ValueError, TypeError, IndexError, KeyError, AttributeError):
        raise CalendarError("none") from None
    found = []
    for calendar in calendars:
        cancelled = str(calendar.get("METHOD", "")).upper() == "CANCEL"
        for event in calendar.subcomponents:
            if not isinstance(event, Event):
                continue
            if cancelled:
                event["STATUS"] = icalendar.vText("CANCELLED")
            found.append(event)
    if not found:
        raise CalendarError("empty" if calendars else "none")
    if len(found) > _MOST_EVENTS:
        raise CalendarError("large")
    return found


def _words(event: Event, name: str) -> str:
    """Return a property in one line of plain characters."""
    value = event.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return " ".join(plain(str(value)).split()) if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class _Event:
    """All that a calendar has under one UID: the event, and its dates that differ from the rule."""

    uid: str
    several: Sequence[Event]
    zone: ZoneInfo
    today: date
    found: Found

    def read(self) -> None:
        masters = [one for one in self.several if "RECURRENCE-ID" not in one]
        # Of two of the same the later revision counts; of the same revision, the later in the file.
        master = max(enumerate(masters), key=lambda pair: (_revision(pair[1]), pair[0]))[1] if masters else None
        for one in masters:
            if one is not master:
                self.refuse(one, SeriesError("twice", ""))
        changed, faulty = self.differing()
        if master is not None:
            try:
                for start, name in self.dates(master):
                    self.enter(changed.pop(name, master), start, name)
            except SeriesError as error:
                self.refuse(master, error)
                return
            self.found.whole |= {self.uid} if self.uid and not faulty else set()
        for name, one in changed.items():
            self.enter(one, None, name)

    def differing(self) -> tuple[dict[str, Event], bool]:
        """Return the dates with words of their own, by what names them, and whether one could not be read."""
        changed: dict[str, Event] = {}
        faulty = False
        for one in sorted((one for one in self.several if "RECURRENCE-ID" in one), key=_revision):
            try:
                name = _name(self.uid, _when(one, "RECURRENCE-ID"))
                if str(one["RECURRENCE-ID"].params.get("RANGE", "")).upper() == "THISANDFUTURE":
                    raise SeriesError("later-dates", "")
                changed[name] = one
            except SeriesError as error:
                faulty = True
                self.refuse(one, error)
        return changed, faulty

    def dates(self, event: Event) -> Iterator[tuple[date | datetime, str]]:
        """Yield each start with what names it."""
        start = _when(event, "DTSTART")
        if not calendar_series.repeats(event):
            yield start, self.uid
            return
        self.found.series += 1
        if self.found.series > _MOST_SERIES:
            raise CalendarError("large")
        coming = [one for one in calendar_series.starts(event, start, self.today) if self.here(one)[0] >= self.today]
        if not coming:
            raise SeriesError("over", "")
        for one in coming:
            yield one, _name(self.uid, one)

    def enter(self, event: Event, start: date | datetime | None, name: str) -> None:
        """Keep one date: where it has words of its own, at the start they give."""
        try:
            own = start is None or "RECURRENCE-ID" in event
            begins = _when(event, "DTSTART") if own or start is None else start
            title = _words(event, "SUMMARY")
            if not title:
                raise SeriesError("no-title", "")
        except SeriesError as error:
            self.refuse(event, error)
            return
        on, time = self.here(begins)
        place, link = _words(event, "LOCATION"), _words(event, "URL")
        # Many calendars have the meeting's address where the room would stand.
        if not link and place.startswith("https://"):
            link = place
        if len(self.found.entries) == _MOST_EVENTS:
            raise CalendarError("large")
        self.found.entries.append(
            Entry(
                uid=name,
                title=title,
                on=on,
                time=time,
                place=place,
                link=link,
                online=bool(_ONLINE.search(place)) or place.startswith("https://") or "CONFERENCE" in event,
                categories=tuple(str(one).strip().casefold() for one in event.categories),
                cancelled=_words(event, "STATUS").upper() == "CANCELLED",
            )
        )

    def here(self, start: date | datetime) -> tuple[date, str]:
        """Return day and hour in the program's zone; a time without a zone is taken as that already."""
        if not isinstance(start, datetime):
            return start, ""
        local = start.astimezone(self.zone) if start.tzinfo else start
        return local.date(), f"{local:%H:%M}"

    def refuse(self, event: Event, error: SeriesError) -> None:
        self.found.unread.append(Unread(_words(event, "SUMMARY"), error.fault, error.said))


def _when(event: Event, name: str) -> date | datetime:
    """Return a date or a time. Raises SeriesError where there is none that can be used."""
    value = event.get(name)
    if value is None:
        raise SeriesError("no-date", "")
    if not isinstance(value, vDDDTypes) or not isinstance(value.dt, date):
        raise SeriesError("bad-date", str(value)[:40])
    zone = str(value.params.get("TZID", ""))
    if isinstance(value.dt, datetime) and value.dt.tzinfo is None and zone:
        raise SeriesError("zone", zone[:40])
    if not 1970 <= value.dt.year <= 9000:
        raise SeriesError("bad-date", str(value.dt))
    return value.dt


def _name(uid: str, start: date | datetime) -> str:
    """Return what names one date of an event that repeats, whichever zone it is written in."""
    if isinstance(start, datetime) and start.tzinfo:
        start = start.astimezone(UTC)
    return f"{uid}#{start.isoformat()}" if uid else ""


def _revision(event: Event) -> int:
    value = event.get("SEQUENCE")
    return int(value) if isinstance(value, int) else 0


KNOWN_KINDS: Mapping[str, str] = {
    "clinical": "clinical",
    "clinico": "clinical",
    "clínico": "clinical",
    "diversity": "diversity",
    "diversidad": "diversity",
    "medical": "medical",
    "medico": "medical",
    "médico": "medical",
}
"""The categories of a calendar that say what kind an event is."""
