"""Which place was meant by a name that is not written as the settings have it: a time zone, or a country or state."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from flows import FlowError
from flows.days_off import check_region
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


def meant_region(region: str) -> str:
    """Return the code of a state of the US that was named, or of a place in small letters; "" for neither."""
    from holidays import country_holidays  # large, and needed only for a place that is misspelt

    word = region.strip().casefold()
    states = {name.casefold(): f"US-{code}" for name, code in country_holidays("US").subdivisions_aliases.items()}
    for guess in (states.get(word), word.upper()):
        try:
            if guess:
                check_region(guess)
                return guess
        except FlowError:
            continue
    return ""
