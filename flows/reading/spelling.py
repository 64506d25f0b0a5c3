"""Bring texts into the form in which words are compared, and take off what people say around them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_APOSTROPHES = str.maketrans(dict.fromkeys("‘’‛′´`ʼ", "'"))
_MARKS = frozenset({"Mn", "Me", "Cf"})
_WORD = re.compile(r"[^\W_]+")
_NO_WORD = "".join(letter for letter in map(chr, range(128)) if not letter.isalnum())

Openings = dict[str, tuple[tuple[str, ...], ...]]


def fold(text: str) -> str:
    """Bring a text to the form in which words are compared.

    Compatibility characters made ordinary (full-width and keycap digits too), lower case, no accents, punctuation and
    emoji trimmed from both ends, runs of space made one. Punctuation inside stays: 7:30 and 1-4 need it.
    """
    if text.isascii():  # nearly every text there is
        return " ".join(text.replace("`", "'").lower().split()).strip(_NO_WORD)
    small = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    letters = unicodedata.normalize("NFKD", small)
    plain = "".join(letter for letter in letters if letter < "\x80" or unicodedata.category(letter) not in _MARKS)
    return _trimmed(" ".join(plain.split()))


def _trimmed(said: str) -> str:
    start, end = 0, len(said)
    while start < end and not said[start].isalnum():
        start += 1
    while end > start and not said[end - 1].isalnum():
        end -= 1
    return said[start:end]


def bare(text: str) -> str:
    """Fold a text and keep only its words, one space apart; an apostrophe joins ("can't" is "cant")."""
    return " ".join(_WORD.findall(fold(text).replace("'", "")))


def strip_phrases(said: str, phrases: tuple[str, ...]) -> str:
    """Take whole phrases off both ends of `bare` text, the longest first, as long as any fits."""
    words = said.split()
    opening, closing = _openings(phrases), _closings(phrases)
    start, end = 0, len(words)
    while start < end and (count := _fitting(opening.get(words[start]), words, start, end, at_end=False)):
        start += count
    while start < end and (count := _fitting(closing.get(words[end - 1]), words, start, end, at_end=True)):
        end -= count
    return " ".join(words[start:end])


def _fitting(
    phrases: tuple[tuple[str, ...], ...] | None, words: list[str], start: int, end: int, *, at_end: bool
) -> int:
    """Return of how many words the longest of these phrases is that stands at one end of the words."""
    for phrase in phrases or ():
        count = len(phrase)
        first = end - count if at_end else start
        if count <= end - start and tuple(words[first : first + count]) == phrase:
            return count
    return 0


@cache
def _openings(phrases: tuple[str, ...]) -> Openings:
    return _by_word(phrases, 0)


@cache
def _closings(phrases: tuple[str, ...]) -> Openings:
    return _by_word(phrases, -1)


def _by_word(phrases: tuple[str, ...], place: int) -> Openings:
    split = sorted({tuple(phrase.split()) for phrase in phrases}, key=len, reverse=True)
    return {word: tuple(each for each in split if each[place] == word) for word in {each[place] for each in split}}
