"""Which texts must come, at which minute: worked out anew from the calendar, sharing no code with the service.

Each rule is one small function over plain `zoneinfo` and `datetime`. What the service does is held against this, so
nothing here may be taken from `flows` or `sms_service`, and nothing there from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

Style = Literal["silent", "at once", "later", "reminded"]
_MINUTE, _WEEK = timedelta(minutes=1), timedelta(days=7)
LATER = timedelta(hours=2)
"""How long somebody who answers "later" takes, when a check-in has come."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a program promises. After `fade_after` check-ins without a word: less often; 0 for never."""

    remind_hours: tuple[int, ...] = (20, 44)
    window_hours: int = 72
    grace_hours: int = 24
    quiet: tuple[time, time] = (time(4), time(6))
    fade_after: int = 3
    confirm_after: timedelta = timedelta(days=60)
    slowed: timedelta = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who joined, and how they will behave: `style` from their `answers_from`-th check-in on.

    Whoever is asked `by_phone` never takes the call. `quiet` hours of their own stand in place of the program's;
    `monthly`: they asked for one check-in in four weeks.
    """

    n: int
    zone: str
    day: int
    time: time
    heard_at: datetime
    style: Style = "silent"
    answers_from: int = 1
    by_phone: bool = False
    quiet: tuple[time, time] | None = None
    monthly: bool = False

    def style_at(self, check_in: int) -> Style:
        """Return how they take their check-in of this number, counted from 1."""
        return self.style if check_in >= self.answers_from else "silent"


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """One text or call to one person at a minute of UTC.

    `kind` is check-in, call (which is a check-in), reminder-1, reminder-2, … or reconfirm.
    """

    n: int
    minute: datetime
    kind: str
    held: bool = False


def expected(person: Person, rules: Rules, start: datetime, end: datetime) -> list[Text]:
    """Return every text that must come to this person from `start` up to `end`, in order."""
    return [one for one in _texts(person, rules, start, end) if one.minute < end]


def _texts(person: Person, rules: Rules, start: datetime, end: datetime) -> Iterator[Text]:
    heard, silent, number = person.heard_at, 0, 0
    opening = next_slot(person, start)
    while opening < end:
        if must_confirm(heard, opening, rules):
            # Nobody of these people ever says that it is still their number, so nothing else follows.
            yield Text(person.n, opening, "reconfirm")
            return
        number += 1
        yield Text(person.n, opening, "call" if person.by_phone else "check-in")
        style = person.style_at(number)
        reminders = list(_reminders(person, rules, opening))
        answered = answered_at(style, opening, reminders)
        yield from (one for one in reminders if answered is None or one.minute <= answered)
        if answered is not None:
            heard, silent = answered, 0
        else:
            silent += 1
        opening = following(person, opening, silent, rules)


def next_slot(person: Person, after: datetime) -> datetime:
    """Return the first of their weekly moments later than `after`."""
    day = after.astimezone(_zone(person.zone)).date() - timedelta(days=1)
    while True:
        if day.weekday() == person.day:
            moment = at_wall(datetime.combine(day, person.time), person.zone)
            if moment > after:
                return moment
        day += timedelta(days=1)


def following(person: Person, opening: datetime, silent: int, rules: Rules) -> datetime:
    """Return when they are asked again: in a week; in four by their word, or after check-ins in a row without one."""
    rarely = person.monthly or 0 < rules.fade_after <= silent
    here = opening.astimezone(_zone(person.zone)).date()
    day = here + (rules.slowed if rarely else _WEEK)
    return at_wall(datetime.combine(day, person.time), person.zone)


def must_confirm(heard: datetime, opening: datetime, rules: Rules) -> bool:
    """Whether the number may be somebody else's by now: nothing was heard from it for long."""
    return opening - heard >= rules.confirm_after


def closing(opening: datetime, rules: Rules) -> datetime:
    """Return when a check-in closes: answers count until then."""
    return opening + timedelta(hours=rules.window_hours + rules.grace_hours)


def reminder(person: Person, opening: datetime, hours: int) -> datetime:
    """Return when a reminder is due: so many hours after the check-in came, as the clock on the wall counts them."""
    wall = opening.astimezone(_zone(person.zone)).replace(tzinfo=None)
    return at_wall(wall + timedelta(hours=hours), person.zone)


def _reminders(person: Person, rules: Rules, opening: datetime) -> Iterator[Text]:
    for number, hours in enumerate(rules.remind_hours, start=1):
        due = reminder(person, opening, hours)
        if due < closing(opening, rules):
            sent = after_quiet(due, person, rules)
            yield Text(person.n, sent, f"reminder-{number}", held=sent != due)


def answered_at(style: Style, opening: datetime, reminders: list[Text]) -> datetime | None:
    """Return when they answer, None if never. Whoever answers when reminded has had that reminder."""
    match style:
        case "silent":
            return None
        case "at once":
            return opening
        case "later":
            return opening + LATER
        case "reminded":
            return reminders[0].minute


def is_quiet(moment: datetime, person: Person, rules: Rules) -> bool:
    """Whether a moment lies in somebody's quiet hours, where they are: their own, else the program's."""
    return within(moment.astimezone(_zone(person.zone)).time(), person.quiet or rules.quiet)


def within(clock: time, quiet: tuple[time, time]) -> bool:
    """Whether a clock shows a time in these hours, which may go over midnight."""
    begins, ends = quiet
    return begins <= clock < ends if begins <= ends else clock >= begins or clock < ends


def after_quiet(moment: datetime, person: Person, rules: Rules) -> datetime:
    """Return the first minute from this one on that is not quiet."""
    while is_quiet(moment, person, rules):
        moment += _MINUTE
    return moment


@cache
def at_wall(wall: datetime, zone: str) -> datetime:
    """Return the moment at which a clock there shows this: the first of two, or the first after a skipped hour."""
    there = _zone(zone)
    guess = wall.replace(tzinfo=UTC)
    offsets = {(guess + timedelta(hours=h)).astimezone(there).utcoffset() for h in (-36, 0, 36)}
    showing = [guess - offset for offset in offsets if offset is not None]
    right = [moment for moment in showing if moment.astimezone(there).replace(tzinfo=None) == wall]
    if right:
        return min(right)
    moment = min(showing)
    while moment.astimezone(there).replace(tzinfo=None) <= wall:
        moment += _MINUTE
    return moment


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def shown(text: Text, zone: str) -> str:
    """Write where and when a text falls for somebody who looks for a fault. No number, no words."""
    there = text.minute.astimezone(_zone(zone))
    return f"person {text.n}, {zone}, {there:%a %Y-%m-%d %H:%M %Z}, {text.kind}"


def plain(text: Text) -> Text:
    """Return a text as it can be seen from outside, which does not tell whether it was held."""
    return replace(text, held=False)
