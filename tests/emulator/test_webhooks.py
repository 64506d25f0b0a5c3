"""The rules that follow the # of an address, and a service that is not there."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.emulator import create_app
from sms_service.emulator.webhooks import read_rules

from .practice import ADA


def test_without_a_fragment_twilios_defaults_hold():
    rules = read_rules("https://practice.test/a?b=c")
    assert (rules.url, rules.retries, rules.retry_on) == ("https://practice.test/a?b=c", 1, {"ct"})
    assert (rules.connect, rules.read, rules.total) == (5, 15, 15)


def test_a_fragment_rules_the_connection_and_is_not_sent():
    rules = read_rules("https://practice.test/a#rc=2&rp=5xx,ct,rt&ct=200&rt=900&tt=99999")
    assert (rules.url, rules.retries) == ("https://practice.test/a", 2)
    assert (rules.connect, rules.read, rules.total) == (0.2, 0.9, 15)
    assert [rules.again(outcome) for outcome in ("5xx", "ct", "rt", "4xx", "ok")] == [True] * 3 + [False] * 2


def test_all_means_every_failure_and_no_success():
    rules = read_rules("https://practice.test/a#rp=all")
    assert [rules.again(outcome) for outcome in ("4xx", "3xx", "ok")] == [True, True, False]


@given(st.text())
def test_no_fragment_leads_out_of_twilios_bounds(fragment):
    rules = read_rules(f"https://practice.test/a#{fragment}")
    assert 0 <= rules.retries <= 5
    assert 0.1 <= rules.read <= 15


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (httpx.ConnectError("refused"), 11205),
        (httpx.ReadError("reset"), 11200),
        (AttributeError("getpeername"), 11205),
    ],
)
async def test_a_service_that_is_not_there_is_tried_three_times_and_then_at_its_fallback(settings, error, code):
    asked = []

    def break_off(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        raise error

    async with httpx.AsyncClient(transport=httpx.MockTransport(break_off)) as http:
        transport = httpx.ASGITransport(app=create_app(settings, http=http))
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator.test") as client:
            report = (await client.post("/emulator/texts", json={"from": ADA, "body": "hi"})).json()
    assert report["error"]["code"] == code
    # The fallback's address has no fragment: one retry, and only where no connection came about.
    fallbacks = 2 if code == 11205 else 1
    assert asked == ["/twilio/sms"] * 3 + ["/twilio/sms/fallback"] * fallbacks
