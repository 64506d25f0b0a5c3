"""YAML -> Library. A fault is a FlowError that names file, state and line, and what was expected."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

import yaml

from flows.flow import LANGUAGES, Choice, Flow, FlowError, Library, Question, State, Texts
from flows.ways import LINE, branch, limit, refuse_unknown, rotation, targets, timeout, when

_FILE_KEYS = {"flow", "title", "start", "states", "check_in", "lines", "choices"}
_STATE_KEYS = {
    *("say", "ask", "choices", "consent", "run", "do", "only", "rotate", "branch", "go", "timeout", "limit"),
    *("outcome", "required", "loose", "also", "again"),
}
_CHOICE_KEYS = {"value", *LANGUAGES}
_SPOKEN = "voice"
_TEXT_KEYS = {*LANGUAGES, _SPOKEN, "segments", "why"}
_MOST_SEGMENTS = 3
_LARGEST_RANGE = 1000


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
        mapping[LINE] = node.start_mark.line + 1
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
    refuse_unknown(f"{name}, line 1", document, _FILE_KEYS, "a file")
    return document


def _part(name: str, document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return one part of a file, its entries by name."""
    part = document.get(key) or {}
    if not isinstance(part, dict):
        raise FlowError(f"{name}, {key}: expected names with something under each")
    for one in part:
        # Bare on, off, yes and no are truth values in YAML, not words.
        if not isinstance(one, str):
            raise FlowError(f"{name}, {key}, line {part[LINE]}: {one!r} is not a name; put it in quotes or rename it")
    return {k: v for k, v in part.items() if k != LINE}


def _texts(name: str, where: str, value: Any) -> tuple[Texts, ...]:
    many = value if isinstance(value, list) else [value]
    return tuple(_text(name, where, one) for one in many)


def _text(name: str, where: str, one: Any) -> Texts:
    if not isinstance(one, dict):
        raise FlowError(f"{name}, {where}: expected a text by language, such as {{en: ..., es: ...}}")
    at = f"{name}, {where}, line {one[LINE]}"
    refuse_unknown(at, one, _TEXT_KEYS, "a text")
    texts = dict(_by_language(at, one)) | _budget(at, one)
    if _SPOKEN in one:
        if not isinstance(one[_SPOKEN], dict):
            raise FlowError(f"{at}, voice: expected words by language, such as {{en: ..., es: ...}}")
        refuse_unknown(f"{at}, voice", one[_SPOKEN], set(LANGUAGES), "a text")
        texts |= {f"{language} {_SPOKEN}": text for language, text in _by_language(f"{at}, voice", one[_SPOKEN])}
    return texts


def _budget(at: str, one: Mapping[str, Any]) -> dict[str, str]:
    """Read what a text may cost where that is more than one segment; whoever allows it says why."""
    match one.get("segments"), one.get("why"):
        case None, None:
            return {}
        case int(segments), str(why) if 1 < segments <= _MOST_SEGMENTS and why.strip():
            return {"segments": str(segments), "why": why.strip()}
    raise FlowError(f"{at}: expected segments: 2 or {_MOST_SEGMENTS} together with why: and the reason")


