"""Public holidays of a place: "US", or with those of one of its states "US-VA"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from flows.flow import FlowError


def holiday(region: str, day: date) -> str:
    """Return the public holiday's name in English; "" on any other day, and everywhere in the region ""."""
    return _holidays(region, day.year).get(day, "") if region else ""


@cache
def check_region(region: str) -> None:
    """Raise FlowError if the holidays of this place are not known."""
    from holidays import list_supported_countries  # 11 MB, which a process without schedules need not carry

    country, _, part = region.partition("-")
    known = list_supported_countries()
    if country not in known or (part and part not in known[country]) or region.endswith("-"):
        raise FlowError(f"{region!r} is not a place with known holidays; use one such as US, US-VA or ES, or nothing")


@cache
def _holidays(region: str, year: int) -> Mapping[date, str]:
    from holidays import country_holidays

    country, _, part = region.partition("-")
    found = country_holidays(country, subdiv=part or None, years=year, language="en_US")
    return {day: name.replace(" (observed)", "") for day, name in found.items()}
