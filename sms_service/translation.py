"""The console in two languages: English stands in the code, Spanish in console/spanish, a file for each area."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Self

import yaml


class Word(str):
    """English words that are said in the reader's language where they are shown; everywhere else they are a string.

    `%(name)s` in them is filled from `values`, which may be words themselves. A page's template says them by itself.
    """

    words: str
    values: Mapping[str, object]

    def __new__(cls, words: str, /, **values: object) -> Self:
        made = super().__new__(cls, words % values if values else words)
        made.words, made.values = words, values
        return made

    def said(self, language: str) -> str:
        """Return the words in this language ("en" or "es")."""
        words = spanish().get(self.words, self.words) if language == "es" else self.words
        return words % {name: told(language, value) for name, value in self.values.items()} if self.values else words


class Written(Word):
    """Words that a function writes in either language, such as a date."""

    write: Callable[[str], str]

    def __new__(cls, write: Callable[[str], str]) -> Self:
        made = super().__new__(cls, write("en"))
        made.write = write
        return made

    def said(self, language: str) -> str:
        """Return the words in this language ("en" or "es")."""
        return self.write(language)


def joined(between: str, parts: Iterable[str]) -> Word:
    """Return words with others between them, as `between.join(parts)` does."""
    found: list[str] = []
    for part in parts:
        found += [between, part] if found else [part]
    values = {f"part_{number}": part for number, part in enumerate(found)}
    return Word("".join(f"%({name})s" for name in values), **values)


def told(language: str, value: object) -> object:
    """Return words in this language, and anything else as it is."""
    return value.said(language) if isinstance(value, Word) else value


def say(language: str, english: str) -> str:
    """Return the words in this language ("en" or "es"); English where nobody has put them into Spanish."""
    if isinstance(english, Word):
        return english.said(language)
    return spanish().get(english, english) if language == "es" else english


@cache
def spanish() -> Mapping[str, str]:
    """Return the Spanish of each English text."""
    found: dict[str, str] = {}
    folder = resources.files("sms_service") / "console" / "spanish"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".yaml"):
            continue
        found.update(yaml.safe_load(file.read_text("utf-8")))
    return found
