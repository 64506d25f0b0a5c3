"""What a page says about a resource beside its name: when it is open, in which language, and who checked it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flows.places.resources import Resource

_MONTHS: Mapping[str, str] = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
_LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "de": "German",
        "en": "English",
        "es": "Spanish",
        "fr": "French",
        "ja": "Japanese",
        "nl": "Dutch",
        "pt": "Portuguese",
    },
    "es": {
        "de": "alemán",
        "en": "inglés",
        "es": "español",
        "fr": "francés",
        "ja": "japonés",
        "nl": "neerlandés",
        "pt": "portugués",
    },
}
_AND = {"en": " and ", "es": " y "}


def opening(resource: Resource, language: str, at: datetime) -> str:
    """Return when a resource is open, and whether it is closed at this moment."""
    is_open = resource.hours.open_at(at)
    if is_open is None:
        return "No sabemos su horario" if language == "es" else "We don't know its hours"
    said = resource.hours.said[language]
    if is_open:
        return said
    return f"Cerrado ahora. {said}" if language == "es" else f"Closed right now. {said}"


def languages(resource: Resource, language: str) -> str:
    """Return the languages that are spoken there."""
    names = _LANGUAGES[language]
    said = _AND[language].join(names.get(one, one) for one in resource.languages)
    return f"En {said}" if language == "es" else f"In {said}"


def checked(resource: Resource, language: str) -> str:
    """Return in which month a resource was read or tried, and where."""
    if resource.verified_on is None:
        return ""
    month, year = _MONTHS[language].split()[resource.verified_on.month - 1], resource.verified_on.year
    if language == "es":
        if resource.tried:
            return f"Probado en {month} de {year}: funciona."
        return f"Revisado en {month} de {year} ({resource.source['es']})."
    if resource.tried:
        return f"Tried in {month} {year}: it works."
    return f"Checked in {month} {year} ({resource.source['en']})."
