"""The console in two languages: English stands in the code, Spanish in console/spanish, a file for each area."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

Word = str
"""Marks English words that are translated where they are shown."""


def say(language: str, english: str) -> str:
    """Return the words in this language ("en" or "es"); English where nobody has put them into Spanish."""
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
