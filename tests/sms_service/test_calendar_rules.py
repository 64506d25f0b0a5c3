"""The days of a rule: the same that another library finds, and no more looked at than the span has."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar.prop import vRecur

from sms_service import calendar_rules

START, END = date(2026, 12, 1), date(2027, 12, 1)


def days(rule: str, first: date = date(2024, 1, 31)) -> list[date]:
    parts = {str(name).upper(): value for name, value in vRecur.from_ical(rule).items()}
    return list(calendar_rules.read(parts, first).days(START, END))


@st.composite
def _rules(draw: st.DrawFn) -> str:
    """Draw a rule that has a day now and then: the other library looks for ever for those of one that has none."""
    often = draw(st.sampled_from(calendar_rules.OFTEN))
    monthly = often in {"MONTHLY", "YEARLY"}
    which = draw(st.sampled_from(["", "1", "4", "-1", "-2"])) if monthly else ""
    weekdays = draw(st.lists(st.sampled_from(["MO", "WE", "SA", "SU"]), max_size=3, unique=True))
    numbers = st.lists(st.sampled_from([1, 2, 13, 28, -1, -2, -28]), max_size=3, unique=True)
    month_days = draw(numbers) if not weekdays and often != "WEEKLY" else []
    months = draw(st.lists(st.integers(1, 12), max_size=3, unique=True))
    bare = not weekdays and not month_days and not months
    parts: dict[str, list[object]] = {
        "BYDAY": [which + one for one in weekdays],
        "BYMONTH": list(months),
        "BYMONTHDAY": list(month_days),
        "INTERVAL": [draw(st.integers(1, 5)) if bare or often in {"WEEKLY", "YEARLY"} else 1],
        "WKST": [draw(st.sampled_from(["MO", "SU", "WE"]))],
    }
    if monthly and not bare:
        parts["BYSETPOS"] = list(draw(st.lists(st.sampled_from([1, -1]), max_size=2, unique=True)))
    said = [f"{name}={','.join(map(str, value))}" for name, value in parts.items() if value]
    return ";".join([f"FREQ={often}", *said])


@given(_rules(), st.dates(date(2023, 1, 1), date(2027, 6, 1)).filter(lambda one: one.day <= 28))
def test_the_days_are_those_that_another_library_finds(rule: str, first: date) -> None:
    found = rrulestr(f"{rule};UNTIL={END:%Y%m%d}", dtstart=datetime.combine(first, time()))
    assert days(rule, first) == [one.date() for one in found if one.date() >= START]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", []),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", []),
        ("FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=2", []),
        ("FREQ=YEARLY;BYDAY=54MO", []),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", [date(2027, 8, 13)]),
        ("FREQ=YEARLY;BYDAY=20MO", [date(2027, 5, 17)]),
        ("FREQ=MONTHLY;BYMONTH=1;BYDAY=MO,1TU", [date(2027, 1, day) for day in (4, 5, 11, 18, 25)]),
    ],
)
def test_a_rule_that_seldom_or_never_has_a_day_ends_as_any_other(rule: str, found: list[date]) -> None:
    assert days(rule) == found


@pytest.mark.parametrize(
    "rule",
    ["FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYEASTER=1", "FREQ=YEARLY;BYYEARDAY=1", "FREQ=DAILY;BYHOUR=1"],
)
def test_a_rule_of_another_kind_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r"^a (rule|number) "):
        days(rule)
