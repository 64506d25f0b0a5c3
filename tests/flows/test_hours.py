"""Days and times, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.flow import Question
from flows.reading.replies import exact, read_reply

DAY = Question("day", "day")
TIME = Question("time", "time")


def test_once_is_eleven_in_spanish_only():
    assert read_reply(TIME, "a las once", "es") == "11:00"
    assert read_reply(TIME, "once", "en") is None


@pytest.mark.parametrize(
    ("text", "expected"), [("19:30", "19:30"), ("7:30 PM", "19:30"), ("7", None), ("noon", None), ("-7:30", None)]
)
def test_an_exact_time_has_its_minutes(text, expected):
    assert exact(TIME, text, "en") == expected


@given(st.integers(0, 23), st.integers(0, 59))
def test_every_time_reads_back_as_itself(hour, minute):
    value = f"{hour:02}:{minute:02}"
    assert exact(TIME, value, "es") == value
    assert read_reply(TIME, value, "en") == value


@given(st.integers(1, 12), st.sampled_from(["am", "pm", " AM", " p.m."]))
def test_half_days_are_twelve_hours_each(hour, half):
    value = read_reply(TIME, f"{hour}{half}", "en")
    assert value == f"{hour % 12 + (12 if 'p' in half else 0):02}:00"
