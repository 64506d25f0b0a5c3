"""The processes under torture: each is started again the moment it ends, and killed at random."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from sms_service.demo.process import Child, Leashed

BACKEND = "postgres backend"
_LOOK = 0.05
# What ends while it starts, for want of its database, is not started more often than this, as by systemd.
_BREATH = 1.0
_SLOWEST = 1.5
_AT_ONCE = 1.4  # how many a kill meets on average: the pauses are longer by as much
# How often each is chosen, beside the others; whatever is not named has 3.
_WEIGHTS = {"web": 2, "postgres": 1, "valkey": 2, "cron": 1, BACKEND: 1}


@dataclass(slots=True)
class Watched:
    """One process. `make` says anew at each start what to run; what is `spared` is never killed.

    What has a `ready` is not killed before that is so: else a slow machine would see nothing but starts.
    """

    name: str
    make: Callable[[], Child]
    ready: Callable[[], bool] | None = None
    spared: bool = False
    leashed: Leashed | None = None
    since: float = 0.0
    starts: int = 0

    def start(self) -> None:
        self.leashed, self.since = Leashed(self.make()), time.monotonic()
        self.starts += 1

    def look(self, now: float) -> None:
        """Start it again if it has ended."""
        assert self.leashed is not None
        if self.leashed.poll() is None:
            return
        if now - self.since > _BREATH:
            self.start()

    def pid(self, table: dict[int, int]) -> int | None:
        """Return the process itself, below the leash that holds it."""
        assert self.leashed is not None
        leash = self.leashed._process.pid
        return next((pid for pid, parent in table.items() if parent == leash), None)


@dataclass(slots=True)
class Herd:
    """All of them; `kills` counts by name what was really killed."""

    chance: random.Random
    watched: list[Watched] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        name: str,
        make: Callable[[], Child],
        ready: Callable[[], bool] | None = None,
        *,
        spared: bool = False,
    ) -> None:
        one = Watched(name, make, ready, spared)
        one.start()
        self.watched.append(one)

    async def watch(self) -> None:
        """Look after them until cancelled."""
        while True:
            now = time.monotonic()
            for one in self.watched:
                one.look(now)
            await asyncio.sleep(_LOOK)

    async def kill(self, wanted: int, seconds: float) -> None:
        """Kill so many at random moments of so many seconds; on a slow machine, of half as many again."""
        began = time.monotonic()
        while (left := wanted - self.kills.total()) > 0:
            await asyncio.sleep(self.chance.expovariate(wanted / seconds / _AT_ONCE))
            spare = began + seconds * _SLOWEST * self.kills.total() / wanted - time.monotonic()
            names = [name for name in await self._up(spare) if not self._find(name).spared]
            many = min(left, self.chance.choices((1, 2, 3, 9), (80, 13, 5, 2))[0])
            table = await asyncio.to_thread(_parents)
            for name in self._choose(names + [BACKEND] * ("postgres" in names), many):
                self._kill_one(name, table)

    async def _up(self, patience: float) -> list[str]:
        """Return who is up, after waiting a while for all to be: what is killed should be at work."""
        deadline = time.monotonic() + patience
        while True:
            ready = await asyncio.gather(*(asyncio.to_thread(one.ready or _always) for one in self.watched))
            if all(ready) or time.monotonic() > deadline:
                return [one.name for one, up in zip(self.watched, ready, strict=True) if up]
            await asyncio.sleep(_LOOK * 4)

    def _choose(self, names: list[str], many: int) -> list[str]:
        chosen: dict[str, None] = {}
        while len(chosen) < min(many, len(names)):
            (name,) = self.chance.choices(names, [_WEIGHTS.get(name, 3) for name in names])
            chosen[name] = None
        return list(chosen)

    def _find(self, name: str) -> Watched:
        return next(one for one in self.watched if one.name == name)

    def _kill_one(self, name: str, table: dict[int, int]) -> None:
        owner = self._find("postgres" if name == BACKEND else name)
        pid = owner.pid(table)
        if name == BACKEND and pid is not None:
            backends = sorted(child for child, parent in table.items() if parent == pid)
            pid = self.chance.choice(backends) if backends else None
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.kills[name] += 1

    def stop(self) -> None:
        """End them all, the servers last."""
        running = [one.leashed for one in self.watched if one.leashed]
        for stage in sorted({leashed.child.stage for leashed in running}, reverse=True):
            ending = [leashed for leashed in running if leashed.child.stage == stage]
            for leashed in ending:
                leashed.let_go()
            for leashed in ending:
                leashed.stop()


def _always() -> bool:
    return True


def _parents() -> dict[int, int]:
    """Return the parent of every process of this machine that has not ended."""
    listed = subprocess.run(["ps", "-ax", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}
