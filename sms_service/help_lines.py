"""The lines people can turn to, as /r/help shows them. No database and no program: this page has to answer always.

Only lines whose number was read at a named source are here, with the month that was done. A number
nobody has checked is worse than none. Every one has to be tried by a person before a launch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """One thing to tap: an address (tel:, sms: or https:) and its words by language."""

    href: Words
    label: Words


@dataclass(frozen=True, slots=True)
class Line:
    """A line, who it is for, and when its number was last read at `source` ("YYYY-MM")."""

    name: Words
    about: Words
    ways: tuple[Way, ...]
    source: Words
    checked: str = "2026-11"


def _same(value: str) -> Words:
    return {"en": value, "es": value}


def _call(number: str, shown: str) -> Way:
    return Way(_same(f"tel:{number}"), {"en": f"Call {shown}", "es": f"Llamar al {shown}"})


def _text(number: str, shown: str, en: str = "", es: str = "") -> Way:
    return Way(
        {"en": _sms(number, en), "es": _sms(number, es)},
        {
            "en": f"Text {en} to {shown}" if en else f"Text {shown}",
            "es": f"Enviar {es} al {shown}" if es else f"Enviar un texto al {shown}",
        },
    )


def _sms(number: str, word: str) -> str:
    return f"sms:{number}?body={word}" if word else f"sms:{number}"


CRISIS = (
    Line(
        name={"en": "988 Suicide & Crisis Lifeline", "es": "988, línea de prevención del suicidio y crisis"},
        about={
            "en": "Free, day and night, for any kind of hard moment. A trained person answers. For Spanish, press 2.",
            "es": "Gratis, de día y de noche, para cualquier momento difícil. Responde una persona preparada. "
            "Al llamar, oprime 2 para español. Por texto, envía AYUDA.",
        },
        ways=(
            _call("988", "988"),
            _text("988", "988", es="AYUDA"),
            Way(
                _same("https://988lifeline.org/"),
                {"en": "Chat at 988lifeline.org", "es": "Chat en 988lifeline.org"},
            ),
        ),
        source=_same("988lifeline.org"),
    ),
    Line(
        name=_same("Crisis Text Line"),
        about={
            "en": "Free, day and night, by text. A trained volunteer writes with you.",
            "es": "Gratis, de día y de noche, por texto. Te escribe una persona voluntaria preparada.",
        },
        ways=(_text("741741", "741741", en="HOME", es="HOLA"),),
        source={"en": "in another agency's list", "es": "en la lista de otra agencia"},
    ),
    Line(
        name={"en": "Veterans Crisis Line", "es": "Línea de crisis para veteranos"},
        about={
            "en": "If you served, or care about someone who did. Call 988 and press 1, or send a text. Day and night.",
            "es": "Si serviste, o si te preocupa alguien que sirvió. Llama al 988 y oprime 1, o envía un texto. "
            "De día y de noche.",
        },
        ways=(
            Way(_same("tel:988"), {"en": "Call 988, press 1", "es": "Llamar al 988, oprimir 1"}),
            _text("838255", "838255"),
        ),
        source=_same("988lifeline.org"),
    ),
)

SUPPORT = (
    Line(
        name={"en": "Disaster Distress Helpline", "es": "Línea de ayuda en desastres"},
        about={
            "en": "After a disaster or a violent event. For helpers and responders too. Day and night.",
            "es": "Después de un desastre o un hecho violento. También para quienes ayudan. "
            "De día y de noche. Oprime 2 para español.",
        },
        ways=(_call("+18009855990", "1-800-985-5990"), _text("+18009855990", "1-800-985-5990")),
        source=_same("samhsa.gov"),
    ),
    Line(
        name=_same("NAMI HelpLine"),
        about={
            "en": "Questions about mental health, answered by peers. Not a crisis line. "
            "Monday to Friday, 10 AM to 10 PM Eastern.",
            "es": "Preguntas sobre salud mental; responden personas que han pasado por algo parecido. "
            "No es una línea de crisis. De lunes a viernes, de 10 AM a 10 PM, hora del Este.",
        },
        ways=(_call("+18009506264", "1-800-950-6264"), _text("62640", "62640", en="HELPLINE", es="HELPLINE")),
        source=_same("nami.org"),
    ),
)

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


def checked(line: Line, language: str) -> str:
    """Return when and where a line's number was last read, in words."""
    year, month = line.checked.split("-")
    name = _MONTHS[language][int(month) - 1]
    if language == "es":
        return f"Revisado en {name} de {year} ({line.source[language]})."
    return f"Checked in {name} {year} ({line.source[language]})."
