"""Where Twilio reports to: it is asked to come again after an error, and signs what it was asked for without that."""

from __future__ import annotations

from urllib.parse import parse_qs, urldefrag
from xml.etree import ElementTree

import httpx
import pytest
import respx

from bench.standin import Book
from sms_service import clockwork, outbox
from sms_service.emulator.signature import HEADER, sign
from sms_service.emulator.webhooks import read_rules
from sms_service.runtime import Runtime, new_id
from sms_service.twilio import addresses
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.carrier import ask, line
from tests.sms_service.telephone import join_with_code
from tests.sms_service.test_call_reconciling import ACCOUNT

HOME = "https://checkin.test"


@pytest.mark.parametrize("address", [addresses.of_text, addresses.of_call])
def test_a_report_comes_twice_more_after_an_error_of_ours_or_silence(address) -> None:  # type: ignore[no-untyped-def]
    rules = read_rules(address(HOME, "9"))
    assert (rules.url, rules.retries) == (urldefrag(address(HOME, "9")).url, 2)
    assert [rules.again(outcome) for outcome in ("5xx", "ct", "rt", "4xx", "ok")] == [True] * 3 + [False] * 2


@pytest.mark.parametrize("address", [addresses.of_text, addresses.of_call])
def test_the_benchs_stand_in_reads_the_row_of_an_address(address) -> None:  # type: ignore[no-untyped-def]
    row = str(new_id())
    assert Book().take({"To": people.ADA, "StatusCallback": address(HOME, row)}).row == row


async def test_a_reply_is_reported_at_the_address_that_it_names(rt: Runtime) -> None:
    await people.program(rt)
    async with line(rt) as carrier:
        answer = await carrier.text("JOIN")
        (said,) = ElementTree.fromstring(answer.content)  # noqa: S314  (our own answer)
        url = read_rules(said.attrib["statusCallback"]).url
        params = {
            "MessageSid": people.sid(),
            "MessageStatus": "delivered",
            "AccountSid": rt.settings.twilio_account_sid,
        }
        signature = {HEADER: sign(url, params, rt.settings.twilio_auth_token)}
        assert (await carrier.web.post(url, data=params, headers=signature)).status_code == 204
    assert await ask(rt, "select state from outbox") == [("delivered",)]


async def test_a_call_names_where_its_end_is_reported(rt: Runtime, gateway: Gateway) -> None:
    await join_with_code(rt)
    await people.texts(rt, ["PHONE", "1"])
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    with respx.mock() as wire:
        placed = httpx.Response(201, json={"sid": f"CA{1:032x}", "status": "queued"})
        calls = wire.post(f"{ACCOUNT}/Calls.json").mock(return_value=placed)
        await outbox.deliver(rt, gateway)
    asked = parse_qs(calls.calls.last.request.content.decode())
    row = await people.one(rt, "select id from outbox where kind = 'call'")
    assert asked["StatusCallback"] == [addresses.of_call(HOME, str(row))]
