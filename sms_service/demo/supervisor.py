"""`sms-service demo`: everything on this machine, started in order, watched, and ended in order."""

from __future__ import annotations

import http.client
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

from sms_service.demo import checks, lending, secrets
from sms_service.demo.checks import Machine, Plan
from sms_service.demo.children import SERVICE, Row, Surroundings, Table
from sms_service.demo.clock_door import ClockDoor
from sms_service.demo.errors import DemoError, folder_error
from sms_service.demo.keeper import Keeper
from sms_service.demo.lock import Lock
from sms_service.demo.ports import HOST
from sms_service.demo.postgres import Postgres
from sms_service.demo.process import Leashed
from sms_service.demo.process import run as run_once
from sms_service.demo.secrets import Secrets
from sms_service.demo.server import Server
from sms_service.demo.showing import Seeded, code, enter_pressed, say, show, step
from sms_service.demo.valkey import Valkey

_ROUND = 0.2
_PATIENCE = 60.0  # seconds for one process to answer


class Stopped(BaseException):
    """Somebody asked for the end: Ctrl-C, a closed terminal or SIGTERM."""


def run(environment: Mapping[str, str] = os.environ, table: Table = SERVICE) -> int:
    """Run the demo until it is told to end. Returns 0 then, and 1 if it could not start."""
    _on_signals(_stop)
    try:
        plan = _checked(environment)
        lock = Lock(plan.folder)
        _wait_for_remains(lock)
        checks.ports_are_free(plan)
        demo = Demo(plan, environment, table, lock)
        try:
            demo.watch(demo.start())
        finally:
            _on_signals(signal.SIG_IGN)  # a second Ctrl-C doesn't shorten what the first began
            demo.stop()
    except Stopped:
        return 0
    except DemoError as error:
        print(error, file=sys.stderr, flush=True)
        return 1


class Demo:
    """One run: `start`, `watch` until Stopped is raised, then `stop`, also after a failed start."""

    def __init__(self, plan: Plan, given: Mapping[str, str], table: Table, lock: Lock) -> None:
        self._plan, self._given, self._table = plan, given, table
        self._hold = (lock.inherited,)
        self._keeper = Keeper(say, self._hold)
        self._door: ClockDoor | None = None
        _log_to(plan.logs / "supervisor.log")

    def start(self) -> Seeded:
        """Start everything and print how to get in. Raises DemoError for what does not start."""
        try:
            return self._start()
        except OSError as error:
            raise folder_error(error, self._plan.folder) from error

    def watch(self, seeded: Seeded) -> NoReturn:
        """Start again whatever ends by itself, and print a new code whenever Enter is pressed."""
        while True:
            self._keeper.look(time.monotonic())
            if enter_pressed(_ROUND, sys.stdin):
                say(f"  code       {code(seeded)}")

    def stop(self) -> None:
        """End everything in order; nothing is left running."""
        if self._door is not None:
            self._door.close()
        self._keeper.stop()
        lending.end(self._plan.folder)

    def _start(self) -> Seeded:
        kept = secrets.load(self._plan.folder)
        around = self._start_servers(kept)
        with step("bringing the database up to date"):
            self._once("migrate", self._table.migrate, around, around.service)
        with step("preparing a program and an administrator"):
            seeded = _read(self._once("seed", self._table.seed, around, around.seed(kept)))
        self._open_door(around)
        self._start_children(around, seeded)
        lending.lend(self._plan.folder, around.service)
        show(self._plan, around.service, seeded)
        return seeded

    def _start_servers(self, kept: Secrets) -> Surroundings:
        """Start the servers that the environment doesn't name; side by side, because each takes a while."""
        folder, logs = self._plan.folder, self._plan.logs
        valkey = Valkey(folder / "valkey", password=kept.valkey_password, log=logs / "valkey.log", hold=self._hold)
        postgres = Postgres(
            folder / "postgres", password=kept.postgres_password, log=logs / "postgres.log", hold=self._hold
        )
        wanted: dict[str, Server] = {"REDIS_URL": valkey, "DATABASE_URL": postgres}
        own = [server for name, server in wanted.items() if not self._given.get(name)]
        if own:
            with step(f"starting {' and '.join(server.title for server in own)}"):
                for server in own:
                    self._keeper.adopt(server.spawn())
                for server in own:
                    server.wait()
        if postgres in own and postgres.home.parent != folder:
            say(f"  PostgreSQL's files are in {postgres.home}: its user cannot reach {folder}")
        return Surroundings.of(self._plan, self._given, kept, database_url=postgres.url, redis_url=valkey.url)

    def _once(self, name: str, arguments: tuple[str, ...], around: Surroundings, environment: Mapping[str, str]) -> str:
        """Run a command to its end and return what it printed. Raises DemoError with its last line."""
        finished = run_once(around.child(name, arguments, environment), self._hold)
        if finished.code != 0:
            raise DemoError(finished.last_words)
        return finished.out

    def _open_door(self, around: Surroundings) -> None:
        # Imported late: it brings the whole store along, which a refusal in the first second has no need of.
        move = import_module(self._table.clock).move
        os.environ.update({name: around.service[name] for name in ("NO_PROXY", "no_proxy")})
        self._door = ClockDoor(self._plan.clock_port, partial(move, around.service))
        self._door.open()

    def _start_children(self, around: Surroundings, seeded: Seeded) -> None:
        emulator = around.emulator(seeded.number, seeded.keyword)
        seen = {
            "service": (around.service, self._plan.port),
            "emulator": (emulator, self._plan.emulator_port),
        }
        started = {}
        with step(f"starting {', '.join(row.name for row in self._table.rows)}"):
            for row in self._table.rows:
                environment, _ = seen[row.sees]
                started[row] = self._keeper.start(around.child(row.name, row.arguments, environment))
            for row in self._table.rows:
                if row.ready:
                    _wait(started, row, f"http://{HOST}:{seen[row.sees][1]}{row.ready}")


