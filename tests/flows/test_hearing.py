"""The one order in which a text is read, state by state."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flows import CloseCheckIn, Consent, Enrol, OptIn, OptOut, Risk, Save, Say, fallback, packaged
from flows.transcript import STRANGER
from tests.flows.phone import DYING, JOINING, Phone, ada, at_question, stranger

DISTRESS = ["I want to kill myself", "quiero morirme", "I took all my pills", "everyone would be better off without me"]


def in_each_state() -> dict[str, Phone]:
    """Return people in every kind of state there is."""
    found = {"nothing open": ada(), "stranger": stranger(), "paused": ada(standing="paused")}
    for number in range(1, 5):
        found[f"question {number}"] = at_question(number)
    for steps in range(1, len(JOINING)):
        found[f"joining, step {steps}"] = stranger()
        found[f"joining, step {steps}"].texts(*JOINING[:steps])
    for word in ("DAY", "CONTACT", "DISCREET", "ERASE", "ERASE ALL"):
        found[word] = ada()
        found[word].text(word)
    for name, phone in (("parked", at_question(2)), ("parked stranger", stranger())):
        found[name] = phone
        phone.text(DYING)
    found["discreet note"] = ada()
    found["discreet note"].due()
    return found


STATES = list(in_each_state())


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
    assert phone.text("TALK") == phone.state("talk", "talk")
    assert "988" in phone.text(DYING)[0]
    phone.wait(timedelta(days=2))
    assert phone.text("hello?") == phone.line("unknown")


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
    assert phone.text("BREAK")
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


def test_when_hearing_fails_the_person_still_learns_where_a_person_answers():
    said = fallback(packaged(), STRANGER)
    assert all(effect.crisis and "988" in effect.text for effect in said)
