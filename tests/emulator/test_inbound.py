"""Texts from a phone to the service, and what comes back."""

import pytest

from .practice import ADA, BEN, HOME, LINE, SECOND_LINE, Answer, message, until

SMS, FALLBACK = "/twilio/sms", "/twilio/sms/fallback"


async def text(client, body="hello", **more):
    response = await client.post("/emulator/texts", json={"from": ADA, "body": body, **more})
    assert response.status_code == 200, response.text
    return response.json()


async def on_phone(client, phone=ADA):
    return (await client.get("/emulator/messages", params={"phone": phone})).json()


async def test_a_text_is_posted_with_twilios_parameters_and_a_true_signature(client, practice):
    report = await text(client, "Hi & bye + ümlaut")
    (post,) = practice.posts
    assert post.genuine
    assert post.path == SMS
    assert post.form["MessageSid"] == post.form["SmsSid"] == post.form["SmsMessageSid"] == report["sid"]
    assert (post.form["From"], post.form["To"], post.form["Body"]) == (ADA, LINE, "Hi & bye + ümlaut")
    assert (post.form["NumMedia"], post.form["NumSegments"]) == ("0", "1")
    assert (post.form["SmsStatus"], post.form["FromCity"]) == ("received", "")
    assert "OptOutType" not in post.form


async def test_a_picture_comes_with_its_address_and_type(client, practice):
    await text(client, "", media=["image/jpeg"])
    form = practice.posts[0].form
    assert (form["NumMedia"], form["MediaContentType0"], form["Body"]) == ("1", "image/jpeg", "")
    assert form["MediaUrl0"].startswith("http")


async def test_several_messages_in_one_answer_all_reach_the_phone(client, practice):
    twiml = "<Response><Message>One</Message><Message><Body>Two</Body></Message></Response>"
    practice.answers.append(Answer(twiml))
    report = await text(client)
    assert [reply["body"] for reply in report["replies"]] == ["One", "Two"]
    assert report["error"] is None
    shown = [row for row in await on_phone(client) if row["direction"] == "outbound-reply"]
    assert [(row["body"], row["from"], row["sid"]) for row in shown] == [
        ("One", LINE, report["replies"][0]["sid"]),
        ("Two", LINE, report["replies"][1]["sid"]),
    ]


async def test_an_empty_answer_is_no_reply(client):
    report = await text(client)
    assert (report["replies"], report["error"]) == ([], None)


async def test_a_reply_may_go_to_another_phone_from_another_number(client, practice):
    practice.answers.append(Answer(message("For Ben", to=BEN, **{"from": SECOND_LINE})))
    await text(client)
    (row,) = await on_phone(client, BEN)
    assert (row["from"], row["body"]) == (SECOND_LINE, "For Ben")


@pytest.mark.parametrize("attribute", ["statusCallback", "action"])
async def test_a_reply_is_followed_by_status_callbacks_to_its_own_address(client, practice, attribute):
    practice.answers.append(Answer(message("Hello", **{attribute: "/twilio/status?o=9"})))
    report = await text(client)
    await until(lambda: practice.statuses() == ["sent", "delivered"])
    told = practice.to("/twilio/status")
    assert {post.form["MessageSid"] for post in told} == {report["replies"][0]["sid"]}
    assert all(post.genuine for post in told)


async def test_a_server_error_is_retried_with_the_same_sid_and_token(client, practice):
    practice.answers.extend([Answer(status=503), Answer(status=500), Answer(message("At last"))])
    report = await text(client)
    assert [attempt["status"] for attempt in report["attempts"]] == [503, 500, 200]
    assert [reply["body"] for reply in report["replies"]] == ["At last"]
    assert len({post.form["MessageSid"] for post in practice.posts}) == 1
    assert len({post.headers["i-twilio-idempotency-token"] for post in practice.posts}) == 1
    assert report["error"] is None


async def test_after_two_retries_the_fallback_is_asked_with_the_error(client, practice):
    practice.answers.extend([*[Answer(status=503)] * 3, Answer(message("We are away"))])
    report = await text(client)
    assert [post.path for post in practice.posts] == [SMS, SMS, SMS, FALLBACK]
    last = practice.posts[-1]
    assert last.genuine
    assert (last.form["ErrorCode"], last.form["ErrorUrl"]) == ("11200", HOME + SMS)
    assert report["replies"][0]["body"] == "We are away"
    assert report["error"]["code"] == 11200


