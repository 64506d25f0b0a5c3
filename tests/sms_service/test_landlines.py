"""A number that takes no texts is called only where its person has agreed to calls, and they can do that in a call."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sms_service import clockwork, statuses
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from tests import people
from tests.people import rows
from tests.sms_service.telephone import CODE, Telephone, join_with_code, last, telephone

WAITING = "select kind from outbox where origin = 'appointment' and state = 'ready'"


@pytest.fixture
async def phone(rt: Runtime) -> AsyncIterator[Telephone]:
    """Ada has joined and chosen a code."""
    await join_with_code(rt)
    async with telephone(rt) as found:
        yield found


async def a_text_is_refused(rt: Runtime) -> None:
    """Have the next check-in answered by the code for landlines."""
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    ((row,),) = await rows(rt, "select id from outbox where origin = 'appointment' order by id desc limit 1")
    await statuses.take(rt, [Status(row, people.sid(), "undelivered", 30006)])  # type: ignore[arg-type]
    assert await people.one(rt, "select unreachable from participants") == "landline"


async def next_check_in(rt: Runtime) -> list[tuple[object, ...]]:
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    return await rows(rt, WAITING)


async def test_who_dials_in_from_a_landline_agrees_to_calls_and_is_called(phone: Telephone, rt: Runtime) -> None:
    await a_text_is_refused(rt)
    await phone.calls()
    await phone.keys("1", CODE)
    assert last(await phone.says("phone"))[-1].startswith("May this line call you with an automated voice")
    said = last(await phone.keys("1"))
    assert said[0].startswith("Saved. Your check-in comes as a call, next on ")
    assert "How often did you feel drained" in said[-1]
    assert await rows(rt, "select id from outbox where kind = 'call'") == []
    await phone.does("hangup")
    assert await people.one(rt, "select unreachable from participants") == "landline"
    assert await next_check_in(rt) == [("call",)]


async def test_who_has_not_agreed_to_calls_is_not_called(phone: Telephone, rt: Runtime) -> None:
    await a_text_is_refused(rt)
    assert await next_check_in(rt) == [("text",)]


@pytest.mark.parametrize("words", [["TEXT"]])
async def test_who_took_it_back_is_not_called(phone: Telephone, rt: Runtime, words: list[str]) -> None:
    await people.texts(rt, ["PHONE", "1", *words])
    await a_text_is_refused(rt)
    assert await next_check_in(rt) == [("text",)]
