"""The dates of an event that repeats (RFC 5545), for a year ahead and never without an end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from icalendar import Event

from sms_service import calendar_rules

AHEAD = timedelta(days=366)
MOST = 60
"""How many dates of one event are read: more than one a week."""

LONGEST_RULE = 60
"""How much of a rule is said again where it is refused."""

_LONGEST_AGO = timedelta(days=366 * 10)
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)

Fault = Literal["no-date", "bad-date", "no-title", "zone", "series", "later-dates", "twice", "over"]
"""Why an event cannot be used: it has no date or title, one that cannot be read, repeats in ways not known here, is in
the file a second time, or has no date to come."""


class SeriesError(ValueError):
    """An event, or its rule, that cannot be used: which fault it is, and what stands there."""

    def __init__(self, fault: Fault, said: str) -> None:
        super().__init__(f"{fault}: {said}")
        self.fault: Fault = fault
        self.said = said


def repeats(event: Event) -> bool:
    """Whether an event has more dates than its first."""
    return "RRULE" in event or "RDATE" in event


def starts(event: Event, first: date | datetime, today: date) -> Iterator[date | datetime]:
    """Yield the starts from today on, up to a year ahead, as the event writes its first: a day, or a time in its zone.

    Raises SeriesError for a rule that cannot be followed.
    """
    zone = first.tzinfo if isinstance(first, datetime) else None
    # A day earlier: what is yesterday there may be today here.
    earliest = datetime.combine(today - timedelta(days=1), time())
    horizon = datetime.combine(today + AHEAD, time.max)
    wall = _wall(first, zone)
    # A list of dates without a rule has the first date beside them.
    wanted = _ruled(event, wall, zone, earliest, horizon) if "RRULE" in event else {wall}
    try:
        wanted |= {_wall(one[0] if isinstance(one, tuple) else one, zone) for one in event.rdates}
        wanted -= {_wall(one, zone) for one in event.exdates}
    except _UNREADABLE:
        raise SeriesError("series", "RDATE, EXDATE") from None
    timed = isinstance(first, datetime)
    for one in sorted(one for one in wanted if earliest <= one <= horizon)[:MOST]:
        yield one.replace(tzinfo=zone) if timed else one.date()


def _wall(start: date | datetime, zone: tzinfo | None) -> datetime:
    """Return a start as the clock on the wall shows it in the event's zone."""
    if not isinstance(start, datetime):
        return datetime.combine(start, time())
    return start.astimezone(zone).replace(tzinfo=None) if zone and start.tzinfo else start.replace(tzinfo=None)


def _ruled(event: Event, first: datetime, zone: tzinfo | None, earliest: datetime, horizon: datetime) -> set[datetime]:
    """Return what an event's rule yields up to the horizon, however far its own end is."""
    said = _written(event)
    try:
        (rule,) = event.rrules
        parts = {str(name).upper(): value for name, value in rule.items()}
        read = calendar_rules.read(parts, first.date())
        count = int(parts["COUNT"][0]) if "COUNT" in parts else None
        end = min([horizon, *(_until(one, zone) for one in parts.get("UNTIL", []))])
    except _UNREADABLE:
        raise SeriesError("series", said) from None
    if horizon - first > AHEAD + _LONGEST_AGO:
        raise SeriesError("series", said)
    # Which dates a count leaves depends on how many there were before.
    days = read.days(earliest.date() if count is None else first.date(), end.date())
    found = [wall for day in days if (wall := datetime.combine(day, first.time())) <= end]
    # The first date counts, whether or not it follows the rule.
    return set(([] if first in found[:1] else [first]) + found[:count])


def _written(event: Event) -> str:
    rules = event.get("RRULE")
    return ", ".join(one.to_ical().decode() for one in (rules if isinstance(rules, list) else [rules]))[:LONGEST_RULE]


def _until(end: date | datetime, zone: tzinfo | None) -> datetime:
    """Return a rule's end as the clock on the wall shows it in the event's zone; a day counts to its end."""
    return _wall(end, zone) if isinstance(end, datetime) else datetime.combine(end, time.max)
