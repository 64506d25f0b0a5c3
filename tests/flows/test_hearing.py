"""The one order in which a text is read, state by state."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flows import CloseCheckIn, OptIn, OptOut, Risk, Save, Say, fallback, packaged
from flows.staging.transcript import STRANGER
from tests.flows.phone import DYING, STATES, ada, at_question, in_each_state, stranger

DISTRESS = ["I want to kill myself", "quiero morirme", "I took all my pills", "everyone would be better off without me"]


@pytest.mark.parametrize("state", STATES)
def test_help_is_answered_in_every_state_and_changes_nothing(state):
    phone = in_each_state()[state]
    before = phone.conversation.frames if phone.conversation else ()
    assert phone.text("help") == phone.line("help")
    assert (phone.conversation.frames if phone.conversation else ()) == before


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("words", DISTRESS)
def test_a_cry_for_help_is_answered_in_every_state_and_nothing_is_asked(state, words):
    phone = in_each_state()[state]
    said = phone.text(words)
    assert "988" in said[0]
    assert said[1:] == phone.line("risk_link")
    assert all(effect.crisis for effect in phone.turn.effects if isinstance(effect, Say))
    assert any(isinstance(effect, Risk) for effect in phone.did)
    assert not phone.asks


@pytest.mark.parametrize("state", STATES)
def test_stop_and_a_cry_for_help_in_one_text_are_both_heard(state):
    phone = in_each_state()[state]
    parked = state.startswith("parked")
    expected = phone.line("risk_again" if parked else "risk_explicit", "risk_link", "stop")
    assert phone.text(f"STOP {DYING}") == expected
    assert phone.context.opted_out


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("words", ["988", "911", "HOME", "Hola", "741741", "text 988 now", "is this 988?"])
def test_who_means_the_crisis_line_is_told_at_once_that_this_is_not_it(state, words):
    phone = in_each_state()[state]
    assert phone.text(words) in (phone.line("not_988"), [stranger().library.lines["not_988"][0]["es"]])


@pytest.mark.parametrize("words", ["3", "often", "OFTEN.", "3 - often", "seguido", "a lot", "three", "oftn"])
def test_an_answer_is_understood_in_its_exact_and_its_tolerant_forms(words):
    phone = at_question(2)
    assert phone.text(words) == phone.question("weekly-checkin", "carry")
    assert phone.did == [Save("numb", 3)]


def test_what_is_not_understood_is_asked_once_more_and_then_left_out_kindly():
    phone = at_question(2)
    again = phone.library.flows["weekly-checkin"].states["numb"].question.again["en"]
    assert phone.text("hm what") == [again]
    assert phone.text("purple") == [*phone.line("left_out"), *phone.question("weekly-checkin", "carry")]
    assert phone.text("purple") == [again]


def test_a_stranger_in_distress_is_answered_every_time_and_never_asked_to_check_in():
    phone = stranger()
    phone.text("I want to die")
    assert phone.text("hello?") == phone.line("risk_link")
    assert phone.text("GO") == phone.line("unknown")
    assert phone.conversation is None


def test_four_answers_typed_fast_are_four_answers():
    phone = at_question(1)
    for answer in ("2", "1", "0", "3"):
        phone.text(answer, seconds=0.5, sent=False)
    assert phone.context.history == ({"drained": 2, "numb": 1, "carry": 0, "help": 3},)


def test_the_same_text_before_its_reply_went_out_repeats_the_reply_and_moves_nothing():
    phone = at_question(1)
    first = phone.text("2")
    before = phone.conversation
    assert phone.text("2", seconds=2, sent=False) == first
    assert phone.conversation == before
    assert phone.did == []


def test_the_same_text_is_a_new_answer_once_the_question_went_out_or_time_has_passed():
    for seconds, sent in ((1, True), (4, False)):
        phone = at_question(1)
        phone.text("2")
        assert phone.text("2", seconds=seconds, sent=sent) == phone.question("weekly-checkin", "carry")


def test_a_repeat_is_silent_once_the_carrier_reports_a_stop_or_when_it_is_found_late():
    phone = at_question(1)
    phone.text("2")
    assert phone.text("2", seconds=1, sent=False, late=True) == []
    phone.context = replace(phone.context, opted_out=True)
    assert phone.text("2", seconds=1, sent=False) == []


def test_a_repeated_cry_for_help_goes_out_as_one_again():
    phone = ada()
    first = phone.text(DYING)
    assert phone.text(DYING, seconds=1, sent=False) == first
    assert all(effect.crisis for effect in phone.turn.effects)


def test_after_something_serious_nothing_is_asked_until_the_person_goes_on():
    phone = at_question(3)
    phone.text("I want to die")
    for words in ("2", "never", "hm", "SKIP"):
        assert phone.text(words) == phone.line("parked"), words
    assert phone.reminded() == []
    assert phone.text("LEARN")
    assert not phone.asks
    assert phone.text("GO") == phone.question("weekly-checkin", "carry")
    assert phone.text("1") == phone.question("weekly-checkin", "help")


def test_a_second_cry_within_a_day_is_answered_in_other_words():
    phone = ada()
    phone.text("I want to die")
    assert phone.text("I want to die") == phone.line("risk_again", "risk_link")
    phone.wait(timedelta(days=1))
    assert phone.text("I want to die") == phone.line("risk_explicit", "risk_link")


@pytest.mark.parametrize("words", ["2", "HELP", "JOIN", "BREAK", "988", "hm", "GO", "", "how are you"])
def test_a_text_found_late_is_not_answered(words):
    for phone in in_each_state().values():
        before = phone.conversation
        assert phone.text(words, late=True) == []
        assert phone.conversation == before


def test_a_late_stop_and_start_are_obeyed_without_a_word():
    phone = at_question(2)
    assert phone.text("STOP", late=True) == []
    assert phone.did == [OptOut("word"), CloseCheckIn(None)]
    assert phone.text("START", late=True) == []
    assert phone.did == [OptIn()]
    assert phone.text("please stop texting me", late=True) == []
    assert phone.context.opted_out


def test_a_late_cry_for_help_is_answered():
    phone = at_question(2)
    assert phone.text(DYING, late=True) == phone.line("risk_explicit", "risk_link")


def test_talk_about_a_client_is_heard_as_that_and_the_question_waits():
    phone = at_question(2)
    assert phone.text("my client killed himself last night") == phone.line("risk_client")
    assert phone.text("3") == phone.question("weekly-checkin", "carry")


def test_when_hearing_fails_the_person_still_learns_where_a_person_answers():
    said = fallback(packaged(), STRANGER)
    assert all(effect.crisis and "988" in effect.text for effect in said)
