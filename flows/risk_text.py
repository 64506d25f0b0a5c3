"""Brings a text message into one plain spelling before the risk rules read it.

The rules are written for "i want to die"; people write "I wan too d1e", "k.i.l.l my self" and "quiero morirme" with or
without its accents. Everything here is a fixed table or a walk over the letters: nothing guesses at meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LONGEST = 10_000
"""Characters that are read. Of anything longer, the first and the last half of these."""

BREAK = "|"

_LOOKALIKE = str.maketrans(
    "’‘ʼ`´“”„«»…–—_аеорсухіїјѕԁɡαοιρτυνκмвнктΚ",  # Cyrillic and Greek letters that look Latin
    "'''''\"\"\"\"\"…--_aeopcyxiijsdgaoiptuvkmbhktk",
)
_PICTURES = {
    "🔫": " gun ",
    "💊": " pills ",
    "🔪": " knife ",
    "🩸": " blood ",
    "⚰": " coffin ",
    "🪦": " grave ",
    "💀": " skull ",
    "☠": " skull ",
}
_LEET = str.maketrans("013457@$!|", "oieastasii")
_LEET_INSIDE = re.compile(
    r"(?<=[a-z])[013457@$!|](?=[a-z013457@$!|])(?!!)|(?<=[a-z])3(?![a-z0-9])|(?<![a-z0-9])[@$](?=[a-z]{3})"
)
_LEET_KILL = re.compile(r"\bk[i!1|](?:!!|11|\|\|)")
_DOTTED = re.compile(r"(?<![a-z.])[a-z]+(?:[._-][a-z]+){2,}(?![a-z])")
_DOT_BEFORE_MY = re.compile(r"(?<=[a-z])\.(?=my(?:self)?\b)")
_DOTS = re.compile(r"[._-]")
_BROKEN = re.compile(r"(?<![a-z0-9])([a-z]{1,8})[.*_/~-]([a-z]{1,8})(?![a-z0-9])")
_STRETCHED = re.compile(r"([a-z])\1\1+")
_SPELLED_OUT = re.compile(r"(?<![a-z0-9'])([a-z])([ ._*/\-])(?:[a-z01345]\2)+[a-z](?![a-z0-9'])")
_WORTH_SPLITTING = re.compile(r"kill|die|dead|self|suicid|life|live|alive|matar|morir|vivir|vida")
_LONGEST_JOINED = 40
_SELF_ANSWERED = re.compile(r"\?\s*(?=(?:no|nope|nah|never|nunca)\b)")  # "suicidal? no."
_VOWELS = "aeiouy"
_ELLIPSIS = re.compile(r"…|\.\.+")
_WORD = re.compile(r"[a-z0-9]+(?:(?:'|\*+)[a-z0-9]+)*|[.!?;\n|]+|[,:(\"]| - ")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How words may be written.

    `words` and `phrases` give the plain form, "" for a filler; `nearly` maps a word with one letter left out to the
    words it may have come from, `swapped` does so for letters in the wrong order; `known` are words that are right as
    they stand; `hidden` the ones that people write with stars in them; `joined` the ones that people run together
    ("iwanttodie").
    """

    words: Mapping[str, str]
    phrases: Mapping[str, tuple[tuple[list[str], str], ...]]
    endings: tuple[tuple[str, str], ...]
    nearly: Mapping[str, tuple[str, ...]]
    swapped: Mapping[str, str]
    known: frozenset[str]
    hidden: tuple[str, ...]
    joined: frozenset[str]


