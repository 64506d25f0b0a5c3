"""PostgreSQL from the wheel: started by us, for us, keeping its data and its secrets."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from sms_service.demo.errors import DemoError
from sms_service.demo.postgres import Postgres


async def ask(server: Postgres, statement: str, *values: object) -> object:
    connection = await asyncpg.connect(server.url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement, *values)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def running(shared_folder: Path) -> Iterator[Postgres]:
    with Postgres(shared_folder / "pg", password="right", fast=True) as server:
        yield server


async def test_it_speaks_utf8_with_one_sorting_everywhere(running: Postgres) -> None:
    assert await ask(running, "show server_encoding") == "UTF8"
    assert await ask(running, "select upper('ñandú')") == "ÑANDÚ"
    assert await ask(running, "select 'Z' < 'a'") is True


async def test_it_asks_for_the_password(running: Postgres) -> None:
    wrong = running.url.replace("+asyncpg", "").replace("right", "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


async def test_no_value_reaches_its_log(running: Postgres, shared_folder: Path) -> None:
    await ask(running, "create table once (word text primary key)")
    await ask(running, "insert into once values ($1)", "a-planted-answer")
    with pytest.raises(asyncpg.UniqueViolationError, match="once_pkey"):
        await ask(running, "insert into once values ($1)", "a-planted-answer")
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await ask(running, "select 'a-planted-answer'::int")
    said = (shared_folder / "pg" / "postgres.log").read_text()
    assert "ready to accept connections" in said
    assert "planted" not in said


async def test_a_loop_of_the_caller_is_no_hindrance(running: Postgres) -> None:
    assert running.ready()


def test_a_port_that_is_taken_is_said(running: Postgres, folder: Path) -> None:
    second = Postgres(folder, port=running.port, fast=True)
    with pytest.raises(DemoError, match=f"PostgreSQL cannot listen on port {running.port}: another program"):
        second.start()


async def test_it_keeps_its_data_and_forces_it_to_disk(folder: Path) -> None:
    server = Postgres(folder / "pg")
    server.start()
    try:
        assert await ask(server, "show fsync") == "on"
        assert await ask(server, "show full_page_writes") == "on"
        await ask(server, "create table kept as select 'still here' as word")
    finally:
        server.stop()
    assert not server.ready()
    with server:
        assert await ask(server, "select word from kept") == "still here"


def test_another_password_than_the_one_it_was_made_with_is_said(folder: Path) -> None:
    with Postgres(folder, password="first", fast=True):
        pass
    with pytest.raises(DemoError, match=r"does not know the password that secrets\.json has"):
        Postgres(folder, password="second", fast=True).start()


def test_half_made_files_of_a_killed_start_are_made_anew(folder: Path) -> None:
    (folder / "cluster.new").mkdir()
    (folder / "cluster.new" / "PG_VERSION").write_text("18\n")
    with Postgres(folder, fast=True):
        assert not (folder / "cluster.new").exists()
        assert not (folder / "password.new").exists()


def test_a_pid_file_that_names_some_other_program_does_not_keep_it_from_starting(folder: Path) -> None:
    with Postgres(folder, password="kept", fast=True) as server:
        stale = server.home / "cluster" / "postmaster.pid"
        lines = stale.read_text().splitlines()
        assert server.leashed is not None
        account = server.leashed.child.account
    with subprocess.Popen(["sleep", "600"], user=account.uid if account else None) as stranger:
        stale.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        try:
            with Postgres(folder, password="kept", fast=True):
                pass
        finally:
            stranger.kill()


def test_a_start_that_fails_is_said_with_the_last_lines_of_the_log(folder: Path) -> None:
    with Postgres(folder, password="kept", fast=True) as server:
        version = server.home / "cluster" / "PG_VERSION"
    version.write_text("17\n")
    broken = Postgres(folder, password="kept", fast=True)
    with pytest.raises(DemoError, match=r"stopped while starting: .*incompatible with server.*postgres\.log"):
        broken.start()
    assert broken.leashed is None
