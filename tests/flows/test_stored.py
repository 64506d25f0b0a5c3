"""Conversations that this version and earlier ones have stored: each is read, goes on, and is as safe as a new one."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows import CloseCheckIn, Conversation, OptOut, Reminded, Started, TimedOut
from flows.staging.transcript import STRANGER, enrolled
from flows.walk import waiting
from tests.flows.phone import Phone, ada

STORED = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "stored_conversations.jsonl").read_text(encoding="utf-8").splitlines()
]
NAMES = [f"{one['who']}, version {one['stored']['v']}" for one in STORED]


def kept(one):
    """Return the phone of somebody whose conversation was stored by this version or an earlier one."""
    context = STRANGER if one["standing"] in {"unknown", "joining"} else enrolled(one["language"])
    at = context.at + timedelta(hours=1)
    context = replace(context, standing=one["standing"], at=at, greeted=True)
    return Phone(context, Conversation.from_json(one["stored"]))


@pytest.mark.parametrize("one", STORED, ids=NAMES)
def test_what_was_stored_is_read_with_everything_that_was_in_it(one):
    stored, conversation = one["stored"], Conversation.from_json(one["stored"])
    assert [(f.flow, f.state, f.tries, f.chosen) for f in conversation.frames] == [
        (f["flow"], f["state"], f["tries"], f["chosen"]) for f in stored["frames"]
    ]
    for name in ("language", "asked_for", "answers", "settings", "parked", "risk_at", "last_text", "last_at"):
        assert getattr(conversation, name) == stored[name]
    assert conversation.last_said == tuple(stored["last_said"])
    assert Conversation.from_json(json.loads(json.dumps(conversation.to_json()))) == conversation


@pytest.mark.parametrize("one", STORED, ids=NAMES)
def test_a_stored_conversation_goes_on(one):
    phone = kept(one)
    for words in ("GO", "1", "hm", "2", "SKIP", "3", "1"):
        # A stranger who said no is greeted once a day.
        assert phone.text(words) or phone.context.standing == "unknown", words
    assert phone.text("HELP") == phone.line("help")


@pytest.mark.parametrize("number", [2, 3, 4])
def test_the_answers_of_a_check_in_stored_by_version_1_count(number):
    one = next(one for one in STORED if one["who"] == f"question {number}" and one["stored"]["v"] == 1)
    phone = kept(one)
    done = [phone.turn for _ in range(5 - number) if phone.text("2")]
    assert CloseCheckIn({"drained": 2, "numb": 2, "carry": 2, "help": 2}) in done[-1].effects or phone.conversation
    assert phone.conversation is None


@pytest.mark.parametrize("one", STORED, ids=NAMES)
def test_stop_is_obeyed_wherever_somebody_is(one):
    phone = kept(one)
    expected = ada(one["language"]).line("stop")
    assert phone.text("STOP") == expected
    assert OptOut("word") in phone.did
    assert phone.conversation is None


@pytest.mark.parametrize("one", STORED, ids=NAMES)
def test_danger_is_answered_wherever_somebody_is(one):
    phone = kept(one)
    said = phone.text("i am going to kill myself tonight")
    assert all("988" in text for text in said)
    assert len(said) == 2
    assert not phone.asks
    assert waiting(phone.conversation)


@pytest.mark.parametrize("happening", [Reminded(1), TimedOut(), Started("weekly-checkin"), Started("nudge")])
@pytest.mark.parametrize("one", STORED, ids=NAMES)
def test_whatever_happens_to_a_stored_conversation_nothing_is_asked_while_it_is_parked(one, happening):
    phone = kept(one)
    phone.happens(happening)
    assert not (one["stored"]["parked"] and phone.asks)
