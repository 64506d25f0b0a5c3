"""Texts that Twilio took and whose reports were lost: it is asked, a few times, and what follows is done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx

from sms_service import clockwork, outbox, reconciling
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway, GatewayError
from tests import people
from tests.sms_service.wire import MESSAGES, accepted, listing, message

SID = f"SM{1:032x}"
ONE = MESSAGES.replace(".json", f"/{SID}.json")


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as wire:
        wire.post(MESSAGES, name="send").mock(return_value=accepted())
        wire.get(ONE, name="one").mock(return_value=now("sent"))
        wire.get(url__startswith=MESSAGES, name="list").mock(return_value=listing([]))
        yield wire


@pytest.fixture
async def gateway(rt: Runtime, twilio: respx.MockRouter) -> AsyncIterator[Gateway]:
    """Twilio, which has Ada's check-in."""
    await people.program(rt)
    await people.join(rt)
    await people.rows(rt, "update outbox set state = 'delivered' returning id")
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    made = Gateway(rt.settings)
    await outbox.deliver(rt, made)
    yield made
    await made.close()


def now(status: str, code: int | None = None) -> httpx.Response:
    return httpx.Response(200, json=message("Hi", sid=SID, status=status, code=code))


async def pass_hours(rt: Runtime, hours: int) -> None:
    move = """update outbox set sent_at = sent_at - make_interval(hours => :h),
              next_attempt_at = next_attempt_at - make_interval(hours => :h) returning id"""
    await people.rows(rt, move, h=hours)


async def states(rt: Runtime) -> list[tuple[object, ...]]:
    return await people.rows(rt, "select state, error_code from outbox where sid = :sid", sid=SID)


async def test_a_text_without_a_report_is_moved_to_where_twilio_has_it(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    twilio["one"].mock(return_value=now("delivered"))
    await reconciling.reconcile(rt, gateway)
    assert not twilio["one"].called
    await pass_hours(rt, 1)
    assert await reconciling.reconcile(rt, gateway) == 1
    assert await states(rt) == [("delivered", None)]


async def test_a_lost_code_has_its_consequences(rt: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> None:
    await pass_hours(rt, 1)
    twilio["one"].mock(return_value=now("undelivered", 30006))
    await reconciling.reconcile(rt, gateway)
    assert await states(rt) == [("undelivered", 30006)]
    assert await people.one(rt, "select unreachable from participants") == "landline"


@pytest.mark.parametrize("answer", [now("sent"), httpx.Response(404, json={"code": 20404})])
async def test_each_text_is_asked_about_three_times(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter, answer: httpx.Response
) -> None:
    twilio["one"].mock(return_value=answer)
    asked = []
    for hour in range(60):
        await reconciling.reconcile(rt, gateway)
        if len(asked) < twilio["one"].call_count:
            asked.append(hour)
        await pass_hours(rt, 1)
    assert asked == [1, 6, 24]


async def test_with_twilio_away_it_is_asked_again_soon(rt: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> None:
    await pass_hours(rt, 1)
    twilio["one"].mock(side_effect=httpx.ConnectError("refused"))
    with pytest.raises(GatewayError):
        await reconciling.reconcile(rt, gateway)
    await pass_hours(rt, 1)
    twilio["one"].mock(side_effect=None, return_value=now("delivered"))
    await reconciling.reconcile(rt, gateway)
    assert await states(rt) == [("delivered", None)]
