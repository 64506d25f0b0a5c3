"""A program's schedule as a coordinator edits it: what was typed, what could be used of it, and the faults by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sms_service import schedule_fields, schedules
from sms_service.program_checks import check_region
from sms_service.programs import ProgramError, ProgramSettings, read_settings
from sms_service.schedule_words import NAMES, changes, occurrences, reach, sentence
from sms_service.schedules import FIELDS
from sms_service.translation import Word

__all__ = ["FIELDS", "NAMES", "Draft", "as_typed", "changes", "draft", "more", "occurrences", "reach", "sentence"]

_REMINDERS = ("remind_1", "remind_2", "remind_3")
_HOURS = ("time", "quiet_start", "quiet_end")
_AS_TYPED = (*_HOURS, "zone", "starts", "ends", "region")
_FOLDED = (
    *("also_days", "every_weeks", "month_week", "starts", "ends", "closed"),
    *("region", "grace_hours", "spread_minutes", "fade_after"),
)
_PLAIN = ProgramSettings(operator="", short_name="")
_NUMBERS = ("window_hours", "grace_hours", "every_weeks", "month_week", "spread_minutes", "fade_after")


@dataclass(frozen=True, slots=True)
class Draft:
    """A schedule as typed. `settings` holds what could be used of it, `faults` what is wrong by field."""

    typed: Mapping[str, str]
    settings: ProgramSettings
    faults: Mapping[str, str]


def draft(
    stored: ProgramSettings,
    form: Mapping[str, str],
    now: datetime | None = None,
    language: str = "en",
    sender: str = "",
) -> Draft:
    """Read a form over the stored settings. Every field at fault is named, not just the first; absent ones stay.

    With the time, a change is also looked at as it will be when it is saved. `sender` is the program's number.
    """
    fresh = as_typed(stored, language)
    typed = {**fresh, **{k: form[k].replace("\r\n", "\n").strip() for k in fresh if k in form}}
    wanted, faults = _read(typed)
    while True:
        try:
            settings = _with(stored, wanted, sender)
            if now is not None and schedules.changed(stored, settings):
                schedules.check(settings, now, sender)
            return Draft(typed, settings, _in_order(faults))
        except ProgramError as error:
            faults.setdefault(error.field, error.message)
            if wanted.pop(error.field, None) is None:
                return Draft(typed, stored, _in_order(faults))


def more(stored: ProgramSettings, draft: Draft) -> bool:
    """Whether what the page folds away is at fault, unsaved, or unlike the plain weekly case."""
    now = draft.settings
    unsaved = schedules.changed(stored, now) & set(_FOLDED)
    unlike = any(getattr(now, field) != getattr(_PLAIN, field) for field in _FOLDED if field != "region")
    return bool(unsaved or unlike or now.region not in ("", _PLAIN.region) or draft.faults.keys() & set(_FOLDED))


def as_typed(settings: ProgramSettings, language: str = "en") -> dict[str, str]:
    """Return settings as the form's fields hold them, in the words of this language."""
    reminders = [str(hours) for hours in settings.remind_hours]
    padded = [*reminders, "", ""][: max(2, len(reminders))]
    return {
        "day": str(settings.day),
        **{field: str(getattr(settings, field)) for field in (*_AS_TYPED, *_NUMBERS)},
        "also_days": schedule_fields.typed_days(settings.also_days, language),
        "closed": schedule_fields.typed_spans(settings.closed, language),
        **dict(zip(_REMINDERS, padded, strict=False)),
    }


def _in_order(faults: Mapping[str, str]) -> dict[str, str]:
    """Return the faults in the order of the fields on the page."""
    return {**{field: faults[field] for field in FIELDS if field in faults}, **faults}


def _read(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values by setting, and what could not be read."""
    wanted: dict[str, Any] = {k: schedule_fields.read_hour(typed[k]) if k in _HOURS else typed[k] for k in _AS_TYPED}
    faults: dict[str, str] = {}
    reading: dict[str, Callable[[], Any]] = {
        "day": lambda: schedule_fields.read_number("day", typed["day"], Word("choose a weekday")),
        "also_days": lambda: schedule_fields.read_days("also_days", typed["also_days"]),
        "closed": lambda: schedule_fields.read_spans(typed["closed"]),
        "remind_hours": lambda: schedule_fields.read_numbers("remind_hours", [typed.get(k, "") for k in _REMINDERS]),
        **{f: lambda f=f: schedule_fields.read_number(f, typed[f], Word("choose a week")) for f in _NUMBERS},  # type: ignore[misc]
    }
    for field, read in reading.items():
        try:
            wanted[field] = read()
        except ProgramError as error:
            faults[field] = error.message
    return wanted, faults


def _with(stored: ProgramSettings, wanted: Mapping[str, Any], sender: str) -> ProgramSettings:
    if wanted.get("region", stored.region) != stored.region:
        check_region(wanted["region"], sender)
    return read_settings({f.name: getattr(stored, f.name) for f in fields(stored)} | dict(wanted))
