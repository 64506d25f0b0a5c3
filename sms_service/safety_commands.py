"""`sms-service safety`: the drill, and the documents for another host."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import audit, drill, go_live, programs
from sms_service.command import note, with_runtime
from sms_service.programs import Program, ProgramError
from sms_service.runtime import Runtime

_DOCUMENTS = ("sms-fallback.xml", "voice-fallback.xml")


def add_to(commands: Any) -> None:
    """Add `safety` and what it does."""
    made = commands.add_parser("safety", help="drills, and the fallback for another host").add_subparsers(required=True)
    run = made.add_parser("drill", help="what fifty people in a hard moment would receive; nothing is sent or kept")
    run.set_defaults(run=_drill)
    words = made.add_parser("words", help="a program's own words for danger: they add to the rules or raise one")
    words.add_argument("slug")
    words.add_argument("--say", metavar="WORDS", help="a phrase its people use")
    words.add_argument("--construct", default="ideation", help="what it speaks of, as in the rules")
    words.add_argument("--raises", metavar="RULE", help="the id of a rule that is to be taken more seriously")
    words.add_argument("--level", type=int, choices=(1, 2, 3), default=2)
    words.add_argument("--remove", type=int, metavar="N", help="take row N away")
    words.set_defaults(run=_words)
    documents = made.add_parser("fallback", help="write the fallback's documents, to be served from another host")
    documents.add_argument("folder", type=Path)
    documents.set_defaults(run=_fallback)


def _words(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            program = await programs.find(connection, chosen.slug)
            rows = _changed(chosen, list(program.settings.own_words))
            if rows != list(program.settings.own_words):
                await _save(connection, program, rows, now)
                await note(rt, connection, "settings.changed", program.id)
        for number, row in enumerate(rows, start=1):
            print(f"{number}  level {row['level']}  {row.get('say') or 'raises ' + row['raise']}")
        return 0

    return with_runtime(work)


async def _save(connection: AsyncConnection, program: Program, rows: list[Mapping[str, Any]], now: datetime) -> None:
    settings = programs.read_settings({**asdict(program.settings), "own_words": rows})
    if not await programs.save_settings(connection, program, settings, now):
        raise ProgramError("own_words", "somebody else changed the program just now; try again")


def _changed(chosen: argparse.Namespace, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return a program's own words with what was asked for; a row can only add or raise."""
    if chosen.say:
        return [*rows, {"say": chosen.say, "level": chosen.level, "construct": chosen.construct}]
    if chosen.raises:
        return [*rows, {"raise": chosen.raises, "level": chosen.level}]
    if chosen.remove:
        if not 1 <= chosen.remove <= len(rows):
            raise ProgramError("own_words", f"there is no row {chosen.remove}; there are {len(rows)}")
        return [row for number, row in enumerate(rows, start=1) if number != chosen.remove]
    return rows


def _drill(_: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        live, away = await drill.live(rt), await drill.without_database(rt)
        for one, places in drill.alike([*live, *away]):
            print(f"\n> {one.text}   ({'; '.join(places)})")
            print("\n".join(f"< {said}" for said in one.said) or "nothing is said")
        missed = [one for one in (*live, *away) if not one.helps]
        print(f"\n{len(live)} answers by the live configuration, {len(away)} with the database away")
        for one in missed:
            print(f"not heard as serious: {one.text}   ({one.where})")
        print(f"{len(missed)} were not heard" if missed else "each was heard, and names 988 or 911")
        if live and not missed:
            await _record(rt)
        if not live:
            print("there is no program yet; `sms-service program add` makes one")
        return 1 if missed or not live else 0

    return with_runtime(work)


async def _record(rt: Runtime) -> None:
    """Write the pass down for every program that was drilled: it is one of the things that go live waits for."""
    async with rt.begin() as (connection, _):
        known, now = await programs.load(connection), rt.real()
        for program in known:
            await go_live.confirm(connection, program, "drill", None, now)
        for program in known:
            await audit.note(
                connection, staff_id=None, act="go-live.confirmed", program_id=program.id, about="drill", now=now
            )


def _fallback(chosen: argparse.Namespace) -> int:
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for name in _DOCUMENTS:
        document = (resources.files("sms_service.twilio") / name).read_text(encoding="utf-8")
        (chosen.folder / name).write_text(document, encoding="utf-8")
        print(f"{chosen.folder / name}: serve it as text/xml, and name its address in Twilio's fallback setting")
    return 0
