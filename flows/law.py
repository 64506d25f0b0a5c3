"""Between which hours the law of a place lets texts come: data, `definitions/quiet-law.*.yaml`, secondary and dated.

A region is a country or one of its states: "US", "US-VA". A state without a row has its country's hours, and a country
without one has no rule that we know of.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

import yaml

from flows.schedule import at_local, local

_WEEK = range(7)
_TABLE = "quiet-law.us.yaml"


@cache
def lawful_hours(region: str, weekday: int) -> tuple[str, str] | None:
    """Return from when on, and before when, texts may come on a weekday (0 Monday); None where no rule is known."""
    rows = _rows()
    country = region.partition("-")[0]
    return rows.get((region, weekday)) or rows.get((country, weekday))


def quiet_hours(region: str, weekday: int) -> tuple[str, str] | None:
    """Return the same as quiet hours are written: from when on it is quiet, and until when. None for no rule."""
    hours = lawful_hours(region, weekday)
    return None if hours is None else (hours[1], hours[0])


def lawful_until(at: datetime, zone: str, region: str) -> datetime | None:
    """Return None if a text may come at this moment, else the first moment (UTC) from which on one may."""
    wall = local(at, zone)
    for days in range(len(_WEEK) + 1):
        day = wall.date() + timedelta(days=days)
        hours = lawful_hours(region, day.weekday())
        if hours is None:
            return None
        if days == 0 and hours[0] <= f"{wall:%H:%M}" < hours[1]:
            return None
        opens = at_local(day, hours[0], zone)
        if opens > at:
            return opens
    return None


def lawful_to(at: datetime, zone: str, region: str) -> datetime | None:
    """Return the moment (UTC) before which a text of this lawful moment has to come; None where no rule is known."""
    day = local(at, zone).date()
    hours = lawful_hours(region, day.weekday())
    return None if hours is None else at_local(day, hours[1], zone)


@cache
def _rows() -> Mapping[tuple[str, int], tuple[str, str]]:
    table = yaml.safe_load((files("flows") / "definitions" / _TABLE).read_text(encoding="utf-8"))
    return {
        (row["region"], weekday): (row["from"], row["to"]) for row in table for weekday in row.get("weekdays", _WEEK)
    }
