"""Public holidays of a place: "US", or with those of one of its states "US-VA"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, partial

from flows.flow import FlowError
from flows.word import Word, Written

# Of countries whose holidays the calendar does not name in Spanish.
_SPANISH = {
    "Cesar Chavez Day": "Día de César Chávez",
    "Christmas Day": "Navidad",
    "Christmas Eve": "Nochebuena",
    "Columbus Day": "Día de Colón",
    "Day After Christmas": "día después de Navidad",
    "Day After Thanksgiving": "día después de Acción de Gracias",
    "Easter Monday": "Lunes de Pascua",
    "Election Day": "Día de las Elecciones",
    "Emancipation Day": "Día de la Emancipación",
    "Friday After Thanksgiving": "viernes después de Acción de Gracias",
    "George Washington Day": "Día de George Washington",
    "Good Friday": "Viernes Santo",
    "Independence Day": "Día de la Independencia",
    "Indigenous Peoples' Day": "Día de los Pueblos Indígenas",
    "Juneteenth National Independence Day": "Juneteenth, Día de la Libertad",
    "Labor Day": "Día del Trabajo",
    "Lincoln's Birthday": "nacimiento de Lincoln",
    "Martin Luther King Jr. Day": "Día de Martin Luther King",
    "Memorial Day": "Día de los Caídos",
    "New Year's Day": "Año Nuevo",
    "New Year's Eve": "Nochevieja",
    "Presidents' Day": "Día de los Presidentes",
    "Thanksgiving Day": "Día de Acción de Gracias",
    "Veterans Day": "Día de los Veteranos",
    "Washington's Birthday": "nacimiento de Washington",
}


def holiday(region: str, day: date) -> Word:
    """Return the public holiday's name; "" on any other day, and everywhere in the region ""."""
    known = bool(region) and day in _holidays(region, day.year, "en_US")
    return Written(partial(_named, region, day)) if known else Word("")


def _named(region: str, day: date, language: str) -> str:
    if language == "es" and "es" in _languages(region):
        return _holidays(region, day.year, "es")[day]
    name = _holidays(region, day.year, "en_US")[day]
    return _SPANISH.get(name, name) if language == "es" else name


@cache
def check_region(region: str) -> None:
    """Raise FlowError if the holidays of this place are not known."""
    from holidays import list_supported_countries  # 11 MB, which a process without schedules need not carry

    country, _, part = region.partition("-")
    known = list_supported_countries()
    if country not in known or (part and part not in known[country]) or region.endswith("-"):
        raise FlowError(f"{region!r} is not a place with known holidays; use one such as US, US-VA or ES, or nothing")


@cache
def _languages(region: str) -> tuple[str, ...]:
    from holidays import country_holidays

    return country_holidays(region.partition("-")[0]).supported_languages


@cache
def _holidays(region: str, year: int, language: str) -> Mapping[date, str]:
    from holidays import country_holidays

    country, _, part = region.partition("-")
    found = country_holidays(country, subdiv=part or None, years=year, language=language)
    return {day: re.sub(r" \((?:observed|observado)\)", "", name) for day, name in found.items()}
