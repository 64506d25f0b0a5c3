"""What PostgreSQL and Valkey have in common here: started from a folder, waited for, stopped."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from sms_service.demo.errors import OWN_SERVERS, DemoError, disk_full, tells_of_full_disk
from sms_service.demo.ports import is_free
from sms_service.demo.process import Child, Leashed

_POLL = 0.02


class Server(ABC):
    """One server in a folder. Use it in a `with`, or call `start` and `stop`; both may be repeated."""

    title: str
    port: int

    def __init__(self, hold: Sequence[int] = ()) -> None:
        self._hold = tuple(hold)
        self.leashed: Leashed | None = None

    @abstractmethod
    def prepare(self) -> Child:
        """Make the folder ready, if it isn't, and return what to run."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it answers as it should, over a real connection."""

    def spawn(self) -> Leashed:
        """Start it without waiting for it. Raises DemoError if its folder or its port cannot be used."""
        if not is_free(self.port):
            raise DemoError(f"{self.title} cannot listen on port {self.port}: another program does")
        self.leashed = Leashed(self.prepare(), self._hold)
        return self.leashed

    def wait(self, seconds: float = 30.0) -> None:
        """Wait until it answers. Raises DemoError with the end of its log, and leaves nothing running."""
        deadline = time.monotonic() + seconds
        while not self.ready():
            late = time.monotonic() > deadline
            if late or self._running().poll() is not None:
                raise self._failed(f"did not answer within {seconds:g} s" if late else "stopped while starting")
            time.sleep(_POLL)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.spawn()
        self.wait()

    def stop(self) -> None:
        """End it in its own orderly way."""
        if self.leashed is not None:
            self.leashed.stop()
            self.leashed = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> Leashed:
        assert self.leashed is not None, "spawn it first"
        return self.leashed

    def _failed(self, how: str) -> DemoError:
        leashed = self._running()
        self.stop()
        said = leashed.last_words()
        if tells_of_full_disk(said):
            return disk_full(leashed.child.folder or leashed.child.log.parent)
        return DemoError(f"{self.title} {how}: {said} (log: {leashed.child.log}); or {OWN_SERVERS}")
