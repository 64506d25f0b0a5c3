"""Twilio's error codes: each has a meaning and a consequence, whether it comes with the sending or later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import respx
import structlog

from sms_service import clockwork, outbox, senders, statuses
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from sms_service.twilio import errors
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.test_call_reconciling import ACCOUNT
from tests.sms_service.wire import MESSAGES, accepted, refused


@pytest.fixture
def twilio() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as wire:
        wire.post(f"{ACCOUNT}/Calls.json").mock(return_value=refused(21215))
        yield wire.post(MESSAGES).mock(return_value=accepted())


@pytest.fixture
async def due(rt: Runtime) -> Runtime:
    """Ada and Ben have joined and their check-ins wait in the outbox."""
    await people.program(rt)
    await people.join(rt)
    await _come_due(rt, people.BEN)
    return rt


async def _come_due(rt: Runtime, another: str) -> None:
    """Have one more person join, and every check-in come due."""
    await people.join(rt, another)
    await people.move_to_due(rt, "check-in")
    await people.move_to(rt, await _last_due(rt) + timedelta(seconds=1))
    await clockwork.tick(rt)


async def _last_due(rt: Runtime):  # type: ignore[no-untyped-def]
    return await people.one(rt, "select max(due_at) from appointments where kind = 'check-in' and state = 'due'")


@pytest.mark.parametrize("code", sorted(errors.table()))
def test_every_row_of_the_table_is_complete(code: int) -> None:
    fault = errors.table()[code]
    assert fault.kind in errors.CLASSES
    assert fault.action in errors.ACTIONS
    assert fault.says
    assert not fault.says.endswith(".")


@pytest.mark.parametrize(
    ("code", "status", "kind", "action"),
    [
        (None, 429, "retry", "later"),
        (None, 401, "configuration", "stop"),
        (99999, 400, "ours", "drop"),
        (21610, 400, "consent", "opt-out"),
        (30006, 400, "number", "landline"),
    ],
)
def test_a_code_that_is_not_in_the_table_goes_by_its_status(
    code: int | None, status: int, kind: str, action: str
) -> None:
    found = errors.fault(code, status)
    assert (found.kind, found.action) == (kind, action)


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (20003, 401, "20003: Twilio does not accept the account or its token"),
        (21606, 400, "21606: the sender is not a number of this account that can send texts"),
        (21659, 400, "21659: Twilio does not know the sender as one of its numbers"),
        (21661, 400, "21661: the sender is a number that cannot send texts"),
        (21711, 400, "21711: the number is not one of the messaging service"),
    ],
)
async def test_a_configuration_error_stops_the_sender_and_loses_nothing(
    due: Runtime, gateway: Gateway, twilio: respx.Route, code: int, status: int, reason: str
) -> None:
    twilio.mock(return_value=refused(code, status))
    await outbox.deliver(due, gateway)
    calls = twilio.call_count
    assert calls == 2  # both were under way at once
    await outbox.deliver(due, gateway)
    assert twilio.call_count == calls
    assert await people.rows(due, "select distinct state from outbox where origin = 'appointment'") == [("ready",)]
    assert await people.one(due, "select stopped_reason from senders") == reason


async def test_a_stopped_sender_is_tried_with_one_text_and_starts_by_itself(
    due: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    twilio.mock(return_value=refused(20003, 401))
    await outbox.deliver(due, gateway)
    async with due.begin() as (connection, _):
        await connection.execute(people.sql("update senders set stopped_at = now() - interval '16 minutes'"))
        await connection.execute(people.sql("update outbox set next_attempt_at = now()"))
    await outbox.deliver(due, gateway)
    assert twilio.call_count == 3
    await outbox.deliver(due, gateway)
    found = await people.rows(due, "select distinct attempts from outbox where origin = 'appointment'")
    assert found == [(0,)]  # what says nothing of a text is no try of it
    assert twilio.call_count == 3  # still stopped, and the next try is a quarter of an hour away
    async with due.begin() as (connection, _):
        await connection.execute(people.sql("update senders set stopped_at = now() - interval '16 minutes'"))
        await connection.execute(people.sql("update outbox set next_attempt_at = now()"))
    twilio.mock(side_effect=[accepted(1), accepted(2)])
    await outbox.deliver(due, gateway)
    assert await people.one(due, "select stopped_reason from senders") is None
    await outbox.deliver(due, gateway)
    assert await people.rows(due, "select distinct state from outbox where origin = 'appointment'") == [("accepted",)]


async def test_a_stop_told_by_a_report_ends_with_a_text_that_came_through(
    due: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    """Twilio takes texts of a sender that is not registered, and reports only later that none of them went out."""
    first, second = await people.rows(due, "select id from outbox where origin = 'appointment' order by id")
    await statuses.take(due, [Status(first[0], people.sid(), "failed", 30034)])  # type: ignore[arg-type]
    async with due.begin() as (connection, _):
        await connection.execute(people.sql("update senders set stopped_at = now() - interval '16 minutes'"))
    twilio.mock(side_effect=[accepted(7)])
    await outbox.deliver(due, gateway)
    assert twilio.call_count == 1
    assert await people.one(due, "select stopped_reason from senders") is not None
    await statuses.take(due, [Status(second[0], f"SM{7:032x}", "sent", None)])  # type: ignore[arg-type]
    assert await people.one(due, "select stopped_reason from senders") is None


@pytest.mark.parametrize(
    ("reason", "starts"), [("21705: the messaging service is unknown", False), ("30034: not registered", True)]
)
async def test_a_reply_that_went_back_in_the_webhooks_answer_shows_only_what_reports_tell(
    due: Runtime, reason: str, starts: bool
) -> None:
    """Twilio takes it without being asked, whatever it says to texts; else each reply would start the sender."""
    async with due.begin() as (connection, _):
        await senders.stop(connection, [people.SENDER], reason, due.real())
    await people.text(due, "HELP")
    ((row,),) = await people.rows(due, "select id from outbox where asked_for order by id desc limit 1")
    await statuses.take(due, [Status(row, people.sid(), "sent", None)])  # type: ignore[arg-type]
    assert await people.one(due, "select stopped_reason from senders") == (None if starts else reason)


async def test_an_operator_starts_a_sender(due: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    async with due.begin() as (connection, _):
        await senders.stop(connection, [people.SENDER], "30034: not registered", due.real())
        assert await senders.start(connection, [people.SENDER], due.real()) == [people.SENDER]
        assert await senders.start(connection, [people.SENDER], due.real()) == []


async def test_one_country_that_is_not_allowed_stops_nobody_else(
    due: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    twilio.mock(side_effect=[refused(21408), accepted()])
    await outbox.deliver(due, gateway)
    assert await people.one(due, "select stopped_reason from senders") is None
    assert await people.rows(due, "select state from outbox where origin = 'appointment' order by state") == [
        ("accepted",),
        ("failed",),
    ]


async def test_the_log_tells_refused_calls_from_refused_texts(
    rt: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await people.program(rt)
    await people.join(rt)
    await people.texts(rt, ["PIN", "4821", "PHONE", "1"])
    await _come_due(rt, people.BEN)
    twilio.mock(return_value=refused(21408))
    with structlog.testing.capture_logs() as said:
        await outbox.deliver(rt, gateway)
    told = {one["event"]: one for one in said if one["log_level"] == "error"}
    assert set(told) == {"call.refused", "text.refused"}
    assert (told["call.refused"]["code"], told["call.refused"]["calls"]) == (21215, 1)
    assert (told["text.refused"]["code"], told["text.refused"]["texts"]) == (21408, 1)


@pytest.mark.parametrize(("code", "how"), [(21211, "dead"), (21614, "landline")])
async def test_a_number_that_takes_no_texts_gets_none_until_it_is_heard(
    due: Runtime, gateway: Gateway, twilio: respx.Route, code: int, how: str
) -> None:
    twilio.mock(return_value=refused(code))
    await outbox.deliver(due, gateway)
    assert await people.rows(due, "select distinct unreachable from participants") == [(how,)]
    await people.move_to_due(due, "check-in")
    await clockwork.tick(due)
    before = twilio.call_count
    await outbox.deliver(due, gateway)
    assert twilio.call_count == before
    reasons = await people.rows(due, "select distinct reason from outbox where state = 'dropped'")
    assert ("the number takes no texts",) in reasons
    await people.text(due, "HELP")
    assert await people.one(due, "select count(*) from participants where unreachable is null") == 1


async def test_a_code_that_comes_later_has_the_same_consequence(due: Runtime) -> None:
    row = await people.one(due, "select id from outbox where origin = 'appointment' limit 1")
    await statuses.take(due, [Status(row, people.sid(), "undelivered", 30006)])  # type: ignore[arg-type]
    assert await people.one(due, "select count(*) from participants where unreachable = 'landline'") == 1
    await statuses.take(due, [Status(row, people.sid(), "failed", 30034)])  # type: ignore[arg-type]
    assert await people.one(due, "select stopped_reason from senders") == (
        "30034: the number is not registered to a campaign"
    )


async def test_an_old_report_does_not_mark_somebody_who_wrote_since(due: Runtime) -> None:
    row = await people.one(due, "select id from outbox where origin = 'appointment' order by id limit 1")
    for number in (people.ADA, people.BEN):
        await people.text(due, "HELP", number=number)
    await statuses.take(due, [Status(row, people.sid(), "undelivered", 30006)])  # type: ignore[arg-type]
    assert await people.one(due, "select count(*) from participants where unreachable is not null") == 0


async def _ask_and_fail(rt: Runtime, gateway: Gateway, code: int) -> None:
    """Have the next check-in go out and not arrive."""
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    await _report(rt, "sent")
    await _report(rt, "undelivered", code)


async def _report(rt: Runtime, status: str, code: int | None = None) -> None:
    """Have Twilio report of the text that was sent last."""
    ((row, sid),) = await people.rows(rt, "select id, sid from outbox where sid is not null order by id desc limit 1")
    await statuses.take(rt, [Status(row, sid, status, code)])  # type: ignore[arg-type]


@pytest.fixture
async def weekly(rt: Runtime, twilio: respx.Route) -> Runtime:
    """Ada gets one text a week."""
    await people.program(rt, remind_hours=())
    await people.join(rt)
    twilio.mock(side_effect=[accepted(n) for n in range(1, 9)])
    return rt


@pytest.mark.parametrize("code", [30004, 30005])
async def test_a_number_that_refuses_texts_on_two_days_gets_none_until_it_is_heard(
    weekly: Runtime, gateway: Gateway, twilio: respx.Route, code: int
) -> None:
    for week in range(2):
        assert await people.one(weekly, "select unreachable from participants") is None, week
        await _ask_and_fail(weekly, gateway, code)
    assert await people.one(weekly, "select unreachable from participants") == "dead"
    await people.move_to_due(weekly, "check-in")
    await clockwork.tick(weekly)
    await outbox.deliver(weekly, gateway)
    assert twilio.call_count == 2
    await people.text(weekly, "HELP")
    assert await people.one(weekly, "select unreachable from participants") is None


@pytest.mark.parametrize("between", ["a word", "a text that arrived", "another code", "the same text again"])
async def test_only_two_refusals_in_a_row_mark_a_number(weekly: Runtime, gateway: Gateway, between: str) -> None:
    await _ask_and_fail(weekly, gateway, 30004)
    if between == "a word":
        await people.text(weekly, "HELP")
    elif between == "a text that arrived":
        await _ask_and_fail(weekly, gateway, 30017)
        await _report(weekly, "delivered")
    elif between == "the same text again":
        await _report(weekly, "failed", 30004)
        assert await people.one(weekly, "select unreachable from participants") is None
        return
    await _ask_and_fail(weekly, gateway, 30008 if between == "another code" else 30004)
    assert await people.one(weekly, "select unreachable from participants") is None
