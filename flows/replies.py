"""What a person meant by a reply to an open question.

An answer is read only where it can mean one thing: a number inside a sentence, a range, a decimal, a text
that is long are asked again rather than guessed at. Both languages are understood whatever the person's own
is; theirs decides where a word would mean different answers in each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from rapidfuzz.distance import OSA

from flows.flow import Answer, Choice, Question
from flows.hours import exact_time, read_time
from flows.keywords import bare, carrier, command, fold, misdirected, strip_phrases
from flows.spoken import DAY_HEDGES, DAYS, HEDGES, NEAR, NEGATIONS, NO, NOT_SLIPS, NUMBERS, POLITE, YES

_MOST_CHARACTERS = 60
_MOST_WORDS = 8
_BEGINNING = 3
_LETTERS_PER_SLIP = 5
_MOST_SLIPS = 2

# A sign, a decimal, a price, a percentage, "<3" and ":3": a digit is there and is not an answer.
_NOT_A_KEY = re.compile(r"^\s*[-+<>=:;.,$€£¥/\\^~−–—]\s*\d|\s[-+<>.$€£¥−–—]\d|\d\s*[%+°$€£¥²³]|\d[.,/:]\d")
_HEADED = re.compile(
    r"(?P<head>\d+)\s*[-–—:.,;)=]+\s*(?P<rest>[^\d\s].*)|(?P<label>[^\d.,;:]+?)\s*[-–—:.,;]+\s+(?P<more>.+)"
)
_BUT = (
    "but",
    "or",
    "and",
    "to",
    "no",
    "well",
    "actually",
    "rather",
    "pero",
    "o",
    "y",
    "mejor dicho",
    "mas bien",
)
_ARTICLES = frozenset({"a", "an", "the", "un", "una", "el", "la"})
_THUMBS = {"\U0001f44d": "yes", "\U0001f44e": "no"}

Word = tuple[str, str, Answer]
"""A word for an answer: its language, the word, the answer."""


def exact(question: Question, text: str, language: str, *, today: object = None) -> Answer | None:
    """Read an answer given exactly: the key, a whole label in either language, a time written out. Else None.

    Case, accents and punctuation around it do not count; a sign before a number does.
    """
    if len(text) == 1 and question.choices and "0" <= text <= "9":  # nearly every answer there is
        return _by_key(question, text)
    if _NOT_A_KEY.search(unicodedata.normalize("NFKC", text)) and question.kind != "time":
        return None
    if question.kind == "time":
        return exact_time(text) if not _signed(text) else None
    question = _with_days(question)
    said = bare(text)
    value = _by_key(question, said)
    return _only([word for word in _labels(question) if word[1] == said], language) if value is None else value


def read_reply(question: Question, text: str, language: str, *, today: object = None) -> Answer | None:
    """Read what somebody meant: a choice's value, a day (0 Monday), a time ("HH:MM"), or None if not certain.

    Total. Understands digits of every dress, number words, labels, their unambiguous beginnings (3 letters or
    more) and near misses (one slip for five letters), and the usual other words for yes, no, often and the
    like. More than 60 characters or 8 words are an answer only if they open with one: "3 - a hard week".
    """
    if carrier(text) or misdirected(text):
        return None
    found = exact(question, text, language)
    if found is not None or _signed(text) or command(text):
        return found
    if question.kind == "time":
        return None if _long(text) else read_time(text, language)
    hedges: tuple[str, ...] = POLITE if _consents(question) else POLITE + HEDGES
    if question.kind == "day":
        hedges += DAY_HEDGES
    return _choice(_with_days(question), text, language, hedges)


def _with_days(question: Question) -> Question:
    return DAYS if question.kind == "day" and not question.choices else question


def _signed(text: str) -> bool:
    return re.match(r"\s*[-+−–—<>=.,:;$]\s*\d", unicodedata.normalize("NFKC", text)) is not None


def _long(text: str) -> bool:
    return len(text.strip()) > _MOST_CHARACTERS or len(text.split()) > _MOST_WORDS


def _consents(question: Question) -> bool:
    return any(choice.value in ("yes", "no") for choice in question.choices)


def _choice(question: Question, text: str, language: str, hedges: tuple[str, ...]) -> Answer | None:
    thumb = _thumb(question, text)
    if thumb is not None:
        return thumb
    if _NOT_A_KEY.search(unicodedata.normalize("NFKC", text)):
        return None
    said = fold(text.replace("\n", ". "))
    found = _headed(question, said, language, hedges)
    if found is not None or _long(text):
        return found
    return _whole(question, strip_phrases(bare(said), hedges), language, hedges)


def _thumb(question: Question, text: str) -> Answer | None:
    # The modifiers after a thumb are its skin.
    meant = _THUMBS.get(text.strip().rstrip("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff\ufe0f"))
    return meant if meant in [choice.value for choice in question.choices] else None


def _headed(question: Question, said: str, language: str, hedges: tuple[str, ...]) -> Answer | None:
    """Read "3 - often", "3. A long week", "Often, mostly on Mondays": the answer first, then a mark."""
    found = _HEADED.fullmatch(said)
    if found is None or (found["label"] and _consents(question)):
        return None
    if found["head"]:
        value, rest = _by_key(question, found["head"]), found["rest"]
    else:
        head = strip_phrases(bare(found["label"]), hedges)
        value, rest = _only([word for word in _labels(question) if word[1] == head], language), found["more"]
    return None if value is None or _contradicts(question, value, bare(rest)) else value


def _contradicts(question: Question, value: Answer, rest: str) -> bool:
    """Whether what follows an answer names another: a key anywhere, a label or number word at its beginning."""
    if any(_by_key(question, token) is not None for token in rest.split()):
        return True
    opening = strip_phrases(rest, HEDGES + _BUT) + " "
    others = [word for _, word, meant in _labels(question) if meant != value]
    numbers = [word for word, number in NUMBERS.items() if _by_key(question, str(number)) not in (None, value)]
    return any(opening.startswith(f"{word} ") or f"{rest} ".startswith(f"{word} ") for word in others + numbers)


def _whole(question: Question, said: str, language: str, hedges: tuple[str, ...]) -> Answer | None:
    tokens = said.split()
    numbers = [token for token in tokens if any(letter.isdigit() for letter in token)]
    if not numbers:
        value = _by_word(question, said, language)
        return _by_number_word(question, said) if value is None else value
    if len(numbers) > 1:
        return None
    value = _by_key(question, numbers[0])
    rest = strip_phrases(" ".join(token for token in tokens if token != numbers[0]), hedges)
    return value if value is not None and rest in _words_of(question, value) else None


def _words_of(question: Question, value: Answer) -> set[str]:
    return {""} | {word for _, word, meant in _all_words(question) if meant == value}


def _by_key(question: Question, said: str) -> Answer | None:
    return next((choice.value for choice in question.choices if str(choice.key) == said), None)


def _by_number_word(question: Question, said: str) -> Answer | None:
    return _by_key(question, str(NUMBERS[said])) if said in NUMBERS else None


def _by_word(question: Question, said: str, language: str) -> Answer | None:
    """Look a word up: as it is, then as a beginning, then as a slip. The first that finds any decides."""
    tries: tuple[tuple[Callable[[str, str], bool], Callable[[Question], Iterator[Word]]], ...] = (
        (str.__eq__, _all_words),
        (_begins, _labels),
        (_slipped, _all_words),
    )
    for fits, listed in tries:
        found = [word for word in listed(question) if fits(said, word[1])]
        if found:
            return _only(found, language)
    return None


def _begins(said: str, label: str) -> bool:
    """Whether this is the beginning of a label: inside a single word, or past the first of several."""
    first = label.split(" ", 1)[0]
    whole_words = len(said) >= len(first) and (said == first or label != first)
    return len(said) >= _BEGINNING and label.startswith(said) and (whole_words or label == first)


def _slipped(said: str, label: str) -> bool:
    """Whether this is a label with at most a slip in five letters, first letter and negations right."""
    if said in NOT_SLIPS or not said or said[0] != label[:1]:
        return False
    if NEGATIONS.intersection(said.split()) != NEGATIONS.intersection(label.split()):
        return False
    most = min(len(label.replace(" ", "")) // _LETTERS_PER_SLIP, _MOST_SLIPS)
    return OSA.distance(said, label, score_cutoff=most) <= most


def _only(found: list[Word], language: str) -> Answer | None:
    """Return the one answer that the words agree on, or that those of the person's language agree on."""
    for words in (found, [word for word in found if word[0] == language]):
        answers = {answer for _, _, answer in words}
        if len(answers) == 1:
            return answers.pop()
    return None


def _labels(question: Question) -> Iterator[Word]:
    for choice in question.choices:
        for language, labels in choice.labels.items():
            for label in labels:
                yield from _both(language, bare(label), choice.value)


def _all_words(question: Question) -> Iterator[Word]:
    yield from _labels(question)
    for choice in question.choices:
        for word in _others(choice):
            yield from _both("", word, choice.value)


def _both(language: str, word: str, answer: Answer) -> Iterator[Word]:
    """Give a word as it is and without the article it begins with: "a client" is "client"."""
    yield language, word, answer
    article, _, noun = word.partition(" ")
    if article in _ARTICLES and noun:
        yield language, noun, answer


def _others(choice: Choice) -> tuple[str, ...]:
    if choice.value == "yes":
        return YES
    if choice.value == "no":
        return NO
    labels = {bare(label) for labels in choice.labels.values() for label in labels}
    return tuple(word for label in labels for word in NEAR.get(label, ()))
