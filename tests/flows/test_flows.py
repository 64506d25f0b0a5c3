"""The packaged flows as a clinician meets them: joining, the weekly check-in and what it gives back."""

import re
from dataclasses import replace

import pytest

from flows import CloseCheckIn, Consent, Enrol, Save, packaged
from flows.check import _NOT_WORDS, _SHOUTED
from flows.keywords import carrier, command, misdirected
from flows.transcript import PROGRAM
from tests.flows.phone import JOINING, ada, at_question, stranger

# What no text may say: nobody reads along, nobody is judged, nothing is diagnosed, no method is named.
MAY_NOT = re.compile(
    r"diagnos|disorder|depress|trastorno|depresi|you seem|you are safe|committed suicide|other clinicians|bit\.ly|"
    r"someone will|will call|we are here|we're here|help is on|we read|"
    r"estamos aqui|te leemos|alguien te va|te va a llamar|te llamaremos",
    re.IGNORECASE,
)


def test_joining_takes_five_replies_and_keeps_every_consent():
    phone = stranger()
    kept = []
    for words in JOINING:
        phone.text(words)
        kept += [effect for effect in phone.did if isinstance(effect, Consent)]
    assert [(effect.kind, effect.answer) for effect in kept] == [("join", "yes"), ("terms", "yes"), ("contact", "ask")]
    assert phone.did[-1] == Enrol(
        {"day": 3, "time": "12:15", "discreet": True, "contact": "ask", "group": 1, "language": "en"}
    )
    assert phone.conversation is None


def test_joining_with_a_day_and_time_of_ones_own():
    phone = stranger()
    phone.texts(*JOINING[:-1], "2", "monday")
    said = phone.text("8 am")
    assert "Monday 8:00 AM" in said[0]
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
    assert said == phone.state("weekly-checkin", state)


def test_every_pattern_and_band_has_feedback_of_its_own():
    states = packaged().flows["weekly-checkin"].states
    said = [texts["en"] for name, one in states.items() if one.question is None for texts in one.texts]
    assert len(said) == len(set(said)) == 10


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
    for text in texts.values():
        assert not MAY_NOT.search(text)
        assert not re.search("[áíóúÁÍÓÚ]", text)


@pytest.mark.parametrize(("place", "texts"), list(every_text()))
def test_every_word_that_a_text_offers_does_something(place, texts):
    for language, text in texts.items():
        offered = set(_SHOUTED.findall(re.sub(r"\{\w+\}", "", text))) - _NOT_WORDS
        for word in sorted(offered):
            phone = ada(language)
            said = phone.text(word)
            assert carrier(word) or misdirected(word) or command(word), word
            assert said or word == "START"
            assert said != phone.line("idle")


def test_the_same_question_is_asked_in_the_same_words_wherever_it_is_asked():
    flows = packaged().flows
    for name in ("contact", "day", "time"):
        (one,) = [flow.states[name] for flow in (flows["contact"], flows["day"]) if name in flow.states]
        assert flows["welcome"].states[name].texts == one.texts


def test_both_languages_offer_the_same_choices():
    for flow in packaged().flows.values():
        for state in flow.states.values():
            if state.question and state.question.choices and state.name != "note":
                for texts in state.texts[-1:]:
                    keys = [re.findall(r"(?<![\d/:.,-])(\d) [^\W\d]", texts[language]) for language in ("en", "es")]
                    assert keys[0] == keys[1] == [str(choice.key) for choice in state.question.choices]
