"""A program's schedule: the rhythm it gives its people, what it refuses, and whom a change of it touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flows import Rhythm, soonest
from flows.law import lawful_hours, lawful_until
from flows.schedule import local, quiet_until
from sms_service.calendar_words import weekday
from sms_service.program_checks import ProgramError, check_region, check_zone, closed_days, read_date
from sms_service.translation import Word

if TYPE_CHECKING:
    from sms_service.participants import Enrolment
    from sms_service.programs import Program, ProgramSettings

LONGEST_OPEN = 144
"""Hours after which a check-in is closed whatever the settings say: the next may be due in a week."""
FIELDS = (
    *("day", "also_days", "time", "zone", "every_weeks", "month_week", "starts", "ends", "closed", "region"),
    *("remind_hours", "window_hours", "grace_hours", "quiet_start", "quiet_end", "spread_minutes", "fade_after"),
)
_OF_NEWCOMERS = frozenset({"day", "time", "zone"})
"""What everybody keeps as they chose it, so that a change concerns only who joins from now on."""
_SOON = timedelta(days=400)
_A_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_TURNS = 10  # quiet hours may end where the law's begin, and the other way round
_DAY_MINUTES = 24 * 60
_MOST_RHYTHMS = 500
_NONE: Mapping[str, Any] = {"ends": "", "closed": (), "starts": ""}
_rhythms: dict[tuple[UUID, int], Rhythm] = {}


def rhythm(settings: ProgramSettings) -> Rhythm:
    """Return the rhythm of somebody who keeps the program's own day, hour and zone."""
    return Rhythm(
        days=(settings.day, *settings.also_days),
        time=settings.time,
        zone=settings.zone,
        every=settings.every_weeks,
        nth=settings.month_week,
        starts=read_date("starts", settings.starts),
        ends=read_date("ends", settings.ends),
        closed=closed_days(settings.closed),
        region=settings.region,
        quiet=(settings.quiet_start, settings.quiet_end),
    )


def of(program: Program, enrolment: Enrolment) -> Rhythm:
    """Return what one person is asked by: the program's rule at their own day, hour, zone and minutes."""
    place = (enrolment.day, enrolment.time, enrolment.zone)
    return of_program(program).of(*place, spread(program, enrolment), _own_quiet(enrolment))


def spread(program: Program, enrolment: Enrolment) -> int:
    """Return the minutes by which a person's check-ins come later than their hour, always the same."""
    return enrolment.id.int % (program.settings.spread_minutes + 1)


def _own_quiet(enrolment: Enrolment) -> tuple[str, str] | None:
    start, _, end = enrolment.quiet.partition("-")
    return (start, end) if end else None


def of_program(program: Program) -> Rhythm:
    """Return a program's rhythm, made once for each version of it."""
    key = (program.id, program.version)
    if key not in _rhythms:
        if len(_rhythms) > _MOST_RHYTHMS:
            _rhythms.clear()
        _rhythms[key] = rhythm(program.settings)
    return _rhythms[key]


def closes_after(settings: ProgramSettings) -> int:
    """Return the hours after which a check-in closes: late answers within the grace still count."""
    return min(settings.window_hours + settings.grace_hours, LONGEST_OPEN)


def changed(old: ProgramSettings, new: ProgramSettings) -> set[str]:
    """Return which fields of the schedule differ."""
    return {field for field in FIELDS if getattr(old, field) != getattr(new, field)}


def touches(old: ProgramSettings, new: ProgramSettings) -> bool:
    """Whether a change concerns people already in. With other days beside it the program's own day does."""
    differ = changed(old, new)
    return bool(differ - _OF_NEWCOMERS) or ("day" in differ and bool(old.also_days or new.also_days))


