"""What comes next for one person: the same from wherever one looks, and never too close to the last."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import Last, Rhythm, following, occurrence, soonest, upcoming
from flows.schedule import local
from tests.flows.test_rhythm import NEW_YORK, rules, taking_place, times


@given(rules(), st.integers(0, 6), st.floats(0, 1))
def test_planning_anew_between_two_finds_the_second(rule: tuple[Rhythm, datetime], number: int, part: float) -> None:
    rhythm, after = rule
    found = taking_place(upcoming(rhythm, after), 8)
    if number + 1 >= len(found):
        return
    first, second = found[number], found[number + 1]
    assert first.due
    assert second.due
    now = first.due + (second.due - first.due - timedelta(microseconds=1)) * part
    assert following(rhythm, now, Last(first.due, first.occasion), rarely=False) == second


@given(rules(), st.integers(0, 6), times)
def test_another_day_is_five_days_from_the_last(rule: tuple[Rhythm, datetime], day: int, time: str) -> None:
    rhythm, after = rule
    last = soonest(Rhythm((day,), time, rhythm.zone), after)
    assert last
    assert last.due
    found = following(rhythm, last.due, Last(last.due, last.occasion), rarely=False)
    if found is None or found.due is None or (day in rhythm.days and len(rhythm.days) > 1):
        return
    assert (local(found.due, rhythm.zone).date() - local(last.due, rhythm.zone).date()).days >= 5


@given(rules(), st.integers(0, 6), times, st.timedeltas(timedelta(0), timedelta(days=6)))
def test_another_day_is_five_days_from_when_the_last_came(
    rule: tuple[Rhythm, datetime], day: int, time: str, late: timedelta
) -> None:
    rhythm, after = rule
    last = soonest(Rhythm((day,), time, rhythm.zone), after)
    assert last
    assert last.due
    came = last.due + late
    found = following(rhythm, came, Last(last.due, last.occasion, came), rarely=False)
    if found is None or found.due is None or day in rhythm.days:
        return
    assert (local(found.due, rhythm.zone).date() - local(came, rhythm.zone).date()).days >= 5


@given(rules(), st.timedeltas(timedelta(0), timedelta(days=6)))
def test_that_one_came_late_leaves_out_none_of_its_own_rule(rule: tuple[Rhythm, datetime], late: timedelta) -> None:
    rhythm, after = rule
    found = taking_place(upcoming(rhythm, after), 2)
    if len(found) < 2:
        return
    first, second = found
    assert first.due
    assert second.due
    came = min(first.due + late, second.due - timedelta(microseconds=1))
    assert following(rhythm, came, Last(first.due, first.occasion, came), rarely=False) == second


@pytest.mark.parametrize(
    ("every", "weeks"), [(1, 4), (2, 4), (3, 3), (4, 4), (5, 5), (6, 6), (8, 8), (13, 13), (26, 26)]
)
def test_once_in_four_weeks_is_as_near_to_it_as_the_rule_comes(every: int, weeks: int) -> None:
    rhythm = Rhythm((3,), "12:15", NEW_YORK, every=every, starts=date(2026, 12, 3))
    first = occurrence(rhythm, date(2026, 12, 3))
    assert first.due
    found = following(rhythm, first.due, Last(first.due, first.occasion), rarely=True)
    assert found
    assert found.occasion - first.occasion == timedelta(weeks=weeks)
