"""What must hold of a program's settings by themselves: each field a value that can be used."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from flows import CLIENT_WORDS, FlowError, segments
from flows.days_off import check_region
from flows.schedule import day_name

if TYPE_CHECKING:
    from sms_service.program_settings import ProgramSettings

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])")
_TAKEN = frozenset({"new"})
_SHORTEST_FLOOR = 5
_LONGEST_PEER_LINE = 40
_LONGEST_OPEN = 24 * 6
_MOST_CLOSED = 100
RANGES: Mapping[str, tuple[int, int, str]] = {
    "every_weeks": (1, 13, "weeks"),
    "window_hours": (1, _LONGEST_OPEN, "hours"),
    "remind_hours": (1, _LONGEST_OPEN - 1, "hours"),
    "grace_hours": (0, _LONGEST_OPEN, "hours"),
    "spread_minutes": (0, 240, "minutes"),
    "fade_after": (0, 52, "silent weeks, and 0 for never"),
}
"""The least and the most of each whole number, and what it counts."""


class ProgramError(ValueError):
    """A program's setting that cannot be used: `field`, what is wrong with it, and what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message


def check(settings: ProgramSettings) -> None:
    """Raise ProgramError naming a field that cannot be used. How they fit together is looked at when they are saved."""
    _check_names(settings)
    _check_times(settings)
    _check_days(settings)
    _check_range(settings)
    _check_calls(settings)
    read_date("hard_event", settings.hard_event)


def check_step(old: int, new: int) -> None:
    """Raise ProgramError for a new least number that is not a step of five: by several one could find a number out."""
    if new != old and new % _SHORTEST_FLOOR:
        raise ProgramError("floor", f"{new} is not a step of {_SHORTEST_FLOOR}; choose 5, 10, 15 or 20")


def check_slug(slug: str) -> None:
    """Raise ProgramError for a short address that an address cannot hold, or that another page has."""
    if not _SLUG.fullmatch(slug):
        raise ProgramError("slug", f"{slug!r} has to be 2 to 24 small letters, digits or hyphens, such as tide")
    if slug in _TAKEN:
        raise ProgramError("slug", f"{slug!r} is the address of another page; choose another")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def check_zone(zone: str) -> None:
    """Raise ProgramError for a time zone that there is not."""
    if zone not in _zones():
        raise ProgramError("zone", f"{zone!r} is not a time zone; one is America/New_York")


def read_date(field: str, value: object) -> date | None:
    """Return an ISO date; None for "". Raises ProgramError for one that the calendar does not have."""
    if value == "":
        return None
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ProgramError(field, f"{value!r} is not a date of the calendar; write it like 2027-01-31")


def _check_names(settings: ProgramSettings) -> None:
    size = segments(settings.short_name)
    if not settings.short_name or size.units > 12 or size.encoding != "GSM-7":
        raise ProgramError("short_name", f"{settings.short_name!r} has to be 1 to 12 plain characters")
    if not settings.operator.strip():
        raise ProgramError("operator", "is empty; say who runs the program")
    if settings.learn_url and not settings.learn_url.startswith(("https://", "http://")):
        raise ProgramError(
            "learn_url", f"{settings.learn_url!r} is not an address such as https://example.org/training"
        )
    if settings.client not in CLIENT_WORDS:
        raise ProgramError("client", f"{settings.client!r} is not one of {', '.join(sorted(CLIENT_WORDS))}")
    size = segments(settings.peer_line)
    if size.units > _LONGEST_PEER_LINE or (settings.peer_line and size.encoding != "GSM-7"):
        raise ProgramError(
            "peer_line",
            f"{settings.peer_line!r} has to be a name and number of at most {_LONGEST_PEER_LINE} characters",
        )
    if settings.floor < _SHORTEST_FLOOR:
        raise ProgramError("floor", f"{settings.floor} is too few to hide one person; {_SHORTEST_FLOOR} or more")


def _check_times(settings: ProgramSettings) -> None:
    check_zone(settings.zone)
    if not _is_one_of(settings.day, range(7)):
        raise ProgramError("day", f"{settings.day!r} is not a weekday; write it like Thu or Thursday")
    for field in ("time", "quiet_start", "quiet_end"):
        value = getattr(settings, field)
        if not _TIME.fullmatch(value):
            raise ProgramError(field, f"{value!r} is not a time of day; hours run from 00:00 to 23:59")
    check_number("window_hours", settings.window_hours)
    hours = settings.remind_hours
    for one in hours:
        check_number("remind_hours", one)
    if list(hours) != sorted(set(hours)) or len(hours) > 3:
        given = ", ".join(map(str, hours))
        raise ProgramError("remind_hours", f"{given}: up to three rising numbers of hours, such as 24 and 48")
    if hours and hours[-1] >= settings.window_hours:
        raise ProgramError(
            "remind_hours", f"{hours[-1]} h is not before the check-in closes at {settings.window_hours} h"
        )


