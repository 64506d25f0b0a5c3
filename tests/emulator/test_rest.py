"""Twilio's Messages resource, asked directly."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from sms_service.emulator import create_app

from .practice import ADA, BEN, LINE, MESSAGES, one_message, until

FORM = {"To": ADA, "From": LINE, "Body": "Hello"}
MAGIC = "+1500555000"


async def settled(client, **more):
    sid = (await client.post(MESSAGES, data=FORM | more)).json()["sid"]
    memory = client._transport.app.state.exchange.memory
    await until(lambda: memory.messages[sid].status == "delivered")
    return sid


async def test_an_accepted_text_is_answered_in_twilios_shape(client):
    response = await client.post(MESSAGES, data=FORM | {"Body": "á" * 71, "ContentRetention": "discard", "New": ""})
    body = response.json()
    assert response.status_code == 201
    assert body["sid"].startswith("SM")
    assert len(body["sid"]) == 34
    assert (body["status"], body["direction"], body["num_segments"]) == ("queued", "outbound-api", "2")
    assert (body["error_code"], body["date_sent"], body["price_unit"]) == (None, None, "USD")
    assert parsedate_to_datetime(body["date_created"]).tzinfo is not None
    assert body["uri"] == one_message(body["sid"])


@pytest.mark.parametrize("auth", [None, ("AC" + "5" * 32, "wrong"), ("AC" + "6" * 32, "a-token-of-the-tests")])
async def test_a_stranger_is_turned_away(app, auth):
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator.test", auth=auth) as stranger:
        response = await stranger.post(MESSAGES, data=FORM)
    assert (response.status_code, response.json()["code"]) == (401, 20003)


async def test_another_account_is_not_found(client):
    response = await client.get(MESSAGES.replace("555", "666"))
    assert (response.status_code, response.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Body": ""}, 21602),
        ({"Body": "a" * 1601}, 21617),
        ({"To": "5551234"}, 21211),
        ({"To": "+1555"}, 21211),
        ({"To": MAGIC + "1"}, 21211),
        ({"To": MAGIC + "2"}, 21612),
        ({"To": MAGIC + "3"}, 21408),
        ({"To": MAGIC + "4"}, 21610),
        ({"To": MAGIC + "9"}, 21614),
        ({"From": MAGIC + "1"}, 21212),
        ({"From": MAGIC + "7"}, 21606),
        ({"From": MAGIC + "8"}, 21611),
        ({"From": BEN}, 21606),
        ({"From": "somebody"}, 21212),
        ({"From": ""}, 21603),
        ({"StatusCallback": "http://my_host/status"}, 21609),
        ({"StatusCallback": "status"}, 21609),
        ({"ValidityPeriod": "36001"}, 20001),
    ],
)
async def test_each_bad_request_gets_twilios_code(client, change, code):
    response = await client.post(MESSAGES, data=FORM | change)
    body = response.json()
    assert (response.status_code, body["code"], body["status"]) == (400, code, 400)
    assert body["more_info"].endswith(str(code))
    assert body["message"]
    assert (await client.get("/emulator/messages")).json() == []


async def test_the_longest_body_and_the_test_sender_are_accepted(client):
    response = await client.post(MESSAGES, data=FORM | {"Body": "a" * 1600, "From": MAGIC + "6"})
    assert response.status_code == 201


async def test_a_messaging_service_keeps_to_the_number_a_person_knows(client, settings):
    second = settings.numbers[1]
    await client.post("/emulator/texts", json={"from": ADA, "to": second, "body": "hi"})
    service = {"From": "", "MessagingServiceSid": "MG" + "1" * 32}
    assert (await client.post(MESSAGES, data=FORM | service)).json()["from"] == second
    assert (await client.post(MESSAGES, data=FORM | service | {"To": BEN})).json()["from"] == LINE


async def test_redaction_empties_what_twilio_keeps_and_not_the_phone(client):
    sid = await settled(client)
    response = await client.post(one_message(sid), data={"Body": ""})
    assert (response.status_code, response.json()["body"]) == (200, "")
    assert (await client.get(one_message(sid))).json()["body"] == ""
    assert [row["body"] for row in (await client.get("/emulator/messages")).json()] == ["Hello"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_text_under_way_can_be_neither_emptied_nor_deleted(client, method):
    await client.post("/emulator/faults", json={"hold_seconds": 600})
    sid = (await client.post(MESSAGES, data=FORM)).json()["sid"]
    response = await client.request(method, one_message(sid), data={"Body": ""})
    assert (response.status_code, response.json()["code"]) == (409, 20009)


async def test_a_body_can_only_be_emptied(client):
    sid = await settled(client)
    assert (await client.post(one_message(sid), data={"Body": "other"})).json()["code"] == 20001


async def test_a_deleted_text_is_gone_at_twilio_and_stays_on_the_phone(client):
    sid = await settled(client)
    assert (await client.delete(one_message(sid))).status_code == 204
    assert (await client.get(one_message(sid))).json()["code"] == 20404
    assert (await client.get(MESSAGES)).json()["messages"] == []
    assert len((await client.get("/emulator/messages")).json()) == 1


@pytest.mark.parametrize("query", [{"PageSize": "0"}, {"PageSize": "x"}, {"DateSent": "yesterday"}])
async def test_a_list_that_cannot_be_asked_for_is_refused(client, query):
    response = await client.get(MESSAGES, params=query)
    assert (response.status_code, response.json()["code"]) == (400, 20001)


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({}, [12, 11, 10]),
        ({"DateSent": "2026-03-11"}, [11]),
        ({"DateSent": "2026-03-11T00:00:00Z"}, [11]),
        ({"DateSent>": "2026-03-11"}, [12, 11]),
        ({"DateSent>": "2026-03-11T12:00:01Z"}, [12]),
        ({"DateSent<": "2026-03-11"}, [11, 10]),
        ({"DateSent<": "2026-03-11T11:59:59Z"}, [10]),
        ({"DateSent>": "2026-03-11", "DateSent<": "2026-03-11"}, [11]),
        ({"DateSent>": "2026-03-11T08:00:00-04:00"}, [12, 11]),
    ],
)
async def test_dates_filter_the_list(settings, practice, query, days):
    clock = [datetime(2026, 3, 10, 12, 0, 0, 500, tzinfo=UTC)]
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=practice))
    transport = httpx.ASGITransport(app=create_app(settings, http=http, now=lambda: clock[0]))
    auth = (settings.account_sid, settings.auth_token)
    async with http, httpx.AsyncClient(transport=transport, base_url="http://e.test", auth=auth) as client:
        for _ in range(3):
            await client.post("/emulator/collectable", json={"from": ADA, "body": "x"})
            clock[0] += timedelta(days=1)
        listed = (await client.get(MESSAGES, params=query)).json()["messages"]
    assert [parsedate_to_datetime(row["date_sent"]).day for row in listed] == days
