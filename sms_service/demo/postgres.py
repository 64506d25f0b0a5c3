"""PostgreSQL from the wheel: our own `initdb`, and `postgres` in the foreground on a leash."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import asyncpg

from sms_service.demo import quarters
from sms_service.demo.errors import OWN_SERVERS, DemoError, disk_full, tells_of_full_disk
from sms_service.demo.ports import HOST, free_port
from sms_service.demo.process import Account, Child, run
from sms_service.demo.quarters import Quarters
from sms_service.demo.server import Server

NAME = "sms"

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "shared_buffers": "64MB",
    "log_checkpoints": "off",
    # A message, a statement or a bound value may hold an answer or a number, so errors are left to the client
    # to report; the log keeps what the server says about itself.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
_INITDB = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_INITDB_FAST = ("--no-sync", "--no-data-checksums", "--wal-segsize=1")
_NOT_YET = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError)


class Postgres(Server):
    """A PostgreSQL of our own in `folder`, with the user and the database `sms`, on the loopback address.

    `password` opens the folder again later; without one, only this object can. `port` is a free one unless
    given, `memory` its shared buffers. `fast` is for tests: nothing is forced to disk, and a `with` that ends leaves no
    files elsewhere.
    """

    title = "PostgreSQL"

    def __init__(
        self,
        folder: Path,
        *,
        password: str | None = None,
        port: int | None = None,
        fast: bool = False,
        memory: str | None = None,
        log: Path | None = None,
        hold: Sequence[int] = (),
    ) -> None:
        super().__init__(hold)
        self._folder = folder.absolute()
        self._password = password or secrets.token_hex(16)
        self.port = port or free_port()
        self._fast = fast
        self._memory = {"shared_buffers": memory} if memory else {}
        self._log = log or self._folder / "postgres.log"
        self.home = self._folder

    @property
    def url(self) -> str:
        """The address for SQLAlchemy with asyncpg, password included."""
        return f"postgresql+asyncpg://{NAME}:{quote(self._password, safe='')}@{HOST}:{self.port}/{NAME}"

    def prepare(self) -> Child:
        """Make the cluster if there is none, and return what to run."""
        place = quarters.find(self._folder)
        self.home = place.home
        if not place.cluster.exists():
            self._make_cluster(place)
        _forget_stranger(place.cluster / "postmaster.pid")
        chosen = {**_SETTINGS, **(_FAST if self._fast else {}), **self._memory, "port": str(self.port)}
        settings = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        return self._child("postgres", place, ("-D", str(place.cluster), *settings), place.cluster)

    def ready(self) -> bool:
        """Whether it takes a connection to our database, which is made here if it is missing."""
        with ThreadPoolExecutor(1) as aside:  # the caller may be inside a loop of its own
            return aside.submit(asyncio.run, self._opens()).result()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if self._fast and self.home != self._folder:
            shutil.rmtree(self.home, ignore_errors=True)
            (self._folder / quarters.MARKER).unlink(missing_ok=True)

    def _make_cluster(self, place: Quarters) -> None:
        """Run initdb beside the final place and rename, so that a kill leaves nothing half made."""
        fresh, word = place.home / f"{quarters.CLUSTER}.new", place.home / "password.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        _write_private(word, self._password)
        _give((fresh, word), place.account)
        speed = _INITDB_FAST if self._fast else ()
        asked = ("-D", str(fresh), "-U", NAME, "-A", "scram-sha-256", f"--pwfile={word}", *_INITDB, *speed)
        try:
            made = run(self._child("initdb", place, asked, fresh), self._hold)
        finally:
            word.unlink()
        if made.code != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise self._not_made(place.home, made.err)
        fresh.rename(place.cluster)

    def _not_made(self, home: Path, said: str) -> DemoError:
        if tells_of_full_disk(said):
            return disk_full(home)
        return DemoError(
            f"PostgreSQL's files could not be made in {home}: {_reason(said)} (log: {self._log}); or {OWN_SERVERS}"
        )

    def _child(self, program: str, place: Quarters, arguments: Sequence[str], folder: Path) -> Child:
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return Child(
            name="postgres",
            command=(str(place.binaries / program), *arguments),
            environment={**kept, "LC_ALL": "C", "TZ": "UTC"},  # and nothing of ours: it needs no secrets
            log=self._log,
            folder=folder,
            account=place.account,
            stop_signal=signal.SIGINT,  # PostgreSQL's "fast" shutdown: it does not wait for its clients
            stage=0,
        )

    async def _opens(self) -> bool:
        try:
            await self._do(NAME, "select 1")
        except asyncpg.InvalidCatalogNameError:
            await self._do("postgres", f"create database {NAME}")
        except asyncpg.InvalidPasswordError:
            raise self._failed("does not know the password that secrets.json has for it") from None
        except _NOT_YET:
            return False
        return True

    async def _do(self, database: str, statement: str) -> None:
        connection = await asyncpg.connect(
            host=HOST,
            port=self.port,
            user=NAME,
            password=self._password,
            database=database,
            ssl=False,
            timeout=2,
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _forget_stranger(pid_file: Path) -> None:
    """Remove a stale pid file whose number some other program has now: PostgreSQL would think it its own.

    A postmaster that is alive listens on the port in that file. The file of one that is gone is left to
    PostgreSQL, which also looks whether its shared memory is still in use.
    """
    with suppress(FileNotFoundError, ValueError, IndexError):
        lines = pid_file.read_text().splitlines()
        if not _alive(int(lines[0])):
            return
        with socket.socket() as asking:
            if asking.connect_ex((HOST, int(lines[3]))) != 0:
                pid_file.unlink()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _give(paths: Sequence[Path], account: Account | None) -> None:
    if account is not None:
        for path in paths:
            os.chown(path, account.uid, account.gid)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _reason(said: str) -> str:
    """Pick the line in which initdb says what went wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    wrong = [line for line in lines if "error" in line.lower() or "FATAL" in line or "No space" in line]
    return (wrong or lines or ["it said nothing"])[-1]