def _by_language(at: str, one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    missing = [language for language in LANGUAGES if not isinstance(one.get(language), str) or not one[language]]
    if missing:
        raise FlowError(f"{at}: no text for {', '.join(missing)}")
    for language in LANGUAGES:
        yield language, one[language].strip()


def _choice_set(name: str, where: str, value: Any) -> Question:
    if not isinstance(value, dict) or value.get("kind") not in {"scale", "choice"}:
        raise FlowError(f"{name}, choices {where}: expected kind: scale or kind: choice, and keys with labels")
    listed = {k: v for k, v in value.items() if k not in {"kind", "again", LINE}}
    choices = tuple(_choice(f"{name}, choices {where}, line {value[LINE]}", key, one) for key, one in listed.items())
    if not choices:
        raise FlowError(f"{name}, choices {where}, line {value[LINE]}: nothing to choose from")
    again = _texts(name, f"choices {where}", value["again"])[0] if "again" in value else None
    return Question(where, value["kind"], choices, again)


def _choice(where: str, key: Any, one: Any) -> Choice:
    at = f"{where}, key {key}"
    if not isinstance(key, int) or isinstance(key, bool) or not isinstance(one, dict):
        raise FlowError(f"{at}: expected a digit with labels by language, such as 1: {{en: [...], es: [...]}}")
    refuse_unknown(at, one, _CHOICE_KEYS, "a choice")
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
        for target in targets(state):
            if not isinstance(target, str) or target not in states:
                raise FlowError(f"{name}, state {state.name}, line {state.line}: goes to {target!r}, which is no state")
        if state.also is not None and (state.also not in states or states[state.also].question is None):
            at = f"{name}, state {state.name}, line {state.line}"
            raise FlowError(f"{at}: also: {state.also!r} is no state that asks something")
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
        raise FlowError(f"{name}, state {key}: expected say:, ask:, run:, do:, branch: or go: under it")
    at = f"{name}, state {key}, line {value[LINE]}"
    refuse_unknown(at, value, _STATE_KEYS, "a state")
    if sum(word in value for word in ("ask", "say", "run")) > 1:
        raise FlowError(f"{at}: only one of say:, ask: and run:")
    for word in ("do", "branch"):
        if not isinstance(value.get(word, []), list):
            raise FlowError(f"{at}: {word}: is a list, such as {word}: [...]")
    spoken = value.get("ask", value.get("say"))
    return State(
        name=key,
        line=value[LINE],
        texts=_texts(name, f"state {key}", spoken) if spoken else (),
        question=_asked(name, at, key, value, choices) if "ask" in value else None,
        consent=value.get("consent"),
        run=_word(at, value, "run"),
        effects=tuple(map(str, value.get("do", ()))),
        only=when(at, value["only"]) if "only" in value else {},
        rotation=rotation(at, value["rotate"]) if "rotate" in value else None,
        branches=tuple(branch(at, one) for one in value.get("branch", ())),
        next=value.get("go"),
        timeout=timeout(at, value["timeout"]) if "timeout" in value else None,
        limit=limit(at, value["limit"]) if "limit" in value else None,
        outcome=value.get("outcome", "done"),
        required=value.get("required") is True,
        loose=value.get("loose") is True,
        also=_word(at, value, "also"),
    )


def _word(at: str, value: Mapping[str, Any], key: str) -> str | None:
    found = value.get(key)
    if found is not None and not isinstance(found, str):
        raise FlowError(f"{at}: {key}: {found!r} is not a name")
    return found


def _asked(name: str, at: str, key: str, value: Mapping[str, Any], choices: Mapping[str, Question]) -> Question:
    """Read a question with what is said, in this state alone, where a reply was not understood."""
    question = _question(at, key, value, choices)
    if "again" not in value:
        return question
    return replace(question, again=_texts(name, f"state {key}, again", value["again"])[0])


def _question(at: str, key: str, value: Mapping[str, Any], choices: Mapping[str, Question]) -> Question:
    if not value["ask"]:
        raise FlowError(f"{at}: ask: has no text")
    wanted = value.get("choices")
    match wanted:
        case "day" | "time" | "date" | "hours" | "zone" | "text" | "code":
            return Question(key, wanted)
        case "groups":
            return Question(key, "choice")
        case {"number": [int(low), int(high)]} if low < high <= low + _LARGEST_RANGE:
            return Question(key, "number", low=low, high=high)
        case {"several": [*names], "scale": str(scale)} if scale in choices and names:
            return replace(choices[scale], name=key, kind="several", of=tuple(map(str, names)), again=None)
        case str() if wanted in choices:
            return replace(choices[wanted], name=key)
        case _:
            known = ", ".join(sorted([*choices, "day", "time", "date", "hours", "zone", "text", "code", "groups"]))
            shown = {k: v for k, v in wanted.items() if k != LINE} if isinstance(wanted, dict) else wanted
            rest = "{number: [low, high]}, {several: [...], scale: often}"
            raise FlowError(f"{at}: choices: {shown!r} is none of {known}, {rest}")
