"""The telephone: each verb does what Twilio would do, and no time passes."""

from datetime import UTC, datetime

import pytest

from .practice import ACCOUNT, ADA, HOME, LINE, Answer


def document(inside):
    return Answer(f"<Response>{inside}</Response>")


MENU = "<Gather {}><Say language='es-US' voice='Polly.Lupe-Neural'>Marque uno.</Say></Gather><Say>Nothing came.</Say>"


class Caller:
    """A phone in a call; each deed gives back the record."""

    def __init__(self, client):
        self.client = client
        self.sid = ""

    async def call(self):
        row = (await self.client.post("/emulator/calls", json={"from": ADA})).json()
        self.sid = row["sid"]
        return row

    async def does(self, what, **body):
        response = await self.client.post(f"/emulator/calls/{self.sid}/{what}", json=body)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
def caller(client):
    return Caller(client)


async def test_a_call_comes_with_twilios_parameters(caller, practice):
    practice.answers += [document(MENU.format("")), document("")]
    row = await caller.call()
    assert (await caller.does("press", digits="1#"))["status"] == "completed"
    first, second = practice.posts
    assert first.genuine
    assert second.genuine
    assert first.form == {
        "CallSid": row["sid"],
        "AccountSid": ACCOUNT,
        "From": ADA,
        "To": LINE,
        "Caller": ADA,
        "Called": LINE,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
    }
    assert second.form == first.form | {"CallStatus": "in-progress", "Digits": "1"}


async def test_words_are_kept_with_their_language_and_voice(caller, practice):
    practice.answers.append(
        document(
            "<Say loop='2'>Call <say-as interpret-as='digits'>988</say-as>, now</Say>"
            "<Play>/tone.mp3</Play><Play digits='1w2'/>" + MENU.format("timeout='8'")
        )
    )
    row = await caller.call()
    assert row["words"] == ["Call 988, now", "Call 988, now", "Marque uno."]
    assert [part["kind"] for part in row["spoken"]] == ["say", "say", "play", "play", "say"]
    last = row["spoken"][-1]
    assert (last["language"], last["voice"]) == ("es-US", "Polly.Lupe-Neural")
    assert row["waits"] == {"input": "dtmf", "timeout": "8"}
    (sheet,) = row["documents"]
    assert sheet["url"] == f"{HOME}/twilio/voice"
    assert sheet["source"].startswith("<Response><Say loop='2'>")


async def test_pauses_and_timeouts_are_counted_and_not_slept(caller, practice):
    practice.answers.append(document("<Pause length='9000'/><Pause/>" + MENU.format("timeout='900'")))
    began = datetime.now(UTC)
    await caller.call()
    row = await caller.does("wait")
    assert (datetime.now(UTC) - began).total_seconds() < 900
    assert (row["paused"], row["waited"]) == (9001, 900)
    assert row["duration"] >= 9901
    assert (row["status"], row["words"][-1]) == ("completed", "Nothing came.")


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        ("", "12#", "12"),
        ("numDigits='1'", "12", "1"),
        ("finishOnKey='*'", "1#2*3", "1#2"),
        ("finishOnKey='' numDigits='2'", "#*", "#*"),
        ("input='dtmf speech' numDigits='1'", "5", "5"),
    ],
)
async def test_keys_end_as_the_gather_says(caller, practice, attributes, keys, digits):
    practice.answers += [document(MENU.format(attributes + " action='answer?q=1'")), document("<Say>Good.</Say>")]
    await caller.call()
    row = await caller.does("press", digits=keys)
    assert row["words"][-1] == "Good."
    assert (practice.posts[1].path, practice.posts[1].form["Digits"]) == ("/twilio/answer", digits)
    assert practice.posts[1].genuine


async def test_digits_without_an_end_wait_for_the_timeout(caller, practice):
    practice.answers.append(document(MENU.format("")))
    await caller.call()
    assert (await caller.does("press", digits="1"))["waits"]
    assert (await caller.does("press", digits="2"))["waits"]
    await caller.does("wait")
    assert practice.posts[1].form["Digits"] == "12"


