"""The events a program offers to learn at, which LEARN and EVENTS tell people about, and the page of training shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar, get_args
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import local, room
from flows.scoring import Pattern
from sms_service import learning_fields
from sms_service.learning_fields import read_count
from sms_service.program_checks import read_date
from sms_service.programs import Program, ProgramError
from sms_service.runtime import new_id
from sms_service.translation import Word

LONGEST_TITLE, LONGEST_PLACE, LONGEST_VENUE, MOST_SEATS = room("event"), room("event_place"), 120, 9999
MOST = 500
"""How many a program may list: more than anybody reads, and few enough for a page."""
TOPICS: tuple[str, ...] = get_args(Pattern)
"""The patterns that an event may be meant for: only then is it said to fit what somebody described."""

T = TypeVar("T")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Listing:
    """An event as a program lists it. `time` is "HH:MM" in the program's zone, "" for a whole day.

    `place` is what a text says, `venue` the place in full for the page. An empty `audience` is everybody. `topic` is
    the pattern it is meant for, if it is for one. `uid` names it in the calendar that it was read from.
    """

    title: str
    on: date
    place: str
    topic: str = ""
    time: str = ""
    online: bool = False
    kind: str = ""
    audience: tuple[str, ...] = ()
    venue: str = ""
    link: str = ""
    seats: int | None = None
    uid: str = ""
    id: UUID | None = None


_COLUMNS = "title, on_date, place, topic, at_time, online, kind, audience, venue, link, seats, uid"
_LISTED = text(f"select {_COLUMNS}, id from events where program_id = :program order by on_date, at_time, title")  # noqa: S608
_ADD = text(f"""
    insert into events (id, program_id, created_at, {_COLUMNS})
    values (:id, :program, :now, :title, :on, :place, :topic, :time, :online, :kind, cast(:audience as jsonb), :venue,
        :link, :seats, :uid)
    on conflict do nothing
""")  # noqa: S608
_CHANGE = text("""
    update events set title = :title, on_date = :on, place = :place, topic = :topic, at_time = :time, online = :online,
        kind = :kind, audience = cast(:audience as jsonb), venue = :venue, link = :link, seats = :seats, uid = :uid
    where id = :id and program_id = :program and not exists (
        select from events o where o.program_id = :program and o.title = :title and o.on_date = :on and o.id <> :id)
""")
_COUNT = text("select count(*) from events where program_id = :program")
_REMOVE = text("delete from events where program_id = :program and title = :title and on_date = :on")
_DELETE = text("delete from events where program_id = :program and id = :id")
# What is offered leaves nobody's check-ins to plan anew.
_CHANGED = text("""
    update programs set version = version + 1,
        planned_version = case when planned_version = version then version + 1 else planned_version end
    where id = :program
