"""The supervisor from outside, with stand-ins for the service: up, down, killed, refused."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sms_service.demo import lending
from sms_service.demo.lock import Lock
from tests.demo.conftest import Until
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
Start = Callable[..., "Run"]


class Run:
    """One run of the supervisor; `said` is all it printed so far."""

    def __init__(self, folder: Path, ports: dict[str, str], **given: str) -> None:
        self.folder, self.ports = folder / "demo", ports
        self._out = folder / f"out-{len(list(folder.glob('out-*')))}"
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.demo.pretend", "run"],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, **ports, "DATA_DIR": str(self.folder), **given},
            )

    @property
    def said(self) -> str:
        return self._out.read_text()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said
        return self.said.endswith("\nready\n")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.end()


def some_ports() -> dict[str, str]:
    return {name: str(free_port()) for name in ("PORT", "EMULATOR_PORT", "CLOCK_PORT")}


@pytest.fixture(scope="module")
def running(shared_folder: Path, until: Until) -> Iterator[Run]:
    """A demo that is up, for the tests that leave it so."""
    run = Run(shared_folder, some_ports())
    try:
        until(run.is_ready)
        yield run
    finally:
        run.close()


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Start one run after the other, on one folder of this test's own and the same ports."""
    runs: list[Run] = []
    ports = some_ports()

    def one(**given: str) -> Run:
        runs.append(Run(folder, ports, **given))
        return runs[-1]

    yield one
    for run in reversed(runs):
        run.close()


def nothing_is_left(folder: Path) -> bool:
    """Whether no leash lives, and so none of the commands they held."""
    lock = Lock(folder)
    alone = lock.alone()
    lock.release()
    return alone


def get(run: Run, variable: str) -> dict[str, Any]:
    answer = httpx.get(f"http://127.0.0.1:{run.ports[variable]}/", trust_env=False)
    return dict(answer.json())


def test_it_shows_the_way_in(running: Run) -> None:
    kept = json.loads((running.folder / "secrets.json").read_text())
    for shown in ("dora@example.org", kept["coordinator_password"], kept["coordinator_totp_secret"], "/p/harbor"):
        assert shown in running.said
    assert re.search(r"starting Valkey and PostgreSQL … \d+\.\d s\n", running.said)
    assert re.search(r"code +\d{6} now", running.said)
    assert {path.stat().st_mode & 0o777 for path in (running.folder / "logs").iterdir()} == {0o600}


def test_its_settings_are_lent_to_a_command_beside_it(running: Run) -> None:
    lent = lending.lent(running.folder)
    assert lent is not None
    assert lent["PORT"] == running.ports["PORT"]
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"} <= lent.keys() <= lending.LENT


def test_each_process_sees_what_it_needs(running: Run) -> None:
    assert "SECRET_KEY" in get(running, "PORT")["sees"]
    assert "SECRET_KEY" not in get(running, "EMULATOR_PORT")["sees"]


def test_the_calendar_has_its_door(running: Run) -> None:
    door = f"http://127.0.0.1:{running.ports['CLOCK_PORT']}/clock"
    moved = httpx.post(door, json={"to": "next"}, trust_env=False)
    assert moved.json() == {"to": "next", "service": f"http://127.0.0.1:{running.ports['PORT']}"}


def test_a_second_one_on_the_same_folder_is_refused(running: Run, shared_folder: Path) -> None:
    second = Run(shared_folder, some_ports())
    assert second.process.wait(90) == 1
    assert second.said.count("\n") == 1
    assert f"in use by the demo with process id {running.process.pid}" in second.said
    assert running.process.poll() is None


def test_no_secret_is_an_argument_or_in_a_log(running: Run) -> None:
    listed = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert "valkey-server" in listed
    logs = "".join(log.read_text() for log in (running.folder / "logs").iterdir())
    assert "ready to accept connections" in logs
    for secret in json.loads((running.folder / "secrets.json").read_text()).values():
        assert secret not in listed
        assert secret not in logs


def test_a_process_that_is_killed_comes_back(running: Run, until: Until) -> None:
    before = get(running, "PORT")["pid"]
    os.kill(before, signal.SIGKILL)

    def is_back() -> bool:
        try:
            return bool(get(running, "PORT")["pid"] != before)
        except httpx.TransportError:
            return False

    until(is_back)
    assert "web ended by itself (137); it starts again in 0.5 s" in running.said


def test_after_a_kill_the_next_one_finds_the_same_data_and_no_orphan(start: Start, until: Until) -> None:
    killed = start()
    until(killed.is_ready)
    secrets = (killed.folder / "secrets.json").read_text()
    made = (killed.folder / "postgres" / "cluster" / "PG_VERSION").stat().st_mtime_ns
    killed.end(signal.SIGKILL)
    again = start()
    until(again.is_ready)
    assert (again.folder / "secrets.json").read_text() == secrets
    assert (again.folder / "postgres" / "cluster" / "PG_VERSION").stat().st_mtime_ns == made
    assert lending.lent(again.folder) is not None
    assert again.end(signal.SIGINT) == 0
    assert lending.lent(again.folder) is None
    assert again.said.endswith("\nready\n")
    assert nothing_is_left(again.folder)


def test_a_busy_port_is_one_line(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(PORT=str(port))
        assert run.process.wait(90) == 1
    assert run.said.startswith(f"PORT={port} is in use by another program; set PORT to a free port")
    assert run.said.count("\n") == 1


def test_a_migration_that_refuses_is_quoted_and_nothing_is_left(start: Start) -> None:
    line = "SECRET_KEY does not open the data of this database; set it to the one it was made with"
    run = start(MIGRATE_FAILS=line)
    assert run.process.wait(30) == 1
    assert run.said.splitlines()[-1] == line
    assert "Traceback" not in run.said
    assert nothing_is_left(run.folder)


def test_a_stop_in_the_middle_of_the_first_start_leaves_no_process(start: Start, until: Until) -> None:
    run = start()
    until((run.folder / "postgres" / "cluster.new" / "PG_VERSION").exists)
    assert run.end() == 0
    assert nothing_is_left(run.folder)
