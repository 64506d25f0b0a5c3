"""Which place was meant by a name that is not written as the settings have it: a time zone, or a country or state."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from flows.reading.zones import read_zone

_NO_AREA = "Etc"


@cache
def zones() -> frozenset[str]:
    """Return every zone that can be reckoned with, also those that are no place's, such as EST or Etc/GMT+5."""
    return frozenset(available_timezones())


def is_place(zone: str) -> bool:
    """Whether this is the zone of a place, which has that place's summer time; UTC is what it says."""
    area, slash, _ = zone.partition("/")
    return zone in zones() and (zone == "UTC" or bool(slash and area != _NO_AREA))


def meant_zone(zone: str) -> str:
    """Return the zone of a place that was named in other words: "New York", "EST"; "" for none."""
    return read_zone(zone) or ""


def is_region(region: str, *, american: bool) -> bool:
    """Whether this is the one code of a country or of a part of it: US, US-VA.

    In an American program no state's letters stand for a country. It asks people with American numbers only, so whoever
    writes CA there means California; a part of Canada is written CA-ON, and with a number of Canada CA is that country.
    """
    country, dash, part = region.partition("-")
    parts = _parts()
    if american and region in parts["US"]:
        return False
    return country in parts and (part in parts[country] if dash else True)


def meant_region(region: str, *, american: bool) -> str:
    """Return the code of what was named: a state of the US, a country, or either in small letters; "" for neither."""
    word = " ".join(region.split()).casefold()
    country, dash, part = word.upper().partition("-")
    codes = _countries()
    named = {name.casefold(): f"US-{state}" for name, state in _states().items()}
    states = [named.get(word, ""), f"US-{word.upper()}"]
    others = [codes.get(word.upper(), ""), f"{codes.get(country, '')}{dash}{part}"]
    guesses = [*states, *others] if american else [*others, *states]
    return next((guess for guess in guesses if is_region(guess, american=american)), "")


def state_named(code: str) -> str:
    """Return the name of a state of the US by its postal code; "" for none."""
    return next((name for name, state in _states().items() if state == code), "")


# What is imported here is large, and needed only where a place is typed.
@cache
def _parts() -> Mapping[str, list[str]]:
    from holidays import list_supported_countries

    return list_supported_countries(include_aliases=False)


@cache
def _states() -> Mapping[str, str]:
    from holidays import country_holidays

    return country_holidays("US").subdivisions_aliases


@cache
def _countries() -> Mapping[str, str]:
    """Return the code of each country by all its names in capitals: UNITED STATES, USA, US."""
    from holidays.registry import COUNTRIES

    return {
        name.replace("_", " ").upper(): names[1] for title, names in COUNTRIES.items() for name in (title, *names[1:])
    }
