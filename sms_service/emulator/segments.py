"""How many segments a text takes on the air, counted as the carriers count.

160 septets make one segment in GSM-7 and 153 one of several; in UCS-2 these are 70 and 67 units of 16 bits
(3GPP TS 23.038 and 23.040). A character of two septets or two units is never cut in half.
"""

from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[]~|€\f")
_ROOM: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}


@dataclass(frozen=True, slots=True)
class Size:
    """The encoding a text needs, its length in septets or 16-bit units, and its segments (at least one)."""

    encoding: Encoding
    units: int
    segments: int


def measure(text: str) -> Size:
    """Measure a text."""
    encoding: Encoding = "GSM-7" if set(text) <= _BASIC | _EXTENDED else "UCS-2"
    widths = [_width(character, encoding) for character in text]
    units = sum(widths)
    single, multiple = _ROOM[encoding]
    return Size(encoding, units, 1 if units <= single else _fill(widths, multiple))


def _width(character: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if character in _EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1


def _fill(widths: list[int], room: int) -> int:
    segments, used = 1, 0
    for width in widths:
        if used + width > room:
            segments, used = segments + 1, 0
        used += width
    return segments
