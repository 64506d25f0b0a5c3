"""The videos a program offers, which the page of training shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import events, learning_fields
from sms_service.learning_fields import read_count
from sms_service.programs import Program, ProgramError
from sms_service.runtime import new_id
from sms_service.translation import Word

LONGEST_TITLE, MOST_MINUTES, MOST = 80, 600, 200


@dataclass(frozen=True, slots=True)
class Video:
    """A video: where it is, how many minutes it takes, and for whom it is. An empty `audience` is everybody."""

    title: str
    link: str
    minutes: int | None = None
    kind: str = ""
    audience: tuple[str, ...] = ()
    id: UUID | None = None


_LISTED = text("select title, link, minutes, kind, audience, id from videos where program_id = :program order by title")
_ADD = text("""
    insert into videos (id, program_id, title, link, minutes, kind, audience, created_at)
    values (:id, :program, :title, :link, :minutes, :kind, cast(:audience as jsonb), :now) on conflict do nothing
""")
_CHANGE = text("""
    update videos set title = :title, link = :link, minutes = :minutes, kind = :kind,
        audience = cast(:audience as jsonb)
    where id = :id and program_id = :program
        and not exists (select from videos o where o.program_id = :program and o.link = :link and o.id <> :id)
""")
_DELETE = text("delete from videos where program_id = :program and id = :id")


async def listed(connection: AsyncConnection, program: UUID) -> list[Video]:
    """Return a program's videos by title."""
    rows = await connection.execute(_LISTED, {"program": program})
    return [Video(row.title, row.link, row.minutes, row.kind, tuple(row.audience), row.id) for row in rows]


async def add(connection: AsyncConnection, program: Program, video: Video, now: datetime) -> bool:
    """Add a video; False if its link is on the list already. Raises ProgramError naming the field."""
    _refuse(video)
    if len(await listed(connection, program.id)) >= MOST:
        raise ProgramError("title", "the program lists %(most)s videos; take some off the list first", most=MOST)
    values = {**asdict(video), "audience": json.dumps(video.audience)}
    added = await connection.execute(_ADD, {**values, "id": new_id(), "program": program.id, "now": now})
    await events.changed(connection, program.id)
    return added.rowcount == 1


async def change(connection: AsyncConnection, program: Program, video: Video) -> bool:
    """Put a video in place of the one of its id; False if there is none, or another has its link."""
    _refuse(video)
    values = {**asdict(video), "audience": json.dumps(video.audience), "program": program.id}
    done = await connection.execute(_CHANGE, values)
    await events.changed(connection, program.id)
    return done.rowcount == 1


async def delete(connection: AsyncConnection, program: Program, identity: UUID) -> bool:
    """Take the video of this id off the list; False if there was none."""
    removed = await connection.execute(_DELETE, {"program": program.id, "id": identity})
    await events.changed(connection, program.id)
    return removed.rowcount == 1


def _refuse(video: Video) -> None:
    for field, message in _faults(video).items():
        raise ProgramError(field, message)


def _faults(video: Video) -> dict[str, str]:
    found: dict[str, str] = {}
    checks: Sequence[Callable[[], None]] = (
        lambda: learning_fields.check_for_pages("title", video.title, LONGEST_TITLE),
        lambda: learning_fields.check_kind(video.kind),
        lambda: learning_fields.check_audience(video.audience),
        lambda: learning_fields.check_link(video.link),
    )
    for check in checks:
        try:
            check()
        except ProgramError as error:
            found[error.field] = error.message
    if not video.title:
        found["title"] = Word("a video needs a title of 1 to %(most)s characters", most=LONGEST_TITLE)
    if not video.link:
        found["link"] = Word("a video needs a link, like https://example.org/video")
    return found


FIELDS = ("title", "link", "minutes", "kind", "audience")
"""The fields of a form, in their order."""


def as_typed(video: Video) -> dict[str, str]:
    """Return a video as a form's fields hold it."""
    return {
        "title": video.title,
        "link": video.link,
        "minutes": "" if video.minutes is None else str(video.minutes),
        "kind": video.kind,
        **{f"for_{one}": "yes" if one in video.audience else "" for one in learning_fields.AUDIENCES},
    }


def read(typed: Mapping[str, str], stored: Video | None) -> tuple[Video | None, dict[str, str]]:
    """Read a form into a video, in place of `stored` if it is there already; None and what is wrong by field."""
    video = Video(
        title=typed.get("title", ""),
        link=typed.get("link", ""),
        kind=typed.get("kind", ""),
        audience=tuple(one for one in learning_fields.AUDIENCES if typed.get(f"for_{one}")),
        id=stored.id if stored else None,
    )
    wrong = _faults(video)
    try:
        minutes = read_count("minutes", typed.get("minutes", ""), MOST_MINUTES, Word("minutes"))
        video = replace(video, minutes=minutes)
    except ProgramError as error:
        wrong[error.field] = error.message
    if wrong:
        return None, {field: wrong[field] for field in FIELDS if field in wrong}
    return video, {}
