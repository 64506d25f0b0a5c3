"""Telephone numbers: what counts as one, and the numbers that mean something by themselves."""

import re

_NUMBER = re.compile(r"\+(1\d{10}|[2-9]\d{6,14})")

BAD_SENDERS = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
"""Twilio's test numbers as the From of a text, and the error each gives."""

TEST_SENDER = "+15005550006"
"""Twilio's test number that may always send."""

BAD_RECIPIENTS = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
"""Twilio's test numbers as the To of a text."""

BAD_CALLEES = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}
"""Twilio's test numbers as the To of a call."""

DEAD_PHONES = {f"+150055{code}": code for code in (30003, 30004, 30005, 30006, 30007, 30008, 30009, 30017)}
"""Our own: a text to +150055 followed by one of these codes is accepted, sent, and then not delivered for
that reason; +15005530003 is the phone that is switched off."""


def is_number(text: str) -> bool:
    """Say whether `text` is a number in E.164 form; one with +1 must have ten digits after it."""
    return _NUMBER.fullmatch(text) is not None


def tidy(text: str) -> str:
    """Undo what a web address does to a number: a bare plus arrives as a blank."""
    stripped = text.strip()
    return f"+{stripped}" if stripped[:1].isdigit() else stripped
