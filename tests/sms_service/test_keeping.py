"""Nothing ends somebody's check-ins by accident, and none comes too often: faults, lost texts, clocks and days off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sms_service import clockwork
from sms_service.runtime import Runtime
from tests import people

MONDAY = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
SAID = "select count(*) from outbox where origin = 'appointment'"


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    """Ada has joined on a Monday, three days before her first check-in."""
    await people.program(rt)
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    return rt


async def keep(rt: Runtime, kind: str = "check-in") -> datetime:
    due = await people.move_to_due(rt, kind)
    await clockwork.tick(rt)
    return due


async def do(rt: Runtime, *statements: str, **values: object) -> None:
    async with rt.begin() as (connection, _):
        for one in statements:
            await connection.execute(people.sql(one), values)


async def test_every_later_is_followed_by_a_text(joined: Runtime) -> None:
    await keep(joined)
    for said in (2, 3, 4):
        assert "Snoozed" in (await people.text(joined, "LATER in 2 hours"))[0]
        await keep(joined, "snooze")
        assert await people.one(joined, SAID) == said


async def test_a_follow_up_planned_twice_for_a_day_comes_twice(joined: Runtime) -> None:
    for said in (1, 2):
        await people.move_to(joined, MONDAY + timedelta(hours=said))
        await people.texts(joined, ["TIMEOFF", "3", "TIMEOFF", "3"])
        await keep(joined, "follow-up")
        query = SAID + " and origin_id in (select id from appointments where kind = 'follow-up' and state = 'done')"
        assert await people.one(joined, query) == 1
        query = "select count(*) from outbox where origin = 'appointment' and created_at > :from"
        assert await people.one(joined, query, **{"from": MONDAY + timedelta(days=27)}) >= said  # type: ignore[operator]
