"""The dates of an event that repeats (RFC 5545), for a year ahead and never without an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from dateutil.rrule import rrulestr
from icalendar import Event
from icalendar.prop import vRecur

AHEAD = timedelta(days=366)
MOST = 60
"""How many dates of one event are read: more than one a week."""

# Each day since the beginning is looked at.
_LONGEST_AGO = timedelta(days=366 * 10)
_DAILY = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")

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
    horizon = datetime.combine(today + AHEAD, time.max)
    try:
        rules: list[vRecur] = list(event.rrules)
        wanted = {wall for rule in rules for wall in _walls(rule, _wall(first, zone), zone, horizon)}
        # A list of dates without a rule has the first date beside them.
        wanted |= {_wall(first, zone)} if not rules else set()
        wanted |= {_wall(one[0] if isinstance(one, tuple) else one, zone) for one in event.rdates}
        wanted -= {_wall(one, zone) for one in event.exdates}
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise error if isinstance(error, SeriesError) else SeriesError("series", "") from None
    yield from _shown(wanted, isinstance(first, datetime), zone, today, horizon)


def _shown(
    walls: Iterable[datetime], timed: bool, zone: tzinfo | None, today: date, horizon: datetime
) -> Iterator[date | datetime]:
    # A day earlier: what is yesterday there may be today here.
    earliest = datetime.combine(today - timedelta(days=1), time())
    for wall in sorted(one for one in walls if earliest <= one <= horizon)[:MOST]:
        yield wall.replace(tzinfo=zone) if timed else wall.date()


def _wall(start: date | datetime, zone: tzinfo | None) -> datetime:
    """Return a start as the clock on the wall shows it in the event's zone."""
    if not isinstance(start, datetime):
        return datetime.combine(start, time())
    return start.astimezone(zone).replace(tzinfo=None) if zone and start.tzinfo else start.replace(tzinfo=None)


def _walls(rule: vRecur, first: datetime, zone: tzinfo | None, horizon: datetime) -> list[datetime]:
    """Return what a rule yields up to the horizon, however far its own end is."""
    parts = {str(name).upper(): value for name, value in rule.items()}
    written: str = rule.to_ical().decode()  # type: ignore[no-untyped-call]
    (often,) = parts["FREQ"]
    unusual = str(often).upper() not in _DAILY or any(name in parts for name in _WITHIN_A_DAY)
    if unusual or min(parts.get("INTERVAL", [1])) < 1 or horizon - first > AHEAD + _LONGEST_AGO:
        raise SeriesError("series", written[:60])
    count = int(parts["COUNT"][0]) if "COUNT" in parts else None
    end = min([horizon, *(_until(one, zone) for one in parts.get("UNTIL", []))])
    kept = ";".join(one for one in written.split(";") if not one.upper().startswith(("COUNT=", "UNTIL=")))
    found = list(rrulestr(f"{kept};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=first))
    # The first date counts, whether or not it follows the rule.
    found = found if found and found[0] == first else [first, *found]
    return found if count is None else found[:count]


def _until(end: date | datetime, zone: tzinfo | None) -> datetime:
    """Return a rule's end as the clock on the wall shows it in the event's zone; a day counts to its end."""
    return _wall(end, zone) if isinstance(end, datetime) else datetime.combine(end, time.max)
