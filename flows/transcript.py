"""Play a conversation from lines of replies: for the command line, the tests and whoever writes flows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from flows.engine import begin
from flows.flow import Choice, FlowError, Library
from flows.hearing import hear
from flows.parse import packaged
from flows.scoring import Week
from flows.turn import CloseCheckIn, Context, Enrol, OptIn, OptOut, ProgramFacts, Say, Set, Turn

# A Tuesday morning, so that a play is the same every day it is played.
_AT = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001  (local wall time has no zone)

PROGRAM = ProgramFacts(
    slug="tide",
    name="Tidewater check-in",
    short_name="Tide",
    keyword="JOIN",
    info_url="https://checkin.org/p/r5",
    help_url="https://checkin.org/r/help",
    learn_url="https://checkin.org/r/learn",
    help_phone="757-555-0100",
    floor=10,
    zone="America/New_York",
    day=3,
    time="12:15",
    quiet=("21:00", "08:00"),
    groups=(Choice(1, 1, {"en": ("outpatient",), "es": ("consulta",)}),),
)


def play(
    name: str, replies: Iterable[str], *, language: str = "en", prompt: bool = False, library: Library | None = None
) -> Iterator[str]:
    """Yield the conversation: "< " what is said, "> " what was replied. Raises FlowError if there is no such flow."""
    library = library or packaged()
    if name not in library.flows:
        raise FlowError(f"there is no flow {name!r}; there are: {', '.join(sorted(library.flows))}")
    standing = "unknown" if name == "welcome" else "enrolled"
    context = Context(PROGRAM, {"JOIN": "tide"}, standing, {}, (), _AT)  # type: ignore[arg-type]
    if name != "welcome":
        context = replace(context, settings={"language": language, "day": 3, "time": "12:15", "discreet": True})
    turn = begin(library, name, context, language=language, asked_for=name != "weekly-checkin")
    yield from _said(turn)
    for reply in replies:
        context = _after(context, turn)
        words = reply.rstrip("\n")
        if not prompt:
            yield f"> {words}"
        turn = hear(library, turn.conversation, words, context)
        yield from _said(turn)


def _said(turn: Turn) -> Iterator[str]:
    for effect in turn.effects:
        if isinstance(effect, Say):
            yield f"< {effect.text}"


def _after(context: Context, turn: Turn) -> Context:
    """Return the facts after a turn, as the service would have kept them. Each reply takes a minute."""
    context = replace(context, at=context.at + timedelta(minutes=1), greeted=True)
    if turn.conversation and context.standing == "unknown":
        context = replace(context, standing="joining")
    for effect in turn.effects:
        match effect:
            case Enrol():
                context = replace(context, standing="enrolled", settings=effect.settings)
            case Set():
                context = replace(context, settings={**context.settings, effect.name: effect.value})
            case OptOut():
                context = replace(context, opted_out=True)
            case OptIn():
                context = replace(context, opted_out=False)
            case CloseCheckIn() if effect.week:
                history: tuple[Week, ...] = (*context.history, effect.week)
                context = replace(context, history=history)
            case _:
                pass
    return context
