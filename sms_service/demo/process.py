"""A process on a leash, from its holder's side: start it, wait for it, read its last words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LEASH = str(Path(__file__).with_name("leash.py"))


@dataclass(frozen=True, slots=True)
class Account:
    """The numbers of the user and group that a process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, repr=False)
class Child:
    """What to run. Secrets go in `environment`, never in `command`: arguments are there for all to read.

    `grace` is in seconds, from the stop signal to the kill. `log` is appended to, for its owner's eyes.
    What has the highest `stage` is ended first, so that nobody loses the server that it is still using.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    folder: Path | None = None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 8.0
    stage: int = 2


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command that was run to its end went."""

    code: int
    out: str
    err: str

    @property
    def last_words(self) -> str:
        """The last line it wrote, to standard error if it wrote there at all."""
        lines = (self.err.strip() or self.out.strip()).splitlines()
        return lines[-1].strip() if lines else f"it said nothing and stopped with {self.code}"


class Leashed:
    """A running child. It ends when `stop` is called, and also when this process ends in any way."""

    def __init__(self, child: Child, hold: Sequence[int] = ()) -> None:
        """Start the child; its leash keeps the descriptors `hold` open until the child is gone."""
        self.child = child
        with open(child.log, "ab", opener=_private) as log:
            self._log_start = log.tell()
            self._process = _popen(child, hold, log.fileno(), log.fileno())

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        code = self._process.poll()
        if code is not None and self._process.stdin is not None:
            self._process.stdin.close()
        return code

    def last_words(self, lines: int = 3) -> str:
        """Return the end of what this run has logged, on one line."""
        with open(self.child.log, "rb") as log:
            log.seek(max(self._log_start, log.seek(0, os.SEEK_END) - 4096))
            said = log.read().decode(errors="replace").strip().splitlines()
        return " / ".join(line.strip() for line in said[-lines:]) or "it said nothing"

    def let_go(self) -> None:
        """Ask it to end, without waiting."""
        stdin = self._process.stdin
        assert stdin is not None
        with suppress(OSError):
            stdin.close()
        self._process.terminate()

    def stop(self) -> None:
        """End it and wait until it is gone."""
        self.let_go()
        try:
            self._process.wait(self.child.grace + 10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def run(child: Child, hold: Sequence[int] = ()) -> Finished:
    """Run a child to its end. Its output is returned; only what it wrote to standard error is also logged."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = _popen(child, hold, out.fileno(), err.fileno())
        assert process.stdin is not None
        try:
            code = process.wait()
        finally:
            process.stdin.close()  # ends the child if the wait was interrupted,
            process.wait()  # and nothing is left behind
        finished = Finished(code, _text(out), _text(err))
    with open(child.log, "ab", opener=_private) as log:
        log.write(finished.err.encode())
    return finished


def _popen(child: Child, hold: Sequence[int], out: int, err: int) -> subprocess.Popen[bytes]:
    account = (str(child.account.uid), str(child.account.gid)) if child.account else ("-", "-")
    leash = [sys.executable, "-I", "-S", _LEASH, str(int(child.stop_signal)), str(child.grace), *account]
    return subprocess.Popen(
        [*leash, *child.command],
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=err,
        env=dict(child.environment),
        cwd=child.folder,
        pass_fds=tuple(hold),
        start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends things in order
        umask=0o077,
    )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
