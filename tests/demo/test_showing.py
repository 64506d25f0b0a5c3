"""What the terminal gives and gets while the demo runs."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sms_service.demo.showing import at_terminal, enter_pressed

# A process that has the terminal of its own: it says whether Enter was pressed within 20 s.
_WAITS = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from sms_service.demo.showing import enter_pressed
print("waiting", flush=True)
print(enter_pressed(20, sys.stdin), flush=True)
"""


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal: ours, and the one a program has."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def test_enter_is_noticed_at_a_terminal(terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    command = [sys.executable, "-c", _WAITS]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        os.write(ours, b"\n")
        assert process.stdout.readline() == "True\n"


def test_without_a_terminal_it_only_waits(tmp_path: Path) -> None:
    file = tmp_path / "not a terminal"
    file.write_text("\n")
    with open(file) as stream:
        assert not enter_pressed(0, stream)
        assert stream.readline() == "\n"


def test_a_terminal_that_belongs_to_somebody_else_is_left_alone(terminal: tuple[int, int]) -> None:
    with open(os.dup(terminal[1])) as stream:
        assert stream.isatty()
        assert not at_terminal(stream)
    assert not at_terminal(None)
