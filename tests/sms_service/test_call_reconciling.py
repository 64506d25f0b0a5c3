"""What became of a call that nobody reported on: Twilio is asked before one is placed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx

from sms_service import call_ends, clockwork, outbox, reconciling
from sms_service.call_ends import End
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.conftest import SID
from tests.people import rows
from tests.sms_service.wire import MESSAGES, listing

ACCOUNT = f"http://twilio.test/2010-04-01/Accounts/{SID}"
PLACED = "CA" + "7" * 32
CALLS = "select state, origin, sid from outbox where kind = 'call' order by id"


def call(status: str, *, number: str = people.ADA) -> dict[str, object]:
    """One call as Twilio lists it."""
    made = format_datetime(datetime.now(UTC))
    return {
        "sid": PLACED,
        "status": status,
        "from": people.SENDER,
        "to": number,
        "direction": "outbound-api",
        "date_created": made,
    }


def listed(*calls: dict[str, object]) -> httpx.Response:
    return httpx.Response(200, json={"calls": list(calls), "page": 0, "page_size": 50, "next_page_uri": None})


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as wire:
        wire.post(f"{ACCOUNT}/Calls.json", name="place").mock(side_effect=httpx.ReadTimeout("no answer"))
        wire.get(url__startswith=f"{ACCOUNT}/Calls.json", name="calls").mock(return_value=listed())
        wire.get(url__startswith=MESSAGES).mock(return_value=listing([]))
        yield wire


@pytest.fixture
async def due(rt: Runtime) -> Runtime:
    """Ada is called for her check-ins, and one is due."""
    await people.program(rt)
    await people.join(rt)
    await people.texts(rt, ["PIN", "4821", "PHONE", "1"])
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    return rt


async def now(rt: Runtime, state: str) -> None:
    await rows(rt, "update outbox set next_attempt_at = now() where state = :state returning id", state=state)


async def test_a_call_that_twilio_has_is_adopted_and_not_placed_again(
    due: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await outbox.deliver(due, gateway)
    assert await rows(due, CALLS) == [("unknown", "appointment", None)]
    twilio["calls"].mock(return_value=listed(call("ringing")))
    await now(due, "unknown")
    assert await reconciling.reconcile(due, gateway) == 1
    assert await rows(due, CALLS) == [("accepted", "appointment", PLACED)]
    await outbox.deliver(due, gateway)
    assert twilio["place"].call_count == 1


async def test_a_call_that_twilio_never_had_is_placed_again(
    due: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await outbox.deliver(due, gateway)
    await now(due, "unknown")
    assert await reconciling.reconcile(due, gateway) == 1
    assert await rows(due, CALLS) == [("ready", "appointment", None)]
    twilio["place"].mock(side_effect=None, return_value=httpx.Response(201, json=call("queued")))
    await outbox.deliver(due, gateway)
    assert await rows(due, CALLS) == [("accepted", "appointment", PLACED)]
    assert twilio["place"].call_count == 2


async def test_a_call_whose_end_was_never_reported_is_asked_about_and_made_once_more(
    due: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    twilio["place"].mock(side_effect=None, return_value=httpx.Response(201, json=call("queued")))
    await outbox.deliver(due, gateway)
    twilio.get(f"{ACCOUNT}/Calls/{PLACED}.json").mock(return_value=httpx.Response(200, json=call("no-answer")))
    earlier = due.real() - timedelta(hours=2)
    await rows(
        due, "update outbox set next_attempt_at = :at, sent_at = :at where kind = 'call' returning id", at=earlier
    )
    await reconciling.reconcile(due, gateway)
    assert [row[:2] for row in await rows(due, CALLS)] == [("delivered", "appointment"), ("ready", "again")]


@pytest.mark.parametrize("code", [21214, 21215, 13223])
async def test_a_number_that_cannot_be_called_gets_the_text(
    due: Runtime, gateway: Gateway, twilio: respx.MockRouter, code: int
) -> None:
    refusal = httpx.Response(400, json={"code": code, "message": "no", "status": 400})
    twilio["place"].mock(side_effect=None, return_value=refusal)
    await outbox.deliver(due, gateway)
    found = await rows(due, "select kind, state, origin from outbox where origin <> 'message' order by id")
    assert found == [("call", "failed", "appointment"), ("text", "ready", "missed call")]


async def test_what_is_no_number_gets_no_text_either(due: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> None:
    refusal = httpx.Response(400, json={"code": 21211, "message": "no", "status": 400})
    twilio["place"].mock(side_effect=None, return_value=refusal)
    await outbox.deliver(due, gateway)
    assert await rows(due, CALLS) == [("failed", "appointment", None)]
    assert await rows(due, "select id from outbox where origin = 'missed call'") == []


@pytest.mark.parametrize(("status", "state"), [("failed", "undelivered"), ("busy", "delivered")])
async def test_a_call_found_to_be_over_is_made_once_more(
    due: Runtime, gateway: Gateway, twilio: respx.MockRouter, status: str, state: str
) -> None:
    await outbox.deliver(due, gateway)
    twilio["calls"].mock(return_value=listed(call(status)))
    await now(due, "unknown")
    await reconciling.reconcile(due, gateway)
    assert await rows(due, CALLS) == [(state, "appointment", PLACED), ("ready", "again", None)]


@pytest.mark.parametrize("status", ["ringing", "completed"])
@pytest.mark.parametrize("told", ["by a report", "by Twilio's list"])
async def test_how_late_a_call_was_is_kept_however_it_became_known(
    due: Runtime, gateway: Gateway, twilio: respx.MockRouter, told: str, status: str
) -> None:
    await people.move_to(due, await people.now(due) + timedelta(minutes=10))
    await outbox.deliver(due, gateway)
    if told == "by a report":
        ((row,),) = await rows(due, "select id from outbox where kind = 'call'")
        await call_ends.take(due, [End(row, PLACED, status)])  # type: ignore[arg-type]
    else:
        twilio["calls"].mock(return_value=listed(call(status)))
        await now(due, "unknown")
        await reconciling.reconcile(due, gateway)
    late = "select late_seconds / 60 from outbox where kind = 'call' and sid is not null"
    assert await rows(due, late) == [(10,)]
