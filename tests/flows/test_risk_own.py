"""A program's own rows make the screen hear more, and never less."""

import pytest

from flows.flow import FlowError
from flows.risk import packaged, screen, with_own
from tests.flows.test_risk import BATCHES


def test_own_words_are_heard() -> None:
    rules = with_own(packaged(), [{"say": "take the last ferry", "level": 2, "construct": "ideation"}])
    assert screen("tonight I take the last ferry").level == 0
    heard = screen("tonight I take the last ferry", rules)
    assert (heard.level, heard.construct, heard.rules, heard.about) == (2, "ideation", ("own-1",), "self")


def test_own_words_are_read_like_all_others() -> None:
    rules = with_own(packaged(), [{"say": "Take the LAST férry", "level": 3, "construct": "plan"}])
    assert screen("gonna take the last ferryyy", rules).level == 3
    assert screen("my client will take the last ferry", rules).level == 0


def test_a_rule_is_raised() -> None:
    rules = with_own(packaged(), [{"raise": "en-hopeless", "level": 2}, {"raise": "en-hopeless", "level": 1}])
    assert screen("I feel hopeless").level == 1
    assert screen("I feel hopeless", rules).level == 2


def test_own_rows_never_lower() -> None:
    rules = with_own(packaged(), [{"say": "blue hour", "level": 1, "construct": "passive"}])
    texts = [str(row["text"]) for row in BATCHES[::7]]
    assert [text for text in texts if screen(text, rules).level < screen(text).level] == []


ADDS = {"say": "take the last ferry", "level": 2, "construct": "ideation"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ADDS | {"level": 0}, "row 2: level 0 is not 1, 2 or 3; a row can only add or raise"),
        (ADDS | {"level": "2"}, "row 2: level '2' is not 1, 2 or 3"),
        (ADDS | {"level": True}, "row 2: level True is not 1, 2 or 3"),
        (ADDS | {"construct": "mood"}, "row 2: construct 'mood' is unknown; give one of attempt, burden"),
        (ADDS | {"construct": ["plan"]}, "row 2: construct ['plan'] is unknown"),
        (ADDS | {"say": ""}, "row 2: say '' is not one phrase; give a few words"),
        (ADDS | {"say": 7}, "row 2: say 7 is not one phrase"),
        (ADDS | {"say": "I go. Now"}, "row 2: say 'I go. Now' is not one phrase"),
        (ADDS | {"say": "I want to"}, "row 2: say 'I want to' stands in too many harmless texts; add a word"),
        (ADDS | {"guard": "denial"}, "row 2: has say, level, construct, guard; give say, level and construct"),
        ({}, "row 2: has nothing; give say, level and construct to add, or raise and level"),
        ({"raise": "en-nothing", "level": 2}, "row 2: raise 'en-nothing' names no rule; give the id"),
        ({"raise": "en-about-client", "level": 2}, "row 2: raise 'en-about-client' names no rule"),
        ({"raise": "en-plan", "level": 1}, "row 2: level 1 is lower than the 3 of en-plan; a row can only raise"),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_what_to_do(row: dict[str, object], said: str) -> None:
    with pytest.raises(FlowError) as error:
        with_own(packaged(), [ADDS, row])
    assert str(error.value).startswith(said)
