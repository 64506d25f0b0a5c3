"""How what fills a text is said on a call: days and months in full, with their accents, and digits one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from flows.flow import Choice
from flows.schedule import clock

_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "es": (
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ),
}
_TRENDS = {
    "en": {"easier": "easier", "heavier": "heavier", "level": "about the same", "unknown": "too early to say"},
    "es": {"easier": "más ligera", "heavier": "más pesada", "level": "parecida", "unknown": "aún no se sabe"},
}
_MISSING = {"en": "not known yet", "es": "aún sin dato"}
_PRESS = {"en": "For {}, press {}", "es": "Para {}, oprima {}"}
_NUMBER = re.compile(r"\+?\d[\d ().-]{4,}\d")


def day(weekday: int, language: str) -> str:
    """Name a weekday (0 Monday): "Wednesday", "sábado"."""
    return _DAYS[language][weekday]


NO_DATE = {"en": "the day we start again", "es": "día que el programa siga"}
"""What is said in place of a date while nobody knows one."""


def on_day(on: date, language: str) -> str:
    """Say a date without its year: "Thursday, March 12", "jueves 12 de marzo"."""
    name, month = day(on.weekday(), language), _MONTHS[language][on.month - 1]
    return f"{name} {on.day} de {month}" if language == "es" else f"{name}, {month} {on.day}"


def moment(by: datetime | None, now: datetime, language: str) -> str:
    """Say until when: an hour today, else the day with it: "2:00 PM", "el miércoles a las 14:00"."""
    if by is None:
        return "-"
    hour = clock(f"{by:%H:%M}", language)
    at, the = ("a las ", "el ") if language == "es" else ("at ", "")
    if by.date() != now.date():
        return f"{the}{day(by.weekday(), language)} {at}{hour}"
    return f"{at}{hour}" if language == "es" else hour


def digits(text: str) -> str:
    """Say a telephone number digit by digit, with a breath between its parts, and leave the rest as it is."""
    return _NUMBER.sub(lambda found: ", ".join(" ".join(part) for part in re.findall(r"\d+", found[0])), text)


def keys(choices: Iterable[Choice], language: str) -> str:
    """Say what may be chosen, the key after what it is for."""
    return ". ".join(_PRESS[language].format(choice.labels[language][0], choice.key) for choice in choices)


def trend(name: str, language: str) -> str:
    """Say how the weeks go."""
    return _TRENDS[language][name]


def number(written: str, language: str) -> str:
    """Say a number that may be missing."""
    return _MISSING[language] if written == "-" else written
