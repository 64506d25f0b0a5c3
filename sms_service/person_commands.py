"""`sms-service person`: take somebody out of a program, by a number on standard input so that it is in no history."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import audit, parting, programs
from sms_service.command import with_runtime
from sms_service.programs import Program
from sms_service.runtime import Runtime

Verb = Callable[[Runtime, AsyncConnection, Program, str, datetime], Awaitable[None]]

_DONE = "If that number was in {program}, it no longer is."
_REMOVED = "Unless they had opted out, they are told so in one text."
_CHANGED = "From the new number the person texts {word} to {sender}; nothing of the old one is brought along."


def add_to(commands: Any) -> None:
    """Add `person` and what it does."""
    made = commands.add_parser("person", help="take somebody out of a program").add_subparsers(required=True)
    for name, words, verb, said in (
        ("remove", "end somebody's place; they are told in one text", parting.remove, _REMOVED),
        ("change-number", "end the place of an old number, without a word to it", parting.change_number, _CHANGED),
    ):
        one = made.add_parser(name, help=words, description=f"{words}. The number is read from standard input.")
        one.add_argument("slug", help="the program's short address, such as demo")
        one.set_defaults(run=_take_out(name, verb, said))


def _take_out(name: str, verb: Verb, said: str) -> Callable[[argparse.Namespace], int]:
    def run(chosen: argparse.Namespace) -> int:
        if sys.stdin.isatty():
            print("The number, like +17575550123: ", end="", file=sys.stderr, flush=True)
        given = sys.stdin.readline().strip()

        async def work(rt: Runtime) -> int:
            async with rt.begin() as (connection, now):
                program = await programs.find(connection, chosen.slug)
                await verb(rt, connection, program, given, now)
                await audit.note(
                    connection,
                    staff_id=None,
                    act="person.removed" if name == "remove" else "person.moved",
                    program_id=program.id,
                    about="",
                    now=rt.real(),
                )
            word = program.keywords[0] if program.keywords else "the keyword"
            print(_DONE.format(program=program.name))
            print(said.format(word=word, sender=program.sender))
            return 0

        return with_runtime(work)

    return run
