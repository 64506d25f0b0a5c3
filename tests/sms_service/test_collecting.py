"""Looking at Twilio for what people texted while we were down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx

from sms_service import collecting
from sms_service.runtime import Runtime
from sms_service.store.people import lock
from sms_service.twilio.client import Gateway, GatewayError
from tests import people
from tests.people import ADA, BEN, CLEO, SENDER
from tests.sms_service.carrier import ask

RISKY = "I want to kill myself"


class Twilio:
    """The list of messages that Twilio has, as its API gives it: newest first."""

    def __init__(self, rt: Runtime, route: respx.Route) -> None:
        self._rt = rt
        self.messages: list[dict[str, object]] = []
        self.route = route
        route.side_effect = self._list

    def has(self, number: str, words: str, *, sent: datetime, direction: str = "inbound") -> str:
        sid = people.sid()
        self.messages.insert(
            0,
            {
                "sid": sid,
                "from": number,
                "to": SENDER,
                "body": words,
                "direction": direction,
                "date_sent": format_datetime(sent),
                "date_created": format_datetime(sent),
            },
        )
        return sid

    def _list(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"messages": self.messages, "next_page_uri": None, "page_size": 200})


@pytest.fixture
async def gateway(rt: Runtime) -> AsyncIterator[Gateway]:
    gateway = Gateway(rt.settings)
    yield gateway
    await gateway.close()


@pytest.fixture
async def twilio(rt: Runtime) -> AsyncIterator[Twilio]:
    await people.program(rt)
    await people.join(rt)
    async with respx.mock() as wire:
        yield Twilio(rt, wire.get(url__regex=r"http://twilio\.test/2010-04-01/Accounts/AC0+/Messages\.json.*"))


async def bodies(rt: Runtime) -> list[str]:
    """Return what was taken in late, sorted."""
    query = """select m.id, m.body, p.answer_key from messages m join participants p on p.id = m.participant_id
               where m.source = 'collect'"""
    found = await ask(rt, query)
    return sorted(rt.vault.key(key).open(body, "messages.body", row) for row, body, key in found)  # type: ignore[arg-type]


async def test_what_twilio_has_and_we_lack_is_taken_in_once(rt: Runtime, twilio: Twilio, gateway: Gateway) -> None:
    twilio.has(ADA, "late", sent=rt.real() - timedelta(minutes=5))
    assert await collecting.collect(rt, gateway) == 1
    assert await collecting.collect(rt, gateway) == 0
    assert await bodies(rt) == ["late"]


async def test_texts_of_one_second_are_taken_in_the_order_they_came(
    rt: Runtime, twilio: Twilio, gateway: Gateway
) -> None:
    """STOP, then START: the other way round somebody who came back would be left out."""
    sent = rt.real() - timedelta(minutes=5)
    twilio.has(ADA, "STOP", sent=sent)
    twilio.has(ADA, "START", sent=sent)
    await collecting.collect(rt, gateway)
    assert await bodies(rt) == ["START", "STOP"]
    assert await ask(rt, "select opted_out from opt_outs") == [(False,)]


@pytest.mark.parametrize(
    ("before", "held_up", "last", "out"), [("", "STOP", "START", False), ("STOP", "START", "STOP", True)]
)
async def test_a_consent_word_that_was_held_up_never_undoes_a_newer_one(
    rt: Runtime, twilio: Twilio, gateway: Gateway, before: str, held_up: str, last: str, out: bool
) -> None:
    """The newer one said nothing new when it came, for we did not know of the one before it."""
    if before:
        await people.text(rt, before)
    await ask(rt, "update opt_outs set at = at - interval '10 min'")
    due = "select due_at from appointments where kind = 'check-in' and state = 'due'"
    planned = await ask(rt, due)
    twilio.has(ADA, held_up, sent=rt.real() - timedelta(minutes=5))
    await people.text(rt, last)
    await collecting.collect(rt, gateway)
    assert await bodies(rt) == [held_up]
    assert await ask(rt, "select opted_out from opt_outs") == [(out,)]
    assert await ask(rt, due) == planned


async def test_a_text_that_may_still_be_on_its_way_is_left_to_the_webhook(
    rt: Runtime, twilio: Twilio, gateway: Gateway
) -> None:
    sid = twilio.has(ADA, "CHECKIN", sent=rt.real())
    assert await collecting.collect(rt, gateway) == 0
    assert (await people.text(rt, "CHECKIN", known_sid=sid))[0].startswith("Tide 1/4.")
    assert await collecting.collect(rt, gateway, settled=timedelta(0)) == 0


async def test_what_we_sent_ourselves_is_no_text_to_us(rt: Runtime, twilio: Twilio, gateway: Gateway) -> None:
    twilio.has(ADA, "Tide 1/4.", sent=rt.real() - timedelta(minutes=5), direction="outbound-api")
    assert await collecting.collect(rt, gateway) == 0


async def test_one_that_cannot_be_taken_in_keeps_nobody_elses_from_being_read(
    rt: Runtime, twilio: Twilio, gateway: Gateway
) -> None:
    sent = rt.real() - timedelta(minutes=5)
    await people.text(rt, "CHECKIN")
    await ask(rt, "update conversations set state = overlay(state placing '\\x00000000' from 20)")
    await people.join(rt, BEN)
    for number, words in ((CLEO, "hello"), (ADA, "3"), (BEN, RISKY), (BEN, "STOP")):
        twilio.has(number, words, sent=sent)
    assert await collecting.collect(rt, gateway) == 3
    assert await bodies(rt) == [RISKY, "STOP", "hello"]
    assert await ask(rt, "select opted_out from opt_outs") == [(True,)]
    assert await ask(rt, "select count(*) from outbox where priority = 0 and state = 'ready'") == [(2,)]


async def test_if_twilio_cannot_be_asked_it_is_asked_again_for_the_same_time(
    rt: Runtime, twilio: Twilio, gateway: Gateway
) -> None:
    twilio.has(ADA, "late", sent=rt.real() - timedelta(minutes=5))
    listing = twilio.route.side_effect
    twilio.route.side_effect = httpx.ConnectError
    with pytest.raises(GatewayError):
        await collecting.collect(rt, gateway)
    assert await ask(rt, "select last_collect from deployment") == [(None,)]
    twilio.route.side_effect = listing
    assert await collecting.collect(rt, gateway) == 1


async def test_it_looks_back_over_a_while_that_was_looked_at_before(
    rt: Runtime, twilio: Twilio, gateway: Gateway
) -> None:
    await collecting.collect(rt, gateway)
    await collecting.collect(rt, gateway)
    first, second = (call.request.url.params["DateSent>"] for call in twilio.route.calls)
    assert datetime.fromisoformat(first) < rt.real() - timedelta(days=1)
    assert timedelta(minutes=9) < rt.real() - datetime.fromisoformat(second) < timedelta(minutes=11)


@pytest.mark.parametrize(
    ("last", "back"),
    [("null", timedelta(days=2)), ("70 hours", timedelta(hours=70, minutes=10)), ("60 days", timedelta(days=30))],
)
async def test_it_goes_on_from_where_it_last_looked_after_a_long_weekend_too(
    rt: Runtime, twilio: Twilio, gateway: Gateway, last: str, back: timedelta
) -> None:
    if last != "null":
        await ask(rt, f"update deployment set last_collect = now() - interval '{last}'")  # noqa: S608 (ours)
    await collecting.collect(rt, gateway)
    (call,) = twilio.route.calls
    since = datetime.fromisoformat(call.request.url.params["DateSent>"])
    assert timedelta(0) <= rt.real() - since - back < timedelta(minutes=1)


async def test_one_that_can_never_be_taken_in_has_the_list_grow_for_two_days_and_no_longer(
    rt: Runtime, twilio: Twilio, gateway: Gateway
) -> None:
    await people.text(rt, "CHECKIN")
    await ask(rt, "update conversations set state = overlay(state placing '\\x00000000' from 20)")
    await ask(rt, "update deployment set last_collect = now() - interval '3 days'")
    for days, behind in ((1, timedelta(days=1)), (3, timedelta(0))):
        twilio.messages.clear()
        twilio.has(ADA, "3", sent=rt.real() - timedelta(days=days))
        await collecting.collect(rt, gateway)
        ((looked,),) = await ask(rt, "select last_collect from deployment")
        assert isinstance(looked, datetime)
        assert abs(rt.real() - looked - behind) < timedelta(minutes=11)


async def test_a_number_that_is_busy_is_waited_for(rt: Runtime, twilio: Twilio, gateway: Gateway) -> None:
    twilio.has(ADA, "late", sent=rt.real() - timedelta(minutes=5))
    async with rt.begin() as (connection, _):
        await lock(connection, [rt.vault.lookup(ADA)])
        looking = asyncio.create_task(collecting.collect(rt, gateway))
        await asyncio.sleep(0.2)
        assert not looking.done()
    assert await looking == 1
