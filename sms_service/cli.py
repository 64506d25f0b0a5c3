"""The `sms-service` command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from flows import FlowError
from sms_service import (
    audit_commands,
    delivery_commands,
    flow_commands,
    person_commands,
    program_commands,
    resource_commands,
    safety_commands,
    staff_commands,
    support_commands,
)
from sms_service.batches import unavailable
from sms_service.command import with_runtime
from sms_service.programs import ProgramError
from sms_service.resources import ResourceError
from sms_service.runtime import Runtime
from sms_service.schema import SchemaError
from sms_service.senders import SenderError
from sms_service.settings import SettingsError, load
from sms_service.staff import StaffError

_SAID = (SettingsError, SchemaError, StaffError, ProgramError, ResourceError, SenderError, FlowError)

_BESIDE = "A demo runs from this folder; for it, begin the command like this: sms-service demo run doctor"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it went well, 1 with one line on standard error if not, 2 if it was called wrongly."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen) or 0)
    except _SAID as error:
        print(error, file=sys.stderr)
        if isinstance(error, SettingsError) and not os.environ.get("DATABASE_URL") and _demo_lends():
            print(_BESIDE, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever reads what we print, such as `head`, has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if not unavailable(error):
            raise
        print(f"DATABASE_URL: the database cannot be reached ({type(error).__name__}); is it running?", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sms-service", description="The check-in line for clinicians.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], object], words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words, description=words)
        made.set_defaults(run=run)
        return made

    demo = command("demo", _demo, "everything on this machine, with pretend phones")
    beside = demo.add_subparsers(metavar="[run]").add_parser("run", help="run one command against the demo that runs")
    beside.add_argument("command", metavar="COMMAND", help="such as doctor")
    beside.add_argument("words", nargs=argparse.REMAINDER, metavar="…", help="what follows it")
    beside.set_defaults(run=_demo_run)
    command("serve", _serve, "the web process: Twilio's webhooks, the pages, the console")
    work = command("work", _work, "do one queue's jobs")
    work.add_argument("queue", choices=["tick", "deliver", "upkeep"])
    command("cron", _cron, "ring for a tick each minute")
    command("migrate", _migrate, "bring the database up to this release")
    command("doctor", _doctor, "what is set up, and what is missing before people can be texted")
    flow_commands.add_to(commands)
    staff_commands.add_to(commands)
    audit_commands.add_to(commands)
    program_commands.add_to(commands)
    safety_commands.add_to(commands)
    resource_commands.add_to(commands)
    support_commands.add_to(commands)
    delivery_commands.add_to(commands)
    person_commands.add_to(commands)
    return parser


def _demo(_: argparse.Namespace) -> int:
    from sms_service.demo import supervisor  # the only command that needs it

    return int(supervisor.run())


def _demo_run(chosen: argparse.Namespace) -> int:
    from sms_service.demo import checks, lending

    folder = checks.folder_of(os.environ)
    lent = lending.lent(folder)
    if lent is not None:
        command = [sys.executable, "-m", "sms_service.cli", chosen.command, *chosen.words]
        os.execve(sys.executable, command, {**os.environ, **lent})  # noqa: S606
    print(f"no demo runs in {folder}; start one with `make demo`, or set DATA_DIR to its folder", file=sys.stderr)
    return 1


def _demo_lends() -> bool:
    """Whether a demo runs from this folder whose settings a command could have."""
    from sms_service.demo import checks, lending

    return lending.lent(checks.folder_of(os.environ)) is not None


def _verified() -> None:
    """Say in one line what is wrong with the database, before a process starts to work with it."""
    from sms_service import schema

    async def work(rt: Runtime) -> int:
        await schema.verify(rt)
        return 0

    with_runtime(work)


def _serve(_: argparse.Namespace) -> None:
    import uvicorn

    settings = load()
    _verified()
    uvicorn.run(
        "sms_service.app:from_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=10,
    )


def _work(chosen: argparse.Namespace) -> None:
    _verified()
    os.execv(sys.executable, [sys.executable, "-m", "workers", "work", chosen.queue])  # noqa: S606


def _cron(_: argparse.Namespace) -> None:
    os.execv(sys.executable, [sys.executable, "-m", "workers", "cron"])  # noqa: S606


def _migrate(_: argparse.Namespace) -> int:
    from sms_service import schema

    async def work(rt: Runtime) -> int:
        await schema.migrate(rt)
        return 0

    return with_runtime(work)


def _doctor(_: argparse.Namespace) -> int:
    from sms_service import doctor

    return with_runtime(doctor.examine)


if __name__ == "__main__":
    sys.exit(main())
