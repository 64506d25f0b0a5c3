"""`sms-service program event`, `video`, `calendar`, `papers`: what to learn from, and what to begin with."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from sms_service import audit, event_import, events, learning_fields, papers, programs, videos
from sms_service.command import with_runtime
from sms_service.event_import import Choices, Row
from sms_service.events import Listing
from sms_service.programs import ProgramError
from sms_service.runtime import Runtime
from sms_service.videos import Video


def add_to(made: Any) -> None:
    """Add the commands to those of `program`."""
    event = made.add_parser("event", help="add an event to learn at, which LEARN and EVENTS tell people about")
    event.add_argument("slug")
    event.add_argument("--title", required=True, help=f"at most {events.LONGEST_TITLE} plain characters")
    event.add_argument("--on", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")
    event.add_argument("--time", default="", metavar="HH:MM", help="when it begins, in the program's zone")
    event.add_argument("--place", default="", help=f"online, or where; at most {events.LONGEST_PLACE} characters")
    event.add_argument("--venue", default="", help="the place in full, for the page")
    event.add_argument("--topic", choices=events.TOPICS, default="", help="the pattern it is meant for, if for one")
    event.add_argument("--seats", type=int, help="how many there are")
    event.add_argument("--remove", action="store_true", help="take it off the list instead")
    _add_common(event)
    event.set_defaults(run=_event)
    video = made.add_parser("video", help="add a video, which the page of training shows")
    video.add_argument("slug")
    video.add_argument("--title", required=True, help=f"at most {videos.LONGEST_TITLE} characters")
    video.add_argument("--minutes", type=int, help="how long it is")
    _add_common(video)
    video.set_defaults(run=_video)
    calendar = made.add_parser("calendar", help="bring the events of an iCalendar file onto the list")
    calendar.add_argument("slug")
    calendar.add_argument("file", type=Path)
    calendar.add_argument("--place", default="in person", help="what texts say where the calendar's place is too long")
    calendar.add_argument("--kind", choices=sorted(learning_fields.KINDS), default="", help="what kind they are")
    calendar.add_argument("--preview", action="store_true", help="say what would be done, and do nothing")
    calendar.set_defaults(run=_calendar)
    paper = made.add_parser("papers", help="write the papers that get a program started, in both languages")
    paper.add_argument("slug")
    paper.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="what is there already is written over")
    paper.set_defaults(run=_papers)


def _add_common(parser: Any) -> None:
    parser.add_argument("--kind", choices=sorted(learning_fields.KINDS), default="", help="what kind it is")
    parser.add_argument(
        *("--for", "--audience"),
        dest="audience",
        action="append",
        default=[],
        choices=sorted(learning_fields.AUDIENCES),
        help="whom it is for; may be repeated; everybody if not given",
    )
    parser.add_argument("--link", default="", help="where to sign up or watch, with https://")


def _event(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.slug)
            if chosen.remove:
                done = await events.remove(connection, program, chosen.title, chosen.on)
                print("taken off the list" if done else "there was no event of this title on this day")
                act = "event.removed"
            else:
                done = await events.add(connection, program, _listing(chosen), now)
                print(f"{chosen.title}, {chosen.on}: {'added' if done else 'was there already'}")
                act = "event.added"
            if done:
                await audit.note(connection, staff_id=None, act=act, program_id=program.id, about="", now=rt.real())
        return 0 if done or not chosen.remove else 1

    return with_runtime(work)


def _listing(chosen: argparse.Namespace) -> Listing:
    if chosen.seats is not None and not 1 <= chosen.seats <= events.MOST_SEATS:
        raise ProgramError("seats", f"{chosen.seats} has to be a whole number of seats, 1 to {events.MOST_SEATS}")
    return Listing(
        title=chosen.title,
        on=chosen.on,
        place=chosen.place,
        topic=chosen.topic,
        time=chosen.time,
        online=chosen.place.casefold() in {"online", "en linea"},
        kind=chosen.kind,
        audience=tuple(one for one in learning_fields.AUDIENCES if one in chosen.audience),
        venue=chosen.venue,
        link=chosen.link,
        seats=chosen.seats,
    )


def _video(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        minutes = "" if chosen.minutes is None else str(chosen.minutes)
        typed = {"title": chosen.title, "link": chosen.link, "minutes": minutes, "kind": chosen.kind}
        video, wrong = videos.read({**typed, **{f"for_{one}": "yes" for one in chosen.audience}}, None)
        for field, message in wrong.items():
            raise ProgramError(field, message)
        assert isinstance(video, Video)
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.slug)
            done = await videos.add(connection, program, video, now)
            if done:
                await audit.note(
                    connection, staff_id=None, act="video.added", program_id=program.id, about="", now=rt.real()
                )
        print(f"{video.title}: {'added' if done else 'its link is on the list already'}")
        return 0

    return with_runtime(work)


def _calendar(chosen: argparse.Namespace) -> int:
    try:
        body = chosen.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProgramError("calendar", f"{chosen.file} cannot be read ({type(error).__name__})") from None

    async def work(rt: Runtime) -> int:
        choices = Choices(chosen.place, chosen.kind)
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.slug)
            act = event_import.plan if chosen.preview else event_import.bring
            rows = await act(connection, program, event_import.read(program, body, now), choices, now)
            if not chosen.preview:
                await audit.note(
                    connection, staff_id=None, act="calendar.read", program_id=program.id, about="", now=rt.real()
                )
        for row in rows:
            print(_said(row))
        return 0

    return with_runtime(work)


def _said(row: Row) -> str:
    when = " ".join(part for part in (row.on.isoformat() if row.on else "", row.time) if part)
    why = " ".join(part for part in (row.why, row.said) if part)
    notes = f" ({', '.join(row.notes)})" if row.notes else ""
    return f"{row.outcome:8} {when:16} {row.title}{notes}" + (f": {why}" if why else "")


def _papers(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            program = await programs.find(connection, chosen.slug)
        for path in papers.write(program, rt.settings.public_url, chosen.to):
            print(path)
        return 0

    return with_runtime(work)
