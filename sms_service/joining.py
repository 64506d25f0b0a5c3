"""How to join a program: the word, the number, the link and the square that a phone's camera reads."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from markupsafe import Markup

from flows import spanish
from sms_service.phone_numbers import written
from sms_service.programs import Program


@dataclass(frozen=True, slots=True)
class WayIn:
    """How to join in one language. `sms` is a link for the phone itself, `qr` a picture for a camera."""

    word: str
    other_words: list[str]
    number: str
    sms: str
    qr: Markup

    @property
    def symbol(self) -> Markup:
        """The square as a symbol, for a page that shows it many times."""
        made = (
            str(self.qr)
            .replace(' class="qr"', ' id="square"')
            .replace("<svg", "<symbol")
            .replace("</svg>", "</symbol>")
        )
        return Markup(made)  # noqa: S704 - made of our own number


def way_in(program: Program, lang: str) -> WayIn:
    """Return how to join, by the word that is of this language if there is one."""
    words = sorted(program.keywords, key=lambda one: spanish(one) != (lang == "es")) or ["JOIN"]
    word = words[0]
    # SMSTO is what phones' cameras agree on; a link on the phone itself is RFC 5724's sms:.
    code = segno.make(f"SMSTO:{program.sender}:{word}", error="m", micro=False)
    return WayIn(
        word,
        words[1:],
        written(program.sender),
        f"sms:{program.sender}?body={word}",
        Markup(code.svg_inline(border=3, svgclass="qr", omitsize=True)),  # noqa: S704 - made of our own number
    )
