"""What can happen to a conversation, what it knows, and what may follow. All of it frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from flows.flow import Answer, Choice
from flows.scoring import Week

Standing = Literal["unknown", "joining", "enrolled", "paused"]


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What a flow may say of a program. `groups` are its reporting groups as choices, `day` 0 is Monday."""

    slug: str
    name: str
    short_name: str
    keyword: str
    info_url: str
    help_url: str
    learn_url: str
    help_phone: str
    floor: int
    zone: str
    day: int
    time: str
    groups: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a conversation may know besides itself. `at` is local wall time without a zone.

    `settings` are the person's: language, day, time, contact, discreet. `history` holds their weeks, oldest first.
    `greeted` says that this number was answered within a day, `question_sent` that the open question has reached the
    phone network. A `late` text was found afterwards.
    """

    program: ProgramFacts
    keywords: Mapping[str, str]
    standing: Standing
    settings: Mapping[str, Answer | bool]
    history: tuple[Week, ...]
    at: datetime
    opted_out: bool = False
    opt_out_mode: Literal["ours", "twilio"] = "ours"
    greeted: bool = False
    question_sent: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow under way: where it is and how often the open question was not understood.

    `chosen`: the person asked for it while the conversation was parked, so its questions are theirs to answer.
    """

    flow: str
    state: str
    tries: int = 0
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where somebody is. The last frame is the open one; those below wait for it to end. No flow is there twice.

    `answers` are the check-in's, `settings` what was chosen before there is an enrolment to keep it. While `parked`
    nothing is asked: something serious was said and the person decides when to go on.
    """

    frames: tuple[Frame, ...]
    language: str
    asked_for: bool = False
    answers: Mapping[str, Answer] = field(default_factory=dict)
    settings: Mapping[str, Answer | bool] = field(default_factory=dict)
    parked: bool = False
    risk_at: str = ""
    last_text: str = ""
    last_at: str = ""
    last_said: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the conversation as plain data, to be stored between turns."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        frames = [{"flow": f.flow, "state": f.state, "tries": f.tries, "chosen": f.chosen} for f in self.frames]
        return {"v": 1, **plain, "frames": frames}

    def but(self, **values: object) -> Conversation:
        """Return the same conversation with some fields changed. (`dataclasses.replace` takes three times as long.)"""
        return Conversation(*[values.get(name, getattr(self, name)) for name in self.__slots__])  # type: ignore[arg-type]

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Conversation:
        """Read what `to_json` of this or any earlier version wrote."""
        values = {k: v for k, v in stored.items() if k != "v"}
        values["frames"] = tuple(Frame(**frame) for frame in values["frames"])
        values["last_said"] = tuple(values["last_said"])
        return Conversation(**values)


@dataclass(frozen=True, slots=True)
class Say:
    """Send a text. `asks` marks the one that puts the open question; `crisis` ignores every other rule."""

    text: str
    asks: bool = False
    crisis: bool = False


@dataclass(frozen=True, slots=True)
class Save:
    """Keep an answer of the open check-in."""

    name: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class CloseCheckIn:
    """The check-in is over. `week` joins the history, unless it is None: away, or nothing answered."""

    week: Week | None


@dataclass(frozen=True, slots=True)
class Set:
    """Change one of the person's settings."""

    name: str
    value: Answer | bool


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody agreed, or chose: to what wording, and what they answered."""

    kind: str
    wording: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Enrol:
    """Everything that consent needs is there: start the weekly check-ins."""

    settings: Mapping[str, Answer | bool]


@dataclass(frozen=True, slots=True)
class OptOut:
    """Send nothing more that was not asked for."""

    how: Literal["word", "phrase"]


@dataclass(frozen=True, slots=True)
class OptIn:
    """The person wants texts again."""


@dataclass(frozen=True, slots=True)
class Pause:
    """No check-ins until this local date."""

    until: date


@dataclass(frozen=True, slots=True)
class Resume:
    """End a pause now."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """Ask again at this local time instead of reminding."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Risk:
    """Something serious was heard. The occasion's reminders are cancelled; nothing cheerful follows."""

    level: int
    about: str
    construct: str | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Erase:
    """Make past answers unreadable; `everything` also forgets who the person is and ends the enrolment."""

    everything: bool


Effect = Say | Save | CloseCheckIn | Set | Consent | Enrol | OptOut | OptIn | Pause | Resume | Snooze | Risk | Erase


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows from one event: the conversation as it is now, None if over, and the effects in order."""

    conversation: Conversation | None
    effects: tuple[Effect, ...]
