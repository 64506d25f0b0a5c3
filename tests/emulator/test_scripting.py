"""What scripts ask: messages, waiting, counts, and the demo's clock."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from sms_service.emulator import create_app

from .practice import ADA, BEN, LINE, MESSAGES, Answer, message

FORM = {"To": ADA, "From": LINE, "Body": "Hello"}


async def test_messages_are_listed_in_order_and_after_a_seq_or_a_time(client, practice):
    practice.answers.append(Answer(message("Ça va?")))
    await client.post("/emulator/texts", json={"from": ADA, "body": "hi"})
    await client.post("/emulator/texts", json={"from": BEN, "body": "hi"})
    rows = (await client.get("/emulator/messages", params={"phone": ADA})).json()
    assert [(row["direction"], row["body"], row["encoding"]) for row in rows] == [
        ("inbound", "hi", "GSM-7"),
        ("outbound-reply", "Ça va?", "GSM-7"),
    ]
    everything = (await client.get("/emulator/messages")).json()
    assert [row["seq"] for row in everything] == [1, 2, 3]
    for since in ("1", rows[1]["at"]):
        later = (await client.get("/emulator/messages", params={"phone": ADA, "since": since})).json()
        assert [row["seq"] for row in later] == [2]


async def test_a_plus_that_the_address_ate_is_put_back(client):
    await client.post("/emulator/texts", json={"from": ADA, "body": "hi"})
    assert len((await client.get(f"/emulator/messages?phone={ADA}")).json()) == 1


async def test_a_time_that_cannot_be_read_is_named(client):
    response = await client.get("/emulator/messages", params={"since": "noon"})
    assert response.status_code == 400
    assert "'noon'" in response.json()["detail"]


async def test_waiting_ends_when_a_text_arrives(client):
    waiting = asyncio.ensure_future(client.get("/emulator/wait", params={"phone": ADA, "seconds": 30}))
    await asyncio.sleep(0)
    await client.post(MESSAGES, data=FORM | {"To": BEN})
    await client.post(MESSAGES, data=FORM)
    assert [row["body"] for row in (await waiting).json()] == ["Hello"]


async def test_waiting_ends_empty_when_nothing_newer_comes(client):
    await client.post(MESSAGES, data=FORM)
    response = await client.get("/emulator/wait", params={"phone": ADA, "after": 1, "seconds": 0.05})
    assert response.json() == []


async def test_everything_is_counted(client, practice):
    practice.answers.extend([Answer(status=500), Answer(message("Hello"))])
    await client.post("/emulator/texts", json={"from": ADA, "body": "hi"})
    await client.post(MESSAGES, data=FORM)
    await client.post(MESSAGES, data=FORM | {"Body": ""})
    stats = (await client.get("/emulator/stats")).json()
    assert stats["accepted"] == {"total": 2, "by_sender": {LINE: 2}, "by_recipient": {ADA: 2}}
    assert stats["duplicates"] == [{"to": ADA, "body": "Hello", "count": 2}]
    assert (stats["refused"], stats["received"]) == ({"21602": 1}, 1)
    assert stats["webhooks"] == {"posted": 2, "failed": 1}


async def test_a_text_to_a_phone_cannot_be_replayed(client):
    sid = (await client.post(MESSAGES, data=FORM)).json()["sid"]
    response = await client.post("/emulator/texts", json={"from": ADA, "body": "x", "sid": sid})
    assert response.status_code == 400


async def test_health(client):
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def press_next(settings, answer):
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        transport = httpx.ASGITransport(app=create_app(settings, http=http))
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator.test") as client:
            return await client.post("/emulator/next")


async def test_next_asks_the_clock_and_passes_its_answer_on(settings):
    with_clock = replace(settings, clock_url="http://clock.test/clock")

    def clock(request):
        assert (request.url, request.read()) == ("http://clock.test/clock", b'{"to":"next"}')
        return httpx.Response(409, json={"detail": "nothing is due"})

    response = await press_next(with_clock, clock)
    assert (response.status_code, response.json()) == (409, {"detail": "nothing is due"})


async def test_next_without_a_clock_says_how_to_have_one(settings):
    response = await press_next(settings, lambda request: httpx.Response(200))
    assert response.status_code == 404
    assert "CLOCK_URL" in response.json()["detail"]


def no_clock(request):
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize("answer", [no_clock, lambda request: httpx.Response(200, text="tick")])
async def test_a_clock_that_cannot_be_understood_is_a_clear_502(settings, answer):
    response = await press_next(replace(settings, clock_url="http://clock.test/"), answer)
    assert response.status_code == 502
    assert "clock" in response.json()["detail"]
