"""A flow as words: its states from top to bottom, what each says and asks, the choices, and where each leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.drawing.arrows import Arrow, arrows, is_end
from flows.flow import Flow, Question, State
from flows.staging.printing import Printed, printed


@dataclass(frozen=True, slots=True)
class Way:
    """One way on from a state: under which condition, to which state, and whether the flow is over there."""

    label: str
    target: str
    over: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One state in words. `choices` are the digits with their labels, `ways` lead on; without any the flow is over."""

    state: State
    texts: tuple[Printed, ...]
    choices: tuple[tuple[int, str], ...]
    ways: tuple[Way, ...]


def outline(flow: Flow, language: str) -> list[Step]:
    """Return a flow's states in the order in which they are written, the choices in a language."""
    ways = arrows(flow, language)
    return [_step(flow, state, ways, language) for state in flow.states.values()]


def _step(flow: Flow, state: State, ways: list[Arrow], language: str) -> Step:
    said = tuple(printed(state.name, "", texts) for texts in state.texts)
    return Step(state, said, tuple(choices(state.question, language)), tuple(_ways(flow, state, ways)))


def choices(question: Question | None, language: str) -> Iterator[tuple[int, str]]:
    """Yield the digits that answer a question, each with the label that is shown."""
    for choice in question.choices if question else ():
        yield choice.key, choice.labels[language][0]


def _ways(flow: Flow, state: State, ways: list[Arrow]) -> Iterator[Way]:
    for arrow in ways:
        if arrow.source == state.name:
            yield Way(arrow.label, arrow.target, is_end(flow.states[arrow.target]))
