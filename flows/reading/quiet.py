"""Hours in which somebody wants no texts, in their own words: what QUIET takes, and what follows it."""

from __future__ import annotations

import re

from flows.reading.hours import read_time
from flows.reading.spelling import fold, strip_phrases
from flows.reading.spoken import POLITE, listed

OFF, ALL = "off", "all"
"""What is read where the program's own hours are meant, and where hardly an hour of the day would be left."""

_LONGEST = 60
_MOST_MINUTES = 20 * 60
_NIGHT, _MORNING = "21:00", "08:00"
"""The other end of the hours where only one is named."""

_WAKING, _NOON = "06:00", "12:00"

_OFF = frozenset(
    listed(
        "off, turn off, turn it off, default, the default, normal, back to normal, the programs, program",
        "silencio no, quitar, quitalo, quita, apagar, las del programa, del programa, lo normal, las normales",
    )
)
_ALL = frozenset(
    listed(
        "always, all day, all day long, all the time, 24 hours, 24/7, 24 7, day and night, every hour, the whole day",
        "siempre, todo el dia, todo el tiempo, 24 horas, dia y noche, a toda hora, a todas horas",
    )
)
_AROUND = (
    *POLITE,
    *listed("quiet, quiet hours, quiet time, my quiet hours, are, is, no texts, no messages, no reminders, every day"),
    *listed("every night, at night, from, between, it, to, only, just, on, set, then, for me, daily, onwards"),
    *listed("silencio, horas de silencio, sin mensajes, sin avisos, de, desde, entre, las, la, cada dia, cada noche"),
    *listed("todos los dias, todas las noches, en adelante, solo"),
)
_BETWEEN = re.compile(r" ?[-–—] ?| (?:to|until|till|til|through|thru|and|hasta(?: las?)?|a(?: las?)?|y(?: las?)?) ")
_AFTER = re.compile(r"(?:after|past|starting(?: at)?|a partir de(?: las?)?|despues de(?: las?)?) (?P<hour>.+)")
_BEFORE = re.compile(r"(?:before|until|till|til|antes de(?: las?)?|hasta(?: las?)?) (?P<hour>.+)")
_PRESSED = re.compile(r"(\d{2})(\d{2})(\d{2})(\d{2})")


def read_quiet(text: str, language: str) -> str | None:
    """Read hours without texts as "21:00-07:00", OFF, ALL, or None where it is not certain.

    Two hours without am or pm are a night: "9-7". Where one end has it, the other is the night's too. "After 8" lasts
    until the morning, "before 9" begins in the evening.
    """
    if len(text) > _LONGEST:
        return None
    said = fold(text).replace(",", " ")
    whole = strip_phrases(said, _AROUND)
    for words in (said, whole):
        if words in _OFF:
            return OFF
        if words in _ALL:
            return ALL
    found = _hours(whole, language)
    return _checked(*found) if found else None


def _hours(said: str, language: str) -> tuple[str, str] | None:
    after, before, pressed = _AFTER.fullmatch(said), _BEFORE.fullmatch(said), _PRESSED.fullmatch(said)
    if pressed:
        said = f"{pressed[1]}:{pressed[2]}-{pressed[3]}:{pressed[4]}"
    if after:
        start = _evening(strip_phrases(after["hour"], _AROUND), language)
        return (start, _MORNING) if start else _two(after["hour"], language)
    if before:
        end = _morning(strip_phrases(before["hour"], _AROUND), language)
        return (_NIGHT, end) if end else None
    return _two(said, language)


def _two(said: str, language: str) -> tuple[str, str] | None:
    """Read both ends, wherever one ends and the other begins: the "a" of "9 a 7" is none of an am."""
    for found in _BETWEEN.finditer(said):
        first, second = said[: found.start()], said[found.end() :]
        ends = _both(strip_phrases(first, _AROUND), strip_phrases(second, _AROUND), language)
        if ends:
            return ends
    return None


def _both(first: str, second: str, language: str) -> tuple[str, str] | None:
    begins, ends = _named(first, language), _named(second, language)
    start, end = begins or _evening(first, language), ends or _morning(second, language)
    if start is None or end is None:
        return None
    # Of "9-5", "9-5pm" and "9am-5" nobody can say which halves of the day are meant.
    if begins is None and ends is None:
        return (start, end) if end >= _WAKING else None
    if begins is None:
        return (start, end) if end < _NOON else None
    return (start, end) if ends or not _WAKING <= start < _NOON else None


def _named(said: str, language: str) -> str | None:
    """Read an hour that can be only one: with am or pm, noon, "21", "07:00"."""
    plain = read_time(said, language)
    return None if plain is None or _either(said, language) else plain


def _either(said: str, language: str) -> bool:
    """Whether an hour may be in either half of the day."""
    return not said.startswith("0") and all(read_time(f"{said} {half}", language) for half in ("am", "pm"))


def _evening(said: str, language: str) -> str | None:
    """Read an hour at which a night begins: "9" is 21:00, and so late that nobody means the morning."""
    return _of(said, language, "pm", "16:00", "23:59")


def _morning(said: str, language: str) -> str | None:
    """Read an hour at which a night ends: "7" is 07:00."""
    return _of(said, language, "am", "03:00", "11:59")


def _of(said: str, language: str, half: str, least: str, most: str) -> str | None:
    plain = _named(said, language)
    if plain is not None:
        return plain
    found = read_time(f"{said} {half}", language) if said else None
    return found if found and _either(said, language) and least <= found <= most else None


def _checked(start: str, end: str) -> str:
    """Return the hours, or ALL where they leave no room for a text by day."""
    minutes = (_minutes(end) - _minutes(start)) % (24 * 60)
    return ALL if not 0 < minutes <= _MOST_MINUTES else f"{start}-{end}"


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def is_quiet(text: str) -> bool:
    """Whether this could say which hours: "9pm-7am", "off", and not "please"."""
    return read_quiet(text, "en") is not None or read_quiet(text, "es") is not None
