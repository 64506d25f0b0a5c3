"""Signatures are Twilio's: made by its own library, checked by ours over what really came in."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from sms_service.app import create_app
from sms_service.runtime import open_runtime
from sms_service.settings import Settings
from sms_service.twilio.signature import matches, sign
from tests.sms_service.carrier import Pairs, Repeatable

TOKEN = "a token of the tests"
URL = "https://checkin.test/twilio/sms"
ACCOUNT = "AC" + "1" * 32

words = st.text(max_size=20)
some_pairs = st.lists(st.tuples(words, words), max_size=12)
# Few names and values, so that most are repeated.
repeats = st.lists(st.tuples(st.sampled_from(["Body", "Bo", ""]), st.sampled_from(["", "d", "ó", "好"])), max_size=8)
pairs = some_pairs | repeats
queries = st.lists(st.tuples(words, words), max_size=3).map(urlencode)


def twilios(url: str, form: Pairs) -> str:
    return str(RequestValidator(TOKEN).compute_signature(url, Repeatable(form)))


@given(form=pairs, query=queries)
def test_it_is_the_one_that_twilio_makes(form: Pairs, query: str) -> None:
    url = f"{URL}?{query}" if query else URL
    assert sign(TOKEN, url, form) == twilios(url, form)
    assert matches(TOKEN, url, form, twilios(url, form))


def test_it_is_the_one_of_twilios_documentation() -> None:
    form = [("Digits", "1234"), ("To", "+18005551212"), ("From", "+14158675310")]
    form += [("Caller", "+14158675310"), ("CallSid", "CA1234567890ABCDE")]
    assert sign("12345", "https://example.com/myapp.php?foo=1&bar=2", form) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@given(form=pairs, other=pairs, query=queries)
def test_it_holds_for_nothing_else(form: Pairs, other: Pairs, query: str) -> None:
    """Only parameters that read the same one after the other, which is as Twilio has it, sign the same."""

    def read(one: Pairs) -> str:
        return "".join(name + value for name, value in sorted(set(one)))

    assert matches(TOKEN, URL, form, twilios(URL, other)) == (read(form) == read(other))
    assert not matches(TOKEN + ".", URL, form, twilios(URL, form))
    assert not matches(TOKEN, f"{URL}/", form, twilios(URL, form))


@pytest.mark.parametrize("signature", [None, "", "=", "é", "\ud800", "L/OH5YylLD5NRKLltdqwSvS0BnU=", "x" * 10_000])
def test_one_that_is_missing_or_is_none_is_simply_wrong(signature: str | None) -> None:
    assert not matches(TOKEN, URL, [("Body", "hello")], signature)


@pytest.fixture(scope="module")
def door() -> FastAPI:
    """Twilio's doors, behind which the database is not needed as long as nobody texts."""
    rt = open_runtime(
        Settings(
            database_url="postgresql://nobody@127.0.0.1:9/none",
            redis_url="redis://127.0.0.1:9",
            public_url="https://checkin.test/under/way",
            secret_key=("a secret of the tests, long enough to be one",),
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=TOKEN,
        )
    )
    return create_app(rt)


@given(form=pairs, query=queries)
async def test_what_twilio_signed_is_let_in_just_as_it_came(door: FastAPI, form: Pairs, query: str) -> None:
    whole = [*form, ("AccountSid", ACCOUNT)]
    path = f"/twilio/voice/fallback?{query}" if query else "/twilio/voice/fallback"
    signature = twilios(f"https://checkin.test/under/way{path}", whole)
    wanted = next(value for name, value in whole if name == "AccountSid")
    assert await knock(door, path, urlencode(whole).encode(), signature) == (200 if wanted == ACCOUNT else 403)


async def test_the_path_is_taken_as_it_was_written(door: FastAPI) -> None:
    form = [("AccountSid", ACCOUNT)]
    path = "/twilio/%76oice/fallback?name=a%20b+c%2B&%C3%A9=" + quote("好")
    signature = twilios(f"https://checkin.test/under/way{path}", form)
    assert await knock(door, path, urlencode(form).encode(), signature) == 200
    assert await knock(door, path.replace("%76", "v"), urlencode(form).encode(), signature) == 403


async def knock(door: FastAPI, path: str, body: bytes, signature: str) -> int:
    transport = httpx.ASGITransport(app=door)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as web:
        request = web.build_request("POST", "/", content=body, headers={"X-Twilio-Signature": signature})
        request.url = httpx.URL(f"http://127.0.0.1{path}")
        return (await web.send(request)).status_code
