"""From a week's answers to how somebody is doing. Nothing here is a diagnosis, and nothing alarms on one
week.

The four items, their scores, the bands and the patterns are the check-in's own design; none is a validated
instrument. 50 as the middle of the scale echoes the Copenhagen Burnout Inventory's convention.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Week = Mapping[str, object]
"""One check-in's answers by item. What is missing or is not a whole number 0 to 4 was not answered."""

Band = Literal["steady", "watch", "strained", "high"]
Pattern = Literal["carrying", "numbing", "both", "compassion", "burnout", "mixed"]

ITEMS = ("drained", "numb", "carry", "help")
SIGNS = ("listening", "worry", "distance", "body", "patience")
SUPPORTS = ("presence", "rest", "support")
"""The extras: signs that the strain shows, and what carries somebody, whose answers are reversed before they count."""

Trend = Literal["easier", "heavier", "level", "unknown"]
Milestone = Literal["none", "longer", "summary", "worth_it"]

BANDS: tuple[Band, ...] = ("steady", "watch", "strained", "high")

_WINDOW = 4
_PER_POINT = 25.0
_MOST = 4
_LEAD = 15.0
_MUCH, _LITTLE = 3.0, 1.0
_LONG = 3
_MONTH, _FIRST_ASKED, _QUARTER = 4, 8, 12
_ROWS_WITHOUT_REST = 3
_CHANGE = 10.0


@dataclass(frozen=True, slots=True)
class Scores:
    """Burnout, empathy and compassion fatigue, 0 to 100, lower is easier; None where not answered."""

    burnout: float | None
    empathy: float | None
    compassion: float | None

    def known(self) -> tuple[float, ...]:
        """Return the scores there are."""
        return tuple(score for score in (self.burnout, self.empathy, self.compassion) if score is not None)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What to answer a check-in with.

    `weeks_strained`: answered weeks in a row, this one the last, whose rolling band was strained or high.
    """

    band: Band
    pattern: Pattern
    weeks_strained: int


def scores(week: Week) -> Scores:
    """Score one week, each item times 25.

    Burnout is `drained`, compassion fatigue is `help`, empathy fatigue the mean of `numb` and `carry`, or
    either alone where the other is missing.

    Source: the check-in's design; empathy fatigue has two arms, feeling a client's pain as one's own and
    numbness.
    """
    drained, numb, carry, help_ = (_answer(week, item) for item in ITEMS)
    arms = _mean(arm for arm in (numb, carry) if arm is not None)
    return Scores(*(None if item is None else item * _PER_POINT for item in (drained, arms, help_)))


def rolling(weeks: Sequence[Week]) -> Scores:
    """Mean each score over the last 4 answered weeks, oldest first, of the weeks that have it.

    Source: the check-in's design; four weeks smooth one bad week without hiding a bad month.
    """
    return _rolled(_answered(weeks)[-_WINDOW:])


def rolling_items(weeks: Sequence[Week]) -> Mapping[str, float]:
    """Mean each item, 0 to 4, over the last 4 answered weeks. An item never answered in them is absent."""
    window = _answered(weeks)[-_WINDOW:]
    means = {item: _mean(found for week in window if (found := _answer(week, item)) is not None) for item in ITEMS}
    return {item: mean for item, mean in means.items() if mean is not None}


def band(mean: float) -> Band:
    """Name a score's band: below 25 steady, below 50 watch, below 75 strained, else high."""
    if mean >= 75:
        return "high"
    if mean >= 50:
        return "strained"
    return "watch" if mean >= 25 else "steady"


def pattern(weeks: Sequence[Week]) -> Pattern:
    """Name what stands out over the last 4 answered weeks.

    The highest rolling score has to lead the next by 15, else "mixed"; a score that was never asked competes
    with nothing. Where empathy fatigue leads, the rolling means of its two items decide: both at least 3 is
    "both"; one at least 3 with the other at most 1 (or never answered) is "carrying" or "numbing"; anything
    between is "mixed".
    """
    rolled = rolling(weeks)
    ranked = sorted(
        (
            (rolled.burnout or 0.0, "burnout"),
            (rolled.empathy or 0.0, "empathy"),
            (rolled.compassion or 0.0, "compassion"),
        ),
        reverse=True,
    )
    if ranked[0][0] - ranked[1][0] < _LEAD:
        return "mixed"
    if ranked[0][1] == "burnout":
        return "burnout"
    return "compassion" if ranked[0][1] == "compassion" else _arm(rolling_items(weeks))


def feedback(history: Sequence[Week], week: Week) -> Feedback | None:
    """Judge a check-in against the weeks before it, oldest first; None if nothing was answered in it.

    The overall band is that of the highest rolling score. Above "watch" it has to have been reached in two
    answered weeks running, and two of the weeks in the window must have reached it by themselves: one week
    alone, however heavy, is at most "watch". An item answered 4 is at least "watch". "Strained" in the third
    week running is "high": by then it is time to ask for help.
    """
    weeks = [*_answered(history), *_answered([week])]
    if not _answered([week]):
        return None
    running = _weeks_strained(weeks)
    found = _reached(weeks)
    if found == "strained" and running >= _LONG:
        found = "high"
    if found == "steady" and any(_answer(week, item) == _MOST for item in ITEMS):
        found = "watch"
    return Feedback(found, pattern(weeks), running)


