"""The engine by itself, and what must hold whatever is texted in whatever order."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flows import (
    LANGUAGES,
    CloseCheckIn,
    Consent,
    Conversation,
    Enrol,
    OptOut,
    Say,
    begin,
    hear,
    packaged,
    parse,
    remind,
    screen,
    segments,
)
from flows.facts import filled
from flows.keywords import RESERVED, carrier, fold, twilio_answers
from flows.transcript import STRANGER, enrolled
from flows.turn import Frame
from flows.walk import waiting
from tests.flows.phone import DYING, Phone, ada, at_question

LIBRARY = packaged()


def test_a_conversation_is_the_same_after_being_stored():
    phone = at_question(3)
    phone.texts("DAY", DYING, "DISCREET")
    assert Conversation.from_json(json.loads(json.dumps(phone.conversation.to_json()))) == phone.conversation


def test_a_conversation_stored_by_an_earlier_version_is_read():
    stored = {"v": 1, "language": "en", "frames": [{"flow": "day", "state": "day", "tries": 1}], "last_said": []}
    assert Conversation.from_json(stored) == Conversation((Frame("day", "day", 1),), "en")


def test_nothing_begins_for_somebody_who_opted_out():
    assert begin(LIBRARY, "weekly-checkin", replace(enrolled(), opted_out=True), language="en", asked_for=False) == (
        begin(LIBRARY, "day", replace(STRANGER, opted_out=True), language="en", asked_for=True)
    )


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


def test_a_flow_that_goes_round_is_stopped():
    body = "flow: round\nstart: a\nstates:\n  a: {go: b}\n  b: {go: a}\n"
    assert begin(parse({"round.yaml": body}), "round", STRANGER, language="en", asked_for=True).effects == ()


def test_an_answer_is_scored_with_the_weeks_before_it():
    week = {"drained": 4, "numb": 4, "carry": 4, "help": 4}
    phone = ada(history=(week, week, week))
    phone.texts("CHECKIN", "4", "4", "4")
    assert phone.text("4") == phone.state("weekly-checkin", "high")


WORDS = sorted(RESERVED | {"yes", "join", "unirme", "erase all", "pause 3 weeks"})
PHRASES = [
    *["0", "1", "2", "3", "4", "5", "7", "often", "3 - often", "siempre", "friday", "7:30 am", "19:30", "25:99", "no"],
    *["", " ", "\n", "?", "👍", "👎🏽", "🤷‍♀️", "２", "①", "٣", "\u202e2", "2\u0000", "\ufeff", "ﷺ" * 20, "a" * 3000],
    *["please stop texting me", "stop", "Stop.", "STOP ALL", "wrong number", "denme de baja", "JOIN please"],
    *["I want to die", "quiero morirme", DYING, f"STOP {DYING}", "I took all my pills", "my client killed himself"],
    *["{p}", "%s", "__line__", "null", "true", "[]", "0 or 1", "-1", "1.5", "hola al 741741", "is this 988?"],
]
TEXTS = st.one_of(st.sampled_from(PHRASES), st.sampled_from(WORDS), st.sampled_from(WORDS).map(str.upper), st.text())
# What may be said to somebody who opted out: what they asked the carrier's words for.
CONSENT = ("help", "stop")


class Events(RuleBasedStateMachine):
    """One person and any order of events. The service's part is played: it keeps what followed, as `Phone` does."""

    phone: Phone
    agreed: set[str]

    @initialize(joined=st.booleans(), mode=st.sampled_from(["ours", "twilio"]), language=st.sampled_from(["en", "es"]))
    def start(self, joined: bool, mode: str, language: str) -> None:
        context = enrolled(language) if joined else STRANGER
        self.phone = Phone(replace(context, opt_out_mode=mode))
        self.agreed = set()

    @rule(words=TEXTS, seconds=st.sampled_from([0, 1, 2.5, 60, 7200]), sent=st.booleans(), late=st.booleans())
    def text(self, words: str, seconds: float, sent: bool, late: bool) -> None:
        was_out, greeted, joined = self.phone.context.opted_out, self.phone.context.greeted, self.joined()
        self.phone.wait(timedelta(seconds=seconds))
        context = replace(self.phone.context, question_sent=sent, late=late)
        turn = hear(LIBRARY, self.phone.conversation, words, context)
        assert turn == hear(LIBRARY, self.stored(), words, context)
        self.phone.take(turn)
        self.check_consent(turn)
        self.check_silence(turn, was_out)
        self.check_distress(turn, words)
        silenced = was_out or late or (context.opt_out_mode == "twilio" and twilio_answers(words))
        if not silenced and (joined or not greeted or carrier(words) == "help"):
            assert self.said(turn), words

    @precondition(lambda self: self.joined() and not self.phone.context.opted_out)
    @rule()
    def due(self) -> None:
        assert self.phone.due()

    @precondition(lambda self: self.phone.conversation is not None)
    @rule(number=st.integers(1, 2))
    def reminder(self, number: int) -> None:
        before = self.stored()
        turn = remind(LIBRARY, before, number, self.phone.context)
        assert turn.conversation == before
        assert not turn.effects or not (before.parked or self.phone.context.opted_out)

    @rule(words=st.sampled_from(["START", "JOIN", "1", "1", "2", "GO", "SKIP", "CHECKIN", "DAY", "ERASE", DYING]))
    def plain_text(self, words: str) -> None:
        self.text(words, 60, True, False)

    @rule(words=st.sampled_from(["1", "2", "DAY", "STOP", DYING]), sent=st.booleans())
    def the_same_text_twice(self, words: str, sent: bool) -> None:
        self.text(words, 60, True, False)
        self.text(words, 1, sent, False)

    @rule(hours=st.integers(1, 200), carrier_says_stopped=st.integers(0, 9))
    def time_passes(self, hours: int, carrier_says_stopped: int) -> None:
        self.phone.wait(timedelta(hours=hours))
        if carrier_says_stopped == 9:
            self.phone.context = replace(self.phone.context, opted_out=True)

    def joined(self) -> bool:
        return self.phone.context.standing in {"enrolled", "paused"}

    def stored(self) -> Conversation | None:
        """Return the conversation as the service would read it back."""
        before = self.phone.conversation
        return Conversation.from_json(json.loads(json.dumps(before.to_json()))) if before else None

    def said(self, turn) -> list[Say]:
        return [effect for effect in turn.effects if isinstance(effect, Say)]

    def check_consent(self, turn) -> None:
        for effect in turn.effects:
            if isinstance(effect, Consent) and (effect.answer == "yes" or effect.kind == "contact"):
                self.agreed.add(effect.kind)
            if isinstance(effect, Enrol):
                assert self.agreed >= {"join", "terms", "contact"}
                self.agreed.clear()

    def check_silence(self, turn, was_out: bool) -> None:
        """After an opt-out nothing is said but what distress or the carrier's words ask for, until an opt-in."""
        out = [n for n, effect in enumerate(turn.effects) if isinstance(effect, OptOut)]
        if not self.phone.context.opted_out or not (was_out or out):
            return
        allowed = self.consent_replies()
        for effect in turn.effects[out[0] if out else 0 :]:
            assert not isinstance(effect, Say) or effect.crisis or effect.text in allowed

    def consent_replies(self) -> set[str]:
        listed = [(texts, language) for name in CONSENT for texts in LIBRARY.lines[name] for language in LANGUAGES]
        return {filled(texts[language], None, self.phone.context, language) for texts, language in listed}

    def check_distress(self, turn, words: str) -> None:
        if screen(words).level:
            assert any("988" in say.text or "911" in say.text for say in self.said(turn))
            assert all(say.crisis or say.text in self.consent_replies() for say in self.said(turn))

    @invariant()
    def every_text_is_one_segment_and_one_of_them_asks(self) -> None:
        says = self.said(self.phone.turn)
        assert all(segments(say.text).count == 1 and "{" not in say.text for say in says)
        assert sum(say.asks for say in says) <= 1

    @invariant()
    def nothing_is_asked_while_something_serious_stands(self) -> None:
        now = self.phone.conversation
        assert not (now and waiting(now)) or not self.phone.asks

    @invariant()
    def a_conversation_stays_small_and_one_that_is_over_is_gone(self) -> None:
        now = self.phone.conversation
        assert now is None or now.frames or now.parked
        names = [frame.flow for frame in now.frames] if now else []
        assert len(set(names)) == len(names)


TestEvents = Events.TestCase
TestEvents.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_no_word_that_is_obeyed_sounds_like_distress():
    assert {word for word in [*WORDS, *map(str.upper, WORDS)] if screen(word).level} == set()


def test_reserved_words_are_folded():
    assert all(fold(word) == word for word in RESERVED)
