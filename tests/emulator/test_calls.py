"""Calls: the service's words are fetched and kept, and the end is told."""

import asyncio
from contextlib import aclosing

import pytest

from sms_service.emulator.page import follow

from .practice import ADA, CALLS, HOME, LINE, Answer, until

FORM = {"To": ADA, "From": LINE, "Url": f"{HOME}/twilio/voice?o=4"}
WITH_STATUS = FORM | {"StatusCallback": f"{HOME}/twilio/voice/status"}
GREETING = (
    "<Response><Gather input='dtmf'><Say>Hello, this is\n  the check-in line.</Say></Gather>"
    "<Say>Goodbye.</Say><Hangup/></Response>"
)


async def place(client, **more):
    response = await client.post(CALLS, data=WITH_STATUS | more)
    assert response.status_code == 201, response.text
    return response.json()


def told(practice):
    return [post.form["CallStatus"] for post in practice.to("/twilio/voice/status")]


async def test_an_answered_call_hears_the_words_and_ends(client, practice):
    practice.answers.append(Answer(GREETING))
    call = await place(client)
    assert (call["status"], call["direction"]) == ("queued", "outbound-api")
    await until(lambda: told(practice) == ["completed"])
    (voice,) = practice.to("/twilio/voice")
    assert voice.genuine
    assert (voice.form["CallSid"], voice.form["CallStatus"]) == (call["sid"], "in-progress")
    (heard,) = (await client.get("/emulator/calls", params={"phone": ADA})).json()
    assert (heard["words"], heard["status"]) == (["Hello, this is the check-in line.", "Goodbye."], "completed")


async def test_the_events_that_were_asked_for_are_told_in_order(client, practice):
    await place(client, StatusCallbackEvent=["initiated", "ringing", "answered", "completed"])
    await until(lambda: len(told(practice)) == 4)
    posts = practice.to("/twilio/voice/status")
    assert told(practice) == ["initiated", "ringing", "in-progress", "completed"]
    assert [post.form["SequenceNumber"] for post in posts] == ["0", "1", "2", "3"]
    assert "CallDuration" in posts[-1].form


@pytest.mark.parametrize("outcome", ["no-answer", "busy", "failed"])
async def test_a_call_that_nobody_takes_fetches_nothing(client, practice, outcome):
    await client.post("/emulator/faults", json={"calls": outcome})
    await place(client)
    await until(lambda: told(practice) == [outcome])
    assert practice.to("/twilio/voice") == []


async def ringing(client, **more):
    await client.post("/emulator/faults", json={"calls": "ring"})
    sid = (await place(client, **more))["sid"]
    async with asyncio.timeout(5):
        while (await client.get(f"/emulator/calls/{sid}")).json()["status"] != "ringing":  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    return sid


EVENTS = ["initiated", "ringing", "answered", "completed"]


async def test_a_script_answers_a_call_that_rings_and_goes_on_with_it(client, practice):
    practice.answers += [Answer(GREETING), Answer("<Response><Say>Thank you.</Say></Response>")]
    sid = await ringing(client, StatusCallbackEvent=EVENTS, MachineDetection="Enable")
    waiting = (await client.post(f"/emulator/calls/{sid}/answer", json={"by": "unknown"})).json()
    assert (waiting["status"], waiting["answered_by"]) == ("in-progress", "unknown")
    ended = (await client.post(f"/emulator/calls/{sid}/press", json={"digits": "1#"})).json()
    assert (ended["status"], ended["words"][-1]) == ("completed", "Thank you.")
    assert practice.to("/twilio/voice")[1].form["Digits"] == "1"
    posts = practice.to("/twilio/voice/status")
    assert told(practice) == ["initiated", "ringing", "in-progress", "completed"]
    assert all(post.genuine and post.form["Timestamp"] for post in posts)


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
async def test_a_call_that_rings_may_be_left_untaken(client, practice, status):
    sid = await ringing(client)
    assert (await client.post(f"/emulator/calls/{sid}/press", json={"digits": "1"})).status_code == 409
    left = (await client.post(f"/emulator/calls/{sid}/decline", json={"status": status})).json()
    assert (left["status"], left["duration"], left["words"]) == (status, 0, [])
    assert told(practice) == [status]
    assert (await client.post(f"/emulator/calls/{sid}/answer", json={})).status_code == 409