def spelling(
    words: Mapping[str, str],
    phrases: Mapping[str, str],
    endings: Mapping[str, str],
    near: tuple[str, ...],
    hidden: tuple[str, ...],
    joined: frozenset[str],
    known: frozenset[str],
) -> Spelling:
    """Prepare the tables. `near` are the words worth recognising with one letter wrong."""
    nearly: dict[str, tuple[str, ...]] = {}
    for word in near:
        for short in {word, *_shortened(word)}:
            nearly[short] = (*nearly.get(short, ()), word)
    said: dict[str, tuple[tuple[list[str], str], ...]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        words_of = phrase.split()
        said[words_of[0]] = (*said.get(words_of[0], ()), (words_of, phrases[phrase]))
    swapped = {_letters_of(word): word for word in (*hidden, *near) if len(word) > 3}
    return Spelling(
        words,
        said,
        tuple(endings.items()),
        nearly,
        swapped,
        known.union(near, words),
        (*hidden, *near),
        joined,
    )


def clauses(text: str, how: Spelling) -> list[str]:
    """Split `text` into clauses of plain words, each " with one space around every word "."""
    line = _BROKEN.sub(lambda found: _mended(found, how), _cut(_letters(_cut(text))))
    if "'" in line:
        for ending, full in how.endings:
            line = line.replace(ending, full)
    written = _WORD.findall(line)
    plain = {word: _word(word, how) for word in set(written)}
    words = " ".join([plain[word] for word in written if plain[word]]).split()
    line = f" {' '.join(_phrased(words, how))} "
    return [part for part in line.split(BREAK) if part.strip()]


def _phrased(words: list[str], how: Spelling) -> Iterator[str]:
    at = 0
    while at < len(words):
        for phrase, plain in how.phrases.get(words[at], ()):
            if words[at : at + len(phrase)] == phrase:
                yield plain
                at += len(phrase)
                break
        else:
            yield words[at]
            at += 1


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"


def _letters(text: str) -> str:
    """Fold case, accents, look-alikes, digits for letters, s p e l l i n g and streeetching away."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if not text.isascii():
        for picture, word in _PICTURES.items():
            text = text.replace(picture, word)
        text = unicodedata.normalize("NFD", text.translate(_LOOKALIKE))
        text = "".join(c for c in text if unicodedata.category(c) not in {"Mn", "Cf"})
    text = _ELLIPSIS.sub(" ", text)
    if "?" in text:
        text = _SELF_ANSWERED.sub(", ", text)
    text = _SPELLED_OUT.sub(_joined, text)
    text = _DOTTED.sub(lambda found: _DOTS.sub(" ", found[0]), text)
    text = _DOT_BEFORE_MY.sub(" ", text)
    text = _LEET_KILL.sub("kill", text)
    text = _LEET_INSIDE.sub(lambda found: found[0].translate(_LEET), text)
    return _STRETCHED.sub(r"\1", text)


def _joined(found: re.Match[str]) -> str:
    letters = found[0][::2]
    return f"i {letters[1:]}" if letters[0] == "i" and found[2] == " " else letters


def _mended(found: re.Match[str], how: Spelling) -> str:
    """A word that is worth recognising, broken in two by a sign: "sui.cide"."""
    whole = found[1] + found[2]
    return whole if whole in how.hidden else found[0]


def _word(word: str, how: Spelling) -> str:
    plain = how.words.get(word)
    if plain is not None:
        return plain
    if not word[0].isalnum():
        return BREAK if word[0] in ".!?;\n|" else '"' if word == '"' else ","
    if "*" in word:
        return next((plain for plain in how.hidden if _starred(word, plain)), word.replace("*", " "))
    if len(word) > 3 and word not in how.known and (swapped := how.swapped.get(_letters_of(word))):
        return how.words.get(swapped, swapped)
    if len(word) < 5 or word in how.known or not word.isalpha():
        return word
    if len(word) >= 6 and _WORTH_SPLITTING.search(word):
        apart = _apart(word[:_LONGEST_JOINED], how)
        if apart:
            return apart.strip()
    return _nearest(word, how)


def _apart(word: str, how: Spelling) -> str | None:
    """Words written as one, if `joined` words make up all of it."""
    ways: list[str | None] = ["", *[None] * len(word)]
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 9), end):
            before = ways[start]
            if before is not None and word[start:end] in how.joined:
                ways[end] = f"{before} {how.words.get(word[start:end], word[start:end])}"
                break
    return ways[-1]


def _starred(written: str, word: str) -> bool:
    return len(written) == len(word) and all(a in (b, "*") for a, b in zip(written, word, strict=True))


def _shortened(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(1, len(word))}


def _nearest(written: str, how: Spelling) -> str:
    """One letter missing, doubled, swapped or (from seven letters on) wrong, the first letter always right."""
    nearly = how.nearly
    for at in range(len(written), 0, -1):
        short = written[:at] + written[at + 1 :]
        if short in nearly:
            for word in nearly[short]:
                if len(written) != len(word) or len(word) >= 7 or _slipped(written, word):
                    return word
    return written


def _letters_of(word: str) -> str:
    """What stays the same when all letters but the first change places."""
    return word[0] + "".join(sorted(word))


def _slipped(written: str, word: str) -> bool:
    """Letters swapped, or one vowel for another."""
    if sorted(written) == sorted(word):
        return True
    return all(a == b or (a in _VOWELS and b in _VOWELS) for a, b in zip(written, word, strict=True))
