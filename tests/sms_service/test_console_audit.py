"""The log's page: whose rows are shown to whom, the filters, the paging and the table to take away."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sms_service import audit
from sms_service.runtime import Runtime, new_id
from tests import people
from tests.sms_service.furnished import House, furnish

NOON = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)  # 12 in New York


@pytest.fixture
async def house(rt: Runtime) -> House:
    house = await furnish(rt)
    async with rt.begin() as (connection, _):
        await connection.execute(people.sql("set local session_replication_role = replica"))
        await connection.execute(people.sql("truncate audit"))
    return house


async def _programs(rt: Runtime) -> dict[str, UUID]:
    return {str(slug): UUID(str(id)) for slug, id in await people.rows(rt, "select slug, id from programs")}


async def _note(house: House, role: str, act: str, slug: str = "", about: str = "", at: datetime = NOON) -> None:
    program = (await _programs(house.rt))[slug] if slug else None
    async with house.rt.begin() as (connection, _):
        staff = house.staff[role] if role else None
        await audit.note(connection, staff_id=staff, act=act, program_id=program, about=about, now=at)


async def _shown(house: House, role: str, query: str = "") -> list[list[str]]:
    """Return the rows a role can take away."""
    async with house.browser(role) as web:
        answer = await web.get(f"/console/audit.csv{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, *rows = csv.reader(io.StringIO(answer.text))
    assert header == ["at", "who", "act", "program", "about"]
    return rows


async def _acts(house: House, role: str, query: str = "") -> list[str]:
    """Return the acts that a role is shown, without those of looking at them."""
    return [act for _, _, act, _, _ in await _shown(house, role, query) if act not in ("log.exported", "log.read")]


async def test_rows_of_ones_programs_and_ones_own_are_shown_and_no_others(house: House) -> None:
    await _note(house, "coordinator", "schedule.changed", "tide")
    await _note(house, "coordinator elsewhere", "resources.changed", "dune")
    await _note(house, "coordinator", "signed.in")
    await _note(house, "coordinator elsewhere", "signed.out")
    await _note(house, "", "account.added", "tide")
    for role in ("administrator", "auditor"):
        assert await _acts(house, role) == ["account.added", "signed.in", "schedule.changed"]
    assert await _acts(house, "auditor elsewhere") == ["signed.out", "resources.changed"]


async def test_nothing_tells_of_a_call(house: House) -> None:
    """How many calls there were, and when, would tell of those who are called."""
    await _note(house, "coordinator", "schedule.changed", "tide")
    for act in ("number.read", "call.taken", "call.closed"):
        await _note(house, "support_lead", act, "tide", str(new_id()))
    await _note(house, "support_lead", "signed.in")
    await _note(house, "support_lead", "account.changed")
    await people.rows(house.rt, "delete from staff_roles where role = 'support_lead' returning role")
    for role in ("administrator", "auditor"):
        assert await _acts(house, role) == ["schedule.changed"]
        async with house.browser(role) as web:
            page = (await web.get("/console/audit")).text
        assert not any(words in page for words in ("call.", "number.", "Took a call", "support_lead"))


async def test_an_act_and_a_day_are_found(house: House) -> None:
    for hours in (0, 11, 12, 36):
        await _note(house, "coordinator", "schedule.changed", "tide", at=NOON + timedelta(hours=hours))
    await _note(house, "coordinator", "signed.in", at=NOON)
    assert len(await _acts(house, "auditor", "?act=schedule.changed")) == 4
    assert len(await _acts(house, "auditor", "?act=schedule.changed&day=2026-03-05")) == 2
    assert len(await _acts(house, "auditor", "?day=2026-03-06")) == 1
    async with house.browser("auditor") as web:
        page = await web.get("/console/audit?day=2026-02-30&act=signed.in")
        assert (page.status_code, "Choose a day, such as 2026-03-12." in page.text) == (422, True)
        assert "There is nothing like that" in (await web.get("/console/audit?act=%27;--&page=7")).text


async def test_a_long_log_has_pages(house: House) -> None:
    await _note(house, "auditor", "log.read", at=house.rt.real())
    for minute in range(100):
        await _note(house, "coordinator", "schedule.changed", "tide", at=NOON + timedelta(minutes=minute))
    async with house.browser("auditor") as web:
        counts = [(await web.get(f"/console/audit?page={n}")).text.count("<tr>") - 1 for n in (1, 2, 3)]
        first, last = [(await web.get(f"/console/audit?page={n}")).text for n in (1, 3)]
    assert counts == [50, 50, 1]
    assert ("Older" in first, "Newer" in first, "Older" in last, "Newer" in last) == (True, False, False, True)
    assert len(await _acts(house, "auditor")) == 100


async def test_a_table_that_is_cut_off_says_so(house: House) -> None:
    values = {"s": house.staff["coordinator"], "p": (await _programs(house.rt))["tide"], "at": NOON}
    await people.rows(
        house.rt,
        """insert into audit (n, at, staff_id, program_id, act, about, hash)
           select n, cast(:at as timestamptz), cast(:s as uuid), cast(:p as uuid), 'play.saved', '', ''
           from generate_series(1, 50001) n returning 1""",
        **values,
    )
    rows = await _shown(house, "auditor")
    assert (len(rows), rows[-2][2], rows[-1][4][:33]) == (50_001, "play.saved", "These are the latest 50,000 rows.")
    assert await _shown(house, "auditor", "?day=2026-03-04") == []


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1"])
async def test_a_name_is_no_formula_in_the_table(house: House, name: str) -> None:
    values = {"n": name, "i": house.staff["auditor"]}
    await people.rows(house.rt, "update staff set name = :n where id = :i returning id", **values)
    await _note(house, "auditor", "signed.in")
    assert [who for _, who, *_ in await _shown(house, "auditor")] == [f"'{name}"]
    async with house.browser("auditor") as web:
        assert "Exported the log" in (await web.get("/console/audit")).text


async def test_reading_the_accounts_or_the_log_is_in_the_log_once_an_hour(house: House) -> None:
    account = f"/console/staff/{house.staff['coordinator']}"
    async with house.browser("administrator") as web, house.browser("auditor") as other:
        for path in ("/console/staff", account, "/console/audit", "/console/audit?page=2"):
            assert (await web.get(path)).status_code == 200
        await other.get("/console/audit")
    read = [[who.split()[0], act] for _, who, act, _, _ in await _shown(house, "administrator")]
    assert read == [["auditor", "log.read"], ["administrator", "log.read"], ["administrator", "accounts.read"]]
    async with house.rt.begin() as (connection, _):
        await connection.execute(people.sql("set local session_replication_role = replica"))
        await connection.execute(people.sql("update audit set at = at - interval '61 minutes'"))
    async with house.browser("administrator") as web:
        await web.get("/console/staff")
    assert (await _acts(house, "administrator")).count("accounts.read") == 2
