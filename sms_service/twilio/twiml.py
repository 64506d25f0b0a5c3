"""The answers that Twilio reads. Small enough to write out; a test compares them with Twilio's own library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from xml.sax.saxutils import escape, quoteattr

# What XML cannot carry, not even escaped; one of these would cost the whole answer.
_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
EMPTY = f"{HEAD}<Response></Response>"


def sayable(text: str) -> str:
    """Return a text without what XML cannot carry."""
    return _UNSAYABLE.sub("", text)


def texts(said: Sequence[tuple[str, str]]) -> str:
    """Return a document that sends these texts, each with the address its status is reported to."""
    bodies = (f"<Message statusCallback={quoteattr(url)}>{escape(sayable(text))}</Message>" for url, text in said)
    return f"{HEAD}<Response>{''.join(bodies)}</Response>"


def packaged(name: str) -> str:
    """Return one of the documents that never change, such as the fallback's."""
    return (resources.files("sms_service.twilio") / f"{name}.xml").read_text(encoding="utf-8")
