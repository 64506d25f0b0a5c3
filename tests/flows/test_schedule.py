from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.flow import FlowError
from flows.reading.hours import read_time
from flows.schedule import (
    at_local,
    clock,
    day_name,
    local,
    next_checkin,
    occasion,
    quiet_from,
    quiet_until,
    short_date,
    short_day,
)
from flows.text import gsm7

NEW_YORK = "America/New_York"

zones = st.sampled_from(sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "posix"))))
moments = st.builds(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), st.integers(0, 37 * 365 * 86400)
)
days = st.integers(0, 6)
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "day", "time", "zone", "expected"),
    [
        ("2026-03-02T12:00", 3, "12:15", NEW_YORK, "2026-03-05T17:15"),
        # Thursday itself, before and after the hour, and on the dot: strictly later.
        ("2026-03-05T17:14", 3, "12:15", NEW_YORK, "2026-03-05T17:15"),
        ("2026-03-05T17:15", 3, "12:15", NEW_YORK, "2026-03-12T16:15"),
        ("2026-03-05T17:16", 3, "12:15", NEW_YORK, "2026-03-12T16:15"),
        # It is Sunday in UTC and still Saturday there.
        ("2026-03-08T03:00", 5, "23:30", NEW_YORK, "2026-03-08T04:30"),
        # 2:30 on 8 March 2026 does not exist in New York: 3:00 is the first that does.
        ("2026-03-07T12:00", 6, "02:30", NEW_YORK, "2026-03-08T07:00"),
        # 1:30 on 1 November 2026 comes twice: the first.
        ("2026-10-31T12:00", 6, "01:30", NEW_YORK, "2026-11-01T05:30"),
        ("2026-11-01T05:30", 6, "01:30", NEW_YORK, "2026-11-08T06:30"),
        # Between the two: the first has passed.
        ("2026-11-01T05:45", 6, "01:30", NEW_YORK, "2026-11-08T06:30"),
        # Half an hour skipped, and midnight skipped.
        ("2026-10-03T00:00", 6, "02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),
        ("2018-11-03T12:00", 6, "00:00", "America/Sao_Paulo", "2018-11-04T03:00"),
        # Samoa left out Friday 30 December 2011.
        ("2011-12-29T20:00", 4, "09:00", "Pacific/Apia", "2011-12-30T10:00"),
        ("2026-01-01T00:00", 0, "09:00", "Asia/Kathmandu", "2026-01-05T03:15"),
    ],
)
def test_the_next_check_in(after, day, time, zone, expected):
    assert next_checkin(utc(after), day, time, zone) == utc(expected)


def exists(wall, zone):
    there = wall.replace(tzinfo=ZoneInfo(zone))
    return there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == wall


@given(moments, days, times, zones)
@example(utc("2026-03-07T12:00"), 6, "02:30", NEW_YORK)
@example(utc("2026-10-31T12:00"), 6, "01:30", NEW_YORK)
@example(utc("2011-12-29T20:00"), 4, "09:00", "Pacific/Apia")
def test_the_next_check_in_is_later_soon_and_at_the_hour_asked(after, day, time, zone):
    due = next_checkin(after, day, time, zone)
    assert after < due <= after + timedelta(days=8)
    there = local(due, zone)
    if f"{there:%H:%M}" != time or there.weekday() != day:
        before = local(due - timedelta(seconds=1), zone)
        assert there - before > timedelta(seconds=1), "only a jump of the clocks moves a check-in"
        wanted = datetime.combine(before.date(), clock_time.fromisoformat(time))
        wanted += timedelta(days=(day - wanted.weekday()) % 7)
        assert before < wanted < there


@given(moments, days, times, zones)
def test_check_ins_follow_each_other_a_week_apart_by_the_calendar(after, day, time, zone):
    first = next_checkin(after, day, time, zone)
    second = next_checkin(first, day, time, zone)
    if exists(local(first, zone), zone) and f"{local(first, zone):%H:%M}" == time == f"{local(second, zone):%H:%M}":
        assert occasion(second, zone) - occasion(first, zone) == timedelta(days=7)
        assert (local(first, zone).weekday(), local(second, zone).weekday()) == (day, day)


def transitions(zone, year):
    there = ZoneInfo(zone)
    hours = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 365)]
    return [b for a, b in pairwise(hours) if a.astimezone(there).utcoffset() != b.astimezone(there).utcoffset()]


CHANGES = [
    (zone, at)
    for zone in (NEW_YORK, "Europe/Madrid", "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca")
    for at in transitions(zone, 2025)
]


@given(st.sampled_from(CHANGES), st.integers(-180, 180), st.integers(-3, 8 * 24 * 60))
def test_over_every_change_of_the_clocks(change, minutes, before):
    zone, at = change
    asked = local(at + timedelta(minutes=minutes), zone)
    due = next_checkin(at - timedelta(minutes=before), asked.weekday(), f"{asked:%H:%M}", zone)
    assert f"{local(due, zone):%H:%M}" == f"{asked:%H:%M}"
    # An hour that comes twice is taken the first time.
    assert local(due, zone) != local(due - timedelta(minutes=60), zone)


