"""Days and hours as the console writes them in either language; flows.schedule has those of the texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from flows.rhythm import span
from flows.schedule import clock, short_date
from sms_service.translation import Word, Written, joined

_DAYS = (
    *(Word("Monday"), Word("Tuesday"), Word("Wednesday"), Word("Thursday")),
    *(Word("Friday"), Word("Saturday"), Word("Sunday")),
)


def weekday(day: int) -> Word:
    """Name a weekday, 0 Monday."""
    return _DAYS[day]


def weekdays(days: Sequence[int]) -> Word:
    """Name weekdays: "Monday and Thursday"."""
    return joined(Word(" and "), [_DAYS[day] for day in days])


def hour(time: str) -> Word:
    """Write a time of day."""
    return Written(partial(clock, time))


def dated(day: date, *, year: bool = False) -> Word:
    """Write a date, with its year if asked."""
    return Written(lambda language: short_date(day, language) + (f" {day.year}" if year else ""))


def days(first: date, last: date) -> Word:
    """Write days: "24 Dec", "24 Dec to 2 Jan"."""
    return Written(partial(span, first, last))


def days_of(first: date, last: date) -> Word:
    """Write days with their year: "8 to 12 Dec 2026", "24 Dec 2026 to 1 Jan 2027"."""
    if first.year == last.year:
        return Word("%(days)s %(year)s", days=days(first, last), year=first.year)
    begin, end = days_of(first, first), days_of(last, last)
    return Word("%(first)s to %(last)s", first=begin, last=end)
