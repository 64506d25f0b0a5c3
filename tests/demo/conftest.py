"""A data folder that PostgreSQL's unprivileged account can reach, and patience with a deadline."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of this test's own."""
    with reachable() as place:
        yield place


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[Path]:
    """A folder that the tests of one module share."""
    with reachable() as place:
        yield place


@contextmanager
def reachable() -> Iterator[Path]:
    """A folder with a space in its name. Pytest's own lie below one that only their owner can enter."""
    outer = Path(tempfile.mkdtemp(prefix="sms-demo-"))
    outer.chmod(0o711)
    place = outer / "data folder"
    place.mkdir()
    place.chmod(0o711)
    yield place
    shutil.rmtree(outer)


@pytest.fixture(scope="session")
def until() -> Until:
    """Wait until something is so, for 90 seconds at most."""

    def wait(holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + 90
        while not holds():
            assert time.monotonic() < deadline, "it did not come to be within 90 s"
            time.sleep(0.02)

    return wait
