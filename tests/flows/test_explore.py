"""The machine is played through every flow: what the play comes to, and what it does not let pass."""

from dataclasses import replace
from itertools import product

import pytest
import yaml

from flows import Conversation, Heard, Started, advance, packaged, parse
from flows.conversation import Frame
from flows.facts import FACTS, Known
from flows.proof.explore import findings
from flows.proof.worlds import CHANGES, World, worlds
from flows.staging.transcript import enrolled

LIBRARY = packaged()
FILES = yaml.safe_load(LIBRARY.yaml)
# What only the answers decide, or the play goes through by itself.
BY_ANSWERS = {"answered", "joined", "signs", "supports"}
# With the answers that are given in the play, these come to have the rest of their values.
SCORED = {"band", "pattern", "burnout", "compassion", "empathy", "trend", "without_rest", "lighter"}
BEGUN = {"asked_for", "checking", "gently", "more_events"}
# These are decided by what was answered so far, in a check-in or to the question of an hour.
ANSWERED = {"begun", "lawful", "room"}


# What is said there offers a check-in, which a library of one flow does not have.
NO_CHECK_IN = {"nothing_back": ({"en": "Nothing.", "es": "Nada."},)}


def played(states, *, lines=None):
    """Return what is found in a library of one flow, of which each state is written in one line of YAML."""
    written = "\n".join(f"  {name}: {state}" for name, state in states.items())
    body = f"flow: one\nstart: a\nstates:\n{written}\n"
    found = parse({"one.yaml": body, "choices.yaml": FILES["choices.yaml"]})
    return findings(replace(found, lines={**LIBRARY.lines, **NO_CHECK_IN, **(lines or {})}))


ASK = 'ask: {en: "{p} 1 yes 2 no", es: "{p} 1 si 2 no"}, choices: yes_no'
SAY = 'say: {en: "Good.", es: "Bien."}'


def test_a_plain_flow_is_played_through():
    assert played({"a": f"{{{ASK}, go: b}}", "b": f"{{{SAY}}}"}) == []


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ({"a": f"{{{ASK}, go: a}}"}, "one.yaml, state a, line 4, en text: no end is come to from here"),
        (
            {"a": f'{{{ASK}, branch: [{{when: {{a: ["yes", "no"]}}, go: b}}], go: a}}', "b": f"{{{SAY}}}"},
            "one.yaml, state a, line 4, en text: SKIP goes round and round",
        ),
        (
            {"a": "{go: b}", "b": "{go: a}"},
            "one.yaml, state a, line 4, en text: Started leaves one/",
        ),
        ({"a": "{outcome: no_answer}"}, "one.yaml, state a, line 4, en text: begins without a word"),
        (
            {"a": f"{{{ASK}, go: b}}", "b": "{outcome: no_answer}"},
            "one.yaml, state a, line 4, en text: '1' is answered with silence",
        ),
        (
            {"a": f"{{{ASK}, timeout: {{after: 1 hour, go: b}}, go: b}}", "b": f"{{{SAY}}}"},
            "one.yaml, state a, line 4, en text: says something when nothing came",
        ),
        ({"a": "{run: two}"}, "one.yaml, state a, line 4, en text: Started raised KeyError: 'two'"),
        (
            {"a": f"{{{ASK}, do: [set day], go: b}}", "b": '{say: {en: "{d}", es: "{d}"}}'},
            "one.yaml, state a, line 4, en text: '1' raised ValueError: ",
        ),
        (
            {"a": f"{{{ASK}, go: b}}", "b": '{say: {en: "RESUME", es: "HELP"}}'},
            "one.yaml, state a, line 4, en text: offers RESUME, which is not understood here",
        ),
        (
            {
                "a": f"{{{SAY}, branch: [{{when: {{paused: [true, false]}}, go: c}}], go: b}}",
                "b": f"{{{SAY}}}",
                "c": f"{{{SAY}}}",
            },
            "one.yaml, state b, line 5: never come to, whatever is known and answered",
        ),
    ],
)
def test_what_goes_wrong_in_a_play_is_named_with_its_place(states, found):
    assert [one for one in played(states) if one.startswith(found)], played(states)


def test_danger_that_is_not_answered_with_988_is_found():
    mute = {name: ({"en": "Oh.", "es": "Ay."},) for name in ("risk_explicit", "risk_link")}
    found = played({"a": f"{{{ASK}, go: b}}", "b": f"{{{SAY}}}"}, lines=mute)
    assert found == ["one.yaml, state a, line 4, en text: danger is not answered with 988"]


def test_what_is_found_is_the_same_each_time():
    states = {"a": f"{{{ASK}, go: a}}"}
    assert played(states) == played(states)


def test_every_fact_there_is_can_be_explored():
    assert set(CHANGES) == set(FACTS) - BY_ANSWERS


@pytest.mark.parametrize("fact", sorted(set(CHANGES) - SCORED - BEGUN - ANSWERED))
def test_the_circumstances_give_a_fact_every_value(fact):
    conversation = Conversation((), "en")
    changed = [change(World(enrolled())).context for change in CHANGES[fact]]
    assert {Known(conversation, context, False, False).fact(fact) for context in changed} == FACTS[fact]


@pytest.mark.parametrize("fact", ["band", "pattern", "without_rest"])
def test_with_the_answers_that_are_given_what_is_scored_has_every_value(fact):
    weeks = [
        dict(zip(("drained", "numb", "carry", "help"), one, strict=True), rest=0) for one in product((0, 4), repeat=4)
    ]
    found = {
        Known(Conversation((), "en", kept=kept), change(World(enrolled())).context, False, True).fact(fact)
        for change in CHANGES[fact]
        for kept in ({}, *weeks)
    }
    assert found == FACTS[fact]


@pytest.mark.parametrize("fact", sorted(ANSWERED))
def test_with_what_is_answered_so_far_a_fact_has_every_value(fact):
    time = (Frame("time", "keep", trail=("time",)),)
    found = {
        Known(
            Conversation(time, "en", answers={"time": at, "hours": f"08:00-{at}"}, kept=kept),
            change(World(enrolled())).context,
            True,
            False,
        ).fact(fact)
        for change in CHANGES[fact]
        for at in ("12:15", "23:30")
        for kept in ({}, {"drained": 2})
    }
    assert found == FACTS[fact]


def test_a_flow_that_enrols_is_played_by_a_stranger_and_others_over_a_check_in_too():
    joining, away = (worlds(LIBRARY, LIBRARY.flows[name]) for name in ("welcome", "away"))
    assert {world.context.standing for world in joining} == {"unknown"}
    assert {(world.under_way, world.asked_for) for world in away} >= {(True, True), (True, False), (False, True)}


def test_every_turn_of_a_rotation_is_come_to():
    turns = worlds(LIBRARY, LIBRARY.flows["break"])
    texts = {advance(LIBRARY, None, Started("break", asked_for=True), world.context).effects[0].text for world in turns}
    assert len(texts) == len(LIBRARY.flows["break"].states["turn"].rotation.among)


def test_the_unreadable_text_of_the_play_is_read_by_nothing():
    begun = advance(LIBRARY, None, Started("day", asked_for=True), enrolled())
    heard = advance(LIBRARY, begun.conversation, Heard("qwx zzt vbn"), enrolled())
    assert heard.conversation.frames[-1].tries == 1
