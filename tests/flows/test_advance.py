"""What must hold whatever happens to a conversation in whatever order, and whenever it was stored."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flows import (
    LANGUAGES,
    Consent,
    Conversation,
    Enrol,
    Event,
    Heard,
    Library,
    OptOut,
    Reminded,
    Say,
    Started,
    TimedOut,
    Turn,
    advance,
    packaged,
    parse,
    screen,
    segments,
)
from flows.filling import filled
from flows.reading.keywords import RESERVED, carrier, fold, twilio_answers
from flows.staging.transcript import STRANGER, enrolled
from flows.walk import place, top, waiting
from tests.flows.phone import DYING, Phone, ada, at_question

LIBRARY = packaged()


def test_a_conversation_is_the_same_after_being_stored():
    phone = at_question(3)
    phone.texts("DAY", DYING, "DISCREET", "hm", "LATER")
    assert restored(phone.conversation) == phone.conversation


def restored(conversation):
    """Return a conversation as the service would read it back."""
    return Conversation.from_json(json.loads(json.dumps(conversation.to_json()))) if conversation else None


# file, what had another name in an older version, and that name
RENAMED = (
    ("weekly-checkin.yaml", r"\bnote\b(?=[:,}])", "card"),
    ("weekly-checkin.yaml", r"\ball_four\b", "at_once"),
    ("talk.yaml", r"\bplain\b", "simple"),
    ("nudges.yaml", r"\bplanned\b(?=[:,}])", "agreed"),
    ("erase.yaml", r"(?<=start: )sure|(?<=  )sure(?=:\n)|(?<=\{)sure(?=:)", "certain"),
    ("day.yaml", r"(?<=\n  )time(?=:)|(?<=go: )time", "hour"),
)


def older() -> Library:
    """Return a version of the flows in which states had other names and some flows and lines were not there yet."""
    files = yaml.safe_load(LIBRARY.yaml)
    for name, old, new in RENAMED:
        files[name] = re.sub(old, new, files[name])
    gone = {"events.yaml", "express.yaml", "reconfirm.yaml"}
    found = parse({name: body for name, body in files.items() if name not in gone})
    lines = {name: texts for name, texts in found.lines.items() if name not in {"too_late", "nothing_back"}}
    return replace(found, lines=lines)


LIBRARIES = (LIBRARY, older())


WORDS = sorted(RESERVED | {"yes", "join", "unirme", "erase all", "pause 3 weeks", "later tomorrow 9", "pause until"})
PHRASES = [
    *["0", "1", "2", "3", "4", "5", "7", "often", "3 - often", "siempre", "friday", "7:30 am", "19:30", "25:99", "no"],
    *["2103", "2 1 0 3", "2,1,0,3", "21", "99999999999999999999", "12/24", "tomorrow", "monday 9", "tres"],
    *["", " ", "\n", "?", "👍", "👎🏽", "🤷‍♀️", "２", "①", "٣", "\u202e2", "2\u0000", "\ufeff", "ﷺ" * 20, "a" * 3000],
    *["please stop texting me", "stop", "Stop.", "STOP ALL", "wrong number", "denme de baja", "JOIN please"],
    *["I want to die", "quiero morirme", DYING, f"STOP {DYING}", "I took all my pills", "my client killed himself"],
    *["{p}", "%s", "__line__", "null", "true", "[]", "0 or 1", "-1", "1.5", "hola al 741741", "is this 988?"],
]
TEXTS = st.one_of(st.sampled_from(PHRASES), st.sampled_from(WORDS), st.sampled_from(WORDS).map(str.upper), st.text())
LIKELY = st.sampled_from([*"01234", "GO", "SKIP", "BACK", "MORE", "hm", "CHECKIN", "DAY", "BREAK", "TALK", "TIMEOFF"])
FLOWS = sorted(LIBRARY.flows)
# What may be said to somebody who opted out: what they asked the carrier's words for.
CONSENT = ("help", "stop")
WEEKS = st.lists(
    st.dictionaries(st.sampled_from(["drained", "numb", "carry", "help", "rest", "n"]), st.integers(0, 9), max_size=5),
    max_size=9,
).map(tuple)


class Happenings(RuleBasedStateMachine):
    """One person and any order of happenings. The service's part is played: it keeps what followed, as `Phone` does."""

    phone: Phone
    agreed: set[str]

    @initialize(joined=st.booleans(), mode=st.sampled_from(["ours", "twilio"]), language=st.sampled_from(LANGUAGES))
    def start(self, joined: bool, mode: str, language: str) -> None:
        context = enrolled(language) if joined else STRANGER
        self.phone = Phone(replace(context, opt_out_mode=mode))
        self.agreed = set()
        self.spoken = False

    @rule(words=TEXTS, seconds=st.sampled_from([0, 1, 2.5, 60, 7200]), sent=st.booleans(), late=st.booleans())
    def text(self, words: str, seconds: float, sent: bool, late: bool) -> None:
        was_out, greeted, joined = self.phone.context.opted_out, self.phone.context.greeted, self.joined()
        self.phone.wait(timedelta(seconds=seconds))
        context = replace(self.phone.context, question_sent=sent, late=late)
        turn = self.happens(Heard(words), context)
        self.check_consent(turn)
        self.check_silence(turn, was_out)
        self.check_distress(turn, words)
        silenced = was_out or late or (context.opt_out_mode == "twilio" and twilio_answers(words))
        if not silenced and (joined or not greeted or carrier(words) == "help"):
            assert self.said(turn), words
        if carrier(words) == "stop" and (seconds > 60 or sent):
            assert was_out or self.phone.context.opted_out

    @rule(words=LIKELY)
    def likely_text(self, words: str) -> None:
        self.text(words, 60, True, False)

    @rule(words=st.sampled_from(["START", "JOIN", "1", "1", "2", "GO", "SKIP", "CHECKIN", "DAY", "ERASE", DYING]))
    def plain_text(self, words: str) -> None:
        self.text(words, 60, True, False)

    @rule(words=st.sampled_from(["1", "2", "DAY", "STOP", DYING]), sent=st.booleans())
    def the_same_text_twice(self, words: str, sent: bool) -> None:
        self.text(words, 60, True, False)
        self.text(words, 1, sent, False)

    @rule(flow=st.sampled_from([*FLOWS, "nowhere"]), asked_for=st.booleans(), crisis=st.booleans())
    def begins(self, flow: str, asked_for: bool, crisis: bool) -> None:
        before, out = self.phone.conversation, self.phone.context.opted_out
        at = (self.phone.context.at - timedelta(days=2)).isoformat() if crisis else ""
        turn = self.happens(Started(flow, asked_for=asked_for, crisis_before=at))
        if out or (before and before.parked and not asked_for and flow != "after-risk"):
            assert turn.effects == ()

    @precondition(lambda self: self.joined() and not self.phone.context.opted_out)
    @rule()
    def due(self) -> None:
        self.phone.conversation = None
        assert self.said(self.happens(Started("weekly-checkin")))

    @rule(number=st.integers(1, 2))
    def reminder(self, number: int) -> None:
        before, out = restored(self.phone.conversation), self.phone.context.opted_out
        turn = self.happens(Reminded(number))
        assert turn.conversation == before
        assert not turn.effects or (before and not before.parked and not out)

    @rule()
    def nothing_comes(self) -> None:
        before, out = restored(self.phone.conversation), self.phone.context.opted_out
        turn = self.happens(TimedOut())
        assert not self.said(turn)
        if out or (before and waiting(before)):
            assert turn.conversation == before

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self.phone.wait(timedelta(hours=hours))

    @rule(number=st.integers(0, 1))
    def another_version_is_published(self, number: int) -> None:
        self.phone.library = LIBRARIES[number]

    @rule(
        facts=st.fixed_dictionaries(
            {},
            optional={
                "channel": st.sampled_from(["text", "voice"]),
                "history": WEEKS,
                "nudged": st.booleans(),
                "opted_out": st.booleans(),
                "standing": st.sampled_from(["enrolled", "paused"]),
            },
        )
    )
    def something_else_changes(self, facts: dict[str, object]) -> None:
        facts = {k: v for k, v in facts.items() if k != "standing" or self.joined()}
        self.phone.context = replace(self.phone.context, **facts)

    @precondition(lambda self: self.joined())
    @rule(
        chosen=st.fixed_dictionaries(
            {},
            optional={
                "language": st.sampled_from(LANGUAGES),
                "discreet": st.booleans(),
                "express": st.booleans(),
                "frequency": st.sampled_from(["weekly", "monthly"]),
                "day": st.integers(0, 6),
                "time": st.sampled_from(["00:00", "07:30", "23:59"]),
            },
        )
    )
    def settings_change(self, chosen: dict[str, object]) -> None:
        self.phone.context = replace(self.phone.context, settings={**self.phone.context.settings, **chosen})

    @rule(events=st.integers(0, 3), peers=st.booleans(), training=st.booleans(), groups=st.booleans())
    def the_program_changes(self, events: int, peers: bool, training: bool, groups: bool) -> None:
        day = self.phone.context.at.date()
        program = replace(
            self.phone.context.program,
            events=tuple(Event(f"Session {n}", day, "Norfolk", "burnout") for n in range(events)),
            peer_line="Colleagues 757-555-0101" if peers else "",
            learn_url="https://checkin.org/r/learn/r5" if training else "",
            groups=STRANGER.program.groups if groups else (),
        )
        self.phone.context = replace(self.phone.context, program=program)

    def happens(self, happening, context=None) -> Turn:
        """Let something happen: the same follows for the same, also of what was stored in between."""
        context, library = context or self.phone.context, self.phone.library
        turn = advance(library, self.phone.conversation, happening, context)
        self.spoken = context.channel == "voice"
        assert turn == advance(library, restored(self.phone.conversation), happening, context)
        assert restored(turn.conversation) == turn.conversation
        self.phone.take(turn)
        if isinstance(happening, Heard):
            self.check_frames(turn)
        return turn

    def joined(self) -> bool:
        return self.phone.context.standing in {"enrolled", "paused"}

    def said(self, turn: Turn) -> list[Say]:
        return [effect for effect in turn.effects if isinstance(effect, Say)]

    def offered(self) -> bool:
        """Whether what is open only offers more."""
        now = self.phone.conversation
        found = top(now, self.phone.library) if now else None
        return found is not None and found[1].loose and len(found[1].question.choices) == 1

    def check_frames(self, turn: Turn) -> None:
        """Whatever is open is a question of this version, or runs the flow that lies over it."""
        frames = turn.conversation.frames if turn.conversation else ()
        for frame, above in zip(frames, [*frames[1:], None], strict=False):
            found = place(frame, self.phone.library)
            assert found is not None
            assert found[1].question is not None or (above is not None and found[1].run == above.flow)

    def check_consent(self, turn: Turn) -> None:
        for effect in turn.effects:
            if isinstance(effect, Consent) and (effect.answer == "yes" or effect.kind == "contact"):
                self.agreed.add(effect.kind)
            if isinstance(effect, Enrol):
                assert self.agreed >= {"join", "terms", "contact"}
                self.agreed.clear()

    def check_silence(self, turn: Turn, was_out: bool) -> None:
        """After an opt-out nothing is said but what distress or the carrier's words ask for, until an opt-in."""
        out = [n for n, effect in enumerate(turn.effects) if isinstance(effect, OptOut)]
        if not self.phone.context.opted_out or not (was_out or out):
            return
        allowed = self.consent_replies()
        for effect in turn.effects[out[0] if out else 0 :]:
            assert not isinstance(effect, Say) or effect.crisis or effect.text in allowed

    def consent_replies(self) -> set[str]:
        listed = [(texts, language) for name in CONSENT for texts in LIBRARY.lines[name] for language in LANGUAGES]
        return {filled(texts, None, self.phone.context, language) for texts, language in listed}

    def check_distress(self, turn: Turn, words: str) -> None:
        if screen(words).level:
            assert any(re.search("988|911|9 8 8|9 1 1", say.text) for say in self.said(turn))
            assert all(say.crisis or say.text in self.consent_replies() for say in self.said(turn))

    @invariant()
    def every_text_is_one_segment_and_one_of_them_asks(self) -> None:
        says = self.said(self.phone.turn)
        assert all("{" not in say.text for say in says)
        assert self.spoken or all(segments(say.text).count == 1 for say in says)
        # An offer of more stands beside the question that it lies over.
        assert sum(say.asks for say in says) <= 1 + self.offered()

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


TestHappenings = Happenings.TestCase
TestHappenings.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_there_are_two_versions_of_the_flows():
    now, before = LIBRARIES
    assert {"card", "at_once"} <= set(before.flows["weekly-checkin"].states)
    assert "certain" in before.flows["erase"].states
    assert "hour" in before.flows["day"].states
    assert set(now.flows) > set(before.flows)


def test_no_word_that_is_obeyed_sounds_like_distress():
    assert {word for word in [*WORDS, *map(str.upper, WORDS)] if screen(word).level} == set()


def test_reserved_words_are_folded():
    assert all(fold(word) == word for word in RESERVED)


def test_a_text_is_heard_the_same_by_the_one_door_and_a_nobody_hears_nothing():
    assert advance(LIBRARY, None, Reminded(1), enrolled()) == Turn(None, ())
    assert advance(LIBRARY, None, TimedOut(), enrolled()) == Turn(None, ())
    assert ada().happens(Started("nowhere")) == []
