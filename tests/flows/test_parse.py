"""Definitions that cannot be read are refused with file, place and what was expected."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flows import FlowError, packaged, parse, unbundle

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
CHOICES = """
choices:
  yes_no:
    kind: choice
    1: {value: "yes", en: ["yes"], es: [si]}
    2: {value: "no", en: ["no"], es: ["no"]}
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
        ("    choices: yes_no", '    say: {en: "A", es: "B"}', "tiny.yaml, state hello, line 7: either say: or ask:"),
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
def test_a_flow_with_a_piece_cut_out_is_read_or_refused(data):
    source = packaged().flows["welcome"].source
    files = yaml.safe_load(packaged().yaml)
    lines = files[source].splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    files[source] = "\n".join(lines[:at] + lines[at + data.draw(st.integers(1, 4)) :])
    assert refusal(files) is None or source in refusal(files)