async def test_a_call_that_rings_out_is_not_answered(client, practice):
    sid = await ringing(client)
    assert (await client.post(f"/emulator/calls/{sid}/wait")).json()["status"] == "no-answer"


async def test_a_call_rings_on_an_open_page(client, practice, app):
    async with aclosing(follow(app.state.exchange.memory, frozenset({ADA}))) as stream:
        await anext(stream)
        sid = (await place(client))["sid"]
        await until(lambda: app.state.exchange.memory.calls[sid].status == "ringing")
        await until(lambda: not app.state.exchange._tasks)
        assert app.state.exchange.memory.calls[sid].status == "ringing"
    await place(client)
    await until(lambda: told(practice) == ["completed"])


@pytest.mark.parametrize(
    ("fault", "numbers"),
    [("normal", "0123"), ("shuffled", "3210"), ("repeated", "00112233"), ("lost", "")],
)
async def test_the_faults_rule_the_events_of_a_call(client, practice, app, fault, numbers):
    await client.post("/emulator/faults", json={"callbacks": fault})
    sid = (await place(client, StatusCallbackEvent=EVENTS))["sid"]
    await until(lambda: app.state.exchange.memory.calls[sid].over and not app.state.exchange._tasks)
    posts = practice.to("/twilio/voice/status")
    assert "".join(post.form["SequenceNumber"] for post in posts) == numbers


async def test_twiml_may_come_with_the_call(client, practice):
    await place(client, Url="", Twiml="<Response><Say>Hi</Say></Response>")
    await until(lambda: told(practice) == ["completed"])
    assert (await client.get("/emulator/calls")).json()[0]["words"] == ["Hi"]


@pytest.mark.parametrize("where", ["url", "twiml"])
async def test_words_that_cannot_be_read_are_a_trouble(client, practice, where):
    practice.answers.append(Answer("<Response>"))
    given = {} if where == "url" else {"Url": "", "Twiml": "<Response>"}
    await place(client, **given)
    await until(lambda: told(practice) == ["completed"])
    assert [row["code"] for row in (await client.get("/emulator/troubles")).json()] == [12100]


async def test_a_phone_may_call_the_service(client, practice):
    practice.answers.append(Answer(GREETING))
    heard = (await client.post("/emulator/calls", json={"from": ADA})).json()
    assert heard["words"] == ["Hello, this is the check-in line."]
    assert practice.posts[0].form["Direction"] == "inbound"
    assert practice.posts[0].path == "/twilio/voice"


@pytest.mark.parametrize(
    ("outcome", "detection", "said"),
    [
        ("answered", "Enable", "human"),
        ("machine", "Enable", "machine_start"),
        ("machine", "DetectMessageEnd", "machine_end_beep"),
        ("machine", "", None),
    ],
)
async def test_who_answered_is_told_where_it_was_asked_for(client, practice, outcome, detection, said):
    await client.post("/emulator/faults", json={"calls": outcome})
    await place(client, MachineDetection=detection)
    await until(lambda: told(practice) == ["completed"])
    assert practice.to("/twilio/voice")[0].form.get("AnsweredBy") == said


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21201),
        ({"To": "nobody"}, 21211),
        ({"To": "+15005550001"}, 21217),
        ({"To": "+15005550004"}, 21216),
        ({"From": ADA}, 21210),
        ({"Url": ""}, 21205),
        ({"StatusCallback": "x"}, 21609),
    ],
)
async def test_each_bad_call_gets_twilios_code(client, change, code):
    response = await client.post(CALLS, data=FORM | change)
    assert (response.status_code, response.json()["code"]) == (400, code)


async def test_an_unknown_call_is_not_found(client):
    response = await client.get(CALLS.replace(".json", "/CA1.json"))
    assert (response.status_code, response.json()["code"]) == (404, 20404)
