"""Sending while something is wrong: with the sender, with a worker, with the hour, or with one call among many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
import respx
import structlog

from flows import Escalate
from sms_service import claiming, clockwork, outbox, statuses
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from sms_service.throttle import Bucket, Pace
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service import roster
from tests.sms_service.wire import MESSAGES, accepted, refused

TURN = timedelta(seconds=20)
OURS = "select state, reason from outbox where origin = 'appointment' order by id"


@pytest.fixture
def twilio() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as wire:
        yield wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 20)])


@pytest.fixture
async def due(rt: Runtime) -> Runtime:
    """The check-ins of three people wait in the outbox."""
    await people.program(rt)
    for number in (people.ADA, people.BEN, people.CLEO):
        await people.join(rt, number)
    await people.move_to_due(rt, "check-in")
    last = await people.one(rt, "select max(due_at) from appointments where kind = 'check-in' and state = 'due'")
    assert isinstance(last, datetime)
    await people.move_to(rt, last + timedelta(seconds=1))
    await clockwork.tick(rt)
    return rt


async def fast(rt: Runtime) -> None:
    await people.rows(rt, "update senders set segments_per_second = 100 returning number")


async def test_a_sender_stopped_by_a_report_is_tried_with_one_text_however_many_wait(
    due: Runtime, gateway: Gateway, twilio: respx.Route, bucket: Bucket
) -> None:
    """Twilio takes such a text, so that nothing says at once that it will not go out."""
    await fast(due)
    (first, *_) = await people.rows(due, "select id from outbox where origin = 'appointment' order by id")
    await statuses.take(due, [Status(first[0], people.sid(), "failed", 30034)])  # type: ignore[arg-type]
    await people.rows(due, "update senders set stopped_at = now() - interval '16 minutes' returning number")
    for _ in range(3):
        await outbox.deliver_all(due, gateway, bucket, TURN)
    assert twilio.call_count == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused(70051, 403), "70051: Twilio answered 403: it does not let this account in"),
        (httpx.Response(401, text="<html>"), "401: Twilio answered 401: it does not let this account in"),
    ],
)
async def test_an_account_that_is_not_let_in_stops_the_sender_whatever_the_code(
    due: Runtime, gateway: Gateway, twilio: respx.Route, answer: httpx.Response, reason: str
) -> None:
    twilio.mock(side_effect=[answer] * 9)
    await outbox.deliver(due, gateway)
    assert await people.one(due, "select stopped_reason from senders") == reason
    tried = twilio.call_count
    await outbox.deliver(due, gateway)
    assert twilio.call_count == tried


async def test_what_twilio_did_not_take_counts_for_no_day(
    due: Runtime, gateway: Gateway, twilio: respx.Route, bucket: Bucket
) -> None:
    await fast(due)
    twilio.mock(side_effect=[refused(20429, 429)] * 3 + [accepted(n) for n in range(1, 4)])
    day = Pace(people.SENDER, 100.0, per_day=3)
    await outbox.deliver_all(due, gateway, bucket, TURN)
    assert not bucket.used_up(Pace(people.SENDER, 100.0, per_day=1), due.real())
    await people.rows(due, "update outbox set next_attempt_at = now() where state = 'ready' returning id")
    await outbox.deliver_all(due, gateway, bucket, TURN)
    assert bucket.used_up(day, due.real())
    assert {state for state, _ in await people.rows(due, OURS)} == {"accepted"}


async def test_who_begins_before_the_check_in_left_is_not_asked_twice(
    due: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    (said,) = await people.text(due, "CHECKIN")
    assert "1/4" in said
    await outbox.deliver(due, gateway)
    assert sorted(await people.rows(due, OURS)) == [
        ("accepted", None),
        ("accepted", None),
        ("dropped", "no longer needed"),
    ]


async def test_a_reminder_waits_for_the_end_of_a_long_night(rt: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    await people.program(rt, quiet_start="18:00", quiet_end="09:00", remind_hours=(30,))
    await people.join(rt)
    for kind in ("check-in", "reminder-1"):
        await people.move_to_due(rt, kind)
        await clockwork.tick(rt)
        await outbox.deliver(rt, gateway)
    ((until,),) = await people.rows(rt, "select hold_until from outbox where state = 'held'")
    assert isinstance(until, datetime)
    due = await people.one(rt, "select due_at from appointments where kind = 'reminder-1'")
    assert isinstance(due, datetime)
    assert until - due > timedelta(hours=12)
    await people.move_to(rt, until + timedelta(seconds=1))
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    assert await people.rows(rt, OURS) == [("accepted", None)] * 2


@pytest.mark.parametrize(("region", "hour"), [("", "10:00 PM"), ("US", "8:00 AM")])
async def test_what_was_put_off_comes_when_it_was_said_to_past_the_hours_of_the_law_too(
    rt: Runtime, gateway: Gateway, twilio: respx.Route, region: str, hour: str
) -> None:
    await people.program(rt, region=region)
    await people.join(rt)
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    (said,) = await people.text(rt, "LATER 10pm")
    assert hour in said
    await people.move_to_due(rt, "snooze")
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    assert await people.rows(rt, OURS) == [("accepted", None)] * 2


async def test_a_report_does_what_a_worker_did_not_live_to_do(due: Runtime) -> None:
    """Twilio had the text, and the worker was killed before it could write that down."""
    query = "update outbox set state = 'sending', wait_minutes = 60 where origin = 'appointment' returning id"
    ((row,), *_) = await people.rows(due, query)
    await statuses.take(due, [Status(row, people.sid(), "delivered", None)])  # type: ignore[arg-type]
    found = "select state, sent_at is not null, late_seconds < 60, lease_until is null from outbox where id = :id"
    assert await people.rows(due, found, id=row) == [("delivered", True, True, True)]
    assert await people.one(due, "select count(*) from appointments where kind = 'timeout' and state = 'due'") == 1


async def test_one_call_that_cannot_be_handed_on_stops_nothing_else(rt: Runtime) -> None:
    await roster.staffed(rt)
    await roster.happen(rt, Escalate("asked"))
    await people.rows(rt, "update support_leads set phone = '\\x00' returning staff_id")
    await people.rows(rt, "update follow_ups set paged_at = paged_at - interval '2 hours' returning id")
    await people.rows(rt, "update deployment set last_tick = null returning id")
    with structlog.testing.capture_logs() as said:
        await clockwork.tick(rt)
    assert await people.one(rt, "select last_tick from deployment") is not None
    assert [one["event"] for one in said if one["log_level"] == "error"] == ["call.not_handed_on"]


async def test_no_more_is_claimed_than_was_asked_for_by_whatever_plan(due: Runtime) -> None:
    """One made when the table was empty goes through it row by row."""
    values = {
        "real": due.real(),
        "lease": due.real(),
        "sender": people.SENDER,
        "priority": 9,
        "most": 1,
        "kind": "text",
    }
    async with due.engine.connect() as connection:  # and nothing of it is kept
        for statement in (
            "create temp table kept on commit drop as select * from outbox",
            "delete from outbox",
            "analyze outbox",
            "insert into outbox select * from kept",
            *(f"set local {setting} = off" for setting in ("enable_hashagg", "enable_sort", "enable_material")),
        ):
            await connection.execute(people.sql(statement))
        assert len((await connection.execute(claiming._CLAIM, values)).all()) == 1
