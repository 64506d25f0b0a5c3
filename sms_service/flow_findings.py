"""What the check finds in a version of the flows by reading it, at the flow and the state where it belongs.

Playing every way there is takes seconds: that is done when a version is published, and refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows import Library, packaged
from flows.flow import Flow
from flows.proof.check import read_through
from flows.proof.check_states import place


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with one flow: at a state, by its name, and with the flow as a whole."""

    at: Mapping[str, Sequence[str]]
    whole: Sequence[str]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.whole) + sum(map(len, self.at.values()))


_found: dict[str, tuple[str, ...]] = {}


def findings(library: Library) -> tuple[str, ...]:
    """Return what is found in a version: read once, as a version never changes."""
    if library.digest not in _found:
        _found[library.digest] = tuple(read_through(library, against=packaged()))
    return _found[library.digest]


def of_flow(library: Library, flow: Flow) -> Findings:
    """Return what is wrong with one flow, without the file's name."""
    mine = [one for one in findings(library) if one.startswith((f"{flow.source},", f"{flow.source}:"))]
    at: dict[str, list[str]] = {}
    for state in flow.states.values():
        where = place(flow, state)
        at[state.name] = [_after(one, where) for one in mine if one.startswith((f"{where}:", f"{where},"))]
        mine = [one for one in mine if not one.startswith((f"{where}:", f"{where},"))]
    return Findings({name: found for name, found in at.items() if found}, [_after(one, flow.source) for one in mine])


def of_none(library: Library) -> list[str]:
    """Return what is wrong with no flow in particular, such as a line that is missing."""
    sources = {flow.source for flow in library.flows.values()}
    return [one for one in findings(library) if not one.startswith(tuple(f"{s}{c}" for s in sources for c in ",:"))]


def _after(finding: str, where: str) -> str:
    return finding.removeprefix(where).lstrip(":, ")
