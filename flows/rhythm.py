"""By what somebody is asked, and when that is: the one rule for the planner, the console, the command line and tests.

An *occasion* is the local date that the rule first produces, before a holiday, a closed day, the law or spreading moves
it. What becomes of an occasion depends on the rule and the occasion alone, so from whatever moment one looks, the rest
is the same. Moments are aware UTC, hours "HH:MM" on the person's own wall clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial

from flows.days_off import check_region, holiday
from flows.flow import FlowError
from flows.law import lawful_hours
from flows.schedule import at_local, clock, comes_twice, local, long_date, month_name, quiet_until
from flows.word import Word, Written

APART = 5
"""Two check-ins of a rule with one day a week are never fewer days apart."""
LAST_OF_MONTH = 5

_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MINUTE = timedelta(minutes=1)
_ANCHOR = date(2024, 1, 1)  # a Monday
_WEEKEND = 5
# Where a check-in goes whose day is closed: the nearest day, the later of two.
_STEPS = (1, -1, 2, -2)
_FARTHEST = timedelta(days=2)
_HORIZON = timedelta(days=800)
_WITHOUT_YEARS = timedelta(days=60)
_NO_MORE = date(9990, 1, 1)
_TO = {"en": "to", "es": "a"}


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What one person in one program is asked by.

    `days` are weekdays (0 Monday), the program's own first; `every` so many weeks, counted from the Monday of `starts`,
    else of the year 2024; `nth` 0 is each week, 1 to 4 that weekday of the month, 5 the last. `closed` are first and
    last days without check-ins. `region` is for public holidays and the law, "" for neither. `spread` are the minutes
    that this person is asked later than others; they end before `quiet` hours begin.
    """

    days: tuple[int, ...]
    time: str
    zone: str
    every: int = 1
    nth: int = 0
    starts: date | None = None
    ends: date | None = None
    closed: tuple[tuple[date, date], ...] = ()
    region: str = ""
    quiet: tuple[str, str] | None = None
    spread: int = 0

    def __post_init__(self) -> None:
        if not self.days or any(day not in range(7) for day in self.days):
            raise FlowError(f"{self.days!r} are no weekdays; count from 0 (Monday) to 6 (Sunday)")
        if not _CLOCK.fullmatch(self.time):
            raise FlowError(f"{self.time!r} is not a time; write it as HH:MM from 00:00 to 23:59")
        if self.every < 1 or self.nth not in range(LAST_OF_MONTH + 1):
            raise FlowError(f"every {self.every} weeks, weekday {self.nth} of the month: neither is less than none")
        if self.region:
            check_region(self.region)

    @property
    def once_a_week(self) -> bool:
        """Whether no week has two check-ins."""
        return len(self.days) == 1

    @lru_cache(maxsize=4096)  # noqa: B019  (rhythms are few and stay)
    def of(self, day: int, time: str, zone: str, spread: int = 0, quiet: tuple[str, str] | None = None) -> Rhythm:
        """Return the rhythm of somebody who chose these, or not. Whoever chose another day is asked on that alone."""
        return Rhythm(
            days=self.days if day == self.days[0] else (day,),
            time=time,
            zone=zone,
            every=self.every,
            nth=self.nth,
            starts=self.starts,
            ends=self.ends,
            closed=self.closed,
            region=self.region,
            quiet=quiet or self.quiet,
            spread=spread,
        )


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What becomes of an occasion: when it is due, or None if it is left out, and why if it is not as usual."""

    occasion: date
    due: datetime | None
    notes: tuple[Word, ...] = ()


def upcoming(rhythm: Rhythm, after: datetime) -> Iterator[Occurrence]:
    """Return what comes later than a moment, soonest first; those left out are among them, with the reason."""
    for occasion in _occasions(rhythm, local(after, rhythm.zone).date() - _FARTHEST):
        found = occurrence(rhythm, occasion)
        if (found.due or at_local(occasion, rhythm.time, rhythm.zone)) > after:
            yield found


# Many people are asked at the same hour of the same place, and each asks what comes next.
@lru_cache(maxsize=4096)
def soonest(rhythm: Rhythm, after: datetime, beyond: date | None = None) -> Occurrence | None:
    """Return the next that takes place, of an occasion later than `beyond`; None if none does within two years."""
    last = after.date() + _HORIZON
    for found in upcoming(rhythm, after):
        if found.due is not None and (beyond is None or found.occasion > beyond):
            return found
        if found.occasion > last:
            break
    return None


@lru_cache(maxsize=4096)
def occurrence(rhythm: Rhythm, occasion: date) -> Occurrence:
    """Return what the rule makes of one occasion, also of a date that is none of its days."""
    if not _has(rhythm, occasion):
        return Occurrence(occasion, None, (Word("left out: %(reason)s", reason=_why_not(rhythm, occasion)),))
    reason = _shut(rhythm, occasion)
    day = occasion if not reason else _moved(rhythm, occasion)
    if day is None:
        return Occurrence(occasion, None, (Word("left out: %(reason)s", reason=reason),))
    due, notes = _hour(day, rhythm.time, rhythm.zone, rhythm.region)
    if reason:
        day_then = Written(partial(long_date, occasion))
        notes = (Word("moved from %(day)s: %(reason)s", day=day_then, reason=reason), *notes)
    return Occurrence(occasion, _spread(rhythm, day, due) if rhythm.spread else due, notes)


def of_date(rhythm: Rhythm, day: date) -> Occurrence | None:
    """Return what the rule says of a date: what takes place on it, else what was moved away from it or left out on it.

    None if the date is none of the rule's.
    """
    found = soonest(rhythm, at_local(day, "00:00", rhythm.zone) - _MINUTE)
    if found is not None and found.due is not None and local(found.due, rhythm.zone).date() == day:
        return found
    return occurrence(rhythm, day) if _in_time(rhythm, day) else None


def _occasions(rhythm: Rhythm, first: date) -> Iterator[date]:
    """Return the rule's dates from `first` on."""
    first = max(first, rhythm.starts) if rhythm.starts else first
    last = min(rhythm.ends, _NO_MORE) if rhythm.ends else _NO_MORE
    monday, days = first - first.weekday() * _DAY, sorted(rhythm.days)
    while monday <= last:
        if rhythm.every == 1 or _in_turn(rhythm, monday):
            for weekday in days:
                day = monday + weekday * _DAY
                if first <= day <= last and (not rhythm.nth or _nth(rhythm, day)):
                    yield day
        monday += _WEEK


