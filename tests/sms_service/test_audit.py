"""The audit log: only added to, in one chain, also when many write at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from sms_service import audit
from sms_service.runtime import Runtime, new_id

NOW = datetime(2026, 3, 5, 12, 15, tzinfo=UTC)


async def _note(rt: Runtime, act: str, about: str = "") -> None:
    async with rt.begin() as (connection, _):
        await audit.note(connection, staff_id=new_id(), act=act, program_id=None, about=about, now=NOW)


async def _verify(rt: Runtime) -> audit.Checked:
    async with rt.begin() as (connection, _):
        return await audit.verify(connection)


async def _forge(rt: Runtime, statement: str) -> None:
    """Change the log as only somebody with all rights over the database can."""
    async with rt.begin() as (connection, _):
        await connection.execute(text("set local session_replication_role = replica"))
        await connection.execute(text(statement))


async def test_an_empty_log_is_whole(rt: Runtime) -> None:
    assert await _verify(rt) == audit.Checked(0, None, "")


async def test_many_at_once_make_one_chain(rt: Runtime) -> None:
    async def four() -> None:
        for _ in range(4):
            await _note(rt, "signed.in")

    await asyncio.gather(*(four() for _ in range(10)))  # no more at once than there are connections
    checked = await _verify(rt)
    assert (checked.rows, checked.broken, len(checked.last)) == (40, None, 64)


@pytest.mark.parametrize("statement", ["update audit set act = 'other'", "delete from audit", "truncate audit"])
async def test_nothing_is_changed_or_taken_away(rt: Runtime, statement: str) -> None:
    await _note(rt, "signed.in")
    with pytest.raises(DBAPIError, match="only ever added to"):
        async with rt.begin() as (connection, _):
            await connection.execute(text(statement))
    assert (await _verify(rt)).rows == 1


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("update audit set act = 'other' where n = 3", 3),
        ("update audit set at = at + interval '1 second' where n = 1", 1),
        ("update audit set staff_id = null where n = 2", 2),
        ("update audit set program_id = staff_id where n = 2", 2),
        ("update audit set about = 'x' where n = 5", 5),
        ("delete from audit where n = 2", 2),
        ("update audit set n = n + 1 where n = 5", 5),
        ("insert into audit select 6, at, staff_id, program_id, act, about, hash from audit where n = 5", 6),
    ],
)
async def test_whoever_goes_around_that_is_found_out(rt: Runtime, statement: str, broken: int) -> None:
    for number in range(5):
        await _note(rt, "schedule.changed", str(number))
    await _forge(rt, statement)
    assert (await _verify(rt)).broken == broken


async def test_what_is_rolled_back_leaves_no_gap(rt: Runtime) -> None:
    await _note(rt, "signed.in")
    async with rt.engine.connect() as connection:
        await audit.note(connection, staff_id=None, act="x.y", program_id=None, about="", now=NOW)
        await connection.rollback()
    await _note(rt, "signed.out")
    assert await _verify(rt) == audit.Checked(2, None, (await _verify(rt)).last)
