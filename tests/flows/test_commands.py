"""What each command word does, wherever it is sent."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from flows import CloseCheckIn, Erase, Event, OptOut, Pause, Plan, Resume, Save, Set, Snooze, Unplan
from flows.reading.words import COMMANDS
from flows.rhythm import Rhythm
from flows.staging.transcript import PROGRAM
from tests.flows.phone import JOINING, ada, at_question, stranger

WORKSHOP = Event("Rest, really", date(2026, 4, 9), "online")
WORDS = [word for words in COMMANDS.values() for word in words]
STAYING = ["BREAK", "LEARN", "EVENTS", "TREND", "MENU", "ABOUT", "RESUME", "DATA", "WEEKLY", "MORE", "que es"]
BY_LAW = Rhythm(days=(PROGRAM.day,), time="12:15", zone=PROGRAM.zone, region="US")
ASKING = {"TIMEOFF": "1", "TALK": "2", "HABLAR": "2", "CONTACT": "2", "DISCREET": "1", "ERASE": "2"}


@pytest.mark.parametrize("word", STAYING)
def test_a_command_mid_question_is_answered_and_comes_back_to_the_question(word):
    phone = at_question(2)
    said = phone.text(word)
    assert len(said) >= 2
    assert said[-1:] == phone.question("weekly-checkin", "numb")
    assert phone.text("1") == phone.question("weekly-checkin", "carry")


@pytest.mark.parametrize(("word", "answer"), ASKING.items())
def test_a_command_that_asks_comes_back_to_the_question_once_it_is_answered(word, answer):
    phone = at_question(2)
    phone.text(word)
    assert phone.text(answer)[-1:] == phone.question("weekly-checkin", "numb")
    assert phone.text("1") == phone.question("weekly-checkin", "carry")


@pytest.mark.parametrize("word", ["BREAK", "ABOUT", "MENU"])
def test_more_is_offered_without_taking_the_question_away(word):
    phone = at_question(2)
    first = phone.text(word)
    said = phone.text("MORE")
    assert said != first
    assert said[-1:] == phone.question("weekly-checkin", "numb")
    assert phone.text("1") == phone.question("weekly-checkin", "carry")


def test_a_menu_asks_once_more_and_then_gives_way():
    phone = at_question(2)
    phone.text("TIMEOFF")
    assert phone.text("hm")[-1:] == phone.question("timeoff", "timeoff")
    assert phone.text("hmm")[-1:] != phone.question("timeoff", "timeoff")
    assert phone.text("4") == phone.question("weekly-checkin", "carry")


def test_a_digit_belongs_to_the_menu_and_a_word_to_the_question_under_it():
    phone = at_question(2)
    phone.text("TALK")
    assert phone.text("3")[-1:] == phone.question("talk", "plain")
    assert phone.text("sometimes") == phone.question("weekly-checkin", "carry")


def test_asking_for_a_person_lets_the_question_rest():
    phone = at_question(2)
    assert phone.text("CALLME") == phone.state("call", "nobody")
    assert phone.text("2") == phone.question("weekly-checkin", "carry")


@pytest.mark.parametrize("words", ["in 2 hours", "tomorrow 8am", "not now", "ahora no", "en 2 horas"])
def test_a_check_in_is_put_off_without_the_word_for_it(words):
    phone = at_question(1)
    assert phone.text(words)[0].startswith("Snoozed")
    assert isinstance(phone.did[0], Snooze)


@pytest.mark.parametrize("words", ["I need help", "necesito ayuda", "I need to talk to someone"])
def test_a_plain_call_for_help_opens_the_places_to_turn(words):
    assert "988" in "".join(at_question(1).text(words))


def test_a_digit_at_the_note_begins_and_nothing_closes_the_week():
    phone = ada()
    phone.due()
    phone.texts("hm", "hm", "what")
    assert phone.conversation is not None
    assert phone.text("3") == phone.state("weekly-checkin", "drained")


def test_back_asks_the_last_question_again_and_counts_the_new_answer():
    phone = at_question(3)
    assert phone.text("BACK") == phone.question("weekly-checkin", "numb")
    assert phone.text("CORREGIR") == phone.question("weekly-checkin", "drained")
    phone.text("0")
    assert phone.did == [Save("drained", 0)]
    phone.texts("0", "1")
    phone.text("1")
    assert phone.did[-1] == CloseCheckIn({"drained": 0, "numb": 0, "carry": 1, "help": 1})


def test_back_with_nothing_to_correct_says_what_to_do():
    assert ada().text("BACK") == ada().line("nothing_back")
    phone = at_question(1)
    assert phone.text("BACK") == [*phone.line("nothing_back"), *phone.question("weekly-checkin", "drained")]


def test_back_after_a_break_alone_is_answered_to_who_has_not_joined():
    phone = stranger()
    phone.texts("BREAK")
    phone.wait(timedelta(days=1))
    assert phone.text("BACK") == phone.line("unknown")


def test_express_takes_four_answers_in_one_text():
    phone = ada()
    phone.text("EXPRESS")
    assert phone.did == [Set("express", True)]
    assert phone.text("CHECKIN") == phone.state("weekly-checkin", "all_four")
    assert phone.text("2 1 0 3") == phone.state("weekly-checkin", "watch")
    assert phone.did[-1] == CloseCheckIn({"drained": 2, "numb": 1, "carry": 0, "help": 3})


def test_four_digits_are_taken_at_the_first_question_as_well():
    for begin in ("CHECKIN", None):
        phone = ada()
        phone.text(begin) if begin else phone.due()
        assert phone.text("2103") == phone.state("weekly-checkin", "watch")


def test_later_can_name_the_moment():
    phone = at_question(2)
    phone.text("snooze until tomorrow 8am")
    assert phone.did == [Snooze(datetime(2026, 3, 11, 8, 0))]  # noqa: DTZ001
    phone.text("in 2 hours")
    phone.text("later in 2 hours")
    (found,) = phone.did
    assert isinstance(found, Snooze)
    assert found.until - phone.context.at == timedelta(hours=2)
    phone.text("later")
    assert phone.did == [Snooze(datetime(2026, 3, 11, 12, 15))]  # noqa: DTZ001


def test_a_moment_too_far_off_is_said_to_be():
    phone = at_question(2)
    assert phone.text("snooze next monday") == phone.line("too_late")
    assert phone.did == []


@pytest.mark.parametrize(("word", "frequency"), [("MONTHLY", "monthly"), ("MENSUAL", "monthly")])
def test_how_often_changes_both_ways(word, frequency):
    phone = ada()
    phone.text(word)
    assert phone.did == [Set("frequency", frequency)]
    assert phone.text(word) == phone.state("monthly", "already")
    phone.text("WEEKLY")
    assert phone.did == [Set("frequency", "weekly")]


def test_time_changes_the_hour_alone():
    phone = ada()
    assert phone.text("TIME") == phone.state("time", "time")
    phone.text("7 pm")
    assert phone.did == [Set("time", "19:00")]


def test_break_texts_are_planned_only_after_a_yes_and_end_on_a_word():
    phone = ada()
    phone.texts("TIMEOFF", "2")
    said = phone.text("2")
    plans = [effect for effect in phone.did if isinstance(effect, Plan)]
    assert [plan.at.weekday() for plan in plans] == [2] * 3 + [3] * 3 + [4] * 3 + [0] * 3 + [1] * 3
    assert {plan.flow for plan in plans} == {"nudge"}
    assert said[0].startswith("Done. They start on the next workday, at 10:30 AM, 1:30 PM and 4:00 PM,")
    phone.text("BREAK OFF")
    assert [type(effect) for effect in phone.did] == [Unplan]
    phone.texts("TIMEOFF", "2")
    phone.text("3")
    assert [effect for effect in phone.did if isinstance(effect, Plan)] == []


def test_no_break_texts_are_planned_where_quiet_hours_came_in_between():
    phone = ada()
    phone.texts("TIMEOFF", "2")
    phone.context = replace(phone.context, program=replace(phone.context.program, quiet="06:00-22:00"))
    assert phone.text("1") == phone.state("nudges", "no_room")
    assert [effect for effect in phone.did if isinstance(effect, Plan)] == []


def test_quiet_hours_that_leave_hardly_an_hour_by_law_change_nothing():
    phone = ada()
    phone.context = replace(phone.context, program=replace(phone.context.program, rhythm=BY_LAW))
    assert phone.text("QUIET 8am-10pm") == phone.state("quiet", "no_room")
    assert phone.did == []
    phone.text("QUIET 8am-8pm")
    assert phone.did == [Set("quiet", "08:00-20:00")]


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


US = Rhythm(days=(2,), time="12:15", zone="America/New_York", region="US")
LATE = ["10pm", "tonight at 9", "midnight", "3am", "in 12 hours"]


@pytest.mark.parametrize("words", [*(f"LATER {late}" for late in LATE), "LUEGO a las 10 de la noche"])
def test_later_comes_and_is_told_for_when_the_law_lets_it_come(words):
    phone = at_question(2, program=replace(PROGRAM, rhythm=US), at=datetime(2026, 3, 9, 13, 0))  # noqa: DTZ001
    said = phone.text(words)
    assert said == phone.state("later", "snoozed")
    assert "Tuesday 8:00 AM" in said[0]
    assert phone.did == [Snooze(datetime(2026, 3, 10, 8, 0))]  # noqa: DTZ001  (local wall time)


@pytest.mark.parametrize("words", ["LATER thursday", "LATER wednesday 12:15pm"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_later_gives_way_to_a_check_in_that_comes_by_then(language, words):
    often = Rhythm(days=(0, 2, 4), time="12:15", zone="America/New_York")
    phone = ada(language, program=replace(PROGRAM, rhythm=often, day=0), at=datetime(2026, 3, 9, 12, 15))  # noqa: DTZ001
    phone.context = replace(phone.context, settings={**phone.context.settings, "day": 0})
    phone.due()
    said = phone.text(words)
    assert said == phone.state("later", "overtaken")
    assert phone.did == [Snooze(None)]
    assert {"en": "Wed 11 Mar at 12:15 PM", "es": "mié 11 mar a las 12:15"}[language] in said[0]
    phone.text("LATER tomorrow")
    assert phone.did == [Snooze(datetime(2026, 3, 10, 12, 15))]  # noqa: DTZ001
    assert phone.text("NOW") == phone.question("weekly-checkin", "drained")


def test_later_asks_no_minutes_before_a_check_in_that_is_spread():
    daily = Rhythm(days=(0, 1, 2, 3, 4), time="12:15", zone="America/New_York")
    at = datetime(2026, 3, 9, 12, 30)  # noqa: DTZ001
    phone = ada(program=replace(PROGRAM, rhythm=daily, day=0), at=at, spread=15)
    phone.context = replace(phone.context, settings={**phone.context.settings, "day": 0})
    phone.due()
    assert "Tue 10 Mar at 12:30 PM" in phone.text("LATER")[0]
    assert phone.did == [Snooze(None)]


def test_a_check_in_of_ones_own_is_put_off_past_the_one_it_is_for():
    phone = ada(at=datetime(2026, 3, 11, 9, 0))  # noqa: DTZ001
    phone.texts("CHECKIN", "LATER")
    assert phone.did == [Snooze(datetime(2026, 3, 12, 12, 15))]  # noqa: DTZ001


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
    assert phone.text("PAUSE") == phone.state("pause", "midway")
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
        ("pausa un mes", date(2026, 4, 10)),
        ("pause 99 months", date(2026, 6, 10)),
    ],
)
def test_pause_rests_for_as_long_as_was_asked(words, until):
    phone = ada()
    said = phone.text(words)
    assert phone.did == [Pause(until)]
    assert str(until.day) in said[-1]


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


@pytest.mark.parametrize("words", ["I'm back", "I am back from vacation", "vacation is over", "BACK", "back please"])
def test_whoever_says_to_be_back_rests_no_longer(words):
    phone = ada(standing="paused")
    assert phone.text(words) == phone.state("resume", "back")
    assert phone.did == [Resume()]


@pytest.mark.parametrize("words", ["ya volví", "Volví de vacaciones", "de regreso", "ATRAS"])
def test_whoever_says_so_in_spanish_rests_no_longer(words):
    phone = ada("es", standing="paused")
    assert phone.text(words) == phone.state("resume", "back")
    assert phone.did == [Resume()]


@pytest.mark.parametrize(("language", "word"), [("en", "RESUME"), ("es", "SEGUIR")])
def test_a_pause_names_the_word_that_ends_it_to_whoever_writes(language, word):
    phone = ada(language, standing="paused")
    assert [word in said for said in phone.text("it is raining here")] == [True]
    phone.text("BREAK")
    assert phone.text("BACK") == phone.line("nothing_back")


@pytest.mark.parametrize(
    "words", ["away this week", "I'm away", "AWAY until June 5", "estoy fuera hasta el 5 de junio"]
)
def test_to_be_away_is_to_rest(words):
    phone = ada()
    phone.text(words)
    assert [type(effect) for effect in phone.did] == [Pause]


@pytest.mark.parametrize("words", ["until Feb 30", "hasta el 30 de febrero"])
def test_a_day_that_is_none_after_a_pause_is_said_to_be(words):
    phone = ada(standing="paused")
    assert phone.text(words) == phone.line("pause_until_when")
    assert phone.did == []


@pytest.mark.parametrize(
    "words",
    ["until today", "until noon", "until tuesday dec 7", "0 days", "hasta ayer", "until last friday", "tonight"],
)
def test_a_pause_without_a_day_ahead_is_said_to_be_none(words):
    phone = ada(at=datetime(2026, 11, 30, 10, 0))  # noqa: DTZ001
    assert phone.text(f"PAUSE {words}") == phone.line("pause_until_when")
    assert phone.did == []


@pytest.mark.parametrize(
    ("words", "until"), [("monday dec 7", (12, 7)), ("friday the 11th", (12, 11)), ("end of year", (12, 32))]
)
def test_a_pause_until_a_date_with_its_weekday_rests_until_then(words, until):
    phone = ada(at=datetime(2026, 11, 30, 10, 0))  # noqa: DTZ001
    phone.text(f"PAUSE until {words}")
    assert phone.did == [Pause(date(2026, until[0], 1) + timedelta(days=until[1] - 1))]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("word", "flow", "state"), [("QUIET", "quiet", "kept"), ("ZONE", "zone", "kept"), ("DAY", "day", "kept")]
)
def test_a_setting_not_understood_twice_is_said_to_stay_as_it_is(language, word, flow, state):
    phone = ada(language)
    phone.texts(word, "hm hm")
    assert phone.text("hm hm hm") == phone.state(flow, state)
    assert not any(isinstance(effect, Set) for effect in phone.did)


def test_day_changes_day_and_time_at_once():
    phone = ada()
    assert phone.text("DAY") == phone.state("day", "day")
    phone.text("friday")
    assert phone.did == []  # a day without its hour is nothing yet
    (said,) = phone.text("7:30 am")
    assert phone.did == [Set("day", 4), Set("time", "07:30")]
    assert "Fri " in said
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
    assert len(phone.conversation.frames) == 5
    phone.texts("2", "2", "2", "2")
    assert [frame.flow for frame in phone.conversation.frames] == ["weekly-checkin"]
    assert phone.text("1") == phone.question("weekly-checkin", "carry")


@pytest.mark.parametrize("words", ["friday 3pm", "Fri at 3 pm please", "viernes a las 15:00", "3pm friday"])
def test_a_day_and_its_hour_are_taken_from_one_text(words):
    phone = ada()
    for texts in (["DAY", words], ["DAY", "hm", words], [f"DAY {words}"]):
        assert phone.texts(*texts) == phone.state("time", "saved")
        assert phone.did == [Set("day", 4), Set("time", "15:00")]
    phone = stranger()
    said = phone.texts(*JOINING[:-1], "2", words)
    assert said[0].startswith(phone.state("welcome", "confirm")[0][:30])
    assert (phone.context.settings["day"], phone.context.settings["time"]) == (4, "15:00")


@pytest.mark.parametrize(
    ("word", "text", "language"),
    [("DAY", "tue 3pm", "en"), ("DIA", "martes 15:00", "es"), ("DAY", "3 in the afternoon on Tuesdays", "en")],
)
def test_another_day_and_hour_in_one_text_come_back_to_the_question(word, text, language):
    phone = ada(language)
    phone.texts("CHECKIN", "2")
    said = phone.text(f"{word} {text}")
    assert said == [*phone.state("time", "saved"), *phone.question("weekly-checkin", "numb")]
    assert phone.did == [Set("day", 1), Set("time", "15:00")]


def test_a_day_with_an_hour_that_is_none_is_taken_and_the_hour_asked():
    phone = ada()
    assert phone.texts("DAY", "friday 25:00") == phone.question("time", "time")
    assert phone.text("3pm") == phone.state("time", "saved")
    assert phone.did == [Set("day", 4), Set("time", "15:00")]


@pytest.mark.parametrize(("text", "language"), [("TIME 25:00", "en"), ("HORA 25:00", "es"), ("time 13 am", "en")])
def test_an_hour_that_is_none_is_asked_again_with_what_is_right(text, language):
    phone = ada(language)
    said = phone.text(text)
    assert ["7:30 AM" in one and "19:30" in one for one in said] == [True]
    assert phone.text("9 am") == phone.state("time", "saved")


def test_a_question_of_which_nothing_was_answered_gives_way_to_a_break():
    phone = at_question(2)
    for word in ("DAY", "TIME"):
        phone.text(word)
        assert phone.text("BREAK")[-1:] == phone.question("weekly-checkin", "numb")
        assert phone.did == []


@pytest.mark.parametrize(
    ("word", "then"),
    [("BREAK", ()), ("MENU", ()), ("QUIET", ("9pm-7am",)), ("TALK", ("2",)), ("ZONE", ("Denver",))],
)
def test_a_day_that_was_named_is_not_lost_by_another_word(word, then):
    for phone in (ada(), at_question(2)):
        said = phone.texts("DAY", "fri", word, *then)
        assert said[-1:] == phone.question("time", "time")
        said = phone.text("2pm")
        assert said[:1] == phone.state("time", "saved")
        assert phone.did == [Set("day", 4), Set("time", "14:00")]
        assert said[1:] == (phone.question("weekly-checkin", "numb") if phone.conversation else [])


@pytest.mark.parametrize("between", [(), ("BREAK",), ("TALK",)])
def test_a_day_that_was_named_keeps_the_usual_hour_where_a_check_in_is_begun(between):
    phone = ada()
    said = phone.texts("DAY", "fri", *between, "CHECKIN")
    assert said == [*phone.state("time", "saved"), *phone.question("weekly-checkin", "drained")]
    assert phone.did[:1] == [Set("day", 4)]
    assert [frame.flow for frame in phone.conversation.frames] == ["weekly-checkin"]


@pytest.mark.parametrize("word", ["LATER", "PAUSE", "PAUSE until June 5", "CHECKIN"])
def test_a_day_that_was_named_is_kept_where_the_check_in_under_it_goes_another_way(word):
    phone = at_question(2)
    said = phone.texts("DAY", "fri", word)
    assert len(said) == 2
    assert phone.did[0] == Set("day", 4)
    left = phone.conversation.frames if phone.conversation else ()
    assert not {"day", "time"} & {frame.flow for frame in left}


@pytest.mark.parametrize("between", [(), ("BREAK",)])
def test_a_day_that_was_named_is_kept_where_its_hour_never_comes(between):
    phone = ada()
    phone.texts("DAY", "fri", *between)
    assert phone.unanswered() == []
    assert phone.did == [Set("day", 4)]
    assert phone.conversation is None


@pytest.mark.parametrize("word", ["GO", "ESPANOL"])
def test_the_hour_is_asked_again_where_the_day_was_named(word):
    phone = ada()
    assert phone.texts("DAY", "fri", word)[-1:] == phone.question("time", "time")
    phone.text("2pm")
    assert phone.did == [Set("day", 4), Set("time", "14:00")]


def test_what_is_asked_for_while_parked_can_be_answered_and_the_check_in_still_waits():
    phone = at_question(2)
    phone.text("I want to die")
    assert phone.text("DAY") == phone.state("day", "day")
    assert phone.text("3") == phone.state("time", "time")
    assert phone.text("9 am") == phone.state("time", "saved")
    assert phone.text("2") == phone.line("parked")
    assert phone.text("GO") == phone.question("weekly-checkin", "numb")


def test_a_second_cry_parks_what_was_asked_for_as_well():
    phone = ada()
    phone.texts("I want to die", "DAY", "I want to die")
    assert phone.text("3") == phone.line("parked")


def test_somebody_joining_is_not_asked_on_while_parked():
    for word in ("SKIP", "CALLME", "ESPANOL", "1"):
        phone = stranger()
        phone.texts(*JOINING[:4], "I want to die")
        assert phone.text(word), word
        assert not phone.asks, word
    assert phone.text("GO") == phone.question("welcome", "group")


def test_support_is_there_for_somebody_who_is_still_joining():
    phone = stranger()
    phone.text("JOIN")
    assert phone.text("CALLME") == phone.state("call", "nobody")
    assert phone.text("TALK") == phone.state("talk", "plain")
    assert phone.text("1") == [*phone.state("talk", "therapist"), *phone.question("welcome", "staff")]


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


def test_the_micro_break_is_another_one_each_hour():
    phone = ada()
    said = set()
    for _ in range(6):
        said.update(phone.text("BREAK"))
        phone.wait(timedelta(hours=1))
    assert len(said) == 6


def test_more_goes_through_all_the_breaks_and_then_says_so():
    phone = ada()
    said = [phone.text("BREAK"), *(phone.text("MORE") for _ in range(5))]
    assert len({tuple(one) for one in said}) == 6
    assert phone.text("MORE") == phone.state("break", "all")
    assert phone.conversation is None


def test_events_are_told_one_by_one():
    phone = ada(program=replace(PROGRAM, events=(WORKSHOP, replace(WORKSHOP, title="Two"))))
    assert "Rest, really" in phone.text("EVENTS")[0]
    assert "Two" in phone.text("MORE")[0]
    assert phone.text("MORE") == phone.state("events", "all")


def test_training_is_said_to_fit_only_if_it_does():
    history = ({"drained": 0, "numb": 0, "carry": 4, "help": 0},) * 3
    fitting = replace(PROGRAM, events=(replace(WORKSHOP, topic="carrying"),))
    assert "what you described" in ada(program=fitting, history=history).text("LEARN")[0]
    assert "what you described" not in ada(program=fitting).text("LEARN")[0]
    assert (
        "what you described" not in ada(program=replace(PROGRAM, events=(WORKSHOP,)), history=history).text("LEARN")[0]
    )


def test_a_program_without_quiet_hours_says_so():
    phone = ada(program=replace(PROGRAM, quiet="00:00-00:00"))
    assert phone.text("QUIET")[0].startswith("Your quiet hours: none.")


def test_hours_named_by_somebody_who_has_not_joined_are_a_wish_for_no_texts():
    phone = stranger()
    phone.text("JOIN")
    phone.text("stop texting me after 8pm")
    assert OptOut("phrase") in phone.did


def test_hours_that_leave_none_are_never_kept():
    phone = ada()
    assert phone.text("quiet all day") == phone.state("quiet", "too_many")
    assert phone.did == []
    assert phone.texts("QUIET", "8am-8am") == phone.state("quiet", "too_many")
    assert phone.did == []


def test_back_corrects_hours_that_came_with_the_word():
    phone = ada()
    phone.texts("quiet 9pm-7am", "QUIET", "BACK", "QUIET")
    assert phone.text("10pm-6am")[0].startswith("Saved. Reminders, break texts and follow-ups stay out of 10:00 PM")
    assert phone.did == [Set("quiet", "22:00-06:00")]
