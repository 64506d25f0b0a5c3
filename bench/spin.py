"""How quick this machine is just now: times on a shared one can only be compared beside it."""

from __future__ import annotations

import time

_TIMES = 10_000_000


def spin() -> float:
    """Return how many seconds ten million additions took."""
    began, total = time.perf_counter(), 0
    for n in range(_TIMES):
        total += n
    return time.perf_counter() - began
