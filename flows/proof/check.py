"""What must hold of every flow before anybody may be asked with it. Each finding names file, state and line.

Proved by reading what is written (`check_states`, `check_texts`, `locks`): every state can be reached and every path
ends; nothing goes round unless a bound or an answer ends it, and no flow runs itself; every answer goes somewhere;
every fact and value of a branch is possible; every band, pattern, outcome and milestone has a text; what is scored is
asked; nobody is enrolled without consent; a timeout says nothing; every text is there in every language, fits its
budget, is worded to be spoken where it asks, and offers only what is understood; what is locked is unchanged.

Proved by doing it (`explore`), once nothing of that is wrong: whatever is answered, left out, timed out or written in
whatever state, it goes on, STOP and HELP are obeyed, danger is answered, and an end is come to.
"""

from __future__ import annotations

from collections.abc import Iterator

from flows import danger
from flows.flow import Library
from flows.proof import check_states, check_texts, explore, locks
from flows.proof.check_texts import WIDEST
from flows.reading.words import COMMANDS

__all__ = ["NEEDED", "WIDEST", "check", "read_through"]

# Every line the service itself says. A library without one of these cannot be used.
NEEDED = frozenset(
    """
    help stop restart welcome_back already resting unknown invitation not_begun over not_988 unclear needed left_out
    idle idle_resting nothing_open language parked parked_danger unparked pause_at_most pause_until_when nothing_back
    too_late remind_note remind_first remind_last remind_midway
    risk_concern risk_elevated risk_explicit risk_imminent risk_again risk_others risk_home risk_client risk_link
    """.split()  # noqa: SIM905  (a list of words reads best as words)
)
# Words that are obeyed without a flow of their own name; every other one opens its flow.
_NO_FLOW = frozenset({"checkin", "go", "skip", "back"})
_OPENED = frozenset({"welcome", "weekly-checkin", "erase-all", "leaving", *danger.FLOWS, *check_texts.SCHEDULED})


def check(library: Library, *, against: Library | None = None) -> list[str]:
    """Return every fault found, none if the library may be published; `against` has what may not be changed."""
    return read_through(library, against=against) or explore.findings(library)


def read_through(library: Library, *, against: Library | None = None) -> list[str]:
    """Return what is found by reading alone, which takes a tenth of a second."""
    return [
        *_missing(library),
        *check_states.findings(library),
        *check_texts.findings(library),
        *(locks.changed(library, against) if against else ()),
    ]


def _missing(library: Library) -> Iterator[str]:
    for name in sorted(NEEDED - set(library.lines)):
        yield f"lines.yaml: no line {name!r}, which the service says itself"
    opened = (_OPENED | set(COMMANDS)) - _NO_FLOW
    for name in sorted(opened - set(library.flows)):
        yield f"no flow {name!r}, which the service opens itself"
    run = {state.run for flow in library.flows.values() for state in flow.states.values()}
    for flow in library.flows.values():
        if flow.name not in opened | run:
            yield f"{flow.source}: no word and no flow opens {flow.name!r}; let one run it, as in run: {flow.name}"