def reversed_item(answer: int) -> int:
    """Turn an answer around, 0 for 4, where "always" is the easier one. Source: the check-in's design."""
    return _MOST - answer


def longer_scores(week: Week) -> tuple[float | None, float | None]:
    """Score a week's extras, 0 to 100, lower is easier: the signs, and the lack of what carries somebody.

    Each is the mean of its answered items times 25, the supports reversed. Source: the check-in's design; the items
    are the signs that the article on empathy fatigue names, and none is part of the three scores.
    """
    signs = _mean(found * _PER_POINT for item in SIGNS if (found := _answer(week, item)) is not None)
    lack = _mean(reversed_item(found) * _PER_POINT for item in SUPPORTS if (found := _answer(week, item)) is not None)
    return signs, lack


def without_rest(history: Sequence[Week], week: Week) -> bool:
    """Whether a real break was rare or never there three times running, this week the third.

    Source: the check-in's design; three times is a working day without breaks, not one bad week.
    """
    if _answer(week, "rest") is None:
        return False
    answers = [found for one in (*history, week) if (found := _answer(one, "rest")) is not None]
    return len(answers) >= _ROWS_WITHOUT_REST and max(answers[-_ROWS_WITHOUT_REST:]) <= _LITTLE


def lighter(history: Sequence[Week], week: Week) -> bool:
    """Whether a week is steady by itself while the last weeks together are not.

    Source: the check-in's design; a mean over four weeks is slow to say that it got better.
    """
    found = feedback(history, week)
    return found is not None and found.band != "steady" and _overall(scores(week)) == BANDS.index("steady")


def answered_before(history: Sequence[Week]) -> int:
    """Count the check-ins answered so far. Old weeks are dropped, so the last one kept carries its number as `n`."""
    last = history[-1].get("n") if history else None
    return last if isinstance(last, int) else len(history)


def milestone(history: Sequence[Week]) -> Milestone:
    """Say what a check-in brings besides its questions, by how many were answered before it.

    Of every four, the third has the longer form and the fourth the private summary; the eighth, and then every
    twelfth, asks whether this is worth somebody's minute instead. Source: the check-in's design.
    """
    number = answered_before(history) + 1
    if number >= _FIRST_ASKED and (number - _FIRST_ASKED) % _QUARTER == 0:
        return "worth_it"
    if number % _MONTH == 0:
        return "summary"
    return "longer" if number % _MONTH == _MONTH - 1 else "none"


def trend(weeks: Sequence[Week]) -> Trend:
    """Compare the mean of all scores in the last 4 answered weeks with the 4 before them.

    Less than 10 of 100 is no change. Source: the check-in's design; one step of one item in two weeks moves it less.
    """
    answered = _answered(weeks)
    now, before = (_mean(_rolled(part).known()) for part in (answered[-_WINDOW:], answered[-2 * _WINDOW : -_WINDOW]))
    if now is None or before is None:
        return "unknown"
    if abs(now - before) < _CHANGE:
        return "level"
    return "heavier" if now > before else "easier"


def _reached(weeks: Sequence[Week]) -> Band:
    """Return the band reached, rolling, in this week and the one before, and by two weeks of the window."""
    now = _overall(_rolled(weeks[-_WINDOW:]))
    before = _overall(_rolled(weeks[:-1][-_WINDOW:]))
    heaviest = sorted((_overall(scores(week)) for week in weeks[-_WINDOW:]), reverse=True)
    second = heaviest[1] if len(heaviest) > 1 else 0
    watch = BANDS.index("watch")
    return BANDS[max(min(now, before, second), min(now, watch))]


def _weeks_strained(weeks: Sequence[Week]) -> int:
    """Count the answered weeks in a row, from the last, whose rolling band was strained or high."""
    running = 0
    while running < len(weeks):
        end = len(weeks) - running
        if _overall(_rolled(weeks[max(0, end - _WINDOW) : end])) < BANDS.index("strained"):
            break
        running += 1
    return running


def _overall(found: Scores) -> int:
    return BANDS.index(band(max(found.known(), default=0.0)))


def _arm(items: Mapping[str, float]) -> Pattern:
    carry, numb = items.get("carry", 0.0), items.get("numb", 0.0)
    if min(carry, numb) >= _MUCH:
        return "both"
    if max(carry, numb) < _MUCH or min(carry, numb) > _LITTLE:
        return "mixed"
    return "carrying" if carry > numb else "numbing"


def _rolled(window: Sequence[Week]) -> Scores:
    scored = [scores(week) for week in window]
    return Scores(
        _mean(one.burnout for one in scored if one.burnout is not None),
        _mean(one.empathy for one in scored if one.empathy is not None),
        _mean(one.compassion for one in scored if one.compassion is not None),
    )


def _answered(weeks: Iterable[Week]) -> list[Week]:
    return [week for week in weeks if any(_answer(week, item) is not None for item in ITEMS)]


def _answer(week: Week, item: str) -> int | None:
    found = week.get(item)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= _MOST else None


def _mean(numbers: Iterable[float]) -> float | None:
    found = list(numbers)
    return sum(found) / len(found) if found else None
