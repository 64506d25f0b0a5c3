"""Where somebody is in a conversation: what is stored between two turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.context import Setting
from flows.flow import Answer
from flows.scoring import ITEMS

FORMAT = 2
"""The version of a stored conversation. Version 1 kept a check-in's answers among all the others."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow under way: where it is and how often the open question was not understood.

    `chosen`: the person asked for it while the conversation was parked, so its questions are theirs to answer.
    `trail` names the questions answered so far, for BACK; `rounds` how often each bounded state was entered.
    """

    flow: str
    state: str
    tries: int = 0
    chosen: bool = False
    trail: tuple[str, ...] = ()
    rounds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where somebody is. The last frame is the open one; those below wait for it to end. No flow is there twice.

    `answers` are those of every flow in it, `kept` the check-in's numbers among them, `settings` what was chosen
    before there is an enrolment to keep it. While `parked` nothing is asked: something serious was said, of level
    `danger` at most, and the person decides when to go on; from then on `danger` is 0.
    """

    frames: tuple[Frame, ...]
    language: str
    asked_for: bool = False
    answers: Mapping[str, Answer] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)
    parked: bool = False
    risk_at: str = ""
    danger: int = 0
    last_text: str = ""
    last_at: str = ""
    last_said: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the conversation as plain data, to be stored between turns."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        frames = [{name: getattr(frame, name) for name in frame.__slots__} for frame in self.frames]
        return {"v": FORMAT, **plain, "frames": frames}

    def but(self, **values: object) -> Conversation:
        """Return the same conversation with some fields changed. (`dataclasses.replace` takes three times as long.)"""
        return Conversation(*[values.get(name, getattr(self, name)) for name in self.__slots__])  # type: ignore[arg-type]

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Conversation:
        """Read what `to_json` of this or any earlier version wrote."""
        values = {k: v for k, v in stored.items() if k != "v"}
        if stored["v"] < FORMAT:
            values["kept"] = {k: v for k, v in stored["answers"].items() if k in ITEMS}
        values["answers"] = {k: tuple(v) if isinstance(v, list) else v for k, v in values["answers"].items()}
        values["frames"] = tuple(Frame(**{**one, "trail": tuple(one.get("trail", ()))}) for one in values["frames"])
        values["last_said"] = tuple(values["last_said"])
        return Conversation(**values)
