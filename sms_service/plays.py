"""Saved plays of the flows: kept as transcripts, played again with the current version, compared.

They are tests for whoever has no repository: what the flows said when the play was saved is what it expects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import FlowError, Library
from flows.staging.so_far import so_far
from flows.staging.transcript import Scene, read, rewritten, written
from sms_service.runtime import new_id

LONGEST_NAME = 100
MOST = 200
"""So many plays may be saved: all of them together are played again within a second or two."""

_MOST_KEPT = 2_000


Why = Literal["no name", "long name", "taken", "full", "nothing played"]


class PlayError(ValueError):
    """A play that cannot be saved, and why."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved play: the flow it begins with, its transcript as it was, who saved it and when."""

    id: UUID
    name: str
    flow: str
    transcript: str
    by: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a play goes now: its transcript, the lines by which it differs, and why it cannot be played, if it cannot.

    `lines` are pairs of a sign and the words: " " as it was, "-" said then, "+" said now.
    """

    now: str
    lines: tuple[tuple[str, str], ...] = ()
    fault: str = ""

    @property
    def verdict(self) -> Literal["same", "differs", "broken"]:
        """Say in one word whether the play goes as it was saved."""
        if self.fault:
            return "broken"
        return "differs" if any(sign != " " for sign, _ in self.lines) else "same"


_outcomes: dict[tuple[str, str], Outcome] = {}

_LOAD = """
    select p.id, p.name, p.flow, p.transcript, s.name as by, p.saved_at
    from flow_plays p join staff s on s.id = p.saved_by
"""
_ADD = text("""
    insert into flow_plays (id, name, flow, transcript, saved_by, saved_at)
    values (:id, :name, :flow, :transcript, :by, :now) on conflict (name) do nothing
""")


async def load(connection: AsyncConnection) -> list[Saved]:
    """Return every saved play, by name."""
    rows = await connection.execute(text(_LOAD + "order by lower(p.name), p.id"))
    return [Saved(*row) for row in rows]


async def find(connection: AsyncConnection, identity: UUID) -> Saved | None:
    """Return one saved play, or None."""
    row = (await connection.execute(text(_LOAD + "where p.id = :id"), {"id": identity})).one_or_none()
    return Saved(*row) if row else None


async def save(
    connection: AsyncConnection, library: Library, flow: str, scene: Scene, *, by: UUID, now: datetime
) -> UUID:
    """Keep a play under its scene's title. Raises PlayError: no name, one that is taken, or nothing was played."""
    name = _named(scene.title)
    transcript = transcribed(library, Scene(name, scene.settings, scene.steps))
    count = (await connection.execute(text("select count(*) from flow_plays"))).scalar_one()
    if count >= MOST:
        raise PlayError("full")
    identity = new_id()
    values = {"id": identity, "name": name, "flow": flow, "transcript": transcript, "by": by, "now": now}
    if not (await connection.execute(_ADD, values)).rowcount:
        raise PlayError("taken")
    return identity


async def keep_as_now(connection: AsyncConnection, library: Library, play: Saved, *, by: UUID, now: datetime) -> bool:
    """Expect from now on what the current version says. False if that cannot be played, or the play was changed."""
    outcome = again(play.transcript, library)
    if outcome.fault:
        return False
    statement = text("""
        update flow_plays set transcript = :new, saved_by = :by, saved_at = :now where id = :id and transcript = :old
    """)
    values = {"new": outcome.now, "old": play.transcript, "by": by, "now": now, "id": play.id}
    return bool((await connection.execute(statement, values)).rowcount)


async def remove(connection: AsyncConnection, identity: UUID) -> bool:
    """Take a saved play away; False if there is none."""
    return bool((await connection.execute(text("delete from flow_plays where id = :id"), {"id": identity})).rowcount)


def transcribed(library: Library, scene: Scene) -> str:
    """Return a scene as a transcript's file. Raises PlayError if nothing was played."""
    found = so_far(library, scene)
    if not found.scene.steps:
        raise PlayError("nothing played")
    return written(found.scene, found.lines) + "\n"


def again(transcript: str, library: Library) -> Outcome:
    """Play a transcript with a version of the flows, and compare. What is known of a version stays so, and is kept."""
    key = (transcript, library.digest)
    if key not in _outcomes:
        if len(_outcomes) >= _MOST_KEPT:
            _outcomes.clear()
        _outcomes[key] = _played(transcript, library)
    return _outcomes[key]


def all_again(saved: Iterable[Saved], library: Library) -> Mapping[UUID, Outcome]:
    """Play every saved play with a version of the flows."""
    return {one.id: again(one.transcript, library) for one in saved}


def steps(transcript: str) -> Scene:
    """Return the scene that a saved transcript holds, to go on from."""
    return read(transcript)[0]


def _played(transcript: str, library: Library) -> Outcome:
    try:
        now = rewritten(transcript, library)
    except FlowError as error:
        return Outcome("", fault=str(error))
    return Outcome(now, tuple(_compared(transcript.splitlines(), now.splitlines())))


def _compared(then: list[str], now: list[str]) -> Iterator[tuple[str, str]]:
    for how, a, b, c, d in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        yield from ((" " if how == "equal" else "-", line) for line in then[a:b])
        if how != "equal":
            yield from (("+", line) for line in now[c:d])


def _named(title: str) -> str:
    name = " ".join(title.split())
    if not name:
        raise PlayError("no name")
    if len(name) > LONGEST_NAME:
        raise PlayError("long name")
    return name
