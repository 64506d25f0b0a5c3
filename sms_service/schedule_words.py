"""A schedule said to those who set it: in a sentence, by its dates with the reasons, and whom a change concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from flows import Occurrence as Coming
from flows import upcoming
from flows.law import lawful_hours
from flows.rhythm import span
from flows.schedule import clock, day_name, local, short_date
from sms_service import schedules
from sms_service.program_checks import check_zone, closed_days
from sms_service.programs import ProgramSettings
from sms_service.schedules import FIELDS
from sms_service.translation import Word, say

NAMES = {
    "day": Word("Day"),
    "also_days": Word("Other days"),
    "time": Word("Hour"),
    "zone": Word("Time zone"),
    "every_weeks": Word("Weeks"),
    "month_week": Word("Week of the month"),
    "starts": Word("Start"),
    "ends": Word("End"),
    "closed": Word("Days off"),
    "region": Word("Holidays and law"),
    "remind_hours": Word("Reminders"),
    "window_hours": Word("Closing"),
    "grace_hours": Word("Late answers"),
    "quiet_start": Word("Start of quiet hours"),
    "quiet_end": Word("End of quiet hours"),
    "spread_minutes": Word("Spreading"),
    "fade_after": Word("Asking less often"),
    "people": Word("People"),
}
# Whom a change concerns: an enrolment keeps its own day, hour and zone, the next check-in is planned anew, a check-in
# plans its reminders as it opens, and quiet hours are looked at as each text goes out.
_REACH = (
    (
        {"day", "time", "zone"},
        Word(
            "The day and hour apply to people who join from now on; people already in keep the day and time they chose."
        ),
    ),
    (
        {"also_days", "every_weeks", "month_week", "starts", "ends", "closed", "region", "spread_minutes"},
        Word(
            "Weeks, days off, holidays and spreading apply to everybody: each next check-in is planned anew within "
            "minutes, and an open one is left as it is."
        ),
    ),
    (
        {"also_days"},
        Word("Other days are for those who kept the program's day; who chose another is asked on that one only."),
    ),
    (
        {"remind_hours", "window_hours", "grace_hours"},
        Word("Reminders and closing apply to everybody, from each person's next check-in."),
    ),
    ({"quiet_start", "quiet_end"}, Word("Quiet hours apply from now on to everybody who has none of their own.")),
    ({"fade_after"}, Word("Asking less often applies to everybody from now on.")),
)
_OCCURRENCES = 10
_LOOKED_AT = 80
_NEXT_YEAR = timedelta(days=330)
_ORDINALS = ("", "first", "second", "third", "fourth", "last")
_SHOWN_DAYS_OFF = 3


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One check-in to come: its local date and hour, and why it moved if it did. One left out has no hour."""

    date: str
    clock: str
    note: str = ""


def sentence(settings: ProgramSettings) -> str:
    """Return a schedule as a sentence."""
    when = f"{_often(settings)} at {clock(settings.time, 'en')}, in each person's own time."
    reminders = " and ".join(_reminder(settings, hours) for hours in settings.remind_hours)
    remind = f"Remind after {reminders}." if reminders else "No reminders."
    close = f"Close after {_hours(settings.window_hours)}."
    late = schedules.closes_after(settings) - settings.window_hours
    grace = f"Late answers count for {_hours(late)} more." if late > 0 else "Late answers do not count."
    return " ".join([when, *_limits(settings), remind, close, grace, *_quiet(settings), *_fading(settings)])


def _reminder(settings: ProgramSettings, hours: int) -> str:
    """Say a reminder by its hours, and when it reaches people if that is later."""
    found: list[str] = []
    for day in sorted({settings.day, *settings.also_days}):
        comes = schedules.reaches(settings, day, hours)
        if comes is None or comes >= schedules.planned(settings, day, settings.window_hours):
            return f"{hours} h (too late to be sent)"
        if comes != schedules.planned(settings, day, hours):
            said = clock(f"{comes:%H:%M}", "en")
            if said not in found:
                found.append(said)
    return f"{hours} h (reaches people at {' or '.join(found)})" if found else f"{hours} h"


def _quiet(settings: ProgramSettings) -> list[str]:
    """Say between which hours nothing comes: the program's own, and those of the law."""
    start, end = settings.quiet_start, settings.quiet_end
    own = "No quiet hours." if start == end else f"No reminder between {clock(start, 'en')} and {clock(end, 'en')}."
    law = " and ".join(_law(settings.region)) if settings.region else ""
    return [own, f"By law ({settings.region}), texts come only {law}."] if law else [own]


def _law(region: str) -> list[str]:
    """Return the law's hours, those of most days first, and of the other days by name."""
    by_hours: dict[tuple[str, str], list[str]] = {}
    for day in range(7):
        hours = lawful_hours(region, day)
        if hours:
            by_hours.setdefault(hours, []).append(day_name(day, "en"))
    found: list[str] = []
    for hours, days in sorted(by_hours.items(), key=lambda one: -len(one[1])):
        on = f"on {' and '.join(days)} " if found else ""
        found.append(f"{on}from {clock(hours[0], 'en')} to {clock(hours[1], 'en')}")
    return found


