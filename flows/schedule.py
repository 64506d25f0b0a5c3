"""When things fall, in a person's own time zone. Moments are aware UTC, hours are "HH:MM" on the wall clock
there.

A wrong argument (unknown zone, a time that is none, a moment without zone) raises FlowError naming it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from flows.flow import FlowError

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_WEEK = 7

# Without the accents that GSM-7 lacks: sabado. The é of miércoles is in it.
_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sabado", "domingo"),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
}
_LONG_MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
}


def next_checkin(after: datetime, day: int, time: str, zone: str) -> datetime:
    """Return the first moment (UTC) later than `after` on weekday `day` (0 Monday) at `time` in `zone`.

    An hour that the clocks skip becomes the first there is after it; of an hour that comes twice, the first.
    """
    _day(day)
    today = local(after, zone).date()
    first = today + timedelta(days=(day - today.weekday()) % _WEEK)
    due = at_local(first, time, zone)
    return due if due > after else at_local(first + timedelta(days=_WEEK), time, zone)


def occasion(due: datetime, zone: str) -> date:
    """Return the local date of a moment: what a check-in is known by."""
    return local(due, zone).date()


def local(at: datetime, zone: str) -> datetime:
    """Return a moment as local wall time, without a zone."""
    if at.utcoffset() is None:
        raise FlowError(f"the moment {at.isoformat()} has no time zone; give it in UTC")
    return at.astimezone(_zone(zone)).replace(tzinfo=None, fold=0)


def at_local(date: date, time: str, zone: str) -> datetime:
    """Return the moment (UTC) of a local date and time: past a skipped hour, the first of a doubled one."""
    return _moment(datetime.combine(date, _time(time)), _zone(zone))


def comes_twice(at: datetime, zone: str) -> bool:
    """Whether the wall clock shows this moment's time again, because the clocks go back; this is the first of both."""
    there = at.astimezone(_zone(zone))
    return there.fold == 0 and there.replace(fold=1).utcoffset() != there.utcoffset()


def quiet_until(at: datetime, zone: str, start: str = "21:00", end: str = "08:00") -> datetime | None:
    """Return None if texts may go out at this moment, else the moment (UTC) when quiet hours end.

    Quiet hours run from `start` up to `end`, past midnight if `end` is the earlier; equal means there are
    none.
    """
    now, begins, ends = local(at, zone), _time(start), _time(end)
    if not _within(now.time(), begins, ends):
        return None
    later = now.time() >= ends
    day = now.date() + timedelta(days=1) if later else now.date()
    until = _moment(datetime.combine(day, ends), _zone(zone))
    # In the second of two equal hours the first end has passed.
    return until if until > at else _moment(datetime.combine(day, ends), _zone(zone), fold=1)


def quiet_from(at: datetime, zone: str, start: str, end: str) -> datetime | None:
    """Return the moment (UTC) at which quiet hours next begin; None if there are none."""
    if start == end:
        return None
    day = local(at, zone).date()
    begins = (at_local(day + timedelta(days=n), start, zone) for n in range(_WEEK))
    return next(moment for moment in begins if moment > at)


def day_name(day: int, language: str) -> str:
    """Name a weekday (0 Monday) in a text's characters: "Wednesday", "miércoles", "sabado"."""
    return _words(_DAYS, language)[_day(day)]


def short_day(day: int, language: str) -> str:
    """Name a weekday (0 Monday) in three letters: "Wed", "mié", "sab"."""
    return day_name(day, language)[:3]


def month_name(month: int, language: str) -> str:
    """Name a month (1 January) in three letters: "Jan", "ene"."""
    return _words(_MONTHS, language)[month - 1]


def clock(time: str, language: str) -> str:
    """Write a time as people do: "12:15 PM" in English, "12:15" of 24 hours in Spanish."""
    asked = _time(time)
    if language == "es":
        return f"{asked:%H:%M}"
    return f"{asked.hour % 12 or 12}:{asked:%M} {'AM' if asked.hour < 12 else 'PM'}"


def short_date(date: date, language: str) -> str:
    """Write a date without its year: "Thu 12 Mar", "jue 12 mar"."""
    return f"{short_day(date.weekday(), language)} {date.day} {month_name(date.month, language)}"


def long_date(date: date, language: str) -> str:
    """Write a date without its year and weekday: "12 March", "12 de marzo"."""
    of = " de " if language == "es" else " "
    return f"{date.day}{of}{_words(_LONG_MONTHS, language)[date.month - 1]}"


def _within(now: time, begins: time, ends: time) -> bool:
    if begins <= ends:
        return begins <= now < ends
    return now >= begins or now < ends


def _moment(wall: datetime, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    found = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return found
    return _after_gap(wall, zone)


def _after_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which the clocks jump over `wall`, to the second.

    PEP 495: in a gap fold=0 reads the clock as before the jump, fold=1 as after, so the jump lies between the
    two.
    """
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise FlowError(f"unknown time zone {name!r}; use an IANA name such as America/New_York") from None


def _time(clock: str) -> time:
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise FlowError(f"{clock!r} is not a time; write it as HH:MM from 00:00 to 23:59")
    return time(int(found[1]), int(found[2]))


def _day(day: int) -> int:
    if day not in range(_WEEK):
        raise FlowError(f"{day!r} is not a weekday; count from 0 (Monday) to 6 (Sunday)")
    return day


def _words(table: Mapping[str, tuple[str, ...]], language: str) -> tuple[str, ...]:
    return table.get(language, table["en"])
