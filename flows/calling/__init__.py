"""The same flows by telephone: what a call says, what it listens for, and what a key or a word in it means."""

from flows.calling.call import Call, CallHappening, CallTurn, Listen, Nothing, PickedUp, Pressed, Spoke, Words
from flows.calling.script import proceed

__all__ = [
    "Call",
    "CallHappening",
    "CallTurn",
    "Listen",
    "Nothing",
    "PickedUp",
    "Pressed",
    "Spoke",
    "Words",
    "proceed",
]
