"""What quiet hours and the law leave of a working day for texts that nobody asked for, and when breaks come in it."""

from __future__ import annotations

from functools import lru_cache

from flows.law import lawful_hours

_WORKDAYS = range(5)
_QUARTERS = tuple(f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45))
_AN_HOUR = 4
# Between sessions of a working day, and never before or after it.
_USUAL = {1: ("13:30",), 3: ("10:30", "13:30", "16:00")}
# Where quiet hours lie over those: within the same hours if there is room, else before the night.
_ELSE = (("10:00", "16:00"), ("08:00", "20:45"))


@lru_cache(maxsize=512)
def open_quarters(quiet: tuple[str, str], region: str) -> tuple[str, ...]:
    """Return the quarters of an hour at which a text may come on every working day."""
    found = [hours for hours in (lawful_hours(region, day) for day in _WORKDAYS) if hours] if region else []
    return tuple(
        at for at in _QUARTERS if not _within(at, *quiet) and all(opens <= at < closes for opens, closes in found)
    )


def leaves_an_hour(quiet: tuple[str, str], region: str) -> bool:
    """Whether quiet hours and the law together leave at least an hour of a working day."""
    return len(open_quarters(quiet, region)) >= _AN_HOUR


def break_hours(often: int, quiet: tuple[str, str], region: str) -> tuple[str, ...]:
    """Return at which hours texts with breaks come, at least one apart: fewer if there is no room, by night none."""
    wanted, free = _USUAL.get(often, _USUAL[1]), open_quarters(quiet, region)
    if set(wanted) <= set(free):
        return wanted
    by_day, by_evening = ([at for at in free if first <= at <= last] for first, last in _ELSE)
    return _spread(by_day, len(wanted), least=len(wanted)) or _spread(by_evening, len(wanted))


def _spread(free: list[str], often: int, least: int = 1) -> tuple[str, ...]:
    """Return hours evenly spread over what is free, as many as have an hour each; none if that is fewer than least."""
    count = min(often, len(free) // _AN_HOUR)
    return tuple(free[(2 * n + 1) * len(free) // (2 * count)] for n in range(count)) if count >= least else ()


def _within(at: str, begins: str, ends: str) -> bool:
    return begins <= at < ends if begins <= ends else at >= begins or at < ends
