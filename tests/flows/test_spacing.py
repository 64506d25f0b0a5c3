"""What comes next for one person: the same from wherever one looks, and never too close to the last."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from flows import Last, Rhythm, following, soonest, upcoming
from flows.schedule import local
from tests.flows.test_rhythm import rules, taking_place, times


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
