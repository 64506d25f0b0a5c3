"""What a call says by itself, read once from the file beside this."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from flows.context import Context
from flows.conversation import Conversation
from flows.filling import filled
from flows.text import fill


@cache
def lines() -> Mapping[str, Mapping[str, str]]:
    """Return every line by name and language."""
    found: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        (resources.files("flows.calling") / "calls.yaml").read_text(encoding="utf-8")
    )
    return found


def line(name: str, conversation: Conversation | None, context: Context, language: str, number: str = "") -> str:
    """Return a line with its placeholders filled in; a number is said digit by digit."""
    text = lines()[name][language]
    if "{line}" in text:
        return fill(text, {"p": context.program.short_name, "line": " ".join(number.removeprefix("+1").lstrip("+"))})
    return filled({language: text}, conversation, context, language)
