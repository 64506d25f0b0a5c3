"""Words that are obeyed in every state: the carrier's, the commands, and asking to stop in one's own words.

The tables are in `words` and `optout`; here is only how they are looked up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from flows import optout, words

YES_MEANS_START = frozenset({"YES"})
"""Carrier words that mean START only from somebody who opted out; from anybody else they are answers."""

_APOSTROPHES = str.maketrans(dict.fromkeys("‘’‛′´`ʼ", "'"))
_MARKS = frozenset({"Mn", "Me", "Cf"})
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Command:
    """A command word by its canonical name; `argument` is folded and empty where nothing was added."""

    name: str
    argument: str = ""


def fold(text: str) -> str:
    """Bring a text to the form in which words are compared.

    Compatibility characters made ordinary (full-width and keycap digits too), lower case, no accents,
    punctuation and emoji trimmed from both ends, runs of space made one. Punctuation inside stays: 7:30 and
    1-4 need it.
    """
    small = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    letters = unicodedata.normalize("NFKD", small)
    bare_letters = "".join(letter for letter in letters if unicodedata.category(letter) not in _MARKS)
    return _EDGES.sub("", " ".join(bare_letters.split()))


def bare(text: str) -> str:
    """Fold a text and keep only its words, one space apart; an apostrophe joins ("can't" is "cant")."""
    return " ".join(_WORD.findall(fold(text).replace("'", "")))


def _any_of(phrases: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, phrases), key=len, reverse=True))


def strip_phrases(said: str, phrases: tuple[str, ...]) -> str:
    """Take whole phrases off both ends of `bare` text, the longest first, as long as any fits."""
    left, before = f" {said} ", ""
    while left != before:
        before = left
        for phrase in _padded(phrases):
            while left.startswith(phrase):
                left = " " + left.removeprefix(phrase)
            while left.endswith(phrase):
                left = left.removesuffix(phrase) + " "
    return left.strip()


@cache
def _padded(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f" {phrase} " for phrase in sorted(phrases, key=len, reverse=True))


_CARRIER = {word: meaning for meaning, listed in words.CARRIER.items() for word in listed}
_COMMAND = {word: Command(name) for name, listed in words.COMMANDS.items() for word in listed} | {
    word: Command(*fixed) for word, fixed in words.FIXED.items()
}
_ARGUMENT = {
    name: re.compile(rf"(?:{_any_of(words.COMMANDS[name])}) {pattern}") for name, pattern in words.ARGUMENTS.items()
}
_MISDIRECTED = re.compile("|".join(f"(?:{phrase})" for phrase in words.MISDIRECTED_PHRASES))
_CLAUSE_END = re.compile(optout.CLAUSE_END)
_CLAUSE = re.compile(optout.LEAD + "(?:" + "|".join(f"(?:{clause})" for clause in optout.CLAUSES) + ")")
_STOP_THEN = re.compile(optout.STOP_THEN)
_SPANISH_LETTERS = frozenset("¿¡ñÑ")
_WHOLE = re.compile("|".join(f"(?:{whole})" for whole in optout.WHOLE))

RESERVED: frozenset[str] = frozenset(_CARRIER) | frozenset(_COMMAND) | frozenset(words.MISDIRECTED)
"""Every word a label may not be, folded. YES is not among them: it is the carrier's only after a STOP."""


def carrier(text: str, *, opted_out: bool = False) -> words.Carrier | None:
    """Read a carrier word where it is the whole message; case and punctuation around it do not count."""
    said = bare(text)
    if opted_out and said.upper() in YES_MEANS_START:
        return "start"
    return _CARRIER.get(said)


def twilio_answers(text: str) -> bool:
    """Return whether Twilio's default opt-out handling answers this text by itself."""
    return text.strip().upper() in words.TWILIO


def misdirected(text: str) -> bool:
    """Return whether this was meant for a crisis line: 988, 911, HOME, "HOLA al 741741", "is this 988?"."""
    said = bare(text)
    return said in words.MISDIRECTED or _MISDIRECTED.fullmatch(said) is not None


def command(text: str) -> Command | None:
    """Read a command word of either language, whatever the person's own is; courtesies around it are allowed.

    Only PAUSE (a span: "2 weeks", "una semana") and ERASE ("all", "todo": given as "all") take an argument.
    """
    said = strip_phrases(bare(text), words.POLITE)
    return _COMMAND.get(said) or _with_argument(said)


def _with_argument(said: str) -> Command | None:
    for name, pattern in _ARGUMENT.items():
        found = pattern.fullmatch(said)
        if found:
            return Command(name, words.CANONICAL.get(found[1], found[1]))
    return None


def opts_out(text: str) -> bool:
    """Return whether a reasonable person would read this as asking for no more messages.

    Carrier words with courtesies around them count ("Stop. Thank you"); an answer or a story in which such a
    word occurs does not ("stop by my desk", "no more than usual", "my client won't stop texting me").
    """
    said = strip_phrases(bare(text), words.POLITE)
    if _CARRIER.get(said) == "stop" or _WHOLE.fullmatch(said):
        return True
    return any(_orders_to_stop(clause.strip()) for clause in _CLAUSE_END.split(fold(text)))


def begins_with_stop(text: str) -> bool:
    """Return whether a text that says more also revokes consent: "STOP I want to die".

    Only an unmistakable stop counts: in capitals before words that are not, with a mark after it, or before
    "I", "please" and their like. "Stop the pain" and "I can't go on, make it stop" revoke nothing.
    """
    return carrier(text) == "stop" or opts_out(text) or _STOP_THEN.match(text.strip()) is not None


def spanish(text: str) -> bool:
    """Return whether a text of somebody whose language is not known is Spanish rather than English."""
    return bool(_SPANISH_LETTERS & set(text)) or bool(words.SPANISH.intersection(bare(text).split()))


def _orders_to_stop(clause: str) -> bool:
    # A quoted clause is somebody else speaking.
    return not clause.startswith('"') and _CLAUSE.match(strip_phrases(bare(clause), words.POLITE)) is not None


def doubts_stop(text: str) -> bool:
    return False
