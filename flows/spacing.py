"""What comes next for one person: never too close to what they were asked last, and as often as they want to be asked.

Planning by it again, at any later moment and with nothing changed, finds the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flows.rhythm import APART, Occurrence, Rhythm, soonest
from flows.schedule import at_local, local

_RARELY = 4
# So many weeks less this after the last, the next occasion is the one that is meant, or nearest to it if the day was
# changed. Occasions are dates, so neither the clocks nor a check-in that was moved make it another.
_NEAR = timedelta(days=4)
_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Last:
    """Somebody's latest check-in that was kept or left out: when it was due, for which occasion, and when it came."""

    due: datetime | None = None
    occasion: date | None = None
    came: datetime | None = None


NONE_YET = Last()


def following(rhythm: Rhythm, now: datetime, last: Last, *, rarely: bool) -> Occurrence | None:
    """Return what comes next by the rule as it is now, far enough from the last; `rarely` is once in four weeks."""
    after = now if last.due is None else max(now, _clear_of(rhythm, last.due, last))
    least = beyond(rhythm, last.occasion, rarely=rarely) if last.occasion else None
    return soonest(rhythm, after.astimezone(UTC), least)


def asked_from(rhythm: Rhythm, found: Occurrence | None, start: datetime, *, rarely: bool) -> Occurrence | None:
    """Return the first from this one on that comes when a pause of the program is over: those before are left out."""
    while found is not None and found.due is not None and found.due < start:
        found = soonest(rhythm, found.due, beyond(rhythm, found.occasion, rarely=rarely))
    return found


def beyond(rhythm: Rhythm, day: date, *, rarely: bool) -> date:
    """Return the date that the occasion after this one must be later than.

    Where the rule asks every three weeks, three is nearer to four than six.
    """
    if not rarely:
        return day
    turns = max(1, round(_RARELY / rhythm.every))
    return day + timedelta(weeks=turns * rhythm.every) - _NEAR


def _clear_of(rhythm: Rhythm, due: datetime, last: Last) -> datetime:
    """Return the moment after which the next may follow one that was due then.

    Only where a rule has several days a week may two of its own be closer than it moves them apart: one of another day
    was asked by the rule before, and counts from when it came, should that have been late. Apart by days of the
    calendar, as the rule itself has it: a check-in that a holiday moved is five days from its neighbour also where the
    clocks go forward in between.
    """
    own = last.occasion is None or last.occasion.weekday() in rhythm.days
    due = due if own or last.came is None else max(due, last.came)
    due = due.astimezone(UTC)
    if own and not rhythm.once_a_week:
        return due
    day = local(due, rhythm.zone).date() + timedelta(days=APART)
    return at_local(day, "00:00", rhythm.zone) - _MOMENT
