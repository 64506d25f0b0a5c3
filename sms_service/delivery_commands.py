"""`sms-service why` and `sms-service sender`: what became of texts, and the numbers they come from."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from sms_service import phone_numbers, senders, why
from sms_service.command import note, with_runtime
from sms_service.phone_numbers import PhoneError
from sms_service.runtime import Runtime
from sms_service.senders import Sender, SenderError
from sms_service.why import DayError, NobodyError, Story

T = TypeVar("T")
_NOT_SHOWN = "Reminders, break texts and follow-ups are not shown: they would tell how a week was answered."
_NOTHING_GIVEN = "why: no number was given; write one like +17575550123, or name a participant's or an enrolment's id"
_ASK = "A participant's number, like +17575550123: "


def add_to(commands: Any) -> None:
    """Add both commands and what they do."""
    asked = commands.add_parser("why", help="why somebody did or didn't get a text on a day, and what comes next")
    asked.add_argument(
        "person", nargs="?", help="a participant's or enrolment's id; without one, a number on standard input"
    )
    asked.add_argument("--on", type=_day, metavar="YYYY-MM-DD", help="the day, where the person is; today")
    asked.set_defaults(run=_why)
    made = commands.add_parser("sender", help="the numbers that texts come from").add_subparsers(required=True)
    made.add_parser("list", help="each number, its pace, and why it is stopped if so").set_defaults(run=_list)
    started = made.add_parser("start", help="have a stopped number send again, with the next minute's work")
    started.add_argument("number")
    started.set_defaults(run=_start)
    change = made.add_parser("set", help="how fast a number sends, its messaging service and the pool's other numbers")
    change.add_argument("number")
    change.add_argument("--rate", type=_rate, metavar="N", help="segments a second; 1 for a local number")
    change.add_argument("--calls", type=_calls, metavar="N", help="calls a second; 1 unless Twilio was asked for more")
    change.add_argument(
        "--daily", type=_daily, metavar="N", help="segments a day that the carriers allow; 0 for no limit"
    )
    change.add_argument("--service", metavar="MG…", help="the messaging service to send through; empty for none")
    change.add_argument(
        "--pool",
        action="append",
        metavar="NUMBER",
        help="a further number of its pool; may be repeated; empty for none",
    )
    change.set_defaults(run=_set)


def _why(chosen: argparse.Namespace) -> int:
    given = chosen.person or _number_on_standard_input()
    if not given:
        print(_NOTHING_GIVEN, file=sys.stderr)
        return 2
    if chosen.person and not any(letter.isalpha() or letter == "-" for letter in chosen.person.lstrip("+")):
        print(
            "why: give a number on standard input, so that it is in no history: sms-service why < FILE", file=sys.stderr
        )
        return 2

    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, now):
            try:
                person = await why.find(rt, connection, given)
                stories = await why.tell(connection, person, chosen.on, now)
            except NobodyError as error:
                print(error, file=sys.stderr)
                return 1
            except DayError as error:
                print(f"--on: {error}", file=sys.stderr)
                return 2
            await note(rt, connection, "person.read")
        for story in stories:
            _print(story)
        print(_NOT_SHOWN if stories else "This number has written, and never joined a program.")
        return 0

    return with_runtime(work)


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{given!r} is not a date; write it like 2026-11-20") from None


def _number_on_standard_input() -> str:
    if sys.stdin.isatty():
        print(_ASK, end="", file=sys.stderr, flush=True)
    return _as_stored(sys.stdin.readline().strip())


def _as_stored(given: str) -> str:
    """Return a number as it is stored, and what is none as it is: nothing is known by that."""
    try:
        return phone_numbers.read_sender(given)
    except PhoneError:
        return given


def _rate(given: str) -> float:
    return _typed(float, given, "a number; a local number carries 1 segment a second, a short code up to 100")


def _calls(given: str) -> float:
    return _typed(float, given, "a number; Twilio begins 1 call a second unless it was asked for more")


def _daily(given: str) -> int:
    return _typed(int, given, "a whole number; give what the carriers allow, such as 2000, or 0 for no limit")


def _typed(kind: Callable[[str], T], given: str, right: str) -> T:
    try:
        return kind(given)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{given!r} is not {right}") from None


def _print(story: Story) -> None:
    print(f"{story.program}: {story.standing} ({story.zone})")
    for line in story.lines:
        at = f"{line.at:%Y-%m-%d %H:%M}" if line.at is not None else ""
        print(f"  {line.what:<9} {at:<16} {line.words}")
    print(f"  {'next':<9} {story.coming}")


def _list(_: argparse.Namespace) -> int:
    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _now):
            found = await senders.load(connection)
            pools = await senders.pools(connection)
        for one in found:
            print(_sentence(one, [number for number, sender in pools.items() if sender == one.number]))
        return 0

    return with_runtime(work)


def _sentence(one: Sender, pool: list[str]) -> str:
    said = f"{one.number}  {one.per_second:g} segments a second"
    said += f", {one.per_day} a day" if one.per_day else ""
    said += f"; {one.calls_per_second:g} calls a second" if one.calls_per_second != 1 else ""
    said += f"  through {one.service}" if one.service else ""
    said += f"  with {', '.join(pool)}" if pool else ""
    return said + (
        f"  STOPPED since {one.stopped_at:%Y-%m-%d %H:%M} UTC: {one.stopped_reason}" if one.stopped_at else ""
    )


def _start(chosen: argparse.Namespace) -> int:
    number = _as_stored(chosen.number)

    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            await senders.find(connection, number)
            started = await senders.start(connection, [number], rt.real())
            if started:
                await note(rt, connection, "sender.started")
        print(f"{number}: {'sends again within a minute' if started else 'was not stopped'}")
        return 0

    return with_runtime(work)


def _set(chosen: argparse.Namespace) -> int:
    number = _as_stored(chosen.number)

    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            before = await senders.find(connection, number)
            await senders.change(
                connection,
                number,
                per_second=before.per_second if chosen.rate is None else chosen.rate,
                per_day=before.per_day if chosen.daily is None else chosen.daily or None,
                service=before.service if chosen.service is None else chosen.service,
                calls_per_second=before.calls_per_second if chosen.calls is None else chosen.calls,
            )
            if chosen.pool is not None:
                await senders.set_pool(connection, number, [_number(one) for one in chosen.pool if one])
            after = await senders.find(connection, number)
            pools = await senders.pools(connection)
            await note(rt, connection, "sender.changed")
        print(_sentence(after, [one for one, sender in pools.items() if sender == after.number]))
        return 0

    return with_runtime(work)


def _number(given: str) -> str:
    try:
        return phone_numbers.read_sender(given)
    except PhoneError as error:
        raise SenderError(f"pool: {given!r} {error}") from None
