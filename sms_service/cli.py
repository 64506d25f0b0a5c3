"""The `sms-service` command."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from typing import Any

from flows import FlowError
from sms_service import (
    delivery_commands,
    flow_commands,
    person_commands,
    program_commands,
    resource_commands,
    safety_commands,
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


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it went well, 1 with one line on standard error if not, 2 if it was called wrongly."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen) or 0)
    except _SAID as error:
        print(error, file=sys.stderr)
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

    command("demo", _demo, "everything on this machine, with pretend phones")
    command("serve", _serve, "the web process: Twilio's webhooks, the pages, the console")
    work = command("work", _work, "do one queue's jobs")
    work.add_argument("queue", choices=["tick", "deliver", "upkeep"])
    command("cron", _cron, "ring for a tick each minute")
    command("migrate", _migrate, "bring the database up to this release")
    command("doctor", _doctor, "what is set up, and what is missing before people can be texted")
    flow_commands.add_to(commands)
    _staff_commands(commands)
    program_commands.add_to(commands)
    safety_commands.add_to(commands)
    resource_commands.add_to(commands)
    support_commands.add_to(commands)
    delivery_commands.add_to(commands)
    person_commands.add_to(commands)
    return parser


def _staff_commands(commands: Any) -> None:
    made = commands.add_parser("staff", help="console accounts").add_subparsers(required=True)
    add = made.add_parser("add", help="add an account; the password is asked for, or read from standard input")
    add.add_argument("email")
    add.add_argument("--name", required=True)
    add.add_argument("--program", required=True, help="the program's short address, such as demo")
    add.add_argument(
        "--role", choices=["administrator", "coordinator", "auditor", "support_lead"], default="coordinator"
    )
    add.set_defaults(run=_staff_add)


def _demo(_: argparse.Namespace) -> int:
    from sms_service.demo import supervisor  # the only command that needs it

    return int(supervisor.run())


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


def _staff_add(chosen: argparse.Namespace) -> int:
    from sms_service import programs, staff

    password = (
        getpass.getpass("Password, 12 characters or more: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    )

    async def work(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            found = {program.slug: program for program in await programs.load(connection)}
            if chosen.program not in found:
                known = ", ".join(sorted(found)) or "none yet; `sms-service program add` makes one"
                raise StaffError(f"there is no program {chosen.program!r}; there are: {known}")
            roles = {found[chosen.program].id: chosen.role}
            made = await staff.add(
                rt, connection, email=chosen.email, name=chosen.name, password=password, roles=roles, now=rt.real()
            )
        print(f"{made.email} may sign in at {rt.settings.public_url}/console")
        print(f"Second factor, for an authenticator app, shown once: {made.totp_secret}")
        return 0

    return with_runtime(work)


if __name__ == "__main__":
    sys.exit(main())
