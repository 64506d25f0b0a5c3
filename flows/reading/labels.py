"""The words for the answers to a question, put in order once so that each reply is only looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from flows.flow import Choice, Question
from flows.reading.numbers import NUMBERS
from flows.reading.spelling import bare
from flows.reading.spoken import (
    ARTICLES,
    KEY_FORMS,
    LAST,
    NEAR,
    NEGATIONS,
    NO,
    NOT_ALONE,
    NOT_SLIPS,
    ORDINAL_FORMS,
    ORDINALS,
    YES,
)

_BEGINNING = 3
_LETTERS_PER_SLIP = 5
_MOST_SLIPS = 2
_DROPPED = frozenset({"a", "an", "the", "un", "una", "el", "la"})
_MOST_TABLES = 1_000

Value = int | str
Meanings = Mapping[str, tuple[tuple[str, Value], ...]]
"""For each word what it means: (language, value), several where it depends on the language."""


@dataclass(frozen=True, slots=True)
class Table:
    """What may be said to a question.

    `labels` are the choices' own words, `words` those and the usual other words, `places` "option 2" and "the second
    one". `named` lists everything that names an answer, with a space after it.
    """

    keys: Mapping[str, Value]
    labels: Meanings
    words: Meanings
    beginnings: Meanings
    by_letter: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, Value]
    places: Mapping[str, Value]
    named: tuple[tuple[str, Value], ...]
    consents: bool

    def word(self, said: str, language: str) -> Value | None:
        """Look a word up: as it is, then as a beginning, then as a slip. The first that finds any decides."""
        found = self.words.get(said) or (said not in NOT_ALONE and self.beginnings.get(said)) or self._slip(said)
        return only(found, language) if found else None

    def _slip(self, said: str) -> tuple[tuple[str, Value], ...]:
        if not said or said in NOT_SLIPS or said in NOT_ALONE:
            return ()
        near = [word for word in self.by_letter.get(said[0], ()) if _slipped(said, word)]
        return tuple(meaning for word in near for meaning in self.words[word])

    def means(self, value: Value, said: str) -> bool:
        """Whether these words, beside a key, say the same as the key."""
        return any(meant == value for _, meant in self.words.get(said, ()))


_TABLES: dict[int, tuple[Question, Table]] = {}


def table(question: Question) -> Table:
    """Return the words of a question. Each is put in order once: questions are frozen, and kept here with theirs."""
    known = _TABLES.get(id(question))
    # The question is kept too, so that its id cannot come to be another's.
    if known is not None and known[0] is question:
        return known[1]
    if len(_TABLES) >= _MOST_TABLES:
        _TABLES.clear()
    made = _made(question)
    _TABLES[id(question)] = (question, made)
    return made


def only(found: Iterable[tuple[str, Value]], language: str) -> Value | None:
    """Return the one answer that the words agree on, or that those of the person's language agree on."""
    listed = tuple(found)
    for words in (listed, [word for word in listed if word[0] == language]):
        answers = {answer for _, answer in words}
        if len(answers) == 1:
            return answers.pop()
    return None


def _made(question: Question) -> Table:
    keys = {str(choice.key): choice.value for choice in question.choices}
    labels = _gathered(_labels(question))
    words = _gathered([*_labels(question), *_others(question)])
    numbers = {word: keys[str(number)] for word, number in NUMBERS.items() if str(number) in keys}
    beginnings = _gathered(_beginnings(labels))
    named = [(f"{word} ", meant) for word, meanings in labels.items() for _, meant in meanings]
    consents = any(value in ("yes", "no") for value in keys.values())
    # "Desacuerdo" is a slip away from "de acuerdo": what may be consent is not read from slips.
    near = labels if consents else words
    return Table(
        keys,
        labels,
        words,
        beginnings,
        {word[:1]: tuple(each for each in near if each[:1] == word[:1]) for word in near},
        numbers,
        {said: value for said, value in _places(question, keys) if said not in words and said not in beginnings},
        tuple(named + [(f"{word} ", meant) for word, meant in numbers.items()]),
        consents,
    )


def _gathered(pairs: Iterable[tuple[str, str, Value]]) -> Meanings:
    found: dict[str, list[tuple[str, Value]]] = {}
    for language, word, value in pairs:
        found.setdefault(word, []).append((language, value))
    return {word: tuple(meanings) for word, meanings in found.items()}


def _labels(question: Question) -> Iterator[tuple[str, str, Value]]:
    for choice in question.choices:
        for language, labels in choice.labels.items():
            for label in labels:
                yield from _both(language, bare(label), choice.value)


def _others(question: Question) -> Iterator[tuple[str, str, Value]]:
    for choice in question.choices:
        for word in _near(choice):
            yield from _both("", word, choice.value)


def _near(choice: Choice) -> tuple[str, ...]:
    if choice.value == "yes":
        return YES
    if choice.value == "no":
        return NO
    labels = {bare(label) for labels in choice.labels.values() for label in labels}
    return tuple(word for label in labels for word in NEAR.get(label, ()))


def _both(language: str, word: str, answer: Value) -> Iterator[tuple[str, str, Value]]:
    """Give a word as it is and without the article it begins with: "a client" is "client"."""
    yield language, word, answer
    article, _, noun = word.partition(" ")
    if article in _DROPPED and noun:
        yield language, noun, answer


def _beginnings(labels: Meanings) -> Iterator[tuple[str, str, Value]]:
    """Give each beginning of a label: inside a single word, or past the first of several."""
    for label, meanings in labels.items():
        first = len(label.split(" ", 1)[0])
        shortest = max(_BEGINNING, first if first < len(label) else 0)
        for end in range(shortest, len(label)):
            for language, value in meanings:
                yield language, label[:end], value


def _places(question: Question, keys: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """Give "option 2", and "the second one" where the keys count from 1: on a scale from 0 that may mean either."""
    yield from ((form.format(said), value) for form in KEY_FORMS for said, value in _said(keys))
    numbered = [choice.key for choice in question.choices]
    # The first of the week is another day to everybody, and of the month it is a date.
    if question.kind in ("scale", "day") or numbered != list(range(1, len(numbered) + 1)):
        return
    ordinals = {word: keys[str(number)] for word, number in ORDINALS.items() if str(number) in keys}
    for word, value in (ordinals | dict.fromkeys(LAST, keys[str(len(numbered))])).items():
        for form in ORDINAL_FORMS:
            yield form.format(word), value
            yield from ((f"{article} {form.format(word)}", value) for article in ARTICLES)


def _said(keys: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    yield from keys.items()
    yield from ((word, keys[str(number)]) for word, number in NUMBERS.items() if str(number) in keys)


def _slipped(said: str, label: str) -> bool:
    """Whether this is a label with at most a slip in five letters, first letter and negations right."""
    most = min(len(label.replace(" ", "")) // _LETTERS_PER_SLIP, _MOST_SLIPS)
    if not most or abs(len(said) - len(label)) > most:
        return False
    if NEGATIONS.intersection(said.split()) != NEGATIONS.intersection(label.split()):
        return False
    return OSA.distance(said, label, score_cutoff=most) <= most
