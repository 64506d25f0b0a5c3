"""What became of a text: Twilio is asked before anything is sent again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import respx

from sms_service import clockwork, outbox, reconciling
from sms_service.runtime import Runtime, first_id, new_id
from sms_service.twilio.client import Gateway, GatewayError
from tests import people
from tests.sms_service.wire import MESSAGES, accepted, listing, message

THERE = "SM" + "7" * 32


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as wire:
        wire.post(MESSAGES, name="send").mock(return_value=accepted())
        wire.get(url__startswith=MESSAGES, name="list").mock(return_value=listing([]))
        yield wire


WAITS = "select next_attempt_at from outbox where state = 'ready' and origin = 'appointment'"


@pytest.fixture
async def lost(rt: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> Runtime:
    """Ada's check-in was sent and its answer lost; the time to look for it has come."""
    await people.program(rt)
    await people.join(rt)
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    twilio["send"].mock(side_effect=httpx.ReadTimeout("no answer"))
    await outbox.deliver(rt, gateway)
    twilio["send"].mock(side_effect=None, return_value=accepted())
    assert await state(rt) == ("unknown", None, None)
    await look_now(rt)
    return rt


async def look_now(rt: Runtime) -> None:
    async with rt.begin() as (connection, _):
        await connection.execute(people.sql("update outbox set next_attempt_at = now() where state = 'unknown'"))


async def grow_old(rt: Runtime, age: timedelta) -> None:
    """Have the text of the check-in been made so long ago: its id says when, and its words are sealed for its id."""
    (row,) = [row for row in await _rows(rt) if row.origin == "appointment"]
    key, older = rt.vault.key(row.answer_key), first_id(rt.real() - age)
    body = key.seal(key.open(row.body, "outbox.body", row.id), "outbox.body", older)
    statement = "update outbox set id = :older, body = :body, next_attempt_at = now() where id = :id returning id"
    await people.rows(rt, statement, id=row.id, older=older, body=body)


async def state(rt: Runtime) -> tuple[object, ...]:
    (found,) = await people.rows(rt, "select state, reason, sid from outbox where origin = 'appointment'")
    return found


async def body(rt: Runtime) -> str:
    """Return the words of the check-in, as Twilio would list them."""
    query = "select o.*, p.* , o.id as id from outbox o join participants p on p.id = o.participant_id"
    async with rt.begin() as (connection, _):
        row = (await connection.execute(people.sql(f"{query} where o.origin = 'appointment'"))).one()
    return outbox.opened(rt, row)[1]


