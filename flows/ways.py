"""The ways on from a state, as they are written in YAML: branches, rotations, timeouts, bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.flow import Branch, FlowError, Limit, Rotation, State, Timeout

LINE = "__line__"
"""Under this key each mapping carries the line it starts on."""

_MINUTES = {"minute": 1, "minutes": 1, "hour": 60, "hours": 60, "day": 1440, "days": 1440}
_BY = ("week", "day", "hour")
_LARGEST_RANGE = 1000


def targets(state: State) -> list[str]:
    """Return every state of the flow that may come after this one."""
    found = [*state.rotation.among] if state.rotation else []
    found += [branch.target for branch in state.branches] + ([state.next] if state.next is not None else [])
    found += [state.timeout.target] if state.timeout else []
    found += [state.limit.target] if state.limit else []
    return [*found, state.also] if state.also is not None else found


def refuse_unknown(where: str, mapping: Mapping[Any, Any], known: set[str], of: str) -> None:
    """Raise FlowError if a mapping has a key that means nothing here."""
    unknown = sorted(set(map(str, mapping)) - known - {LINE})
    if unknown:
        raise FlowError(f"{where}: {unknown[0]!r} is not a word of {of}; there are {', '.join(sorted(known))}")


def branch(at: str, value: Any) -> Branch:
    """Read one entry of `branch:`. Raises FlowError."""
    if not isinstance(value, dict) or "go" not in value or not isinstance(value.get("when"), dict):
        raise FlowError(f"{at}: a branch reads {{when: {{fact: value}}, go: state}}")
    refuse_unknown(at, value, {"when", "go"}, "a branch")
    return Branch(when(at, value["when"]), value["go"])


def when(at: str, value: Any) -> Mapping[str, tuple[Any, ...]]:
    """Read what has to hold: each fact with the values it may have. Raises FlowError."""
    if not isinstance(value, dict):
        raise FlowError(f"{at}: expected {{fact: value}}, a list of values, or {{from: low, to: high}}")
    return {str(fact): _values(at, wanted) for fact, wanted in value.items() if fact != LINE}


def _values(at: str, wanted: Any) -> tuple[Any, ...]:
    match wanted:
        case {"from": int(low), "to": int(high)} if low <= high <= low + _LARGEST_RANGE:
            return tuple(range(low, high + 1))
        case dict():
            raise FlowError(f"{at}: a range reads {{from: 0, to: 3}}, lowest first")
        case list():
            return tuple(wanted)
        case _:
            return (wanted,)


def rotation(at: str, value: Any) -> Rotation:
    """Read `rotate:`. Raises FlowError."""
    match value:
        case {"by": by, "among": [_, _, *_] as among} if by in _BY:
            return Rotation(by, tuple(map(str, among)))
    raise FlowError(f"{at}: rotate: reads {{by: week, among: [one, two]}}; by: is one of {', '.join(_BY)}")


def timeout(at: str, value: Any) -> Timeout:
    """Read `timeout:`, in minutes. Raises FlowError."""
    match value:
        case {"after": str(after), "go": str(target)}:
            count, _, unit = after.partition(" ")
            if count.isdigit() and int(count) and unit in _MINUTES:
                return Timeout(int(count) * _MINUTES[unit], target)
    raise FlowError(f"{at}: timeout: reads {{after: 12 hours, go: state}}, in minutes, hours or days")


def limit(at: str, value: Any) -> Limit:
    """Read `limit:`, the bound of a loop. Raises FlowError."""
    match value:
        case {"most": int(most), "go": str(target)} if most > 0:
            return Limit(most, target)
    raise FlowError(f"{at}: limit: reads {{most: 3, go: state}}")
