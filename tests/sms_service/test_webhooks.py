"""Twilio's doors: who is let in, what is answered to whatever may come, and that a repeat moves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from sms_service.app import create_app
from sms_service.runtime import Runtime
from sms_service.twilio.signature import sign
from tests import people
from tests.people import BEN, SENDER
from tests.sms_service.carrier import Carrier, ask, contents, form, line, replies, rows, signed

RISKY = "I want to kill myself"
DOORS = (
    "/twilio/sms",
    "/twilio/sms/fallback",
    "/twilio/status?o=01890000-0000-7000-8000-000000000000",
    "/twilio/voice",
)


@pytest.fixture
async def carrier(rt: Runtime) -> AsyncIterator[Carrier]:
    await people.program(rt)
    async with line(rt) as carrier:
        yield carrier


async def test_a_text_is_answered_and_kept(carrier: Carrier, rt: Runtime) -> None:
    answer = await carrier.text("JOIN")
    assert replies(answer)[0].startswith("Tide: voluntary weekly check-in")
    assert await ask(rt, "select source from messages") == [("webhook",)]
    ((row, state),) = await ask(rt, "select id, state from outbox")
    assert ([str(row)], state) == (rows(answer), "handed")


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_not_signed_for_us_is_turned_away_and_leaves_no_trace(
    carrier: Carrier, rt: Runtime, door: str
) -> None:
    await people.join(rt)
    before = await contents(rt)
    pairs = form(rt.settings, RISKY)
    right = signed(rt.settings, door, pairs)
    elsewhere = [*pairs[:-2], ("AccountSid", "AC" + "f" * 32)]
    whole = b"&".join(b"%s=1" % name.encode() for name, _ in pairs)
    refused = [
        await carrier.web.post(door),
        await carrier.web.post(door, data=dict(pairs)),
        await carrier.post(door, pairs, signature=signed(rt.settings, door, pairs, token="another token")),
        await carrier.post(door, pairs, signature=signed(rt.settings, f"{door}/other", pairs)),
        await carrier.post(door, [*pairs, ("Body", "")], signature=right),
        await carrier.post(door, pairs[1:], signature=right),
        await carrier.post(door, pairs, body=whole[: len(whole) // 2], signature=right),
        await carrier.post(door, pairs, body=b"", signature=right),
        await carrier.post(door, pairs, body=b"\xff\xfe=\x80&\x00", signature=right),
        await carrier.post(door, pairs, body=b"%ff=%zz&&&=;", signature=right),
        await carrier.post(door, pairs, signature="="),
        await carrier.post(door, pairs, signature=right.swapcase()),
        await carrier.post(door, elsewhere),
    ]
    assert {answer.status_code for answer in refused} == {403}
    assert await contents(rt) == before


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_larger_than_any_message_is_not_read(carrier: Carrier, rt: Runtime, door: str) -> None:
    before = await contents(rt)
    large = await carrier.post(door, [*form(rt.settings, "x" * 64 * 1024)])
    many = await carrier.post(door, [*form(rt.settings, "hello"), *[("more", "")] * 500])
    assert (large.status_code, many.status_code) == (413, 413)
    assert await contents(rt) == before


async def test_only_posts_are_taken(carrier: Carrier) -> None:
    answers = [await carrier.web.request(method, door) for door in DOORS for method in ("GET", "PUT", "DELETE")]
    assert {answer.status_code for answer in answers} == {405}


async def test_a_replay_gets_the_same_reply_and_moves_nothing(carrier: Carrier, rt: Runtime) -> None:
    for words in (*people.JOINING, "CHECKIN"):
        await carrier.text(words)
        await people.reach_phones(rt)
    sid = people.sid()
    first = await carrier.text("3", sid=sid)
    before = await contents(rt)
    again = [await carrier.text("3", sid=sid) for _ in range(3)]
    assert replies(first)[0].startswith("2/4.")
    assert {answer.content for answer in again} == {first.content}
    assert await contents(rt) == before


async def test_a_replay_in_another_persons_name_tells_nothing(carrier: Carrier, rt: Runtime) -> None:
    sid = people.sid()
    await carrier.text(RISKY, sid=sid)
    assert replies(await carrier.text("hello", number=BEN, sid=sid)) == []


SIGNED_BUT_ODD = {
    "no MessageSid": ([("MessageSid", "")], 400),
    "a MessageSid that is none": ([("MessageSid", "SM1'; drop table messages;--")], 400),
    "a NUL in the MessageSid": ([("MessageSid", "SM" + "\0" * 32)], 400),
    "no From": ([("From", "")], 400),
    "a name as From": ([("From", "Zebulon")], 400),
    "a NUL in From": ([("From", "+1757555\x000111")], 400),
    "From in another alphabet": ([("From", "+١٧٥٧٥٥٥٠١١١")], 400),
    "no To": ([("To", "")], 404),
    "a To that no program uses": ([("To", "+17575550199")], 404),
    "a NUL in To": ([("To", "\0")], 404),
}


@pytest.mark.parametrize("case", SIGNED_BUT_ODD)
async def test_what_cannot_be_answered_is_said_to_be_so(carrier: Carrier, rt: Runtime, case: str) -> None:
    changed, status = SIGNED_BUT_ODD[case]
    before = await contents(rt)
    pairs = [pair for pair in form(rt.settings, "hello") if pair[0] != changed[0][0]]
    assert (await carrier.post("/twilio/sms", [*pairs, *changed])).status_code == status
    assert (await carrier.post("/twilio/sms", pairs)).status_code == status
    assert await contents(rt) == before


@pytest.mark.parametrize(
    "more",
    [
        [("Body", "JOIN")],
        [("From", BEN), ("To", SENDER)],
        [("MessageSid", "SM" + "e" * 32)],
        [("AccountSid", "AC" + "f" * 32)],
        [("Unheard-Of", "1"), ("", ""), ("好", "\0"), ("OptOutType", "STOP")],
        [("Body", "")] * 300,
    ],
)
async def test_repeated_and_unknown_parameters_change_nothing(
    carrier: Carrier, rt: Runtime, more: list[tuple[str, str]]
) -> None:
    """The first of a name counts, as everywhere; what else there may be was signed and is not read."""
    assert replies(await carrier.text("JOIN", more=more))[0].startswith("Tide: voluntary")
    assert await ask(rt, "select count(*) from participants") == [(1,)]


BODIES = {
    "nothing": b"",
    "only a picture": b"&NumMedia=1&MediaUrl0=https%3A%2F%2Fapi.twilio.com%2Fx&MediaContentType0=image%2Fjpeg",
    "blanks": b"%20%0A%09%C2%A0",
    "only emoji": "😢💔👩‍⚕️".encode(),
    "Arabic": "أنا متعب جدا هذا الأسبوع".encode(),
    "Chinese": "我这个星期很累".encode(),
    "right to left marks": "\u202e\u200fhello\u2066".encode(),
    "10,000 characters": b"so%20tired%20" * 1000,
    "10,000 characters without a space": "ñ".encode() * 10_000,
    "NUL bytes": b"%00hello%00\x00",
    "no UTF-8": b"\xff\xfehello\xc3",
    "no UTF-8, escaped": b"%FF%FE%C3hello%ED%A0%80",
    "markup": b"%3C%2FMessage%3E%3CSay%3E%26amp%3B%5D%5D%3E",
    "a broken escape": b"100%",
}
STANDINGS = {"unknown": (), "joining": ("JOIN",), "joined": people.JOINING, "asked": (*people.JOINING, "CHECKIN")}


@pytest.mark.parametrize("standing", STANDINGS)
async def test_whatever_is_texted_gets_a_sensible_answer(carrier: Carrier, rt: Runtime, standing: str) -> None:
    for n, (kind, words) in enumerate(BODIES.items()):
        number = f"+1757555{n:04d}"
        await people.texts(rt, STANDINGS[standing], number=number)
        said = replies(await bring(carrier, words, number))
        assert 1 <= len(said) <= 2, kind
        assert all(0 < len(one) <= 480 for one in said), kind
    assert await ask(rt, "select count(*) from messages") == [(len(BODIES) * (len(STANDINGS[standing]) + 1),)]


@pytest.mark.parametrize(
    "body", [b"I want to kill myself \xff", b"%00I%20want%20to%20kill%20myself%00" + b"so%20tired%20" * 900]
)
async def test_a_risky_text_is_heard_through_what_cannot_be_read(carrier: Carrier, body: bytes) -> None:
    said = replies(await bring(carrier, body))
    assert len(said) == 2
    assert all("988" in one for one in said)


async def bring(carrier: Carrier, words: bytes, number: str = people.ADA) -> httpx.Response:
    """Post a text whose body is exactly these bytes, signed as Twilio signs it: over the parameters decoded."""
    plain = [pair for pair in form(carrier.settings, "", number=number) if pair[0] != "Body"]
    body = urlencode(plain).encode() + b"&Body=" + words
    pairs = parse_qsl(body.decode("utf-8", "surrogateescape"), keep_blank_values=True)
    signature = sign(carrier.settings.twilio_auth_token, f"{carrier.settings.public_url}/twilio/sms", pairs)
    return await carrier.post("/twilio/sms", plain, body=body, signature=signature)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=60) | st.sampled_from([*STANDINGS["asked"], "STOP", "START", "ERASE ALL", RISKY, "GO"]))
async def test_any_text_at_any_point_gets_twiml(carrier: Carrier, words: str) -> None:
    assert len(replies(await carrier.text(words))) <= 3


ODD_REPORTS: dict[str, tuple[list[tuple[str, str]], int]] = {
    "a status unheard of": ([("MessageStatus", "partially_delivered")], 204),
    "no status": ([("MessageStatus", "")], 400),
    "a NUL in the status": ([("MessageStatus", "sent\0")], 400),
    "a status in another alphabet": ([("MessageStatus", "送信")], 400),
    "a long status": ([("MessageStatus", "s" * 5000)], 400),
    "no sid": ([("MessageSid", ""), ("MessageStatus", "sent")], 400),
    "an error code that is none": ([("MessageStatus", "failed"), ("ErrorCode", "²")], 204),
    "an error code without end": ([("MessageStatus", "failed"), ("ErrorCode", "9" * 5000)], 204),
    "a status twice": ([("MessageStatus", "sent"), ("MessageStatus", "failed")], 204),
}


@pytest.mark.parametrize("case", ODD_REPORTS)
async def test_an_odd_report_is_taken_or_turned_away(carrier: Carrier, rt: Runtime, case: str) -> None:
    more, status = ODD_REPORTS[case]
    (row,) = rows(await carrier.text("JOIN"))
    sid = [] if ("MessageSid", "") in more else [("MessageSid", people.sid())]
    pairs = [*more, *sid, ("AccountSid", rt.settings.twilio_account_sid)]
    assert (await carrier.post(f"/twilio/status?o={row}", pairs)).status_code == status


@pytest.mark.parametrize("query", ["", "?o=", "?o=none", "?o=%00", "?o=%FF", "?other=1", "?o=0&o=1"])
async def test_a_report_of_nothing_of_ours_is_taken_and_forgotten(carrier: Carrier, rt: Runtime, query: str) -> None:
    before = await contents(rt)
    pairs = [("MessageSid", people.sid()), ("MessageStatus", "sent"), ("AccountSid", rt.settings.twilio_account_sid)]
    assert (await carrier.post(f"/twilio/status{query}", pairs)).status_code == 204
    assert await contents(rt) == before


async def test_a_request_that_breaks_off_leaves_no_trace(carrier: Carrier, rt: Runtime) -> None:
    before = await contents(rt)
    sent: list[Message] = []
    events: list[Message] = [{"type": "http.request", "body": b"Body=hel", "more_body": True}]

    async def receive() -> Message:
        return events.pop() if events else {"type": "http.disconnect"}

    async def send(event: Message) -> None:
        sent.append(event)

    scope = {"type": "http", "method": "POST", "path": "/twilio/sms", "query_string": b"", "headers": []}
    await create_app(rt)(scope, receive, send)
    assert sent[0]["status"] == 400
    assert await contents(rt) == before
