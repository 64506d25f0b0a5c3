"""The real demo as processes of their own, and phones to try it with over the emulator's HTTP."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from sms_service.demo.ports import HOST
from tests.demo.conftest import reachable
from tests.ports import free_port

ROOT = Path(__file__).parents[1]
LINE = "+17575550100"
JOINING = ("JOIN", "1", "1", "2", "1", "1")
PATIENCE = 120.0  # seconds; far more than anything here takes, even on a machine with much else to do
_OURS = ("HOST", "PORT", "DATA_DIR", "SECRET_KEY", "PUBLIC_URL")
_OUTSIDE = ("DATABASE_URL", "REDIS_URL", "TWILIO_API_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")

numbers = itertools.count(17575550200)


def until(holds: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait until something is so, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)
    return found


class Demo:
    """`sms-service demo` on one folder and one set of ports, started and ended as often as is wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data of the demo"
        self._outside = folder
        self.ports = {name: str(free_port()) for name in ("PORT", "EMULATOR_PORT", "CLOCK_PORT")}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def web(self) -> str:
        return f"http://{HOST}:{self.ports['PORT']}"

    @property
    def phones(self) -> str:
        return f"http://{HOST}:{self.ports['EMULATOR_PORT']}"

    @property
    def said(self) -> str:
        return (self._outside / "out").read_text()

    def up(self) -> None:
        """Start it unless it runs, and wait for `ready`."""
        if self.process is None or self.process.poll() is not None:
            self.process = self._launch("out", {})
            until(self._ready, "ready", 2 * PATIENCE)  # eight processes start at once

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said + (self._outside / "out.err").read_text()
        return self.said.endswith("\nready\n")

    def refused(self, **given: str) -> list[str]:
        """Start one that cannot start; return the lines of its error once it has ended with status 1."""
        process = self._launch("refused", given)
        try:
            assert process.wait(PATIENCE) == 1, (self._outside / "refused").read_text()
        finally:
            process.kill()
        return (self._outside / "refused.err").read_text().splitlines()

    def _launch(self, name: str, given: dict[str, str]) -> subprocess.Popen[bytes]:
        kept = {k: v for k, v in os.environ.items() if k not in (*_OURS, *_OUTSIDE)}
        environment = {**kept, **self.ports, "DATA_DIR": str(self.folder), **given}
        command = [sys.executable, "-m", "sms_service.cli", "demo"]
        with open(self._outside / name, "wb") as out, open(self._outside / f"{name}.err", "wb") as err:
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=err)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """End the supervisor by a signal; return its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def close(self) -> None:
        if self.process is not None:
            self.end()

    def family(self) -> dict[int, str]:
        """Return the command of every process below the supervisor, by process id."""
        assert self.process is not None
        found, new = {}, {self.process.pid}
        table = _processes()
        while new:
            new = {pid for pid, (parent, _) in table.items() if parent in new}
            found.update({pid: table[pid][1] for pid in new})
        return found

    def valkey(self) -> int | None:
        """Return the process id of the queue's server, if there is one."""
        servers = [pid for pid, command in self.family().items() if Path(command.split()[0]).name == "valkey-server"]
        return servers[0] if servers else None

    def remains(self, family: dict[int, str]) -> dict[int, str]:
        """Return what still runs of a family, and whatever else names the folder in its command."""
        table = _processes()
        return {pid: row[1] for pid, row in table.items() if pid in family or str(self.folder) in row[1]}

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """Open a connection of our own to the demo's database."""
        password = json.loads((self.folder / "secrets.json").read_text())["postgres_password"]
        log = (self.folder / "logs" / "postgres.log").read_text()
        port = re.findall(r"listening on IPv4 address .*port (\d+)", log)[-1]
        connection = await asyncpg.connect(host=HOST, port=int(port), user="sms", password=password, database="sms")
        try:
            yield connection
        finally:
            await connection.close()

    async def calendar(self) -> datetime:
        """Return what time it is in the demo's calendar."""
        async with self.database() as database:
            moved = await database.fetchval("select clock_offset from deployment")
        return datetime.now(UTC) + timedelta(seconds=moved)


@contextmanager
def demo() -> Iterator[Demo]:
    """A demo on a folder of its own, with a space in its name. Nothing is left of it afterwards."""
    with reachable() as folder:
        one = Demo(folder)
        try:
            yield one
        finally:
            one.close()


def _processes() -> dict[int, tuple[int, str]]:
    """Return parent and command by process id, without what has ended and was not yet asked about."""
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
    return {int(row[0]): (int(row[1]), row[3]) for row in rows if len(row) == 4 and not row[2].startswith("Z")}


class Phone:
    """One phone of the emulator, with a number that no other test has."""

    def __init__(self, emulator: httpx.AsyncClient, number: str = "") -> None:
        self.emulator = emulator
        self.number = number or f"+{next(numbers)}"

    async def text(self, body: str = "", **more: Any) -> list[str]:
        """Text the service and return what it answered. Every webhook must have gone well."""
        answer = await self._post("texts", {"from": self.number, "body": body, **more})
        assert answer["error"] is None, answer
        return [reply["body"] for reply in answer["replies"]]

    async def joined(self, *words: str) -> Phone:
        for word in words or JOINING:
            assert await self.text(word), word
            await self.has_everything()
        return self

    async def has(self, since: int = 0) -> list[dict[str, Any]]:
        """Return what came to this phone after a seq, whatever became of it."""
        rows = await self.emulator.get("/emulator/messages", params={"phone": self.number, "since": since})
        return [row for row in rows.json() if row["direction"] != "inbound"]

    async def last(self) -> int:
        rows = await self.emulator.get("/emulator/messages", params={"phone": self.number})
        return max((int(row["seq"]) for row in rows.json()), default=0)

    async def has_everything(self) -> None:
        """Wait until nothing is on its way any more, and the service was told so."""
        await settled(self, {"delivered", "failed", "undelivered"})

    async def comes(self, after: int) -> str:
        """Wait for a text after a seq, and return it."""
        for _ in range(int(PATIENCE / 5)):
            params = {"phone": self.number, "after": str(after), "seconds": "5"}
            if rows := (await self.emulator.get("/emulator/wait", params=params)).json():
                return str(rows[0]["body"])
        raise AssertionError(f"no text after {after}")

    async def goes_on_to(self, kind: str, *, not_before: datetime | None = None) -> str:
        """Press "next" until the calendar has come to an appointment of this kind; return what comes for it."""
        after = await self.last()
        for _ in range(20):
            moved = await self._post("next", {})
            there = datetime.fromisoformat(moved["now"])
            if moved["kind"] == kind and (not_before is None or there >= not_before):
                return await self.comes(after)
        raise AssertionError(f"the calendar never came to a {kind}")

    async def _post(self, path: str, values: dict[str, Any]) -> dict[str, Any]:
        response = await self.emulator.post(f"/emulator/{path}", json=values)
        assert response.status_code == 200, response.text
        return dict(response.json())


async def settled(phone: Phone, states: set[str]) -> None:
    """Wait until every text to a phone is in one of these states."""
    deadline = time.monotonic() + PATIENCE
    while not all(row["status"] in states for row in await phone.has()):
        assert time.monotonic() < deadline, [row["status"] for row in await phone.has()]
        await asyncio.sleep(0.02)
