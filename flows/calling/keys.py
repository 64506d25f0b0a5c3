"""What the keys and words of a call mean at a question, and what it listens for there.

A scale goes by the keys 1 to 5 on the telephone, because 0 reads where help is wherever it is pressed.
"""

from __future__ import annotations

import re

from flows.calling.call import Listen
from flows.flow import Question
from flows.reading.numbers import count
from flows.reading.spelling import bare
from flows.reading.spoken import DAYS

CRISIS, BY_TEXT, NO_CALLS, REPEAT, SKIP = "0", "8", "9", "*", "#"

_SKIP = {"en": "skip", "es": "saltar"}
_ALWAYS = {
    "en": ("skip", "repeat", "help", "text me", "stop calling"),
    "es": ("saltar", "repetir", "ayuda", "por mensaje", "no me llamen"),
}
_NUMBERS = {
    "en": ("one", "two", "three", "four", "five"),
    "es": ("uno", "dos", "tres", "cuatro", "cinco"),
}
_KEYS = {"code": 4, "time": 4, "date": 8, "hours": 8}
_LONGEST_NUMBERS = 30
_LEAST_OF_ZEROS = 4  # midnight, or four times never by the numbers of texts; no code is four alike
_OFFER = re.compile(r"\s*\b(?:For|To|Para)\b[^.!?\]]*\b(?:press|oprima) (?:1|8|pound|numeral)\.")
_SEVERAL = re.compile(r"[1-9]+")


def listen(question: Question, language: str, *, speech: bool) -> Listen:
    """Return what is listened for at a question."""
    return Listen(_most_keys(question), speech, hints(question, language))


def _most_keys(question: Question) -> int:
    if question.kind == "several":
        return len(question.of)
    if question.kind == "number" and not question.choices:
        return len(str(question.high))
    keys = [choice.key for choice in question.choices]
    return _KEYS.get(question.kind, len(str(max(keys, default=1))))


def hints(question: Question | None, language: str) -> tuple[str, ...]:
    """Return the words that are likely here, for the recogniser."""
    choices = DAYS.choices if question and question.kind == "day" else question.choices if question else ()
    labels = [label for choice in choices for label in choice.labels[language]]
    numbers = _NUMBERS[language] if question and question.kind in {"scale", "several"} else ()
    return tuple(dict.fromkeys([*labels, *numbers, *_ALWAYS[language]]))


def pressed(question: Question, keys: str, language: str) -> str:
    """Return what pressing these keys would have been as a text."""
    keys = "".join(key for key in keys if key.isdecimal())
    if not keys:
        return _SKIP[language]
    if question.kind == "scale":
        return _shifted(keys) if len(keys) == 1 else keys
    if question.kind == "several" and _SEVERAL.fullmatch(keys):
        return "".join(_shifted(key) for key in keys)
    if question.kind == "hours" and len(keys) == _KEYS["hours"]:
        return f"{keys[:2]}:{keys[2:4]}-{keys[4:6]}:{keys[6:]}"
    return keys


def spoken(question: Question | None, words: str) -> str:
    """Return what saying these words would have been as a text: numbers said at scales are their keys.

    No key of a scale is 0, so that whoever says it counts as the texts do.
    """
    said = bare(words)
    if question is None or question.kind not in {"scale", "several"} or len(said) > _LONGEST_NUMBERS:
        return words
    numbers = [count(one) for one in (said if said.isdecimal() else said.split())]
    return "".join(str(one - 1) for one in numbers if one) if numbers and all(numbers) else words


def without_offer(said: str) -> str:
    """Return what is said without the sentences that say which key brings more, or leaves it."""
    return _OFFER.sub("", said)


def by_keys(question: Question) -> bool:
    """Whether a question can be answered without a word said."""
    return bool(question.choices) or question.kind in {*_KEYS, "day", "number"}


def _shifted(key: str) -> str:
    """Return the scale's own number of a key. A key past its end stays past its end."""
    return str(int(key) - 1) if key != CRISIS else key


def alone(question: Question | None, keys: str) -> str:
    """Return the one key that was pressed, "" for several. 0 in haste is still 0."""
    if set(keys) == {CRISIS} and (question is None or len(keys) < _LEAST_OF_ZEROS):
        return CRISIS
    return keys if len(keys) == 1 else ""


def is_choice(question: Question | None, key: str) -> bool:
    """Whether a key answers the open question, so that it has no other meaning there."""
    if question is None:
        return False
    return _most_keys(question) > 1 or key in {str(choice.key) for choice in question.choices}
