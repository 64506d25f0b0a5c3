"""Who may be texted: joining, STOP and its kin, coming back, and who never asked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flows import CloseCheckIn, Consent, Enrol, OptIn, OptOut
from tests.flows.phone import DYING, JOINING, STATES, ada, at_question, in_each_state, stranger


@pytest.mark.parametrize("state", STATES)
def test_stop_is_obeyed_in_every_state(state):
    phone = in_each_state()[state]
    assert phone.text("STOP") == phone.line("stop")
    assert OptOut("word") in phone.did
    assert phone.conversation is None


@pytest.mark.parametrize("state", STATES)
def test_twilios_own_words_are_left_to_twilio_but_obeyed(state):
    phone = in_each_state()[state]
    phone.context = replace(phone.context, opt_out_mode="twilio")
    assert phone.text("HELP") == []
    assert phone.text("STOP") == []
    assert phone.context.opted_out
    assert phone.text("START") == []
    assert not phone.context.opted_out


def test_words_that_twilio_does_not_know_are_confirmed_by_us():
    for word in ("ALTO", "BAJA", "please stop texting me", "Stop."):
        phone = at_question(opt_out_mode="twilio")
        assert phone.text(word) == phone.line("stop"), word
    phone = at_question(opt_out_mode="twilio")
    assert phone.text("AYUDA") == phone.line("help")


def test_after_stop_only_distress_the_crisis_lines_and_the_way_back_are_answered():
    phone = at_question(2)
    phone.text("STOP")
    for words in ("2", "CHECKIN", "BREAK", "TALK", "hello?", "STOP", "please stop", "ESPANOL", "SKIP", "ERASE"):
        assert phone.text(words) == [], words
    assert phone.text("HELP") == phone.line("help")
    assert phone.text("988") == phone.line("not_988")
    assert phone.text(DYING) == phone.line("risk_explicit", "risk_link")
    assert phone.text("GO") == []
    assert phone.text("START") == phone.line("restart")
    assert phone.did == [OptIn()]


def test_yes_after_stop_comes_back_as_the_carriers_have_it():
    phone = ada()
    assert phone.texts("STOP", "yes") == phone.line("restart")


def test_the_keyword_after_stop_joins_again():
    phone = stranger()
    phone.texts(*JOINING[:2], "STOP")
    assert phone.text("JOIN") == phone.state("welcome", "staff")
    assert phone.did == [OptIn()]


def test_the_keyword_after_stop_is_silent_where_twilio_would_refuse_the_answer():
    phone = ada(opt_out_mode="twilio")
    assert phone.texts("STOP", "JOIN") == []
    assert phone.context.opted_out


def test_stop_mid_question_closes_the_check_in_and_starts_it_no_more():
    phone = at_question(3)
    phone.text("stop")
    assert phone.did == [OptOut("word"), CloseCheckIn(None)]
    assert phone.conversation is None


@pytest.mark.parametrize("words", ["please stop texting me", "unsubscribe me", "no more messages", "denme de baja"])
def test_stopping_in_other_words_is_obeyed_mid_question(words):
    phone = at_question(2)
    assert phone.text(words) == phone.line("stop")
    assert OptOut("phrase") in phone.did


def test_a_story_in_which_somebody_stops_is_no_stop():
    phone = at_question(2)
    phone.text("my client won't stop texting me")
    assert not phone.context.opted_out


@pytest.mark.parametrize(
    "words",
    ["maybe", "I guess so", "not sure", "yes or no?", "yes and no", "hm", "1 or 2", "12", "", "SKIP", "?", "0", "🤷"],
)
def test_consent_is_neither_guessed_nor_skipped_into(words):
    for steps in (1, 2):
        phone = stranger()
        phone.texts(*JOINING[:steps])
        for _ in range(4):
            said = phone.text(words)
            assert said[-1:] == phone.question("welcome", ("staff", "terms")[steps - 1])
            assert not any(isinstance(effect, Consent | Enrol) for effect in phone.did)


def test_saying_no_ends_joining_without_enrolling():
    for steps in (1, 2):
        phone = stranger()
        phone.texts(*JOINING[:steps])
        assert phone.text("2") == phone.state("welcome", "declined")
        assert phone.conversation is None
        assert phone.context.standing == "unknown"


def test_skip_at_a_question_that_needs_an_answer_says_so_and_asks_again():
    phone = stranger()
    phone.text("JOIN")
    assert phone.text("SKIP") == [*phone.line("needed"), *phone.question("welcome", "staff")]


def test_what_was_agreed_to_is_kept_in_the_words_that_were_shown():
    phone = stranger()
    phone.texts("JOIN", "1")
    shown = "\n".join(phone.state("welcome", "terms"))
    phone.text("1")
    assert phone.did == [Consent("terms", shown, "yes")]


def test_a_change_of_language_shows_the_whole_of_what_is_to_be_agreed_to():
    phone = stranger()
    phone.texts("JOIN", "1")
    said = phone.text("ESPANOL")
    assert said == phone.state("welcome", "terms")
    assert len(said) == 2
    assert "tratamiento" in said[0]


def test_a_stranger_gets_one_helpful_answer_a_day_but_always_help_and_the_crisis_lines():
    phone = stranger()
    assert phone.text("who is this") == phone.line("unknown")
    for words in ("hello?", "2", "CHECKIN", "SKIP", "ESPANOL", "yes", ""):
        assert phone.text(words) == [], words
    assert phone.text("HELP") == phone.line("help")
    assert phone.text("MENU") == phone.line("unknown")
    assert phone.text("TALK") == phone.state("talk", "plain")
    assert "988" in phone.text(DYING)[0]
    phone.wait(timedelta(days=2))
    assert phone.text("hello?") == phone.line("unknown")


def test_joining_in_spanish_is_answered_in_spanish_from_the_first_text():
    phone = stranger()
    said = phone.text("UNIRME")
    assert said == [text for text in phone.state("welcome", "staff") if "voluntario" in text]
    assert phone.text("si") == phone.state("welcome", "terms")
    phone.texts("1", "2", "1", "1")
    assert phone.context.settings["language"] == "es"


def test_a_spanish_stranger_is_offered_the_spanish_keyword():
    phone = stranger()
    (said,) = phone.text("buenos dias, quien es?")
    assert "UNIRME" in said


def test_the_keyword_changes_the_language_of_a_joining_under_way():
    phone = stranger()
    phone.text("JOIN")
    assert "voluntario" in phone.text("Unirme, por favor")[0]


def test_join_when_already_in_says_so_and_comes_back_to_the_question():
    phone = ada()
    assert phone.text("JOIN") == phone.line("already")
    phone = at_question(2)
    assert phone.text("join") == [*phone.line("already"), *phone.question("weekly-checkin", "numb")]
    phone = ada(standing="paused")
    assert phone.text("JOIN") == phone.line("resting")


def test_start_comes_back_from_a_pause_as_well():
    phone = ada(standing="paused")
    phone.text("STOP")
    assert phone.text("START") == phone.line("restart")
    assert phone.context.standing == "enrolled"
