"""What a call says as a document that Twilio carries out: its words, its silences, and what it listens for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from flows.calling import Listen, Words
from sms_service.twilio.twiml import HEAD, sayable

_SILENCE = re.compile(r"\[(\d{1,2})\]")
_LANGUAGES = {"en": "en-US", "es": "es-US"}
_VOICES: Mapping[tuple[str, bool], str] = {
    ("en", True): "Polly.Joanna-Neural",
    ("en", False): "Polly.Matthew-Neural",
    ("es", True): "Polly.Lupe-Neural",
    ("es", False): "Polly.Pedro-Neural",
}
# In seconds: how long nothing may be heard, the longer for a code or a time to be keyed in.
_PATIENCE = 8
_SLOWLY = "85%"
# Twilio's own limits for the words it is told to expect.
_MOST_HINTS, _LONGEST_HINT = 100, 100


def document(parts: Sequence[Words], listen: Listen | None, action: str, *, woman: bool = True) -> str:
    """Return the document for one step of a call. Its answer goes to `action`; without `listen` the call ends.

    What is said stands inside of what listens, so that a key or a word interrupts it. Nothing heard is an answer too,
    so no document is ever fetched again by itself.
    """
    said = "".join(_said(parts, woman=woman))
    if listen is None:
        return f"{HEAD}<Response>{said}<Hangup/></Response>"
    language = _LANGUAGES[parts[-1].language if parts else "en"]
    return f"{HEAD}<Response><Gather{_heard(listen, language, action)}>{said}</Gather></Response>"


def _heard(listen: Listen, language: str, action: str) -> str:
    attributes = {
        "input": "dtmf speech" if listen.speech else "dtmf",
        "action": action,
        "method": "POST",
        "timeout": str(_PATIENCE),
        "numDigits": str(listen.keys),
        "finishOnKey": "",  # pound and star have a meaning of their own
        "actionOnEmptyResult": "true",
    }
    if listen.speech:
        hints = ",".join(hint.replace(",", " ")[:_LONGEST_HINT] for hint in listen.hints[:_MOST_HINTS])
        attributes |= {"language": language, "speechTimeout": "auto", "profanityFilter": "false"}
        attributes |= {"hints": hints} if hints else {}
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


def _said(parts: Sequence[Words], *, woman: bool) -> Iterator[str]:
    for part in parts:
        attributes = f'voice="{_VOICES[part.language, woman]}" language="{_LANGUAGES[part.language]}"'
        # Words stand at the even places, seconds of silence between them.
        for n, piece in enumerate(_SILENCE.split(sayable(part.text))):
            if n % 2:
                yield f'<Pause length="{piece}"/>'
            elif piece.strip():
                words = escape(piece.strip())
                words = f'<prosody rate="{_SLOWLY}">{words}</prosody>' if part.slowly else words
                yield f"<Say {attributes}>{words}</Say>"
        if part.slowly:
            yield '<Pause length="1"/>'
