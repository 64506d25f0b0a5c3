"""YAML -> Library. A fault is a FlowError that names file, state and line, and what was expected."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from flows.flow import LANGUAGES, Branch, Choice, Flow, FlowError, Library, Question, State, Texts

_LINE = "__line__"
_FILE_KEYS = {"flow", "title", "start", "states", "check_in", "lines", "choices"}
_STATE_KEYS = {"say", "ask", "choices", "consent", "do", "branch", "go", "outcome", "required"}
_CHOICE_KEYS = {"value", *LANGUAGES}
_KINDS = {"day": "day", "time": "time"}


class _Lines(yaml.SafeLoader):
    """Remembers the line that each mapping starts on, so that a fault can be found, and lets no name be used twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                mark = key.start_mark
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} is there twice", problem_mark=mark)
            seen.add(str(key.value))
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
        for key, value in _part(name, document, "choices").items():
            choices[key] = _choice_set(name, key, value)
        for key, value in _part(name, document, "lines").items():
            lines[key] = _texts(name, key, value)
    for name, document in documents.items():
        if "flow" in document:
            flow = _flow(name, document, choices)
            if flow.name in flows:
                raise FlowError(f"{name}, line 1: the flow {flow.name!r} is in {flows[flow.name].source} already")
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
    _refuse_unknown(f"{name}, line 1", document, _FILE_KEYS, "a file")
    return document


def _refuse_unknown(where: str, mapping: Mapping[Any, Any], known: set[str], of: str) -> None:
    unknown = sorted(set(map(str, mapping)) - known - {_LINE})
    if unknown:
        raise FlowError(f"{where}: {unknown[0]!r} is not a word of {of}; there are {', '.join(sorted(known))}")


def _part(name: str, document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return one part of a file, its entries by name."""
    part = document.get(key) or {}
    if not isinstance(part, dict):
        raise FlowError(f"{name}, {key}: expected names with something under each")
    for one in part:
        # Bare on, off, yes and no are truth values in YAML, not words.
        if not isinstance(one, str):
            raise FlowError(f"{name}, {key}, line {part[_LINE]}: {one!r} is not a name; put it in quotes or rename it")
    return {k: v for k, v in part.items() if k != _LINE}


def _texts(name: str, where: str, value: Any) -> tuple[Texts, ...]:
    many = value if isinstance(value, list) else [value]
    for one in many:
        if not isinstance(one, dict):
            raise FlowError(f"{name}, {where}: expected a text by language, such as {{en: ..., es: ...}}")
        at = f"{name}, {where}, line {one[_LINE]}"
        missing = [language for language in LANGUAGES if not isinstance(one.get(language), str) or not one[language]]
        if missing:
            raise FlowError(f"{at}: no text for {', '.join(missing)}")
        _refuse_unknown(at, one, set(LANGUAGES), "a text")
    return tuple({language: one[language].strip() for language in LANGUAGES} for one in many)


def _choice_set(name: str, where: str, value: Any) -> Question:
    if not isinstance(value, dict) or value.get("kind") not in {"scale", "choice"}:
        raise FlowError(f"{name}, choices {where}: expected kind: scale or kind: choice, and keys with labels")
    listed = {k: v for k, v in value.items() if k not in {"kind", "again", _LINE}}
    choices = tuple(_choice(f"{name}, choices {where}, line {value[_LINE]}", key, one) for key, one in listed.items())
    if not choices:
        raise FlowError(f"{name}, choices {where}, line {value[_LINE]}: nothing to choose from")
    again = _texts(name, f"choices {where}", value["again"])[0] if "again" in value else None
    return Question(where, value["kind"], choices, again)


def _choice(where: str, key: Any, one: Any) -> Choice:
    at = f"{where}, key {key}"
    if not isinstance(key, int) or isinstance(key, bool) or not isinstance(one, dict):
        raise FlowError(f"{at}: expected a digit with labels by language, such as 1: {{en: [...], es: [...]}}")
    _refuse_unknown(at, one, _CHOICE_KEYS, "a choice")
    labels = {language: one.get(language) for language in LANGUAGES}
    for listed in labels.values():
        if not isinstance(listed, list) or not listed:
            raise FlowError(f"{at}: no label in every language")
    for meant in [one.get("value", key), *(label for listed in labels.values() for label in listed or ())]:
        if isinstance(meant, bool) or not isinstance(meant, int | str):
            raise FlowError(f"{at}: {meant!r} is a truth value to YAML; write it in quotes")
    return Choice(key, one.get("value", key), {k: tuple(map(str, v or ())) for k, v in labels.items()})


def _flow(name: str, document: Mapping[str, Any], choices: Mapping[str, Question]) -> Flow:
    states = {key: _state(name, key, value, choices) for key, value in _part(name, document, "states").items()}
    start = document.get("start")
    if not isinstance(start, str) or start not in states:
        raise FlowError(f"{name}, line 1: start: {start!r} is not one of its states")
    for state in states.values():
        for target in [b.target for b in state.branches] + ([state.next] if state.next is not None else []):
            if not isinstance(target, str) or target not in states:
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
    at = f"{name}, state {key}, line {value[_LINE]}"
    _refuse_unknown(at, value, _STATE_KEYS, "a state")
    if "ask" in value and "say" in value:
        raise FlowError(f"{at}: either say: or ask:, not both")
    for word in ("do", "branch"):
        if not isinstance(value.get(word, []), list):
            raise FlowError(f"{at}: {word}: is a list, such as {word}: [...]")
    spoken = value.get("ask", value.get("say"))
    return State(
        name=key,
        line=value[_LINE],
        texts=_texts(name, f"state {key}", spoken) if spoken else (),
        question=_question(at, key, value, choices) if "ask" in value else None,
        consent=value.get("consent"),
        effects=tuple(map(str, value.get("do", ()))),
        branches=tuple(_branch(at, one) for one in value.get("branch", ())),
        next=value.get("go"),
        outcome=value.get("outcome", "done"),
        required=value.get("required") is True,
    )


def _question(at: str, key: str, value: Mapping[str, Any], choices: Mapping[str, Question]) -> Question:
    wanted = str(value.get("choices"))
    if not value["ask"]:
        raise FlowError(f"{at}: ask: has no text")
    if wanted in _KINDS:
        return Question(key, "day" if wanted == "day" else "time")
    if wanted == "groups":
        return Question(key, "choice")
    if wanted not in choices:
        known = ", ".join(sorted([*choices, *_KINDS, "groups"]))
        raise FlowError(f"{at}: choices: {wanted!r} is none of {known}")
    found = choices[wanted]
    return Question(key, found.kind, found.choices, found.again)


def _branch(at: str, value: Any) -> Branch:
    if not isinstance(value, dict) or "go" not in value or not isinstance(value.get("when"), dict):
        raise FlowError(f"{at}: a branch reads {{when: {{fact: value}}, go: state}}")
    named = {str(fact): wanted for fact, wanted in value["when"].items() if fact != _LINE}
    when = {fact: tuple(wanted) if isinstance(wanted, list) else (wanted,) for fact, wanted in named.items()}
    return Branch(when, value["go"])
