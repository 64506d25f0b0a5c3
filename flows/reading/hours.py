"""A time of day in somebody's own words."""

from __future__ import annotations

import re

from flows.reading.numbers import NUMBERS
from flows.reading.spelling import fold, strip_phrases
from flows.reading.spoken import POLITE, TIME_HEDGES

_HEDGES = (*POLITE, *TIME_HEDGES)

_FIXED = {
    **dict.fromkeys(
        (
            "noon",
            "midday",
            "mediodia",
            "medio dia",
            "al medio dia",
            "al mediodia",
            "a mediodia",
            "12 noon",
            "12 del mediodia",
            "12 del dia",
        ),
        "12:00",
    ),
    **dict.fromkeys(
        ("midnight", "medianoche", "a medianoche", "media noche", "12 midnight", "12 de la noche", "12 at night"),
        "00:00",
    ),
}
_MORNING = r"in the morning|de la manana|de la madrugada"
_LATER = r"in the afternoon|in the evening|at night|de la tarde|de la noche"
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.,h ]?(?P<minute>\d{2}))?"
    r"(?: ?(?:ish|o'? ?clock|en punto|hrs?|horas?|h))?"
    rf"(?: ?(?:(?P<am>a\.? ?m\.?|a|{_MORNING})|(?P<pm>p\.? ?m\.?|p|{_LATER})))?"
)
_EXACT = re.compile(r"\d{1,2}:\d{2}(?: ?[ap]\.?m)?")
# Minutes in words: what follows the hour, and what stands before it.
_MINUTES = {
    **{word: number for word, number in NUMBERS.items() if 10 <= number < 60},
    **{f"y {word}": number for word, number in NUMBERS.items() if 5 <= number < 60},
    **{"y media": 30, "y cuarto": 15},
}
_MINUTE = re.compile(r"^(\S+) (" + "|".join(sorted(_MINUTES, key=len, reverse=True)) + r")\b")
_PAST = {"half past": 30, "quarter past": 15, "quarter after": 15, "ten past": 10, "twenty past": 20}
_TO = {"quarter to": 45, "quarter of": 45, "ten to": 50, "twenty to": 40, "five to": 55}
_AROUND = re.compile(r"^(?:a )?(" + "|".join([*_PAST, *_TO]) + r") (\S+)")
_LESS = {"menos cuarto": 45, "menos diez": 50, "menos veinte": 40, "menos cinco": 55}
_BEFORE = re.compile(r"^(\S+) (" + "|".join(_LESS) + r")\b")


def read_time(text: str, language: str) -> str | None:
    """Read a time of day as "HH:MM", 24 h, or None.

    An hour without am or pm is read as a working day has it: 1 to 6 in the afternoon, 7 to 11 in the morning,
    12 noon. A leading zero ("05:30") and 0 or 13 to 23 are the 24-hour clock and mean what they say.
    """
    said = strip_phrases(fold(text).replace(", ", " "), _HEDGES)
    if said in _FIXED:
        return _FIXED[said]
    found = _CLOCK.fullmatch(_in_digits(said, language))
    return _clock(found) if found else None


def exact_time(text: str) -> str | None:
    """Read a time written out with its minutes, as the question shows it: "19:30", "7:30 pm"."""
    said = fold(text)
    return read_time(said, "en") if _EXACT.fullmatch(said) else None


def _in_digits(said: str, language: str) -> str:
    """Turn "seven thirty pm", "half past six", "quarter to 8" and "siete y media" into digits."""
    said = _AROUND.sub(lambda found: _put(found[2], _PAST.get(found[1]), _TO.get(found[1])), said)
    said = _BEFORE.sub(lambda found: _put(found[1], None, _LESS[found[2]]), said)
    said = _MINUTE.sub(lambda found: f"{found[1]} {_MINUTES[found[2]]:02}", said)
    first, _, rest = said.partition(" ")
    # "at once" is not eleven o'clock.
    if first == "una":
        said = f"1 {rest}".strip()
    elif first in NUMBERS and (first != "once" or language == "es"):
        said = f"{NUMBERS[first]} {rest}".strip()
    return said


def _put(word: str, past: int | None, before: int | None) -> str:
    """Put minutes behind an hour, or in front of the next one: "7", to 45 minutes past six."""
    hour = NUMBERS.get(word, int(word) if word.isdecimal() and word.isascii() and len(word) < 3 else -1)
    if past is None:
        hour = 12 if hour == 1 else hour - 1
    return f"{hour} {past or before:02}" if hour > 0 else word


def _clock(found: re.Match[str]) -> str | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    written_out = found["hour"].startswith("0") and found["minute"] is not None
    if found["am"]:
        hour = _halved(hour, 0)
    elif found["pm"]:
        hour = _halved(hour, 12)
    elif 1 <= hour <= 6 and not written_out:
        hour += 12
    elif hour == 0 and not written_out:
        return None
    return f"{hour:02}:{minute:02}" if 0 <= hour < 24 and minute < 60 else None


def _halved(hour: int, half: int) -> int:
    """Return the hour of a half day, or -1. "19:30 pm" says the same thing twice and is understood."""
    if 1 <= hour <= 12:
        return hour % 12 + half
    return hour if half <= hour < half + 12 and hour != 12 else -1
