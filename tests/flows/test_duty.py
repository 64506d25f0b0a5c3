"""Who would call, and until when: hours, cover, holidays, days off, and the two days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import FlowError, local
from flows.duty import Lead, duty, on_from, watch

NEW_YORK, CHICAGO, MADRID = "America/New_York", "America/Chicago", "Europe/Madrid"
OFFICE = ("mon-fri 09:00-17:00",)


def lead(
    name: str, *hours: str, zone: str = NEW_YORK, away: tuple[tuple[date, date], ...] = (), on: str = "US"
) -> Lead:
    return Lead(name, "+17575550142", zone, hours, away, on)


def at(text: str, zone: timedelta = timedelta(hours=-5)) -> datetime:
    """Return a moment given as New York's wall clock in winter."""
    return (datetime.fromisoformat(text) - zone).replace(tzinfo=UTC)


SAM, ANA = lead("Sam", *OFFICE), lead("Ana", "mon-fri 12:00-20:00", "sat 10:00-14:00")
BOTH = (SAM, ANA)


@pytest.mark.parametrize(
    ("moment", "name", "on", "by"),
    [
        ("2026-12-01 09:00", "Sam", True, "2026-12-01 13:00"),  # Tuesday
        ("2026-12-01 16:59", "Sam", True, "2026-12-01 20:59"),
        ("2026-12-01 17:00", "Ana", True, "2026-12-01 21:00"),
        ("2026-12-01 20:00", "Sam", False, "2026-12-02 13:00"),
        ("2026-12-04 21:00", "Ana", False, "2026-12-05 14:00"),  # Friday night: Ana is back first, on Saturday
        ("2026-12-05 14:00", "Sam", False, "2026-12-07 13:00"),
    ],
)
def test_the_lead_on_duty_calls_else_who_is_back_soonest(moment: str, name: str, on: bool, by: str) -> None:
    found = duty(BOTH, at(moment), NEW_YORK, 4)
    assert found is not None
    assert (found.name, found.on, found.by) == (name, on, datetime.fromisoformat(by))
    assert found.phone == "+17575550142"


def test_the_roster_decides_between_two_on_duty() -> None:
    names = [duty(roster, at("2026-12-01 13:00"), NEW_YORK, 4) for roster in (BOTH, BOTH[::-1])]
    assert [one.name for one in names if one] == ["Sam", "Ana"]


def test_the_promise_is_told_in_the_persons_own_time() -> None:
    found = duty(BOTH, at("2026-12-01 09:00"), CHICAGO, 4)
    assert found is not None
    assert found.by == datetime(2026, 12, 1, 12, 0)  # noqa: DTZ001


@pytest.mark.parametrize("roster", [(), (SAM,), (SAM, lead("Ana"))])
def test_without_a_second_lead_with_hours_nobody_is_promised_anything(roster: tuple[Lead, ...]) -> None:
    assert duty(roster, at("2026-12-01 09:00"), NEW_YORK, 4) is None


def test_nobody_who_is_back_within_a_year_is_no_promise() -> None:
    gone = ((date(2026, 1, 1), date(2029, 1, 1)),)
    assert (
        duty((lead("Sam", *OFFICE, away=gone), lead("Ana", *OFFICE, away=gone)), at("2026-12-01 09:00"), "UTC", 4)
        is None
    )


def test_a_public_holiday_is_a_day_off_unless_the_lead_says_otherwise() -> None:
    thanksgiving = at("2026-11-26 10:00")
    there = lead("Ana", *OFFICE, on="")
    assert on_from(SAM, thanksgiving) == at("2026-11-27 09:00")
    found = duty((SAM, there), thanksgiving, NEW_YORK, 4)
    assert found is not None
    assert (found.name, found.on) == ("Ana", True)


def test_days_off_are_off_from_midnight_to_midnight() -> None:
    nights = lead("Ana", "mon-sun 22:00-06:00", away=((date(2026, 12, 2), date(2026, 12, 3)),))
    assert on_from(nights, at("2026-12-01 23:30")) == at("2026-12-01 23:30")
    assert on_from(nights, at("2026-12-02 00:00")) == at("2026-12-04 00:00")
    assert on_from(nights, at("2026-12-04 06:00")) == at("2026-12-04 22:00")