def _has(rhythm: Rhythm, day: date) -> bool:
    """Whether a date is one of the rule's."""
    return _running(rhythm, day) and _in_time(rhythm, day)


def _in_time(rhythm: Rhythm, day: date) -> bool:
    """Whether a date would be one of the rule's if it had neither a start nor an end."""
    return (
        day.weekday() in rhythm.days
        and (rhythm.every == 1 or _in_turn(rhythm, day - day.weekday() * _DAY))
        and (not rhythm.nth or _nth(rhythm, day))
    )


def _running(rhythm: Rhythm, day: date) -> bool:
    return (rhythm.starts is None or rhythm.starts <= day) and (rhythm.ends is None or day <= rhythm.ends)


def _in_turn(rhythm: Rhythm, monday: date) -> bool:
    start = rhythm.starts or _ANCHOR
    weeks = (monday - (start - start.weekday() * _DAY)).days // 7
    return weeks % rhythm.every == 0


def _nth(rhythm: Rhythm, day: date) -> bool:
    if rhythm.nth == LAST_OF_MONTH:
        return (day + _WEEK).month != day.month
    return (day.day - 1) // 7 + 1 == rhythm.nth


def _why_not(rhythm: Rhythm, day: date) -> Word:
    if rhythm.starts and day < rhythm.starts:
        return Word("the schedule starts on %(day)s", day=Written(partial(short, rhythm.starts)))
    if rhythm.ends and day > rhythm.ends:
        return Word("the schedule ended on %(day)s", day=Written(partial(short, rhythm.ends)))
    return Word("no longer a day of the schedule")


