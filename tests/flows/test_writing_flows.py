"""docs/writing-flows.md: its tables name what the code has, and its example is parsed, checked and played."""

import re
from pathlib import Path

import pytest
import yaml

from flows import check, filling, packaged, parse
from flows.effects import EFFECT_WORDS, SETTINGS
from flows.facts import FACTS
from flows.parse import _FILE_KEYS, _STATE_KEYS
from flows.staging.transcript import read

PAGE = (Path(__file__).parents[2] / "docs" / "writing-flows.md").read_text(encoding="utf-8")


def table(section: str, number: int = 0) -> dict[str, list[str]]:
    """Return a table of a section: the codes of its first cells, each with the codes of the second."""
    body = PAGE.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    tables = re.findall(r"(?:^\|.*\n)+", body, re.MULTILINE)
    rows = [line.split("|")[1:] for line in tables[number].splitlines()[2:]]
    return {name: re.findall(r"`([^`]+)`", row[1]) for row in rows for name in re.findall(r"`([^`]+)`", row[0])}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


EXAMPLE, OPENER = blocks("yaml")
(SCRIPT,) = blocks("text")
LIBRARY = parse({**yaml.safe_load(packaged().yaml), "supervision.yaml": EXAMPLE, "summary.yaml": OPENER})


def test_the_words_of_a_file_and_of_a_state_are_those_of_the_code():
    assert set(table("A file")) == _FILE_KEYS
    assert set(table("A state")) == _STATE_KEYS


def test_the_facts_and_their_values_are_those_of_the_code():
    written = {
        name: {{"true": True, "false": False}.get(one, one) for one in values}
        for name, values in table("Facts").items()
    }
    assert written == {name: set(values) for name, values in FACTS.items()}


def test_the_do_words_and_settings_are_those_of_the_code():
    assert set(table("What a state can do")) == EFFECT_WORDS
    assert {name: frozenset(values) for name, values in table("What a state can do", 1).items()} == dict(SETTINGS)


def test_the_placeholders_are_those_of_the_code():
    assert {name.strip("{}") for name in table("What is filled into a text")} == set(filling._VALUES)


@pytest.mark.parametrize("kind", ["number", "day", "time", "date", "hours", "zone", "text", "several", "groups"])
def test_every_kind_of_question_is_told(kind):
    assert kind in " ".join(table("Questions"))


def test_the_example_has_no_faults():
    assert [finding for finding in check(LIBRARY) if finding.startswith(("supervision.yaml", "summary.yaml"))] == []


def test_the_example_uses_most_of_the_language():
    states = LIBRARY.flows["supervision"].states.values()
    assert {state.question.kind for state in states if state.question} >= {
        "number",
        "date",
        "text",
        "several",
        "choice",
    }
    assert any(state.limit for state in states)
    assert any(state.timeout for state in states)
    assert any(state.rotation for state in states)
    assert any(state.run for state in states)
    assert "{clients}" in EXAMPLE


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("channel", ["text", "voice"])
def test_the_example_is_played_to_its_end(language, channel):
    scene = read(SCRIPT)[0]
    scene.settings += [f"language {language}", f"channel {channel}"]
    said = [line.text for line in scene.played(LIBRARY) if line.said]
    shown = LIBRARY.flows["supervision"].states["another"].texts[0]
    assert shown[language if channel == "text" else f"{language} voice"] in said
    assert len(said) == len(scene.steps) + 1


def test_the_example_ends_where_nothing_comes_and_where_the_loop_is_over():
    ends = "# Nothing came\n(supervision begins)\n(no answer)\n"
    assert [line.text for line in read(ends)[0].played(LIBRARY)][-1] == "nothing is said"
    topics = "> one\n> yes\n> two\n> yes\n> three\n> yes\n"
    round_and_round = f"# Round and round\n(supervision begins)\n> 0\n> SKIP\n{topics}"
    said = [line.text for line in read(round_and_round)[0].played(LIBRARY) if line.said]
    assert sum("What would you like to bring" in text for text in said) == 3
    assert "paper right before" in " ".join(said) or "first five minutes" in " ".join(said)
