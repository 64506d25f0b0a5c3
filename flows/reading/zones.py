"""Where somebody is, for the hour that it is there: time zones in people's own words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import available_timezones

import yaml

from flows.reading.spelling import fold, strip_phrases
from flows.reading.spoken import POLITE, listed

_LONGEST = 60
_AREAS = frozenset(listed("Africa, America, Antarctica, Asia, Atlantic, Australia, Europe, Indian, Pacific"))
_AROUND = (
    *POLITE,
    *listed("time, time zone, timezone, zone, standard, daylight, standard time, daylight time, my, the, is, its, in"),
    *listed(
        "now, area, us, usa, im in, i am in, i moved to, moved to, we are in, i live in, right now, to, it is, city"
    ),
    *listed(
        "zona, hora, zona horaria, hora de, hora del, de, del, la, el, en, ahora, estoy en, vivo en, me mude a, es"
    ),
    *listed("estandar, de verano, horario, horario de, horario del, ya"),
)


def read_zone(text: str) -> str | None:
    """Read a time zone as its IANA name: "pacific", "EST", "I'm in Denver now", "America/Chicago"; else None."""
    if len(text) > _LONGEST:
        return None
    said = fold(text).replace("'", "").replace("_", " ").replace(".", "")
    found = {_words().get(part) or _words().get(strip_phrases(part, _AROUND)) for part in said.split(", ")}
    # Of "Paris, Texas" the one says something else than the other.
    return found.pop() if len(found) == 1 else None


def place(zone: str, language: str) -> str:
    """Return by which place's time that is: "Denver", "Nueva York"."""
    known = _table().get(zone)
    return str(known["place"][language]) if known else zone.rpartition("/")[2].replace("_", " ")


@cache
def _table() -> Mapping[str, Any]:
    file = resources.files("flows") / "definitions" / "zones.us.yaml"
    found: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


@cache
def _words() -> Mapping[str, str]:
    """Return every zone by what it may be called. What the table says of a word goes before any city of that name."""
    zones = [zone for zone in sorted(available_timezones()) if zone.partition("/")[0] in _AREAS and "/" in zone]
    whole = {zone.lower().replace("_", " "): zone for zone in zones}
    cities = {zone.partition("/")[2].lower().replace("_", " "): zone for zone in zones if zone.count("/") == 1}
    told = {word: zone for zone, known in _table().items() for word in listed(*known["words"])}
    return {**cities, **told, **whole}
