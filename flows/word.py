"""Words for those who run a program: a string in English that remembers what it was made of, to be said in Spanish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Self


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


class Written(Word):
    """Words that a function writes in either language, such as a date."""

    write: Callable[[str], str]

    def __new__(cls, write: Callable[[str], str], /) -> Self:
        made = super().__new__(cls, write("en"))
        made.write = write
        return made


def joined(between: str, parts: Iterable[str]) -> Word:
    """Return words with others between them, as `between.join(parts)` does."""
    found: list[str] = []
    for part in parts:
        found += [between, part] if found else [part]
    values = {f"part_{number}": part for number, part in enumerate(found)}
    return Word("".join(f"%({name})s" for name in values), **values)
