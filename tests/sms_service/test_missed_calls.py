"""A call that was refused or missed: what follows from it, and what it costs nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
import respx

from sms_service import call_ends, clockwork, outbox, programs, reconciling, senders, statuses
from sms_service.call_ends import End
from sms_service.program_checks import OPEN_END
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from sms_service.twilio.client import Gateway
from tests import people
from tests.people import rows
from tests.sms_service.test_call_reconciling import ACCOUNT, call
from tests.sms_service.test_call_reconciling import listed as listed_calls
from tests.sms_service.wire import MESSAGES, accepted, listing, refused

NOT_THERE = refused(21215)
TOO_MUCH = refused(20429, 429)
TEXT = "select state, reason from outbox where origin = 'missed call'"
ROWS = "select kind, origin, state from outbox where origin <> 'message' order by id"


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    """Twilio takes every text and every call."""
    with respx.mock(assert_all_called=False) as wire:
        wire.post(MESSAGES, name="send").mock(side_effect=[accepted(n) for n in range(1, 99)])
        wire.post(f"{ACCOUNT}/Calls.json", name="place").mock(side_effect=[placed(n) for n in range(1, 99)])
        wire.get(url__startswith=MESSAGES, name="texts").mock(return_value=listing([]))
        wire.get(url__startswith=f"{ACCOUNT}/Calls.json", name="calls").mock(return_value=listed_calls())
        yield wire


@pytest.fixture
async def by_phone(rt: Runtime) -> Runtime:
    """Ada is called for her check-ins, Ben gets texts."""
    await people.program(rt)
    await people.join(rt)
    await people.join(rt, people.BEN)
    await people.texts(rt, ["PIN", "4821", "PHONE", "1"])
    return rt


def placed(number: int) -> httpx.Response:
    return httpx.Response(201, json={**call("queued"), "sid": f"CA{number:032x}"})


async def all_due(rt: Runtime) -> None:
    """Have everybody's check-in come due in the same minute."""
    query = "update appointments set due_at = :at where kind = 'check-in' and state = 'due' returning id"
    await people.move_to_due(rt, "check-in")
    moment = await people.now(rt)
    await rows(rt, query, at=moment - timedelta(seconds=1))
    await clockwork.tick(rt)


async def call_due(rt: Runtime) -> None:
    """Have Ada's check-in come due, and Ben's not."""
    await rows(
        rt,
        """update appointments a set state = 'cancelled' from enrolments e, participants p
           where e.id = a.enrolment_id and p.id = e.participant_id and p.phone_hash = any(:ben) returning a.id""",
        ben=list(rt.vault.lookups(people.BEN)),
    )
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)


async def at_once(rt: Runtime) -> None:
    """Have whatever waits for another try have waited long enough."""
    await rows(rt, "update outbox set next_attempt_at = now() where state in ('ready', 'unknown') returning id")


async def call_row(rt: Runtime) -> UUID:
    """Return the call that was placed last."""
    found = await people.one(rt, "select id from outbox where kind = 'call' order by id desc limit 1")
    assert isinstance(found, UUID)
    return found


async def ends(rt: Runtime, status: str) -> None:
    """Have the call that was placed last end so."""
    row = await call_row(rt)
    sid = await people.one(rt, "select sid from outbox where id = :id", id=row)
    await call_ends.take(rt, [End(row, str(sid), status)])


async def spoil_conversation(rt: Runtime) -> None:
    """Have Ada's conversation be one that cannot be read."""
    query = "update conversations set state = decode('00', 'hex') where participant_id = :ada and ended_at is null"
    ada = await people.one(rt, "select participant_id from outbox where kind = 'call'")
    assert len(await rows(rt, query + " returning id", ada=ada)) == 1


