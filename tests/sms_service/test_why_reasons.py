"""Every reason that is written down is told by `why` in its own words, or is known to be the person's own doing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import sms_service
from sms_service import fates

OWN = {
    "another conversation was open",
    "answered before it was due",
    "erased",
    "its check-in was not out in time",  # of a reminder, which only those have who have not answered
    "left",
    "no longer needed",
    "no longer wanted",
    "not the moment for it",
    "nothing open any more",
    "nothing to remind of",
    "nothing waited for any more",
    "opted out",
    "opted out at Twilio",
    "paused",
    "planned anew",
    "resumed",
    "settled with the check-in",
    "the day or hour was changed",
    "waiting for a word from this number",
}
"""What tells of the person, or of what they said: it is never repeated."""
OF_NOBODY = {"not on the roster any more", "text", "the sender is stopped"}
"""What is written of staff alone, the type of the column, and what stands with everybody of a sender."""
ENDS = {"cancelled", "done", "dropped", "due"}
PLACES = {"End": 2, "cancel": 3, "drop_waiting": 2, "replan": 4, "settle": 2}
"""Where a call has its reason, if it is not named."""
IN_SQL = re.compile(r"\breason = '([^']+)'")


def modules() -> dict[str, ast.Module]:
    folder = Path(sms_service.__file__).parent
    files = [*folder.glob("*.py"), *(folder / "store").glob("*.py")]
    return {file.stem: ast.parse(file.read_text("utf-8")) for file in files}


def constants(modules: dict[str, ast.Module]) -> dict[tuple[str, str], ast.expr]:
    return {
        (name, target.id): node.value
        for name, module in modules.items()
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def places(node: ast.AST) -> Iterator[ast.expr | None]:
    """Return what a piece of the program writes down as a reason."""
    match node:
        case ast.Tuple(elts=[ast.Constant(value=state), reason]) if state in ENDS:
            yield reason
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            yield from node.args[PLACES[name] : PLACES[name] + 1] if name in PLACES else ()
            yield from (word.value for word in node.keywords if word.arg == "reason")
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "reason":
                    yield value
        case ast.Assign(targets=[ast.Name(id="reason")]):
            yield node.value
        case ast.arguments():
            given = node.args[len(node.args) - len(node.defaults) :]
            yield from (d for a, d in zip(given, node.defaults, strict=True) if a.arg == "reason")


def words(reason: ast.expr | None, module: str, known: dict[tuple[str, str], ast.expr]) -> Iterator[str]:
    match reason:
        case ast.Constant(value=str(word)):
            yield word
        case ast.IfExp(body=one, orelse=other):
            yield from words(one, module, known)
            yield from words(other, module, known)
        case ast.Name(id=name):
            yield from words(known.get((module, name)), module, known)
        case ast.Attribute(value=ast.Name(id=other_module), attr=name):
            yield from words(known.get((other_module, name)), other_module, known)


def written() -> set[str]:
    found: set[str] = set()
    read = modules()
    known = constants(read)
    for name, module in read.items():
        for node in ast.walk(module):
            for reason in places(node):
                found.update(words(reason, name, known))
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(IN_SQL.findall(node.value))
    return found


def test_no_reason_is_forgotten() -> None:
    assert written() - set(fates.REASONS) == OWN | OF_NOBODY


def test_no_reason_is_told_that_is_the_persons_own() -> None:
    assert not OWN & set(fates.REASONS)


def test_no_reason_is_told_that_nobody_writes() -> None:
    assert set(fates.REASONS) <= written()
