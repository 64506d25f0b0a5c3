"""Our own flows, walked: what a person meets in them, and in a conversation that is older than the flows."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from flows import CloseCheckIn, Event, Plan, Save, Say, Started, advance, packaged
from flows.staging.transcript import STRANGER, enrolled
from tests.flows.phone import DYING, ada, at_question

LIBRARY = packaged()
MONDAY = datetime(2026, 3, 9, 9, 30)  # noqa: DTZ001  (local wall time has no zone)


def said(phone):
    return [effect.text for effect in phone.turn.effects if isinstance(effect, Say)]


def open_frames(phone):
    return [(frame.flow, frame.state) for frame in phone.conversation.frames] if phone.conversation else []


def test_what_lies_under_a_flow_that_ends_by_running_another_is_asked_again_after_both():
    phone = at_question(2)
    phone.texts("DAY", "3")
    assert open_frames(phone) == [("weekly-checkin", "numb"), ("day", "time"), ("time", "time")]
    assert phone.text("7:30 AM")[-1:] == phone.question("weekly-checkin", "numb")


def test_an_answer_that_was_corrected_counts_once():
    phone = at_question(3)
    phone.texts("BACK", "4", "0", "0")
    week = phone.turn.effects[0] if isinstance(phone.turn.effects[0], CloseCheckIn) else phone.did[-1]
    assert week == CloseCheckIn({"drained": 2, "numb": 4, "carry": 0, "help": 0})


def test_a_question_without_a_timeout_waits_as_long_as_it_takes():
    phone = at_question(2)
    before = phone.conversation
    assert phone.unanswered() == []
    assert phone.conversation == before


def test_a_loose_question_gives_way_to_whatever_does_not_answer_it():
    phone = at_question(2)
    phone.text("TALK")
    assert open_frames(phone)[-1][0] == "talk"
    assert phone.text("hm")[-1:] == phone.question("talk", "plain")
    assert phone.text("hmm")[-1:] != phone.question("talk", "plain")
    assert open_frames(phone) == [("weekly-checkin", "numb")]


def test_the_answer_of_another_question_is_taken_where_it_says_so():
    phone = ada()
    phone.due()
    phone.text("2103")
    assert Save("carry", 0) in phone.did
    assert any(isinstance(effect, CloseCheckIn) for effect in phone.did)


def test_several_answers_in_one_text_are_kept_one_by_one():
    phone = ada(settings={**enrolled().settings, "express": True})
    assert phone.text("CHECKIN") == phone.question("weekly-checkin", "all_four")
    phone.text("2 1 0 3")
    assert phone.did[:4] == [Save("drained", 2), Save("numb", 1), Save("carry", 0), Save("help", 3)]
    assert phone.did[4] == CloseCheckIn({"drained": 2, "numb": 1, "carry": 0, "help": 3})


def test_what_is_heard_is_in_the_words_to_be_spoken():
    asked = LIBRARY.flows["weekly-checkin"].states["drained"].texts[0]
    phone = ada(channel="voice")
    assert phone.text("CHECKIN") == [asked["en voice"]]
    spanish = ada("es", channel="voice")
    assert spanish.text("CHEQUEO") == [asked["es voice"]]
    assert ada(channel="voice").text("DISCREET") == [
        LIBRARY.flows["discreet"].states["first_text"].texts[0]["en voice"]
    ]


@pytest.mark.parametrize(
    ("number", "flow", "state"), [(3, "longer", "offer"), (4, "summary", "month"), (8, "worth-it", "worth")]
)
def test_what_a_check_in_brings_depends_on_its_number(number, flow, state):
    phone = ada(history=({"drained": 0, "numb": 0, "carry": 0, "help": 0, "n": number - 1},))
    heard = [text for words in ("CHECKIN", "0", "0", "0", "0") for text in phone.text(words)]
    if number != 3:
        heard += phone.text("3")  # the one extra question
    assert set(phone.state(flow, state)) & set(heard)


def test_the_first_check_in_has_four_questions():
    phone = ada()
    phone.texts("CHECKIN", "0", "0", "0")
    assert phone.text("0") == phone.state("weekly-checkin", "steady")
    assert phone.conversation is None


def test_going_on_answers_what_only_waits_for_it():
    phone = ada()
    phone.happens(Started("weekly-checkin", crisis_before="2026-03-03T10:00:00"))
    assert said(phone) == phone.question("weekly-checkin", "gentle")
    assert phone.text("GO") == phone.question("weekly-checkin", "drained")


def test_leaving_out_an_offer_is_answered():
    phone = ada()
    phone.text("BREAK")
    left_out = phone.line("left_out")
    assert phone.text("SKIP") == left_out
    assert phone.conversation is None


def test_leaving_out_an_offer_over_a_question_puts_the_question_again():
    phone = at_question(2)
    phone.text("BREAK")
    assert phone.text("SKIP") == phone.question("weekly-checkin", "numb")


def test_nothing_begins_for_somebody_who_opted_out():
    for context in (replace(enrolled(), opted_out=True), replace(STRANGER, opted_out=True)):
        for asked_for in (True, False):
            turn = advance(LIBRARY, None, Started("weekly-checkin", asked_for=asked_for), context)
            assert (turn.conversation, turn.effects) == (None, ())


def test_after_something_serious_only_the_question_of_the_day_after_begins_by_itself():
    phone = at_question(2)
    phone.text(DYING)
    assert phone.happens(Started("nudge")) == []
    assert phone.happens(Started("after-risk")) == phone.question("after-risk", "today")


@pytest.mark.parametrize(
    ("hour", "asked_at"), [(3, "09:00"), (8, "09:00"), (9, "09:30"), (15, "15:30"), (18, "18:30"), (23, "19:00")]
)
def test_how_somebody_is_is_asked_the_next_day_by_day(hour, asked_at):
    phone = at_question(2, at=MONDAY.replace(hour=hour, minute=27))
    phone.text(DYING)
    planned = next(effect for effect in phone.did if isinstance(effect, Plan))
    assert f"{planned.at:%d %H:%M}" == f"10 {asked_at}"


def test_a_flow_that_is_not_there_does_not_begin():
    phone = at_question(2)
    assert phone.happens(Started("nowhere", asked_for=True)) == []
    assert open_frames(phone) == [("weekly-checkin", "numb")]


def test_a_flow_that_is_open_begins_anew_instead_of_standing_on_itself():
    phone = at_question(2)
    phone.texts("DISCREET", "CONTACT", "DISCREET")
    assert open_frames(phone) == [("weekly-checkin", "numb"), ("discreet", "first_text")]


def test_a_session_after_another_is_told_until_there_are_no_more():
    events = tuple(Event(f"Session {n}", MONDAY.date() + timedelta(days=n), "Norfolk") for n in (1, 2, 3))
    phone = ada(program=replace(STRANGER.program, events=events))
    told = [*phone.happens(Started("events", asked_for=True)), *phone.text("1"), *phone.text("1")]
    assert [text.split(",")[0] for text in told] == ["Next: Session 1", "Next: Session 2", "Next: Session 3"]
    assert phone.text("1") == phone.state("events", "all")


def without(flow, state):
    """Return the packaged library with a state gone from a flow: a version in which it was taken out."""
    states = {name: one for name, one in LIBRARY.flows[flow].states.items() if name != state}
    flows = {**LIBRARY.flows, flow: replace(LIBRARY.flows[flow], states=states)}
    return replace(LIBRARY, flows=flows)


@pytest.mark.parametrize("words", ["2", "CHECKIN", "GO", "SKIP", "hm", "LATER", "HELP", "DAY"])
def test_a_question_that_is_no_more_is_left_behind_and_what_was_answered_counts(words):
    phone = at_question(3)
    phone.library = without("weekly-checkin", "carry")
    assert phone.text(words)
    assert phone.did[0] == CloseCheckIn({"drained": 2, "numb": 2})


def test_a_flow_that_is_no_more_is_left_behind_and_the_check_in_goes_on():
    phone = at_question(2)
    phone.text("DAY")
    phone.library = replace(LIBRARY, flows={k: v for k, v in LIBRARY.flows.items() if k != "day"})
    assert phone.text("3") == phone.question("weekly-checkin", "carry")


def test_a_reminder_of_a_question_that_is_no_more_says_nothing():
    phone = at_question(2)
    phone.library = without("weekly-checkin", "numb")
    assert phone.reminded() == []


def test_a_line_that_an_older_version_lacks_is_said_in_the_words_of_this_release():
    phone = ada(standing="paused")
    phone.library = replace(LIBRARY, lines={k: v for k, v in LIBRARY.lines.items() if k != "resting"})
    expected = ada(standing="paused").line("resting")
    assert phone.text("JOIN") == expected


def test_an_answer_is_scored_with_the_weeks_before_it():
    week = {"drained": 4, "numb": 4, "carry": 4, "help": 4}
    phone = ada(history=(week, week, week))
    phone.texts("CHECKIN", "4", "4", "4", "4")
    assert phone.text("SKIP")[:1] == phone.state("weekly-checkin", "high")


def test_going_back_to_what_is_no_more_goes_back_to_what_was_before_it():
    phone = at_question(3)
    phone.library = without("weekly-checkin", "numb")
    assert phone.text("BACK") == phone.question("weekly-checkin", "drained")
    phone = at_question(2)
    phone.library = without("weekly-checkin", "drained")
    assert phone.text("BACK") == [*phone.line("nothing_back"), *phone.question("weekly-checkin", "numb")]
