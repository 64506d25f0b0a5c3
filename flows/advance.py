"""The one door to a conversation: something happens, and this says what follows."""

from __future__ import annotations

from flows import engine, hearing
from flows.context import Context
from flows.conversation import Conversation
from flows.flow import Library
from flows.turn import Happening, Heard, Reminded, Started, TimedOut, Turn


def advance(library: Library, conversation: Conversation | None, happening: Happening, context: Context) -> Turn:
    """Return the conversation as it is now and the effects in order. `conversation` is None where none is open.

    Total and deterministic: whatever happens in whatever order, this ends, raises nothing, and gives the same for the
    same. A flow that the library does not have does not begin.
    """
    match happening:
        case Heard():
            return hearing.hear(library, conversation, happening.text, context)
        case Started():
            if happening.flow not in library.flows:
                return Turn(conversation, ())
            return engine.begin(library, conversation, happening, context)
        case Reminded() if conversation is not None:
            return hearing.remind(library, conversation, happening.number, context)
        case TimedOut() if conversation is not None:
            return engine.time_out(library, conversation, context)
        case _:
            return Turn(None, ())
