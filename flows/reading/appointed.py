"""A day of the week and an hour told in one go: "friday 3pm", "jueves a las 15:00", "tue at 9"."""

from __future__ import annotations

import re

from flows.reading.dates import WEEKDAYS
from flows.reading.hours import read_time
from flows.reading.labels import table
from flows.reading.spelling import bare, fold, strip_phrases
from flows.reading.spoken import DAY_HEDGES, DAYS, HEDGES, POLITE

_LONGEST = 60
_AROUND = (*POLITE, *HEDGES, *DAY_HEDGES)
_AT = r"(?:at|around|about|by|@|(?:como )?a las?|sobre las?) ?"
# Meant for an hour, good or not; a number alone may count something.
_MEANT = re.compile(
    rf"(?:{_AT}\d{{1,4}}|\d{{1,2}}(?: ?- ?\d{{1,2}})?(?:[:.h]\d{{2}}| ?[ap]\.? ?m\b))"
    r"(?:[^a-z]*| ?(?:-|or|to|o|a|y)\b.*)"
)
_DAY_KEY = re.compile(r"[1-7]")
_ALONE = re.compile(rf"(?:{_AT})?\d{{1,4}}(?:[:.h]\d{{1,3}})?(?: ?[ap]\.? ?m)?")
_PARTS = {
    "morning": "in the morning",
    "afternoon": "in the afternoon",
    "evening": "in the evening",
    "night": "at night",
    "manana": "de la manana",
    "tarde": "de la tarde",
    "noche": "de la noche",
}


def read_day_and_hour(text: str, language: str) -> tuple[int, str | None] | None:
    """Read a day, 0 for Monday, and the hour told with it; the hour is None where only the day is certain."""
    said = fold(text).replace(",", " ").split()
    if len(text) > _LONGEST:
        return None
    for split in range(1, len(said)):
        first, second = " ".join(said[:split]), " ".join(said[split:])
        for day_said, hour_said in ((first, second), (second, first)):
            day = read_day(day_said, language)
            if day is not None and _tells_hour(hour_said, part := _part(day_said), language):
                return day, _hour(hour_said, part, language)
    return None


def read_day(text: str, language: str) -> int | None:
    """Read the name of a day, without a number: "friday", "los jueves", "wensday morning"."""
    found = table(DAYS).word(strip_phrases(bare(text), _AROUND), language)
    return found if isinstance(found, int) else None


def like_an_hour(text: str) -> bool:
    """Whether this is meant for an hour, though it may be none: "25:00"."""
    return _ALONE.fullmatch(fold(text)) is not None


def _tells_hour(said: str, part: str, language: str) -> bool:
    if WEEKDAYS.keys() & bare(said).split():
        return False
    if read_time(said, language):
        # "Friday 2" may be the key of another day.
        return bool(part) or not _DAY_KEY.fullmatch(said)
    return _MEANT.fullmatch(said) is not None


def _part(said: str) -> str:
    return next((_PARTS[word] for word in bare(said).split() if word in _PARTS), "")


def _hour(said: str, part: str, language: str) -> str | None:
    """Read the hour in the part of the day that was told with the day: "friday evening at 7" is 19:00."""
    return read_time(f"{said} {part}", language) or read_time(said, language)
