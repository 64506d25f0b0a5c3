"""The console in two languages: English stands in the code, Spanish in console/spanish, a file for each area."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from flows.word import Word, Written, joined

__all__ = ["Word", "Written", "joined", "say", "spanish", "told"]


def say(language: str, english: str) -> str:
    """Return the words in this language ("en" or "es"); English where nobody has put them into Spanish."""
    if isinstance(english, Written):
        return english.write(language)
    words, values = (english.words, english.values) if isinstance(english, Word) else (english, {})
    said = spanish().get(words, words) if language == "es" else words
    return said % {name: told(language, value) for name, value in values.items()} if values else said


def told(language: str, value: object) -> object:
    """Return words in this language, and anything else as it is."""
    return say(language, value) if isinstance(value, Word) else value


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
