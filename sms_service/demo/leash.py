"""Run one command, and end it when the process that asked for it is gone.

The holder keeps the other end of this process's standard input. However the holder ends, `kill -9` included,
the system closes that end; this process then sees the end of its input, asks the command to stop and, after a
grace, kills it. SIGTERM and SIGINT do the same.

    python -I -S leash.py SIGNAL GRACE UID GID COMMAND...

SIGNAL is the number of the polite signal, GRACE is in seconds, UID and GID are numbers, or "-" for our own.
It exits as the command did, with 128 + n if signal n ended it.

Standard library alone, and started by its path: it costs some 10 ms and nothing in it can fail to import.
File descriptors it inherits, such as a lock, stay with it until the command is gone; the command gets none.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time

_STOP = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_LIFELINE = 0
_ADOPT_ORPHANS, _DIE_WITH_PARENT = 36, 1  # prctl(2): PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG


def main(arguments: list[str]) -> int:
    """Run the command named by the arguments above and return its exit status."""
    stop_signal, grace = int(arguments[0]), float(arguments[1])
    wake = _wake_on_signals()
    _prctl(_ADOPT_ORPHANS, 1)
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
    child = os.fork()
    if child == 0:
        _become(arguments[4:], arguments[2], arguments[3], stop_signal)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
    status = _watch(child, wake, stop_signal, grace)
    _sweep(child)
    return status


def _wake_on_signals() -> int:
    """Return a descriptor from which the number of each arriving signal can be read."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write)
    for number in (*_STOP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    return read


def _become(command: list[str], uid: str, gid: str, stop_signal: int) -> None:
    """Turn this forked process into the command. Never returns."""
    try:
        os.setpgid(0, 0)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, *_STOP):
            signal.signal(number, signal.SIG_DFL)  # Python ignores the first two, and that would be inherited
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.closerange(3, 4096)
        if uid != "-":
            os.setgroups([])
            os.setgid(int(gid))
            os.setuid(int(uid))
        _prctl(_DIE_WITH_PARENT, stop_signal)
        os.execvp(command[0], command)  # noqa: S606  (no shell is wanted)
    except OSError as error:
        os.write(2, f"cannot run {command[0]}: {error.strerror}\n".encode())
    os._exit(127)


def _watch(child: int, wake: int, stop_signal: int, grace: float) -> int:
    """Wait for the command's end, stopping it when told to or when the holder is gone."""
    deadline: float | None = None
    ears = [_LIFELINE, wake]
    while (status := _reap(child)) is None:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if left == 0.0:
            _signal_group(child, signal.SIGKILL)
            left = 1.0
        heard, _, _ = select.select(ears, [], [], left)
        stop = wake in heard and bool(_STOP.intersection(os.read(wake, 512)))
        if _LIFELINE in heard and not os.read(_LIFELINE, 512):
            ears, stop = [wake], True
        if stop and deadline is None:
            deadline = time.monotonic() + grace
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, stop_signal)
    return status


def _reap(child: int) -> int | None:
    """Collect whatever has ended, adopted orphans too; the command's exit status once it is among them."""
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            if pid == 0:
                break
    return None


def _sweep(child: int) -> None:
    """End what the command left behind: its process group and, where the system hands us orphans, those."""
    _signal_group(child, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for orphan in _orphans():
            with contextlib.suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.01)


def _orphans() -> list[int]:
    with contextlib.suppress(OSError), open(f"/proc/self/task/{os.getpid()}/children") as listed:
        return [int(pid) for pid in listed.read().split()]
    return []


def _signal_group(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, number)


def _prctl(option: int, value: int) -> None:
    """Linux alone: a second net under the first, for a leash that is itself killed."""
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(ImportError, OSError):
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
