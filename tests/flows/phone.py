"""One person's phone, played against the flows without a service: what they text, what happens, what they read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from flows import (
    Context,
    Conversation,
    Effect,
    Happening,
    Heard,
    Library,
    Reminded,
    Say,
    Started,
    TimedOut,
    Turn,
    advance,
    packaged,
)
from flows.filling import filled
from flows.flow import Texts
from flows.staging.transcript import STRANGER, after, enrolled

JOINING = ("JOIN", "1", "1", "2", "1", "1")
DYING = "I want to kill myself"


@dataclass(slots=True)
class Phone:
    """What is known of a person and where their conversation stands; `turn` is what followed last."""

    context: Context
    conversation: Conversation | None = None
    turn: Turn = Turn(None, ())  # noqa: RUF009  (frozen)
    library: Library = packaged()  # noqa: RUF009  (frozen)

    def text(self, words: str, *, seconds: float = 60, sent: bool = True, late: bool = False) -> list[str]:
        """Text something so many seconds after the last; return what is read. `sent`: the question had arrived."""
        self.wait(timedelta(seconds=seconds))
        context = replace(self.context, question_sent=sent, late=late)
        return self.take(advance(self.library, self.conversation, Heard(words), context))

    def happens(self, happening: Happening) -> list[str]:
        """Have something else happen; return what is read."""
        return self.take(advance(self.library, self.conversation, happening, self.context))

    def texts(self, *words: str) -> list[str]:
        """Text several things and return what is read after the last."""
        said: list[str] = []
        for one in words:
            said = self.text(one)
        return said

    def due(self) -> list[str]:
        """Have the weekly check-in begin by the schedule."""
        self.conversation = None
        return self.happens(Started("weekly-checkin"))

    def reminded(self, number: int = 1) -> list[str]:
        return self.happens(Reminded(number))

    def unanswered(self) -> list[str]:
        """Have the open question time out."""
        return self.happens(TimedOut())

    def take(self, turn: Turn) -> list[str]:
        self.turn, self.conversation = turn, turn.conversation
        self.context = after(self.context, turn)
        return [effect.text for effect in turn.effects if isinstance(effect, Say)]

    def wait(self, time: timedelta) -> None:
        greeted = self.context.greeted and time < timedelta(days=1)
        self.context = replace(self.context, at=self.context.at + time, greeted=greeted)

    @property
    def did(self) -> list[Effect]:
        """Return what followed last, besides what was said."""
        return [effect for effect in self.turn.effects if not isinstance(effect, Say)]

    @property
    def asks(self) -> bool:
        return any(isinstance(effect, Say) and effect.asks for effect in self.turn.effects)

    def line(self, *names: str) -> list[str]:
        """Return the library's lines as this person reads them."""
        return self._read([texts for name in names for texts in self.library.lines[name]])

    def state(self, flow: str, state: str) -> list[str]:
        """Return what a state of a flow says, as this person reads it."""
        return self._read(self.library.flows[flow].states[state].texts)

    def question(self, flow: str, state: str) -> list[str]:
        """Return the text that puts a state's question."""
        return self.state(flow, state)[-1:]

    def _read(self, listed: Sequence[Texts]) -> list[str]:
        language = self.conversation.language if self.conversation else str(self.context.settings.get("language", "en"))
        return [filled(texts, self.conversation, self.context, language) for texts in listed]


def stranger(**facts: object) -> Phone:
    """Return the phone of somebody who never texted."""
    return Phone(replace(STRANGER, **facts))  # type: ignore[arg-type]


def ada(language: str = "en", **facts: object) -> Phone:
    """Return the phone of somebody who has joined and has nothing open."""
    return Phone(replace(enrolled(language), **facts))  # type: ignore[arg-type]


def at_question(number: int = 1, **facts: object) -> Phone:
    """Return the phone of somebody in a check-in, at its first question or a later one."""
    phone = ada(**facts)
    phone.texts("CHECKIN", *["2"] * (number - 1))
    return phone


def in_each_state() -> dict[str, Phone]:
    """Return people in every kind of state there is."""
    found = {"nothing open": ada(), "stranger": stranger(), "paused": ada(standing="paused")}
    for number in range(1, 5):
        found[f"question {number}"] = at_question(number)
    for steps in range(1, len(JOINING)):
        found[f"joining, step {steps}"] = stranger()
        found[f"joining, step {steps}"].texts(*JOINING[:steps])
    for word in ("DAY", "CONTACT", "DISCREET", "ERASE", "ERASE ALL"):
        found[word] = ada()
        found[word].text(word)
    for name, phone in (("parked", at_question(2)), ("parked stranger", stranger())):
        found[name] = phone
        phone.text(DYING)
    found["discreet note"] = ada()
    found["discreet note"].due()
    return found


STATES = tuple(in_each_state())