def test_an_occasion_is_the_local_date():
    assert occasion(utc("2026-03-06T03:00"), NEW_YORK) == date(2026, 3, 5)
    assert local(utc("2026-03-06T03:00"), NEW_YORK) == datetime.fromisoformat("2026-03-05T22:00")


@given(moments, zones)
def test_local_and_back(at, zone):
    wall = local(at.replace(second=0, microsecond=0), zone)
    back = at_local(wall.date(), f"{wall:%H:%M}", zone)
    if wall.second == 0:
        assert local(back, zone) == wall
        assert back <= at


@pytest.mark.parametrize(
    ("at", "hours", "expected"),
    [
        ("2026-03-05T17:00", ("21:00", "08:00"), None),
        ("2026-03-06T01:59", ("21:00", "08:00"), None),
        ("2026-03-06T02:00", ("21:00", "08:00"), "2026-03-06T13:00"),
        ("2026-03-06T12:59", ("21:00", "08:00"), "2026-03-06T13:00"),
        ("2026-03-06T13:00", ("21:00", "08:00"), None),
        ("2026-03-05T18:00", ("12:00", "14:00"), "2026-03-05T19:00"),
        ("2026-03-05T19:00", ("12:00", "14:00"), None),
        ("2026-03-05T19:00", ("09:00", "09:00"), None),
        # Over both changes of the clocks.
        ("2026-03-08T04:00", ("21:00", "08:00"), "2026-03-08T12:00"),
        ("2026-11-01T03:00", ("21:00", "08:00"), "2026-11-01T13:00"),
        ("2026-11-01T06:15", ("21:00", "01:30"), "2026-11-01T06:30"),
    ],
)
def test_quiet_hours(at, hours, expected):
    assert quiet_until(utc(at), NEW_YORK, *hours) == (utc(expected) if expected else None)


@given(moments, zones, st.integers(19, 22), st.integers(6, 10))
def test_quiet_hours_end_and_then_texts_may_go(at, zone, start, end):
    hours = (f"{start}:00", f"{end:02}:00")
    until = quiet_until(at, zone, *hours)
    if until is None:
        assert end <= local(at, zone).hour < start
    else:
        assert at < until <= at + timedelta(hours=39)
        assert quiet_until(until, zone, *hours) is None


@given(moments, zones, st.integers(19, 22), st.integers(6, 10))
def test_quiet_hours_begin_and_until_then_texts_may_go(at, zone, start, end):
    hours = (f"{start}:00", f"{end:02}:00")
    begins = quiet_from(at, zone, *hours)
    assert at < begins <= at + timedelta(hours=49)
    assert quiet_until(begins, zone, *hours) is not None
    assert quiet_until(begins - timedelta(seconds=1), zone, *hours) is None


def test_no_quiet_hours_never_begin():
    assert quiet_from(utc("2026-03-03T15:00"), NEW_YORK, "00:00", "00:00") is None


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: next_checkin(utc("2026-01-01"), 7, "09:00", NEW_YORK), "7"),
        (lambda: next_checkin(utc("2026-01-01"), 0, "9:00", NEW_YORK), "'9:00'"),
        (lambda: next_checkin(utc("2026-01-01"), 0, "24:00", NEW_YORK), "'24:00'"),
        (lambda: next_checkin(utc("2026-01-01"), 0, "09:00", "Mars/Olympus"), "Mars/Olympus"),
        (lambda: local(utc("2026-01-01"), "../etc/passwd"), "passwd"),
        (lambda: local(utc("2026-01-01"), "America"), "America"),
        (lambda: local(utc("2026-01-01"), ""), "time zone"),
        (lambda: local(datetime.fromisoformat("2026-01-01"), NEW_YORK), "2026-01-01"),
        (lambda: day_name(-1, "en"), "-1"),
    ],
)
def test_a_wrong_argument_is_named(call, named):
    with pytest.raises(FlowError, match=named):
        call()


def test_days_and_dates_have_names():
    assert [day_name(2, "en"), day_name(2, "es"), day_name(5, "es")] == ["Wednesday", "miércoles", "sabado"]
    assert [short_day(2, "en"), short_day(2, "es"), short_day(5, "es")] == ["Wed", "mié", "sab"]
    assert short_date(date(2026, 3, 12), "en") == "Thu 12 Mar"
    assert short_date(date(2026, 3, 12), "es") == "jue 12 mar"
    assert day_name(0, "fr") == "Monday"


@pytest.mark.parametrize(
    ("time", "english"),
    [("00:00", "12:00 AM"), ("00:15", "12:15 AM"), ("07:30", "7:30 AM"), ("12:15", "12:15 PM"), ("19:05", "7:05 PM")],
)
def test_a_clock_in_both_languages(time, english):
    assert clock(time, "en") == english
    assert clock(time, "es") == time


@given(times, st.sampled_from(["en", "es"]))
def test_a_time_as_shown_reads_back_as_itself(time, language):
    assert read_time(clock(time, language), language) == time


@given(st.dates(), st.sampled_from(["en", "es"]))
def test_every_date_is_cheap_to_send(day, language):
    assert gsm7(short_date(day, language) + day_name(day.weekday(), language))
