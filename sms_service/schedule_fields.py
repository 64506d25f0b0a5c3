"""The fields of a schedule as people type them, in the console and on the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flows.reading.spelling import fold
from flows.schedule import day_name, short_day
from sms_service.program_checks import RANGES, ProgramError, check_number, closed_days
from sms_service.translation import Word

_DAYS = tuple((day, fold(day_name(day, language))) for language in ("en", "es") for day in range(7))
_LEAST = 3
_WHOLE = re.compile(r"-?[0-9]{1,40}")
_HOUR = re.compile(r"[0-9]:[0-5][0-9]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BETWEEN = re.compile(r"\s*(?:\.\.|\bto\b|\ba\b)\s*")
_TO = {"en": "to", "es": "a"}

Span = tuple[str, str]


def read_number(field: str, text: str, right: str = "") -> int:
    """Return a whole number within the range of its field."""
    text = text.strip()
    if _WHOLE.fullmatch(text):
        number = int(text)
        if field in RANGES:
            check_number(field, number)
        return number
    if field in RANGES:
        least, most, words = RANGES[field]
        right = Word("write one from %(least)s to %(most)s %(words)s", least=least, most=most, words=words)
    raise ProgramError(field, "%(text)r is not a whole number; %(right)s", text=text, right=right)


def read_hour(text: str) -> str:
    """Return an hour as it is stored, "09:30" for "9:30"; what is none as it is, to be refused with the others."""
    text = text.strip()
    return f"0{text}" if _HOUR.fullmatch(text) else text


def read_day(field: str, text: str) -> int:
    """Return a weekday by its name in English or Spanish, three letters or more, or its number from 0 (Monday)."""
    # A number as it was typed: folded, -1 would be 1.
    typed, word = text.strip(), fold(text)
    found = [day for day, name in _DAYS if typed == str(day) or (len(word) >= _LEAST and name.startswith(word))]
    if not found:
        raise ProgramError(field, "%(text)r is not a weekday; write it like Thu or Thursday", text=text)
    return found[0]


def read_days(field: str, text: str) -> list[int]:
    """Return weekdays from a list such as "Mon, Wed"."""
    return [read_day(field, word) for word in re.split(r"[,;\s]+(?:(?:and|y)\s+)?", text.strip()) if word]


def read_span(text: str) -> Span:
    """Return the first and last day of "2026-12-24 to 2027-01-01", also with "a" or "..", or of one day alone."""
    days = _BETWEEN.split(text.strip())
    if len(days) > 2 or not all(_DATE.fullmatch(day) for day in days):
        raise ProgramError(
            "closed",
            "%(text)r is neither a day nor a first and a last one; write 2026-12-24 to 2027-01-01",
            text=text.strip(),
        )
    span = (days[0], days[-1])
    closed_days([span])
    return span


def read_spans(text: str) -> list[Span]:
    """Return the days off of several lines, in their order."""
    return sorted({read_span(line) for line in re.split(r"[\n;,]", text) if line.strip()})


def read_numbers(field: str, texts: Sequence[str]) -> list[int]:
    """Return whole numbers, those left empty not among them."""
    return [read_number(field, text) for text in texts if text.strip()]


def typed_days(days: Sequence[int], language: str = "en") -> str:
    """Write weekdays as they are typed: "Mon, Wed", "lun, mié"."""
    return ", ".join(short_day(day, language) for day in days)


def typed_spans(closed: Sequence[Sequence[str]], language: str = "en") -> str:
    """Write days off as they are typed, one time off a line."""
    return "\n".join(first if first == last else f"{first} {_TO[language]} {last}" for first, last in closed)