""")


async def listed(connection: AsyncConnection, program: UUID) -> list[Listing]:
    """Return every event of a program, the soonest first, also those that are over."""
    rows = await connection.execute(_LISTED, {"program": program})
    return [
        Listing(
            title=row.title,
            on=row.on_date,
            place=row.place,
            topic=row.topic,
            time=row.at_time,
            online=row.online,
            kind=row.kind,
            audience=tuple(row.audience),
            venue=row.venue,
            link=row.link,
            seats=row.seats,
            uid=row.uid,
            id=row.id,
        )
        for row in rows
    ]


def today(program: Program, now: datetime) -> date:
    """Return which day it is where the program is."""
    return local(now, program.settings.zone).date()


def faults(event: Listing, today: date) -> Mapping[str, str]:
    """Return what is wrong with an event, by field."""
    return dict(_faults(event, today))


def _faults(event: Listing, today: date) -> Iterator[tuple[str, str]]:
    for check in _checks(event, today):
        try:
            check()
        except ProgramError as error:
            yield error.field, error.message


def _checks(event: Listing, today: date) -> Sequence[Callable[[], None]]:
    return (
        lambda: learning_fields.check_for_texts("title", event.title, LONGEST_TITLE),
        lambda: _check_day(event.on, today),
        lambda: _check_time(event.time),
        lambda: learning_fields.check_for_texts("place", event.place, LONGEST_PLACE),
        lambda: learning_fields.check_for_pages("venue", event.venue, LONGEST_VENUE),
        lambda: learning_fields.check_kind(event.kind),
        lambda: learning_fields.check_audience(event.audience),
        lambda: _check_topic(event.topic),
        lambda: learning_fields.check_link(event.link),
    )


def _check_day(on: date, today: date) -> None:
    if on < today:
        raise ProgramError("on", "%(on)s is over; give a day to come", on=on)
    if on.year > today.year + 5:
        raise ProgramError("on", "%(on)s is more than five years away; give a day before that", on=on)


def _check_time(time: str) -> None:
    if time and not _TIME.fullmatch(time):
        raise ProgramError("time", "%(time)r is not a time of day; write it like 13:30, or leave it out", time=time)


def _check_topic(topic: str) -> None:
    if topic and topic not in TOPICS:
        raise ProgramError(
            "topic",
            "%(topic)r is not one of %(known)s; leave it out if it fits all",
            topic=topic,
            known=", ".join(TOPICS),
        )


def _refuse(event: Listing, today: date) -> None:
    for field, message in faults(event, today).items():
        raise ProgramError(field, message)


async def add(connection: AsyncConnection, program: Program, event: Listing, now: datetime) -> bool:
    """Add an event; False if it is there already. Raises ProgramError naming the field and the way out."""
    _refuse(event, today(program, now))
    if (await connection.execute(_COUNT, {"program": program.id})).scalar_one() >= MOST:
        raise ProgramError(
            "title", "the program lists %(most)s events; take some that are over off the list first", most=MOST
        )
    values = {**_values(event), "id": new_id(), "program": program.id, "now": now}
    added = await connection.execute(_ADD, values)
    await changed(connection, program.id)
    return added.rowcount == 1


async def change(connection: AsyncConnection, program: Program, event: Listing, now: datetime) -> bool:
    """Put an event in place of the one of its id; False if there is none, or another has its title on this day.

    Raises ProgramError naming the field and the way out.
    """
    _refuse(event, today(program, now))
    done = await connection.execute(_CHANGE, {**_values(event), "program": program.id})
    await changed(connection, program.id)
    return done.rowcount == 1


async def remove(connection: AsyncConnection, program: Program, title: str, on: date) -> bool:
    """Take an event off the list; False if there was none of this title on this day."""
    removed = await connection.execute(_REMOVE, {"program": program.id, "title": title, "on": on})
    await changed(connection, program.id)
    return removed.rowcount == 1


async def delete(connection: AsyncConnection, program: Program, identity: UUID) -> bool:
    """Take the event of this id off the list; False if there was none."""
    removed = await connection.execute(_DELETE, {"program": program.id, "id": identity})
    await changed(connection, program.id)
    return removed.rowcount == 1


async def changed(connection: AsyncConnection, program: UUID) -> None:
    """Let everybody who reads this program know that what it offers is different."""
    await connection.execute(_CHANGED, {"program": program})


def _values(event: Listing) -> dict[str, Any]:
    return {**asdict(event), "audience": json.dumps(event.audience)}


FIELDS = ("title", "on", "time", "online", "place", "venue", "kind", "audience", "topic", "link", "seats")
"""The fields of a form, in their order."""


def as_typed(event: Listing) -> dict[str, str]:
    """Return an event as a form's fields hold it."""
    return {
        "title": event.title,
        "on": event.on.isoformat(),
        "time": event.time,
        "online": "yes" if event.online else "no",
        "place": event.place,
        "venue": event.venue,
        "kind": event.kind,
        **{f"for_{one}": "yes" if one in event.audience else "" for one in learning_fields.AUDIENCES},
        "topic": event.topic,
        "link": event.link,
        "seats": "" if event.seats is None else str(event.seats),
    }


def read(typed: Mapping[str, str], stored: Listing | None, today: date) -> tuple[Listing | None, dict[str, str]]:
    """Read a form into an event, in place of `stored` if it is there already; None and what is wrong by field."""
    online = typed.get("online") == "yes"
    wrong: dict[str, str] = {}
    on = _read(wrong, lambda: read_date("on", typed.get("on", "")))
    seats = _read(wrong, lambda: read_count("seats", typed.get("seats", ""), MOST_SEATS, Word("seats")))
    if on is None and "on" not in wrong:
        wrong["on"] = Word("choose the day; write it like 2027-01-31")
    event = Listing(
        title=typed.get("title", ""),
        on=on or today,
        place=typed.get("place", "") or ("online" if online else ""),
        topic=typed.get("topic", ""),
        time=typed.get("time", ""),
        online=online,
        kind=typed.get("kind", ""),
        audience=tuple(one for one in learning_fields.AUDIENCES if typed.get(f"for_{one}")),
        venue=typed.get("venue", ""),
        link=typed.get("link", ""),
        seats=seats,
    )
    wrong = {**faults(event, today), **wrong}
    if wrong:
        return None, {field: wrong[field] for field in FIELDS if field in wrong}
    return replace(event, uid=stored.uid, id=stored.id) if stored else event, {}


def _read(wrong: dict[str, str], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except ProgramError as error:
        wrong[error.field] = error.message
        return None