def check(settings: ProgramSettings, now: datetime, sender: str = "") -> None:
    """Raise ProgramError for a schedule that cannot be kept as it stands, naming the field and the way out.

    `sender` is the program's number, which tells what is meant by its place.
    """
    check_zone(settings.zone)
    check_region(settings.region, sender)
    _check_hour(settings)
    _check_spread(settings)
    _check_open(settings)
    _check_reminders(settings)
    _check_soon(settings, now)


def _days(settings: ProgramSettings) -> list[int]:
    return sorted({settings.day, *settings.also_days})


def _check_hour(settings: ProgramSettings) -> None:
    time, start, end = settings.time, settings.quiet_start, settings.quiet_end
    if _quiet(time, start, end):
        raise ProgramError(
            "time",
            "%(time)s is inside quiet hours, %(start)s to %(end)s; choose another hour or change them",
            time=time,
            start=start,
            end=end,
        )
    for day in _days(settings):
        hours = lawful_hours(settings.region, day)
        if hours and not hours[0] <= time < hours[1]:
            raise ProgramError(
                "time",
                "%(time)s is outside %(begins)s to %(ends)s, when texts may come on a %(day)s in %(region)s; "
                "choose an hour in between",
                time=time,
                begins=hours[0],
                ends=hours[1],
                day=weekday(day),
                region=settings.region,
            )


def _quiet(time: str, start: str, end: str) -> bool:
    return start <= time < end if start <= end else time >= start or time < end


def _check_spread(settings: ProgramSettings) -> None:
    begins = _minutes(settings.time)
    limits = [(_DAY_MINUTES, Word("the day ends at 24:00"))]
    for day in _days(settings):
        hours = lawful_hours(settings.region, day)
        if hours:
            limits.append(
                (
                    _minutes(hours[1]),
                    Word("texts may come until %(end)s in %(region)s", end=hours[1], region=settings.region),
                )
            )
    if settings.quiet_start != settings.quiet_end:
        limits.append(
            (_minutes(settings.quiet_start), Word("quiet hours begin at %(begin)s", begin=settings.quiet_start))
        )
    end, words = min(one for one in limits if one[0] > begins)
    if begins + settings.spread_minutes >= end:
        raise ProgramError(
            "spread_minutes",
            "%(minutes)s min after %(time)s is too late: %(words)s; at most %(right)s min",
            minutes=settings.spread_minutes,
            time=settings.time,
            words=words,
            right=end - begins - 1,
        )


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def _check_open(settings: ProgramSettings) -> None:
    window, days = settings.window_hours, _days(settings)
    for day, after in zip(days, [*days[1:], days[0] + 7], strict=True):
        if window > 24 * (after - day):
            raise ProgramError(
                "window_hours",
                "%(window)s h is longer than the %(between)s h from %(day)s to %(next)s; close sooner, or take "
                "a day away",
                window=window,
                between=24 * (after - day),
                day=weekday(day),
                next=weekday(after % 7),
            )
    if window + settings.grace_hours > LONGEST_OPEN:
        raise ProgramError(
            "grace_hours",
            "%(hours)s h after closing at %(window)s h is more than %(most)s h in all; at most %(right)s h",
            hours=settings.grace_hours,
            window=window,
            most=LONGEST_OPEN,
            right=max(0, LONGEST_OPEN - window),
        )


def reaches(settings: ProgramSettings, day: int, hours: int, later: int = 0) -> datetime | None:
    """Return when a reminder of a weekday's check-in reaches people, on a wall clock of the week from 1 January 2024.

    `later` are the minutes that somebody is spread by. None if quiet hours and the law leave no moment for it.
    """
    at = planned(settings, day, hours) + timedelta(minutes=later)
    for _ in range(_TURNS):
        quiet = quiet_until(at, "UTC", settings.quiet_start, settings.quiet_end)
        held = quiet or lawful_until(at, "UTC", settings.region)
        if held is None:
            return at
        at = held
    return None


