"""Calls begin at a pace of their own: more of them would wait at Twilio, where nobody looks at the hour again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
import respx

from sms_service import clockwork, outbox, senders
from sms_service.runtime import Runtime
from sms_service.throttle import Bucket
from sms_service.twilio.client import Gateway
from tests import people
from tests.conftest import SID
from tests.sms_service.telephone import CODE, join_with_code
from tests.sms_service.wire import MESSAGES, accepted, refused

CAL = "+17575550177"
CALLS = f"http://twilio.test/2010-04-01/Accounts/{SID}/Calls.json"


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as wire:
        wire.post(MESSAGES, name="texts").mock(side_effect=[accepted(n) for n in range(1, 9)])
        taken = [httpx.Response(201, json={"sid": f"CA{n:032x}", "status": "queued"}) for n in range(1, 9)]
        wire.post(CALLS, name="calls").mock(side_effect=taken)
        yield wire


@pytest.fixture
async def due(rt: Runtime) -> Runtime:
    """Ada and Ben are to be called, and Cal gets a text, all at the same minute."""
    await join_with_code(rt)
    await people.texts(rt, ["PHONE", "1"])
    await people.join(rt, people.BEN)
    await people.texts(rt, ["PIN", CODE, "PHONE", "1"], number=people.BEN)
    await people.join(rt, CAL)
    await people.rows(rt, "update senders set segments_per_second = 100, calls_per_second = 0.01 returning number")
    (first,) = (await people.rows(rt, "select max(due_at) from appointments where kind = 'check-in'"))[0]
    await people.rows(rt, "update appointments set due_at = :at where kind = 'check-in' returning id", at=first)
    await people.move_to(rt, first + timedelta(seconds=1))  # type: ignore[operator]
    await clockwork.tick(rt)
    assert await people.rows(
        rt, "select kind, count(*) from outbox where state = 'ready' group by kind order by kind"
    ) == [("call", 2), ("text", 1)]
    return rt


async def test_calls_wait_for_their_own_pace_and_hold_no_text_up(
    due: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter
) -> None:
    for _ in range(3):
        await outbox.deliver(due, gateway, bucket)
    assert (twilio["texts"].call_count, twilio["calls"].call_count) == (1, 1)
    assert bucket.wait == pytest.approx(100, abs=2)
    await people.rows(due, "update senders set calls_per_second = 100 returning number")
    bucket.redis.flushdb()
    await outbox.deliver(due, gateway, bucket)
    assert twilio["calls"].call_count == 2


async def test_the_days_limit_of_texts_is_none_of_calls(
    due: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter
) -> None:
    await people.rows(due, "update senders set segments_per_day = 1, calls_per_second = 100 returning number")
    await outbox.deliver(due, gateway, bucket)
    await people.join(due, "+17575550178")
    await outbox.deliver(due, gateway, bucket)
    assert twilio["calls"].call_count == 2


async def test_a_stopped_sender_is_tried_with_a_text_before_a_call(
    due: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter
) -> None:
    stopped = """
        update senders set stopped_reason = '20003: no account', stopped_at = now() - interval '1 hour' returning 1
    """
    await people.rows(due, stopped)
    twilio["texts"].mock(side_effect=[refused(20003, 401)] * 3)
    await outbox.deliver(due, gateway, bucket)
    assert (twilio["texts"].call_count, twilio["calls"].call_count) == (1, 0)
    await people.rows(due, "update outbox set state = 'dropped' where kind = 'text' and state = 'ready' returning 1")
    await people.rows(due, stopped)
    await outbox.deliver(due, gateway, bucket)
    assert (twilio["texts"].call_count, twilio["calls"].call_count) == (1, 1)


@pytest.mark.parametrize(("code", "calls"), [(21705, 2), (21606, 2), (30034, 2), (21212, 0), (30002, 0)])
async def test_a_fault_of_texts_alone_stops_no_call_and_no_call_ends_it(
    due: Runtime, gateway: Gateway, bucket: Bucket, twilio: respx.MockRouter, code: int, calls: int
) -> None:
    await people.rows(due, "update senders set calls_per_second = 100 returning number")
    async with due.begin() as (connection, _):
        await senders.stop(connection, [people.SENDER], f"{code}: so it is", due.real())
    await outbox.deliver(due, gateway, bucket)
    assert (twilio["texts"].call_count, twilio["calls"].call_count) == (0, calls)
    assert await people.one(due, "select stopped_reason from senders") == f"{code}: so it is"
