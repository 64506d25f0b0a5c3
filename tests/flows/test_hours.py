"""Days and times, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.flow import LANGUAGES, Question
from flows.replies import exact, read_reply

DAY = Question("day", "day")
TIME = Question("time", "time")


def told(table):
    """List (text, expected) from texts by what they should be read as, apart by " | "."""
    return [(text, expected) for expected, texts in table.items() for text in texts.split(" | ")]


DAYS = {
    0: "1 | mon | Monday | lun | lunes | Monday morning | lunes por favor",
    1: "martes | mar | Tues. | 2 - Tuesday | tusday",
    2: "miércoles | MIERCOLES | mié | wednsday | three",
    3: "thursdays | on Thursdays | los jueves | Thursday please",
    4: "fri please | viernes por la tarde | Fridays work best",
    5: "satur | sábado | sabados",
    6: "7 | domingos | every sunday",
    None: "0 | 8 | -1 | any day | monday or tuesday | not monday | tu | m | tomorrow | 1-5 | thuesday"
    " | I had 3 clients on monday",
}


@pytest.mark.parametrize(("text", "expected"), told(DAYS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_days(text, expected, language):
    assert read_reply(DAY, text, language) == expected


TIMES = {
    "00:00": "12am | midnight | medianoche | 00:00 | 12 at night",
    "00:15": "00:15 | 12:15 AM",
    "05:30": "05:30 | 0530 | 5:30 am",
    "06:00": "6am | 6 a.m.",
    "07:00": "7 | siete | 7 in the morning | 7 de la mañana | 7 am please",
    "07:30": "730 | 7:30 AM | 7:30 | seven thirty | a las siete y media",
    "08:00": "around 8 | a las 8 | 8:00",
    "09:00": "9 o'clock | 09:00 | nine",
    "11:00": "11 | 11 hrs",
    "12:00": "12 | 12 PM | noon | mediodía | 12 noon | midday",
    "12:15": "12:15 | 12.15 | 1215 | 12:15pm",
    "13:00": "1 | a la 1 | 1pm | 13",
    "17:30": "530 | 5:30 | ５:３０ PM | five thirty",
    "18:00": "6 | 18:00",
    "18:30": "half past six",
    "19:00": "19 | 7p | at 7pm | 7pm please | 7pm, thanks | seven pm | 19 hrs | siete de la tarde",
    "19:30": "7:30 pm | 7.30pm | 7:30 p.m. | 730pm | 7 30 pm | 19:30 | 1930 | 19h30 | 19:30 pm",
    "20:00": "8 de la noche | 8 at night",
    "23:00": "23 | 11pm",
    None: " | 0 | 24 | 24:00 | 25 | 7:60 | 7:5 | -7 | 7-8 | 7 or 8 | 7, 8 | 13 am | 0 pm | 2575 | 12345 | morning"
    " | anytime | 911 | 988 | seven or eight | at once | I start at 7 and my clients come at 9 most days | 7.5 | pm",
}


@pytest.mark.parametrize(("text", "expected"), told(TIMES))
def test_times(text, expected):
    assert read_reply(TIME, text, "en") == expected


@pytest.mark.parametrize(("text", "expected"), [row for row in told(TIMES) if row[0] != "at once"])
def test_times_mean_the_same_to_somebody_who_reads_spanish(text, expected):
    assert read_reply(TIME, text, "es") == expected


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
