"""The circumstances in which a flow is explored: between them every fact it asks about takes every value it may have.

A fact changes a plain world in a few ways; what a state's branches ask about together is combined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flows.context import Context, Event
from flows.flow import Flow, Library, State
from flows.proof.check_ways import asks
from flows.rhythm import Rhythm
from flows.scoring import Week
from flows.staging.cast import ON_DUTY, STRANGER, enrolled


@dataclass(frozen=True, slots=True)
class World:
    """How somebody comes to a flow: what is known of them, who began it, and whether a check-in was open."""

    context: Context
    asked_for: bool = True
    gently: bool = False
    under_way: bool = False


Change = Callable[[World], World]


def known(**facts: object) -> Change:
    """Change what is known of the person."""
    return lambda world: replace(world, context=replace(world.context, **facts))  # type: ignore[arg-type]


def offered(**facts: object) -> Change:
    """Change what the program has to offer."""
    return lambda w: replace(w, context=replace(w.context, program=replace(w.context.program, **facts)))  # type: ignore[arg-type]


def chosen(**settings: object) -> Change:
    """Change the person's settings."""
    return lambda w: replace(w, context=replace(w.context, settings={**w.context.settings, **settings}))  # type: ignore[dict-item]


def begun(**how: bool) -> Change:
    """Change how the flow begins."""
    return lambda world: replace(world, **how)  # type: ignore[arg-type]


def _past(*weeks: Week) -> Change:
    """Give the person these weeks, oldest first, keeping the number that the last one had."""

    def change(world: World) -> World:
        before = world.context.history[-1:]
        number = {"n": before[0]["n"]} if before and "n" in before[0] else {}
        return replace(world, context=replace(world.context, history=(*weeks[:-1], {**weeks[-1], **number})))

    return change


def _numbered(number: int) -> Change:
    """Make the next check-in the one of this number."""

    def change(world: World) -> World:
        last = {**(world.context.history[-1] if world.context.history else _week()), "n": number - 1}
        return replace(world, context=replace(world.context, history=(*world.context.history[:-1], last)))

    return change


def _week(drained: int = 0, numb: int = 0, carry: int = 0, help: int = 0) -> dict[str, object]:
    return {"drained": drained, "numb": numb, "carry": carry, "help": help}


def _without_rest(world: World) -> World:
    history = (*([_week()] * 2), *world.context.history)
    return replace(world, context=replace(world.context, history=tuple({**week, "rest": 0} for week in history)))


# Between them, and with the answers that are given, every band, pattern and trend.
_STAND_OUT: tuple[Change, ...] = (
    _past(_week()),
    _past(_week(drained=4)),
    _past(_week(help=4)),
    _past(_week(numb=4)),
    _past(_week(carry=4)),
    _past(_week(numb=2, carry=3)),
    _past(_week(1, 1, 1, 1), _week(2, 2, 2, 2)),
    _past(*[_week(4)] * 3),
    _past(*[_week(4, 4, 4, 4)] * 4, *[_week()] * 4),
    _past(*[_week()] * 4, *[_week(4, 4, 4, 4)] * 4),
)


def _on_the_eve(world: World) -> World:
    """Let the next check-in come tomorrow, at the hour at which LATER asks again."""
    return begun(asked_for=False)(chosen(day=(world.context.at.weekday() + 1) % 7)(world))


