"""`sms-service program`: programs and what they offer."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from datetime import date
from typing import Any

from flows import CLIENT_WORDS
from flows.duty import COVER
from sms_service import (
    go_live_commands,
    hard_events,
    learning_commands,
    new_programs,
    pause_commands,
    program_words,
    programs,
    schedule_commands,
)
from sms_service.beginnings import USUAL, beginnings
from sms_service.command import note, with_runtime
from sms_service.programs import ProgramError
from sms_service.runtime import Runtime


def add_to(commands: Any) -> None:
    """Add `program` and what it does."""
    made = commands.add_parser("program", help="programs").add_subparsers(required=True)
    add = made.add_parser("add", help="add a program from a template, as a draft that nobody can join yet")
    add.add_argument("--template", choices=list(beginnings()), help="its schedule and groups; weekly without groups")
    add.add_argument("slug", help="its short address: /p/SLUG")
    add.add_argument("--name", required=True)
    add.add_argument("--short-name", required=True, help="at most 12 plain characters; it begins the texts")
    add.add_argument("--operator", required=True, help="who runs it")
    add.add_argument("--number", required=True, help="the number people text, like +17575550100; not toll-free")
    add.add_argument("--keyword", action="append", required=True, help="what people text to join; may be repeated")
    add.add_argument("--group", action="append", default=[], metavar="ENGLISH/SPANISH", help="a reporting group")
    add.add_argument("--zone", default="America/New_York")
    add.add_argument("--help-phone", default="", help="a number for questions about the program, shown in HELP")
    add.add_argument("--learn-url", default="", help="where its training is listed, shown by LEARN")
    add.add_argument("--client-word", choices=sorted(CLIENT_WORDS), default="client", help="whom its staff serve")
    add.add_argument("--peer-line", default="", help="a peers' line somebody has called, name and number, for TALK")
    add.add_argument("--opt-out-mode", choices=["ours", "twilio"], default="ours")
    add.set_defaults(run=_program_add)
    made.add_parser("list", help="every program, its number and keywords").set_defaults(run=_program_list)
    review = made.add_parser("review", help="whether support leads call people who ask for it or chose it")
    review.add_argument("slug")
    review.add_argument("review", help="lead, or none")
    review.add_argument("--promise-hours", type=int, metavar="N", help="within how many hours of duty, 1 to 12")
    review.set_defaults(run=_program_review)
    learning_commands.add_to(made)
    _add_hard_event(made)
    schedule_commands.add_to(made)
    pause_commands.add_to(made)
    go_live_commands.add_to(made)


def _add_hard_event(made: Any) -> None:
    hard = made.add_parser("hard-event", help="for two weeks, say in each check-in where help is, and ask no extras")
    hard.add_argument("slug")
    when = hard.add_mutually_exclusive_group()
    when.add_argument("--on", metavar="YYYY-MM-DD", help="the day it happened; today if it is not named")
    when.add_argument("--over", action="store_true", help="end the two weeks now")
    hard.set_defaults(run=_program_hard_event)


def _program_add(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        template = beginnings()[chosen.template or USUAL]
        settings = template.begin(
            operator=chosen.operator,
            short_name=chosen.short_name,
            zone=chosen.zone,
            help_phone=chosen.help_phone,
            learn_url=chosen.learn_url,
            client=chosen.client_word,
            peer_line=chosen.peer_line,
        )
        groups = new_programs.groups_of("\n".join(chosen.group))
        async with rt.begin() as (connection, _):
            made = await programs.add(
                connection,
                slug=chosen.slug,
                name=chosen.name,
                sender=program_words.read_sender(chosen.number),
                keywords=program_words.read_keywords(chosen.keyword),
                groups=groups or (template.groups if chosen.template else ()),
                settings=settings,
                opt_out_mode=chosen.opt_out_mode,
                now=rt.real(),
            )
            await note(rt, connection, "program.added", made)
        page = f"{rt.settings.public_url}/p/{chosen.slug}"
        print(f"{chosen.name}: text {chosen.keyword[0].upper()} to {chosen.number}; its page is {page}")
        print(f"It is a draft: `sms-service program go-live {chosen.slug}` says what it waits for, or begins it")
        return 0

    return with_runtime(work)


def _program_list(_: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            found = await programs.load(connection)
        for one in found:
            how = f"{one.state}  opt-out: {one.opt_out_mode}"
            print(f"{one.slug}  {one.name}  {one.sender}  {', '.join(one.keywords)}  {how}")
        return 0

    return with_runtime(work)


def _program_review(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.slug)
            wanted = {**asdict(program.settings), "review": chosen.review}
            if chosen.promise_hours is not None:
                wanted["promise_hours"] = chosen.promise_hours
            settings = programs.read_settings(wanted)
            if not await programs.save_settings(connection, program, settings, now):
                raise ProgramError("review", "somebody else changed the program just now; try again")
            await note(rt, connection, "settings.changed", program.id)
        missing = max(0, COVER - len(program.leads)) if settings.review == "lead" else 0
        said = f"calls within {settings.promise_hours} h" if settings.review == "lead" else "nobody calls"
        needed = f", as soon as it has {missing} more of {COVER} support leads" if missing else ""
        print(f"{program.slug}: {said}{needed}")
        return 0

    return with_runtime(work)


def _program_hard_event(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.slug)
            if chosen.over:
                done = await hard_events.end(connection, program, now)
                if done:
                    await note(rt, connection, "hard-event.over", program.id)
                print("over: check-ins are as before" if done else "there was no hard event to end")
                return 0
            until = await hard_events.begin(connection, program, _day(chosen.on), now)
            await note(rt, connection, "hard-event.begun", program.id)
        print(f"{program.slug}: every check-in and TALK say where help is, and no extras are asked, until {until}")
        return 0

    return with_runtime(work)


def _day(said: str | None) -> date | None:
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise ProgramError("on", f"{said!r} is not a date; write it like 2026-11-20") from None
