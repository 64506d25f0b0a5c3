"""What may arrive another time is sent again, later and a few times at most, while it is of use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import respx

from sms_service import clockwork, inbox, outbox, reconciling, statuses
from sms_service.inbox import Inbound
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.wire import MESSAGES, accepted, listing

HOURS = timedelta(hours=20)
FAILED_A_WHILE_AGO = "update outbox set settled_at = now() - interval '11 minutes' where id = :id returning id"
UNREPORTED = "update outbox set state = 'handed', sent_at = now() - interval '3 minutes' where id = :id returning id"


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as wire:
        wire.post(MESSAGES, name="send").mock(return_value=accepted())
        wire.get(url__startswith=MESSAGES, name="list").mock(return_value=listing([]))
        yield wire


async def fail(rt: Runtime, code: int, *, minutes: int = 11) -> None:
    """Have the text that was sent last fail at the phone with this code, some minutes ago."""
    last = "select id, sid from outbox where sid is not null order by sid desc limit 1"
    ((row, sid),) = await people.rows(rt, last)
    await statuses.take(rt, [Status(row, str(sid), "undelivered", code)])  # type: ignore[arg-type]
    async with rt.begin() as (connection, _):
        await connection.execute(
            people.sql("update outbox set settled_at = now() - make_interval(mins => :m) where id = :id"),
            {"m": minutes, "id": row},
        )


@pytest.fixture
async def sent(rt: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> Runtime:
    """Ada's check-in is with Twilio."""
    await people.program(rt)
    await people.join(rt)
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    twilio["send"].mock(side_effect=[accepted(n) for n in range(1, 9)])
    await outbox.deliver(rt, gateway)
    return rt


