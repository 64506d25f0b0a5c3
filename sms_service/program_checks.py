"""What must hold of a program's settings by themselves: each field a value that can be used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from flows import CLIENT_WORDS, FlowError, days_off, segments
from sms_service import misspelt, mobile_numbers
from sms_service.calendar_words import weekday
from sms_service.translation import Word

if TYPE_CHECKING:
    from sms_service.program_settings import ProgramSettings

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])")
_TAKEN = frozenset({"new"})
_SHORTEST_FLOOR = 5
_LONGEST_PEER_LINE = 40
_LONGEST_OPEN = 24 * 6
_MOST_CLOSED = 100
_QUOTED = re.compile(r"%\((\w+)\)r")
_MOST_QUOTED = 100
RANGES: Mapping[str, tuple[int, int, Word]] = {
    "every_weeks": (1, 13, Word("weeks")),
    "window_hours": (1, _LONGEST_OPEN, Word("hours")),
    "remind_hours": (1, _LONGEST_OPEN - 1, Word("hours")),
    "grace_hours": (0, _LONGEST_OPEN, Word("hours")),
    "spread_minutes": (0, 240, Word("minutes")),
    "fade_after": (0, 52, Word("silent weeks, and 0 for never")),
}
"""The least and the most of each whole number, and what it counts."""


OPEN_END = "open"
"""What stands for the end of a pause that somebody has to end."""


class ProgramError(ValueError):
    """A program's setting that cannot be used: `field`, what is wrong with it, and what would be right.

    `%(name)s` in the message is filled from `values`; the console says it in the reader's language. What was typed is
    quoted, `%(name)r`, and then only as much of it as one can look through.
    """

    def __init__(self, field: str, message: str, /, **values: object) -> None:
        self.field = field
        quoted = {name: _clipped(values[name]) for name in _QUOTED.findall(message) if name in values}
        self.message = message if isinstance(message, Word) else Word(message, **{**values, **quoted})
        super().__init__(f"{field}: {self.message}" if field else self.message)


def _clipped(value: object) -> object:
    return f"{value[:_MOST_QUOTED]}…" if isinstance(value, str) and len(value) > _MOST_QUOTED else value


def check(settings: ProgramSettings) -> None:
    """Raise ProgramError naming a field that cannot be used. How they fit together is looked at when they are saved."""
    _check_names(settings)
    _check_times(settings)
    _check_days(settings)
    _check_range(settings)
    _check_calls(settings)
    read_date("hard_event", settings.hard_event)
    if settings.paused_until != OPEN_END:
        read_date("paused_until", settings.paused_until)


def check_step(old: int, new: int) -> None:
    """Raise ProgramError for a new least number that is not a step of five: by several one could find a number out."""
    if new != old and new % _SHORTEST_FLOOR:
        raise ProgramError(
            "floor", "%(new)s is not a step of %(least)s; choose 5, 10, 15 or 20", new=new, least=_SHORTEST_FLOOR
        )


def check_slug(slug: str) -> None:
    """Raise ProgramError for a short address that an address cannot hold, or that another page has."""
    if not _SLUG.fullmatch(slug):
        raise ProgramError(
            "slug", "%(slug)r has to be 2 to 24 small letters, digits or hyphens, such as tide", slug=slug
        )
    if slug in _TAKEN:
        raise ProgramError("slug", "%(slug)r is the address of another page; choose another", slug=slug)


def check_zone(zone: str) -> None:
    """Raise ProgramError for what is not the time zone of a place, nor UTC."""
    if not misspelt.is_place(zone):
        found = misspelt.meant_zone(zone)
        right = Word("write it %(place)s", place=found) if found else Word("write it like America/New_York")
        raise ProgramError("zone", "%(zone)r is not the time zone of a place; %(right)s", zone=zone, right=right)


def check_region(region: str, sender: str = "") -> None:
    """Raise ProgramError for what is not the code of a place, as programs with this number mean it; "" is none."""
    american = mobile_numbers.is_american(sender)
    if not region or misspelt.is_region(region, american=american):
        return
    state, found = misspelt.state_named(region), misspelt.meant_region(region, american=american)
    if state:
        given = {"region": region, "place": found, "state": state}
        raise ProgramError("region", "%(region)r lacks its country; write %(place)s for %(state)s", **given)
    right = Word("write it %(place)s", place=found) if found else Word("write it like US, US-VA or ES")
    raise ProgramError("region", "%(region)r is not a place with known holidays; %(right)s", region=region, right=right)


def read_date(field: str, value: object) -> date | None:
    """Return an ISO date; None for "". Raises ProgramError for one that the calendar does not have."""
    if value == "":
        return None
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ProgramError(field, "%(value)r is not a date of the calendar; write it like 2027-01-31", value=value)


def _check_names(settings: ProgramSettings) -> None:
    size = segments(settings.short_name)
    if not settings.short_name or size.units > 12 or size.encoding != "GSM-7":
        raise ProgramError("short_name", "%(value)r has to be 1 to 12 plain characters", value=settings.short_name)
    if not settings.operator.strip():
        raise ProgramError("operator", "is empty; say who runs the program")
    if settings.learn_url and not settings.learn_url.startswith(("https://", "http://")):
        raise ProgramError(
            "learn_url", "%(value)r is not an address such as https://example.org/training", value=settings.learn_url
        )
    if settings.client not in CLIENT_WORDS:
        raise ProgramError(
            "client", "%(value)r is not one of %(known)s", value=settings.client, known=", ".join(sorted(CLIENT_WORDS))
        )
    size = segments(settings.peer_line)
    if size.units > _LONGEST_PEER_LINE or (settings.peer_line and size.encoding != "GSM-7"):
        raise ProgramError(
            "peer_line",
            "%(value)r has to be a name and number of at most %(most)s characters",
            value=settings.peer_line,
            most=_LONGEST_PEER_LINE,
        )
    if settings.floor < _SHORTEST_FLOOR:
        raise ProgramError(
            "floor",
            "%(value)s is too few to hide one person; %(least)s or more",
            value=settings.floor,
            least=_SHORTEST_FLOOR,
        )


def _check_times(settings: ProgramSettings) -> None:
    # One that is no place's can be reckoned with, so that a program that has it stays loadable.
    if settings.zone not in misspelt.zones():
        check_zone(settings.zone)
    if not _is_one_of(settings.day, range(7)):
        raise ProgramError("day", "%(value)r is not a weekday; write it like Thu or Thursday", value=settings.day)
    for field in ("time", "quiet_start", "quiet_end"):
        value = getattr(settings, field)
        if not _TIME.fullmatch(value):
            raise ProgramError(
                field, "%(value)r can't be read as a time of day; write it like 09:30 or 21:00", value=value
            )
    check_number("window_hours", settings.window_hours)
    hours = settings.remind_hours
    for one in hours:
        check_number("remind_hours", one)
    if list(hours) != sorted(set(hours)) or len(hours) > 3:
        given = ", ".join(map(str, hours))
        raise ProgramError(
            "remind_hours", "%(given)s: up to three rising numbers of hours, such as 24 and 48", given=given
        )
    if hours and hours[-1] >= settings.window_hours:
        raise ProgramError(
            "remind_hours",
            "%(hours)s h is not before the check-in closes at %(closes)s h; at most %(most)s h, or close later",
            hours=hours[-1],
            closes=settings.window_hours,
            most=settings.window_hours - 1,
        )


def _check_days(settings: ProgramSettings) -> None:
    """Look at the days of the rule."""
    also = settings.also_days
    _check_also(also, settings.day)
    check_number("every_weeks", settings.every_weeks)
    if not _is_one_of(settings.month_week, range(6)):
        raise ProgramError(
            "month_week",
            "%(value)r: 1 to 4 for that weekday of the month, 5 for the last, 0 for weekly",
            value=settings.month_week,
        )
    if settings.month_week and also:
        raise ProgramError("month_week", "once a month has one weekday; take the other days away, or choose weekly")
    if settings.month_week and settings.every_weeks > 1:
        raise ProgramError(
            "month_week", "once a month is not every %(weeks)s weeks; choose one of them", weeks=settings.every_weeks
        )


def _check_range(settings: ProgramSettings) -> None:
    """Look at when the rule runs, where, and for how long."""
    starts, ends = read_date("starts", settings.starts), read_date("ends", settings.ends)
    if starts and ends and ends < starts:
        raise ProgramError(
            "ends", "%(ends)s is before the start, %(starts)s; give a later day", ends=ends, starts=starts
        )
    closed_days(settings.closed)
    if settings.region:
        _check_known(settings.region)
    for field in ("spread_minutes", "grace_hours", "fade_after"):
        check_number(field, getattr(settings, field))


def check_number(field: str, value: object) -> None:
    """Raise ProgramError for what is not a whole number between the least and the most of its field."""
    least, most, words = RANGES[field]
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProgramError(
            field,
            "%(value)r is not a whole number; %(least)s to %(most)s %(words)s",
            value=value,
            least=least,
            most=most,
            words=words,
        )
    if value not in range(least, most + 1):
        given = {"value": value, "least": least, "most": most, "words": words}
        much, little = (
            Word("%(value)s is too much; %(least)s to %(most)s %(words)s", **given),
            Word("%(value)s is too little; %(least)s to %(most)s %(words)s", **given),
        )
        raise ProgramError(field, much if value > most else little)


def _check_also(also: Sequence[object], own: int) -> None:
    for n, day in enumerate(also):
        if not isinstance(day, int) or not _is_one_of(day, range(7)):
            raise ProgramError("also_days", "%(day)r is not a weekday; write it like Thu or Thursday", day=day)
        name = weekday(day)
        if day == own:
            raise ProgramError("also_days", "%(name)s is the program's own day already; name another", name=name)
        if day in also[:n]:
            raise ProgramError("also_days", "%(name)s is named twice; once is enough", name=name)


def _check_known(region: str) -> None:
    # An alias can be reckoned with, so that a program that has it stays loadable.
    try:
        days_off.check_region(region)
    except FlowError:
        check_region(region)


def closed_days(closed: Sequence[Sequence[str]]) -> tuple[tuple[date, date], ...]:
    """Return days without check-ins as dates. Raises ProgramError naming those that are none."""
    if len(closed) > _MOST_CLOSED:
        raise ProgramError(
            "closed",
            "%(number)s times off are more than %(most)s; take old ones away",
            number=len(closed),
            most=_MOST_CLOSED,
        )
    found = []
    for one in closed:
        if isinstance(one, str) or len(one) != 2:
            raise ProgramError(
                "closed", "%(one)r is not a first and a last day, such as 2026-12-24 to 2027-01-01", one=one
            )
        first, last = read_date("closed", one[0]), read_date("closed", one[1])
        if first is None or last is None:
            raise ProgramError(
                "closed",
                "%(given)r: give both the first and the last day; they may be the same",
                given=" to ".join(one),
            )
        if last < first:
            raise ProgramError(
                "closed", "%(last)s is before %(first)s; give the earlier day first", last=last, first=first
            )
        found.append((first, last))
    return tuple(found)


def _is_one_of(value: object, numbers: range) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in numbers


def _check_calls(settings: ProgramSettings) -> None:
    if settings.voice not in ("woman", "man"):
        raise ProgramError("voice", "%(value)r is neither woman nor man", value=settings.voice)
    if settings.review not in ("none", "lead"):
        raise ProgramError("review", "%(value)r is neither none nor lead", value=settings.review)
    if settings.promise_hours not in range(1, 13):
        raise ProgramError(
            "promise_hours", "%(value)r: a call is promised within 1 to 12 hours", value=settings.promise_hours
        )
