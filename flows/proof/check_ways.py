"""The ways through a flow: what can be reached, what ends, what goes round, what is said on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flows.flow import Flow, Library, State
from flows.ways import targets

Onward = Callable[[State], Iterable[str]]


def reached(flow: Flow, start: str) -> set[str]:
    """Return every state that may come after this one, and itself."""
    return _follow([start], lambda name: targets(flow.states[name]))


def ends(flow: Flow, name: str) -> bool:
    """Whether a path leads from this state to an end."""
    return any(flow.states[one].next is None and not flow.states[one].rotation for one in reached(flow, name))


def goes_round(flow: Flow, state: State, onward: Onward) -> bool:
    """Whether a path of these ways leads from this state back to it."""
    return state.name in _follow(list(onward(state)), lambda name: onward(flow.states[name]))


def silent(state: State) -> list[str]:
    """Return where a state goes by itself. One that was entered as often as it may be only passes on."""
    if state.limit:
        return [state.limit.target]
    return [] if state.question else targets(state)


def unanswered(state: State) -> list[str]:
    """Return where a state goes when nothing is answered."""
    if state.limit or state.question is None:
        return silent(state)
    if state.required:
        return []
    found = list(state.rotation.among) if state.rotation else []
    for branch in state.branches:
        if state.question.name in branch.when or False not in branch.when.get("answered", (False,)):
            continue
        found.append(branch.target)
        if set(branch.when) == {"answered"}:
            return found
    return [*found, state.next] if state.next is not None else found


def asks(state: State) -> set[str]:
    """Return every fact that a state asks about."""
    return {*state.only, *(fact for branch in state.branches for fact in branch.when)}


def speaks(library: Library, flow: Flow, name: str) -> bool:
    """Whether anything may be said from this state on without a word of the person's."""
    return bool(first_said(library, flow, name))


def first_said(library: Library, flow: Flow, name: str) -> list[tuple[Flow, State]]:
    """Return the states that may be the first to say something, from this one on."""
    found: list[tuple[Flow, State]] = []
    seen, waiting = set[tuple[str, str]](), [(flow, name)]
    while waiting:
        inside, one = waiting.pop()
        state = inside.states[one]
        if (inside.name, one) in seen:
            continue
        seen.add((inside.name, one))
        if state.texts:
            found.append((inside, state))
            continue
        run = library.flows.get(state.run or "")
        if run:
            waiting.append((run, run.start))
        waiting += [(inside, target) for target in targets(state)]
    return found


def _follow(start: list[str], onward: Callable[[str], Iterable[str]]) -> set[str]:
    found = set[str]()
    waiting = start
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(onward(name))
    return found
