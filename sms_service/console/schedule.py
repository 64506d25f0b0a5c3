"""A program's schedule as a coordinator edits it: fields in a sentence, faults beside them, what it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from flows.schedule import at_local, clock, day_name, local, next_checkin, short_date
from sms_service.programs import ProgramError, ProgramSettings, read_settings

FIELDS = ("day", "time", "zone", "remind_hours", "window_hours", "quiet_start", "quiet_end")
NAMES = {
    "day": "Day",
    "time": "Hour",
    "zone": "Time zone",
    "remind_hours": "Reminders",
    "window_hours": "Closing",
    "quiet_start": "Start of quiet hours",
    "quiet_end": "End of quiet hours",
}
# Whom a change concerns: an enrolment keeps its own day, hour and zone, a check-in plans its reminders as it opens, and
# quiet hours are looked at as each text goes out.
_REACH = (
    (
        {"day", "time", "zone"},
        "The day and hour apply to people who join from now on; people already in keep the day and time they chose.",
    ),
    ({"remind_hours", "window_hours"}, "Reminders and closing apply to everybody, from each person's next check-in."),
    ({"quiet_start", "quiet_end"}, "Quiet hours apply from now on to everybody who has none of their own."),
)
_REMINDERS = ("remind_1", "remind_2", "remind_3")
_OCCURRENCES = 10


@dataclass(frozen=True, slots=True)
class Draft:
    """A schedule as typed. `settings` holds what could be used of it, `faults` what is wrong by field."""

    typed: Mapping[str, str]
    settings: ProgramSettings
    faults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One check-in to come: its local date and hour, and why it moved if it did."""

    date: str
    clock: str
    note: str = ""


def draft(stored: ProgramSettings, form: Mapping[str, str]) -> Draft:
    """Read a form over the stored settings. Every field at fault is named, not just the first; absent ones stay."""
    fresh = as_typed(stored)
    typed = {**fresh, **{k: form[k].strip() for k in fresh if k in form}}
    wanted, faults = _read(typed)
    while True:
        try:
            return Draft(typed, _with(stored, wanted), _in_order(faults))
        except ProgramError as error:
            faults.setdefault(error.field, error.message)
            if wanted.pop(error.field, None) is None:
                return Draft(typed, stored, _in_order(faults))


def as_typed(settings: ProgramSettings) -> dict[str, str]:
    """Return settings as the form's fields hold them."""
    reminders = [str(hours) for hours in settings.remind_hours]
    padded = [*reminders, "", ""][: max(2, len(reminders))]
    return {
        "day": str(settings.day),
        "time": settings.time,
        "zone": settings.zone,
        "window_hours": str(settings.window_hours),
        "quiet_start": settings.quiet_start,
        "quiet_end": settings.quiet_end,
        **dict(zip(_REMINDERS, padded, strict=False)),
    }


def _in_order(faults: Mapping[str, str]) -> dict[str, str]:
    """Return the faults in the order of the fields on the page."""
    return {**{field: faults[field] for field in FIELDS if field in faults}, **faults}


def _read(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values by setting, and what could not be read as a number."""
    wanted: dict[str, Any] = {k: typed[k] for k in ("time", "zone", "quiet_start", "quiet_end")}
    faults: dict[str, str] = {}
    numbers = {"day": [typed["day"]], "window_hours": [typed["window_hours"]]}
    numbers["remind_hours"] = [typed[k] for k in _REMINDERS if typed.get(k)]
    for field, texts in numbers.items():
        try:
            read = [_whole(field, text) for text in texts]
        except ProgramError as error:
            faults[field] = error.message
        else:
            wanted[field] = read if field == "remind_hours" else read[0]
    return wanted, faults


def _whole(field: str, text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 4:
        return int(text)
    example = "3 for Thursday" if field == "day" else "24"
    raise ProgramError(field, f"{text!r} is not a whole number; write it like {example}")


def _with(stored: ProgramSettings, wanted: Mapping[str, Any]) -> ProgramSettings:
    return read_settings({f.name: getattr(stored, f.name) for f in fields(stored)} | dict(wanted))


def sentence(settings: ProgramSettings) -> str:
    """Return a schedule as a sentence."""
    when = f"Every {day_name(settings.day, 'en')} at {clock(settings.time, 'en')}, in each person's own time."
    reminders = " and ".join(f"{hours} h" for hours in settings.remind_hours)
    remind = f"Remind after {reminders}." if reminders else "No reminders."
    quiet = f"No reminder between {clock(settings.quiet_start, 'en')} and {clock(settings.quiet_end, 'en')}."
    return f"{when} {remind} Close after {_hours(settings.window_hours)}. {quiet}"


def _hours(hours: int) -> str:
    days, rest = divmod(hours, 24)
    if rest or not days:
        return f"{hours} h"
    return "1 day" if days == 1 else f"{days} days"


def occurrences(settings: ProgramSettings, now: datetime) -> list[Occurrence]:
    """Return the next ten check-ins of somebody who keeps the program's day, hour and zone."""
    at, found = now, []
    for _ in range(_OCCURRENCES):
        at = next_checkin(at, settings.day, settings.time, settings.zone)
        found.append(_occurrence(at, settings))
    return found


def _occurrence(at: datetime, settings: ProgramSettings) -> Occurrence:
    wall = local(at, settings.zone)
    shown = Occurrence(short_date(wall.date(), "en"), clock(f"{wall:%H:%M}", "en"))
    if f"{wall:%H:%M}" != settings.time:
        return replace(shown, note=f"The clocks skip {clock(settings.time, 'en')} that day.")
    if _doubled(wall.date(), settings):
        return replace(shown, note="The clocks go back that day: the first of two.")
    return shown


def _doubled(day: date, settings: ProgramSettings) -> bool:
    """Whether the hour comes twice that day: the wall clock an hour after the first shows it again."""
    first = at_local(day, settings.time, settings.zone)
    return local(first + timedelta(hours=1), settings.zone) == local(first, settings.zone)


def changes(old: ProgramSettings, new: ProgramSettings) -> list[str]:
    """Return what changed, a short line each, such as "Day: Monday, was Thursday"."""
    before, after = _words(old), _words(new)
    return [f"{NAMES[f]}: {after[f]}, was {before[f]}" for f in FIELDS if before[f] != after[f]]


def _words(settings: ProgramSettings) -> dict[str, str]:
    return {
        "day": day_name(settings.day, "en"),
        "time": clock(settings.time, "en"),
        "zone": settings.zone,
        "remind_hours": " and ".join(f"after {hours} h" for hours in settings.remind_hours) or "none",
        "window_hours": f"after {_hours(settings.window_hours)}",
        "quiet_start": clock(settings.quiet_start, "en"),
        "quiet_end": clock(settings.quiet_end, "en"),
    }


def reach(old: ProgramSettings, new: ProgramSettings) -> str:
    """Return whom a change concerns, and from when."""
    changed = {f for f in FIELDS if getattr(old, f) != getattr(new, f)}
    return " ".join(sentence for names, sentence in _REACH if changed & names)
