"""What must be so before anything is started, each with a line to say when it isn't."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sms_service.demo.errors import OWN_SERVERS, DemoError, folder_error
from sms_service.demo.ports import free_port, is_free, must_be_free

_LINUX = {"x86_64", "aarch64"}
_PROBE = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides whether the wheels' binaries run here; `libc` names the C library, or is empty."""

    system: str
    hardware: str
    libc: str

    @classmethod
    def this(cls) -> Machine:
        return cls(platform.system(), platform.machine(), platform.libc_ver()[0])


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the demo runs: three ports of the loopback address and a data folder."""

    port: int
    emulator_port: int
    clock_port: int
    folder: Path

    @property
    def logs(self) -> Path:
        return self.folder / "logs"


def plan(environment: Mapping[str, str]) -> Plan:
    """Read PORT, EMULATOR_PORT, CLOCK_PORT and DATA_DIR. Raises DemoError for a value that cannot be used.

    Without CLOCK_PORT, the first free port after the emulator's.
    """
    port, emulator = _port(environment, "PORT", 8000), _port(environment, "EMULATOR_PORT", 8001)
    after = [p for p in range(emulator + 1, emulator + 20) if p != port and is_free(p)]
    clock = _port(environment, "CLOCK_PORT", after[0] if after else free_port())
    return Plan(port, emulator, clock, folder_of(environment))


def folder_of(environment: Mapping[str, str]) -> Path:
    """Return the data folder that an environment names."""
    return Path(environment.get("DATA_DIR") or ".demo").expanduser().absolute()


def machine_is_supported(machine: Machine, environment: Mapping[str, str]) -> None:
    """Raise DemoError if a server would have to come from a wheel that has no binaries for this machine."""
    if environment.get("DATABASE_URL") and environment.get("REDIS_URL"):
        return
    linux = machine.system == "Linux" and machine.hardware in _LINUX and machine.libc == "glibc"
    if not linux and machine.system != "Darwin":
        here = " ".join(part for part in (machine.system, machine.hardware, machine.libc) if part)
        raise DemoError(
            f"no PostgreSQL and Valkey come along for {here} (only for Linux with glibc on x86_64 or aarch64,"
            f" and macOS); {OWN_SERVERS}"
        )


def folder_is_usable(folder: Path) -> None:
    """Make the data folder and its logs, and write a mebibyte there. Raises DemoError if that fails."""
    probe = folder / ".probe"
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o711 if os.geteuid() == 0 else 0o700)  # root's PostgreSQL passes through, and sees nothing
        (folder / "logs").mkdir(mode=0o700, exist_ok=True)
        try:
            with open(probe, "wb") as file:
                file.write(_PROBE)
                file.flush()
                os.fsync(file.fileno())
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise folder_error(error, folder) from None


def ports_are_free(plan: Plan) -> None:
    """Raise DemoError if two of the ports are one, or naming all that another program has."""
    chosen = {"PORT": plan.port, "EMULATOR_PORT": plan.emulator_port, "CLOCK_PORT": plan.clock_port}
    seen: dict[int, str] = {}
    taken: list[str] = []
    for name, port in chosen.items():
        if port in seen:
            raise DemoError(f"{seen[port]} and {name} are both {port}; set {name} to another port")
        seen[port] = name
        try:
            must_be_free(name, port)
        except DemoError as error:
            taken.append(str(error))
    if taken:
        raise DemoError("; ".join(taken))


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise DemoError(f"{name}={text} is not a port; set {name} to a number from 1 to 65535")
    return int(text)
