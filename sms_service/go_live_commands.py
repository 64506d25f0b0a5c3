"""`sms-service program go-live`: what a draft waits for, vouching for it, and the step to live."""

from __future__ import annotations

import argparse
from typing import Any

from sms_service import audit, go_live, programs
from sms_service.command import with_runtime
from sms_service.go_live import Point
from sms_service.programs import Program, ProgramError
from sms_service.runtime import Runtime


def add_to(made: Any) -> None:
    """Add `program go-live`."""
    begin = made.add_parser("go-live", help="begin a draft, once everything it waits for is green")
    begin.add_argument("slug")
    begin.add_argument("--confirm", action="append", default=[], metavar="ITEM", help="vouch for an item of the list")
    begin.add_argument("--take-back", action="append", default=[], metavar="ITEM", help="take a confirmation back")
    begin.add_argument("--list", action="store_true", help="only say how each item stands")
    begin.set_defaults(run=_go_live)


def _go_live(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.slug)
            for item in chosen.confirm:
                await go_live.confirm(connection, program, item, None, rt.real())
            taken = [item for item in chosen.take_back if await go_live.take_back(connection, program, item)]
            acts = [("go-live.confirmed", item) for item in chosen.confirm]
            acts += [("go-live.taken-back", item) for item in taken]
            points = await go_live.checklist(rt, connection, program, now)
            waits = not all(point.green for point in points)
            if program.state == "draft" and not (chosen.list or acts or waits):
                await go_live.begin(rt, connection, program, now)
                acts.append(("program.live", ""))
            for act, about in acts:
                await audit.note(connection, staff_id=None, act=act, program_id=program.id, about=about, now=rt.real())
        begun = ("program.live", "") in acts or program.state == "live"
        _print(program, points, begun=begun)
        if not (chosen.list or chosen.confirm or chosen.take_back or begun):
            missing = ", ".join(point.item.id for point in points if not point.green)
            raise ProgramError("", f"{program.slug} stays a draft; it waits for {missing}")
        return 0

    return with_runtime(work)


def _print(program: Program, points: list[Point], *, begun: bool) -> None:
    for point in points:
        found = point.found.get("en") or (f"confirmed by {point.by or 'the command line'}" if point.green else "")
        said = (
            found if point.green else f"{found or 'not confirmed'} ({point.item.owner['en']}, {point.item.lead['en']})"
        )
        print(f"{'green' if point.green else 'waits':<7}{point.item.id:<11}{point.item.title['en']}. {said}")
    print(f"{program.slug} is {'live' if begun else 'a draft: nobody can join it yet'}")