async def test_a_client_error_is_not_retried(client, practice):
    practice.answers.append(Answer(status=403))
    await text(client)
    assert [post.path for post in practice.posts] == [SMS, FALLBACK]


async def test_a_redirect_counts_as_a_failure(client, practice):
    practice.answers.append(Answer(status=302))
    report = await text(client)
    assert report["error"]["code"] == 11200


@pytest.mark.parametrize("patience", [0.2])
async def test_an_answer_that_comes_too_late_is_a_failure(client, practice):
    practice.answers.append(Answer(message("too late"), slow=5))
    report = await text(client)
    assert report["error"]["code"] == 11200
    assert report["attempts"][0]["status"] is None
    assert practice.posts[-1].path == FALLBACK


MALFORMED = [
    ("<Response><Message>Hi</Response>", "text/xml", 12100),
    ("<Response><Message>Tom & Jerry</Message></Response>", "text/xml", 12100),
    (" <?xml version='1.0'?><Response/>", "text/xml", 12100),
    ("", "text/xml", 12100),
    ("<response/>", "text/xml", 12200),
    ("<Response><message>Hi</message></Response>", "text/xml", 12200),
    ("<Response><Say>Hi</Say></Response>", "text/xml", 12200),
    ("<Response>Hi</Response>", "text/xml", 12200),
    (message("Hi", callback="/x"), "text/xml", 12200),
    ("<Response><Message><b>Hi</b></Message></Response>", "text/xml", 12200),
    ("<Response><Message></Message></Response>", "text/xml", 14103),
    (message("a" * 1601), "text/xml", 21617),
    ("<Response/>", "application/json", 12300),
    ("<Response/>", None, 11200),
]


@pytest.mark.parametrize(("body", "kind", "code"), MALFORMED)
async def test_twiml_that_twilio_would_refuse_is_recorded_and_goes_to_the_fallback(client, practice, body, kind, code):
    practice.answers.append(Answer(body, content_type=kind))
    report = await text(client)
    assert report["error"]["code"] == code
    assert str(code) in report["attempts"][0]["error"]
    assert [post.path for post in practice.posts] == [SMS, FALLBACK]
    assert practice.posts[1].form["ErrorCode"] == str(code)
    (trouble,) = (await client.get("/emulator/troubles", params={"phone": ADA})).json()
    assert (trouble["code"], trouble["sid"]) == (code, report["sid"])


async def test_a_replayed_text_is_posted_again_but_its_answer_is_not_shown_twice(client, practice):
    practice.answers.extend([Answer(message("Stored")), Answer(message("Stored"))])
    first = await text(client)
    second = await text(client, sid=first["sid"])
    assert [post.form["MessageSid"] for post in practice.posts] == [first["sid"]] * 2
    assert (second["replies"][0]["body"], second["replies"][0]["sid"]) == ("Stored", None)
    assert [row["body"] for row in await on_phone(client)] == ["hello", "Stored"]


async def test_a_replay_of_a_text_that_nobody_answered_is_answered(client, practice):
    practice.answers.extend([Answer(status=403), Answer(status=403), Answer(message("Hello"))])
    first = await text(client)
    second = await text(client, sid=first["sid"])
    assert second["replies"][0]["sid"] is not None


async def test_repeated_webhooks_carry_one_sid_and_the_last_answer_counts(client, practice):
    await client.post("/emulator/faults", json={"repeat_webhook": 1})
    practice.answers.extend([Answer(message("Lost")), Answer(message("Seen"))])
    report = await text(client)
    assert [post.form["MessageSid"] for post in practice.posts] == [report["sid"]] * 2
    assert [row["body"] for row in await on_phone(client)] == ["hello", "Seen"]


async def test_a_collectable_text_is_listed_but_never_posted(client, practice):
    left = (await client.post("/emulator/collectable", json={"from": ADA, "body": "Are you there?"})).json()
    assert practice.posts == []
    listed = (await client.get(f"/2010-04-01/Accounts/AC{'5' * 32}/Messages.json")).json()["messages"]
    assert [(row["sid"], row["direction"]) for row in listed] == [(left["sid"], "inbound")]


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"from": "555", "body": "x"}, "+17575550111"),
        ({"from": ADA, "to": BEN, "body": "x"}, LINE),
        ({"from": ADA, "body": ""}, "body"),
    ],
)
async def test_a_text_that_cannot_be_sent_is_answered_with_the_way_out(client, wish, word):
    response = await client.post("/emulator/texts", json=wish)
    assert response.status_code == 400
    assert word in response.json()["detail"]
