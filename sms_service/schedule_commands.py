"""`sms-service program schedule`: when a program's people are asked, and why; with options, another schedule."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sms_service import programs, schedule_fields, schedule_words, schedules
from sms_service.calendar_words import weekdays
from sms_service.command import note, with_runtime
from sms_service.program_checks import check_region
from sms_service.programs import Program, ProgramError, ProgramSettings
from sms_service.runtime import Runtime

_NONE = "none"
_MONTH_WEEKS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 5, _NONE: 0}
_ORDINAL = {number: word for word, number in _MONTH_WEEKS.items()}

_OPTIONS: tuple[tuple[str, str, str, str], ...] = (
    ("--day", "day", "DAY", "the program's weekday, such as Thu; people already in keep theirs"),
    ("--time", "time", "HH:MM", "its hour; people already in keep theirs"),
    ("--zone", "zone", "ZONE", "its time zone, for people who join from now on"),
    ("--every", "every_weeks", "WEEKS", "every so many weeks"),
    ("--month-week", "month_week", "WEEK", "first, second, third, fourth or last of the month; none for weekly"),
    ("--starts", "starts", "DATE", "the first day, such as 2027-01-31; none for no beginning"),
    ("--ends", "ends", "DATE", "the last day; none for no end"),
    ("--region", "region", "PLACE", "whose holidays and calling hours count: US, US-VA, ES; none for neither"),
    (
        "--remind",
        "remind_hours",
        "HOURS",
        "reminders so many hours after a check-in, such as 24,48; may be repeated; none for none",
    ),
    ("--window", "window_hours", "HOURS", "a check-in's text is of use for so long"),
    ("--grace", "grace_hours", "HOURS", "a late answer still counts for so long after that"),
    ("--quiet", "quiet", "HH:MM-HH:MM", "no reminder between these, such as 21:00-08:00; none for none"),
    ("--spread", "spread_minutes", "MINUTES", "spread people over so many minutes"),
    ("--fade-after", "fade_after", "WEEKS", "ask once in four weeks after so many silent ones; 0 never"),
)


_NAMES: Mapping[str, str] = {
    **{option: name for option, name, _, _ in _OPTIONS},
    **{"--also-day": "also_day", "--closed": "closed", "--open": "open"},
}
_REPEATED = ("--remind",)
_OF_NEWCOMERS = ("--day", "--time", "--zone")
_HOLD_BACK = ("--quiet", "--region")
_TYPED: Mapping[str, str] = {
    **{name: option for option, name, _, _ in _OPTIONS},
    **dict.fromkeys(("quiet_start", "quiet_end"), "--quiet"),
    "also_days": "--also-day",
    "closed": "--closed",
    # Nobody types these, so there is nothing to name.
    **dict.fromkeys(("slug", "schedule"), ""),
}
"""The option that each field is typed in."""


def add_to(made: Any) -> None:
    """Add `schedule` to the commands about programs."""
    parser = made.add_parser(
        "schedule",
        help="show a program's schedule and its next dates, or change it",
        description="Without options: the schedule and the next ten dates, with the reason where one moved.",
    )
    parser.add_argument("slug")
    for option, name, metavar, words in _OPTIONS:
        action = "append" if option in _REPEATED else "store"
        parser.add_argument(option, dest=name, metavar=metavar, help=words, action=action)
    parser.add_argument("--also-day", action="append", metavar="DAY", help="another weekday; may be repeated; or none")
    parser.add_argument(
        "--closed", action="append", metavar="FROM..TO", help="days off to add; may be repeated; none for none"
    )
    parser.add_argument("--open", action="append", metavar="FROM..TO", help="days off to take away; may be repeated")
    parser.add_argument("--preview", action="store_true", help="show what it would be, and save nothing")
    parser.add_argument("--in", dest="shown_zone", default="", metavar="ZONE", help="dates for somebody in this zone")
    parser.set_defaults(run=_schedule)


def _schedule(chosen: argparse.Namespace) -> int:
    try:
        return _show_or_change(chosen)
    except ProgramError as error:
        field = _blamed(error.field, chosen)
        none = "; none for no place" if field == "--region" else ""
        raise ProgramError(field, error.message + none) from None


def _blamed(field: str, chosen: argparse.Namespace) -> str:
    """Return the options that a fault is about, for what nobody typed those that brought it up."""
    typed = [option for option, name in _NAMES.items() if getattr(chosen, name) is not None]
    if field == "people":
        return ", ".join([option for option in typed if option not in _OF_NEWCOMERS] or typed)
    if field == "time" and chosen.time is None:
        return " and ".join([*(option for option in typed if option in _HOLD_BACK), "--time"])
    return _TYPED.get(field, field)


def _show_or_change(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.slug)
            settings = _wanted(program.settings, chosen, program.sender)
            if schedules.changed(program.settings, settings):
                schedules.check(settings, now, program.sender)
                # Looked at before anything is stored: a zone that there is not is an error, and then nothing changes.
                dates = _dates(settings, now, chosen.shown_zone)
                if not chosen.preview and not await programs.save_settings(connection, program, settings, now):
                    raise ProgramError("schedule", "Somebody else changed the program just now; try again")
                if not chosen.preview:
                    await note(rt, connection, "schedule.changed", program.id)
            else:
                dates = _dates(settings, now, chosen.shown_zone)
            hindered = await programs.hindrance(connection, program, settings) if chosen.preview else ""
        _print_change(program, settings, saved=not chosen.preview, hindered=hindered)
        _print(settings, dates, chosen.shown_zone)
        return 0

    return with_runtime(work)


def _dates(settings: ProgramSettings, now: datetime, zone: str) -> list[schedule_words.Occurrence]:
    try:
        return schedule_words.occurrences(settings, now, zone)
    except ProgramError as error:
        raise ProgramError("--in" if zone else error.field, error.message) from None


def _print_change(program: Program, settings: ProgramSettings, *, saved: bool, hindered: str) -> None:
    changed = schedule_words.changes(program.settings, settings)
    if not changed:
        return
    for line in changed:
        print(line)
    print(schedule_words.reach(program.settings, settings))
    print("Saved." if saved else "A preview: nothing was saved.")
    if hindered:
        print(f"This can't be changed now. {hindered}")
    print()


def _print(settings: ProgramSettings, dates: list[schedule_words.Occurrence], zone: str) -> None:
    print(schedule_words.sentence(settings))
    print(f"The next check-ins of somebody who keeps the program's day and hour, in {zone or settings.zone}:")
    for one in dates:
        print(f"  {one.date + ', ' + one.clock if one.clock else one.date:24}  {one.note}".rstrip())


def _wanted(stored: ProgramSettings, chosen: argparse.Namespace, sender: str = "") -> ProgramSettings:
    """Return the settings with what was asked for. Raises ProgramError naming the field."""
    values = asdict(stored)
    for name, read in _READ.items():
        text = getattr(chosen, name)
        if text is not None:
            values.update(read(name, text if isinstance(text, str) else ",".join(text)))
    if chosen.region is not None:
        check_region(values["region"], sender)
    if chosen.also_day:
        words = [] if chosen.also_day == [_NONE] else chosen.also_day
        values["also_days"] = [schedule_fields.read_day("also_days", word) for word in words]
    if values["month_week"] and values["also_days"]:
        raise ProgramError(
            "month_week",
            "%(week)r is one weekday a month, and there are %(days)s; take the other days away with --also-day none, "
            "or choose weekly with --month-week none",
            week=chosen.month_week or _ORDINAL[values["month_week"]],
            days=weekdays([values["day"], *values["also_days"]]),
        )
    values["closed"] = _days_off(stored, chosen.closed or [], chosen.open or [])
    return programs.read_settings(values)


def _days_off(stored: ProgramSettings, closed: list[str], opened: list[str]) -> list[tuple[str, str]]:
    kept = [(first, last) for first, last in stored.closed]
    for text in opened:
        one = _open_span(text)
        if one not in kept:
            there = schedule_fields.typed_spans(kept).replace("\n", ", ") or "none"
            raise ProgramError(
                "--open", "%(text)r is not among the days off, which are: %(there)s", text=text, there=there
            )
        kept.remove(one)
    if not closed:
        return kept
    if _NONE in closed:
        kept = []
    return sorted({*kept, *(schedule_fields.read_span(text) for text in closed if text != _NONE)})


def _open_span(text: str) -> schedule_fields.Span:
    try:
        return schedule_fields.read_span(text)
    except ProgramError as error:
        raise ProgramError("--open", error.message) from None


def _number(name: str, text: str) -> Mapping[str, Any]:
    return {name: schedule_fields.read_number(name, text)}


def _day(name: str, text: str) -> Mapping[str, Any]:
    return {name: schedule_fields.read_day(name, text)}


def _hour(name: str, text: str) -> Mapping[str, Any]:
    return {name: schedule_fields.read_hour(text)}


def _word(name: str, text: str) -> Mapping[str, Any]:
    return {name: text}


def _word_or_none(name: str, text: str) -> Mapping[str, Any]:
    return {name: "" if text == _NONE else text}


def _month_week(name: str, text: str) -> Mapping[str, Any]:
    word = text.strip().lower()
    if word not in _MONTH_WEEKS:
        raise ProgramError(name, "%(text)r is not one of %(known)s", text=text, known=", ".join(_MONTH_WEEKS))
    return {name: _MONTH_WEEKS[word]}


def _reminders(name: str, text: str) -> Mapping[str, Any]:
    return {name: [] if text == _NONE else schedule_fields.read_numbers(name, text.split(","))}


def _quiet(_: str, text: str) -> Mapping[str, Any]:
    start, dash, end = ("00:00-00:00" if text == _NONE else text).partition("-")
    if not dash:
        raise ProgramError("quiet_start", "%(text)r is not a begin and an end; write them like 21:00-08:00", text=text)
    return {"quiet_start": schedule_fields.read_hour(start), "quiet_end": schedule_fields.read_hour(end)}


_READ: Mapping[str, Callable[[str, str], Mapping[str, Any]]] = {
    **dict.fromkeys(("every_weeks", "window_hours", "grace_hours", "spread_minutes", "fade_after"), _number),
    "time": _hour,
    "zone": _word,
    **dict.fromkeys(("starts", "ends", "region"), _word_or_none),
    "day": _day,
    "month_week": _month_week,
    "remind_hours": _reminders,
    "quiet": _quiet,
}
