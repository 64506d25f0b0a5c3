"""The answers that Twilio reads. Small enough to write out; a test compares them with Twilio's own library."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from xml.sax.saxutils import escape, quoteattr

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
EMPTY = f"{_HEAD}<Response></Response>"


def texts(said: Sequence[tuple[str, str]]) -> str:
    """Return a document that sends these texts, each with the address its status is reported to."""
    bodies = "".join(f"<Message statusCallback={quoteattr(url)}>{escape(text)}</Message>" for url, text in said)
    return f"{_HEAD}<Response>{bodies}</Response>"


def packaged(name: str) -> str:
    """Return one of the documents that never change, such as the fallback's."""
    return (resources.files("sms_service.twilio") / f"{name}.xml").read_text(encoding="utf-8")
