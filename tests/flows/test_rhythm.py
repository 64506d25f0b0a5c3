"""By what somebody is asked: the rule, what moves it, and that it is the same from wherever one looks."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows import Occurrence, Rhythm, occurrence, quiet_hours, soonest, upcoming
from flows.days_off import check_region, holiday
from flows.flow import FlowError
from flows.law import lawful_hours, lawful_to, lawful_until
from flows.rhythm import span
from flows.schedule import at_local, local, quiet_until

NEW_YORK = "America/New_York"
THURSDAY = Rhythm((3,), "12:15", NEW_YORK)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(rhythm: Rhythm, after: str, number: int = 3) -> list[str]:
    """Return what comes as "2026-11-27 12:15 note; note", or "2026-11-26 left out: ..."."""
    return [_line(rhythm, one) for one in islice(upcoming(rhythm, utc(after)), number)]


def _line(rhythm: Rhythm, one: Occurrence) -> str:
    when = f"{local(one.due, rhythm.zone):%Y-%m-%d %H:%M}" if one.due else f"{one.occasion}"
    return " ".join([when, *one.notes])


@pytest.mark.parametrize(
    ("rhythm", "after", "expected"),
    [
        (THURSDAY, "2026-11-19T17:15", ["2026-11-26 12:15", "2026-12-03 12:15"]),
        (
            Rhythm((3,), "12:15", NEW_YORK, region="US"),
            "2026-11-19T17:15",
            ["2026-11-27 12:15 moved from 26 November: holiday (Thanksgiving Day)", "2026-12-03 12:15"],
        ),
        # In Virginia the Friday is a holiday as well: the day before.
        (
            Rhythm((3,), "12:15", NEW_YORK, region="US-VA"),
            "2026-11-19T17:15",
            ["2026-11-25 12:15 moved from 26 November: holiday (Thanksgiving Day)", "2026-12-03 12:15"],
        ),
        # Friday's neighbours are a weekend: back to Thursday. With a Sunday of its own the rule may use Saturday.
        (
            Rhythm((4,), "09:00", NEW_YORK, closed=((date(2026, 12, 4), date(2026, 12, 4)),)),
            "2026-11-30T00:00",
            ["2026-12-03 09:00 moved from 4 December: closed 4 Dec", "2026-12-11 09:00"],
        ),
        (
            Rhythm((4, 6), "09:00", NEW_YORK, closed=((date(2026, 12, 4), date(2026, 12, 4)),)),
            "2026-11-30T00:00",
            ["2026-12-05 09:00 moved from 4 December: closed 4 Dec", "2026-12-06 09:00"],
        ),
        (
            Rhythm((3,), "12:15", NEW_YORK, closed=((date(2026, 12, 1), date(2026, 12, 5)),)),
            "2026-11-30T00:00",
            ["2026-12-03 left out: closed 1 to 5 Dec", "2026-12-10 12:15"],
        ),
        (
            Rhythm((3,), "12:15", NEW_YORK, closed=((date(2026, 12, 24), date(2027, 1, 4)),)),
            "2026-12-20T00:00",
            [
                "2026-12-23 12:15 moved from 24 December: closed 24 Dec to 4 Jan",
                "2026-12-31 left out: closed 24 Dec to 4 Jan",
            ],
        ),
        # A neighbour stands on either side: neither onto it nor past it.
        (
            Rhythm((0, 1, 2), "12:15", NEW_YORK, closed=((date(2026, 12, 1), date(2026, 12, 1)),)),
            "2026-11-30T18:00",
            ["2026-12-01 left out: closed 1 Dec", "2026-12-02 12:15"],
        ),
        # Moved to Friday, then to Tuesday, would be four days: the second is left out.
        (
            Rhythm(
                (3,),
                "12:15",
                NEW_YORK,
                closed=((date(2026, 12, 3), date(2026, 12, 3)), (date(2026, 12, 9), date(2026, 12, 11))),
            ),
            "2026-11-30T00:00",
            ["2026-12-04 12:15 moved from 3 December: closed 3 Dec", "2026-12-10 left out: closed 9 to 11 Dec"],
        ),
        # Nothing comes after the end, not even what would move there.
        (
            Rhythm((3,), "12:15", NEW_YORK, ends=date(2026, 11, 26), region="US"),
            "2026-11-20T00:00",
            ["2026-11-25 12:15 moved from 26 November: holiday (Thanksgiving Day)"],
        ),
        (Rhythm((3,), "12:15", NEW_YORK, every=2), "2026-11-19T17:15", ["2026-12-03 12:15", "2026-12-17 12:15"]),
        (
            Rhythm((3,), "12:15", NEW_YORK, every=2, starts=date(2026, 11, 27)),
            "2026-11-19T17:15",
            ["2026-12-10 12:15", "2026-12-24 12:15"],
        ),
        (Rhythm((1,), "12:15", NEW_YORK, nth=2), "2026-11-19T17:15", ["2026-12-08 12:15", "2027-01-12 12:15"]),
        (Rhythm((1,), "12:15", NEW_YORK, nth=5), "2026-11-19T17:15", ["2026-11-24 12:15", "2026-12-29 12:15"]),
        (
            Rhythm((6,), "07:00", "America/Chicago", region="US-TX"),
            "2026-11-30T00:00",
            ["2026-12-06 12:00 at 12:00 PM, not 7:00 AM: in US-TX texts come from 12:00 PM to 9:00 PM that day"],
        ),
        (
            Rhythm((6,), "02:30", NEW_YORK),
            "2027-03-08T00:00",
            ["2027-03-14 03:00 The clocks skip 2:30 AM that day.", "2027-03-21 02:30"],
        ),
        (
            Rhythm((6,), "01:30", NEW_YORK),
            "2026-10-30T00:00",
            ["2026-11-01 01:30 The clocks go back that day: the first of two.", "2026-11-08 01:30"],
        ),
        # Samoa left out a Friday: the day after.
        (
            Rhythm((4,), "09:00", "Pacific/Apia"),
            "2011-12-29T00:00",
            ["2011-12-29 09:00 moved from 30 December: the clocks skip this day", "2012-01-06 09:00"],
        ),
    ],
)
def test_what_comes_and_why(rhythm: Rhythm, after: str, expected: list[str]) -> None:
    assert told(rhythm, after, len(expected)) == expected


def test_a_rule_that_ended_has_no_more() -> None:
    rhythm = Rhythm((3,), "12:15", NEW_YORK, ends=date(2026, 12, 4))
    assert told(rhythm, "2026-11-30T00:00") == ["2026-12-03 12:15"]
    assert soonest(rhythm, utc("2026-12-03T18:00")) is None
    assert occurrence(rhythm, date(2026, 12, 10)).notes == ("left out: the schedule ended on 4 Dec",)
    assert occurrence(rhythm, date(2026, 12, 2)).notes == ("left out: no longer a day of the schedule",)


def test_a_rule_that_is_closed_for_ever_is_none() -> None:
    rhythm = Rhythm((3,), "12:15", NEW_YORK, closed=((date(2026, 1, 1), date(9999, 12, 31)),))
    assert soonest(rhythm, utc("2026-12-03T18:00")) is None


def test_somebody_who_chose_another_day_is_asked_on_that_day_only() -> None:
    program = Rhythm((3, 0), "12:15", NEW_YORK, region="US", every=2)
    assert program.of(3, "08:00", "UTC", 4) == Rhythm((3, 0), "08:00", "UTC", region="US", every=2, spread=4)
    assert program.of(0, "08:00", "UTC").days == (0,)


@pytest.mark.parametrize(
    "fields",
    [{"days": ()}, {"days": (7,)}, {"time": "9:00"}, {"every": 0}, {"nth": 6}, {"region": "US-XX"}, {"region": "US-"}],
)
def test_a_rule_that_makes_no_sense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(FlowError):
        Rhythm(**{"days": (3,), "time": "12:15", "zone": NEW_YORK, **fields})  # type: ignore[arg-type]


zones = st.sampled_from(sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "posix"))))
moments = st.builds(
    lambda seconds: datetime(2005, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), st.integers(0, 32 * 365 * 86400)
)
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
regions = st.sampled_from(["", "US", "US-VA", "US-TX", "US-RI", "ES", "JP", "IL"])


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rhythm, datetime]:
    """Draw a rule and a moment to look from, with days closed near that moment."""
    after = draw(moments)
    near = st.integers(-15, 70).map(lambda days: after.date() + timedelta(days=days))
    spans = st.tuples(near, st.integers(0, 12)).map(lambda span: (span[0], span[0] + timedelta(days=span[1])))
    rhythm = Rhythm(
        days=tuple(draw(st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True))),
        time=draw(times),
        zone=draw(zones),
        every=draw(st.sampled_from([1, 1, 1, 2, 3, 4])),
        nth=draw(st.sampled_from([0, 0, 0, 1, 4, 5])),
        starts=draw(st.none() | near),
        ends=draw(st.none() | near),
        closed=tuple(draw(st.lists(spans, max_size=5))),
        region=draw(regions),
        quiet=draw(st.none() | st.tuples(times, times)),
        spread=draw(st.sampled_from([0, 0, 1, 59, 240])),
    )
    return rhythm, after


def taking_place(found: Iterator[Occurrence], number: int = 12) -> list[Occurrence]:
    return [one for one in islice(found, number) if one.due]


@given(rules())
def test_they_come_in_order_once_an_occasion_and_later_than_asked(rule: tuple[Rhythm, datetime]) -> None:
    rhythm, after = rule
    found = list(islice(upcoming(rhythm, after), 12))
    dues = [one.due for one in found if one.due]
    assert all(due > after for due in dues)
    assert all(a < b for a, b in pairwise(dues))
    assert all(a.occasion < b.occasion for a, b in pairwise(found))
    assert all(one.notes for one in found if one.due is None)
    assert all(one == occurrence(rhythm, one.occasion) for one in found)


@given(rules())
@example((Rhythm((4,), "09:00", "Pacific/Apia"), utc("2011-12-20T00:00")))
def test_they_are_never_on_a_closed_day_and_at_the_hour_asked(rule: tuple[Rhythm, datetime]) -> None:
    rhythm, after = rule
    for one in taking_place(upcoming(rhythm, after)):
        assert one.due
        wall = local(one.due, rhythm.zone)
        day = wall.date()
        assert not any(first <= day <= last for first, last in rhythm.closed)
        assert not (rhythm.region and holiday(rhythm.region, day))
        assert (rhythm.starts or day) <= day <= (rhythm.ends or day)
        assert abs((day - one.occasion).days) <= 2
        assert bool(one.notes and one.notes[0].startswith("moved from")) == (day != one.occasion)
        _at_its_hour(rhythm, one, day)


def _at_its_hour(rhythm: Rhythm, one: Occurrence, day: date) -> None:
    assert one.due
    hours = lawful_hours(rhythm.region, day.weekday())
    lawful = hours is None or hours[0] <= rhythm.time < hours[1]
    base = at_local(day, rhythm.time if lawful or hours is None else hours[0], rhythm.zone)
    assert base <= one.due <= base + timedelta(minutes=rhythm.spread)
    assert lawful_until(one.due, rhythm.zone, rhythm.region) is None
    if rhythm.quiet and quiet_until(base, rhythm.zone, *rhythm.quiet) is None:
        assert quiet_until(one.due, rhythm.zone, *rhythm.quiet) is None


@given(rules(), st.integers(0, 11), st.floats(0, 1))
def test_from_any_moment_in_between_the_rest_is_the_same(
    rule: tuple[Rhythm, datetime], number: int, part: float
) -> None:
    rhythm, after = rule
    found = taking_place(upcoming(rhythm, after), 16)
    if number + 1 >= len(found):
        return
    first, second = found[number].due, found[number + 1].due
    assert first
    assert second
    between = first + (second - first - timedelta(microseconds=1)) * part
    rest = taking_place(upcoming(rhythm, between), 16)
    assert rest[: len(found) - number - 1] == found[number + 1 :]
    assert soonest(rhythm, between) == found[number + 1]


@given(rules(), st.integers(0, 6))
def test_once_a_week_is_never_within_five_days(rule: tuple[Rhythm, datetime], day: int) -> None:
    rhythm, after = rule
    weekly = rhythm.of(day, rhythm.time, rhythm.zone) if day != rhythm.days[0] else Rhythm((day,), "09:00", NEW_YORK)
    found = [local(one.due, weekly.zone).date() for one in taking_place(upcoming(weekly, after)) if one.due]
    assert all((b - a).days >= 5 for a, b in pairwise(found))


@given(moments, zones, regions)
def test_texts_may_come_again_at_the_first_lawful_minute(at: datetime, zone: str, region: str) -> None:
    until = lawful_until(at, zone, region)
    wall = local(at, zone)
    quiet = quiet_hours(region, wall.weekday())
    assert (until is None) == (quiet is None or quiet[1] <= f"{wall:%H:%M}" < quiet[0])
    last = lawful_to(at, zone, region)
    if until is None and last is not None:
        assert at < last
        assert lawful_until(last, zone, region) is not None
    if until is not None:
        assert at < until
        assert lawful_until(until, zone, region) is None
        assert lawful_until(until - timedelta(seconds=1), zone, region) is not None


@pytest.mark.parametrize(
    ("region", "day", "hours"),
    [
        ("US", 0, ("08:00", "21:00")),
        ("US-VA", 6, ("08:00", "21:00")),
        ("US-FL", 2, ("08:00", "20:00")),
        ("US-KY", 2, ("10:00", "21:00")),
        ("US-RI", 4, ("09:00", "18:00")),
        ("US-RI", 5, ("10:00", "17:00")),
        ("US-TX", 6, ("12:00", "21:00")),
        ("ES", 2, None),
        ("", 2, None),
    ],
)
def test_the_hours_of_a_state(region: str, day: int, hours: tuple[str, str] | None) -> None:
    assert lawful_hours(region, day) == hours


@pytest.mark.parametrize("region", ["US", "US-VA", "ES", "GB"])
def test_places_that_are_known(region: str) -> None:
    check_region(region)
    assert any(holiday(region, date(2026, 1, 1) + timedelta(days=n)) for n in range(365))


@pytest.mark.parametrize(
    ("first", "last", "english", "spanish"),
    [
        (date(2026, 12, 24), date(2026, 12, 24), "24 Dec", "24 dic"),
        (date(2026, 12, 24), date(2027, 1, 2), "24 Dec to 2 Jan", "24 dic a 2 ene"),
        (date(2026, 1, 1), date(2026, 12, 31), "1 Jan to 31 Dec", "1 ene a 31 dic"),
        (date(2026, 12, 24), date(2027, 12, 31), "24 Dec 2026 to 31 Dec 2027", "24 dic 2026 a 31 dic 2027"),
        (date(2026, 12, 24), date(2028, 1, 2), "24 Dec 2026 to 2 Jan 2028", "24 dic 2026 a 2 ene 2028"),
    ],
)
def test_days_of_several_years_are_not_read_as_a_few(first: date, last: date, english: str, spanish: str) -> None:
    assert (span(first, last, "en"), span(first, last, "es")) == (english, spanish)
