"""What Twilio itself does with STOP, START and HELP when it minds them for a number."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["STOP", "START", "HELP"]

_WORDS: dict[str, Kind] = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"), "STOP"),
    **dict.fromkeys(("START", "YES", "UNSTOP"), "START"),
    **dict.fromkeys(("HELP", "INFO"), "HELP"),
}

REPLIES: dict[Kind, str] = {
    "STOP": "You have successfully been unsubscribed. "
    "You will not receive any more messages from this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
"""The carrier's own answers, which the service never sees."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What Twilio does with a word: its kind, and whether the phone is shut out afterwards."""

    kind: Kind
    opted_out: bool


def react(body: str, *, opted_out: bool) -> Reaction | None:
    """Say what Twilio does with a whole text, or None if it leaves it alone.

    YES counts only from a phone that is shut out, for elsewhere it is an ordinary answer.
    """
    word = body.strip().upper()
    kind = _WORDS.get(word)
    if kind is None or (word == "YES" and not opted_out):
        return None
    return Reaction(kind, opted_out if kind == "HELP" else kind == "STOP")
