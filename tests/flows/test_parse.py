"""Definitions that cannot be read are refused with file, place and what was expected."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import FlowError, packaged, parse, unbundle
from flows.flow import Branch, Limit, Rotation, Timeout

FILES = yaml.safe_load(packaged().yaml)
PLAIN = """
flow: tiny
title: A tiny flow
start: hello
states:
  hello:
    ask: {en: "Well?", es: "¿Bien?"}
    choices: yes_no
    go: bye
  bye:
    say: {en: "Bye.", es: "Adios."}
"""
RICH = """
flow: rich
title: Everything a state may say
start: turn
check_in: true
states:
  turn:
    only: {first: [true, false]}
    rotate: {by: week, among: [ask, four]}
    go: bye
  ask:
    ask:
      - {en: "One.", es: "Uno."}
      - en: "Well?"
        es: "¿Bien?"
        segments: 2
        why: both have to be in it
        voice: {en: "How is it? Press 1 or 2.", es: "¿Que tal? Oprime 1 o 2."}
    choices: yes_no
    consent: rest
    required: true
    also: many
    do: [set discreet, pause]
    limit: {most: 3, go: bye}
    timeout: {after: 12 hours, go: bye}
    branch:
      - {when: {ask: "yes", first: true}, go: many}
      - {when: {many: {from: 2, to: 4}}, go: other}
    go: bye
  many:
    ask: {en: "How many?", es: "¿Cuantos?"}
    choices: {number: [0, 30]}
    loose: true
    go: bye
  four:
    ask: {en: "Both?", es: "¿Ambos?"}
    choices: {several: [one, two], scale: often}
    go: other
  other:
    run: tiny
    go: bye
  bye:
    outcome: no_answer
"""
CHOICES = """
choices:
  yes_no:
    kind: choice
    1: {value: "yes", en: ["yes"], es: [si]}
    2: {value: "no", en: ["no"], es: ["no"]}
  often:
    kind: scale
    0: {en: [never], es: [nunca]}
    4: {en: [always], es: [siempre]}
    again: {en: "0 or 4?", es: "¿0 o 4?"}
