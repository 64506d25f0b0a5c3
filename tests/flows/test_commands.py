"""What each command word does, wherever it is sent."""

from datetime import date, datetime, timedelta

import pytest

from flows import CloseCheckIn, Erase, Pause, Resume, Save, Set, Snooze
from flows.words import COMMANDS
from tests.flows.phone import JOINING, ada, at_question, stranger

WORDS = [word for words in COMMANDS.values() for word in words]
STAYING = ["BREAK", "TIMEOFF", "TALK", "LEARN", "TREND", "MENU", "ABOUT", "CALLME", "RESUME", "HABLAR", "que es"]


@pytest.mark.parametrize("word", STAYING)
def test_a_command_mid_question_is_answered_and_comes_back_to_the_question(word):
    phone = at_question(2)
    said = phone.text(word)
    assert len(said) >= 2
    assert said[-1:] == phone.question("weekly-checkin", "numb")
    assert phone.text("1") == phone.question("weekly-checkin", "carry")


@pytest.mark.parametrize("word", WORDS)
def test_every_command_word_is_answered_with_nothing_open_and_mid_question(word):
    for phone in (ada(), at_question(2), ada(standing="paused")):
        said = phone.text(word)
        assert said
        assert said != phone.line("idle")
        assert phone.library.flows["weekly-checkin"].states["numb"].question.again["en"] not in said


def test_checkin_starts_one_at_any_time_and_shows_the_first_question_at_once():
    for standing in ("enrolled", "paused"):
        phone = ada(standing=standing)
        assert phone.text("CHECKIN") == phone.state("weekly-checkin", "drained")
        phone.texts("0", "1", "0")
        assert phone.text("0") == phone.state("weekly-checkin", "steady")
        assert phone.context.standing == standing
        assert phone.conversation is None


def test_checkin_mid_check_in_goes_on_where_it_was():
    phone = at_question(3)
    assert phone.text("CHECKIN") == phone.question("weekly-checkin", "carry")
    phone.text("DAY")
    assert phone.text("CHECKIN") == phone.question("weekly-checkin", "carry")
    assert phone.text("2") == phone.question("weekly-checkin", "help")


def test_the_weekly_note_shows_no_question_until_it_is_asked_for():
    for word in ("GO", "go!", "1", "ok", "yes", "NOW", "VAMOS", "CHECKIN"):
        phone = ada()
        assert phone.due() == phone.state("weekly-checkin", "note")
        assert phone.text(word) == phone.state("weekly-checkin", "drained"), word


def test_who_is_not_discreet_gets_the_question_at_once():
    phone = ada()
    phone.texts("DISCREET", "2")
    assert phone.did == [Set("discreet", False)]
    assert phone.due() == phone.state("weekly-checkin", "drained")


def test_skipping_the_note_leaves_the_week_out():
    phone = ada()
    phone.due()
    assert phone.text("SKIP") == phone.state("weekly-checkin", "nothing")
    assert phone.did == [CloseCheckIn(None)]


def test_skip_leaves_a_question_out_and_the_rest_counts():
    phone = at_question(1)
    phone.texts("SKIP", "3", "SALTAR")
    phone.text("1")
    assert phone.did == [Save("help", 1), CloseCheckIn({"numb": 3, "help": 1})]


def test_skip_with_nothing_open_says_so():
    phone = ada()
    assert phone.text("SKIP") == phone.line("nothing_open")


def test_later_asks_again_tomorrow_and_does_not_ask_on_now():
    phone = at_question(2)
    assert phone.text("LATER") == phone.state("later", "snoozed")
    assert phone.did == [Snooze(datetime(2026, 3, 11, 12, 15))]  # noqa: DTZ001  (local wall time)
    assert phone.text("NOW") == phone.question("weekly-checkin", "numb")


def test_later_and_away_with_nothing_open_promise_nothing():
    for word in ("LATER", "AWAY"):
        for phone in (ada(), ada(standing="paused")):
            assert phone.text(word) == phone.state(word.lower(), "nothing_open")
            assert phone.did == []


def test_away_ends_the_check_in_without_answers():
    phone = ada()
    phone.due()
    phone.texts("GO", "2")
    assert phone.text("AWAY") == phone.state("away", "week_off")
    assert phone.did == [CloseCheckIn(None)]
    assert phone.conversation is None


def test_away_from_a_check_in_of_ones_own_promises_no_week_without_questions():
    phone = at_question(3, standing="paused")
    assert phone.text("AWAY") == phone.state("away", "left")
    assert phone.did == [CloseCheckIn(None)]


def test_pause_ends_the_check_in_with_what_was_answered_and_asks_no_more():
    phone = at_question(3)
    assert phone.text("PAUSE") == phone.state("pause", "pause")
    assert phone.did == [CloseCheckIn({"drained": 2, "numb": 2}), Pause(date(2026, 3, 24))]
    assert phone.conversation is None


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("PAUSE", date(2026, 3, 24)),
        ("pause 3 weeks", date(2026, 3, 31)),
        ("pause for 10 days", date(2026, 3, 20)),
        ("pausa una semana", date(2026, 3, 17)),
        ("vacaciones dos semanas", date(2026, 3, 24)),
        ("pausa un mes", date(2026, 4, 9)),
        ("pause 0 days", date(2026, 3, 11)),
        ("pause 99 months", date(2026, 6, 10)),
    ],
)
def test_pause_rests_for_as_long_as_was_asked(words, until):
    phone = ada()
    said = phone.text(words)
    assert phone.did == [Pause(until)]
    assert str(until.day) in said[0]


def test_a_later_pause_without_a_length_rests_two_weeks_again():
    phone = ada()
    phone.texts("DAY", "pause 3 weeks", "DAY", "pause")
    assert phone.did == [Pause(date(2026, 3, 24))]


