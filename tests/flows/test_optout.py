import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.reading.keywords import begins_with_stop, doubts_stop, opts_out
from tests.flows.told import texts

OPTING_OUT = texts("Asking for no more texts")
DOUBTFUL = texts("Perhaps asking for no more texts")


@pytest.mark.parametrize(
    "text", ["STOP I want to die", "stop. i want to die", "stop i can't go on", "please stop texting me, I want to die"]
)
def test_a_stop_before_something_serious_is_still_a_stop(text):
    assert begins_with_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "stop the pain",
        "STOP THE PAIN",
        "I want to die, make it stop",
        "end my life",
        "I want it to stop",
        "quit on life",
    ],
)
def test_pain_that_should_stop_is_not_a_stop(text):
    assert not begins_with_stop(text)


@given(st.sampled_from(OPTING_OUT), st.sampled_from(["{}", "  {} ", "Hi. {}", "please {}", "{} thank you", "{}!!"]))
def test_courtesies_change_nothing(text, dress):
    assert opts_out(dress.format(text))


@given(
    st.sampled_from([text for text in OPTING_OUT if not set(text[:-1]) & set(".,;!?\n")]),
    st.sampled_from(["My client said: {}", "she told me {}", "I keep hearing {} from her"]),
)
def test_what_somebody_else_said_is_no_order(text, story):
    assert not opts_out(story.format(text))


@pytest.mark.parametrize(
    "part", ["stop ", "please ", "no more ", "que ", "stop sending me all the ", "no me escriban mas "]
)
def test_a_long_text_is_read_at_once(part):
    # Patterns with stars inside stars take minutes for this; these take milliseconds.
    assert not opts_out(part * 200 + "x")
    assert not doubts_stop(part * 200 + "x")


@given(st.sampled_from(DOUBTFUL), st.sampled_from(["{}", "  {} ", "Hi. {}", "please {}", "{} thank you", "{}!!"]))
def test_courtesies_do_not_end_a_doubt(text, dress):
    assert doubts_stop(dress.format(text))
    assert not opts_out(dress.format(text))


@given(st.text(max_size=200) | st.lists(st.sampled_from([*OPTING_OUT, *DOUBTFUL, "a", "-"])).map(" ".join))
def test_who_surely_asks_to_stop_is_not_asked_whether(text):
    assert not (opts_out(text) and doubts_stop(text))
