"""What a flow is made of. Plain frozen data: the YAML files become these, and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

LANGUAGES = ("en", "es")

Texts = Mapping[str, str]
"""The same words by language: {"en": ..., "es": ...}."""

Answer = int | str
"""What a reply came to mean: a scale's number, a choice's value, a day (0 Monday), a time ("HH:MM")."""

Kind = Literal["scale", "choice", "day", "time"]


class FlowError(ValueError):
    """A definition that cannot be used. The message names file, state and line, and what was expected."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer. `key` is the digit to send; the first label of each language is the one shown."""

    key: int
    value: Answer
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Question:
    """What may be answered. `choices` is empty for a day or a time: those are read by their own rules.

    `again` is said when a reply was not understood; without it the question is simply put once more.
    """

    name: str
    kind: Kind
    choices: tuple[Choice, ...] = ()
    again: Texts | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """Go to `target` if every fact named in `when` has one of its values."""

    when: Mapping[str, tuple[Answer | bool, ...]]
    target: str


@dataclass(frozen=True, slots=True)
class State:
    """One step. It says `texts`, may ask `question`, then does `effects` and goes on by `branches` or `next`.

    `next` None ends the flow with `outcome`. A state that may not be skipped (`required`) is asked until it is
    answered or the conversation expires: consent cannot be skipped into.
    """

    name: str
    line: int
    texts: tuple[Texts, ...] = ()
    question: Question | None = None
    consent: str | None = None
    effects: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()
    next: str | None = None
    outcome: str = "done"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """A conversation from its first state to an end. `check_in` ones save their answers and are scored."""

    name: str
    title: str
    start: str
    states: Mapping[str, State]
    check_in: bool = False
    source: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Library:
    """Every flow and line of one published version. `digest` is over the YAML it was read from."""

    digest: str
    flows: Mapping[str, Flow]
    lines: Mapping[str, tuple[Texts, ...]]
    yaml: str = field(default="", compare=False, repr=False)
