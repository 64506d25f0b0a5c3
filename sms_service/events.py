"""The training sessions a program offers, which LEARN and EVENTS tell people about."""

from __future__ import annotations

from datetime import date, datetime
from typing import get_args

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Event, segments
from flows.scoring import Pattern
from sms_service.programs import Program, ProgramError
from sms_service.runtime import new_id

LONGEST_TITLE, LONGEST_PLACE = 40, 20
TOPICS: tuple[str, ...] = get_args(Pattern)
"""The patterns that a session may be meant for: only then is it said to fit what somebody described."""

_ADD = text("""
    insert into events (id, program_id, title, on_date, place, topic, created_at)
    values (:id, :program, :title, :on, :place, :topic, :now) on conflict do nothing
""")
_REMOVE = text("delete from events where program_id = :program and title = :title and on_date = :on")
_CHANGED = text("update programs set version = version + 1 where id = :program")


async def add(connection: AsyncConnection, program: Program, event: Event, now: datetime) -> bool:
    """Add a session; False if it is there already. Raises ProgramError naming the field and the way out."""
    for field, value, most in (("title", event.title, LONGEST_TITLE), ("place", event.place, LONGEST_PLACE)):
        size = segments(value)
        if not value.strip() or size.units > most or size.encoding != "GSM-7":
            raise ProgramError(field, f"{value!r} has to be 1 to {most} plain characters, so that it fits in a text")
    if event.topic and event.topic not in TOPICS:
        raise ProgramError("topic", f"{event.topic!r} is not one of {', '.join(TOPICS)}; leave it out if it fits all")
    if event.on < now.date():
        raise ProgramError("on", f"{event.on} is over; give a day to come")
    values = {"id": new_id(), "program": program.id, "title": event.title, "on": event.on, "now": now}
    added = await connection.execute(_ADD, {**values, "place": event.place, "topic": event.topic})
    await connection.execute(_CHANGED, {"program": program.id})
    return added.rowcount == 1


async def remove(connection: AsyncConnection, program: Program, title: str, on: date) -> bool:
    """Take a session off the list; False if there was none of this title on this day."""
    removed = await connection.execute(_REMOVE, {"program": program.id, "title": title, "on": on})
    await connection.execute(_CHANGED, {"program": program.id})
    return removed.rowcount == 1