def _checked(environment: Mapping[str, str]) -> Plan:
    """Look at everything that can be looked at before the data folder is ours."""
    plan = checks.plan(environment)
    checks.machine_is_supported(Machine.this(), environment)
    checks.folder_is_usable(plan.folder)
    return plan


def _wait_for_remains(lock: Lock) -> None:
    if not lock.alone():
        with step("waiting for the processes of an earlier demo to end"):
            lock.wait()


def _read(printed: str) -> Seeded:
    try:
        return Seeded.read(printed.strip().splitlines()[-1])
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise DemoError(f"the seed printed no line of JSON with a coordinator and a program ({error!r})") from None


def _wait(started: Mapping[Row, Leashed], row: Row, address: str) -> None:
    """Wait until an address answers 200. Raises DemoError if a process ends meanwhile, or after too long."""
    deadline = time.monotonic() + _PATIENCE
    while not _answers(address):
        for leashed in started.values():
            if leashed.poll() is not None:
                raise _failed(leashed, f"ended while starting ({leashed.poll()})")
        if time.monotonic() > deadline:
            raise _failed(started[row], f"did not answer on {address} within {_PATIENCE:g} s")
        time.sleep(_ROUND / 4)


def _failed(leashed: Leashed, how: str) -> DemoError:
    return DemoError(f"{leashed.child.name} {how}: {leashed.last_words(1)} (log: {leashed.child.log})")


def _answers(address: str) -> bool:
    """Whether it answers 200; asked directly, whatever proxy is set."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or HOST, parts.port, timeout=5)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _log_to(path: Path) -> None:
    path.touch(mode=0o600)
    logging.basicConfig(filename=path, format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.WARNING)


def _on_signals(what: Callable[[int, FrameType | None], NoReturn] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means what it says
            signal.signal(number, what)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    _on_signals(signal.SIG_IGN)
    raise Stopped
