"""Whatever may be said on a call can be listened to: no link, no word to send, no scale from 0, not too long.

A text without words of its own to be spoken is said on a call as it is written, and measured as that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flows.flow import LANGUAGES, Question, Texts
from flows.proof.check_offers import DIGIT, known, offered
from flows.reading.keywords import bare
from flows.text import SILENCE, fill, placeholders

# About twenty seconds of speech; who listens for longer has forgotten the question.
_LONGEST_SPOKEN = 300
_LETTERS_A_SECOND = 15
# The silences of a pause for breath counted in; nobody asked for a longer call.
_LONGEST_SECONDS = 120
_LINKS = frozenset({"u", "help", "learn", "therapists"})
_LINK = re.compile(r"https?://|\bwww\.|\b\w+\.(?:org|com|net|gov|edu|info)\b", re.IGNORECASE)
_FOR_READING = re.compile(
    r"\b[Rr]eply\b|\bRespond[ea]\b|\b(?:[Mm]sgs?(?:&data)?|msjs?|textea|tarifas)\b|rates may|\{p\}:|\b\d/\d", re.ASCII
)
_FROM_NEVER = re.compile(r"\b0,? (?:never|nunca)\b")
_ONE_NUMBER = re.compile(r"(?<!\d)(?:988|911)(?!\d)")
_BRACKETS = re.compile(r"\[[^\]]*\]?")
_TO_SAY = re.compile(r"\b(?:say|diga): ([^.,;:?{}]+)")
# The keys that do the same at every question of a call.
_TAKEN = {0: "reads the crisis lines", 8: "goes on by text", 9: "ends the calls"}


def findings(one: Texts, question: Question | None, widest: Mapping[str, str]) -> Iterator[str]:
    """Yield what cannot be listened to in a text, as it is said; its placeholders are at most so long."""
    for language in LANGUAGES:
        own = one.get(f"{language} voice")
        said = own or one.get(language, "")
        where, rest = (f", {language} voice", "") if own else (f", {language}", "; it needs voice:")
        for finding in (*_words(said), *_choices(said, question), *_to_say(said, language, question)):
            yield f"{where}: {finding}{rest}"
        yield from (f"{where}: {finding}" for finding in _long(said, widest))


def _words(said: str) -> Iterator[str]:
    if placeholders(said) & _LINKS or _LINK.search(said):
        yield "a link cannot be spoken"
    for word in offered(said):
        if known(word):
            yield f"offers {word} to be sent, which nobody can do on a call"
    for found in _FOR_READING.findall(said)[:1]:
        yield f"says {found!r}, which is for reading"
    for found in _ONE_NUMBER.findall(said)[:1]:
        yield f"says {found} as one number; to be heard it is {' '.join(found)}"
    for found in _BRACKETS.findall(said):
        if not SILENCE.fullmatch(found):
            yield f"{found!r} is no silence; four seconds of it are [4]"


def _choices(said: str, question: Question | None) -> Iterator[str]:
    """A scale is offered from 1, and no choice has a key that does something else at every question."""
    scale = question is not None and question.kind in {"scale", "several"}
    if _FROM_NEVER.search(said) or (scale and "0" in DIGIT.findall(said)):
        yield "offers 0, which reads the crisis lines on a call; there a scale is offered from 1"
    for choice in question.choices if question and not scale else ():
        if choice.key in _TAKEN:
            yield f"on a call the key {choice.key} {_TAKEN[choice.key]}; number the choices from 1 to 7"


def _to_say(said: str, language: str, question: Question | None) -> Iterator[str]:
    labels = {bare(one) for choice in question.choices for one in choice.labels[language]} if question else set()
    for words in _TO_SAY.findall(said):
        if not known(words) and bare(words) not in labels:
            yield f"asks to say {words!r}, which nothing understands"


def _long(said: str, widest: Mapping[str, str]) -> Iterator[str]:
    if placeholders(said) - set(widest):
        return
    words = SILENCE.sub("", fill(said, widest))
    seconds = sum(map(int, SILENCE.findall(said))) + len(words) // _LETTERS_A_SECOND
    if len(words) > _LONGEST_SPOKEN:
        yield f"{len(words)} characters at its longest, which is more than {_LONGEST_SPOKEN} to listen to"
    elif seconds > _LONGEST_SECONDS:
        yield f"about {seconds} seconds with its silences, which is more than {_LONGEST_SECONDS} to listen to"
