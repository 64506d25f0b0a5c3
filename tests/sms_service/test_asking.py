"""Asking Twilio for many at once, and giving up for this minute when it is away."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import respx

from sms_service import reconciling
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway, GatewayError
from tests import people
from tests.sms_service.wire import MESSAGES, accepted, listing


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as wire:
        wire.post(MESSAGES, name="send").mock(return_value=accepted())
        wire.get(url__startswith=MESSAGES, name="list").mock(return_value=listing([]))
        yield wire


async def test_with_twilio_away_the_asking_ends_and_who_was_not_asked_about_is_next(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await people.program(rt)
    for n in range(12):
        await people.text(rt, "HELP", number=f"+175755502{n:02}")
    await people.rows(rt, "update outbox set state = 'unknown', next_attempt_at = now() returning id")
    twilio["list"].mock(side_effect=httpx.ConnectError("refused"))
    with pytest.raises(GatewayError):
        await reconciling.reconcile(rt, gateway)
    asked = twilio["list"].call_count
    assert asked < len(await people.rows(rt, "select id from participants"))
    waiting = "select count(distinct participant_id) from outbox where state = 'unknown' and next_attempt_at <= now()"
    assert await people.one(rt, waiting) == 12 - asked
