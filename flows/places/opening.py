"""When a line is open: always, at hours of its own, or nobody has told us."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """Open on these days (0 Monday) from `start` to `end`, in minutes of the day. One that runs past midnight ends
    after 24:00."""

    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours on the clocks of `zone`, and the words for them by language. No words: nobody has told us."""

    zone: str
    spans: tuple[Span, ...]
    said: Mapping[str, str]

    def open_at(self, at: datetime) -> bool | None:
        """Whether it is open at a moment that knows its zone; None if its hours are not known."""
        if at.tzinfo is None:
            raise ValueError("a moment without a zone says nothing about hours elsewhere")
        if not self.said:
            return None
        there = at.astimezone(ZoneInfo(self.zone))
        today, minute = there.weekday(), there.hour * 60 + there.minute
        yesterday = (there - timedelta(days=1)).weekday()
        return any(
            (today in span.days and span.start <= minute < span.end)
            or (yesterday in span.days and minute + _DAY < span.end)
            for span in self.spans
        )


ALWAYS = Hours("UTC", (Span(tuple(range(7)), 0, _DAY),), {"en": "Day and night", "es": "De día y de noche"})
UNKNOWN = Hours("UTC", (), {})


def read_hours(value: Any) -> Hours:
    """Return hours as a file has them: always, unknown, or zone, open and said. Raises ValueError."""
    if value in ("always", "unknown"):
        return ALWAYS if value == "always" else UNKNOWN
    if not isinstance(value, dict) or set(value) != {"zone", "open", "said"}:
        raise ValueError("expected always, unknown, or a mapping of zone, open and said")
    if not isinstance(value["open"], list) or not value["open"]:
        raise ValueError('open: expected a list such as ["mon-fri 09:00-17:00"]')
    return Hours(_zone(value["zone"]), tuple(_span(one) for one in value["open"]), value["said"])


def _zone(name: Any) -> str:
    try:
        ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"zone: {name!r} is not a time zone such as America/New_York") from None
    return str(name)


def _span(written: Any) -> Span:
    found = _SPAN.fullmatch(str(written))
    days = {found[1], found[2] or found[1]} if found else set()
    if not found or not days <= set(_DAYS):
        raise ValueError(f"open: {written!r} is not like 'mon-fri 09:00-17:00' or 'sat 20:00-02:00'")
    first, last = _DAYS.index(found[1]), _DAYS.index(found[2] or found[1])
    start, end = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    if start >= _DAY or end > _DAY or start == end or max(int(found[4]), int(found[6])) > 59:
        raise ValueError(f"open: {written!r} has a time that is none")
    during = tuple((first + step) % 7 for step in range((last - first) % 7 + 1))
    return Span(during, start, end if end > start else end + _DAY)