@pytest.mark.parametrize("deed", ["wait", "press"])
async def test_nothing_said_goes_on_with_the_next_verb(caller, practice, deed):
    practice.answers.append(document(MENU.format("action='/x'")))
    await caller.call()
    row = await caller.does(deed, **({"digits": "#"} if deed == "press" else {}))
    assert row["words"][-1] == "Nothing came."
    assert len(practice.posts) == 1


async def test_nothing_said_goes_to_the_action_where_that_was_asked_for(caller, practice):
    practice.answers += [document(MENU.format("actionOnEmptyResult='true'")), document("<Say>Again.</Say>")]
    await caller.call()
    assert (await caller.does("wait"))["words"][-1] == "Again."
    assert practice.posts[1].path == "/twilio/voice"
    assert not {"Digits", "SpeechResult"} & set(practice.posts[1].form)


async def test_speech_is_heard_only_where_it_is_listened_for(caller, practice):
    practice.answers += [document(MENU.format("")), document(MENU.format("input='speech' hints='yes, no'"))]
    await caller.call()
    assert (await caller.does("say", speech="yes"))["waits"]["input"] == "dtmf"
    assert (await caller.does("press", digits="1#"))["waits"]["hints"] == "yes, no"
    assert (await caller.does("press", digits="1#"))["waits"]
    await caller.does("say", speech="yes please", confidence=0.25)
    form = practice.posts[2].form
    assert (form["SpeechResult"], form["Confidence"]) == ("yes please", "0.25")


async def test_get_carries_everything_in_the_address(caller, practice):
    practice.answers.append(document("<Redirect method='GET'>other?a=1</Redirect>"))
    await caller.call()
    assert (practice.posts[1].path, practice.posts[1].form) == ("/twilio/other", {})
    assert practice.posts[1].genuine


async def test_a_redirect_drops_what_comes_after_it(caller, practice):
    practice.answers += [document("<Redirect>/there</Redirect><Say>Never.</Say>"), document("<Say>Here.</Say>")]
    row = await caller.call()
    assert (row["words"], practice.posts[1].path) == (["Here."], "/there")
    assert [sheet["url"] for sheet in row["documents"]] == [f"{HOME}/twilio/voice", f"{HOME}/there"]


async def test_redirects_without_end_are_ended(caller, practice):
    practice.answers += [document("<Redirect>/twilio/voice</Redirect>")] * 60
    row = await caller.call()
    assert (row["status"], row["error"]["code"]) == ("completed", 11215)


async def test_a_word_said_without_end_lasts_until_the_phone_is_put_down(caller, practice):
    practice.answers.append(document("<Say loop='0'>Wait.</Say><Hangup/>"))
    assert (await caller.call())["status"] == "in-progress"
    assert (await caller.does("wait"))["status"] == "in-progress"
    assert (await caller.does("hangup"))["status"] == "completed"


async def test_a_dial_says_whom_it_would_reach_and_goes_on(caller, practice):
    practice.answers += [
        document("<Dial>988</Dial><Dial action='/after'><Number>+17575550199</Number></Dial><Say>No.</Say>"),
        document("<Say>Back.</Say>"),
    ]
    row = await caller.call()
    assert [part["text"] for part in row["spoken"]] == ["988", "+17575550199", "Back."]
    assert practice.posts[1].form["DialCallStatus"] == "completed"


