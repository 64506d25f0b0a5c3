"""What the demo cannot do, said so that a person can act on it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

OWN_SERVERS = "set DATABASE_URL and REDIS_URL to servers of your own"


class DemoError(Exception):
    """One line that names the thing, the value and the way out. It ends a start; the supervisor prints it."""


def folder_error(error: OSError, folder: Path) -> DemoError:
    """Say what an error of the file system means for the data folder."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    reason = os.strerror(error.errno) if error.errno else str(error)
    where = error.filename or folder
    return DemoError(f"DATA_DIR={folder}: cannot use {where} ({reason}); set DATA_DIR to a folder you may write in")


def disk_full(folder: Path) -> DemoError:
    """Say that nothing more fits on the disk of this folder."""
    return DemoError(f"{folder}: the disk is full; free some space or set DATA_DIR to a folder on another disk")


def tells_of_full_disk(said: str) -> bool:
    """Whether a server's words mean that nothing more fits on its disk."""
    return os.strerror(errno.ENOSPC) in said
