"""Which support lead would call, and until when: their hours, days off and public holidays, each in their own zone.

Two leads at least: one person alone is ill some day, and a call that was promised does not come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from flows.context import Duty
from flows.flow import FlowError
from flows.schedule import at_local, local

COVER = 2
"""How many leads with hours a program needs before anybody is promised a call."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(_DAYS)
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_HOURS = re.compile(
    rf"(?P<days>(?:{_DAY})(?:-(?:{_DAY}))?(?:,(?:{_DAY})(?:-(?:{_DAY}))?)*) (?P<begins>{_TIME})-(?P<ends>{_TIME}|24:00)"
)
_MIDNIGHT = "24:00"
_YEAR = 366
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody who calls. `hours` are spans such as "mon-fri 09:00-17:00"; one that ends before it begins ends the
    next day. `away` are first and last days off. On public holidays of the country `holidays` nobody is on duty; ""
    is for a lead who works on them.
    """

    name: str
    phone: str
    zone: str
    hours: tuple[str, ...]
    away: tuple[tuple[date, date], ...] = ()
    holidays: str = "US"

    def __post_init__(self) -> None:
        for span in self.hours:
            _read(span)
        for first, last in self.away:
            if first > last:
                raise FlowError(f"days off from {first} to {last} end before they begin; give the earlier day first")
        if self.holidays:
            _supported(self.holidays)


@dataclass(frozen=True, slots=True)
class Watch:
    """Whose turn it is, whether they are on duty, and until when (UTC) a call asked for now is promised."""

    lead: Lead
    on: bool
    by: datetime


def duty(leads: Sequence[Lead], at: datetime, zone: str, promise_hours: int) -> Duty | None:
    """Say who would call somebody in `zone` who asks at this moment (UTC), or None without cover."""
    found = watch(leads, at, promise_hours)
    if found is None:
        return None
    by, said = found.by, local(found.by, zone)
    # An hour that comes twice: a time that already was would be no promise.
    while said <= local(at, zone):
        by += _HOUR
        said = local(by, zone)
    return Duty(found.lead.name, found.lead.phone, found.on, said)


def watch(leads: Sequence[Lead], at: datetime, promise_hours: int) -> Watch | None:
    """Return the first lead of the roster who is on duty, else the one who is back soonest; None without cover."""
    with_hours = [lead for lead in leads if lead.hours]
    if len(with_hours) < COVER:
        return None
    return soonest(with_hours, at, promise_hours)


def soonest(leads: Sequence[Lead], at: datetime, promise_hours: int) -> Watch | None:
    """The same without asking for cover: who of these would be the next to call."""
    found: tuple[datetime, Lead] | None = None
    for lead in leads:
        start = on_from(lead, at)
        if start == at:
            return Watch(lead, True, _minute(at + promise_hours * _HOUR))
        if start is not None and (found is None or start < found[0]):
            found = (start, lead)
    return Watch(found[1], False, _minute(found[0] + promise_hours * _HOUR)) if found else None


def _minute(at: datetime) -> datetime:
    """Return a promise as it is told, in whole minutes, so that what is kept is what was said."""
    return at.replace(second=0, microsecond=0)


def on_from(lead: Lead, at: datetime) -> datetime | None:
    """Return this moment if the lead is on duty, else when they will be; None if not within a year."""
    today = local(at, lead.zone).date()
    for number in range(-1, _YEAR):
        turns = [turn for turn in _turns(lead, today + timedelta(days=number)) if turn[1] > at]
        if turns:
            return max(at, min(turns)[0])
    return None


def _turns(lead: Lead, day: date) -> Iterator[tuple[datetime, datetime]]:
    """Return a lead's turns on a local day, cut at midnight, so that a day off is off from midnight to midnight."""
    if _off(lead, day):
        return
    after = day + timedelta(days=1)
    for span in lead.hours:
        days, begins, ends = _read(span)
        overnight = ends <= begins
        if day.weekday() in days:
            late = overnight or ends == _MIDNIGHT
            yield from _turn(lead, (day, begins), (after, "00:00") if late else (day, ends))
        if overnight and (day.weekday() - 1) % len(_DAYS) in days and ends != "00:00":
            yield from _turn(lead, (day, "00:00"), (day, ends))


def _turn(lead: Lead, begins: tuple[date, str], ends: tuple[date, str]) -> Iterator[tuple[datetime, datetime]]:
    """Return a turn in UTC; one that the clocks jump over is none."""
    start, end = at_local(*begins, lead.zone), at_local(*ends, lead.zone)
    if start < end:
        yield start, end


def _off(lead: Lead, day: date) -> bool:
    return any(first <= day <= last for first, last in lead.away) or (
        bool(lead.holidays) and day in _holidays(lead.holidays, day.year)
    )


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    from holidays import country_holidays  # 11 MB, which a process without leads need not carry

    return frozenset(country_holidays(country, years=year))


@cache
def _supported(country: str) -> None:
    from holidays import list_supported_countries

    if country not in list_supported_countries():
        raise FlowError(f"{country!r} is not a country with known holidays; use two letters such as US, or nothing")


@cache
def _read(span: str) -> tuple[frozenset[int], str, str]:
    """Return days, begin and end of "mon-fri 09:00-17:00"."""
    found = _HOURS.fullmatch(span.strip().lower())
    if found is None:
        raise FlowError(f"{span!r} is not a span of hours; write it like mon-fri 09:00-17:00 or sat,sun 22:00-06:00")
    begins, ends = found["begins"], found["ends"]
    if begins == ends:
        raise FlowError(f"{span!r} begins when it ends; all day is written 00:00-24:00")
    days = {day for part in found["days"].split(",") for day in _range(part)}
    return frozenset(days), begins, ends


def _range(part: str) -> Iterator[int]:
    first, _, last = part.partition("-")
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    for number in range((end - begin) % len(_DAYS) + 1):
        yield (begin + number) % len(_DAYS)