def test_resume_ends_a_pause_and_says_so_if_there_was_none():
    phone = ada(standing="paused")
    assert phone.text("RESUME") == phone.state("resume", "back")
    assert phone.did == [Resume()]
    assert phone.text("SEGUIR") == phone.state("resume", "not_paused")
    assert phone.did == []


def test_day_changes_day_and_time_at_once():
    phone = ada()
    assert phone.text("DAY") == phone.state("day", "day")
    phone.text("friday")
    assert phone.did == [Set("day", 4)]
    (said,) = phone.text("7:30 am")
    assert phone.did == [Set("time", "07:30")]
    assert "Friday" in said
    assert "7:30 AM" in said


def test_contact_and_discreet_can_be_left_as_they_are():
    for word, flow in (("CONTACT", "contact"), ("DISCREET", "discreet")):
        phone = ada()
        phone.text(word)
        assert phone.text("SKIP") == phone.state(flow, "kept")
        assert phone.did == []


def test_contact_is_changed_with_consent_kept():
    phone = ada()
    phone.text("CONTACT")
    assert phone.text("3") == phone.state("contact", "saved")
    assert [type(effect).__name__ for effect in phone.did] == ["Consent", "Set"]


@pytest.mark.parametrize("words", ["no", "SKIP", "2"])
def test_nothing_is_erased_without_a_yes(words):
    for command, flow in (("ERASE", "erase"), ("ERASE ALL", "erase-all")):
        phone = ada()
        phone.text(command)
        assert phone.text(words) == phone.state(flow, "kept")
        assert phone.did == []


def test_erase_mid_check_in_forgets_its_answers_and_goes_on():
    phone = at_question(3)
    phone.text("ERASE")
    assert phone.text("1") == [*phone.state("erase", "gone"), *phone.question("weekly-checkin", "carry")]
    assert phone.did == [Erase(everything=False)]
    phone.text("1")
    phone.text("1")
    assert phone.did[-1] == CloseCheckIn({"carry": 1, "help": 1})


def test_erase_all_leaves_nothing_open_wherever_it_is_sent():
    for phone in (ada(), at_question(3), stranger()):
        phone.text("ERASE ALL")
        assert phone.text("1") == phone.state("erase-all", "gone")
        assert phone.did == [Erase(everything=True)]
        assert phone.conversation is None


def test_the_language_changes_in_any_state_and_the_question_with_it():
    phone = at_question(2)
    english = phone.question("weekly-checkin", "numb")
    said = phone.text("ESPANOL")
    assert said == [*phone.line("language"), *phone.question("weekly-checkin", "numb")]
    assert phone.did == [Set("language", "es")]
    assert phone.text("ENGLISH")[-1:] == english


def test_a_command_that_asks_twice_begins_anew_instead_of_piling_up():
    phone = at_question(2)
    for word in ["DAY", "CONTACT", "DISCREET", "ERASE", "ERASE ALL"] * 3:
        phone.text(word)
    assert len(phone.conversation.frames) == 6
    phone.texts("2", "2", "2", "2", "2")
    phone.text("7 pm")
    assert [frame.flow for frame in phone.conversation.frames] == ["weekly-checkin"]
    assert phone.text("1") == phone.question("weekly-checkin", "carry")


def test_a_break_within_a_change_of_day_comes_back_to_it():
    phone = at_question(2)
    phone.text("DAY")
    assert phone.text("BREAK")[-1:] == phone.question("day", "day")
    phone.texts("3")
    assert phone.text("9 am")[-1:] == phone.question("weekly-checkin", "numb")


def test_what_is_asked_for_while_parked_can_be_answered_and_the_check_in_still_waits():
    phone = at_question(2)
    phone.text("I want to die")
    assert phone.text("DAY") == phone.state("day", "day")
    assert phone.text("3") == phone.state("day", "time")
    assert phone.text("9 am") == phone.state("day", "saved")
    assert phone.text("2") == phone.line("parked")
    assert phone.text("GO") == phone.question("weekly-checkin", "numb")


def test_a_second_cry_parks_what_was_asked_for_as_well():
    phone = ada()
    phone.texts("I want to die", "DAY", "I want to die")
    assert phone.text("3") == phone.line("parked")


def test_somebody_joining_is_not_asked_on_while_parked():
    for word in ("SKIP", "TALK", "ESPANOL", "1"):
        phone = stranger()
        phone.texts(*JOINING[:4], "I want to die")
        assert phone.text(word), word
        assert not phone.asks, word
    assert phone.text("GO") == phone.question("welcome", "group")


def test_support_is_there_for_somebody_who_is_still_joining():
    phone = stranger()
    phone.text("JOIN")
    for word, flow in (("TALK", "talk"), ("CALLME", "callme")):
        assert phone.text(word) == [*phone.state(flow, flow), *phone.question("welcome", "staff")]


def test_reminders_fit_where_the_person_is():
    phone = ada()
    phone.due()
    assert phone.reminded() == phone.line("remind_note")
    phone.text("GO")
    assert phone.reminded() == phone.line("remind_note")
    phone.text("2")
    assert phone.reminded(2) == phone.line("remind_midway")
    phone = ada()
    phone.texts("DISCREET", "2")
    phone.due()
    assert phone.reminded(1) == phone.line("remind_first")
    assert phone.reminded(2) == phone.line("remind_last")
    assert not phone.asks


def test_there_is_nothing_to_remind_of_outside_a_check_in():
    phone = ada()
    phone.text("DAY")
    assert phone.reminded() == []


def test_the_micro_break_is_another_one_each_day():
    phone = ada()
    said = set()
    for _ in range(5):
        said.update(phone.text("BREAK"))
        phone.wait(timedelta(days=1))
    assert len(said) == 5
