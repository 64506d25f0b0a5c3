"""What the risk screen is made of, and how the rule files become it.

A file has `words` (vocabulary), `spellings`, `phrases`, `endings` and `near` (how words get written), `people` (whom a
clause is about), `rules` and `guards`. Every rule and guard carries examples of both kinds, which the tests run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import yaml

from flows.flow import FlowError
from flows.risk_pattern import Around, Pattern, Vocabulary, around, entries, pattern
from flows.risk_text import Spelling, spelling

About = Literal["self", "client", "other", "unclear"]
Whose = Literal["self", "open", "topic"]


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SHAPE = {"rules": list, "guards": list, "own": list} | dict.fromkeys(
    ("words", "spellings", "phrases", "endings", "people", "defaults"), dict
)
_SAID_OF_EVERY_RULE = ("source", "reviewed_by", "date")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that risk sounds like.

    `whose` is "self" if it can only be the writer's, "open" if it is the writer's unless somebody else is named before
    it, "topic" if it is the writer's only if the writer is named before it. A rule of level 0 tells what a
    harmless text is `about`.
    """

    id: str
    construct: str
    level: int
    whose: Whose
    about: About | None
    patterns: tuple[Pattern, ...]
    matches: tuple[str, ...]
    misses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """Silences a match that it fits around, or softens it to level `cap`; not if an `unless` fits as well.

    `only` and `spare` name constructs, kinds of `whose` or rules that it is for and not for.
    """

    id: str
    around: tuple[Around, ...]
    unless: tuple[Around, ...]
    only: frozenset[str]
    spare: frozenset[str]
    cap: int
    about: About | None
    matches: tuple[str, ...]
    misses: tuple[str, ...]

    def holds(self, rule: Rule, clause: str, found: re.Match[str], near: set[str]) -> bool:
        """Whether what `rule` found in `clause`, with the words `near` around it, is silenced."""
        names = {rule.id, rule.construct, rule.whose}
        if names & self.spare or (self.only and not names & self.only):
            return False
        return _any_fits(self.around, clause, found, near) and not _any_fits(self.unless, clause, found, near)


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything the screen needs, compiled. `people` says who a word stands for, `own` are first-person words that
    count inside a match only ("without me"); `searches` are the rules' patterns, `by_word` leads from a word to the
    numbers of those that cannot match without one such word."""

    rules: tuple[Rule, ...]
    guards: tuple[Guard, ...]
    people: Mapping[str, About]
    own: frozenset[str]
    spelling: Spelling
    searches: tuple[tuple[Rule, Pattern], ...] = ()
    by_word: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def load_rules(yaml_texts: Mapping[str, str]) -> Rules:
    """Return the rules of several files, given as name -> YAML text.

    Raises FlowError naming the file and the rule that cannot be used, and why.
    """
    files = {name: _read(name, text) for name, text in yaml_texts.items()}
    rules = tuple(rule for name, file in files.items() for rule in _rules(name, file))
    guards = tuple(guard for name, file in files.items() for guard in _guards(name, file, _names(rules)))
    people = {word: about for name, file in files.items() for word, about in _people(name, file)}
    own = frozenset(word for file in files.values() for word in file.get("own", ()))
    return indexed(Rules(rules, guards, people, own, _spelling(list(files.values()))))


def indexed(rules: Rules) -> Rules:
    """Return `rules` with the way from a word to the patterns that wait for it."""
    by_word: dict[str, tuple[int, ...]] = {}
    searches = tuple((rule, pattern) for rule in rules.rules for pattern in rule.patterns)
    for number, (_, searched) in enumerate(searches):
        for word in searched.words:
            by_word[word] = (*by_word.get(word, ()), number)
    return replace(rules, searches=searches, by_word=by_word)


def _any_fits(candidates: tuple[Around, ...], clause: str, found: re.Match[str], near: set[str]) -> bool:
    return any(candidate.fits(clause, found.start(), found.end(), near) for candidate in candidates)


def _read(name: str, text: str) -> dict[str, Any]:
    try:
        file = yaml.load(text, _LOADER)  # noqa: S506 - the safe loader, in C where there is one
    except yaml.YAMLError as error:
        raise FlowError(f"{name}: not readable as YAML: {error}") from error
    if not isinstance(file, dict) or "rules" not in file:
        raise FlowError(f"{name}: expected a mapping with a list of `rules`")
    for key, kind in _SHAPE.items():
        if not isinstance(file.get(key, kind()), kind):
            raise FlowError(f"{name}: expected `{key}` to be a {kind.__name__}")
    for slot, listed in file.get("words", {}).items():
        for entry in listed:
            if not isinstance(entry, str):  # YAML reads no, on and off as true or false
                raise FlowError(f"{name}: words {slot}: {entry!r} is not a word; put it in quotes")
    return file


def _rules(name: str, file: dict[str, Any]) -> Iterator[Rule]:
    words: Vocabulary = file.get("words", {})
    seen: set[str] = set()
    for entry in file["rules"]:
        where = _where(name, "rule", entry)
        with_defaults = {**file.get("defaults", {}), **entry}
        if entry["id"] in seen:
            raise FlowError(f"{where}: there are two of this id")
        seen.add(entry["id"])
        try:
            yield _rule(with_defaults, words)
        except (KeyError, TypeError, ValueError) as error:
            raise FlowError(f"{where}: {_said(error)}") from error


def _rule(entry: dict[str, Any], words: Vocabulary) -> Rule:
    level, whose, about = entry["level"], entry.get("whose", "open"), entry.get("about")
    if level not in (0, 1, 2, 3):
        raise ValueError(f"level {level!r} is not 0, 1, 2 or 3")
    if whose not in get_args(Whose):
        raise ValueError(f"whose {whose!r} is not one of {', '.join(get_args(Whose))}")
    _check_about(about)
    for key in _SAID_OF_EVERY_RULE:
        entry[key]
    patterns = tuple(pattern(template, words) for template in _texts(entry, "say"))
    return Rule(entry["id"], entry["construct"], level, whose, about, patterns, *_examples(entry))


def _examples(entry: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return _texts(entry, "matches"), _texts({"not": []} | entry, "not")


def _texts(entry: dict[str, Any], key: str) -> tuple[str, ...]:
    if not isinstance(entry[key], list) or not all(isinstance(text, str) for text in entry[key]):
        raise ValueError(f"`{key}` is not a list of texts")
    return tuple(entry[key])


def _guards(name: str, file: dict[str, Any], names: frozenset[str]) -> Iterator[Guard]:
    words: Vocabulary = file.get("words", {})
    for entry in file.get("guards", ()):
        where = _where(name, "guard", entry)
        try:
            guard = _guard(entry, words)
            _check_known(guard.only | guard.spare, names)
            yield guard
        except (KeyError, TypeError, ValueError) as error:
            raise FlowError(f"{where}: {_said(error)}") from error


def _guard(entry: dict[str, Any], words: Vocabulary) -> Guard:
    about = entry.get("about")
    _check_about(about)
    matches, misses = _examples(entry)
    return Guard(
        id=entry["id"],
        around=tuple(around(template, words) for template in _texts(entry, "at")),
        unless=tuple(around(template, words) for template in _texts({"unless": []} | entry, "unless")),
        only=frozenset(entry.get("only", ())),
        spare=frozenset(entry.get("spare", ())),
        cap=entry.get("cap", 0),
        about=about,
        matches=matches,
        misses=misses,
    )


def _people(name: str, file: dict[str, Any]) -> Iterator[tuple[str, About]]:
    words: Vocabulary = file.get("words", {})
    for about, named in file.get("people", {}).items():
        if about not in get_args(About):
            raise FlowError(f"{name}: people {about!r} is not one of {', '.join(get_args(About))}")
        for entry in named:
            for word in entries(entry[1:-1], words) if entry.startswith("{") else [entry]:
                yield word, about


def _spelling(files: list[dict[str, Any]]) -> Spelling:
    slots = (entry for file in files for slot in file.get("words", {}).values() for entry in slot)
    fillers = dict.fromkeys(_listed("fillers", files), "")
    return spelling(
        words={word: plain for plain, word in _pairs("spellings", files)} | fillers,
        phrases={said: plain for file in files for plain, all_ in file.get("phrases", {}).items() for said in all_},
        endings={end: plain for file in files for end, plain in file.get("endings", {}).items()},
        near=_listed("near", files),
        hidden=_listed("hidden", files),
        joined=frozenset(_listed("joined", files)),
        known=frozenset(_listed("right", files)).union(*(entry.split() for entry in slots)),
    )


def _pairs(key: str, files: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    return ((plain, word) for file in files for plain, said in file.get(key, {}).items() for word in said.split())


def _listed(key: str, files: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(word for file in files for word in file.get(key, "").split())


def _names(rules: tuple[Rule, ...]) -> frozenset[str]:
    return frozenset(name for rule in rules for name in (rule.id, rule.construct, rule.whose))


def _check_known(named: frozenset[str], names: frozenset[str]) -> None:
    if named - names:
        raise ValueError(f"no rule has the id, construct or whose {min(named - names)!r}")


def _check_about(about: object) -> None:
    if about is not None and about not in get_args(About):
        raise ValueError(f"about {about!r} is not one of {', '.join(get_args(About))}")


def _where(name: str, kind: str, entry: object) -> str:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise FlowError(f"{name}: a {kind} needs an `id`")
    return f"{name}: {kind} {entry['id']}"


def _said(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
