"""A command on a leash ends with its holder, whatever the holder's end was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sms_service.demo.lock import Lock
from sms_service.demo.process import Child, Leashed, run
from tests.demo.conftest import Until

HOLDER = """
import sys, time
from pathlib import Path
from sms_service.demo.process import Child, Leashed
leashed = Leashed(Child("held", ("/bin/sh", "-c", sys.argv[1]), {"PATH": "/bin:/usr/bin"}, Path("log"), grace=0.3))
time.sleep(600)
"""
FAMILY = "sleep 600 & echo $! > grandchild; echo $$ > child; wait"
LOOK = """
import os, sys, time
try:
    os.fstat(int(sys.argv[1]))
    seen = "open"
except OSError:
    seen = "closed"
open("child", "w").write(seen)
time.sleep(600)
"""
DEAF = "trap '' TERM INT; echo $$ > child; while :; do sleep 0.1; done"


def child(folder: Path, script: str, *, stop: signal.Signals = signal.SIGTERM, grace: float = 5.0) -> Child:
    return Child(
        "held",
        ("/bin/sh", "-c", script),
        {"PATH": "/bin:/usr/bin"},
        folder / "log",
        folder,
        stop_signal=stop,
        grace=grace,
    )


def written(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def gone(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("script", [FAMILY, DEAF], ids=["with a child of its own", "deaf to signals"])
def test_a_holder_killed_outright_leaves_no_process(folder: Path, until: Until, script: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, script], cwd=folder, env={**os.environ, "PYTHONPATH": os.getcwd()}
    ) as holder:
        until(lambda: written(folder / "child"))
        holder.kill()
    until(lambda: gone(written(folder / "child")))
    if script is FAMILY:
        until(lambda: gone(written(folder / "grandchild")))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux hands orphans to a chosen process")
def test_an_orphan_that_left_the_group_is_ended_too(folder: Path, until: Until) -> None:
    leashed = Leashed(child(folder, "setsid sh -c 'echo $$ > orphan; exec sleep 600' & wait"))
    until(lambda: written(folder / "orphan"))
    leashed.stop()
    assert gone(written(folder / "orphan"))


def test_the_signal_asked_for_is_the_one_sent(folder: Path, until: Until) -> None:
    script = "trap 'echo int > heard; exit 0' INT; echo ready > child; while :; do sleep 0.05; done"
    leashed = Leashed(child(folder, script, stop=signal.SIGINT))
    until(lambda: written(folder / "child"))
    leashed.stop()
    assert written(folder / "heard") == "int"
    assert leashed.poll() == 0


def test_a_command_that_does_not_listen_is_killed_after_the_grace(folder: Path, until: Until) -> None:
    leashed = Leashed(child(folder, DEAF, grace=0.2))
    until(lambda: written(folder / "child"))
    leashed.stop()
    assert leashed.poll() == 128 + signal.SIGKILL
    assert gone(written(folder / "child"))


def test_a_command_that_ends_by_itself_passes_its_status_on(folder: Path) -> None:
    finished = run(child(folder, "echo out; echo last words >&2; exit 7"))
    assert (finished.code, finished.out, finished.last_words) == (7, "out\n", "last words")
    assert written(folder / "log") == "last words"


def test_a_command_that_cannot_be_run_says_so(folder: Path) -> None:
    finished = run(Child("held", ("/no/such/thing",), {}, folder / "log"))
    assert finished.code == 127
    assert "cannot run /no/such/thing: No such file" in finished.err


def test_the_lock_is_held_by_the_leash_and_not_by_the_command(folder: Path, until: Until) -> None:
    lock = Lock(folder)
    assert lock.alone()
    command = (sys.executable, "-c", LOOK, str(lock.inherited))
    leashed = Leashed(Child("held", command, {}, folder / "log", folder), (lock.inherited,))
    until(lambda: written(folder / "child"))
    assert written(folder / "child") == "closed"
    lock.release()

    later = Lock(folder)
    assert not later.alone()
    leashed.stop()
    assert later.alone()
    later.release()
