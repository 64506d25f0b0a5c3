"""Sending: what may go out goes out once, what may not is dropped with its reason, and doubt is never sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from sms_service import clockwork, outbox, statuses
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from sms_service.twilio.client import Gateway
from tests import people
from tests.conftest import SID
from tests.sms_service.wire import accepted

CREATE = f"http://twilio.test/2010-04-01/Accounts/{SID}/Messages.json"
ACCEPTED = {"sid": "SM" + "a" * 32, "status": "queued", "account_sid": SID}


@pytest.fixture
def twilio() -> Iterator[respx.Route]:
    """Twilio's wire: the address that texts are posted to."""
    with respx.mock(assert_all_called=False) as wire:
        yield wire.post(CREATE).mock(return_value=httpx.Response(201, json=ACCEPTED))


@pytest.fixture
async def due(rt: Runtime) -> Runtime:
    """Ada has joined and her check-in waits in the outbox."""
    await people.program(rt)
    await people.join(rt)
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    return rt


async def state(rt: Runtime) -> tuple[object, ...]:
    """Return state and reason of the one text that a tick put in the outbox."""
    (found,) = await people.rows(rt, "select state, reason from outbox where origin = 'appointment'")
    return found


async def test_a_waiting_text_is_sent_and_knows_its_sid(due: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    assert await outbox.deliver(due, gateway) == 1
    sent = parse_qs(twilio.calls.last.request.content.decode())
    row = await people.one(due, "select id from outbox where origin = 'appointment'")
    assert sent["To"] == [people.ADA]
    assert sent["From"] == [people.SENDER]
    assert sent["Body"][0].startswith("Tide: your weekly note")
    assert sent["StatusCallback"] == [f"https://checkin.test/twilio/status?o={row}#rc=2&rp=5xx,ct,rt"]
    assert 0 < int(sent["ValidityPeriod"][0]) <= 36_000
    assert await state(due) == ("accepted", None)
    assert await people.one(due, "select sid from outbox where origin = 'appointment'") == ACCEPTED["sid"]


async def test_two_deliveries_side_by_side_send_once(due: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    await asyncio.gather(*(outbox.deliver(due, gateway) for _ in range(4)))
    assert twilio.call_count == 1


async def test_consent_is_looked_at_again_before_sending(due: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    async with due.begin() as (connection, _):  # as if the STOP had come in after the row was claimed by nobody yet
        await connection.execute(
            people.sql("""insert into opt_outs (participant_id, sender, opted_out, how, at)
                          select participant_id, sender, true, 'word', now() from outbox where state = 'ready'""")
        )
    await outbox.deliver(due, gateway)
    assert twilio.call_count == 0
    assert await state(due) == ("dropped", "opted out")


async def test_stop_drops_what_waits(due: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    await people.text(due, "STOP")
    assert await state(due) == ("dropped", "opted out")
    await outbox.deliver(due, gateway)
    assert twilio.call_count == 0


async def test_a_stop_during_a_send_waits_for_it(due: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    """Otherwise a text could leave after its STOP was committed, which is what the lock is for."""
    reached, go = asyncio.Event(), asyncio.Event()

    async def slowly(_: httpx.Request) -> httpx.Response:
        reached.set()
        await go.wait()
        return httpx.Response(201, json=ACCEPTED)

    twilio.mock(side_effect=slowly)
    sending = asyncio.create_task(outbox.deliver(due, gateway))
    await reached.wait()
    one = people.Inbound(people.sid(), people.ADA, people.SENDER, "STOP")
    assert await people.inbox.take(due, [one]) == [None]
    go.set()
    await sending
    (answered,) = await people.inbox.take(due, [one])
    assert answered is not None
    assert "unsubscribed" in answered.said[0].text


async def test_a_text_that_has_grown_stale_is_dropped(due: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    stale = await people.one(due, "select stale_at from outbox where origin = 'appointment'")
    assert isinstance(stale, datetime)
    await people.move_to(due, stale + timedelta(seconds=2))
    await outbox.deliver(due, gateway)
    assert twilio.call_count == 0
    assert await state(due) == ("dropped", "too late to be of use")


async def test_a_pause_holds_back_what_was_not_asked_for(due: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    await people.text(due, "PAUSE")
    await outbox.deliver(due, gateway)
    assert twilio.call_count == 0
    assert await state(due) == ("dropped", "no longer needed")


async def test_a_reminder_waits_for_the_end_of_quiet_hours(rt: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    twilio.mock(side_effect=[accepted(1), accepted(2)])
    await people.program(rt, time="06:30")
    await people.join(rt)
    for kind in ("check-in", "reminder-1"):
        await people.move_to_due(rt, kind)
        await clockwork.tick(rt)
        await outbox.deliver(rt, gateway)
    assert twilio.call_count == 1  # the check-in itself comes at the hour the person chose
    (found,) = await people.rows(rt, "select reason, hold_until from outbox where state = 'held'")
    assert found[0] == "quiet hours"
    assert isinstance(found[1], datetime)
    await people.move_to(rt, found[1] - timedelta(minutes=1))
    await clockwork.tick(rt)
    assert await outbox.deliver(rt, gateway) == 0
    await people.move_to(rt, found[1] + timedelta(seconds=1))
    await clockwork.tick(rt)
    assert await outbox.deliver(rt, gateway) == 1
    assert twilio.call_count == 2


@pytest.mark.parametrize(("hours", "calls", "left"), [("9pm-5am", 2, None), ("9pm-10am", 1, "quiet hours")])
async def test_a_reminder_keeps_out_of_the_hours_that_the_person_chose(
    rt: Runtime, gateway: Gateway, twilio: respx.Route, hours: str, calls: int, left: str | None
) -> None:
    await people.program(rt, time="06:30")
    await people.join(rt)
    await people.text(rt, f"quiet {hours}")
    taken = (httpx.Response(201, json={**ACCEPTED, "sid": f"SM{n:032x}"}) for n in (1, 2))
    twilio.mock(side_effect=lambda _: next(taken))
    for kind in ("check-in", "reminder-1"):
        await people.move_to_due(rt, kind)
        await clockwork.tick(rt)
        await outbox.deliver(rt, gateway)
    assert twilio.call_count == calls  # the check-in itself comes at the hour the person chose, whatever it is
    assert await people.one(rt, "select reason from outbox where state = 'held'") == left


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(429, json={"code": 20429, "message": "slow"}), ("ready", "Twilio could not take it yet")),
        (httpx.ConnectError("refused"), ("ready", "Twilio could not take it yet")),
        (httpx.ReadTimeout("no answer"), ("unknown", None)),
        (httpx.RemoteProtocolError("broken off"), ("unknown", None)),
        (httpx.Response(500, json={"code": 20500, "message": "oops"}), ("unknown", None)),
        (httpx.Response(503, json={"code": 20503, "message": "busy"}), ("unknown", None)),
        (httpx.Response(400, json={"code": 21211, "message": "bad To"}), ("failed", None)),
        (httpx.Response(400, json={"code": 21610, "message": "stopped"}), ("dropped", "opted out at Twilio")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value)[:40],
)
async def test_how_a_send_ends_decides_what_follows(
    due: Runtime, gateway: Gateway, twilio: respx.Route, answer: object, expected: tuple[str, str | None]
) -> None:
    twilio.mock(side_effect=answer if isinstance(answer, Exception) else [answer])
    await outbox.deliver(due, gateway)
    assert await state(due) == expected
    await outbox.deliver(due, gateway)
    assert twilio.call_count == 1  # not before its next attempt, and never what may have been sent


async def test_a_refusal_as_opted_out_is_an_opt_out(due: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    twilio.mock(return_value=httpx.Response(400, json={"code": 21610, "message": "stopped"}))
    await outbox.deliver(due, gateway)
    assert await people.one(due, "select opted_out from opt_outs") is True


@pytest.mark.parametrize(("stale", "tries", "end"), [("stale_at", 20, "ready"), ("null", 13, "failed")])
async def test_it_is_tried_as_long_as_it_is_of_use(
    due: Runtime, gateway: Gateway, twilio: respx.Route, stale: str, tries: int, end: str
) -> None:
    """Twilio away for hours must not cost a check-in whose window is days; what is never stale ends all the same."""
    twilio.mock(side_effect=httpx.ConnectError("refused"))
    for _ in range(20):
        async with due.begin() as (connection, _now):
            await connection.execute(
                people.sql(f"update outbox set next_attempt_at = now(), stale_at = {stale} where state = 'ready'")  # noqa: S608
            )
        await outbox.deliver(due, gateway)
    assert twilio.call_count == tries
    assert (await state(due))[0] == end


async def test_what_cannot_be_judged_keeps_nobody_elses_text(
    rt: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await people.program(rt)
    for number in (people.ADA, people.BEN):
        await people.join(rt, number)
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    async with rt.begin() as (connection, _):
        await connection.execute(
            people.sql("""update enrolments set zone = 'Nowhere/Atall' where id = (
                            select enrolment_id from outbox where state = 'ready' order by id limit 1)""")
        )
    assert await outbox.deliver(rt, gateway) == 2
    assert await people.rows(rt, "select state, reason from outbox where origin = 'appointment' order by id") == [
        ("dropped", "it could not be read"),
        ("accepted", None),
    ]


async def test_a_slow_sender_does_not_bring_a_check_in_into_quiet_hours(
    rt: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await people.program(rt, time="20:50")
    await people.join(rt)
    due_at = await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    await people.move_to(rt, due_at + timedelta(minutes=15))
    assert await outbox.deliver(rt, gateway) == 1
    assert twilio.call_count == 0
    assert await people.one(rt, "select reason from outbox where state = 'held'") == "quiet hours"


@pytest.mark.parametrize(
    ("offered", "hour", "seconds"),
    [
        ({"quiet_start": "13:00"}, "12:15", 45 * 60),
        ({"quiet_start": "00:00", "quiet_end": "00:00", "region": "US-RI"}, "12:15", (18 * 60 - 12 * 60 - 15) * 60),
        ({}, "06:30", 30 * 60),
        ({"quiet_start": "00:00", "quiet_end": "00:00"}, "12:15", 36_000),
    ],
    ids=["quiet hours", "the law", "an hour chosen within quiet hours", "neither"],
)
async def test_twilio_holds_a_text_until_quiet_hours_begin_and_no_longer(
    rt: Runtime, gateway: Gateway, twilio: respx.Route, offered: dict[str, str], hour: str, seconds: int
) -> None:
    await people.program(rt, **offered)
    await people.join(rt)
    await people.text(rt, f"TIME {hour}")
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    assert await outbox.deliver(rt, gateway) == 1
    (valid,) = parse_qs(twilio.calls.last.request.content.decode())["ValidityPeriod"]
    assert seconds - 60 < int(valid) <= seconds


async def test_a_worker_that_died_while_sending_leaves_doubt_not_a_second_text(
    due: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    async with due.begin() as (connection, _):
        await connection.execute(
            people.sql("""update outbox set state = 'sending', lease_until = now() - interval '1 second'
                          where state = 'ready'""")
        )
    await clockwork.tick(due)
    await outbox.deliver(due, gateway)
    assert await state(due) == ("unknown", "no word of it")
    assert twilio.call_count == 0


async def test_a_reply_nobody_reports_on_becomes_unknown_and_is_not_sent_again(
    rt: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await people.program(rt)
    one = people.Inbound(people.sid(), people.ADA, people.SENDER, "JOIN")
    await people.inbox.take(rt, [one])
    async with rt.begin() as (connection, _):
        await connection.execute(people.sql("update outbox set sent_at = now() - interval '10 minutes'"))
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    assert await people.rows(rt, "select state from outbox") == [("unknown",)]
    assert twilio.call_count == 0


async def test_500_conversations_without_a_word_from_twilio_bring_no_second_reply(
    rt: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    """No callback, or a queue held for ten minutes, looks the same from here: nothing is heard of it."""
    await people.program(rt)
    batch = [people.Inbound(people.sid(), f"+1757556{n:04d}", people.SENDER, "JOIN") for n in range(500)]
    for start in range(0, 500, 50):
        await people.inbox.take(rt, batch[start : start + 50])
    async with rt.begin() as (connection, _):
        await connection.execute(people.sql("update outbox set sent_at = now() - interval '10 minutes'"))
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    assert twilio.call_count == 0
    assert await people.rows(rt, "select state, count(*) from outbox group by 1") == [("unknown", 500)]
    rows = await people.rows(rt, "select id from outbox limit 50")
    late = [Status(row, f"SM{n:032x}", "delivered", None) for n, (row,) in enumerate(rows)]  # type: ignore[arg-type]
    await statuses.take(rt, late)
    assert await people.one(rt, "select count(*) from outbox where state = 'delivered'") == 50


async def test_erased_words_are_never_sent(due: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    await people.texts(due, ["ERASE", "1"])
    await outbox.deliver(due, gateway)
    assert twilio.call_count == 0


async def test_a_line_that_is_cut_as_it_opens_has_sent_nothing(
    due: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    twilio.mock(side_effect=AttributeError("'NoneType' object has no attribute 'getpeername'"))
    await outbox.deliver(due, gateway)
    assert await state(due) == ("ready", "Twilio could not take it yet")