async def test_a_text_that_twilio_has_is_adopted_and_not_sent_again(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    twilio["list"].mock(return_value=listing([message(await body(lost), sid=THERE)]))
    assert await reconciling.reconcile(lost, gateway) == 1
    assert await state(lost) == ("delivered", None, THERE)
    await outbox.deliver(lost, gateway)
    assert twilio["send"].call_count == 1


async def test_what_is_adopted_has_the_consequences_of_its_code(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    """A STOP that only Twilio knows of; the text went out five minutes ago."""
    five = timedelta(minutes=5)
    await grow_old(lost, five)
    listed = message(await body(lost), sid=THERE, status="failed", code=21610, ago=five)
    twilio["list"].mock(return_value=listing([listed]))
    await reconciling.reconcile(lost, gateway)
    assert await people.rows(lost, "select opted_out from opt_outs") == [(True,)]
    query = "select now() - sent_at between interval '5 min' and interval '6 min' from outbox where sid = :sid"
    assert await people.one(lost, query, sid=THERE)


async def test_an_adopted_question_is_waited_for_from_when_it_was_sent(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    timeout = "select due_at from appointments where kind = 'timeout' and state = 'due'"
    await grow_old(lost, timedelta(minutes=5))
    wait = "update outbox set wait_minutes = 60 where origin = 'appointment' returning id"
    ((asked,),) = await people.rows(lost, wait)
    await people.rows(lost, "update conversations set asked_id = :id where ended_at is null returning id", id=asked)
    listed = message(await body(lost), sid=THERE, ago=timedelta(minutes=5))
    twilio["list"].mock(return_value=listing([listed]))
    await reconciling.reconcile(lost, gateway)
    ((due,),) = await people.rows(lost, timeout)
    assert isinstance(due, datetime)
    left = timedelta(minutes=60) - (due - await people.now(lost))
    assert timedelta(minutes=5) <= left < timedelta(minutes=6)


async def test_a_text_that_twilio_has_not_is_sent_once(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await reconciling.reconcile(lost, gateway)
    assert await state(lost) == ("ready", "Twilio had not got it", None)
    await outbox.deliver(lost, gateway)
    await outbox.deliver(lost, gateway)
    assert twilio["send"].call_count == 2  # the one whose answer was lost, and this one


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Something else."},
        {"sender": "+17575550199"},
        {"ago": timedelta(hours=14)},
        {"direction": "inbound"},
    ],
    ids=lambda value: next(iter(value)),
)
async def test_another_text_is_not_taken_for_it(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter, other: dict[str, object]
) -> None:
    values = {"body": await body(lost), "sid": THERE, **other}
    twilio["list"].mock(return_value=listing([message(**values)]))  # type: ignore[arg-type]
    await reconciling.reconcile(lost, gateway)
    assert (await state(lost))[0] == "ready"


async def test_a_text_that_another_row_is_known_by_is_not_taken_for_it(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    async with lost.begin() as (connection, _):
        await connection.execute(
            people.sql("""update outbox set sid = :sid
                          where id = (select id from outbox where origin = 'message' limit 1)"""),
            {"sid": THERE},
        )
    twilio["list"].mock(return_value=listing([message(await body(lost), sid=THERE)]))
    await reconciling.reconcile(lost, gateway)
    assert (await state(lost))[0] == "ready"


async def test_with_twilio_away_nothing_is_decided(lost: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> None:
    twilio["list"].mock(side_effect=httpx.ConnectError("refused"))
    with pytest.raises(GatewayError):
        await reconciling.reconcile(lost, gateway)
    assert (await state(lost))[0] == "unknown"
    assert twilio["send"].call_count == 1


@pytest.mark.parametrize("answer", [httpx.Response(400, json={"code": 21211}), httpx.Response(200, text="<html>")])
async def test_a_number_that_twilio_refuses_keeps_nobody_else_waiting(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter, answer: httpx.Response
) -> None:
    await people.join(lost, people.BEN)
    await people.rows(lost, "update outbox set state = 'unknown', next_attempt_at = now() returning id")

    def listed(request: httpx.Request) -> httpx.Response:
        return answer if request.url.params["To"] == people.ADA else listing([])

    twilio["list"].mock(side_effect=listed)
    with pytest.raises(GatewayError):
        await reconciling.reconcile(lost, gateway)
    query = """select o.state, count(distinct p.id) from outbox o join participants p on p.id = o.participant_id
               group by o.state order by o.state"""
    assert await people.rows(lost, query) == [("ready", 1), ("unknown", 1)]


async def test_a_number_that_twilio_always_refuses_is_given_up_after_a_day(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    twilio["list"].mock(return_value=httpx.Response(400, json={"code": 21211}))
    before = await state(lost)
    with pytest.raises(GatewayError):
        await reconciling.reconcile(lost, gateway)
    await grow_old(lost, timedelta(days=1, minutes=1))  # it was late already when it was sent
    with pytest.raises(GatewayError):
        await reconciling.reconcile(lost, gateway)
    assert await state(lost) == before
    a_day_later = "update outbox set lease_until = now() - interval '1 day', next_attempt_at = now()"
    await people.rows(lost, f"{a_day_later} where state = 'unknown' returning id")
    with pytest.raises(GatewayError):
        await reconciling.reconcile(lost, gateway)
    assert await state(lost) == ("failed", "nobody can say whether it was sent", None)
    assert twilio["send"].call_count == 1


@pytest.mark.parametrize("hours", [5, 14, 40])
async def test_a_text_that_twilio_has_is_adopted_however_long_we_were_down(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter, hours: int
) -> None:
    """It was sent, and everything of ours was killed before the answer came; some hours later it starts again."""
    await people.program(rt)
    await people.join(rt)
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    ago = timedelta(hours=hours)
    await grow_old(rt, ago)
    sending = "update outbox set state = 'sending', attempts = 1, lease_until = now() - cast(:ago as interval)"
    await people.rows(rt, f"{sending} where origin = 'appointment' returning id", ago=ago)
    await clockwork.tick(rt)
    await look_now(rt)
    twilio["list"].mock(return_value=listing([message(await body(rt), sid=THERE, ago=ago)]))
    await reconciling.reconcile(rt, gateway)
    assert await state(rt) == ("delivered", None, THERE)


async def test_a_page_whose_lead_left_the_roster_is_dropped(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await people.rows(
        lost,
        """with one as (insert into staff (id, email, name, password_hash, totp_secret, created_at)
               values (:id, 's@example.org', 'Sam', '', '', now()) returning id)
           update outbox set staff_id = one.id, participant_id = null from one where origin = 'appointment'
           returning outbox.id""",
        id=new_id(),
    )
    await reconciling.reconcile(lost, gateway)
    assert await state(lost) == ("dropped", "not on the roster any more", None)


async def test_it_is_not_looked_for_before_twilio_lists_it(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    async with lost.begin() as (connection, _):
        await connection.execute(people.sql("update outbox set next_attempt_at = now() + interval '1 minute'"))
    assert await reconciling.reconcile(lost, gateway) == 0
    assert not twilio["list"].called


async def test_what_grew_stale_meanwhile_is_dropped(lost: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> None:
    async with lost.begin() as (connection, _):
        await connection.execute(people.sql("update outbox set stale_at = :at"), {"at": lost.real()})
    await reconciling.reconcile(lost, gateway)
    assert await state(lost) == ("dropped", "too late to be of use", None)


async def test_what_was_erased_meanwhile_is_never_sent(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await people.texts(lost, ["ERASE", "1"])
    await look_now(lost)
    await reconciling.reconcile(lost, gateway)
    assert await state(lost) == ("dropped", "erased", None)


async def in_vain(rt: Runtime, gateway: Gateway, rounds: int) -> list[timedelta]:
    """Look for the check-in and send it again so often, without its pauses; return those of the rows that wait."""
    pauses = []
    for _ in range(rounds):
        await look_now(rt)
        await reconciling.reconcile(rt, gateway)
        pauses += [at - rt.real() for (at,) in await people.rows(rt, WAITS)]
        await people.rows(rt, "update outbox set next_attempt_at = now() where state = 'ready' returning id")
        await outbox.deliver(rt, gateway)
    return pauses


@pytest.mark.parametrize("lost_again", [httpx.Response(503), httpx.ReadTimeout("no answer")])
async def test_a_text_is_tried_slower_each_time_as_long_as_it_is_of_use(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter, lost_again: httpx.Response | Exception
) -> None:
    twilio["send"].mock(side_effect=[lost_again] * 20)
    pauses = await in_vain(lost, gateway, 14)
    assert await state(lost) == ("unknown", None, None)
    assert twilio["send"].call_count == 15
    assert pauses[0] <= timedelta(0)
    assert pauses[1] > timedelta(seconds=5)
    assert min(pauses[5:]) > timedelta(minutes=10)


async def test_what_is_never_too_late_is_given_up_one_day(
    lost: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await people.rows(lost, "update outbox set stale_at = null returning id")
    twilio["send"].mock(side_effect=httpx.ReadTimeout("no answer"))
    await in_vain(lost, gateway, 14)
    assert await state(lost) == ("failed", "Twilio never had it", None)
    assert twilio["send"].call_count == 13


async def test_a_reply_the_webhook_never_brought_is_sent(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    """Killed between its commit and its answer: the reply is stored, and Twilio knows nothing of it."""
    await people.program(rt)
    one = people.Inbound(people.sid(), people.ADA, people.SENDER, "HELP")
    await people.inbox.take(rt, [one])
    async with rt.begin() as (connection, _):
        await connection.execute(people.sql("update outbox set sent_at = now() - interval '3 minutes'"))
    await clockwork.tick(rt)
    await reconciling.reconcile(rt, gateway)
    await outbox.deliver(rt, gateway)
    assert await people.rows(rt, "select state, sid is null from outbox") == [("accepted", False)]
    assert twilio["send"].call_count == 1


async def test_a_lost_reply_does_not_take_the_place_of_a_later_one_in_the_same_words(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    """The first never reached Twilio; the second did, and its reports were lost."""
    await people.program(rt)
    for minutes in (4, 1):
        await people.inbox.take(rt, [people.Inbound(people.sid(), people.ADA, people.SENDER, "HELP")])
        await people.rows(
            rt,
            """update outbox set sent_at = now() - cast(:ago as interval), reason = 'placed'
               where reason is null returning id""",
            ago=timedelta(minutes=minutes),
        )
    (words,) = {outbox.opened(rt, row)[1] for row in await _rows(rt)}
    await clockwork.tick(rt)
    listed = listing([message(words, sid=THERE, ago=timedelta(minutes=1), direction="outbound-reply")])
    twilio["list"].mock(return_value=listed)
    await reconciling.reconcile(rt, gateway)
    query = "select state, sid from outbox order by sent_at"
    assert await people.rows(rt, query) == [("ready", None), ("handed", None)]


async def test_with_the_calendar_moved_the_later_of_two_like_texts_is_still_known(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    """Neither has a time of sending: what tells them apart is when each was made, in real time."""
    await people.program(rt)
    for minutes in (4, 1):
        await people.inbox.take(rt, [people.Inbound(people.sid(), people.ADA, people.SENDER, "HELP")])
        (row,) = [row for row in await _rows(rt) if row.reason is None]
        made = UUID(int=first_id(rt.real() - timedelta(minutes=minutes)).int + minutes)
        words = outbox.opened(rt, row)[1]
        await people.rows(
            rt,
            """update outbox set id = :made, body = :body, sent_at = null, state = 'unknown', reason = 'placed',
               next_attempt_at = now(), created_at = now() + make_interval(days => 9, mins => :ago)
               where id = :id returning id""",
            made=made,
            id=row.id,
            body=rt.vault.key(row.answer_key).seal(words, "outbox.body", made),
            ago=-minutes,
        )
    listed = listing([message(words, sid=THERE, ago=timedelta(minutes=1), direction="outbound-reply")])
    twilio["list"].mock(return_value=listed)
    await reconciling.reconcile(rt, gateway)
    assert await people.rows(rt, "select state, sid from outbox order by id") == [("ready", None), ("delivered", THERE)]


async def _rows(rt: Runtime) -> list[Any]:
    query = "select o.*, p.*, o.id as id from outbox o join participants p on p.id = o.participant_id"
    async with rt.begin() as (connection, _):
        return list((await connection.execute(people.sql(query))).all())
