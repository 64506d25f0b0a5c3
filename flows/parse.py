"""YAML -> Library. A fault is a FlowError that names file, state and line, and what was expected."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from flows.flow import LANGUAGES, Branch, Choice, Flow, FlowError, Library, Question, State, Texts

_LINE = "__line__"
_STATE_KEYS = {"say", "ask", "choices", "consent", "do", "branch", "go", "outcome", "required", _LINE}
_KINDS = {"day": "day", "time": "time"}


class _Lines(yaml.SafeLoader):
    """Remembers the line that each mapping starts on, so that a fault can be found."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        mapping[_LINE] = node.start_mark.line + 1
        return mapping


@cache
def packaged() -> Library:
    """Return the library this release comes with, read once."""
    folder = resources.files("flows") / "definitions"
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".yaml") and "." not in f.name[:-5])
    return parse({name: (folder / name).read_text(encoding="utf-8") for name in names})


def parse(files: Mapping[str, str]) -> Library:
    """Make a library of YAML texts by file name. Raises FlowError on the first fault."""
    documents = {name: _load(name, body) for name, body in files.items()}
    choices: dict[str, Question] = {}
    lines: dict[str, tuple[Texts, ...]] = {}
    flows: dict[str, Flow] = {}
    for name, document in documents.items():
        for key, value in _items(document.get("choices")):
            choices[key] = _choice_set(name, key, value)
        for key, value in _items(document.get("lines")):
            lines[key] = _texts(name, key, value)
    for name, document in documents.items():
        if "flow" in document:
            flow = _flow(name, document, choices)
            flows[flow.name] = flow
    bundle = yaml.safe_dump(dict(files), sort_keys=True, allow_unicode=True)
    return Library(hashlib.sha256(bundle.encode()).hexdigest(), flows, lines, bundle)


def unbundle(bundle: str) -> Library:
    """Read a library back from the text that `Library.yaml` holds."""
    return parse(yaml.safe_load(bundle))


def _load(name: str, body: str) -> dict[str, Any]:
    try:
        document = yaml.load(body, Loader=_Lines)  # noqa: S506  (a SafeLoader that counts lines)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise FlowError(f"{name}, line {line}: not YAML: {getattr(error, 'problem', error)}") from None
    if not isinstance(document, dict):
        raise FlowError(f"{name}, line 1: expected a mapping that starts with flow:, lines: or choices:")
    return document


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    return [(k, v) for k, v in (value or {}).items() if k != _LINE]


def _texts(name: str, where: str, value: Any) -> tuple[Texts, ...]:
    many = value if isinstance(value, list) else [value]
    for one in many:
        if not isinstance(one, dict):
            raise FlowError(f"{name}, {where}: expected a text by language, such as {{en: ..., es: ...}}")
        missing = [language for language in LANGUAGES if not one.get(language)]
        if missing:
            raise FlowError(f"{name}, {where}, line {one[_LINE]}: no text for {', '.join(missing)}")
    return tuple({k: str(v).strip() for k, v in _items(one)} for one in many)


def _choice_set(name: str, where: str, value: Any) -> Question:
    if not isinstance(value, dict) or value.get("kind") not in {"scale", "choice"}:
        raise FlowError(f"{name}, choices {where}: expected kind: scale or kind: choice, and keys with labels")
    choices: list[Choice] = []
    for key, one in _items(value):
        if not isinstance(key, int):
            continue
        labels = {language: tuple(map(str, one.get(language, ()))) for language in LANGUAGES}
        if not all(labels.values()):
            raise FlowError(f"{name}, choices {where}, key {key}, line {one[_LINE]}: no label in every language")
        choices.append(Choice(key, one.get("value", key), labels))
    again = _texts(name, f"choices {where}", value["again"])[0] if "again" in value else None
    return Question(where, value["kind"], tuple(choices), again)


def _flow(name: str, document: Mapping[str, Any], choices: Mapping[str, Question]) -> Flow:
    states = {key: _state(name, key, value, choices) for key, value in _items(document.get("states"))}
    start = document.get("start")
    if start not in states:
        raise FlowError(f"{name}, line 1: start: {start!r} is not one of its states")
    for state in states.values():
        for target in [b.target for b in state.branches] + ([state.next] if state.next else []):
            if target not in states:
                raise FlowError(f"{name}, state {state.name}, line {state.line}: goes to {target!r}, which is no state")
    return Flow(
        name=str(document["flow"]),
        title=str(document.get("title", document["flow"])),
        start=start,
        states=states,
        check_in=bool(document.get("check_in", False)),
        source=name,
    )


def _state(name: str, key: str, value: Any, choices: Mapping[str, Question]) -> State:
    if not isinstance(value, dict):
        raise FlowError(f"{name}, state {key}: expected say:, ask:, do:, branch: or go: under it")
    line = value[_LINE]
    unknown = sorted(set(map(str, value)) - _STATE_KEYS)
    if unknown:
        raise FlowError(f"{name}, state {key}, line {line}: {unknown[0]!r} is not a word of a state")
    if "ask" in value and "say" in value:
        raise FlowError(f"{name}, state {key}, line {line}: either say: or ask:, not both")
    spoken = value.get("ask", value.get("say"))
    return State(
        name=key,
        line=line,
        texts=_texts(name, f"state {key}", spoken) if spoken else (),
        question=_question(name, key, value, choices) if "ask" in value else None,
        consent=value.get("consent"),
        effects=tuple(value.get("do", ())),
        branches=tuple(_branch(name, key, one) for one in value.get("branch", ())),
        next=value.get("go"),
        outcome=value.get("outcome", "done"),
        required=bool(value.get("required", False)),
    )


def _question(name: str, key: str, value: Mapping[str, Any], choices: Mapping[str, Question]) -> Question:
    wanted = str(value.get("choices"))
    if wanted in _KINDS:
        return Question(key, "day" if wanted == "day" else "time")
    if wanted == "groups":
        return Question(key, "choice")
    if wanted not in choices:
        known = ", ".join(sorted([*choices, *_KINDS, "groups"]))
        raise FlowError(f"{name}, state {key}, line {value[_LINE]}: choices: {wanted!r} is none of {known}")
    found = choices[wanted]
    return Question(key, found.kind, found.choices, found.again)


def _branch(name: str, key: str, value: Any) -> Branch:
    if not isinstance(value, dict) or "go" not in value or not isinstance(value.get("when"), dict):
        raise FlowError(f"{name}, state {key}: a branch reads {{when: {{fact: value}}, go: state}}")
    when = {fact: tuple(wanted) if isinstance(wanted, list) else (wanted,) for fact, wanted in _items(value["when"])}
    return Branch(when, value["go"])
