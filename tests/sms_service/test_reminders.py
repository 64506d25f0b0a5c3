"""A reminder is of a check-in that went out a while ago: never beside it, and never of one that did not come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest
import respx

from sms_service import call_ends, clockwork, outbox, reminders, senders
from sms_service.runtime import Runtime, new_id
from sms_service.twilio.client import Gateway
from tests import people
from tests.conftest import SID
from tests.sms_service.wire import MESSAGES, accepted

CALLS = f"http://twilio.test/2010-04-01/Accounts/{SID}/Calls.json"
MINUTE = timedelta(minutes=1)
NOT_OUT = [("dropped", reminders.NOT_OUT)]
KEPT = [("done", None)]
FOLLOWED = """
    insert into outbox (id, participant_id, enrolment_id, sender, asked_for, priority, segments, origin, origin_id, n,
        state, created_at, next_attempt_at, late_seconds)
    select :id, participant_id, enrolment_id, sender, false, 2, 1, :way, id, 0, :state, created_at, now(), 0
    from outbox where not asked_for order by id desc limit 1
"""


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as wire:
        wire.post(MESSAGES, name="send").mock(side_effect=[accepted(n) for n in range(1, 9)])
        wire.post(CALLS, name="call").mock(return_value=httpx.Response(201, json={"sid": "CA" + "7" * 32}))
        yield wire


async def joined(rt: Runtime, *hours: int) -> datetime:
    """Ada has joined, and her check-in is due; she is to be reminded after so many hours."""
    await people.program(rt, remind_hours=hours)
    await people.join(rt)
    return await people.move_to_due(rt, "check-in")


async def became(rt: Runtime, kind: str) -> list[tuple[object, ...]]:
    """Keep an appointment at its moment and return what became of it."""
    await people.move_to_due(rt, kind)
    await clockwork.tick(rt)
    return await people.rows(
        rt, "select state, reason from appointments where kind = :kind and state <> 'due' ", kind=kind
    )


async def end(rt: Runtime, state: str) -> None:
    """Have what waits to be sent end so."""
    async with rt.begin() as (connection, _):
        await connection.execute(people.sql("update outbox set state = :state where state = 'ready'"), {"state": state})


async def follow(rt: Runtime, way: str, state: str) -> None:
    """Have another row follow from the last that was not asked for."""
    async with rt.begin() as (connection, _):
        values = {"id": new_id(), "way": way, "state": state}
        await connection.execute(people.sql(FOLLOWED), values)


@pytest.mark.parametrize("fault", ["the number is stopped", "Twilio is away", "no call is placed"])
async def test_after_a_day_away_the_check_in_comes_by_itself(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter, fault: str
) -> None:
    due = await joined(rt, 24, 48)
    if fault == "no call is placed":
        await people.texts(rt, ["PIN", "4821", "PHONE", "1"])
    if fault == "Twilio is away":
        twilio["send"].mock(side_effect=httpx.ConnectError("away"))
    else:
        async with rt.begin() as (connection, _):
            await senders.stop(connection, [people.SENDER], "20003: refused", rt.real())
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    assert await became(rt, "reminder-1") == NOT_OUT
    await people.move_to(rt, due + timedelta(hours=24, minutes=30))
    twilio["send"].mock(side_effect=[accepted(n) for n in range(1, 9)])
    before = twilio.calls.call_count
    async with rt.begin() as (connection, _):
        await senders.start(connection, [people.SENDER], rt.real())
        await connection.execute(people.sql("update outbox set next_attempt_at = now() where state = 'ready'"))
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    assert twilio.calls.call_count - before == 1
    assert await became(rt, "reminder-2") == KEPT


@pytest.mark.parametrize(
    ("hours", "late", "reminded"),
    [
        (24, timedelta(hours=20) - MINUTE, True),
        (24, timedelta(hours=20) + MINUTE, False),
        (2, timedelta(hours=1) - MINUTE, True),
        (2, timedelta(hours=1) + MINUTE, False),
    ],
)
async def test_a_reminder_leaves_its_check_in_room(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter, hours: int, late: timedelta, *, reminded: bool
) -> None:
    """Four hours, or half of what was to lie between."""
    due = await joined(rt, hours)
    await clockwork.tick(rt)
    await people.move_to(rt, due + late)
    await outbox.deliver(rt, gateway)
    assert await became(rt, "reminder-1") == (KEPT if reminded else NOT_OUT)


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(
    ("back", "second"), [(timedelta(hours=3) - MINUTE, KEPT), (timedelta(hours=3) + MINUTE, NOT_OUT), (None, NOT_OUT)]
)
async def test_two_reminders_never_leave_together(
    rt: Runtime,
    gateway: Gateway,
    twilio: respx.MockRouter,
    back: timedelta | None,
    second: list[tuple[object, ...]],
    *,
    begun: bool,
) -> None:
    """They are six hours apart, and Twilio is away when the first is due, and back after a while: after both, last."""
    await joined(rt, 24, 30)
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    if begun:
        await people.texts(rt, ["GO", "2"])
    twilio["send"].mock(side_effect=httpx.ConnectError("away"))
    assert await became(rt, "reminder-1") == KEPT
    await outbox.deliver(rt, gateway)
    first = await people.now(rt)
    if back is not None:
        await people.move_to(rt, first + back)
        await come_back(rt, gateway, twilio)
    assert await became(rt, "reminder-2") == second
    await come_back(rt, gateway, twilio)
    texts = "select count(*) from outbox where origin = 'appointment' and state = 'accepted'"
    assert await people.one(rt, texts) == (3 if second == KEPT else 2)


async def come_back(rt: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> None:
    """Have Twilio be there again, and whatever waits be sent."""
    twilio["send"].mock(side_effect=[accepted(n) for n in range(20 + twilio.calls.call_count, 99)])
    await deliver_again(rt, gateway)


@pytest.mark.parametrize(
    ("state", "second"),
    [*((ended, KEPT) for ended in ("failed", "undelivered", "dropped")), ("held", NOT_OUT), ("unknown", NOT_OUT)],
)
async def test_only_a_reminder_that_may_still_come_keeps_the_next_one_back(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter, state: str, second: list[tuple[object, ...]]
) -> None:
    await joined(rt, 24, 30)
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    assert await became(rt, "reminder-1") == KEPT
    await end(rt, state)
    assert await became(rt, "reminder-2") == second


@pytest.mark.parametrize("state", ["failed", "undelivered", "dropped", "held", "unknown", "sending"])
async def test_a_check_in_that_is_not_out_is_never_reminded_of(rt: Runtime, state: str) -> None:
    await joined(rt, 24, 48)
    await clockwork.tick(rt)
    await end(rt, state)
    for kind in ("reminder-1", "reminder-2"):
        assert await became(rt, kind) == NOT_OUT


@pytest.mark.parametrize(
    ("own", "ways", "reminded"),
    [
        ("undelivered", [("again", "sent")], True),
        ("undelivered", [("again", "ready")], False),
        ("delivered", [("missed call", "accepted")], True),
        ("delivered", [("missed call", "ready")], False),
        ("delivered", [("again", "delivered"), ("missed call", "failed")], False),
        ("delivered", [("missed call", "failed"), ("again", "delivered")], True),
    ],
)
async def test_what_came_last_of_a_check_in_is_what_counts(
    rt: Runtime, own: str, ways: list[tuple[str, str]], *, reminded: bool
) -> None:
    """A copy of its text, a second call, the text after a call that nobody took."""
    await joined(rt, 24)
    await clockwork.tick(rt)
    await end(rt, own)
    for way, state in ways:
        await follow(rt, way, state)
    assert await became(rt, "reminder-1") == (KEPT if reminded else NOT_OUT)


@pytest.mark.parametrize(("hours", "reminded"), [(25, True), (27, False)])
async def test_the_text_after_a_call_counts_from_when_it_went_out(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter, hours: int, *, reminded: bool
) -> None:
    due = await joined(rt, 30)
    await people.texts(rt, ["PIN", "4821", "PHONE", "1"])
    await people.move_to(rt, due + timedelta(minutes=30))
    await clockwork.tick(rt)
    twilio["call"].mock(side_effect=[httpx.Response(201, json={"sid": f"CA{n:032x}"}) for n in (1, 2)])
    for n in (1, 2):
        await deliver_again(rt, gateway)
        row = await people.one(rt, "select id from outbox where kind = 'call' order by id desc limit 1")
        assert isinstance(row, UUID)
        await call_ends.take(rt, [call_ends.End(row, f"CA{n:032x}", "no-answer")])
    await people.move_to(rt, due + timedelta(hours=hours))
    await deliver_again(rt, gateway)
    assert (twilio["call"].call_count, twilio["send"].call_count) == (2, 1)
    assert await became(rt, "reminder-1") == (KEPT if reminded else NOT_OUT)


async def deliver_again(rt: Runtime, gateway: Gateway) -> None:
    """Send whatever waits, also what waits for its next try."""
    async with rt.begin() as (connection, _):
        await connection.execute(people.sql("update outbox set next_attempt_at = now() where state = 'ready'"))
    await outbox.deliver(rt, gateway)


@pytest.mark.parametrize(
    ("new", "reminded"), [('{"remind_hours": [30, 40]}', [24, 40]), ('{"remind_hours": [12], "window_hours": 20}', [])]
)
async def test_of_an_open_check_in_what_follows_the_next_reminder_goes_by_the_new_hours(
    rt: Runtime, new: str, reminded: list[int]
) -> None:
    """As the preview of a schedule says."""
    due = await joined(rt, 24, 48)
    await clockwork.tick(rt)
    await people.send_out(rt)
    closing = await people.one(rt, "select due_at from appointments where kind = 'expiry'")
    await people.rows(rt, "update programs set settings = settings || cast(:new as jsonb) returning id", new=new)
    for hour in range(1, 60):
        await people.move_to(rt, due + timedelta(hours=hour, minutes=1))
        await clockwork.tick(rt)
        await people.send_out(rt)
    sent = "select due_at from appointments where kind like 'reminder%' and state = 'done' order by 1"
    assert [(at - due) // timedelta(hours=1) for (at,) in await people.rows(rt, sent)] == reminded  # type: ignore[operator]
    assert await people.one(rt, "select due_at from appointments where kind = 'expiry'") == closing
