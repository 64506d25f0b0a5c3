"""The addresses at which Twilio reports what became of an outbox row.

What follows `#` rules the connection and is neither sent nor signed: a report that gets 5xx, or no answer in time,
comes twice more. By itself Twilio gives up a report that was answered, whatever the answer.
Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from __future__ import annotations

_TWICE_MORE = "#rc=2&rp=5xx,ct,rt"


def of_text(public_url: str, row: str) -> str:
    """Return where Twilio reports of a text."""
    return f"{public_url}/twilio/status?o={row}{_TWICE_MORE}"


def of_call(public_url: str, row: str) -> str:
    """Return where Twilio reports of a call."""
    return f"{public_url}/twilio/voice/status?o={row}{_TWICE_MORE}"
