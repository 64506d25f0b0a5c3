"""What somebody reads before they have texted: the consent on a page, and the one text that asks for the keyword."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows import filling
from flows.context import Context
from flows.flow import Library, Texts
from flows.parse import packaged

_CONSENTS = ("join", "terms")
# The question at the end of a text, with its choices: on a page a tick is the answer to it.
_QUESTION = re.compile(r"\s*¿?[^.?}¿]*\? 1 .*$")


def consent_words(library: Library, context: Context, language: str) -> tuple[str, ...]:
    """Return what a joining person agrees to, in the words of the texts that ask for it, without their questions."""
    return tuple(
        filling.filled({language: _QUESTION.sub("", texts[language])}, None, context, language)
        for texts in _asked(library)
    )


def invitation(library: Library, context: Context, language: str) -> str:
    """Return the one text that asks for the keyword, so that nobody joins whose phone it is not."""
    (texts,) = library.lines.get("invitation") or packaged().lines["invitation"]
    return filling.filled(texts, None, context, language)


def _asked(library: Library) -> Iterator[Texts]:
    for state in library.flows["welcome"].states.values():
        if state.consent in _CONSENTS:
            yield from state.texts
