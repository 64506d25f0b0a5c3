"""Status callbacks: when they come, what they say, and how they go wrong on request."""

import pytest

from .practice import ADA, LINE, MESSAGES, STATUS_URL, Answer, until


async def send(client, **more):
    form = {"To": ADA, "From": LINE, "Body": "Hello", "StatusCallback": STATUS_URL, **more}
    response = await client.post(MESSAGES, data=form)
    assert response.status_code == 201, response.text
    return response.json()


async def test_sent_and_delivered_are_told_and_the_first_status_is_not(client, practice):
    message = await send(client)
    assert message["status"] == "queued"
    await until(lambda: len(practice.statuses()) == 2)
    assert practice.statuses(message["sid"]) == ["sent", "delivered"]


async def test_a_callback_carries_what_twilio_sends(client, practice):
    message = await send(client)
    await until(lambda: len(practice.posts) == 2)
    sent, delivered = practice.posts
    assert sent.genuine
    assert sent.form == {
        "MessageSid": message["sid"],
        "SmsSid": message["sid"],
        "MessageStatus": "sent",
        "SmsStatus": "sent",
        "To": ADA,
        "From": LINE,
        "AccountSid": message["account_sid"],
        "ApiVersion": "2010-04-01",
    }
    assert len(delivered.form["RawDlrDoneDate"]) == 10


async def test_a_messaging_service_accepts_first_and_then_tells_of_the_queue(client, practice):
    message = await send(client, From="", MessagingServiceSid="MG" + "1" * 32)
    assert (message["status"], message["from"]) == ("accepted", LINE)
    await until(lambda: practice.statuses() == ["queued", "sent", "delivered"])
    assert practice.posts[0].form["MessagingServiceSid"] == "MG" + "1" * 32


async def test_without_an_address_nothing_is_told(client, practice):
    message = await send(client, StatusCallback="")
    await until_delivered(client, message["sid"])
    assert practice.posts == []


async def until_delivered(client, sid, status="delivered"):
    exchange = client._transport.app.state.exchange
    await until(lambda: exchange.memory.messages[sid].status == status)


async def test_lost_callbacks_never_come_and_are_counted(client, practice):
    await client.post("/emulator/faults", json={"callbacks": "lost"})
    message = await send(client)
    await until_delivered(client, message["sid"])
    stats = (await client.get("/emulator/stats")).json()
    assert practice.posts == []
    assert stats["callbacks"] == {"posted": 0, "failed": 0, "lost": 2}


async def test_late_callbacks_come_after_the_text_has_arrived(client, practice):
    await client.post("/emulator/faults", json={"callbacks": "late", "seconds": 0.1})
    message = await send(client)
    await until_delivered(client, message["sid"])
    assert practice.statuses() == []
    await until(lambda: sorted(practice.statuses()) == ["delivered", "sent"])


@pytest.mark.parametrize(
    ("fault", "told"),
    [("repeated", ["sent", "sent", "delivered", "delivered"]), ("shuffled", ["delivered", "sent"])],
)
async def test_callbacks_come_twice_or_out_of_order_on_request(client, practice, fault, told):
    await client.post("/emulator/faults", json={"callbacks": fault})
    await send(client)
    await until(lambda: len(practice.statuses()) == len(told))
    assert practice.statuses() == told


@pytest.mark.parametrize(
    ("fail", "told"),
    [
        ({"code": 30003}, ["sent", "undelivered"]),
        ({"code": 30034, "status": "failed"}, ["failed"]),
    ],
)
async def test_a_text_can_be_accepted_and_then_fail(client, practice, fail, told):
    await client.post("/emulator/faults", json={"fail_later": {**fail, "count": 1}})
    message = await send(client)
    await until(lambda: practice.statuses() == told)
    assert practice.posts[-1].form["ErrorCode"] == str(fail["code"])
    await send(client)
    await until(lambda: practice.statuses()[-1] == "delivered")
    (trouble,) = (await client.get("/emulator/troubles")).json()
    assert (trouble["code"], trouble["sid"]) == (fail["code"], message["sid"])


async def test_a_phone_that_is_switched_off_is_known_by_its_number(client, practice):
    await send(client, To="+15005530003")
    await until(lambda: practice.statuses() == ["sent", "undelivered"])
    assert practice.posts[-1].form["ErrorCode"] == "30003"


async def test_a_callback_that_is_not_taken_is_a_trouble_and_stops_nothing(client, practice, settings):
    practice.answers.extend([Answer(status=500)] * 2)
    message = await send(client, StatusCallback=f"{settings.service_url}/other/status#rc=1&rp=5xx")
    await until(lambda: len(practice.to("/other/status")) == 3)
    await until_delivered(client, message["sid"])
    (trouble,) = (await client.get("/emulator/troubles")).json()
    assert (trouble["code"], trouble["phone"]) == (11200, ADA)
