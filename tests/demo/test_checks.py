"""What the demo looks at before it starts anything, and the one line it says."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from sms_service.demo import checks
from sms_service.demo.checks import Machine, Plan
from sms_service.demo.errors import DemoError, folder_error
from sms_service.demo.ports import is_free, must_be_free
from tests.ports import free_port


@pytest.mark.parametrize(
    "machine",
    [Machine("Linux", "x86_64", "glibc"), Machine("Linux", "aarch64", "glibc"), Machine("Darwin", "arm64", "")],
)
def test_a_machine_with_wheels_is_taken(machine: Machine) -> None:
    checks.machine_is_supported(machine, {})


@pytest.mark.parametrize(
    "machine",
    [Machine("Linux", "x86_64", "musl"), Machine("Linux", "riscv64", "glibc"), Machine("FreeBSD", "amd64", "")],
)
def test_a_machine_without_wheels_is_pointed_to_servers_of_its_own(machine: Machine) -> None:
    with pytest.raises(DemoError, match="set DATABASE_URL and REDIS_URL"):
        checks.machine_is_supported(machine, {"DATABASE_URL": "postgresql://elsewhere/sms"})
    own = {"DATABASE_URL": "postgresql://elsewhere/sms", "REDIS_URL": "redis://elsewhere"}
    checks.machine_is_supported(machine, own)


def test_the_plan_comes_from_the_environment() -> None:
    clock = free_port()
    chosen = {"PORT": "9000", "EMULATOR_PORT": "9100", "CLOCK_PORT": str(clock), "DATA_DIR": "/somewhere/else"}
    assert checks.plan(chosen) == Plan(9000, 9100, clock, Path("/somewhere/else"))


def test_the_clock_gets_the_first_free_port_after_the_emulator() -> None:
    with socket.socket() as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        plan = checks.plan({"EMULATOR_PORT": str(port - 1), "PORT": str(port + 1)})
    assert plan.clock_port > port + 1


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "80 80", "٨٠٨٠"])
def test_a_port_that_is_none_is_said_by_name_and_value(value: str) -> None:
    with pytest.raises(DemoError, match=f"PORT={value} is not a port"):
        checks.plan({"PORT": value})


def test_a_busy_port_is_said_by_name_and_number() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(DemoError, match=f"EMULATOR_PORT={port} is in use .*; set EMULATOR_PORT to a free port"):
            must_be_free("EMULATOR_PORT", port)
    assert is_free(port)


def test_all_busy_ports_are_said_at_once(folder: Path) -> None:
    with socket.socket() as one, socket.socket() as other:
        for held in (one, other):
            held.bind(("127.0.0.1", 0))
            held.listen()
        first, second = one.getsockname()[1], other.getsockname()[1]
        with pytest.raises(DemoError, match=f"^PORT={first} is in use .*; EMULATOR_PORT={second} is in use .*"):
            checks.ports_are_free(Plan(first, second, free_port(), folder))


def test_one_port_for_two_is_refused(folder: Path) -> None:
    port = free_port()
    with pytest.raises(DemoError, match=f"PORT and EMULATOR_PORT are both {port}"):
        checks.ports_are_free(Plan(port, port, free_port(), folder))


def test_a_folder_is_made_with_its_logs_and_left_clean(folder: Path) -> None:
    checks.folder_is_usable(folder / "new" / "data")
    assert [path.name for path in (folder / "new" / "data").iterdir()] == ["logs"]


def test_a_folder_that_cannot_be_written_is_said_by_name(folder: Path) -> None:
    (folder / "shut").mkdir(mode=0o500)
    was = os.geteuid()
    try:
        if was == 0:
            os.seteuid(65534)  # for root, no folder is shut
        with pytest.raises(DemoError, match=r"DATA_DIR=.*shut.*\(Permission denied\); set DATA_DIR to"):
            checks.folder_is_usable(folder / "shut" / "data")
    finally:
        os.seteuid(was)


def test_a_file_where_the_folder_should_be_is_said(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(DemoError, match=r"DATA_DIR=.*file.*Not a directory"):
        checks.folder_is_usable(folder / "file")


def test_a_full_disk_is_said_as_one() -> None:
    said = folder_error(OSError(errno.ENOSPC, "x"), Path("/data"))
    assert str(said) == "/data: the disk is full; free some space or set DATA_DIR to a folder on another disk"
