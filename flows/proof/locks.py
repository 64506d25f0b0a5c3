"""What belongs to the service and no program may change: consent, STOP, HELP and what is said in a hard moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flows.flow import Flow, Library, State
from flows.proof.check_states import place

LINES = frozenset({"help", "stop", "invitation", "not_988", "parked", "parked_danger", "needed"})
FLOWS = frozenset(
    {
        "welcome",
        "after-risk",
        "care",
        "care-now",
        "who",
        "call",
        "callme",
        "nocall",
        "contact",
        "leaving",
        "reconfirm",
        "erase",
        "erase-all",
    }
)


def changed(library: Library, reference: Library) -> Iterator[str]:
    """Yield what is locked and not as it is in the reference."""
    for name in sorted({*library.lines, *reference.lines}):
        if _locked(name) and library.lines.get(name) != reference.lines.get(name):
            yield f"lines.yaml, {name}: is locked and was changed"
    for name in sorted({*library.flows, *reference.flows}):
        yield from _flow(name, library.flows.get(name), reference.flows.get(name))


def _locked(line: str) -> bool:
    return line in LINES or line.startswith("risk_")


def _flow(name: str, flow: Flow | None, reference: Flow | None) -> Iterator[str]:
    whole = name in FLOWS
    if flow and reference and whole and (flow.start, flow.check_in) != (reference.start, reference.check_in):
        yield f"{flow.source}: the flow {name!r} is locked and begins elsewhere"
    states, before = (one.states if one else {} for one in (flow, reference))
    for key in sorted({*states, *before}):
        now, then = states.get(key), before.get(key)
        if not (whole or _agrees(now) or _agrees(then)) or _alike(now, then):
            continue
        if flow and now:
            yield f"{place(flow, now)}: is locked and was {'changed' if then else 'added'}"
        else:
            yield f"{reference.source if reference else name}, state {key}: is locked and was taken out"


def _agrees(state: State | None) -> bool:
    return state is not None and state.consent is not None


def _alike(now: State | None, then: State | None) -> bool:
    """Whether two states are the same, wherever in their file they stand."""
    return now is not None and then is not None and replace(now, line=0) == replace(then, line=0)
