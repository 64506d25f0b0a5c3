"""What quiet hours and the law leave of a working day, and when breaks come in it."""

from __future__ import annotations

import pytest

from flows.free_hours import break_hours, leaves_an_hour

NIGHT = ("21:00", "08:00")


@pytest.mark.parametrize(
    ("often", "quiet", "region", "hours"),
    [
        (1, NIGHT, "", ("13:30",)),
        (3, NIGHT, "US", ("10:30", "13:30", "16:00")),
        (1, ("00:00", "00:00"), "", ("13:30",)),
        (1, ("10:00", "12:00"), "", ("13:30",)),
        (3, ("10:00", "12:00"), "", ("12:30", "14:00", "15:30")),
        (1, ("08:00", "16:00"), "", ("18:30",)),
        (3, ("08:00", "16:00"), "US-VA", ("16:45", "18:30", "20:00")),
        (3, ("08:00", "15:30"), "US-RI", ("16:00", "17:15")),
        (1, ("06:00", "22:00"), "", ()),
        (3, ("08:00", "22:00"), "US", ()),
    ],
)
def test_breaks_come_between_sessions_else_before_the_night(often, quiet, region, hours):
    assert break_hours(often, quiet, region) == hours


@pytest.mark.parametrize(
    ("quiet", "region", "leaves"),
    [
        (("08:00", "22:00"), "", True),
        (("08:00", "22:00"), "US", False),
        (("08:00", "20:00"), "US", True),
        (("08:00", "20:15"), "US", False),
        (("09:00", "17:15"), "US-RI", False),
        (NIGHT, "US-TX", True),
    ],
)
def test_an_hour_is_left_or_not(quiet, region, leaves):
    assert leaves_an_hour(quiet, region) is leaves
