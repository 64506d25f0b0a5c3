"""For any call: whatever is pressed, said or not said in whatever order, by whomever, the promises of a call hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import LANGUAGES, Context, Conversation, Risk
from flows.calling import Call, CallHappening, CallTurn, Nothing, PickedUp, Pressed, Spoke, keys
from flows.calling.saying import Saying
from sms_service.emulator.voice import read_document
from sms_service.twilio import spoken
from tests.flows.handset import CODE, OURS, Handset
from tests.flows.phone import DYING, ada, in_each_state

DANGER = [DYING, "quiero morirme", "I took all my pills", "everyone would be better off without me"]
ANSWERS = ["often", "a veces", "three", "yes", "no", "1", "2103", "friday", "viernes", "7:30 AM", "mountain", "crisis"]
COMMANDS = ["break", "hablar", "pause", "later", "luego a las 5", "check in", "chequeo", "day friday", "time 4pm"]
COMMANDS += ["quiet 22:00-07:00", "zone", "erase all", "call me", "spanish", "english", "back", "help", "menu", "stop"]
COMMANDS += ["text me", "stop calling me", "start", "PIN", "JOIN", "phone", "trend", "data", "express", "go", "repeat"]
GARBAGE = ["", " ", "hm", "what", "purple", "988", "<Say>&", "[9]", "ñ" * 900, "0", "\u2028", "a", "my client died"]

WORDS = st.sampled_from([*ANSWERS, *COMMANDS, *GARBAGE, *DANGER])
SURE = st.none() | st.floats(0, 1)
KEYS = st.sampled_from([*"0123456789*#", CODE, "9999", "1930", "3214", "21000700", "44", "12#", "**", "00", "0000"])
HAPPENINGS: st.SearchStrategy[CallHappening] = (
    st.builds(Pressed, KEYS) | st.builds(Spoke, WORDS, SURE) | st.just(Nothing()) | st.just(Pressed("1"))
)
MOST_SILENCES, MOST_AGAIN = 12, 3
LONGEST = 320


def _worlds() -> list[tuple[Context, Conversation | None]]:
    """Return everybody there is, wherever their conversation stands, with a code and without, in both languages."""
    found = []
    for phone in (*in_each_state().values(), ada("es"), ada("es", standing="paused"), ada(opted_out=True)):
        coded = {**phone.context.settings, "pin": CODE} if phone.context.settings else {}
        found += [(phone.context, phone.conversation), (replace(phone.context, settings=coded), phone.conversation)]
    return found


WORLDS = _worlds()


@st.composite
def handsets(draw: st.DrawFn) -> Handset:
    """Somebody in a call that has just been picked up, as often as not with their code keyed in."""
    known, conversation = draw(st.sampled_from(WORLDS))
    call = Call(draw(st.booleans()), draw(st.sampled_from(LANGUAGES)), locked=draw(st.integers(0, 5)) == 0)
    phone = Handset(known, conversation, call)
    phone.happens(PickedUp())
    if draw(st.booleans()):
        phone.keys("1", CODE)
    return phone


def check(phone: Handset, turn: CallTurn) -> None:
    """What holds for every document of a call."""
    assert Call.from_json(json.loads(json.dumps(turn.call.to_json()))) == turn.call
    source = spoken.document(turn.parts, turn.listen, "https://checkin.test/twilio/voice/answer?s=1&x=<>")
    document = read_document(httpx.Response(200, text=source, headers={"Content-Type": "text/xml"}))
    said = [verb.text for outer in document.verbs for verb in (outer, *outer.parts) if verb.name == "Say"]
    assert said
    assert [one for one in said if len(one) > LONGEST] == []
    assert (turn.listen is None) == (turn.call.place == "over")


@given(handsets(), st.lists(HAPPENINGS, max_size=25))
@settings(max_examples=300)
def test_every_document_is_sound_and_silence_ends_every_call(
    phone: Handset, happenings: Sequence[CallHappening]
) -> None:
    for one in happenings:
        phone.happens(one)
        check(phone, phone.turn)
    heard = Counter(set(phone.said))
    for _ in range(MOST_SILENCES):
        if phone.listen is not None:
            phone.waits()
            check(phone, phone.turn)
            heard.update(set(phone.said))
    assert phone.listen is None
    assert max(heard.values()) <= 1 + MOST_AGAIN


@given(handsets(), st.lists(HAPPENINGS, max_size=12), st.sampled_from(DANGER), SURE)
def test_danger_is_heard_everywhere_and_0_reads_where_help_is(
    phone: Handset, happenings: Sequence[CallHappening], words: str, sure: float | None
) -> None:
    for one in happenings:
        phone.happens(one)
    if phone.listen is None:
        return
    other = replace(phone)
    other.keys("0")
    assert "9 8 8" in " ".join(other.said)
    phone.happens(Spoke(words, sure))
    assert "9 8 8" in " ".join(phone.said)
    assert any(isinstance(effect, Risk) for effect in phone.did)


@given(handsets(), st.lists(HAPPENINGS, max_size=12))
def test_there_is_always_a_way_out(phone: Handset, happenings: Sequence[CallHappening]) -> None:
    for one in happenings:
        phone.happens(one)
    if phone.listen is None:
        return
    question = Saying(phone.library, phone.call, phone.conversation, phone.context, OURS).question
    if phone.call.place == "menu":
        other = replace(phone)
        other.keys("#")
        assert other.listen is None
    if not keys.is_choice(question, "9"):
        phone.keys("9")
        assert phone.listen is None


@given(st.sampled_from(WORLDS), st.booleans(), st.sampled_from(LANGUAGES), st.lists(HAPPENINGS, max_size=12))
def test_before_the_code_everybody_hears_the_same(
    world: tuple[Context, Conversation | None], outbound: bool, language: str, happenings: Sequence[CallHappening]
) -> None:
    known, conversation = world
    phone = Handset(known, conversation, Call(outbound, language))
    nobody = Handset(replace(known, standing="unknown", settings={}, history=()), None, Call(outbound, language))
    for one in (PickedUp(), *happenings):
        phone.happens(one)
        nobody.happens(one)
        if phone.call.known:
            return
        assert phone.said == nobody.said
        assert phone.listen == nobody.listen


@given(handsets(), st.lists(HAPPENINGS, max_size=12), st.integers(1, 3))
def test_0_pressed_in_haste_reads_where_help_is(
    phone: Handset, happenings: Sequence[CallHappening], times: int
) -> None:
    for one in happenings:
        phone.happens(one)
    if phone.listen is not None:
        phone.keys("0" * times)
        assert phone.said[0].startswith(("Please call 9 8 8 now.", "Por favor, llame ahora al 9 8 8"))
