"""The ways on from each state of a flow, in words: for its picture, and to say in print when a text is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flows.drawing.words import ELSE, say
from flows.flow import Answer, Flow, Question, State

__all__ = ["ELSE", "Arrow", "arrows", "condition", "duration", "is_end", "times"]

_MOST_NAMED = 3
_UNITS = ((1440, "day"), (60, "hour"), (1, "minute"))


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from one state to another. `label` is empty where there is only one; `aside` ones are not the usual way."""

    source: str
    target: str
    label: str = ""
    aside: bool = False


def arrows(flow: Flow, language: str = "en") -> list[Arrow]:
    """Return every way there is, in the order in which states and ways are written, their labels in the language."""
    return [arrow for state in flow.states.values() for arrow in _from(state, language)]


def is_end(state: State) -> bool:
    """Whether nothing is said, asked or done in a state and the flow is over with it."""
    return not (state.texts or state.run or state.effects or state.branches or state.rotation or state.next)


def _from(state: State, language: str) -> Iterator[Arrow]:
    if state.rotation:
        for number, target in enumerate(state.rotation.among, 1):
            yield Arrow(state.name, target, say(language, "{} of {}", number, len(state.rotation.among)))
    for branch in state.branches:
        yield Arrow(state.name, branch.target, condition(state, branch.when, language))
    if state.next is not None and not state.rotation:
        yield Arrow(state.name, state.next, _otherwise(state, language))
    if state.only and state.next is not None and state.rotation:
        yield Arrow(state.name, state.next, _unless(state, language), aside=True)
    if state.timeout:
        waited = duration(state.timeout.minutes, language)
        yield Arrow(state.name, state.timeout.target, say(language, "no answer for {}", waited), aside=True)
    if state.limit:
        shown = say(language, "shown {} already", times(state.limit.most, language))
        yield Arrow(state.name, state.limit.target, shown, aside=True)
    if state.also:
        yield Arrow(state.name, state.also, say(language, "or the answer to {}", state.also), aside=True)


def condition(state: State, when: Mapping[str, tuple[Answer | bool, ...]], language: str) -> str:
    """Say what has to hold, such as "1 yes", "left out" or "peers, not first"."""
    return ", ".join(_one(state.question, fact, values, language) for fact, values in when.items()) or say(
        language, ELSE
    )


def duration(minutes: int, language: str) -> str:
    """Say how long, in the largest unit that fits: "12 hours"."""
    size, unit = next((size, unit) for size, unit in _UNITS if minutes % size == 0)
    return f"{minutes // size} {say(language, f'{unit}s' if minutes > size else unit)}"


def times(most: int, language: str) -> str:
    """Say how often: "once", "twice", "5 times"."""
    return say(language, {1: "once", 2: "twice"}.get(most, "{} times"), most)


def _one(question: Question | None, fact: str, values: tuple[Answer | bool, ...], language: str) -> str:
    asked = question is not None and fact == question.name
    if fact == "answered" and question and values in {(True,), (False,)}:
        keys = _keys(question, language)
        only = keys[0] if len(keys) == 1 else say(language, "answered")
        return only if values[0] else say(language, "left out")
    if question and asked:
        by_value = dict(zip([choice.value for choice in question.choices], _keys(question, language), strict=True))
        return _or([by_value.get(value, str(value)) for value in values if isinstance(value, int | str)], language)
    name = fact.replace("_", " ")
    if values in {(True,), (False,)}:
        return name if values[0] else say(language, "not {}", name)
    return f"{name} {_or([str(value) for value in values], language)}"


def _or(names: list[str], language: str) -> str:
    numbers = [int(name) for name in names if name.isdigit()]
    if len(numbers) == len(names) > _MOST_NAMED and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return say(language, "{} to {}", numbers[0], numbers[-1])
    return f" {say(language, 'or')} ".join(name.replace("_", " ") for name in names)


def _keys(question: Question, language: str) -> list[str]:
    return [f"{choice.key} {choice.labels[language][0]}" for choice in question.choices]


def _otherwise(state: State, language: str) -> str:
    """Say what is left when no branch fits: the choices that none names, if they are few."""
    if not state.branches:
        return ""
    if not state.question or not state.question.choices:
        return say(language, ELSE)
    own = {"answered", state.question.name}
    if not any(own.intersection(branch.when) for branch in state.branches):
        return say(language, ELSE)
    named = {value for branch in state.branches for value in branch.when.get(state.question.name, ())}
    answered = any(branch.when.get("answered") == (True,) for branch in state.branches)
    left_out = any(branch.when.get("answered") == (False,) for branch in state.branches) or state.required
    choices = zip(state.question.choices, _keys(state.question, language), strict=True)
    rest = [key for choice, key in choices if choice.value not in named and not answered]
    rest += [] if left_out else [say(language, "left out")]
    return f" {say(language, 'or')} ".join(rest) if 0 < len(rest) <= _MOST_NAMED else say(language, ELSE)


def _unless(state: State, language: str) -> str:
    """Say when a state is passed over."""
    opposite = {fact: (not values[0],) for fact, values in state.only.items() if values in {(True,), (False,)}}
    if len(state.only) == 1 and opposite:
        return say(language, "if {}", condition(state, opposite, language))
    return say(language, "unless {}", condition(state, state.only, language))