def _check_days(settings: ProgramSettings) -> None:
    """Look at the days of the rule."""
    also = settings.also_days
    _check_also(also, settings.day)
    check_number("every_weeks", settings.every_weeks)
    if not _is_one_of(settings.month_week, range(6)):
        raise ProgramError(
            "month_week", f"{settings.month_week!r}: 1 to 4 for that weekday of the month, 5 for the last, 0 for weekly"
        )
    if settings.month_week and also:
        raise ProgramError("month_week", "once a month has one weekday; take the other days away, or choose weekly")
    if settings.month_week and settings.every_weeks > 1:
        raise ProgramError("month_week", f"once a month is not every {settings.every_weeks} weeks; choose one of them")


def _check_range(settings: ProgramSettings) -> None:
    """Look at when the rule runs, where, and for how long."""
    starts, ends = read_date("starts", settings.starts), read_date("ends", settings.ends)
    if starts and ends and ends < starts:
        raise ProgramError("ends", f"{ends} is before the start, {starts}; give a later day")
    closed_days(settings.closed)
    if settings.region:
        _check_region(settings.region)
    for field in ("spread_minutes", "grace_hours", "fade_after"):
        check_number(field, getattr(settings, field))


def check_number(field: str, value: object) -> None:
    """Raise ProgramError for what is not a whole number between the least and the most of its field."""
    least, most, words = RANGES[field]
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProgramError(field, f"{value!r} is not a whole number; {least} to {most} {words}")
    if value not in range(least, most + 1):
        much = "much" if value > most else "little"
        raise ProgramError(field, f"{value} is too {much}; {least} to {most} {words}")


def _check_also(also: Sequence[object], own: int) -> None:
    for n, day in enumerate(also):
        if not isinstance(day, int) or not _is_one_of(day, range(7)):
            raise ProgramError("also_days", f"{day!r} is not a weekday; write it like Thu or Thursday")
        name = day_name(day, "en")
        if day == own:
            raise ProgramError("also_days", f"{name} is the program's own day already; name another")
        if day in also[:n]:
            raise ProgramError("also_days", f"{name} is named twice; once is enough")


def _check_region(region: str) -> None:
    try:
        check_region(region)
    except FlowError:
        found = _meant(region)
        right = f"write it {found}" if found else "write it like US, US-VA or ES"
        raise ProgramError("region", f"{region!r} is not a place with known holidays; {right}") from None


def _meant(region: str) -> str:
    """Return the code of a state of the US that was named, or of a place in small letters; "" for neither."""
    from holidays import country_holidays  # large, and needed only for a place that is misspelt

    word = region.strip().casefold()
    states = {name.casefold(): f"US-{code}" for name, code in country_holidays("US").subdivisions_aliases.items()}
    for guess in (states.get(word), word.upper()):
        try:
            if guess:
                check_region(guess)
                return guess
        except FlowError:
            continue
    return ""


def closed_days(closed: Sequence[Sequence[str]]) -> tuple[tuple[date, date], ...]:
    """Return days without check-ins as dates. Raises ProgramError naming those that are none."""
    if len(closed) > _MOST_CLOSED:
        raise ProgramError("closed", f"{len(closed)} times off are more than {_MOST_CLOSED}; take old ones away")
    found = []
    for one in closed:
        if isinstance(one, str) or len(one) != 2:
            raise ProgramError("closed", f"{one!r} is not a first and a last day, such as 2026-12-24 to 2027-01-01")
        first, last = read_date("closed", one[0]), read_date("closed", one[1])
        if first is None or last is None:
            raise ProgramError("closed", f"{list(one)!r}: give both the first and the last day; they may be the same")
        if last < first:
            raise ProgramError("closed", f"{last} is before {first}; give the earlier day first")
        found.append((first, last))
    return tuple(found)


def _is_one_of(value: object, numbers: range) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in numbers


def _check_calls(settings: ProgramSettings) -> None:
    if settings.review not in ("none", "lead"):
        raise ProgramError("review", f"{settings.review!r} is neither none nor lead")
    if settings.promise_hours not in range(1, 13):
        raise ProgramError("promise_hours", f"{settings.promise_hours!r}: a call is promised within 1 to 12 hours")