@pytest.mark.parametrize(
    ("span", "on", "off"),
    [
        ("sat-mon 00:00-24:00", "2026-12-06 23:59", "2026-12-08 00:00"),
        ("mon,wed 09:00-12:00", "2026-12-02 11:59", "2026-12-01 10:00"),
        ("tue 18:00-00:00", "2026-12-01 23:59", "2026-12-02 00:00"),
        ("TUE-TUE 09:00-12:00", "2026-12-01 09:00", "2026-12-02 09:00"),
        ("sun 20:00-04:00", "2026-12-07 03:59", "2026-12-07 04:00"),
    ],
)
def test_how_hours_may_be_written(span: str, on: str, off: str) -> None:
    one = lead("Sam", span)
    assert on_from(one, at(on)) == at(on)
    assert on_from(one, at(off)) != at(off)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ("always", "'always' is not a span of hours; write it like mon-fri 09:00-17:00"),
        ("mon-fri 9-17", "'mon-fri 9-17' is not a span"),
        ("mon 09:00-25:00", "'mon 09:00-25:00' is not a span"),
        ("foo 09:00-17:00", "'foo 09:00-17:00' is not a span"),
        ("mon 09:00-09:00", "'mon 09:00-09:00' begins when it ends; all day is written 00:00-24:00"),
    ],
)
def test_impossible_hours_say_what_would_be_right(span: str, said: str) -> None:
    with pytest.raises(FlowError, match="^" + said):
        lead("Sam", span)


def test_other_impossible_things_are_named_too() -> None:
    with pytest.raises(FlowError, match="from 2026-12-24 to 2026-12-20 end before they begin"):
        lead("Sam", *OFFICE, away=((date(2026, 12, 24), date(2026, 12, 20)),))
    with pytest.raises(FlowError, match="'Atlantis' is not a country"):
        lead("Sam", *OFFICE, on="Atlantis")
    with pytest.raises(FlowError, match="unknown time zone 'Mars'"):
        duty((SAM, lead("Ana", *OFFICE, zone="Mars")), at("2026-12-01 20:00"), NEW_YORK, 4)


def test_hours_stay_on_the_wall_clock_when_the_clocks_change() -> None:
    winter, summer = at("2027-03-12 20:00"), at("2027-03-15 03:00")  # the clocks go forward on Sunday the 14th
    assert local(on_from(SAM, winter) or winter, NEW_YORK) == datetime(2027, 3, 15, 9, 0)  # noqa: DTZ001
    assert local(on_from(SAM, summer) or summer, NEW_YORK) == datetime(2027, 3, 15, 9, 0)  # noqa: DTZ001
    skipped = lead("Night", "sun 02:00-03:00")
    assert on_from(skipped, at("2027-03-13 00:00")) == at("2027-03-21 02:00") - timedelta(hours=1)


def test_an_hour_that_comes_twice_is_never_promised_as_past() -> None:
    always = (lead("Sam", "mon-sun 00:00-24:00"), lead("Ana", "mon-sun 00:00-24:00"))
    asked = datetime(2026, 11, 1, 5, 50, tzinfo=UTC)  # 1:50 in New York, the first of two
    found = duty(always, asked, NEW_YORK, 1)
    assert found is not None
    assert found.by == datetime(2026, 11, 1, 2, 50)  # noqa: DTZ001


_CLOCKS = st.builds(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}", st.integers(0, 24 * 60 - 1))
_SPANS = st.builds(
    lambda day, begins, ends: f"{day} {begins}-{ends}",
    st.sampled_from(["mon", "tue-thu", "fri-mon", "sat,sun", "mon-sun"]),
    _CLOCKS,
    _CLOCKS,
).filter(lambda span: span[-11:-6] != span[-5:])
_LEADS = st.builds(
    lambda hours, zone, country: Lead("Sam", "", zone, tuple(hours), (), country),
    st.lists(_SPANS, min_size=1, max_size=3),
    st.sampled_from([NEW_YORK, CHICAGO, MADRID, "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.sampled_from(["", "US", "ES"]),
)
_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(_LEADS, min_size=2, max_size=4), _MOMENTS, st.sampled_from([NEW_YORK, MADRID]), st.integers(1, 12))
def test_a_promise_is_always_later_than_now(leads: list[Lead], moment: datetime, zone: str, hours: int) -> None:
    found, who = duty(leads, moment, zone, hours), watch(leads, moment, hours)
    assert found is not None
    assert who is not None
    assert found.by > local(moment, zone)
    assert who.by > moment
    assert who.on == any(on_from(lead, moment) == moment for lead in leads)
