"""`sms-service staff` and `audit`: accounts and the log at the command line."""

from __future__ import annotations

import asyncio
import io
import re
import sys

import pytest

from sms_service import cli
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.served import variables

Said = pytest.CaptureFixture[str]
PASSWORD = "a long enough password"


@pytest.fixture
async def desk(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    await people.program(rt)
    for name, value in variables(rt.settings).items():
        monkeypatch.setenv(name, value)
    cli.load.cache_clear()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n" * 3))
    return rt


async def run(*arguments: str) -> int:
    return await asyncio.to_thread(cli.main, list(arguments))


async def test_an_account_is_added_listed_closed_and_opened(desk: Runtime, capsys: Said) -> None:
    add = ("staff", "add", "Dora@checkin.test", "--name", "Dora", "--program", "tide", "--role", "administrator")
    assert await run(*add) == 0
    assert await run(*add) == 1
    assert "has an account already" in capsys.readouterr().err
    for act, state in (("disable", "closed"), ("enable", "open")):
        assert await run("staff", act, "dora@checkin.test") == 0
        capsys.readouterr()
        await run("staff", "list")
        assert capsys.readouterr().out == f"dora@checkin.test\tDora\tadministrator of tide\t{state}\n"
    assert await run("staff", "enable", "dora@checkin.test") == 1
    assert await run("staff", "disable", "nobody@checkin.test") == 1
    acts = await people.rows(desk, "select act, staff_id from audit order by n")
    assert acts == [("account.added", None), ("account.closed", None), ("account.opened", None)]


async def test_links_are_made_here_for_support_leads_too(desk: Runtime, capsys: Said) -> None:
    invite = ("staff", "invite", "sam@checkin.test", "--program", "tide", "--role", "support_lead")
    assert await run(*invite) == 0
    assert re.search(r": https://checkin\.test/console/link/[\w-]{43}$", capsys.readouterr().out)
    assert await people.rows(desk, "select role from staff_links") == [("support_lead",)]
    assert await run("staff", "invite", "nobody", "--program", "tide") == 1
    assert await run("staff", "invite", "sam@checkin.test", "--program", "none") == 1
    assert "there are: tide" in capsys.readouterr().err
    assert await run("staff", "reset", "sam@checkin.test") == 1
    await run("staff", "add", "dora@checkin.test", "--name", "Dora", "--program", "tide")
    assert await run("staff", "reset", "dora@checkin.test") == 0
    assert await run("staff", "invite", "dora@checkin.test", "--program", "tide") == 1


async def test_the_log_is_gone_through_and_listed(desk: Runtime, capsys: Said) -> None:
    assert await run("audit", "verify") == 0
    assert capsys.readouterr().out == "0 rows, each as it was written\n"
    for name in ("dora", "dan"):
        await run("staff", "add", f"{name}@checkin.test", "--name", name, "--program", "tide")
    capsys.readouterr()
    assert await run("audit", "verify") == 0
    assert re.fullmatch(r"2 rows, each as it was written\nThe last one's hash: [0-9a-f]{64}\n", capsys.readouterr().out)
    await run("audit", "list", "--last", "1")
    assert re.fullmatch(
        r"2\t[-0-9]{10} [0-9:]{8}Z\t-\taccount\.added\ttide\t[0-9a-f-]{36}:coordinator\n", capsys.readouterr().out
    )
    async with desk.begin() as (connection, _):
        await connection.execute(people.sql("set local session_replication_role = replica"))
        await connection.execute(people.sql("update audit set act = 'signed.in' where n = 1"))
    assert await run("audit", "verify") == 1
    assert "row 1 is not as it was written" in capsys.readouterr().out


async def test_an_administrator_needs_no_program_and_others_do(desk: Runtime, capsys: Said) -> None:
    assert await run("staff", "add", "dora@checkin.test", "--name", "Dora", "--role", "administrator") == 0
    assert "make their first program in the console" in capsys.readouterr().out
    assert await people.rows(desk, "select may_begin from staff") == [(True,)]
    assert await people.rows(desk, "select 1 from staff_roles") == []
    assert await run("staff", "add", "dan@checkin.test", "--name", "Dan", "--role", "auditor") == 1
    assert "--program is needed for the role auditor" in capsys.readouterr().err
    assert await people.rows(desk, "select count(*) from staff") == [(1,)]
