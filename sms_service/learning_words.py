"""What the page of training shows of each program, and the words it says it in, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from flows.reading.zones import place
from flows.schedule import clock, short_date
from sms_service import events, videos
from sms_service.events import Listing
from sms_service.learning_fields import AUDIENCES, KINDS, host_of, is_link
from sms_service.programs import Program
from sms_service.videos import Video

__all__ = ["Offer", "about", "audience", "host_of", "is_link", "offers", "when", "zone"]

_WAYS: Mapping[bool, Mapping[str, str]] = {
    True: {"en": "online", "es": "en línea"},
    False: {"en": "in person", "es": "en persona"},
}
_AND = {"en": " and ", "es": " y "}


@dataclass(frozen=True, slots=True)
class Offer:
    """A program and what it has to learn from: its coming events and its videos."""

    program: Program
    events: Sequence[Listing]
    videos: Sequence[Video]


async def offers(connection: AsyncConnection, known: Iterable[Program], now: datetime) -> list[Offer]:
    """Return the programs that have something to learn from."""
    found = []
    for program in known:
        coming = []
        if program.events:
            today = events.today(program, now)
            coming = [event for event in await events.listed(connection, program.id) if event.on >= today]
        shown = await videos.listed(connection, program.id) if program.videos else []
        if coming or shown or is_link(program.settings.learn_url):
            found.append(Offer(program, coming, shown))
    return found


def when(event: Listing, language: str) -> str:
    """Return day and hour: "Thu 12 Mar, 12:15 PM"."""
    day = short_date(event.on, language)
    return f"{day}, {clock(event.time, language)}" if event.time else day


def zone(program: Program, language: str) -> str:
    """Return by which place's time the hours are."""
    return place(program.settings.zone, language)


def about(one: Listing | Video, language: str) -> str:
    """Return what kind it is, and how one takes part or how long it takes."""
    kind = KINDS[one.kind][language] if one.kind else ""
    if isinstance(one, Video):
        way = "" if one.minutes is None else f"{one.minutes} min"
    else:
        way = _WAYS[one.online][language]
    said = ", ".join(part for part in (kind, way, *_places(one)) if part)
    return said[:1].upper() + said[1:]


def _places(one: Listing | Video) -> tuple[str, ...]:
    """Return where an event is, where that says more than that it is online, or in person."""
    if isinstance(one, Video):
        return ()
    where = one.venue or one.place
    return () if where.casefold() in {"online", "in person", "en linea", "en persona"} else (where,)


def audience(one: Listing | Video, language: str) -> str:
    """Return for whom it is; nothing if for everybody."""
    names = [AUDIENCES[name][language] for name in one.audience]
    if not names or len(names) == len(AUDIENCES):
        return ""
    said = _AND[language].join(names)
    return f"Para {said}" if language == "es" else f"For {said}"
