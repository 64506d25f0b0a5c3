"""Dialling in, at the real service and through the emulator's telephone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from sms_service.runtime import Runtime
from tests import people
from tests.people import ADA, BEN, rows
from tests.sms_service.carrier import Carrier, contents
from tests.sms_service.telephone import CODE, Telephone, join_with_code, last, said, telephone, weeks

DYING = "I want to kill myself"
MENU = "For your check-in, press 1."
OPEN = "For a two-minute break, press 2."


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    """Ada has joined and chosen a code."""
    await join_with_code(rt)
    return rt


@pytest.fixture
async def phone(joined: Runtime) -> AsyncIterator[Telephone]:
    async with telephone(joined) as found:
        yield found


async def test_nothing_personal_and_nothing_about_health_before_the_code(phone: Telephone) -> None:
    row = await phone.calls()
    assert last(row) == ["This is Tide, an automated line. To go on, press 1.", "Para español, oprima 2."]
    row = await phone.keys("1")
    assert last(row)[0].startswith("I am a recording, and no one listens to this call.")
    assert last(row)[1] == "If you have a code for this line, press its four digits now. If not, press pound."
    assert (await phone.keys("#"))["status"] == "in-progress"
    stranger = replace(phone, number=BEN)
    assert said(await stranger.calls())[-1] == said(row)[0]
    assert last(await stranger.keys("1")) == said(row)[1]


async def test_a_check_in_by_phone_is_kept_as_one_by_text(phone: Telephone, joined: Runtime) -> None:
    await phone.calls()
    row = await phone.keys("1", CODE)
    assert last(row)[0].startswith(MENU)
    row = await phone.keys("1", "3", "4", "2", "1")
    assert "Sometimes." in said(row)[-4]
    assert last(row)[-1].startswith(MENU)
    assert (await phone.keys("#"))["status"] == "completed"
    (week,) = await weeks(joined)
    assert {name: week[name] for name in ("drained", "numb", "carry", "help")} == {
        "drained": 2,
        "numb": 3,
        "carry": 1,
        "help": 0,
    }
    assert await rows(joined, "select state from outbox where origin not in ('message')") == []


async def test_a_call_that_drops_goes_on_by_text_and_by_voice(phone: Telephone, joined: Runtime) -> None:
    await phone.calls()
    await phone.keys("1", CODE, "1", "3")
    await phone.does("hangup")
    assert (await people.text(joined, "1"))[0].startswith("3/4.")
    await phone.calls()
    row = await phone.keys("1", CODE)
    assert "pain stay with you" in last(row)[-1]
    await phone.keys("3", "3")
    (week,) = await weeks(joined)
    assert (week["drained"], week["numb"], week["carry"], week["help"]) == (2, 1, 2, 2)


async def test_words_are_understood_as_keys_are(phone: Telephone, joined: Runtime) -> None:
    await phone.calls()
    await phone.says("yes")
    await phone.keys(CODE)
    await phone.says("check in")
    await phone.says("five")
    await phone.says("sometimes")
    row = await phone.says("go back")
    assert "numb" in last(row)[-1]
    await phone.says("never")
    await phone.says("rarely")
    await phone.says("skip")
    (week,) = await weeks(joined)
    assert (week["drained"], week["numb"], week["carry"], "help" in week) == (4, 0, 1, False)


async def test_what_is_not_heard_well_is_asked_again_and_then_keyed(phone: Telephone) -> None:
    await phone.calls()
    await phone.keys("1", CODE, "1")
    row = await phone.says("sometimes", confidence=0.2)
    assert last(row)[0].startswith("I'm not sure")
    row = await phone.says("sometimes", confidence=0.2)
    assert last(row)[0].startswith("I still can't hear you well")
    assert row["waits"]["input"] == "dtmf"
    assert "numb" in last(await phone.keys("3"))[-1]


async def test_silence_is_asked_again_then_left_out_and_then_hung_up_on(phone: Telephone, joined: Runtime) -> None:
    await phone.calls()
    await phone.keys("1", CODE, "1")
    row = await phone.does("wait")
    assert last(row)[0] == "I didn't catch that."
    row = await phone.does("wait")
    assert "numb" in last(row)[-1]
    await phone.does("wait")
    row = await phone.does("wait")
    assert row["status"] == "completed"
    assert last(row)[0].startswith("I can't hear anything")
    assert await people.one(joined, "select count(*) from conversations where ended_at is null") == 1


async def test_a_call_in_which_nobody_speaks_ends_after_three_times(phone: Telephone) -> None:
    row = await phone.calls()
    for _ in range(3):
        assert row["status"] == "in-progress"
        row = await phone.does("wait")
    assert row["status"] == "completed"
    assert len(said(row)) == 4


async def test_star_says_it_again_and_pound_leaves_it_out(phone: Telephone) -> None:
    await phone.calls()
    row = await phone.keys("1", CODE, "1")
    asked = last(row)
    assert last(await phone.keys("*")) == asked
    assert "numb" in last(await phone.keys("#"))[-1]


async def test_zero_reads_where_help_is_anywhere_and_texts_it_too(phone: Telephone, joined: Runtime) -> None:
    await phone.calls()
    row = await phone.keys("0")
    assert last(row).count(last(row)[0]) == 2
    assert "9 8 8" in last(row)[0]
    assert "prosody" in row["documents"][-1]["source"]
    assert last(await phone.keys("2"))[-1].startswith(OPEN)
    await phone.does("hangup")
    await phone.calls()
    row = await phone.keys("1", CODE, "1", "0")
    assert "9 8 8" in last(row)[0]
    assert (
        await rows(joined, "select priority, state, kind from outbox where origin = 'call'")
        == [(0, "ready", "text")] * 4
    )


async def test_danger_is_answered_at_once_and_the_check_in_waits(phone: Telephone, joined: Runtime) -> None:
    await phone.calls()
    await phone.keys("1", CODE, "1", "3")
    row = await phone.says(DYING, confidence=0.1)
    spoken = last(row)
    assert len([one for one in spoken if "988" in one.replace(" ", "")]) >= 3
    assert "drained" not in " ".join(spoken)
    texts = await rows(joined, "select priority, stale_at from outbox where origin = 'call'")
    assert texts == [(0, None)] * 2
    assert await people.one(joined, "select count(*) from appointments where kind = 'follow-up' and state = 'due'") == 1


async def test_danger_before_the_code_is_answered_in_words_for_anybody(phone: Telephone, joined: Runtime) -> None:
    await phone.calls()
    row = await phone.says(DYING)
    assert last(row)[0].startswith("Please call 9 8 8 now.")
    assert await people.one(joined, "select count(*) from outbox where origin = 'call' and priority = 0") == 2
    assert last(await phone.keys("2"))[-1].startswith(OPEN)


async def test_whoever_has_opted_out_of_texts_can_call_and_gets_none(phone: Telephone, joined: Runtime) -> None:
    await people.text(joined, "STOP")
    await phone.calls()
    await phone.keys("1", CODE, "1", "3")
    row = await phone.keys("8")
    assert last(row)[0].startswith("Texts to this phone are switched off.")
    await phone.says(DYING)
    assert await rows(joined, "select id from outbox where origin = 'call'") == []
    assert await people.one(joined, "select opted_out from opt_outs") is True


async def test_nine_wrong_codes_in_a_day_lock_until_another_is_chosen(phone: Telephone, joined: Runtime) -> None:
    for _ in range(3):
        await phone.calls()
        row = await phone.keys("1", "9999", "9998", "9997")
        assert last(row)[-1].startswith(OPEN)
        await phone.does("hangup")
    await phone.calls()
    assert last(await phone.keys("1", CODE))[0] == "That code did not match."
    await phone.does("hangup")
    await people.texts(joined, ["PIN", "7302"])
    await phone.calls()
    assert last(await phone.keys("1", "7302"))[0].startswith(MENU)


async def test_the_code_is_nowhere_in_clear_and_its_text_is_emptied(joined: Runtime) -> None:
    assert await people.one(joined, "select count(*) from messages where body is null and redact = 'wanted'") == 1
    (stored,) = [bytes(row[0]) for row in await rows(joined, "select preferences from enrolments")]  # type: ignore[arg-type]
    assert CODE.encode() not in stored


async def test_text_me_moves_the_conversation_to_texts(phone: Telephone, joined: Runtime) -> None:
    await phone.calls()
    await phone.keys("1", CODE, "1", "3")
    row = await phone.says("text me")
    assert (row["status"], last(row)[-1]) == ("completed", "It is on its way to you as a text. Goodbye.")
    ((state, asked),) = await rows(joined, "select state, asked_for from outbox where origin = 'call'")
    assert (state, asked) == ("ready", True)
    assert (await people.text(joined, "2"))[0].startswith("3/4.")


async def test_a_break_is_spoken_with_silences(phone: Telephone) -> None:
    await phone.calls()
    row = await phone.keys("1", "#", "2")
    assert last(row)[-1].startswith(OPEN)
    assert len(last(row)) > 1


async def test_a_request_that_comes_twice_or_late_moves_nothing(phone: Telephone, joined: Runtime) -> None:
    await phone.calls()
    row = await phone.keys("1", CODE, "1", "3")
    document = row["documents"][-1]["source"]
    before = await rows(joined, "select step from calls")
    carrier = Carrier(joined.settings, phone.service)
    pairs = [
        ("CallSid", phone.sid),
        ("AccountSid", joined.settings.twilio_account_sid),
        ("From", ADA),
        ("To", people.SENDER),
        ("Direction", "inbound"),
        ("Digits", "5"),
    ]
    for step in (1, 3, 4, 99, "x", ""):
        answer = await carrier.post(f"/twilio/voice/answer?s={step}", pairs)
        assert answer.text == document
    assert (await carrier.post("/twilio/voice", pairs)).text == document
    assert await rows(joined, "select step from calls") == before


async def test_an_answer_in_a_call_never_heard_of_begins_it(phone: Telephone, joined: Runtime) -> None:
    carrier = Carrier(joined.settings, phone.service)
    pairs = [
        ("CallSid", "CA" + "e" * 32),
        ("AccountSid", joined.settings.twilio_account_sid),
        ("From", ADA),
        ("To", people.SENDER),
        ("Direction", "inbound"),
        ("Digits", CODE),
    ]
    answer = await carrier.post("/twilio/voice/answer?s=7", pairs)
    assert "To go on, press 1" in answer.text
    hidden = [(name, "anonymous" if name == "From" else value) for name, value in pairs]
    before = await contents(joined)
    document = (await carrier.post("/twilio/voice", hidden)).text
    assert "dial 9 8 8" in document
    assert document.endswith("<Hangup/></Response>\n")
    assert await contents(joined) == before
