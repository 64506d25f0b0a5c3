"""Every text there is, in print: none is missing, and each says when it is sent and what it costs."""

import pytest

from flows import LANGUAGES, filling, packaged, parse
from flows.parse import unbundle
from flows.proof.check import NEEDED
from flows.staging.printing import LINES, MEANT, printed, sections

LIBRARY = packaged()
SECTIONS = {section.name: section for section in sections(LIBRARY)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_every_flow_is_there(language):
    for flow in LIBRARY.flows.values():
        templates = [texts[language] for state in flow.states.values() for texts in state.texts]
        assert [one.texts[language] for one in SECTIONS[flow.name].printed] == [
            printed("", "", {"en": template, "es": template}).texts["en"] for template in templates
        ]


def test_every_line_and_every_second_asking_is_there():
    places = [one.place for one in SECTIONS["lines"].printed]
    assert set(LIBRARY.lines) <= set(places)
    again = {
        s.question.again["en"]
        for f in LIBRARY.flows.values()
        for s in f.states.values()
        if s.question and s.question.again
    }
    assert again <= {one.texts["en"] for one in SECTIONS["lines"].printed}


def test_it_is_known_when_each_line_is_said():
    assert set(LINES) == NEEDED == set(LIBRARY.lines)


def test_every_placeholder_has_words_in_print():
    assert set(MEANT) == set(filling._VALUES)
    assert printed("", "", {"en": "{p} {u}", "es": "{p}"}).texts == {
        "en": "[program] [information page]",
        "es": "[program]",
    }


def test_every_text_says_when_and_every_flow_how_it_begins():
    for section in SECTIONS.values():
        assert "at no time of its own" not in section.begins, section.name
        assert all(one.when for one in section.printed), section.name


def test_the_conversation_comes_in_its_order():
    assert list(SECTIONS)[:3] == ["welcome", "weekly-checkin", "longer"]
    assert list(SECTIONS)[-1] == "lines"
    assert [one.place for one in SECTIONS["welcome"].printed][:3] == ["staff", "terms, 1 of 2", "terms, 2 of 2"]


def test_when_a_text_is_sent():
    found = {one.place: one.when for one in SECTIONS["timeoff"].printed}
    assert found["timeoff"] == "to begin with"
    assert found["planned"] == "after timeoff: 1 planned"
    assert found["understood"] == "after cannot: nothing else applies"
    assert SECTIONS["nudges"].begins.endswith("as a part of timeoff, weekly-checkin")
    assert SECTIONS["talk"].begins.startswith("when somebody texts TALK, I NEED HELP")


def test_words_of_a_call_are_shown_where_they_differ():
    staff = SECTIONS["welcome"].printed[0]
    assert staff.spoken["en"].startswith("This is [full name of the program]")
    kept = next(one for one in SECTIONS["erase"].printed if one.place == "kept")
    assert kept.spoken == {}
    breath = next(one for one in SECTIONS["break"].printed if one.place == "breath")
    assert "Breathe in. [4] And out. [5]" in breath.spoken["en"]


def test_a_text_is_measured_at_its_longest():
    one = printed("", "", {"en": "{p}" + "x" * 150, "es": "{p}"})
    assert (one.costs["en"].units, one.costs["en"].count, one.costs["es"].units) == (162, 2, 12)


def test_a_library_of_ones_own_is_printed_too():
    body = "flow: mine\nstart: a\nstates:\n  a:\n    say: {en: Hello, es: Hola}\n"
    own = parse({**unbundle_files(), "mine.yaml": body})
    mine = next(section for section in sections(own) if section.name == "mine")
    assert mine.printed[0].texts == {"en": "Hello", "es": "Hola"}
    assert mine.begins == "by no word and at no time of its own"


def unbundle_files():
    import yaml

    assert unbundle(LIBRARY.yaml).digest == LIBRARY.digest
    return yaml.safe_load(LIBRARY.yaml)
