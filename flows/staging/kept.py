"""The facts after a turn, as the service would have kept them: for plays and tests, which have no store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from flows.context import Context
from flows.schedule import at_local, local
from flows.turn import CloseCheckIn, Effect, Enrol, Erase, OptIn, OptOut, Pause, Plan, Resume, Set, Turn, Unplan


def after(context: Context, turn: Turn) -> Context:
    """Return the facts after a turn, as the service would have kept them."""
    context = replace(context, greeted=True, question_sent=False)
    if context.standing in {"unknown", "joining"}:
        joining = turn.conversation is not None and bool(turn.conversation.frames)
        context = replace(context, standing="joining" if joining else "unknown")
    for effect in turn.effects:
        context = _kept(context, effect)
    return context


def _moved(context: Context, zone: str) -> Context:
    """Have the clock of another zone."""
    now = at_local(context.at.date(), f"{context.at:%H:%M}", context.program.zone)
    if context.rests_until is not None:
        last = local(context.rests_until, context.program.zone).date()
        context = replace(context, rests_until=at_local(last, "00:00", zone))
    return replace(context, at=local(now, zone), program=replace(context.program, zone=zone))


_STANDING: Mapping[type, Literal["enrolled", "paused"]] = {Enrol: "enrolled", Pause: "paused", Resume: "enrolled"}


def _kept(context: Context, effect: Effect) -> Context:
    match effect:
        case Enrol():
            context = replace(context, settings=effect.settings)
        case Set():
            context = replace(context, settings={**context.settings, effect.name: effect.value})
            if effect.name == "zone":
                context = _moved(context, str(effect.value))
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
        case Pause():
            zone = context.program.zone
            context = replace(context, rests_until=at_local(effect.until, "00:00", zone))
        case Resume():
            context = replace(context, rests_until=None)
        case _:
            pass
    if isinstance(effect, Erase) and effect.everything:
        return replace(context, standing="unknown", settings={}, opted_out=True)
    return replace(context, standing=_STANDING.get(type(effect), context.standing))