_BY_LAW = Rhythm(days=(STRANGER.program.day,), time="12:15", zone=STRANGER.program.zone, region="US")
_UNDER_LAW = (offered(rhythm=None), offered(rhythm=_BY_LAW))
_SOON = date(2026, 4, 1)
_EVENTS = tuple(Event(f"Session {n}", _SOON, "Norfolk", topic) for n, topic in enumerate(("", "", "burnout"), 1))
CHANGES: Mapping[str, tuple[Change, ...]] = {
    "asked_for": (begun(asked_for=True), begun(asked_for=False)),
    "band": _STAND_OUT,
    "begun": (begun(under_way=False), begun(under_way=True)),
    "breaks_fit": (chosen(quiet="off"), chosen(quiet="06:00-22:00")),
    "burnout": _STAND_OUT,
    "by_phone": (chosen(by="text"), chosen(by="phone")),
    "called": (known(call_by=None), known(call_by=ON_DUTY.by)),
    "channel": (known(channel="text"), known(channel="voice")),
    "checking": (begun(under_way=False), begun(under_way=True)),
    "compassion": _STAND_OUT,
    "discreet": (chosen(discreet=True), chosen(discreet=False)),
    "duty": (known(duty=None), known(duty=ON_DUTY), known(duty=replace(ON_DUTY, on=False))),
    "empathy": _STAND_OUT,
    "events": (offered(events=()), offered(events=_EVENTS)),
    "express": (chosen(express=False), chosen(express=True)),
    "first": (known(history=()), _past(_week())),
    "fitting": (offered(events=_EVENTS[:2]), lambda w: _past(_week(3), _week(3))(offered(events=_EVENTS)(w))),
    "frequency": (chosen(frequency="weekly"), chosen(frequency="monthly")),
    "gently": (begun(gently=False), begun(gently=True)),
    "groups": (offered(groups=()), offered(groups=STRANGER.program.groups)),
    "has_pin": (chosen(pin=""), chosen(pin="4821")),
    "hard_event": (offered(hard_event=False), offered(hard_event=True)),
    "held": (known(), known(asks_from=None)),
    "history": (known(history=()), _past(_week())),
    "lawful": _UNDER_LAW,
    "lighter": (begun(), _past(*[_week(4, 4, 4, 4)] * 3)),
    "looked": (known(looked=(0, None)), known(looked=(2, _SOON))),
    "may_call": tuple(chosen(contact=answer) for answer in ("yes", "ask", "no")),
    "milestone": tuple(map(_numbered, (2, 3, 4, 8))),
    "more_events": (offered(events=_EVENTS[:1]), offered(events=_EVENTS)),
    "nudged": (known(nudged=False), known(nudged=True)),
    "pattern": _STAND_OUT,
    "overtaken": (known(), _on_the_eve),
    "paused": (known(standing="enrolled"), known(standing="paused")),
    "peers": (offered(peer_line=""), offered(peer_line="Colleagues 757-555-0101")),
    "room": _UNDER_LAW,
    "training": (offered(learn_url=""), offered(learn_url=STRANGER.program.learn_url)),
    "trend": _STAND_OUT,
    "under_law": _UNDER_LAW,
    "without_rest": (begun(), _without_rest),
}
"""How each fact that a state may ask about comes to have each of its values, where the answers do not decide it."""


def worlds(library: Library, flow: Flow) -> list[World]:
    """Return circumstances that give each state of a flow, and of those it runs, everything it asks about."""
    plain = World(STRANGER if _enrols(flow) else enrolled())
    found = [plain, replace(plain, under_way=not _enrols(flow) and not flow.check_in)]
    for state in _states(library, flow):
        asked = _combined(plain, [CHANGES[fact] for fact in sorted(asks(state)) if fact in CHANGES])
        found += [turn for world in asked for turn in _turns(state, world)]
    return [world for n, world in enumerate(found) if world not in found[:n]]


def _enrols(flow: Flow) -> bool:
    return any("enrol" in state.effects for state in flow.states.values())


def _states(library: Library, flow: Flow) -> Iterator[State]:
    """Yield the states of a flow and of every one that it runs."""
    seen, waiting = set[str](), [flow.name]
    while waiting:
        name = waiting.pop()
        if name in library.flows and name not in seen:
            seen.add(name)
            yield from library.flows[name].states.values()
            waiting += [state.run for state in library.flows[name].states.values() if state.run]


def _combined(world: World, changes: Iterable[tuple[Change, ...]]) -> list[World]:
    found = [world]
    for ways in changes:
        found = [way(one) for one in found for way in ways]
    return found


def _turns(state: State, world: World) -> list[World]:
    """Return a world for each turn of a rotation."""
    if state.rotation is None:
        return [world]
    step = timedelta(**{f"{state.rotation.by}s": 1})
    moments = [world.context.at + step * n for n in range(len(state.rotation.among))]
    return [replace(world, context=replace(world.context, at=at)) for at in moments]
