"""What a call is made of: where it stands, what can happen in it, and what it says and listens for next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from flows.conversation import Conversation
from flows.turn import Effect, Say

Place = Literal["hello", "code", "open", "menu", "talk", "crisis", "over"]
"""Where a call stands. `open` is what anybody may hear; `menu` and `talk` come after the person's own code."""


@dataclass(frozen=True, slots=True)
class Words:
    """Something said. `[4]` in it is four seconds of silence; `slowly` is for what has to be understood."""

    text: str
    language: str
    slowly: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """What is listened for: so many keys at most, and speech unless only the keys are left."""

    keys: int
    speech: bool = True
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """Where a call stands between two documents.

    `tries` counts what was not understood in a row, `silences` what was not said at all, `wrong` the codes that did not
    match, `copied` how often texts went out as well. `locked`: too many codes were wrong lately, so none is right.
    `said` is what star repeats, from `asks` on what silence does.
    """

    outbound: bool
    language: str
    place: Place = "hello"
    known: bool = False
    locked: bool = False
    answered: bool = False
    tries: int = 0
    silences: int = 0
    wrong: int = 0
    breaks: int = 0
    steps: int = 0
    copied: int = 0
    keys_only: bool = False
    said: tuple[Words, ...] = ()
    asks: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the call as plain data, to be stored between two documents."""
        return asdict(self)

    def but(self, **values: Any) -> Call:
        return replace(self, **values)

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Call:
        """Read what `to_json` wrote."""
        return Call(**{**stored, "said": tuple(Words(**one) for one in stored["said"])})


@dataclass(frozen=True, slots=True)
class PickedUp:
    """Somebody took the call, or a machine did."""

    machine: bool = False


@dataclass(frozen=True, slots=True)
class Pressed:
    """Keys: digits, * and #."""

    keys: str


@dataclass(frozen=True, slots=True)
class Spoke:
    """Words as they were recognised. `confidence` is from 0 to 1, None where the recogniser gives none."""

    words: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """Neither a key nor a word came."""


CallHappening = PickedUp | Pressed | Spoke | Nothing


@dataclass(frozen=True, slots=True)
class CallTurn:
    """What follows: the call and the conversation as they are now, the effects without what is said, and the document.

    `copies` are sent as texts as well; without `listen` the call ends after `parts`.
    """

    call: Call
    conversation: Conversation | None
    effects: tuple[Effect, ...]
    copies: tuple[Say, ...]
    parts: tuple[Words, ...]
    listen: Listen | None
