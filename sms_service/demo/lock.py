"""One demo per data folder, also after a `kill -9`.

Two files are locked. `lock` is held by a supervisor alone, so if it is taken another demo is alive. `leashes`
is held by a supervisor and, through inheritance, by every leash it starts, so if only that one is taken the
processes of a killed supervisor are still ending, and waiting for them is right.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from sms_service.demo.errors import DemoError

_POLL = 0.1


class Lock:
    """The hold on a data folder. Leashes inherit the descriptor `inherited`; a hold ends with its process."""

    def __init__(self, folder: Path) -> None:
        """Take the folder for this process. Raises DemoError if another demo runs there."""
        self._folder = folder
        self._own = _open(folder / "lock")
        if not _taken(self._own):
            pid = os.pread(self._own, 20, 0).decode().strip() or "unknown"
            os.close(self._own)
            raise DemoError(f"DATA_DIR={folder} is in use by the demo with process id {pid}; stop it or set DATA_DIR")
        os.ftruncate(self._own, 0)
        os.pwrite(self._own, f"{os.getpid()}\n".encode(), 0)
        self.inherited = _open(folder / "leashes")

    def alone(self) -> bool:
        """Whether nothing of an earlier demo is left; if so, the leashes started from now on hold it too."""
        return _taken(self.inherited)

    def wait(self, seconds: float = 20.0) -> None:
        """Wait for the remains of an earlier demo to end. Raises DemoError if they do not."""
        deadline = time.monotonic() + seconds
        while not self.alone():
            if time.monotonic() > deadline:
                raise DemoError(
                    f"DATA_DIR={self._folder}: processes of an earlier demo have not ended within"
                    f" {seconds:g} s; end them or set DATA_DIR"
                )
            time.sleep(_POLL)

    def release(self) -> None:
        """Let go of the folder."""
        os.close(self.inherited)
        os.close(self._own)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _taken(descriptor: int) -> bool:
    """Try to take the lock; whether it is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
