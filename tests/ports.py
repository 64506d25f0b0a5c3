"""Ports for the tests: each worker has a range of its own, so that no two are ever given the same one."""

from __future__ import annotations

import os
import random
import re

from sms_service.demo import ports
from sms_service.demo.ports import is_free

_FIRST, _EACH, _WORKERS = 10_000, 1_000, 10  # ends where the demo begins to look for its own

_worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "0"))) % _WORKERS


def _of_this_worker() -> list[int]:
    first = _FIRST + _worker * _EACH
    return random.sample(range(first, first + _EACH), _EACH)  # another run beside this one begins elsewhere


_left = _of_this_worker()


def keep_apart() -> None:
    """Have the servers that this process starts, as the demo does, be in a range of its own as well."""
    each = (ports._LAST - ports._FIRST) // _WORKERS
    ports._FIRST += _worker * each
    ports._LAST = ports._FIRST + each


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on, and that was not given before."""
    while not is_free(port := _left.pop()):
        pass
    return port
