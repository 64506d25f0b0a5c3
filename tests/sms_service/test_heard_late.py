"""A text that reached no webhook and was found afterwards is word from its person all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import respx

from flows.calling import PickedUp, Spoke
from sms_service import calls, clockwork, inbox, outbox, second_tries
from sms_service.calls import Knock
from sms_service.inbox import Inbound
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.test_clockwork import bodies
from tests.sms_service.wire import MESSAGES, accepted

GRAVE = "I want to kill myself"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HEARD = "select heard_at from participants"
UNREACHABLE = "select unreachable from participants"
SOFTLY = """update outbox set state = 'undelivered', error_code = 30003, attempts = 1,
    sent_at = now() - interval '12 minutes', settled_at = now() - interval '11 minutes'
    where origin = 'appointment' returning id"""


@pytest.fixture
def twilio() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as wire:
        yield wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 60)])


async def find(rt: Runtime, words: str, *, ago: timedelta = timedelta(0)) -> None:
    """Have `collect` find what Ada wrote so long ago."""
    one = Inbound(people.sid(), people.ADA, people.SENDER, words, "collect", rt.real() - ago)
    assert await inbox.take(rt, [one]) == [inbox.Answered(())]


async def call(rt: Runtime, words: str) -> None:
    """Say something in a call, before any code was keyed."""
    sid = people.sid().replace("SM", "CA")
    for step, happening in ((None, PickedUp()), (1, Spoke(words, 0.9))):
        one = Knock(sid, people.ADA, people.SENDER, outbound=False, row=None, step=step, happening=happening)
        assert await calls.take(rt, [one]) != [None]


@pytest.mark.parametrize("way", ["webhook", "found", "found, of before", "call"])
async def test_no_copy_of_a_check_in_follows_a_word_of_danger(
    joined: Runtime, gateway: Gateway, twilio: respx.Route, way: str
) -> None:
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.rows(joined, SOFTLY)
    await people.move_to(joined, await people.now(joined) + 5 * MINUTE)
    if way == "webhook":
        await people.text(joined, GRAVE)
    elif way == "call":
        await call(joined, GRAVE)
    else:
        await find(joined, GRAVE, ago=MINUTE if way == "found" else HOUR)
    await people.rows(joined, "update outbox set state = 'accepted' where priority = 0 returning id")
    await second_tries.once_more(joined)
    await outbox.deliver(joined, gateway)
    found = await people.rows(joined, "select state, reason from outbox where origin = 'again'")
    assert found == [("dropped", "no longer needed")]
    assert [one for one in twilio.calls if b"weekly" in one.request.content] == []


@pytest.mark.parametrize("found", [False, True])
async def test_a_number_that_texts_takes_texts(joined: Runtime, found: bool) -> None:
    await people.rows(joined, "update participants set unreachable = 'dead', unreachable_at = now() returning id")
    await (find(joined, "thanks") if found else people.text(joined, "thanks"))
    assert await people.one(joined, UNREACHABLE) is None


async def test_a_number_that_failed_after_its_text_stays_marked(joined: Runtime) -> None:
    await people.rows(joined, "update participants set unreachable = 'dead', unreachable_at = now() returning id")
    await find(joined, "thanks", ago=HOUR)
    assert await people.one(joined, UNREACHABLE) == "dead"


async def test_what_was_found_counts_from_when_it_was_sent_and_never_takes_time_back(joined: Runtime) -> None:
    await people.join(joined, people.BEN)
    (before,) = await people.rows(joined, f"{HEARD} order by id limit 1")
    await find(joined, "thanks", ago=HOUR)
    assert await people.rows(joined, f"{HEARD} order by id limit 1") == [before]
    await people.move_to(joined, await people.now(joined) + 8 * HOUR)
    batch = [
        Inbound(people.sid(), number, people.SENDER, "thanks", "collect", joined.real() - hours * HOUR)
        for number, hours in ((people.ADA, 6), (people.ADA, 5), (people.BEN, 2))
    ]
    await inbox.take(joined, batch)
    now = await people.now(joined)
    ago = [(now - at) / HOUR for (at,) in await people.rows(joined, f"{HEARD} order by id")]  # type: ignore[operator]
    assert ago == pytest.approx([5, 2], abs=0.1)


async def test_a_stranger_who_was_not_answered_is_greeted_when_they_write_again(rt: Runtime) -> None:
    await people.program(rt)
    await find(rt, "hello")
    assert len(await people.text(rt, "hello?")) == 1


@pytest.mark.parametrize("words", ["1", "2"])
async def test_a_late_word_does_not_say_whose_a_number_is_now(joined: Runtime, words: str) -> None:
    """It is not answered; so nothing personal comes until somebody is heard who is."""
    await people.move_to(joined, datetime(2027, 2, 4, 18, 0, tzinfo=UTC))
    await clockwork.tick(joined)
    assert ["still your number" in one for one in await bodies(joined)] == [True]
    await find(joined, words)
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert ["still your number" in one for one in await bodies(joined)] == [True]
    assert "Next check-in" in (await people.text(joined, "1"))[0]
