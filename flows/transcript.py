"""Play a conversation from lines of replies: for the command line, the tests and whoever writes flows.

What we say stands after "< ", what the person says after "> ". A line in brackets is not texted but happens:
"(3 hours later)", "(the next day)", "(check-in due)", "(reminder)", "(last reminder)". What follows without a word
being said, such as an answer kept, stands after "* ".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from flows.advance import advance
from flows.context import Context, ProgramFacts
from flows.conversation import Conversation
from flows.facts import settings
from flows.filling import next_due
from flows.flow import Choice, FlowError, Library
from flows.parse import packaged
from flows.turn import (
    CloseCheckIn,
    Consent,
    Effect,
    Enrol,
    Erase,
    Happening,
    Heard,
    OptIn,
    OptOut,
    Pause,
    Plan,
    Reminded,
    Resume,
    Risk,
    Save,
    Say,
    Set,
    Snooze,
    Started,
    TimedOut,
    Turn,
    Unplan,
)

# A Tuesday morning, so that a play is the same every day it is played.
AT = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001  (local wall time has no zone)

PROGRAM = ProgramFacts(
    slug="tide",
    name="Tidewater check-in",
    short_name="Tide",
    keyword="JOIN",
    info_url="https://checkin.org/p/r5",
    help_url="https://checkin.org/r/help",
    learn_url="https://checkin.org/r/learn/r5",
    help_phone="757-555-0100",
    floor=10,
    zone="America/New_York",
    day=3,
    time="12:15",
    groups=(
        Choice(1, 1, {"en": ("outpatient",), "es": ("consulta",)}),
        Choice(2, 2, {"en": ("crisis",), "es": ("crisis",)}),
        Choice(3, 3, {"en": ("other",), "es": ("otro",)}),
    ),
)
STRANGER = Context(PROGRAM, {"JOIN": "tide", "UNIRME": "tide"}, "unknown", {}, (), AT)
"""Somebody who has never texted this number."""

_LATER = re.compile(r"(\d+) (minute|hour|day)s? later")
_REMINDERS = {"reminder": 1, "last reminder": 2}
_STAGE = re.compile(r"\((.+)\)")


def enrolled(language: str = "en") -> Context:
    """Return the facts of somebody who has joined, with everything as it is offered."""
    offered = settings(None, STRANGER)
    return replace(STRANGER, standing="enrolled", settings={**offered, "language": language})


def play(
    name: str | None,
    replies: Iterable[str],
    *,
    language: str = "en",
    prompt: bool = False,
    library: Library | None = None,
    context: Context | None = None,
) -> Iterator[str]:
    """Yield a conversation that begins with this flow, or with the first reply where there is none.

    With `prompt` the replies are on the screen already and are left out. Raises FlowError if there is no such flow.
    """
    library = library or packaged()
    if name is not None and name not in library.flows:
        raise FlowError(f"there is no flow {name!r}; there are: {', '.join(sorted(library.flows))}")
    known = context or (STRANGER if name in {None, "welcome"} else enrolled(language))
    stage = _Stage(library, known, language)
    if name is not None:
        yield from stage.happens(Started(name, asked_for=name != "weekly-checkin"))
    for reply in replies:
        words = reply.rstrip("\r\n")
        if not prompt:
            yield f"> {words}" if not _STAGE.fullmatch(words) else words
        yield from stage.heard(words)


@dataclass(slots=True)
class _Stage:
    """A play under way."""

    library: Library
    context: Context
    language: str
    conversation: Conversation | None = field(default=None)

    def heard(self, words: str) -> Iterator[str]:
        found = _STAGE.fullmatch(words)
        if found:
            yield from self._happens(found[1])
            return
        self._wait(timedelta(minutes=1))
        yield from self.happens(Heard(words))

    def _happens(self, what: str) -> Iterator[str]:
        later = _LATER.fullmatch(what)
        if later:
            self._wait(timedelta(**{f"{later[2]}s": int(later[1])}))
        elif what == "the next day":
            self._wait(timedelta(days=1))
        elif what == "check-in due":
            self._wait(next_due(settings(None, self.context), self.context) - self.context.at)
            yield from self.happens(Started("weekly-checkin"))
        elif what in _REMINDERS and self.conversation:
            yield from self.happens(Reminded(_REMINDERS[what]))
        elif what == "no answer":
            yield from self.happens(TimedOut())
        else:
            raise FlowError(f"({what}) cannot happen here; what can is (3 hours later), (check-in due) or (reminder)")

    def happens(self, happening: Happening) -> Iterator[str]:
        yield from self.seen(advance(self.library, self.conversation, happening, self.context))

    def seen(self, turn: Turn) -> Iterator[str]:
        """Take in what followed, and show it."""
        self.conversation = turn.conversation
        self.context = after(self.context, turn)
        shown = [line for effect in turn.effects for line in _shown(effect)]
        yield from shown or ["* nothing is said"]

    def _wait(self, time: timedelta) -> None:
        greeted = self.context.greeted and time < timedelta(days=1)
        self.context = replace(self.context, at=self.context.at + time, greeted=greeted, question_sent=True)


def after(context: Context, turn: Turn) -> Context:
    """Return the facts after a turn, as the service would have kept them."""
    context = replace(context, greeted=True, question_sent=False)
    if context.standing in {"unknown", "joining"}:
        joining = turn.conversation is not None and bool(turn.conversation.frames)
        context = replace(context, standing="joining" if joining else "unknown")
    for effect in turn.effects:
        context = _kept(context, effect)
    return context


def _kept(context: Context, effect: Effect) -> Context:
    standing: dict[type, Literal["enrolled", "paused"]] = {Enrol: "enrolled", Pause: "paused", Resume: "enrolled"}
    match effect:
        case Enrol():
            context = replace(context, settings=effect.settings)
        case Set():
            context = replace(context, settings={**context.settings, effect.name: effect.value})
        case OptOut() | OptIn():
            context = replace(context, opted_out=isinstance(effect, OptOut))
        case CloseCheckIn() if effect.week:
            context = replace(context, history=(*context.history, effect.week))
        case Erase():
            context = replace(context, history=())
        case Plan() if effect.flow == "nudge":
            context = replace(context, nudged=True)
        case Unplan():
            context = replace(context, nudged=False)
        case _:
            pass
    if isinstance(effect, Erase) and effect.everything:
        return replace(context, standing="unknown", settings={}, opted_out=True)
    return replace(context, standing=standing.get(type(effect), context.standing))


_PLAINLY = {Enrol: "enrolled", OptOut: "opted out", OptIn: "opted in", Resume: "the pause is over"}


def _shown(effect: Effect) -> list[str]:
    """Return a line for what is said or kept."""
    match effect:
        case Say():
            return [f"< {effect.text}"]
        case Save():
            note = f"kept: {effect.name} {effect.answer}"
        case CloseCheckIn():
            note = "the check-in is closed, and counts" if effect.week else "the check-in is closed, with no answers"
        case Set():
            note = f"changed: {effect.name} is {effect.value}"
        case Consent():
            note = f"consent kept: {effect.kind}, {effect.answer}"
        case Risk():
            note = f"risk heard, level {effect.level}: reminders stop, nothing cheerful is asked"
        case Plan():
            note = f"planned: {effect.flow}, {effect.at:%a %d %b %H:%M}"
        case Unplan():
            note = f"no longer planned: {', '.join(effect.kinds)}"
        case Pause() | Snooze():
            note = f"{'paused' if isinstance(effect, Pause) else 'asked again'}: {effect.until:%a %d %b}"
        case Erase():
            note = "everything is erased" if effect.everything else "past answers are erased"
        case _:
            note = _PLAINLY[type(effect)]
    return [f"* {note}"]
