"""Faults on request."""

import httpx
import pytest

from .practice import ADA, LINE, MESSAGES, until

FORM = {"To": ADA, "From": LINE, "Body": "Hello"}


async def set_faults(client, **faults):
    response = await client.post("/emulator/faults", json=faults)
    assert response.status_code == 200, response.text
    return response.json()


def states(client):
    return [row.status for row in client._transport.app.state.exchange.memory.messages.values()]


async def test_faults_are_set_one_by_one_and_read_back(client):
    await set_faults(client, callbacks="late", seconds=2)
    faults = await set_faults(client, hold_seconds=60)
    assert (faults["callbacks"], faults["seconds"], faults["hold_seconds"]) == ("late", 2, 60)
    assert (await client.get("/emulator/faults")).json() == faults


@pytest.mark.parametrize(
    "wish", [{"callbacks": "sometimes"}, {"hold": 3}, {"lose_answers": -1}, {"refuse": {"status": 200}}]
)
async def test_a_fault_that_does_not_exist_is_named_in_the_answer(client, wish):
    response = await client.post("/emulator/faults", json=wish)
    assert response.status_code == 422
    assert next(iter(wish)) in response.json()["detail"]


async def test_held_texts_wait_until_they_are_released(client):
    await set_faults(client, hold_seconds=600)
    await client.post(MESSAGES, data=FORM)
    await client.get("/healthz")
    assert states(client) == ["queued"]
    await client.post("/emulator/release")
    await until(lambda: states(client) == ["delivered"])


async def test_a_held_text_goes_by_itself_when_its_time_has_come(client):
    await set_faults(client, hold_seconds=0.05)
    await client.post(MESSAGES, data=FORM)
    await until(lambda: states(client) == ["delivered"])


async def test_a_text_held_for_longer_than_it_is_valid_fails(client):
    await set_faults(client, hold_seconds=36000)
    await client.post(MESSAGES, data={**FORM, "ValidityPeriod": "1"})
    await until(lambda: states(client) == ["failed"])
    (row,) = (await client.get("/emulator/messages")).json()
    assert row["error_code"] == 30036


async def test_a_lost_answer_breaks_the_connection_but_the_text_goes_out(client):
    await set_faults(client, lose_answers=1)
    with pytest.raises(httpx.ReadError):
        await client.post(MESSAGES, data=FORM)
    await until(lambda: states(client) == ["delivered"])
    assert (await client.post(MESSAGES, data=FORM)).status_code == 201
    stats = (await client.get("/emulator/stats")).json()
    assert stats["answers_lost"] == 1
    assert stats["duplicates"] == [{"to": ADA, "body": "Hello", "count": 2}]


def test_over_a_socket_a_lost_answer_is_a_broken_connection(live, settings):
    httpx.post(f"{live}/emulator/faults", json={"lose_answers": 1})
    auth = (settings.account_sid, settings.auth_token)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{live}{MESSAGES}", data=FORM, auth=auth)
    assert len(httpx.get(f"{live}/emulator/messages").json()) == 1


@pytest.mark.parametrize(("code", "status"), [(20429, 429), (20500, 500)])
async def test_the_next_sends_are_refused_as_asked(client, code, status):
    await set_faults(client, refuse={"code": code, "status": status, "count": 2})
    answers = [await client.post(MESSAGES, data=FORM) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 201]
    assert answers[0].json()["code"] == code
    assert (await client.get("/emulator/stats")).json()["refused"] == {str(code): 2}


async def test_starting_over_forgets_texts_faults_and_what_is_under_way(client):
    await set_faults(client, hold_seconds=600)
    await client.post(MESSAGES, data=FORM)
    await client.post("/emulator/modes", json={"number": LINE, "opt_out": "twilio"})
    await client.post("/emulator/texts", json={"from": ADA, "body": "STOP"})
    await client.post("/emulator/reset")
    assert (await client.get("/emulator/messages")).json() == []
    assert (await client.get("/emulator/faults")).json()["hold_seconds"] == 0
    assert (await client.post(MESSAGES, data=FORM)).status_code == 201
