"""The engine by itself: how a conversation goes from state to state, in flows made for each test and in ours."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import yaml

from flows import CloseCheckIn, Save, Say, Started, advance, packaged, parse
from flows.staging.transcript import enrolled
from tests.flows.phone import DYING, Phone, ada

LIBRARY = packaged()
CHOICES = yaml.safe_load(LIBRARY.yaml)["choices.yaml"]
MONDAY = datetime(2026, 3, 9, 9, 30)  # noqa: DTZ001  (local wall time has no zone)


def library(*flows):
    """Return a library of flows written as short YAML; what a state says is its own name."""
    return parse({"choices.yaml": CHOICES, **{f"{n}.yaml": body for n, body in enumerate(flows)}})


def flow(name, states, start="a", **more):
    head = {"flow": name, "start": start, **more}
    return yaml.safe_dump({**head, "states": {key: spoken(key, value) for key, value in states.items()}})


def spoken(name, state):
    return {k: {"en": name, "es": f"{name} es"} if k in {"ask", "say"} else v for k, v in state.items()}


def started(*flows, name="one", **facts):
    """Return the phone of somebody who joined and asked for a flow."""
    phone = Phone(replace(enrolled(), **facts), library=library(*flows))
    phone.happens(Started(name, asked_for=True))
    return phone


def said(phone):
    return [effect.text for effect in phone.turn.effects if isinstance(effect, Say)]


def open_frames(phone):
    return [(frame.flow, frame.state) for frame in phone.conversation.frames] if phone.conversation else []


SAY = {"say": None}
ASK = {"ask": None, "choices": "yes_no"}


@pytest.mark.parametrize(("by", "step"), [("week", "days"), ("day", "days"), ("hour", "hours")])
def test_a_rotation_takes_its_turns_in_order_and_is_the_same_for_everybody(by, step):
    body = flow("one", {"a": {"rotate": {"by": by, "among": ["x", "y", "z"]}}, "x": SAY, "y": SAY, "z": SAY})
    long = 7 if by == "week" else 1
    turns = []
    for n in range(4 * long):
        at = MONDAY + timedelta(**{step: n})
        turns += said(started(body, at=at))
        assert said(started(body, at=at, standing="paused")) == turns[-1:]
    each = turns[::long]
    assert turns == [turn for turn in each for _ in range(long)]
    assert each[3] == each[0]
    assert sorted(each[:3]) == ["x", "y", "z"]
    assert (each * 2)[each.index("x") :][:3] == ["x", "y", "z"]


def test_a_rotation_that_is_not_meant_is_passed_over():
    body = flow(
        "one",
        {
            "a": {"only": {"first": False}, "rotate": {"by": "day", "among": ["x", "y"]}, "go": "z"},
            **dict.fromkeys("xyz", SAY),
        },
    )
    assert said(started(body)) == ["z"]
    assert said(started(body, history=({"drained": 1},))) in (["x"], ["y"])


def test_a_state_that_is_not_meant_says_nothing_and_goes_on():
    body = flow("one", {"a": {**SAY, "go": "b"}, "b": {**ASK, "only": {"paused": True}, "go": "c"}, "c": SAY})
    assert said(started(body)) == ["a", "c"]
    assert said(started(body, standing="paused")) == ["a", "b"]


NESTED = (
    flow(
        "one",
        {
            "a": {**ASK, "go": "b"},
            "b": {"run": "two", "branch": [{"when": {"q": "yes"}, "go": "c"}], "go": "d"},
            "c": {**ASK, "go": "d"},
            "d": SAY,
        },
    ),
    flow("two", {"p": {**ASK, "go": "q"}, "q": {**ASK, "go": "r"}, "r": SAY}, start="p"),
)


def test_a_flow_that_was_run_ends_where_it_was_run_and_its_answers_are_known_there():
    phone = started(*NESTED)
    assert phone.text("1") == ["p"]
    assert open_frames(phone) == [("one", "b"), ("two", "p")]
    assert phone.text("1") == ["q"]
    assert phone.text("1") == ["r", "c"]
    assert open_frames(phone) == [("one", "c")]
    assert phone.text("2") == ["d"]
    assert phone.conversation is None


def test_leaving_out_what_a_flow_that_was_run_asks_comes_back_as_well():
    phone = started(*NESTED)
    phone.texts("1", "SKIP")
    assert phone.text("SKIP") == ["r", "d"]


def test_a_flow_that_ends_by_running_another_can_still_be_gone_back_to():
    one = flow("one", {"a": {**ASK, "go": "b"}, "b": {"run": "two"}})
    phone = started(one, NESTED[1])
    phone.text("1")
    assert open_frames(phone) == [("one", "b"), ("two", "p")]
    assert phone.text("BACK") == ["a"]
    phone.text("1")
    assert phone.texts("1", "1") == ["r"]
    assert phone.conversation is None


def test_a_check_in_that_ends_by_running_another_flow_is_closed_before_it():
    phone = ada(history=({"drained": 1, "n": 7},))
    phone.texts("CHECKIN", "1", "1", "1", "1", "SKIP")
    assert [type(effect) for effect in phone.did] == [CloseCheckIn]
    assert open_frames(phone) == [("worth-it", "worth")]


def test_a_flow_called_by_another_that_ends_by_running_a_third_comes_back_to_the_first():
    first = flow("one", {"a": {"run": "two", "go": "b"}, "b": SAY})
    second = flow("two", {"a": {"run": "three"}})
    third = flow("three", {"p": {**ASK, "go": "q"}, "q": SAY}, start="p")
    phone = started(first, second, third)
    assert phone.text("1") == ["q", "b"]


def test_back_goes_through_the_flows_that_were_run():
    phone = started(*NESTED)
    phone.texts("1", "1")
    assert open_frames(phone)[-1] == ("two", "q")
    assert phone.text("BACK") == ["p"]
    assert phone.text("BACK") == ["a"]
    assert open_frames(phone) == [("one", "a")]
    assert phone.text("BACK") == [*ada().line("nothing_back"), "a"]


def test_a_bounded_state_is_entered_so_many_times_and_then_passed_on():
    states = {"a": {**ASK, "limit": {"most": 2, "go": "b"}, "go": "a"}, "b": SAY}
    phone = started(flow("one", states))
    assert phone.text("1") == ["a"]
    assert phone.text("1") == ["b"]
    assert phone.conversation is None


def test_a_bound_counts_anew_in_a_new_conversation():
    states = {"a": {**ASK, "limit": {"most": 1, "go": "b"}, "go": "a"}, "b": SAY}
    phone = started(flow("one", states))
    assert phone.text("1") == ["b"]
    assert phone.happens(Started("one", asked_for=True)) == ["a"]


TIMED = flow(
    "one",
    {"a": {**ASK, "timeout": {"after": "2 hours", "go": "c"}, "go": "b"}, "b": SAY, "c": {"outcome": "no_answer"}},
)


def test_a_question_with_a_timeout_says_how_long_it_waits():
    phone = started(TIMED)
    assert [effect.wait for effect in phone.turn.effects if isinstance(effect, Say)] == [120]
    phone.text("hm")
    assert [effect.wait for effect in phone.turn.effects if isinstance(effect, Say) and effect.asks] == [120]


def test_a_question_that_nobody_answered_is_left_without_a_word():
    phone = started(TIMED)
    assert phone.unanswered() == []
    assert phone.conversation is None


@pytest.mark.parametrize("facts", [{"opted_out": True}])
def test_nothing_times_out_for_somebody_who_opted_out(facts):
    phone = started(TIMED)
    phone.context = replace(phone.context, **facts)
    phone.unanswered()
    assert open_frames(phone) == [("one", "a")]


def test_nothing_times_out_while_something_serious_stands():
    phone = started(TIMED)
    phone.text(DYING)
    before = phone.conversation
    assert phone.unanswered() == []
    assert phone.conversation == before


def test_a_loose_question_that_gave_way_leaves_the_flow_that_ran_it_too():
    loose = flow("two", {"p": {**ASK, "loose": True, "go": "q"}, "q": SAY}, start="p")
    phone = started(flow("one", {"a": {"run": "two", "go": "b"}, "b": SAY}), loose)
    assert phone.text("hm")[-1:] == ["p"]
    assert phone.text("hm") == ada().line("idle")
    assert phone.conversation is None


def test_what_a_flow_run_by_a_check_in_asks_is_kept_with_it():
    inner = flow("two", {"p": {"ask": None, "choices": "often", "go": "q"}, "q": SAY}, start="p")
    phone = started(flow("one", {"a": {"run": "two", "go": "b"}, "b": SAY}, check_in=True), inner)
    phone.text("3")
    assert phone.did == [Save("p", 3), CloseCheckIn({"p": 3})]


def test_a_flow_that_goes_round_is_stopped():
    turn = advance(
        library(flow("one", {"a": {"go": "b"}, "b": {"go": "a"}})), None, Started("one", asked_for=True), enrolled()
    )
    assert turn.effects == ()
