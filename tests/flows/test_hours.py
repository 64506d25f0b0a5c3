"""Days and times, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.flow import Question
from flows.reading.replies import exact, read_reply

DAY = Question("day", "day")
TIME = Question("time", "time")
HOURS = Question("hours", "hours")


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


@given(st.times(), st.times(), st.sampled_from(["{}-{}", "from {} to {}", "de {} a {}", "{} until {}"]))
def test_hours_written_out_read_back_as_themselves_or_leave_no_hour(begin, end, form):
    start, until = f"{begin:%H:%M}", f"{end:%H:%M}"
    length = ((end.hour - begin.hour) * 60 + end.minute - begin.minute) % (24 * 60)
    found = read_reply(HOURS, form.format(f"{begin:%I:%M %p}", f"{end:%I:%M %p}"), "en")
    assert found == (f"{start}-{until}" if 0 < length <= 20 * 60 else "all")


@given(st.integers(6, 11), st.integers(6, 11))
def test_two_bare_hours_are_a_night(first, second):
    assert read_reply(HOURS, f"{first}-{second}", "en") == f"{first + 12:02}:00-{second:02}:00"
