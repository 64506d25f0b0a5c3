"""The packaged flows as a clinician meets them: joining, the weekly check-in and what it gives back."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from flows import LANGUAGES, CloseCheckIn, Consent, Enrol, Plan, Save, Say, Set, Started, packaged
from flows.reading.keywords import carrier, command, misdirected
from flows.scoring import SIGNS, SUPPORTS
from flows.staging.transcript import PROGRAM, STRANGER
from tests.flows.phone import JOINING, ada, at_question, stranger

# What no text may say: nobody reads along, nobody is judged, nothing is diagnosed, no method is named.
OFFERED = re.compile(r"\b(?:BREAK|QUIET) (?:OFF|ON)\b|\b(?:BREVE|SILENCIO) (?:NO|SI)\b|\b[A-Z]{2,}\b")
NOT_WORDS = {"AM", "PM", "ER", "OK"}
MAY_NOT = re.compile(
    r"diagnos|disorder|depress|trastorno|depresi|you seem|you are safe|committed suicide|other clinicians|bit\.ly|"
    r"someone will|(?<!no one )will call|we are here|we're here|help is on|we read|"
    r"estamos aqui|te leemos|alguien te va|te va a llamar|te llamaremos",
    re.IGNORECASE,
)


CALLS = {"call/soon", "call/later", "care/promised", "care-now/promised"}
"""Where a call is promised: only to whom a support lead was asked to call."""


def test_joining_takes_five_replies_and_keeps_every_consent():
    phone = stranger()
    kept = []
    for words in JOINING:
        phone.text(words)
        kept += [effect for effect in phone.did if isinstance(effect, Consent)]
    assert [(effect.kind, effect.answer) for effect in kept] == [("join", "yes"), ("terms", "yes"), ("contact", "ask")]
    assert phone.did[-1] == Enrol(
        {
            **{"day": 3, "time": "12:15", "discreet": True, "contact": "ask", "group": 1, "language": "en"},
            **{"express": False, "frequency": "weekly", "quiet": "off", "zone": PROGRAM.zone},
            **{"by": "text", "pin": ""},
        }
    )
    assert phone.conversation is None


def test_joining_with_a_day_and_time_of_ones_own():
    phone = stranger()
    phone.texts(*JOINING[:-1], "2", "monday")
    said = phone.text("8 am")
    assert "First check-in Mon 16 Mar, 8:00 AM" in said[0]
    (enrolled,) = [effect for effect in phone.did if isinstance(effect, Enrol)]
    assert (enrolled.settings["day"], enrolled.settings["time"]) == (0, "08:00")


def test_the_group_may_be_left_out():
    phone = stranger()
    phone.texts(*JOINING[:4], "SKIP")
    phone.text("1")
    (enrolled,) = [effect for effect in phone.did if isinstance(effect, Enrol)]
    assert "group" not in enrolled.settings


def test_a_program_without_groups_does_not_ask_for_one():
    phone = stranger(program=replace(PROGRAM, groups=()))
    assert phone.texts("JOIN", "1", "1", "2") == phone.state("welcome", "offer")


def test_a_program_without_a_phone_number_leaves_no_hole_in_its_help():
    (said,) = stranger(program=replace(PROGRAM, help_phone="")).text("HELP")
    assert "  " not in said


def test_a_check_in_is_four_answers_and_feedback():
    phone = at_question(1)
    for name, answer in zip(("drained", "numb", "carry", "help"), "0123", strict=True):
        phone.text(answer)
        assert phone.did[0] == Save(name, int(answer))
    assert phone.did[-1] == CloseCheckIn({"drained": 0, "numb": 1, "carry": 2, "help": 3})


def weeks(drained=0, numb=0, carry=0, help=0, count=2):
    return ({"drained": drained, "numb": numb, "carry": carry, "help": help},) * count


@pytest.mark.parametrize(
    ("history", "state"),
    [
        (weeks(), "steady"),
        (weeks(drained=2, count=1), "watch"),
        (weeks(numb=4, drained=1), "numbing"),
        (weeks(carry=4, drained=1), "carrying"),
        ((*weeks(carry=2, numb=2, count=1), *weeks(carry=4, numb=4, count=1)), "both"),
        (weeks(help=2), "compassion"),
        (weeks(drained=2), "burnout"),
        (weeks(drained=2, help=2), "mixed"),
        (weeks(drained=2, count=3), "high"),
        (weeks(drained=4, numb=4, carry=4, help=4), "high"),
    ],
)
def test_feedback_fits_the_weeks(history, state):
    *before, last = history
    phone = ada(history=tuple(before))
    said = phone.texts("CHECKIN", *(str(last[name]) for name in ("drained", "numb", "carry", "help")))
    if before:
        said = phone.text("SKIP")  # the extra question, or the offer of the longer form
    assert said[-1:] == phone.state("weekly-checkin", state)


def test_every_pattern_and_band_has_feedback_of_its_own():
    states = packaged().flows["weekly-checkin"].states
    for language in ("en", "es"):
        said = [texts[language] for one in states.values() if one.question is None for texts in one.texts]
        assert len(said) == len(set(said)) == 12


def test_a_check_in_of_which_everything_was_skipped_is_not_kept():
    phone = at_question(1)
    phone.texts("SKIP", "SKIP", "SKIP")
    assert phone.text("SKIP") == phone.state("weekly-checkin", "nothing")
    assert phone.did == [CloseCheckIn(None)]


def test_the_trend_begins_with_the_first_check_in():
    assert ada().text("TREND") == ada().state("trend", "none_yet")
    (said,) = ada(history=weeks(drained=2, numb=1)).text("TREND")
    assert "drained 50, numb 25, carrying 0" in said
    (said,) = ada(history=({"drained": 2},)).text("TREND")
    assert "numb -," in said


def every_text():
    library = packaged()
    for name, listed in library.lines.items():
        yield from ((name, texts) for texts in listed)
    for flow in library.flows.values():
        for state in flow.states.values():
            again = [state.question.again] if state.question and state.question.again else []
            yield from ((f"{flow.name}/{state.name}", texts) for texts in (*state.texts, *again))


@pytest.mark.parametrize(("place", "texts"), list(every_text()))
def test_no_text_says_what_none_may_say(place, texts):
    for language, text in texts.items():
        found = MAY_NOT.search(text)
        assert not found or (place in CALLS and found[0].lower() == "will call")
        assert "voice" in language or not re.search("[áíóúÁÍÓÚ]", text)


@pytest.mark.parametrize(("place", "texts"), list(every_text()))
def test_every_word_that_a_text_offers_does_something(place, texts):
    for language in LANGUAGES:
        offered = set(OFFERED.findall(re.sub(r"\{\w+\}", "", texts[language]))) - NOT_WORDS
        for word in sorted(offered):
            phone = ada(language)
            said = phone.text(word)
            assert carrier(word) or misdirected(word) or command(word), word
            assert said or word == "START"
            assert said != phone.line("idle")


def test_the_same_question_is_asked_in_the_same_words_wherever_it_is_asked():
    flows = packaged().flows
    for name in ("contact", "day", "time"):
        assert flows["welcome"].states[name].texts == flows[name].states[name].texts


def test_both_languages_offer_the_same_choices():
    for flow in packaged().flows.values():
        for state in flow.states.values():
            if state.question and len(state.question.choices) > 1 and state.question.kind != "several":
                wanted = [str(choice.key) for choice in state.question.choices]
                for language in LANGUAGES:
                    keys = re.findall(r"(?<![\d/:.,-])(\d) [^\W\d]", state.texts[-1][language])
                    assert [key for key in keys if key in wanted][-len(wanted) :] == wanted, (flow.name, state.name)


def plays(*answers, begin="CHECKIN", **facts):
    """Return the phone after a check-in of these answers."""
    phone = ada(**facts)
    phone.texts(begin, *answers)
    return phone


def test_the_first_check_in_has_no_extra_and_later_ones_have_one():
    assert plays("0", "0", "0", "0").conversation is None
    phone = plays("0", "0", "0", "0", history=weeks(count=1))
    assert "One extra" in filled_says(phone)[-1]
    phone.text("2")
    assert len(phone.did[-1].week) == 5


def filled_says(phone):
    return [effect.text for effect in phone.turn.effects if isinstance(effect, Say)]


def test_eight_weeks_bring_eight_different_extras():
    seen = set()
    for week in range(8):
        seen.add(asked_an_extra(week, weeks(count=1)).conversation.frames[-1].state)
    assert seen == {*SIGNS, *SUPPORTS}


def test_the_third_check_in_offers_the_longer_form_and_says_what_stands_out():
    phone = plays("1", "1", "1", "1", history=weeks(drained=1, count=2))
    assert filled_says(phone) == phone.state("longer", "offer")
    phone.texts("1", *["4"] * 5)
    said = phone.texts("0", "0", "0")
    assert "Strain shows in your days, and little holds you up" in said[0]
    assert len(phone.did[-1].week) == 12


def test_the_fourth_check_in_brings_the_private_summary_and_the_eighth_asks_whether_it_is_worth_it():
    phone = plays("1", "1", "1", "1", history=weeks(drained=1, count=3))
    said = phone.text("2")
    assert "Your month" in said[-1]
    assert "drained 25" in said[-1]
    phone = plays("1", "1", "1", "1", history=weeks(drained=1, count=7))
    assert phone.text("2")[-1:] == phone.state("worth-it", "worth")
    assert CloseCheckIn in [type(effect) for effect in phone.did]
    assert phone.text("2") == phone.state("worth-it", "monthly")
    assert phone.did == [Set("frequency", "monthly")]


def test_three_times_without_a_real_break_offers_break_texts():
    history = ({**weeks(drained=1)[0], "rest": 0},) * 4
    phone = next(p for p in (asked_an_extra(n, history) for n in range(8)) if p.conversation.frames[-1].state == "rest")
    assert phone.text("1")[-1:] == phone.state("nudges", "nudges")
    phone.text("1")
    assert [effect.flow for effect in phone.did if isinstance(effect, Plan)] == ["nudge"] * 5


def asked_an_extra(week, history):
    """Return the phone of somebody at the extra question of some week."""
    phone = ada(history=history)
    phone.wait(timedelta(weeks=week))
    phone.texts("CHECKIN", "1", "1", "1", "1")
    return phone


def test_a_lighter_week_is_said_to_be_one():
    phone = ada(history=weeks(drained=4, numb=4, carry=4, help=4, count=3), at=STRANGER.at)
    phone.texts("CHECKIN", "0", "0", "0", "0")
    said = phone.text("SKIP")
    assert phone.state("weekly-checkin", "lighter")[0] in said


def test_no_band_follows_a_hard_moment_in_the_same_check_in():
    phone = at_question(2)
    phone.texts("I want to kill myself", "GO", "4", "4")
    assert phone.text("4") == phone.state("weekly-checkin", "after_hard")


@pytest.mark.parametrize("answer", ["2", "3"])
def test_a_day_that_is_no_better_is_left_in_peace(answer):
    phone = at_question(2)
    phone.texts("I want to kill myself", "GO")
    phone.wait(timedelta(days=1))
    phone.happens(Started("after-risk"))
    said = phone.text(answer)
    assert len(said) == 1
    assert phone.text("2") == phone.line("parked")
    assert phone.text("GO") == phone.question("weekly-checkin", "numb")


def test_go_with_nothing_open_starts_no_check_in_after_a_hard_moment():
    phone = ada()
    phone.text("I want to kill myself")
    assert phone.text("GO") == phone.line("unparked")
    assert phone.text("GO") == phone.state("weekly-checkin", "drained")


def test_in_danger_nothing_but_help_is_offered_until_the_person_goes_on():
    phone = ada()
    phone.text("I just took all my pills")
    assert phone.text("ok") == phone.line("parked_danger")


def test_words_of_less_danger_do_not_take_back_those_of_more():
    phone = ada()
    phone.texts("I just took all my pills", "I feel like a burden to everyone")
    assert phone.text("ok") == phone.line("parked_danger")


@pytest.mark.parametrize("word", ["GO", "CHECKIN"])
def test_whoever_goes_on_is_not_held_to_what_was_said_before(word):
    phone = at_question(2)
    phone.texts("I just took all my pills", word)
    assert phone.conversation.danger == 0
    phone.wait(timedelta(days=1))
    phone.happens(Started("after-risk"))
    phone.text("same")
    assert phone.text("ok") == phone.line("parked")


def test_erasing_forgets_how_grave_it_was_and_not_to_ask_nothing():
    phone = ada()
    phone.texts("I just took all my pills", "ERASE", "1")
    assert (phone.conversation.danger, phone.conversation.parked) == (0, True)
    assert phone.happens(Started("weekly-checkin")) == []


def test_after_a_hard_moment_the_next_check_in_opens_gently():
    phone = ada()
    phone.conversation = None
    said = phone.happens(Started("weekly-checkin", crisis_before=phone.context.at.isoformat()))
    assert said == phone.state("weekly-checkin", "gentle")
    assert phone.text("GO") == phone.state("weekly-checkin", "drained")


@pytest.mark.parametrize(("answer", "state"), [("1", "better"), ("same", "same"), ("peor", "worse")])
def test_the_day_after_has_a_text_for_each_answer(answer, state):
    phone = ada()
    phone.text("I want to kill myself")
    phone.wait(timedelta(days=1))
    assert phone.happens(Started("after-risk")) == phone.state("after-risk", "today")
    assert phone.text(answer) == phone.state("after-risk", state)
    assert "988" in phone.line("parked")[0]


def test_nothing_cheerful_begins_by_itself_after_a_hard_moment():
    phone = ada()
    phone.text("I want to kill myself")
    for flow in ("nudge", "timeoff-reminder", "weekly-checkin"):
        assert phone.happens(Started(flow)) == []


def test_a_program_has_its_own_word_for_those_it_serves():
    phone = ada(program=replace(PROGRAM, client="student"))
    assert "far away with students" in phone.texts("CHECKIN", "1")[0]
    phone = ada("es", program=replace(PROGRAM, client="individual"))
    assert "el dolor de una persona" in phone.texts("CHEQUEO", "1", "1")[0]
