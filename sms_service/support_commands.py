"""`sms-service support`: the neutral people who call, their hours and their days off."""

from __future__ import annotations

import argparse
from typing import Any

from flows.duty import COVER, Lead
from sms_service import leads, programs
from sms_service.command import note, with_runtime
from sms_service.runtime import Runtime


def add_to(commands: Any) -> None:
    """Add `support` and what it does."""
    made = commands.add_parser("support", help="support leads").add_subparsers(required=True)
    add = made.add_parser("add", help="put an account on a program's roster, or change what is said of it there")
    add.add_argument("email", help="of an account made with `staff add --role support_lead`")
    add.add_argument("--program", required=True, help="the program's short address, such as demo")
    add.add_argument("--shown-name", required=True, help="what people are told: a first name is enough")
    add.add_argument("--phone", required=True, help="the number the call comes from and pages go to")
    add.add_argument("--hours", action="append", required=True, metavar='"mon-fri 09:00-17:00"', help="may be repeated")
    add.add_argument("--zone", default="", help="the zone of the hours; the program's if not said")
    add.add_argument("--holidays", default="US", metavar="COUNTRY", help='whose public holidays are off; "" for none')
    add.set_defaults(run=_add)
    away = made.add_parser("away", help="note days on which a lead calls nobody, in every program of theirs")
    away.add_argument("email")
    away.add_argument("--from", dest="first", required=True, metavar="YYYY-MM-DD", help="the first day off")
    away.add_argument("--to", dest="last", required=True, metavar="YYYY-MM-DD", help="the last")
    away.set_defaults(run=_away)
    gone = made.add_parser("remove", help="take a lead off a program's roster; calls of theirs are handed on")
    gone.add_argument("email")
    gone.add_argument("--program", required=True, help="the program's short address, such as demo")
    gone.set_defaults(run=_remove)
    listed = made.add_parser("list", help="a program's leads, in the order in which they are asked")
    listed.add_argument("slug")
    listed.set_defaults(run=_list)


def _add(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.program)
            zone = chosen.zone or program.settings.zone
            lead = Lead(chosen.shown_name, chosen.phone, zone, tuple(chosen.hours), (), chosen.holidays)
            await leads.add(rt, connection, program.id, chosen.email, lead, now)
            program = await programs.find(connection, chosen.program)
            await note(rt, connection, "lead.added", program.id)
        print(f"{chosen.shown_name} calls for {program.name}: {'; '.join(chosen.hours)} {zone}")
        print(_state(program))
        return 0

    return with_runtime(work)


def _away(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        first, last = leads.read_day("from", chosen.first), leads.read_day("to", chosen.last)
        async with rt.begin() as (connection, now):
            await leads.go_away(connection, chosen.email, first, last, now.date())
            await note(rt, connection, "lead.away")
        print(f"{chosen.email} is away from {first} to {last}")
        return 0

    return with_runtime(work)


def _remove(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            program = await programs.find(connection, chosen.program)
            await leads.remove(connection, program.id, chosen.email)
            program = await programs.find(connection, chosen.program)
            await note(rt, connection, "lead.removed", program.id)
        print(f"{chosen.email} calls nobody for {program.name} any more")
        print(_state(program))
        return 0

    return with_runtime(work)


def _list(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            program = await programs.find(connection, chosen.slug)
            await note(rt, connection, "leads.read", program.id)  # their numbers are shown
        for lead in program.leads:
            print(leads.described(rt.vault, lead))
        print(_state(program))
        return 0

    return with_runtime(work)


def _state(program: programs.Program) -> str:
    """Return in a line whether anybody is promised a call, and what is missing if not."""
    if program.calls:
        return f"{program.slug}: calls within {program.settings.promise_hours} h"
    if program.settings.review == "none":
        return f"{program.slug}: nobody calls; `sms-service program review {program.slug} lead` changes that"
    return f"{program.slug}: nobody calls; {len(program.leads)} of {COVER} support leads are there"