def _shut(rhythm: Rhythm, day: date) -> Word:
    """Return why nobody is asked on a day, or ""."""
    for first, last in rhythm.closed:
        if first <= day <= last:
            return Word("closed %(days)s", days=Written(partial(span, first, last)))
    name = holiday(rhythm.region, day)
    if name:
        return Word("holiday (%(name)s)", name=name)
    if local(_hour(day, rhythm.time, rhythm.zone, rhythm.region)[0], rhythm.zone).date() != day:
        return Word("the clocks skip this day")
    return Word("")


def _moved(rhythm: Rhythm, occasion: date) -> date | None:
    """Return the nearest day that a closed one may move to."""
    return next((d for d in (occasion + step * _DAY for step in _STEPS) if _may_move(rhythm, occasion, d)), None)


def _may_move(rhythm: Rhythm, occasion: date, day: date) -> bool:
    """Whether a check-in may move to a day: an open one, and neither onto a neighbour nor past it nor too near."""
    if day.weekday() >= _WEEKEND and max(rhythm.days) < _WEEKEND:
        return False
    if not _running(rhythm, day) or _shut(rhythm, day):
        return False
    step = _DAY if day > occasion else -_DAY
    if _has(rhythm, day) or _has(rhythm, occasion + step):
        return False
    return day > occasion or _far_enough(rhythm, occasion, day)


def _far_enough(rhythm: Rhythm, occasion: date, day: date) -> bool:
    """Whether the check-in before, which may itself have moved, is far enough from a day that is earlier than usual."""
    least = APART if rhythm.once_a_week else 1
    for days in range(1, 2 * APART):
        before = occasion - days * _DAY
        if _has(rhythm, before):
            there = _moved(rhythm, before) if _shut(rhythm, before) else before
            return there is None or (day - there).days >= least
    return True


@lru_cache(maxsize=8192)
def _hour(day: date, time: str, zone: str, region: str) -> tuple[datetime, tuple[Word, ...]]:
    """Return the moment of a day's check-in, and why it is not at its hour."""
    hours = lawful_hours(region, day.weekday()) if region else None
    law: tuple[Word, ...] = ()
    if hours and not hours[0] <= time < hours[1]:
        given = {"begin": _at(hours[0]), "time": _at(time), "region": region, "end": _at(hours[1])}
        law = (
            Word("at %(begin)s, not %(time)s: in %(region)s texts come from %(begin)s to %(end)s that day", **given),
        )
        time = hours[0]
    due = at_local(day, time, zone)
    if f"{local(due, zone):%H:%M}" != time:
        return due, (*law, Word("The clocks skip %(time)s that day.", time=_at(time)))
    if comes_twice(due, zone):
        return due, (*law, Word("The clocks go back that day: the first of two."))
    return due, law


def _spread(rhythm: Rhythm, day: date, due: datetime) -> datetime:
    """Return this person's own minutes later, but before the day ends, and before law and quiet hours begin."""
    return min(due + rhythm.spread * _MINUTE, _latest(day, due, rhythm.zone, rhythm.region, rhythm.quiet))


@lru_cache(maxsize=8192)
def _latest(day: date, due: datetime, zone: str, region: str, quiet: tuple[str, str] | None) -> datetime:
    limits = [at_local(day + _DAY, "00:00", zone)]
    hours = lawful_hours(region, day.weekday()) if region else None
    if hours:
        limits.append(at_local(day, hours[1], zone))
    if quiet and quiet[0] != quiet[1]:
        if quiet_until(due, zone, *quiet) is not None:
            return due
        limits.append(at_local(day, quiet[0], zone))
    return min((limit for limit in limits if limit > due), default=due + _MINUTE) - _MINUTE


def short(day: date, language: str) -> str:
    return f"{day.day} {month_name(day.month, language)}"


def span(first: date, last: date, language: str) -> str:
    """Write days as in "24 Dec", "1 to 5 Dec" and "24 Dec to 2 Jan"; those of a long time with their years."""
    if first == last:
        return short(first, language)
    if first.year != last.year and last - first > _WITHOUT_YEARS:
        return f"{short(first, language)} {first.year} {_TO[language]} {short(last, language)} {last.year}"
    same = (first.year, first.month) == (last.year, last.month)
    return f"{first.day if same else short(first, language)} {_TO[language]} {short(last, language)}"


def _at(time: str) -> Word:
    return Written(partial(clock, time))
