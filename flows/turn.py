"""What can happen to a conversation, and what may follow. All of it frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from flows.context import Setting
from flows.conversation import Conversation
from flows.flow import Answer
from flows.scoring import Week


@dataclass(frozen=True, slots=True)
class Started:
    """A flow begins: by the person's own wish (`asked_for`) or by the schedule. `crisis_before`: when, if it was."""

    flow: str
    asked_for: bool = False
    crisis_before: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """The person wrote or said something."""

    text: str


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder of the open check-in is due, the first or a later one."""

    number: int


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Nothing came for as long as the open question was meant to wait."""


Happening = Started | Heard | Reminded | TimedOut


@dataclass(frozen=True, slots=True)
class Say:
    """Send a text. `asks` marks the one that puts the open question; `crisis` ignores every other rule.

    `wait`: minutes after its sending at which, without an answer, the question times out; 0 for never.
    """

    text: str
    asks: bool = False
    crisis: bool = False
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Save:
    """Keep an answer of the open check-in."""

    name: str
    answer: int


@dataclass(frozen=True, slots=True)
class CloseCheckIn:
    """The check-in is over. `week` joins the history, unless it is None: away, or nothing answered."""

    week: Week | None


@dataclass(frozen=True, slots=True)
class Set:
    """Change one of the person's settings."""

    name: str
    value: Setting


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody agreed, or chose: to what wording, and what they answered."""

    kind: str
    wording: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Enrol:
    """Everything that consent needs is there: start the weekly check-ins."""

    settings: Mapping[str, Setting]


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
    """Ask again at this local time instead of reminding; None: not at all, as the next check-in comes by then."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Begin a flow at this local time. One of a `kind` and a day: a later plan takes the place of an earlier one."""

    kind: Literal["nudge-1", "nudge-2", "nudge-3", "follow-up"]
    flow: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unplan:
    """Take every plan of these kinds away."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Risk:
    """Something serious was heard. The occasion's reminders are cancelled; nothing cheerful follows."""

    level: int
    about: str
    construct: str | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Escalate:
    """Have the support lead call: as was `chosen` at sign-up or since, or because it was `asked` for just now."""

    how: Literal["chosen", "asked"]


@dataclass(frozen=True, slots=True)
class Withdraw:
    """No call after all."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Empty the text that this turn answers, here and at Twilio: it tells of somebody else, or holds a code."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Call the person now, to go on by voice where the conversation stands."""


@dataclass(frozen=True, slots=True)
class Erase:
    """Make past answers unreadable; `everything` also forgets who the person is and ends the enrolment."""

    everything: bool


Effect = (
    Say
    | Save
    | CloseCheckIn
    | Set
    | Consent
    | Enrol
    | OptOut
    | OptIn
    | Pause
    | Resume
    | Snooze
    | Plan
    | Unplan
    | Risk
    | Escalate
    | Withdraw
    | Forget
    | Ring
    | Erase
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows from one event: the conversation as it is now, None if over, and the effects in order."""

    conversation: Conversation | None
    effects: tuple[Effect, ...]
