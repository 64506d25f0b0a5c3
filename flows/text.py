"""The letters of a text: filling in placeholders, and what the text costs on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from flows.flow import FlowError

SILENCE = re.compile(r"\[([1-9]\d?)\]")
"""A silence in words to be spoken: "[4]" is four seconds of it."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")

# GSM 03.38, default alphabet and its extension table (form feed included).
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION = frozenset("^{}\\[~]|€\f")
_ALL_GSM7 = _GSM7 | _GSM7_EXTENSION
_ALONE = 160

# One of these alone turns a 160-character segment into one of 70. The zero-width joiner stays: emoji need it.
_PLAIN = str.maketrans(
    dict.fromkeys("‘’‚‛′´`ʼ", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\t", " ")
    | dict.fromkeys("\u200b\ufeff\u00ad", "")
    | {"…": "...", "•": "*", "·": "*"}
)


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs: `units` are septets (GSM-7) or UTF-16 code units (UCS-2), `count` what is billed."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    count: int


def placeholders(template: str) -> frozenset[str]:
    """Name every `{name}` in a template. Braces around anything but a name are ordinary characters."""
    return frozenset(_PLACEHOLDER.findall(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put each value where its `{name}` stands, once: a brace inside a value is not read again.

    Raises FlowError naming the first placeholder that has no value.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            known = ", ".join(sorted(values)) or "none"
            raise FlowError(f"no value for the placeholder {{{name}}}; known here: {known}")
        return values[name]

    return _PLACEHOLDER.sub(value, template)


def plain(text: str) -> str:
    """Turn typographic quotes, dashes, ellipses, bullets and odd spaces into GSM-7 characters."""
    return text.translate(_PLAIN)


def gsm7(text: str) -> bool:
    """Return whether every character is in GSM-7 or its extension table."""
    return _ALL_GSM7.issuperset(text)


def segments(text: str) -> Segments:
    """Count a text's segments as carriers do.

    GSM-7: 160 septets alone, 153 in each part of several, an extension character costs 2. UCS-2: 70 and 67
    UTF-16 units, a character beyond the basic plane costs 2. A character of 2 units never straddles two
    parts. An empty text has no segment. Source: 3GPP TS 23.038 and 23.040.
    """
    if _GSM7.issuperset(text) and len(text) <= _ALONE:  # nearly every text there is
        return Segments("GSM-7", len(text), min(len(text), 1))
    if gsm7(text):
        costs = [2 if character in _GSM7_EXTENSION else 1 for character in text]
        return Segments("GSM-7", sum(costs), _parts(costs, alone=_ALONE, each=153))
    costs = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Segments("UCS-2", sum(costs), _parts(costs, alone=70, each=67))


def _parts(costs: Iterable[int], *, alone: int, each: int) -> int:
    costs = list(costs)
    total = sum(costs)
    if total <= alone:
        return min(total, 1)
    count, used = 1, 0
    for cost in costs:
        if used + cost > each:
            count, used = count + 1, 0
        used += cost
    return count
