"""Being called, at the real service and through the emulator's telephone: taken, missed, ended for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import respx

from sms_service import clockwork, outbox, why
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.people import rows
from tests.sms_service.carrier import Carrier
from tests.sms_service.telephone import CODE, join_with_code, last, telephone, weeks


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    """Ada has joined and chosen a code."""
    await join_with_code(rt)
    return rt


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


@pytest.fixture
async def by_phone(joined: Runtime) -> Runtime:
    """Ada is called for her check-in."""
    await people.texts(joined, ["PHONE", "1"])
    return joined


async def due(rt: Runtime, gateway: Gateway) -> None:
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)


async def test_a_check_in_comes_as_a_call(by_phone: Runtime, gateway: Gateway, wire: respx.MockRouter) -> None:
    async with telephone(by_phone, wire) as phone:
        phone.ring()
        await due(by_phone, gateway)
        await phone.rings()
        row = await phone.does("answer")
        assert last(row)[0].startswith("Hello. This is Tide, an automated call.")
        row = await phone.keys("1", CODE)
        assert "drained" in last(row)[-1]
        await phone.keys("2", "2", "2", "2")
        await phone.does("hangup")
    assert await rows(by_phone, "select kind, state from outbox where origin <> 'message'") == [("call", "delivered")]
    (week,) = await weeks(by_phone)
    assert week["drained"] == 1


async def test_a_machine_is_told_nothing_but_whom_to_call(
    by_phone: Runtime, gateway: Gateway, wire: respx.MockRouter
) -> None:
    async with telephone(by_phone, wire) as phone:
        phone.ring()
        await due(by_phone, gateway)
        await phone.rings()
        row = await phone.does("answer", by="machine")
        assert last(row) == ["Hello, a message from Tide. Please call 7 5 7 5 5 5 0 1 0 0 when it suits you. Goodbye."]
        assert row["status"] == "completed"
        calls = await rows(by_phone, "select state, origin from outbox where kind = 'call' order by id")
        assert calls == [("delivered", "appointment"), ("ready", "again")]


async def test_nobody_twice_and_the_check_in_comes_as_a_text(
    by_phone: Runtime, gateway: Gateway, wire: respx.MockRouter
) -> None:
    async with telephone(by_phone, wire) as phone:
        phone.ring()
        await due(by_phone, gateway)
        await phone.rings()
        await phone.does("decline", status="busy")
        await people.rows(by_phone, "update outbox set next_attempt_at = now() where state = 'ready' returning id")
        await outbox.deliver(by_phone, gateway)
        first = phone.sid
        assert await phone.rings() != first
        await phone.does("decline", status="no-answer")
    found = await rows(by_phone, "select kind, state, origin from outbox where origin <> 'message' order by id")
    assert found == [
        ("call", "delivered", "appointment"),
        ("call", "delivered", "again"),
        ("text", "ready", "missed call"),
    ]


async def test_nine_ends_the_calls_and_only_the_calls(
    by_phone: Runtime, gateway: Gateway, wire: respx.MockRouter
) -> None:
    async with telephone(by_phone, wire) as phone:
        phone.ring()
        await due(by_phone, gateway)
        await phone.rings()
        await phone.does("answer")
        row = await phone.keys("9")
        assert last(row)[-1].startswith("You will get no more calls from this line. Texts go on as they are.")
    assert await people.one(by_phone, "select count(*) from consents where kind = 'calls'") == 2
    assert await people.one(by_phone, "select count(*) from opt_outs where opted_out") == 0
    assert "nothing was" not in (await people.text(by_phone, "PHONE"))[0]
    assert (await people.text(by_phone, "TEXT"))[0].startswith("Your check-ins come by text already")


async def test_phone_in_the_middle_of_a_check_in_rings_at_once(
    by_phone: Runtime, gateway: Gateway, wire: respx.MockRouter
) -> None:
    await people.texts(by_phone, ["CHECKIN", "2"])
    assert (await people.text(by_phone, "PHONE"))[0].startswith("We're calling you now")
    async with telephone(by_phone, wire) as phone:
        phone.ring()
        await outbox.deliver(by_phone, gateway)
        await phone.rings()
        await phone.does("answer")
        assert "numb" in last(await phone.keys("1", CODE))[-1]


async def test_a_call_that_is_no_longer_needed_is_not_placed(
    by_phone: Runtime, gateway: Gateway, wire: respx.MockRouter
) -> None:
    await people.move_to_due(by_phone, "check-in")
    await clockwork.tick(by_phone)
    await people.texts(by_phone, ["CHECKIN", "1", "1", "1", "1"])
    async with telephone(by_phone, wire):
        await outbox.deliver(by_phone, gateway)
    assert await rows(by_phone, "select state, reason from outbox where kind = 'call'") == [
        ("dropped", "no longer needed")
    ]


async def test_reports_out_of_order_repeated_and_of_nobody_change_nothing(
    by_phone: Runtime, gateway: Gateway, wire: respx.MockRouter
) -> None:
    async with telephone(by_phone, wire) as phone:
        phone.ring()
        await due(by_phone, gateway)
        await phone.rings()
        ((row,),) = await rows(by_phone, "select id from outbox where kind = 'call'")
        carrier = Carrier(by_phone.settings, phone.service)

        async def report(status: str, o: object = row, sid: str = phone.sid) -> int:
            pairs = [("CallSid", sid), ("CallStatus", status), ("AccountSid", by_phone.settings.twilio_account_sid)]
            return (await carrier.post(f"/twilio/voice/status?o={o}", pairs)).status_code

        assert await report("no-answer", sid="CA" + "d" * 32) == 204
        assert await report("no-answer", o="01890000-0000-7000-8000-000000000000") == 204
        assert await report("no-answer", o="") == 204
        assert await report("no-answer") == 204
        assert await report("ringing") == 204
        assert await report("no-answer") == 204
        assert await report("completed") == 204
    found = await rows(by_phone, "select state, origin from outbox where kind = 'call' order by id")
    assert found == [("delivered", "appointment"), ("ready", "again")]


async def test_calls_keep_to_the_hours_and_to_stop(by_phone: Runtime, gateway: Gateway, wire: respx.MockRouter) -> None:
    moment = await people.move_to_due(by_phone, "check-in")
    await clockwork.tick(by_phone)
    await people.move_to(by_phone, moment + timedelta(hours=11))
    async with telephone(by_phone, wire):
        await outbox.deliver(by_phone, gateway)
    assert await rows(by_phone, "select state, reason from outbox where kind = 'call'") == [("held", "quiet hours")]
    await people.text(by_phone, "STOP")
    assert await rows(by_phone, "select state, reason from outbox where kind = 'call'") == [("dropped", "opted out")]


@pytest.mark.parametrize("taken", [True, False])
async def test_whether_somebody_took_a_call_is_told_to_nobody(
    by_phone: Runtime, gateway: Gateway, wire: respx.MockRouter, taken: bool
) -> None:
    async with telephone(by_phone, wire) as phone:
        phone.ring()
        await due(by_phone, gateway)
        await phone.rings()
        if taken:
            await phone.does("answer")
            await phone.keys("1", CODE, "1", "1", "1", "1")
            await phone.does("hangup")
        else:
            await phone.does("decline", status="no-answer")
    async with by_phone.begin() as (connection, now):
        who = await why.find(by_phone, connection, people.ADA)
        (story,) = await why.tell(connection, who, None, now)
    assert [line.words for line in story.lines if line.what == "check-in"] == [
        "was sent, waits to be sent or was not needed"
    ]