async def test_one_call_without_a_text_takes_nothing_back_of_the_others(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await all_due(by_phone)
    await spoil_conversation(by_phone)
    twilio["place"].mock(side_effect=None, return_value=NOT_THERE)
    for _ in range(2):
        await outbox.deliver(by_phone, gateway)
        await at_once(by_phone)
    assert sorted(await rows(by_phone, ROWS)) == [
        ("call", "appointment", "failed"),
        ("text", "appointment", "accepted"),
    ]
    assert (twilio["place"].call_count, twilio["send"].call_count) == (1, 1)


async def test_a_call_found_to_be_missed_without_a_text_is_settled_all_the_same(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await call_due(by_phone)
    soon = await people.now(by_phone) + timedelta(minutes=10)
    await rows(by_phone, "update outbox set stale_at = :soon where kind = 'call' returning id", soon=soon)
    await spoil_conversation(by_phone)
    twilio["place"].mock(side_effect=httpx.ReadTimeout("no answer"))
    await outbox.deliver(by_phone, gateway)
    twilio["calls"].mock(return_value=listed_calls(call("no-answer")))
    await at_once(by_phone)
    await reconciling.reconcile(by_phone, gateway)
    assert await rows(by_phone, ROWS) == [("call", "appointment", "delivered")]


async def test_a_call_is_placed_twice_at_most_whatever_was_refused_before(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await call_due(by_phone)
    twilio["place"].mock(side_effect=[TOO_MUCH, placed(1), TOO_MUCH, placed(2), placed(3)])
    for _ in range(2):
        for _ in range(2):
            await at_once(by_phone)
            await outbox.deliver(by_phone, gateway)
        assert await rows(by_phone, "select distinct error_code from outbox where kind = 'call'") == [(None,)]
        await ends(by_phone, "failed")
    await outbox.deliver(by_phone, gateway)
    query = "update outbox set settled_at = now() - interval '40 minutes', error_code = 20429 where kind = 'call'"
    await rows(by_phone, query + " returning id")
    await reconciling.reconcile(by_phone, gateway)
    assert await rows(by_phone, ROWS) == [
        ("call", "appointment", "undelivered"),
        ("call", "again", "undelivered"),
        ("text", "missed call", "accepted"),
    ]


async def test_a_call_that_twilio_has_after_all_has_no_error(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await call_due(by_phone)
    twilio["place"].mock(side_effect=[TOO_MUCH, httpx.ReadTimeout("no answer")])
    for _ in range(2):
        await at_once(by_phone)
        await outbox.deliver(by_phone, gateway)
    twilio["calls"].mock(return_value=listed_calls(call("ringing")))
    await at_once(by_phone)
    await reconciling.reconcile(by_phone, gateway)
    found = await rows(by_phone, "select state, error_code from outbox where kind = 'call'")
    assert found == [("accepted", None)]


@pytest.fixture
async def as_text(by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> Runtime:
    """Ada's call was refused, and her check-in waits as a text."""
    await call_due(by_phone)
    twilio["place"].mock(side_effect=None, return_value=NOT_THERE)
    await outbox.deliver(by_phone, gateway)
    assert await rows(by_phone, TEXT) == [("ready", None)]
    return by_phone


async def pause_program(rt: Runtime) -> None:
    async with rt.begin() as (connection, moment):
        program = await programs.find(connection, "tide")
        paused = replace(program.settings, paused_until=OPEN_END)
        assert await programs.save_settings(connection, program, paused, moment)


async def test_the_text_in_place_of_a_call_keeps_to_a_pause_of_the_program(
    as_text: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await pause_program(as_text)
    await outbox.deliver(as_text, gateway)
    assert await rows(as_text, TEXT) == [("dropped", "the program is paused")]


async def test_the_text_in_place_of_a_call_is_not_sent_to_whoever_has_begun(
    as_text: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await people.texts(as_text, ["GO", "2"])
    await outbox.deliver(as_text, gateway)
    assert await rows(as_text, TEXT) == [("dropped", "no longer needed")]


async def test_whoever_begins_while_it_rings_gets_no_text_in_its_place(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await call_due(by_phone)
    for begun in (False, True):
        await at_once(by_phone)
        await outbox.deliver(by_phone, gateway)
        if begun:
            await people.texts(by_phone, ["GO", "2"])
        await ends(by_phone, "no-answer")
    assert await rows(by_phone, ROWS) == [("call", "appointment", "delivered"), ("call", "again", "delivered")]


async def test_a_copy_of_the_text_in_place_of_a_call_is_not_sent_to_whoever_has_begun(
    as_text: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await outbox.deliver(as_text, gateway)
    ((row, sid),) = await rows(as_text, "select id, sid from outbox where origin = 'missed call'")
    await statuses.take(as_text, [Status(row, str(sid), "undelivered", 30003)])  # type: ignore[arg-type]
    await people.texts(as_text, ["GO", "2"])
    await rows(
        as_text, "update outbox set settled_at = now() - interval '11 minutes' where id = :id returning id", id=row
    )
    await reconciling.reconcile(as_text, gateway)
    await at_once(as_text)
    await outbox.deliver(as_text, gateway)
    found = await rows(as_text, "select state, reason from outbox where origin = 'again'")
    assert found == [("dropped", "no longer needed")]


async def test_the_text_in_place_of_two_calls_comes_at_the_hour_that_was_chosen(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    """Within the quiet hours, too, while it is not late; and how late it is counts from that hour."""
    await rows(by_phone, "update enrolments set quiet_start = '08:00', quiet_end = '20:30' returning id")
    await call_due(by_phone)
    for minutes in (20, 5):
        await at_once(by_phone)
        await outbox.deliver(by_phone, gateway)
        await ends(by_phone, "no-answer")
        await people.move_to(by_phone, await people.now(by_phone) + timedelta(minutes=minutes))
    await outbox.deliver(by_phone, gateway)
    assert await rows(by_phone, TEXT) == [("accepted", None)]
    late = await people.one(by_phone, "select late_seconds from outbox where origin = 'missed call'")
    assert isinstance(late, int)
    assert 25 * 60 <= late < 30 * 60


async def test_how_late_a_text_in_place_of_a_call_was_is_the_same_however_that_is_known(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await call_due(by_phone)
    for _ in range(2):
        await at_once(by_phone)
        await outbox.deliver(by_phone, gateway)
        await ends(by_phone, "no-answer")
        await people.move_to(by_phone, await people.now(by_phone) + timedelta(minutes=20))
    twilio["send"].mock(side_effect=httpx.ReadTimeout("no answer"))
    await outbox.deliver(by_phone, gateway)
    row = await people.one(by_phone, "select id from outbox where origin = 'missed call' and state = 'unknown'")
    await statuses.take(by_phone, [Status(row, people.sid(), "sent", None)])  # type: ignore[arg-type]
    late = await people.one(by_phone, "select late_seconds from outbox where origin = 'missed call'")
    assert isinstance(late, int)
    assert 40 * 60 <= late < 45 * 60


@pytest.mark.parametrize(
    ("reason", "starts"),
    [("21705: the messaging service is unknown", False), ("20003: Twilio does not accept the account", True)],
)
async def test_a_call_starts_a_stopped_sender_unless_that_was_for_its_messaging_service(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter, reason: str, starts: bool
) -> None:
    """Or the sender would be stopped by the next text, started by the next call, and told of each time."""
    await call_due(by_phone)
    async with by_phone.begin() as (connection, _):
        await senders.stop(connection, [people.SENDER], reason, by_phone.real() - senders.PROBE)
    await outbox.deliver(by_phone, gateway)
    assert await rows(by_phone, ROWS) == [("call", "appointment", "accepted")]
    assert await people.one(by_phone, "select stopped_reason from senders") == (None if starts else reason)