"""


def read(flow=PLAIN, choices=CHOICES):
    return parse({"tiny.yaml": flow, "choices.yaml": choices})


def test_a_flow_is_read_with_its_states_texts_and_choices():
    flow = read().flows["tiny"]
    assert flow.start == "hello"
    assert flow.states["hello"].line == 7
    assert flow.states["hello"].texts == ({"en": "Well?", "es": "¿Bien?"},)
    assert [choice.value for choice in flow.states["hello"].question.choices] == ["yes", "no"]
    assert flow.states["bye"].next is None


def rich(body=RICH):
    return parse({"rich.yaml": body, "choices.yaml": CHOICES}).flows["rich"]


def test_everything_a_state_may_say_is_read():
    flow = rich()
    ask = flow.states["ask"]
    assert flow.check_in
    assert (ask.consent, ask.required, ask.loose, ask.also) == ("rest", True, False, "many")
    assert (ask.effects, ask.limit, ask.timeout) == (("set discreet", "pause"), Limit(3, "bye"), Timeout(720, "bye"))
    assert ask.branches[0] == Branch({"ask": ("yes",), "first": (True,)}, "many")
    assert ask.branches[1] == Branch({"many": (2, 3, 4)}, "other")
    assert flow.states["turn"].rotation == Rotation("week", ("ask", "four"))
    assert flow.states["turn"].only == {"first": (True, False)}
    assert (flow.states["other"].run, flow.states["bye"].outcome) == ("tiny", "no_answer")
    assert flow.states["many"].loose


def test_what_is_spoken_is_kept_beside_what_is_read():
    first, last = rich().states["ask"].texts
    assert first == {"en": "One.", "es": "Uno."}
    assert (last["en"], last["en voice"]) == ("Well?", "How is it? Press 1 or 2.")
    assert (last["es"], last["es voice"]) == ("¿Bien?", "¿Que tal? Oprime 1 o 2.")
    assert (last["segments"], last["why"]) == ("2", "both have to be in it")


@pytest.mark.parametrize(
    ("wanted", "kind", "low", "high", "of"),
    [
        ("{number: [0, 30]}", "number", 0, 30, ()),
        ("{several: [one, two], scale: often}", "several", 0, 0, ("one", "two")),
        ("day", "day", 0, 0, ()),
        ("time", "time", 0, 0, ()),
        ("date", "date", 0, 0, ()),
        ("hours", "hours", 0, 0, ()),
        ("zone", "zone", 0, 0, ()),
        ("text", "text", 0, 0, ()),
        ("groups", "choice", 0, 0, ()),
        ("often", "scale", 0, 0, ()),
    ],
)
def test_every_kind_of_question_is_read(wanted, kind, low, high, of):
    question = read(PLAIN.replace("choices: yes_no", f"choices: {wanted}")).flows["tiny"].states["hello"].question
    assert (question.name, question.kind, question.low, question.high, question.of) == ("hello", kind, low, high, of)
    assert [choice.key for choice in question.choices] == ([0, 4] if "often" in wanted else [])
    assert bool(question.again) == (wanted == "often")


@pytest.mark.parametrize(
    ("after", "minutes"), [("1 minute", 1), ("90 minutes", 90), ("1 hour", 60), ("12 hours", 720), ("2 days", 2880)]
)
def test_a_timeout_is_read_in_minutes_hours_and_days(after, minutes):
    assert rich(RICH.replace("after: 12 hours", f"after: {after}")).states["ask"].timeout == Timeout(minutes, "bye")


def test_a_library_is_the_same_after_being_stored():
    library = packaged()
    again = unbundle(library.yaml)
    assert again == library
    assert again.digest == library.digest


def test_the_digest_changes_with_a_single_word():
    assert read().digest != read(PLAIN.replace("Bye.", "Bye!")).digest


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("start: hello", "start: helo", "tiny.yaml, line 1: start: 'helo'"),
        ("start: hello", "start: [hello]", "tiny.yaml, line 1: start:"),
        ("go: bye", "go: by", "tiny.yaml, state hello, line 7: goes to 'by'"),
        ("go: bye", "goto: bye", "tiny.yaml, state hello, line 7: 'goto' is not a word of a state"),
        ("go: bye", "branch: {x: y}", "tiny.yaml, state hello, line 7: branch: is a list"),
        ("go: bye", "branch: [{go: bye}]", "tiny.yaml, state hello, line 7: a branch reads"),
        ("go: bye", "branch: [{when: {a: 1}, go: off}]", "tiny.yaml, state hello, line 7: goes to False"),
        ("go: bye", "do: set day", "tiny.yaml, state hello, line 7: do: is a list"),
        ("choices: yes_no", "choices: yesno", "tiny.yaml, state hello, line 7: choices: 'yesno' is none of"),
        ("  bye:", "  off:", "tiny.yaml, states, line 6: False is not a name"),
        ("  bye:", "  hello:", "tiny.yaml, line 10: not YAML: 'hello' is there twice"),
        ("title: A tiny flow", "titel: A tiny flow", "tiny.yaml, line 1: 'titel' is not a word of a file"),
        (', es: "Adios."', "", "tiny.yaml, state bye, line 11: no text for es"),
        ('es: "Adios."', "es: 5", "tiny.yaml, state bye, line 11: no text for es"),
        ('es: "Adios."', 'es: "Adios.", fr: "Salut."', "tiny.yaml, state bye, line 11: 'fr' is not a word of a text"),
        ('say: {en: "Bye.", es: "Adios."}', "say: Bye.", "tiny.yaml, state bye: expected a text by language"),
        ('say: {en: "Bye.", es: "Adios."}', "- Bye.", "tiny.yaml, state bye: expected say:"),
        ("    choices: yes_no", '    say: {en: "A", es: "B"}', "tiny.yaml, state hello, line 7: only one of say:"),
        ("    choices: yes_no", "    run: tiny", "tiny.yaml, state hello, line 7: only one of say:, ask: and run:"),
        ("choices: yes_no", "choices: {number: [3, 3]}", "tiny.yaml, state hello, line 7: choices: {'number': [3, 3]}"),
        ("choices: yes_no", "choices: {number: [0, 5000]}", "tiny.yaml, state hello, line 7: choices: {'number': [0,"),
        ("choices: yes_no", "choices: {several: [], scale: often}", "tiny.yaml, state hello, line 7: choices: {'sev"),
        ("choices: yes_no", "choices: {several: [a], scale: x}", "tiny.yaml, state hello, line 7: choices: {'several"),
        ("choices: yes_no", "choices: 7", "tiny.yaml, state hello, line 7: choices: 7 is none of"),
        ("    choices: yes_no\n", "", "tiny.yaml, state hello, line 7: choices: None is none of"),
        ("go: bye", "go: bye\n    also: bye", "tiny.yaml, state hello, line 7: also: 'bye' is no state that asks"),
        ("go: bye", "go: bye\n    also: by", "tiny.yaml, state hello, line 7: goes to 'by', which is no state"),
        ("go: bye", "go: bye\n    also: [bye]", "tiny.yaml, state hello, line 7: also: ['bye'] is not a name"),
        ("go: bye", "run: [tiny]", "tiny.yaml, state hello, line 7: only one of"),
        (
            'say: {en: "Bye.", es: "Adios."}',
            "run: [tiny]",
            "tiny.yaml, state bye, line 11: run: ['tiny'] is not a name",
        ),
        ("go: bye", "only: first", "tiny.yaml, state hello, line 7: expected {fact: value}, a list of values, or"),
        ("go: bye", "only: {a: {from: 3, to: 1}}", "tiny.yaml, state hello, line 7: a range reads {from: 0, to: 3}"),
        ("go: bye", "only: {a: {of: 3}}", "tiny.yaml, state hello, line 7: a range reads {from: 0, to: 3}"),
        ("go: bye", "rotate: {by: year, among: [bye, hello]}", "tiny.yaml, state hello, line 7: rotate: reads"),
        ("go: bye", "rotate: {by: week, among: [bye]}", "tiny.yaml, state hello, line 7: rotate: reads {by: week"),
        ("go: bye", "rotate: {by: day, among: [bye, gone]}", "tiny.yaml, state hello, line 7: goes to 'gone'"),
        ("go: bye", "timeout: {after: soon, go: bye}", "tiny.yaml, state hello, line 7: timeout: reads {after: 12"),
        ("go: bye", "timeout: {after: 0 hours, go: bye}", "tiny.yaml, state hello, line 7: timeout: reads {after:"),
        ("go: bye", "timeout: {after: 1 week, go: bye}", "tiny.yaml, state hello, line 7: timeout: reads {after:"),
        ("go: bye", "timeout: {after: 1 hour, go: gone}", "tiny.yaml, state hello, line 7: goes to 'gone'"),
        ("go: bye", "limit: {most: 0, go: bye}", "tiny.yaml, state hello, line 7: limit: reads {most: 3, go: state}"),
        ("go: bye", "limit: {most: 2}", "tiny.yaml, state hello, line 7: limit: reads {most: 3, go: state}"),
        ("go: bye", "limit: {most: 2, go: gone}", "tiny.yaml, state hello, line 7: goes to 'gone', which is no state"),
        ("go: bye", "branch: [{when: {a: 1}, go: bye, or: hello}]", "tiny.yaml, state hello, line 7: 'or' is not a"),
        ('"Bye.", es', '"Bye.", segments: 2, es', "tiny.yaml, state bye, line 11: expected segments: 2 or 3 together"),
        ('"Bye.", es', '"Bye.", why: so, es', "tiny.yaml, state bye, line 11: expected segments: 2 or 3 together"),
        ('"Bye.", es', '"Bye.", segments: 9, why: so, es', "tiny.yaml, state bye, line 11: expected segments: 2"),
        ('"Bye.", es', '"Bye.", voice: Bye, es', "tiny.yaml, state bye, line 11, voice: expected words by language"),
        ('"Bye.", es', '"Bye.", voice: {en: Bye}, es', "tiny.yaml, state bye, line 11, voice: no text for es"),
        ('"Bye.", es', '"Bye.", voice: {fr: A}, es', "tiny.yaml, state bye, line 11, voice: 'fr' is not a word of a"),
        ('ask: {en: "Well?", es: "¿Bien?"}', "ask:", "tiny.yaml, state hello, line 7: ask: has no text"),
        ("states:", "states: {", "tiny.yaml, line"),
    ],
)
def test_each_fault_of_a_flow_is_named_with_its_place(old, new, named):
    assert old in PLAIN
    with pytest.raises(FlowError) as refused:
        read(PLAIN.replace(old, new))
    assert str(refused.value).startswith(named)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("kind: choice", "kind: chioce", "choices.yaml, choices yes_no: expected kind"),
        ('en: ["yes"]', "en: [yes]", "choices.yaml, choices yes_no, line 4, key 1: True is a truth value"),
        ('value: "no"', "value: no", "choices.yaml, choices yes_no, line 4, key 2: False is a truth value"),
        ("es: [si]", "es: []", "choices.yaml, choices yes_no, line 4, key 1: no label in every language"),
        ("es: [si]", "es: si", "choices.yaml, choices yes_no, line 4, key 1: no label in every language"),
        ("    2: {", "    two: {", "choices.yaml, choices yes_no, line 4, key two: expected a digit"),
        ("    2: {", "    1: {", "choices.yaml, line 6: not YAML: '1' is there twice"),
        ('value: "no",', 'valeu: "no",', "choices.yaml, choices yes_no, line 4, key 2: 'valeu' is not a word"),
        ('again: {en: "0 or 4?", es', 'again: {en: "", es', "choices.yaml, choices often, line 11: no text for en"),
        ("again: {", "agian: {", "choices.yaml, choices often, line 8, key agian: expected a digit with labels"),
    ],
)
def test_each_fault_of_a_choice_is_named_with_its_place(old, new, named):
    assert old in CHOICES
    with pytest.raises(FlowError) as refused:
        read(choices=CHOICES.replace(old, new))
    assert str(refused.value).startswith(named)


def test_one_name_is_one_flow():
    with pytest.raises(FlowError, match=r"the flow 'tiny' is in tiny.yaml already"):
        parse({"choices.yaml": CHOICES, "tiny.yaml": PLAIN, "twice.yaml": PLAIN})


@given(body=st.text() | st.text(alphabet="flow: start: states: say: en: - {}[]\n 1&*!", max_size=80))
def test_whatever_a_file_holds_it_is_read_or_refused(body):
    assert refusal({"any.yaml": body}) is None or "any.yaml" in refusal({"any.yaml": body})


def refusal(files):
    """Return why files are refused, None if they are read."""
    try:
        parse(files)
    except FlowError as refused:
        return str(refused)
    return None


@given(data=st.data())
@settings(max_examples=60)
def test_a_flow_with_a_piece_cut_out_is_read_or_refused(data):
    source = data.draw(st.sampled_from([flow.source for flow in packaged().flows.values()]))
    files = {name: body for name, body in FILES.items() if name in {source, "choices.yaml"}}
    lines = files[source].splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    files[source] = "\n".join(lines[:at] + lines[at + data.draw(st.integers(1, 4)) :])
    assert refusal(files) is None or source in refusal(files)
