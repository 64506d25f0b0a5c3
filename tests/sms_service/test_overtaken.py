"""A text that a worker has claimed when its person makes it needless: sending looks again behind their lock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import respx

from sms_service import clockwork, outbox
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.wire import MESSAGES, accepted

FINISHED = ("GO", "2", "1", "0", "3")
WAITS = "select count(*) from outbox where origin = 'appointment' and state = 'sending'"
ADAS = """select o.state, o.reason from outbox o join participants p on p.id = o.participant_id
          where o.origin = 'appointment' and p.id = (select max(id::text)::uuid from participants) order by o.id"""


@pytest.fixture
def twilio() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as wire:
        yield wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 9)])


@pytest.fixture
async def both(rt: Runtime) -> Runtime:
    """Ben and then Ada have joined: their rows are locked in this order."""
    await people.program(rt)
    await people.join(rt, people.BEN)
    await people.join(rt, people.ADA)
    return rt


async def come_due(rt: Runtime, kind: str) -> None:
    """Have both get something of this kind in the same minute."""
    due = await people.move_to_due(rt, kind)
    await people.move_to(rt, due + timedelta(minutes=2))
    await clockwork.tick(rt)


@asynccontextmanager
async def claimed(rt: Runtime, gateway: Gateway) -> AsyncIterator[None]:
    """Have a worker claim both texts, and wait for Ben's row before it comes to Ada's."""
    async with rt.engine.begin() as busy:
        await busy.execute(people.sql("select id from participants order by id limit 1 for no key update"))
        sending = asyncio.create_task(outbox.deliver(rt, gateway))
        while await people.one(rt, WAITS) != 2:
            assert not sending.done()
        yield
    await sending


@pytest.mark.parametrize("words", [FINISHED, ("I want to kill myself",)], ids=["finished", "danger"])
@pytest.mark.parametrize("kind", ["check-in", "snooze"])
async def test_a_question_that_was_claimed_is_not_sent_once_it_is_needless(
    both: Runtime, gateway: Gateway, twilio: respx.Route, kind: str, words: Sequence[str]
) -> None:
    await come_due(both, "check-in")
    if kind == "snooze":
        await outbox.deliver(both, gateway)
        for number in (people.BEN, people.ADA):
            await people.text(both, "LATER in 2 hours", number=number)
        await come_due(both, "snooze")
    before = twilio.call_count
    async with claimed(both, gateway):
        await people.texts(both, words)
    assert twilio.call_count == before + 1
    assert (await people.rows(both, ADAS))[-1] == ("dropped", "no longer needed")