@pytest.mark.parametrize(
    ("inside", "status"),
    [
        ("<Reject/>", "no-answer"),
        ("<Reject reason='busy'/>", "busy"),
        ("<Say>Hi</Say><Reject/>", "completed"),
        ("<Hangup/><Say>Never.</Say>", "completed"),
        ("<Say>Hi</Say>", "completed"),
        ("", "completed"),
    ],
)
async def test_each_end_of_a_call(caller, practice, inside, status):
    practice.answers.append(document(inside))
    row = await caller.call()
    assert row["status"] == status
    assert "Never." not in row["words"]
    over = await caller.client.post(f"/emulator/calls/{row['sid']}/press", json={"digits": "1"})
    assert (over.status_code, status in over.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("<Speak>Hi</Speak>", "<Speak> is not a verb here"),
        ("<say>Hi</say>", "<say> is not a verb here"),
        ("<Say tone='x'>Hi</Say>", "<Say> has no attribute tone"),
        ("<Say language='x y'>Hi</Say>", "language of <Say>"),
        ("<Say loop='-1'>Hi</Say>", "loop of <Say>"),
        ("<Say/>", "<Say> is empty"),
        (f"<Say>{'x' * 4097}</Say>", "4097 characters"),
        ("<Say>Hi <Pause/></Say>", "not <Pause>"),
        ("<Play/>", "either an address or digits"),
        ("<Pause>1</Pause>", "may hold no text"),
        ("<Pause length='long'/>", "length of <Pause>"),
        ("<Gather input='keys'/>", "input of <Gather>"),
        ("<Gather method='PUT'/>", "method of <Gather>"),
        ("<Gather timeout='auto'/>", "timeout of <Gather>"),
        ("<Gather numDigits='0'/>", "numDigits of <Gather>"),
        ("<Gather finishOnKey='12'/>", "finishOnKey of <Gather>"),
        ("<Gather bargeIn='no'/>", "bargeIn of <Gather>"),
        ("<Gather actionOnEmptyResult='1'/>", "actionOnEmptyResult of <Gather>"),
        ("<Gather><Hangup/></Gather>", "not <Hangup>"),
        ("<Gather><Gather/></Gather>", "not <Gather>"),
        ("<Gather>Press</Gather>", "may hold no text"),
        ("<Redirect/>", "<Redirect> is empty"),
        ("<Dial/>", "<Dial> needs"),
        ("<Dial><Say>Hi</Say></Dial>", "not <Say>"),
        ("<Reject reason='no'/>", "reason of <Reject>"),
        ("<Hangup reason='x'/>", "no attribute reason; known are none"),
        ("loose", "text outside of the verbs"),
    ],
)
async def test_a_document_that_twilio_would_refuse_goes_to_the_fallback(caller, practice, inside, said):
    practice.answers += [document(inside), document("<Say>Sorry.</Say>")]
    row = await caller.call()
    assert (row["error"]["code"], row["words"]) == (12200, ["Sorry."])
    assert said in row["error"]["message"]
    assert practice.posts[1].path == "/twilio/voice/fallback"
    assert practice.posts[1].form["ErrorCode"] == "12200"


@pytest.mark.parametrize(
    ("answer", "code"),
    [(Answer("<Response>"), 12100), (Answer("{}", content_type="application/json"), 12300), (Answer("", 500), 11200)],
)
async def test_without_a_usable_answer_twilio_says_so_and_hangs_up(caller, practice, answer, code):
    practice.answers += [document(MENU.format("")), answer, answer]
    await caller.call()
    row = await caller.does("press", digits="1#")
    assert (row["status"], row["error"]["code"]) == ("completed", code)
    assert "application error" in row["words"][-1]
    assert [sheet["error"] for sheet in row["documents"]] == [None, code]


async def test_the_record_can_be_read_at_any_time(caller, practice):
    practice.answers.append(document(MENU.format("")))
    row = await caller.call()
    assert (await caller.client.get(f"/emulator/calls/{row['sid']}")).json() == row
    assert (await caller.client.get("/emulator/calls/CA1")).status_code == 404
    assert (await caller.client.post("/emulator/calls/CA1/wait")).status_code == 404
    for keys in ("", "a", "1 2"):
        assert (await caller.client.post(f"/emulator/calls/{row['sid']}/press", json={"digits": keys})).is_error
