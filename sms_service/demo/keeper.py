"""Keeps a set of processes running: starts again what ends by itself, and ends them all in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sms_service.demo.process import Child, Leashed

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
_SETTLED = 60.0  # seconds after which a process counts as healthy again


@dataclass(slots=True)
class Kept:
    """One process with its history; times are in seconds of the monotonic clock."""

    leashed: Leashed
    since: float
    ends: int = 0
    due: float | None = None


@dataclass(slots=True)
class Keeper:
    """`hold` are the descriptors each leash keeps; `say` gets a line about each process that ended."""

    say: Callable[[str], None]
    hold: Sequence[int] = ()
    kept: list[Kept] = field(default_factory=list)

    def start(self, child: Child) -> Leashed:
        """Start a process and keep it running."""
        return self.adopt(Leashed(child, self.hold))

    def adopt(self, leashed: Leashed) -> Leashed:
        """Keep running what somebody else has started."""
        self.kept.append(Kept(leashed, time.monotonic()))
        return leashed

    def look(self, now: float) -> None:
        """Start again what has ended, each time after a longer delay."""
        for one in self.kept:
            if one.due is None:
                self._notice(one, now)
            elif now >= one.due:
                self._again(one, now)

    def stop(self) -> None:
        """End them all, stage by stage; those of one stage end together."""
        stages = sorted({one.leashed.child.stage for one in self.kept}, reverse=True)
        for stage in stages:
            ending = [one.leashed for one in self.kept if one.leashed.child.stage == stage]
            for leashed in ending:
                leashed.let_go()
            for leashed in ending:
                leashed.stop()
        self.kept.clear()

    def _again(self, one: Kept, now: float) -> None:
        try:
            one.leashed, one.since, one.due = Leashed(one.leashed.child, self.hold), now, None
        except OSError as error:  # out of memory or processes: a later round may have more luck
            one.due = now + LONGEST_DELAY
            self.say(f"{one.leashed.child.name} could not be started ({error.strerror}); it is tried again")

    def _notice(self, one: Kept, now: float) -> None:
        code = one.leashed.poll()
        if code is None:
            return
        one.ends = 1 if now - one.since > _SETTLED else one.ends + 1
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (one.ends - 1))
        one.due = now + delay
        child = one.leashed.child
        self.say(f"{child.name} ended by itself ({code}); it starts again in {delay:g} s (log: {child.log})")
