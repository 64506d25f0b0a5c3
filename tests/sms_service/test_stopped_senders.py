"""A stopped sender starts by itself with the first text that Twilio takes, whatever waits before that one.

What stops its calls too takes the place of what stopped its texts alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
import respx
import structlog
from sqlalchemy import text

from sms_service import clockwork, outbox, senders
from sms_service.runtime import Runtime
from sms_service.throttle import Bucket
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.telephone import join_with_code
from tests.sms_service.test_call_reconciling import ACCOUNT
from tests.sms_service.wire import MESSAGES, accepted, refused

TURN = timedelta(seconds=20)
TEXTING = [f"+1757555{n:04d}" for n in range(200, 205)]
REASON = "20003: Twilio does not accept the account or its token"
TEXTS_ONLY = "30034: the number is not registered to a campaign"
TEXTS = "select state, reason, count(*) from outbox where origin = 'appointment' group by 1, 2 order by 1"


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as wire:
        wire.post(MESSAGES, name="texts").mock(side_effect=[accepted(n) for n in range(1, 20)])
        called = httpx.Response(201, json={"sid": f"CA{1:032x}", "status": "queued"})
        wire.post(f"{ACCOUNT}/Calls.json", name="calls").mock(return_value=called)
        yield wire


@pytest.fixture
async def stopped(rt: Runtime) -> Runtime:
    """The check-ins of five people wait, and their sender, stopped a while ago, may be tried again."""
    await people.program(rt)
    for number in TEXTING:
        await people.join(rt, number)
    await _come_due(rt)
    await _stop(rt)
    return rt


async def _come_due(rt: Runtime) -> None:
    await people.rows(rt, "update senders set segments_per_second = 100, calls_per_second = 100 returning number")
    await people.move_to_due(rt, "check-in")
    last = await people.one(rt, "select max(due_at) from appointments where kind = 'check-in' and state = 'due'")
    assert isinstance(last, datetime)
    await people.move_to(rt, last + timedelta(seconds=1))
    await clockwork.tick(rt)


async def _stop(rt: Runtime, reason: str = REASON) -> None:
    async with rt.begin() as (connection, _):
        await senders.stop(connection, [people.SENDER], reason, rt.real() - senders.PROBE)


async def _make_useless(rt: Runtime, most: int, how: str = "stale_at = '2020-01-01Z'") -> None:
    """Have the texts that stand before the others be too late to be of use, or such that they cannot be sent."""
    query = f"""
        update outbox set {how}, next_attempt_at = now() - interval '1 hour' where id = any(array(
            select id from outbox where origin = 'appointment' and kind = 'text' order by id limit :most
        )) returning id
    """  # noqa: S608  (our own words)
    assert len(await people.rows(rt, query, most=most)) == most


async def test_useless_texts_keep_no_stopped_sender_from_starting(
    stopped: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter
) -> None:
    await _make_useless(stopped, 4)
    assert await outbox.deliver_all(stopped, gateway, bucket, TURN) == 5
    assert await people.one(stopped, "select stopped_reason from senders") is None
    assert await people.rows(stopped, TEXTS) == [("accepted", None, 1), ("dropped", "too late to be of use", 4)]


@pytest.mark.parametrize(("reason", "taken"), [(REASON, False), (TEXTS_ONLY, True)])
async def test_workers_side_by_side_try_once_after_the_useless_ones(
    stopped: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter, reason: str, taken: bool
) -> None:
    await people.rows(stopped, "update senders set stopped_reason = :reason returning number", reason=reason)
    await _make_useless(stopped, 3)
    if not taken:
        twilio["texts"].mock(side_effect=[refused(20003, 401)] * 9)
    for _ in range(2):
        await asyncio.gather(*(outbox.deliver_all(stopped, gateway, bucket, TURN) for _ in range(3)))
        assert twilio["texts"].call_count == 1
    assert await people.one(stopped, "select count(*) from outbox where state = 'dropped'") == 3


async def test_a_worker_that_waits_for_the_turn_holds_no_text(
    stopped: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter
) -> None:
    """Were one held, the text tried next would be some other than the first in line."""
    free = "select count(*) from (select from outbox where origin = 'appointment' for update skip locked) o"
    async with stopped.begin() as (other, _):
        await other.execute(text("select from senders for update"))
        sending = asyncio.create_task(outbox.deliver(stopped, gateway, bucket))
        while not await people.one_waits_for(other):
            assert not sending.done()
            await asyncio.sleep(0)
        assert (await other.execute(text(free))).scalar_one() == 5
    assert await sending == 1


async def test_texts_that_wait_for_the_morning_are_looked_at_once_and_take_no_turn(
    stopped: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter
) -> None:
    before = await people.one(stopped, "select stopped_at from senders")
    await people.rows(stopped, "update enrolments set quiet_start = '00:00', quiet_end = '23:59' returning id")
    await people.rows(stopped, "update appointments set due_at = due_at - interval '1 hour' returning id")
    assert await outbox.deliver_all(stopped, gateway, bucket, TURN) == 5
    assert await people.rows(stopped, TEXTS) == [("held", "quiet hours", 5)]
    assert twilio["texts"].call_count == 0
    assert await people.one(stopped, "select stopped_at from senders") == before


async def test_a_text_that_cannot_be_opened_takes_no_turn(
    stopped: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter
) -> None:
    await _make_useless(stopped, 4, "body = '\\x00'")
    assert await outbox.deliver_all(stopped, gateway, bucket, TURN) == 5
    assert twilio["texts"].call_count == 1
    assert await people.one(stopped, "select stopped_reason from senders") is None


async def test_no_call_is_tried_before_a_text_behind_a_useless_one(
    rt: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter
) -> None:
    await join_with_code(rt)
    await people.texts(rt, ["PHONE", "1"])
    for number in TEXTING[:2]:
        await people.join(rt, number)
    await _come_due(rt)
    await _stop(rt)
    await _make_useless(rt, 1)
    twilio["texts"].mock(side_effect=[refused(20003, 401)] * 3)
    await outbox.deliver_all(rt, gateway, bucket, TURN)
    assert (twilio["texts"].call_count, twilio["calls"].call_count) == (1, 0)


async def test_trouble_with_the_account_on_top_of_texts_alone_is_told_and_stops_the_calls(
    rt: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter
) -> None:
    await join_with_code(rt)
    await people.texts(rt, ["PHONE", "1"])
    await _come_due(rt)
    await _stop(rt, TEXTS_ONLY)
    twilio["calls"].mock(return_value=refused(20005, 403))
    with structlog.testing.capture_logs() as said:
        for _ in range(3):
            await outbox.deliver(rt, gateway, bucket)
            await people.rows(rt, "update outbox set next_attempt_at = now() where state = 'ready' returning id")
    assert twilio["calls"].call_count == 1
    assert [one["reason"] for one in said if one["event"] == "sender.stopped"] == ["20005: the account is not active"]
    assert await people.one(rt, "select stopped_reason from senders") == "20005: the account is not active"


@pytest.mark.parametrize("first", [TEXTS_ONLY, REASON])
async def test_what_is_of_texts_alone_takes_no_others_place(stopped: Runtime, first: str) -> None:
    await people.rows(stopped, "update senders set stopped_reason = :reason returning number", reason=first)
    with structlog.testing.capture_logs() as said:
        await _stop(stopped, TEXTS_ONLY)
        await _stop(stopped, "21705: the messaging service is unknown")
    assert said == []
    assert await people.one(stopped, "select stopped_reason from senders") == first