async def test_a_phone_that_was_off_gets_one_more_try(
    sent: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await fail(sent, 30003)
    for _ in range(3):
        await reconciling.reconcile(sent, gateway)
        await outbox.deliver(sent, gateway)
    first, second = (call.request.content for call in twilio["send"].calls)
    assert first.split(b"&Body=")[1] == second.split(b"&Body=")[1]
    await fail(sent, 30003)
    await reconciling.reconcile(sent, gateway)
    await outbox.deliver(sent, gateway)
    assert twilio["send"].call_count == 2


async def test_the_answer_to_the_second_try_counts(sent: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> None:
    await fail(sent, 30003)
    await reconciling.reconcile(sent, gateway)
    await outbox.deliver(sent, gateway)
    assert "1/4" in " ".join(await people.text(sent, "GO"))


@pytest.mark.parametrize(("code", "minutes"), [(30007, 11), (30004, 11), (30005, 11), (30003, 1), (30003, 400)])
async def test_no_other_failure_is_tried_again(
    sent: Runtime, gateway: Gateway, twilio: respx.MockRouter, code: int, minutes: int
) -> None:
    await fail(sent, code, minutes=minutes)
    await reconciling.reconcile(sent, gateway)
    await outbox.deliver(sent, gateway)
    assert twilio["send"].call_count == 1


async def copies(rt: Runtime) -> list[tuple[object, ...]]:
    """Return what is to be sent again, and in how many minutes."""
    query = """select n, round(extract(epoch from next_attempt_at - now()) / 60)::int from outbox
               where origin = 'again' and state = 'ready' order by n"""
    return await people.rows(rt, query)


@pytest.mark.parametrize(("code", "minutes"), [(30001, 19), (30022, 19), (30023, 24 * 60 - 11), (30027, 24 * 60 - 11)])
async def test_what_has_to_wait_longer_is_sent_later(sent: Runtime, gateway: Gateway, code: int, minutes: int) -> None:
    await fail(sent, code)
    await people.rows(sent, "update outbox set stale_at = stale_at + interval '9 days' returning id")
    await reconciling.reconcile(sent, gateway)
    assert await copies(sent) == [(0, minutes)]


async def test_what_would_come_too_late_is_not_sent_again(sent: Runtime, gateway: Gateway) -> None:
    await fail(sent, 30023)
    await people.rows(sent, "update outbox set stale_at = :at returning id", at=await people.now(sent) + HOURS)
    await reconciling.reconcile(sent, gateway)
    assert await copies(sent) == []


@pytest.mark.parametrize("code", [30001, 30034])
async def test_a_full_queue_is_tried_three_times(sent: Runtime, gateway: Gateway, code: int) -> None:
    for n in range(5):
        await fail(sent, code)
        await people.rows(sent, "update senders set stopped_reason = null, stopped_at = null returning number")
        await reconciling.reconcile(sent, gateway)
        assert [row[0] for row in await copies(sent)] == ([n] if n < 3 else [])
        await people.rows(sent, "update outbox set next_attempt_at = now() where state = 'ready' returning id")
        await outbox.deliver(sent, gateway)


async def test_what_failed_for_a_stopped_sender_is_sent_when_it_works_again(
    sent: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await fail(sent, 30034)
    assert await people.one(sent, "select stopped_reason is not null from senders")
    await reconciling.reconcile(sent, gateway)
    assert await copies(sent) == []
    await people.rows(sent, "update outbox set settled_at = settled_at - interval '9 hours' returning id")
    await people.rows(sent, "update senders set stopped_reason = null, stopped_at = null returning number")
    await people.rows(sent, "update outbox set stale_at = stale_at + interval '9 days' returning id")
    await reconciling.reconcile(sent, gateway)
    await outbox.deliver(sent, gateway)
    assert twilio["send"].call_count == 2


async def test_a_number_that_failed_on_three_days_is_marked_until_it_is_heard(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await people.program(rt, remind_hours=())
    await people.join(rt)
    twilio["send"].mock(side_effect=[accepted(n) for n in range(1, 9)])
    for week in range(3):
        assert await people.one(rt, "select unreachable from participants") is None, week
        await people.move_to_due(rt, "check-in")
        await clockwork.tick(rt)
        await outbox.deliver(rt, gateway)
        await fail(rt, 30003)
        await reconciling.reconcile(rt, gateway)
        async with rt.begin() as (connection, _):
            await connection.execute(people.sql("update outbox set stale_at = now() where state = 'ready'"))
    assert await people.one(rt, "select unreachable from participants") == "dead"
    await people.text(rt, "HELP")
    assert await people.one(rt, "select unreachable from participants") is None


@pytest.mark.parametrize("lost", [False, True])
async def test_no_question_that_was_asked_for_comes_again_after_a_word_of_danger(
    sent: Runtime, gateway: Gateway, twilio: respx.MockRouter, *, lost: bool
) -> None:
    (answered,) = await inbox.take(sent, [Inbound(people.sid(), people.ADA, people.SENDER, "GO")])
    assert answered
    question = answered.said[-1].id
    if not lost:
        await statuses.take(sent, [Status(question, people.sid(), "undelivered", 30003)])
    await people.text(sent, "I want to kill myself")
    await people.rows(sent, UNREPORTED if lost else FAILED_A_WHILE_AGO, id=question)
    before = len(twilio["send"].calls)
    await clockwork.tick(sent)
    await reconciling.reconcile(sent, gateway)
    await outbox.deliver(sent, gateway)
    assert len(twilio["send"].calls) == before
    left = "select reason from outbox where id = :id or origin_id = :id order by id desc limit 1"
    assert await people.one(sent, left, id=question) == "no longer needed"


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize(
    ("first", "words", "sent_again"),
    [
        (("GO",), (), True),
        (("GO",), ("hello?",), False),
        (("GO",), ("1",), False),
        (("GO",), ("0", "1", "0", "1"), False),
        (("GO", "BREAK"), (), True),
        (("GO", "BREAK"), ("1",), False),
    ],
)
async def test_a_question_comes_again_only_while_it_is_the_one_that_is_open(
    sent: Runtime,
    gateway: Gateway,
    twilio: respx.MockRouter,
    *,
    first: tuple[str, ...],
    words: tuple[str, ...],
    sent_again: bool,
    lost: bool,
) -> None:
    """With BREAK two texts ask at once: for another break, and the check-in's own question under it."""
    await people.texts(sent, first[:-1])
    (answered,) = await inbox.take(sent, [Inbound(people.sid(), people.ADA, people.SENDER, first[-1])])
    assert answered
    question = answered.said[-1].id
    others = [one.id for one in answered.said[:-1]]
    await people.rows(sent, "update outbox set state = 'delivered' where id = any(:ids) returning id", ids=others)
    await people.texts(sent, words)
    if not lost:
        await people.rows(sent, "update outbox set state = 'sent' where id = :id returning id", id=question)
        await statuses.take(sent, [Status(question, people.sid(), "undelivered", 30003)])
    await people.rows(sent, UNREPORTED if lost else FAILED_A_WHILE_AGO, id=question)
    before = len(twilio["send"].calls)
    await clockwork.tick(sent)
    await reconciling.reconcile(sent, gateway)
    await outbox.deliver(sent, gateway)
    assert len(twilio["send"].calls) - before == sent_again
    left = "select state, reason from outbox where id = :id or origin_id = :id order by id desc limit 1"
    told = ("accepted", None) if sent_again else ("dropped", "no longer needed")
    assert await people.rows(sent, left, id=question) == [told]