def allowed_from(settings: ProgramSettings, enrolment: Enrolment, at: datetime) -> datetime:
    """Return the first moment from `at` on at which somebody's quiet hours and the law allow what nobody asked for."""
    start, end = _own_quiet(enrolment) or (settings.quiet_start, settings.quiet_end)
    at = at.astimezone(UTC)
    for _ in range(_TURNS):
        held = quiet_until(at, enrolment.zone, start, end) or lawful_until(at, enrolment.zone, settings.region)
        if held is None:
            break
        at = held
    return at


def planned(settings: ProgramSettings, day: int, hours: int) -> datetime:
    """Return when a reminder of a weekday's check-in is due, on the same wall clock."""
    return _A_MONDAY + timedelta(days=day, minutes=_minutes(settings.time), hours=hours)


def _check_reminders(settings: ProgramSettings) -> None:
    """Refuse a reminder that is held back until its check-in has closed."""
    for day, hours, later in product(_days(settings), settings.remind_hours, {0, settings.spread_minutes}):
        due = planned(settings, day, hours) + timedelta(minutes=later)
        closes = planned(settings, day, settings.window_hours) + timedelta(minutes=later)
        comes = reaches(settings, day, hours, later)
        if comes is None or comes >= closes:
            held = Word("until %(end)s", end=f"{comes:%H:%M}") if comes else Word("at every hour")
            raise ProgramError(
                "remind_hours",
                "%(hours)s h can never be sent: it falls at %(due)s, when texts may not go out %(held)s, and "
                "the check-in closes at %(closes)s; remind sooner, close later, or change quiet hours",
                hours=hours,
                due=f"{due:%H:%M}",
                held=held,
                closes=f"{closes:%H:%M}",
            )


def _check_soon(settings: ProgramSettings, now: datetime) -> None:
    now = now.astimezone(UTC)
    today, ends = local(now, settings.zone).date(), read_date("ends", settings.ends)
    if ends and ends < today:
        raise ProgramError(
            "ends", "%(ends)s is in the past; give a day from %(today)s on, or none", ends=ends, today=today
        )
    if _first(settings, now) is not None:
        return
    # What alone is in the way comes first. Of several the next is said once one is put right.
    endless = replace(settings, ends="")
    alone = [(field, settings) for field in _NONE]
    together = [("closed", endless), ("starts", replace(endless, closed=()))]
    for field, given in alone + together:
        first = _first(replace(given, **{field: _NONE[field]}), now)
        if first is not None:
            raise ProgramError(field, _no_check_in(field, given, first, now))


def _first(settings: ProgramSettings, now: datetime) -> date | None:
    """Return the day of the first check-in, or of its occasion if that is later; None if it is too far off."""
    found = soonest(rhythm(settings), now)
    if found is None or found.due is None or found.due > now + _SOON:
        return None
    return max(found.occasion, local(found.due, settings.zone).date())


def _no_check_in(field: str, settings: ProgramSettings, first: date, now: datetime) -> Word:
    """Say what a field has, and what would be right: `first` is the day that it keeps the first check-in from."""
    off = next((off for off in closed_days(settings.closed) if off[0] <= first <= off[1]), (first, first))
    values = {"ends": settings.ends, "first": first, "days": _SOON.days, "from": off[0], "to": off[1]}
    if field == "ends":
        return Word(
            "%(ends)s is before the first check-in's day, %(first)s; give that day or a later one, or none", **values
        )
    if field == "closed":
        return Word(
            "%(from)s to %(to)s leave no check-in in the next %(days)s days; leave %(first)s open, for example, "
            "which is the first day for one",
            **values,
        )
    days = ((now + _SOON).date() - timedelta(days=before) for before in range(_SOON.days))
    by = next((day for day in days if _first(replace(settings, starts=day.isoformat()), now)), first)
    return Word(
        "%(starts)s is too late: there is no check-in in the next %(days)s days; start by %(by)s, or give no start",
        starts=settings.starts,
        by=by,
        days=_SOON.days,
    )
