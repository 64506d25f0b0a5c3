"""The days on which an event repeats by a rule (RFC 5545).

Each day of a span is looked at once, so any rule ends after as many steps as the span has days, whatever it yields.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

OFTEN = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"}
"""The parts of a rule that are followed; a rule with another is refused."""

_YEAR = timedelta(days=366)
_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule without its end. `weekdays` are pairs: which in its month or year, 0 for each of them, and the weekday."""

    first: date
    often: str
    every: int
    months: frozenset[int]
    month_days: frozenset[int]
    weekdays: frozenset[tuple[int, int]]
    places: frozenset[int]
    week_begins: int

    def days(self, start: date, end: date) -> Iterator[date]:
        """Yield the days that the rule has from `start` to `end`, in order, none before its first."""
        start = max(start, self.first)
        if not self.places:
            yield from self._fitting(start, end)
            return
        # A place is counted within a whole period, and none is longer than a year.
        whole = self._fitting(start - _YEAR, end + _YEAR)
        for _, several in groupby(whole, key=self._period):
            found = list(several)
            at = sorted({place - 1 if place > 0 else len(found) + place for place in self.places})
            yield from (found[one] for one in at if 0 <= one < len(found) and start <= found[one] <= end)

    def _fitting(self, start: date, end: date) -> Iterator[date]:
        for number in range(start.toordinal(), end.toordinal() + 1):
            day = date.fromordinal(number)
            if self._period(day) % self.every == 0 and self._fits(day):
                yield day

    def _period(self, day: date) -> int:
        """Return how many days, weeks, months or years after the first one's a day is."""
        if self.often == "DAILY":
            return day.toordinal() - self.first.toordinal()
        if self.often == "WEEKLY":
            # Monday, 1 January of the year 1, is day 1.
            return (day.toordinal() - 1 - self.week_begins) // 7 - (self.first.toordinal() - 1 - self.week_begins) // 7
        years = day.year - self.first.year
        return years if self.often == "YEARLY" else 12 * years + day.month - self.first.month

    def _fits(self, day: date) -> bool:
        if self.months and day.month not in self.months:
            return False
        from_end = day.day - 1 - monthrange(day.year, day.month)[1] if self.month_days else 0
        if self.month_days and not self.month_days & {day.day, from_end}:
            return False
        return not self.weekdays or self._on(day)

    def _on(self, day: date) -> bool:
        weekday = day.weekday()
        if (0, weekday) in self.weekdays:
            return True
        if all(other != weekday for _, other in self.weekdays):
            return False
        if self.often == "YEARLY" and not self.months:
            passed, length = day.toordinal() - date(day.year, 1, 1).toordinal() + 1, 365 + isleap(day.year)
        else:
            passed, length = day.day, monthrange(day.year, day.month)[1]
        which, from_end = (passed - 1) // 7 + 1, -((length - passed) // 7 + 1)
        return (which, weekday) in self.weekdays or (from_end, weekday) in self.weekdays


def read(parts: dict[str, list[Any]], first: date) -> Rule:
    """Return the rule that its parts say, by name in capitals. Raises ValueError for one that is not followed."""
    often = str(parts["FREQ"][0]).upper()
    if len(parts["FREQ"]) != 1 or often not in OFTEN or not parts.keys() <= KNOWN:
        raise ValueError("a rule of another kind")
    every = min((int(one) for one in parts.get("INTERVAL", ())), default=1)
    months, month_days, places = (
        frozenset(int(one) for one in parts.get(name, ())) for name in ("BYMONTH", "BYMONTHDAY", "BYSETPOS")
    )
    weekdays = frozenset(_weekday(str(one), often) for one in parts.get("BYDAY", ()))
    if every < 1 or not months <= set(range(1, 13)):
        raise ValueError("a number that no calendar has")
    if not weekdays and not month_days:
        # What a rule leaves open is as it is on the first day.
        months = months or frozenset({first.month} if often == "YEARLY" else ())
        month_days = frozenset({first.day} if often in {"YEARLY", "MONTHLY"} else ())
        weekdays = frozenset({(0, first.weekday())} if often == "WEEKLY" else ())
    begins = _WEEK.index(str(parts["WKST"][0]).upper()) if "WKST" in parts else 0
    return Rule(first, often, every, months, month_days, weekdays, places, begins)


def _weekday(written: str, often: str) -> tuple[int, int]:
    which, name = written[:-2], written[-2:].upper()
    # Which of them counts within a month or a year, and within nothing shorter.
    return int(which or 0) if often in {"MONTHLY", "YEARLY"} else 0, _WEEK.index(name)
