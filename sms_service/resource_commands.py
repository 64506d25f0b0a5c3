"""`sms-service resources`: which places to turn are shown, trying them one by one, and adding your own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from flows.places.resources import Resource, named_in, stale, state
from sms_service import command, library, resources
from sms_service.command import with_runtime
from sms_service.resources import HOME, ResourceError
from sms_service.runtime import Runtime

_YES, _NO, _SKIP, _STOP = ("y", "yes"), ("n", "no"), ("s", "skip", ""), ("q", "quit")
_BRIEFLY = "Be brief: say at once that you are checking a number for a list, and hang up."
_HOW = {
    "emergency": "Don't call this to try it. Read it at its source and answer for what you read.",
    "crisis": _BRIEFLY,
    "local-crisis": _BRIEFLY,
}


def add_to(commands: Any) -> None:
    """Add `resources` and what it does."""
    made = commands.add_parser("resources", help="the lines and places people are sent to").add_subparsers(
        required=True
    )
    listing = made.add_parser("list", help="every resource, and whether it is shown")
    listing.add_argument("--country", default=HOME, help="a country's code, or all; us if not given")
    listing.set_defaults(run=_list)
    verify = made.add_parser("verify", help="try resources and say how it went: one, or all that are due")
    verify.add_argument("id", nargs="?", help="the one to verify; without it all that are stale or were never verified")
    verify.add_argument("--by", default="", help="who tried it; asked for if not given")
    verify.add_argument("--note", default="", help="what whoever reads this later should know")
    verify.add_argument("--country", default=HOME, help="whose resources to walk through: a code, or all")
    found = verify.add_mutually_exclusive_group()
    found.add_argument("--works", dest="works", action="store_true", default=None, help="it works; nothing is asked")
    found.add_argument("--broken", dest="works", action="store_false", default=None, help="it does not; it is hidden")
    verify.set_defaults(run=_verify)
    add = made.add_parser("add", help="add your own from a YAML file, in place of your own of the same id")
    add.add_argument("file", type=Path)
    add.set_defaults(run=_add)
    remove = made.add_parser("remove", help="take one of your own off the list")
    remove.add_argument("id")
    remove.set_defaults(run=_remove)


def _list(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            known = await resources.load(connection)
        for one in _of(known, chosen.country):
            how = state(one, now.date())
            seen = f"{one.verified_on}, {one.verified_by}" if one.verified_on else one.note
            print(f"{one.id:32}  {one.need:12}  {'shown ' if one.shown else 'hidden'}  {how:10}  {seen}")
        return 0

    return with_runtime(work)


def _of(known: Sequence[Resource], country: str) -> list[Resource]:
    found = [one for one in known if country in ("all", one.country)]
    if not found:
        codes = ", ".join(sorted({one.country for one in known}))
        raise ResourceError(f"--country {country}: there is none; there are: {codes}, or all")
    return found


def _verify(chosen: argparse.Namespace) -> int:
    if chosen.works is not None and not (chosen.id and chosen.by.strip()):
        raise ResourceError("--works and --broken need the id of one resource, and --by with who tried it")

    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            known = await resources.load(connection)
        today = now.date()
        if chosen.id:
            due = [resources.found(known, chosen.id)]
        else:
            due = [one for one in _of(known, chosen.country) if stale(one, today)]
        if chosen.works is not None:
            await _record(rt, due[0], chosen.by, chosen.works, chosen.note, today)
            return 0
        if not due:
            print("Nothing is due: each was verified within 90 days.")
            return 0
        await _walk(rt, due, chosen.by, today)
        return 0

    return with_runtime(work)


async def _walk(rt: Runtime, due: Sequence[Resource], by: str, today: date) -> None:
    """Show each resource, ask how trying it went, and keep every answer at once: a walk may be broken off."""
    print(f"{len(due)} to try. Answer y, n, s to skip, or q to stop.")
    who = by.strip() or _ask("Who are you? (name or role, kept beside each answer) ")
    if not who:
        raise ResourceError("say who you are: an answer without a name verifies nothing")
    for number, one in enumerate(due, 1):
        print(f"\n{number} of {len(due)}\n{_card(one)}")
        answer = _answer()
        if answer in _STOP:
            break
        if answer in _YES or answer in _NO:
            note = _ask("Anything to note? (Enter for nothing) ")
            await _record(rt, one, who, answer in _YES, note, today)


def _card(one: Resource) -> str:
    """Return a resource as somebody needs it who is about to try it."""
    ways = []
    for way in one.ways:
        words = ", ".join(f"{language}: send {word}" for language, word in way.send.items())
        label = f"  ({way.label['en']})" if way.kind == "call" else ""
        ways.append(f"  {way.kind:6}{way.to}{label}" + (f"  ({words})" if words else ""))
    last = f"{one.verified_on}, {one.verified_by}" if one.verified_on else "never"
    hours = one.hours.said.get("en", "not known")
    lines = [
        f"{one.name['en']}  [{one.id}, {one.place['en']}]",
        f"  {one.about['en']}",
        *ways,
        f"  hours: {hours}; languages: {', '.join(one.languages)}",
        f"  source: {one.source['en']}; last verified: {last}",
    ]
    lines += [f"  note: {one.note}"] if one.note else []
    lines += [f"  {_HOW[one.need]}"] if one.need in _HOW else []
    return "\n".join(lines)


def _answer() -> str:
    while True:
        answer = _ask("Does it work, as it is written here? y/n/s/q ").lower()
        if answer in (*_YES, *_NO, *_SKIP, *_STOP):
            return answer


def _ask(words: str) -> str:
    """Ask at the terminal. Where the input has ended, nothing was answered."""
    try:
        return input(words).strip()
    except EOFError:
        return ""


async def _record(rt: Runtime, one: Resource, by: str, works: bool, note: str, today: date) -> None:
    async with rt.begin() as (connection, _):
        await resources.check(connection, one, by=by, works=works, note=note, on=today)
        texts = (await library.current(connection)).yaml
        await command.note(rt, connection, "resource.checked", about=one.id)
    print(f"{one.id}: works, verified on {today}." if works else f"{one.id}: broken. It is not shown from now on.")
    if not works and one.country == HOME and named_in(texts, (one,)):
        print(f"{one.id}: the texts still name it: change the flows, then `sms-service flow publish`.", file=sys.stderr)


def _add(chosen: argparse.Namespace) -> int:
    try:
        body = chosen.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResourceError(f"{chosen.file}: cannot be read ({type(error).__name__})") from None

    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            added = await resources.add(connection, chosen.file.name, body, now)
            known = await resources.load(connection)
            for one in added:
                await command.note(rt, connection, "resource.added", about=one.id)
        for one in added:
            shown = resources.found(known, one.id).shown
            said = "shown" if shown else f"hidden until somebody tried it: `sms-service resources verify {one.id}`"
            print(f"{one.id}: added, {said}")
        return 0

    return with_runtime(work)


def _remove(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            done = await resources.remove(connection, chosen.id)
            if done:
                await command.note(rt, connection, "resource.removed", about=chosen.id)
        if not done:
            raise ResourceError(
                f"{chosen.id}: not one of your own; `resources verify {chosen.id} --broken` hides others"
            )
        print(f"{chosen.id}: taken off the list")
        return 0

    return with_runtime(work)
