"""`sms-service program pause` and `resume`: nobody is asked for a while, and the end of that."""

from __future__ import annotations

import argparse
from typing import Any

from sms_service import program_pauses, programs
from sms_service.command import note, with_runtime
from sms_service.program_checks import read_date
from sms_service.runtime import Runtime


def add_to(made: Any) -> None:
    """Add `pause` and `resume` to the commands about programs."""
    pause = made.add_parser("pause", help="ask and remind nobody of a program for a while; what they text is answered")
    pause.add_argument("slug")
    pause.add_argument(
        "--until", default="", metavar="YYYY-MM-DD", help="the first day after it; without it, until `program resume`"
    )
    pause.set_defaults(run=_pause)
    resume = made.add_parser("resume", help="end a program's pause: check-ins come again from tomorrow on")
    resume.add_argument("slug")
    resume.set_defaults(run=_resume)


def _pause(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.slug)
            until = read_date("until", chosen.until)
            await program_pauses.begin(connection, program, until, now)
            await note(rt, connection, "program.paused", program.id)
        ends = f"check-ins come again from {until} on" if until else f"until `sms-service program resume {chosen.slug}`"
        print(f"{chosen.slug} is paused: {ends}")
        return 0

    return with_runtime(work)


def _resume(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.slug)
            await program_pauses.end(connection, program, now)
            await note(rt, connection, "program.resumed", program.id)
        print(f"{chosen.slug}: check-ins come again from tomorrow on")
        return 0

    return with_runtime(work)
