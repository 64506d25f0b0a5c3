"""The script of a call: what is said, what a key and a word mean, and that neither goes wrong anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flows import (
    LANGUAGES,
    Consent,
    Escalate,
    Heard,
    OptIn,
    Plan,
    Risk,
    Save,
    Set,
    Started,
    Withdraw,
    advance,
    packaged,
)
from flows.calling import Listen, Spoke
from flows.calling.keys import without_offer
from flows.staging.cast import ON_DUTY
from tests.flows.handset import Handset, caller
from tests.flows.phone import DYING

MENU, OPEN = "For your check-in, press 1.", "For a two-minute break, press 2."


def begun(phone: Handset, flow: str, *, asked_for: bool = False) -> Handset:
    """Have a flow begin by text, between two calls."""
    turn = advance(phone.library, None, Started(flow, asked_for=asked_for), phone.context)
    phone.conversation = turn.conversation
    return phone


def saved(phone: Handset) -> dict[str, int]:
    return {effect.name: effect.answer for effect in phone.did if isinstance(effect, Save)}


def test_whoever_has_spoken_of_danger_can_say_what_they_want_then() -> None:
    phone = caller(duty=ON_DUTY)
    phone.context = replace(phone.context, settings={**phone.context.settings, "contact": "no"})
    phone.comes_in()
    phone.says(DYING)
    phone.says("call me")
    assert Escalate("asked") in phone.did
    phone.comes_in()
    phone.keys("1")
    phone.says(DYING)
    assert phone.says("go on")[-1].startswith(MENU)
    assert "drained" in phone.says("check in")[-1]


def test_what_is_asked_in_danger_is_said_last() -> None:
    phone = caller(duty=ON_DUTY)
    phone.comes_in()
    said = phone.says(DYING)
    assert said[0].startswith("Thank you for saying that. Please call 9 8 8 now.")
    assert said[-1].endswith("For yes, press 1. For no, press 2.")


def test_a_number_that_is_said_is_the_key() -> None:
    phone = caller()
    phone.dials()
    phone.says("one")
    phone.keys("#")
    assert phone.says("two")[-1].startswith(OPEN)
    assert len(phone.said) > 1
    phone.comes_in()
    phone.says("zero")
    assert phone.said[0].startswith("Please call 9 8 8 now.")
    assert phone.says("two")[-1].startswith(MENU)
    assert "drained" in phone.says("one")[-1]


def test_several_numbers_that_are_said_are_the_keys_of_the_scales() -> None:
    for words in ("three two one four", "3214", "3, 2, 1, 4"):
        phone = caller()
        phone.comes_in()
        phone.keys("1")
        phone.says(words)
        assert saved(phone) == {"drained": 2, "numb": 1, "carry": 0, "help": 3}
    phone = begun(caller(), "weekly-checkin", asked_for=True)
    phone.context = replace(phone.context, settings={**phone.context.settings, "express": True})
    phone.conversation = None
    phone.comes_in()
    phone.keys("1")
    phone.says("three two one four")
    assert saved(phone) == {"drained": 2, "numb": 1, "carry": 0, "help": 3}


def test_a_day_that_is_said_with_the_word_is_taken() -> None:
    phone = caller()
    phone.comes_in()
    phone.says("day friday")
    phone.says("ten in the morning")
    assert Set("day", 4) in phone.did


def test_the_question_after_a_hard_day_waits_for_whoever_calls() -> None:
    phone = begun(caller(), "after-risk")
    assert "How is today?" in phone.comes_in()[-1]
    assert "trained person will listen" in phone.keys("2")[0]


def test_the_gentle_check_in_waits_for_the_wish() -> None:
    phone = caller()
    started = Started("weekly-checkin", crisis_before=(phone.context.at - timedelta(days=2)).isoformat())
    phone.conversation = advance(phone.library, None, started, phone.context).conversation
    assert phone.comes_in()[-1].startswith("Your weekly check-in is here, only if you want it.")
    assert "drained" in phone.keys("1")[-1]


def test_an_offer_of_another_moment_leads_to_the_menu() -> None:
    phone = caller()
    phone.comes_in()
    phone.keys("2")
    assert phone.comes_in()[0].startswith(MENU)


def test_help_in_a_menu_of_the_flows_puts_that_menu_again() -> None:
    phone = caller()
    phone.comes_in()
    asked = phone.keys("3")[-1]
    assert phone.says("help")[-1] == asked


def test_text_me_sends_what_is_open_and_nothing_else() -> None:
    phone = caller()
    phone.comes_in()
    phone.keys("2")
    assert phone.keys("8") == ["It is on its way to you as a text. Goodbye."]
    assert phone.copied[0].startswith("Between clients")
    phone.comes_in()
    assert phone.keys("8")[0] == "There is no question open right now."
    phone.keys("3")
    assert phone.keys("8") == ["It is on its way to you as a text. Goodbye."]
    assert "Support for you" in phone.copied[-1] or "therapist" in phone.copied[-1]
    phone.comes_in()
    phone.says(DYING)
    assert phone.says("text me")[0].startswith("Please call 9 8 8 now.")
    assert len(phone.copied) == 2


def test_a_text_after_a_call_is_an_answer_be_it_the_same_as_a_key_was() -> None:
    phone = caller()
    phone.comes_in()
    phone.keys("1", "3")
    turn = advance(phone.library, phone.conversation, Heard("2"), phone.context)
    assert Save("numb", 2) in turn.effects


def test_nothing_is_planned_for_whoever_has_opted_out_and_only_a_text_opts_in() -> None:
    phone = caller(opted_out=True)
    phone.comes_in()
    phone.says(DYING)
    assert [type(one) for one in phone.did if isinstance(one, Risk | Plan)] == [Risk]
    assert phone.says("START")[0].startswith("Texts to this phone are switched off.")
    assert OptIn() not in phone.did
    phone.says("break on")
    assert phone.keys("1")[1].startswith("Texts to this phone are switched off.")
    assert not any(isinstance(one, Plan) for one in phone.did)


def test_nine_ends_the_calls() -> None:
    phone = caller()
    phone.comes_in()
    phone.keys("9")
    assert [one.answer for one in phone.did if isinstance(one, Consent)] == ["no"]
    assert phone.listen is None


def offers() -> list[str]:
    states = [state for flow in packaged().flows.values() for state in flow.states.values()]
    single = [one for one in states if one.loose and one.question and len(one.question.choices) == 1]
    return [one.texts[-1][f"{language} voice"] for one in single for language in LANGUAGES]


@pytest.mark.parametrize("said", offers())
def test_the_keys_of_an_offer_of_more_are_sentences_of_their_own(said: str) -> None:
    rest = without_offer(said)
    assert "press" not in rest
    assert "oprima" not in rest.replace("llame al 9 8 8 y allí oprima 2", "")
    assert len(rest) > len(said) / 3


@pytest.mark.parametrize(("language", "word", "offer"), [("en", "break", "press 1"), ("es", "breve", "oprima 1")])
def test_a_break_in_a_check_in_offers_no_key_that_would_be_an_answer(language: str, word: str, offer: str) -> None:
    phone = caller(language)
    phone.comes_in()
    phone.keys("1", "3")
    *rest, asked = phone.says(word)
    assert len(rest) == 1
    assert offer not in rest[0]
    assert phone.waits()[1:] == [asked]
    assert phone.keys("#")[-1] != asked


def test_a_break_for_anybody_is_not_said_again_for_a_wrong_key() -> None:
    phone = caller()
    phone.dials()
    phone.keys("1", "#")
    *spoken, menu = phone.keys("2")
    assert "press 1" not in " ".join(spoken)
    assert phone.keys("6") == ["I didn't catch that.", menu]


def test_what_is_put_off_is_not_asked_at_once() -> None:
    phone = caller()
    phone.comes_in()
    phone.keys("1")
    assert phone.says("later at five pm")[-1].startswith(MENU)
    assert "drained" in phone.keys("1")[-1]


def test_whoever_leaves_is_offered_nothing_more() -> None:
    for words in ("erase all", "how do I cancel this"):
        phone = caller()
        phone.comes_in()
        phone.says(words)
        assert phone.keys("1")[-1] == "Goodbye."
        assert phone.listen is None


def test_a_question_without_keys_is_heard_from_whoever_is_left_with_the_keys() -> None:
    phone = caller()
    phone.comes_in()
    phone.happens(Spoke("hm", 0.1))
    phone.happens(Spoke("hm", 0.1))
    assert phone.listen == Listen(1, speech=False, hints=phone.listen.hints if phone.listen else ())
    phone.says("zone")
    assert phone.listen is not None
    assert phone.listen.speech


def test_another_language_is_spoken_from_the_menu_on() -> None:
    phone = caller()
    phone.comes_in()
    assert phone.says("spanish")[-1].startswith("Para su chequeo, oprima 1.")
    assert phone.says("english")[-1].startswith(MENU)


def test_goodbye_at_the_menu_hangs_up() -> None:
    for words in ("Goodbye.", "no thanks", "adiós"):
        phone = caller()
        phone.comes_in()
        assert phone.says(words) == ["Goodbye."]
        assert phone.listen is None


def test_star_and_pound_beside_a_key_of_a_scale_change_nothing() -> None:
    phone = caller()
    phone.comes_in()
    assert phone.keys("1", "4*")[0] == "Often."


def test_a_forged_number_cannot_fill_a_phone_with_texts() -> None:
    phone = caller()
    phone.dials()
    sent = 0
    for _ in range(10):
        phone.keys("0")
        sent += len(phone.copied)
        phone.says(DYING)
        sent += len(phone.copied)
    assert sent == 3 * 2
    assert phone.said[0].startswith("Please call 9 8 8 now.")


def test_whoever_goes_on_after_help_was_read_is_where_they_were() -> None:
    phone = caller()
    phone.comes_in()
    asked = phone.keys("1")
    assert phone.keys("0", "2") == asked
    phone = caller(duty=ON_DUTY)
    phone.comes_in()
    asked = phone.says(DYING)[-1:]
    assert phone.keys("0", "2") == asked
    phone.keys("2")
    assert Withdraw() in phone.did


def test_silence_in_danger_is_answered_by_where_help_is() -> None:
    phone = caller(duty=ON_DUTY)
    phone.comes_in()
    phone.says(DYING)
    phone.waits()
    assert phone.waits() == ["To hear this again, press 1. To go on, press 2. Or hang up, and dial 9 8 8."]
    phone.waits()
    assert phone.waits()[0].startswith("Please call 9 8 8 now.")
    assert phone.listen is None
