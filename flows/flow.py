"""What a flow is made of. Plain frozen data: the YAML files become these, and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

LANGUAGES = ("en", "es")

Language = Literal["en", "es"]
Channel = Literal["text", "voice"]

Texts = Mapping[str, str]
"""The same words by language, {"en": ..., "es": ...}, and as they are spoken where that differs: "en voice". A text
that may cost more than one segment says how many, and why: "segments" and "why"."""

Answer = int | str | tuple[int, ...]
"""What a reply came to mean: a scale's number, a choice's value, a number, a day (0 Monday), a time ("HH:MM"), a date
("2026-12-01"), hours ("21:00-07:00", "off", "all"), a zone ("America/Denver"), somebody's own words, a code of four
digits, or several numbers that came in one text."""

Kind = Literal["scale", "choice", "number", "day", "time", "date", "hours", "zone", "text", "code", "several"]


class FlowError(ValueError):
    """A definition that cannot be used. The message names file, state and line, and what was expected."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer. `key` is the digit to send; the first label of each language is the one shown."""

    key: int
    value: int | str
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Question:
    """What may be answered.

    `choices` is empty for what is read by rules of its own: a number from `low` to `high`, a day, a time, a date,
    hours, a zone, a text. A question for `several` names in `of` what is answered at once, each by one of the same
    `choices`. `again` is said when a reply was not understood; without it the question is simply put once more.
    """

    name: str
    kind: Kind
    choices: tuple[Choice, ...] = ()
    again: Texts | None = None
    low: int = 0
    high: int = 0
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """Go to `target` if every fact named in `when` has one of its values."""

    when: Mapping[str, tuple[Answer | bool, ...]]
    target: str


@dataclass(frozen=True, slots=True)
class Timeout:
    """Go to `target` if nothing came for so many minutes after the question was really sent."""

    minutes: int
    target: str


@dataclass(frozen=True, slots=True)
class Rotation:
    """Go to another of `among` each week, day or hour of the calendar, in turn and the same for everybody."""

    by: Literal["week", "day", "hour"]
    among: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """Enter the state so many times in one go at most, then go to `target` instead: the bound of a loop."""

    most: int
    target: str


@dataclass(frozen=True, slots=True)
class State:
    """One step. It says `texts`, may ask `question` or `run` another flow, then does `effects` and goes on.

    Where to: by `rotation`, else by the first of `branches` that fits, else to `next`; None ends the flow with
    `outcome`. A state that is not meant (`only` does not fit) is passed over without a word. One that may not be
    skipped (`required`) is asked until it is answered or the conversation expires: consent cannot be skipped into. A
    `loose` question gives way to anything that does not answer it, which is then heard by what lies under it. `also`
    names a state whose answer is taken here as well.
    """

    name: str
    line: int
    texts: tuple[Texts, ...] = ()
    question: Question | None = None
    consent: str | None = None
    run: str | None = None
    effects: tuple[str, ...] = ()
    only: Mapping[str, tuple[Answer | bool, ...]] = field(default_factory=dict)
    rotation: Rotation | None = None
    branches: tuple[Branch, ...] = ()
    next: str | None = None
    timeout: Timeout | None = None
    limit: Limit | None = None
    outcome: str = "done"
    required: bool = False
    loose: bool = False
    also: str | None = None


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
