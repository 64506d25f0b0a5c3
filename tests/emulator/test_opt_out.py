"""STOP, START and HELP, where Twilio minds them and where the service does."""

import pytest

from sms_service.emulator.words import react

from .practice import ADA, BEN, LINE, MESSAGES, SECOND_LINE, STATUS_URL, Answer, message, until


async def text(client, body, phone=ADA):
    return (await client.post("/emulator/texts", json={"from": phone, "body": body})).json()


async def send(client, to=ADA, sender=LINE):
    return await client.post(MESSAGES, data={"To": to, "From": sender, "Body": "Hello"})


async def twilio_minds(client, **more):
    response = await client.post("/emulator/modes", json={"number": LINE, "opt_out": "twilio", **more})
    assert response.status_code == 200


async def shown(client, phone=ADA):
    rows = (await client.get("/emulator/messages", params={"phone": phone})).json()
    return [row["body"] for row in rows if row["direction"] != "inbound" and row["status"] != "failed"]


async def test_where_the_service_minds_stop_twilio_does_nothing(client, practice):
    practice.answers.append(Answer(message("You are out.")))
    await text(client, "STOP")
    assert await shown(client) == ["You are out."]
    assert (await send(client)).status_code == 201


async def test_where_twilio_minds_stop_it_confirms_by_itself_and_still_posts_the_text(client, practice):
    await twilio_minds(client)
    await text(client, " stop ")
    (confirmation,) = await shown(client)
    assert "unsubscribed" in confirmation
    (post,) = practice.posts
    assert post.form["Body"] == " stop "
    assert "OptOutType" not in post.form


async def test_after_stop_nothing_is_sent_to_that_person_from_that_number(client):
    await twilio_minds(client)
    await text(client, "STOP")
    refused = await send(client)
    assert (refused.status_code, refused.json()["code"]) == (400, 21610)
    assert (await send(client, to=BEN)).status_code == 201
    assert (await send(client, sender=SECOND_LINE)).status_code == 201
    assert (await client.get("/emulator/stats")).json()["refused"] == {"21610": 1}


async def test_a_reply_after_stop_is_recorded_as_failed_and_told(client, practice):
    await twilio_minds(client)
    practice.answers.append(Answer(message("But wait", statusCallback=STATUS_URL)))
    report = await text(client, "STOP")
    await until(lambda: practice.statuses() == ["failed"])
    assert practice.posts[-1].form["ErrorCode"] == "21610"
    assert practice.posts[-1].form["MessageSid"] == report["replies"][0]["sid"]
    (confirmation,) = await shown(client)
    assert "unsubscribed" in confirmation
    waited = await client.get("/emulator/wait", params={"phone": ADA, "seconds": 0})
    assert [row["body"] for row in waited.json()] == [confirmation]


@pytest.mark.parametrize("word", ["START", "yes", "Unstop"])
async def test_start_opens_the_line_again(client, word):
    await twilio_minds(client)
    await text(client, "STOP")
    await text(client, word)
    assert "re-subscribed" in (await shown(client))[-1]
    assert (await send(client)).status_code == 201


async def test_help_is_answered_by_twilio_and_opens_nothing(client):
    await twilio_minds(client)
    await text(client, "STOP")
    await text(client, "HELP")
    assert (await shown(client))[-1] == "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    assert (await send(client)).json()["code"] == 21610


async def test_the_kind_of_word_is_posted_only_when_so_configured(client, practice):
    await twilio_minds(client, opt_out_type=True)
    for body in ("STOP", "START", "INFO", "hello"):
        await text(client, body)
    assert [post.form.get("OptOutType") for post in practice.posts] == ["STOP", "START", "HELP", None]


@pytest.mark.parametrize(
    "word", ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE", "stop"]
)
def test_each_of_twilios_words_shuts_the_line(word):
    assert react(word, opted_out=False).opted_out


@pytest.mark.parametrize("text", ["STOP it", "please stop", "STOP.", "YES", "", "SI", "HELPME"])
def test_other_texts_are_left_alone(text):
    assert react(text, opted_out=False) is None


async def test_an_unknown_number_or_mode_is_answered_with_the_way_out(client):
    unknown = await client.post("/emulator/modes", json={"number": ADA, "opt_out": "ours"})
    assert unknown.status_code == 400
    assert LINE in unknown.json()["detail"]
    strange = await client.post("/emulator/modes", json={"number": LINE, "opt_out": "theirs"})
    assert strange.status_code == 422
