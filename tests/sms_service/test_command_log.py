"""Every command of `sms-service`, held against what it has to leave in the audit log."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sms_service import cli
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.test_commands import SESSION, desk, run

__all__ = ["desk"]

NOTHING = {
    "demo": "begins processes",
    "demo run": "runs another command, which leaves its own",
    "serve": "begins a process",
    "work": "begins a process",
    "cron": "begins a process",
    "migrate": "changes the form of the database, before there is a log",
    "doctor": "reads what is set up",
    "audit list": "reads the log itself",
    "audit verify": "reads the log itself",
    "flow check": "reads flows",
    "flow draw": "reads flows",
    "flow list": "reads flows",
    "flow play": "reads flows",
    "flow plays": "reads plays, which no participant is in",
    "flow rewrite": "writes files",
    "flow texts": "reads flows",
    "flow versions": "reads flows",
    "program list": "reads programs",
    "program papers": "writes papers of a program",
    "resources list": "reads places to turn",
    "safety fallback": "writes documents",
    "sender list": "reads numbers of the service",
    "staff list": "reads accounts, which are whoever runs the service's to keep",
}
ELSEWHERE = {
    "program calendar": "calendar.read",
    "program go-live": "go-live.confirmed",
    "program hard-event": "hard-event.begun",
    "program resume": "program.resumed",
    "program video": "video.added",
    "resources add": "resource.added",
    "resources remove": "resource.removed",
    "safety drill": "go-live.confirmed",
    "sender start": "sender.started",
}
"""What needs more than a program and an account to do anything."""


@dataclass(frozen=True)
class Typed:
    """A command as it is typed, what stands on standard input, and the act that it leaves."""

    words: tuple[str, ...]
    act: str
    given: str = ""


PASSWORD = "a long enough password\n"
LEAD = "sam@example.org"
TERN = ["--name", "Tern", "--short-name", "Tern", "--operator", "Tern", "--number", "+17575550150", "--keyword", "TERN"]
TIDE = ("--program", "tide")
SAM = ("--shown-name", "Sam", "--phone", "+17575550171", "--hours", "mon-fri 09:00-17:00")
NOTED = {
    "program add": Typed(("tern", *TERN), "program.added"),
    "program event": Typed((*SESSION[2:], "Rest"), "event.added"),
    "program pause": Typed(("tide",), "program.paused"),
    "program review": Typed(("tide", "lead"), "settings.changed"),
    "program schedule": Typed(("tide", "--time", "12:30"), "schedule.changed"),
    "safety words": Typed(("tide", "--say", "the grey place"), "settings.changed"),
    "resources verify": Typed(("988", "--works", "--by", "Dora"), "resource.checked"),
    "flow publish": Typed(("--packaged",), "flows.published"),
    "sender set": Typed((people.SENDER, "--rate", "2"), "sender.changed"),
    "staff add": Typed((LEAD, "--name", "Sam", *TIDE, "--role", "support_lead"), "account.added", PASSWORD),
    "support add": Typed((LEAD, *TIDE, *SAM), "lead.added"),
    "support away": Typed((LEAD, "--from", "2036-01-01", "--to", "2036-01-02"), "lead.away"),
    "support list": Typed(("tide",), "leads.read"),
    "support remove": Typed((LEAD, *TIDE), "lead.removed"),
    "staff invite": Typed(("eve@example.org", *TIDE), "account.invited"),
    "staff reset": Typed((LEAD,), "reset.made"),
    "staff disable": Typed((LEAD,), "account.closed"),
    "staff enable": Typed((LEAD,), "account.opened"),
    "why": Typed((), "person.read", f"{people.ADA}\n"),
    "person change-number": Typed(("tide",), "person.moved", "+17575550199\n"),
    "person remove": Typed(("tide",), "person.removed", f"{people.ADA}\n"),
}
"""In the order in which they are done."""


def _commands(parser: argparse.ArgumentParser, before: str = "") -> Iterator[str]:
    """Return every command that can be typed."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if all(not action.required for action in below):
        yield before.strip()
    for action in below:
        for name, one in action.choices.items():
            yield from _commands(one, f"{before} {name}")


def test_the_table_has_every_command_and_no_other() -> None:
    assert sorted([*NOTHING, *ELSEWHERE, *NOTED]) == sorted(_commands(cli._parser()))


async def test_what_changes_something_or_reads_of_people_leaves_its_entry(
    desk: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {}
    for command, typed in NOTED.items():
        if command == "why":  # before that, nobody is there whom a change could tell of
            await people.join(desk)
        before = await people.one(desk, "select count(*) from audit")
        monkeypatch.setattr("sys.stdin", io.StringIO(typed.given))
        assert await run(*command.split(), *typed.words) == 0, command
        left[command] = [
            act for (act,) in await people.rows(desk, "select act from audit where n > :n order by n", n=before)
        ]
    assert left == {command: [typed.act] for command, typed in NOTED.items()}
    assert await people.rows(desk, "select about from audit where about ~ '[@+ ]'") == []
