"""How long a rest lasts and when to come back: what must hold of any text. The rows are in data/replies.yaml."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.reading.keywords import Command, command
from flows.reading.moments import is_moment, is_span, no_day_ahead, read_moment, read_span
from tests.flows.told import AT, TODAY, every

WORDS = sorted({word for told in every() if told.read in ("span", "moment") for word in told.text.split()})
said = st.text(max_size=90) | st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)


@given(said, st.dates())
def test_a_rest_ends_after_today_or_is_not_read(text, today):
    until = read_span(text, today)
    assert until is None or until > today


@given(said, st.datetimes(), st.times().map(lambda time: f"{time:%H:%M}"))
def test_a_moment_is_later_than_now_or_is_not_read(text, at, usual):
    moment = read_moment(text, at, usual)
    assert moment is None or moment > at


@given(st.integers(1, 92), st.dates(date(2000, 1, 1), date(2098, 1, 1)))
def test_days_are_counted(days, today):
    for text in (f"{days} days", f"for {days} days", f"por {days} dias"):
        assert read_span(text, today) == today + timedelta(days=days)


@given(st.integers(1, 999), st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2098-01-01")))
def test_minutes_are_counted(minutes, at):
    for text in (f"in {minutes} minutes", f"{minutes} min", f"en {minutes} minutos"):
        assert read_moment(text, at, "09:00") == at + timedelta(minutes=minutes)


def test_a_month_from_the_last_day_ends_with_the_month():
    assert read_span("a month", date(2027, 1, 31)) == date(2027, 2, 28)
    assert read_span("3 months", date(2026, 11, 30)) == date(2027, 2, 28)


def test_the_end_of_the_calendar_is_none():
    assert read_span("a week", date.max) is None
    assert read_span("2 months", date.max) is None
    last = datetime.fromisoformat("9999-12-31 23:00")
    assert read_moment("in 2 hours", last, "09:00") is None
    assert read_moment("tomorrow", last, "09:00") is None


@pytest.mark.parametrize(
    ("at", "text", "expected"),
    [
        ("2026-11-26 18:02", "today", "2026-11-26 21:02"),
        ("2026-11-26 20:00", "today", None),
        ("2026-11-26 23:50", "today", None),
        ("2026-11-26 20:30", "tonight", "2026-11-26 21:30"),
        ("2026-11-26 23:30", "tonight", None),
        ("2026-11-26 18:02", "this morning", None),
        ("2026-11-26 18:02", "in the morning", "2026-11-27 08:00"),
        ("2026-11-26 02:00", "in the morning", "2026-11-26 08:00"),
        ("2026-11-26 21:00", "at 8", "2026-11-27 08:00"),
        ("2026-11-26 19:00", "at 8", "2026-11-26 20:00"),
        ("2026-11-26 17:30", "at 5", "2026-11-27 17:00"),
        ("2026-11-26 17:30", "05:00", "2026-11-27 05:00"),
        ("2026-11-26 17:30", "tonight at 7am", None),
        ("2026-11-26 17:30", "tonight in the morning", None),
        ("2026-11-26 17:30", "monday at midnight", "2026-11-30 00:00"),
        ("2026-11-26 17:30", "tomorrow at 6", "2026-11-27 18:00"),
    ],
)
def test_what_is_meant_depends_on_the_hour(at, text, expected):
    moment = read_moment(text, datetime.fromisoformat(at), "17:00")
    assert moment == (datetime.fromisoformat(expected) if expected else None)


def test_a_part_of_the_day_has_the_usual_hour_if_that_lies_in_it():
    assert read_moment("tomorrow morning", AT, "07:30") == datetime.fromisoformat("2026-11-27 07:30")
    assert read_moment("tonight", AT, "19:15") == datetime.fromisoformat("2026-11-26 19:15")
    assert read_moment("tomorrow morning", AT, "17:00") == datetime.fromisoformat("2026-11-27 08:00")


@pytest.mark.parametrize("part", ["in ", "a ", "tomorrow ", "at 8 ", "until ", "por la ", "the next "])
def test_a_long_text_is_no_time(part):
    assert read_span(part * 300, TODAY) is None
    assert read_moment(part * 300, AT, "09:00") is None


@given(said, st.sampled_from(["pause", "later"]))
def test_what_follows_pause_and_later_can_be_read(text, word):
    found = command(f"{word} {text}")
    if found and found.name == word and found.argument and found != Command("pause", "vacation"):
        said = found.argument
        assert is_span(said) or no_day_ahead(said) if word == "pause" else is_moment(said, waits=True)


@given(st.dates(date(2026, 1, 1), date(2060, 12, 31)), st.sampled_from(["%A %b %d", "%A, %B %d", "%a the {}th"]))
def test_whether_a_date_with_its_weekday_is_read_does_not_depend_on_the_year(day, form):
    named = day.strftime(form).format(day.day)
    assert command(f"PAUSE until {named}") == Command("pause", f"until {named.lower()}")
    assert command(f"LATER {named} 9am") == Command("later", f"{named.lower()} 9am")
    assert read_span(f"until {named}", day - timedelta(days=1)) == day


def test_a_wait_of_days_is_read_only_where_it_follows_its_word():
    assert not is_moment("3 days")
    assert is_moment("3 days", waits=True)
    assert not is_moment("3 clients", waits=True)


@pytest.mark.parametrize("text", ["until today", "until noon", "tonight", "0 days", "yesterday", "until last friday"])
def test_a_rest_that_would_be_over_has_no_day_ahead(text):
    assert no_day_ahead(text)
    assert not no_day_ahead("until friday")
    assert not no_day_ahead("2 weeks")
    assert not no_day_ahead("and think")