def _fading(settings: ProgramSettings) -> list[str]:
    if not settings.fade_after:
        return []
    return [f"After {_silent(settings.fade_after)}, ask once in four weeks."]


def _silent(weeks: int) -> str:
    return "1 silent week" if weeks == 1 else f"{weeks} silent weeks"


def _often(settings: ProgramSettings) -> str:
    """Say on which days: "Every Thursday", "Every 2 weeks on Monday", "On the last Friday of each month"."""
    days = " and ".join(day_name(day, "en") for day in sorted({settings.day, *settings.also_days}))
    if settings.month_week:
        return f"On the {_ORDINALS[settings.month_week]} {days} of each month"
    return f"Every {days}" if settings.every_weeks == 1 else f"Every {settings.every_weeks} weeks on {days}"


def _limits(settings: ProgramSettings) -> list[str]:
    """Say what the plain weekly case has nothing of."""
    found = []
    if settings.spread_minutes:
        found.append(f"Spread over {settings.spread_minutes} min.")
    if settings.starts:
        found.append(f"From {settings.starts} on.")
    if settings.ends:
        found.append(f"Until {settings.ends}.")
    if settings.closed:
        found.append(f"Closed {_closed(settings)}.")
    if settings.region:
        found.append(f"No check-in on public holidays ({settings.region}).")
    return found


def _closed(settings: ProgramSettings) -> str:
    spans = [span(first, last) for first, last in closed_days(settings.closed)]
    more = len(spans) - _SHOWN_DAYS_OFF
    return ", ".join(spans[:_SHOWN_DAYS_OFF]) + (f" and {more} more times" if more > 0 else "")


def _hours(hours: int) -> str:
    days, rest = divmod(hours, 24)
    if rest or not days:
        return f"{hours} h"
    return "1 day" if days == 1 else f"{days} days"


def occurrences(settings: ProgramSettings, now: datetime, zone: str = "") -> list[Occurrence]:
    """Return the next ten check-ins of somebody with the program's day and hour, and those left out between them.

    Without a zone, in the program's. Raises ProgramError for a zone that there is not.
    """
    zone = zone or settings.zone
    check_zone(zone)
    rhythm = schedules.rhythm(settings).of(settings.day, settings.time, zone)
    now = now.astimezone(UTC)
    found: list[Occurrence] = []
    kept = 0
    for one in islice(upcoming(rhythm, now), _LOOKED_AT):
        found.append(_said(one, zone, now.date() + _NEXT_YEAR))
        kept += one.due is not None
        if kept == _OCCURRENCES:
            break
    return found


def _said(one: Coming, zone: str, far: date) -> Occurrence:
    wall = local(one.due, zone) if one.due else None
    day = wall.date() if wall else one.occasion
    note = " ".join(f"{note[0].upper()}{note[1:].rstrip('.')}." for note in one.notes)
    shown = short_date(day, "en") + (f" {day.year}" if day > far else "")
    return Occurrence(shown, clock(f"{wall:%H:%M}", "en") if wall else "", note)


def changes(old: ProgramSettings, new: ProgramSettings) -> list[str]:
    """Return what changed, a short line each, such as "Day: Monday, was Thursday"."""
    before, after = _words(old), _words(new)
    return [f"{NAMES[f]}: {after[f]}, was {before[f]}" for f in FIELDS if before[f] != after[f]]


def _words(settings: ProgramSettings) -> dict[str, str]:
    return {
        "day": day_name(settings.day, "en"),
        "also_days": " and ".join(day_name(day, "en") for day in settings.also_days) or "none",
        "time": clock(settings.time, "en"),
        "zone": settings.zone,
        "every_weeks": "every week" if settings.every_weeks == 1 else f"every {settings.every_weeks} weeks",
        "month_week": _ORDINALS[settings.month_week] or "any",
        "starts": settings.starts or "none",
        "ends": settings.ends or "none",
        "closed": ", ".join(_dated(first, last) for first, last in closed_days(settings.closed)) or "none",
        "region": settings.region or "none",
        "remind_hours": " and ".join(f"after {hours} h" for hours in settings.remind_hours) or "none",
        "window_hours": f"after {_hours(settings.window_hours)}",
        "grace_hours": f"count for {_hours(settings.grace_hours)}",
        "quiet_start": clock(settings.quiet_start, "en"),
        "quiet_end": clock(settings.quiet_end, "en"),
        "spread_minutes": f"over {settings.spread_minutes} min",
        "fade_after": f"after {_silent(settings.fade_after)}" if settings.fade_after else "never",
    }


def _dated(first: date, last: date) -> str:
    """Write days with their year: "8 to 12 Dec 2026", "24 Dec 2026 to 1 Jan 2027"."""
    if first.year == last.year:
        return f"{span(first, last)} {last.year}"
    return f"{span(first, first)} {first.year} to {span(last, last)} {last.year}"


def reach(old: ProgramSettings, new: ProgramSettings, language: str = "en") -> str:
    """Return whom a change concerns, and from when, in this language ("en" or "es")."""
    differ = schedules.changed(old, new)
    return " ".join(say(language, words) for names, words in _REACH if differ & names)
