"""One thing happening in a play: what came of it, and what is wrong with that in any case."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flows.advance import advance
from flows.context import Context
from flows.conversation import Conversation
from flows.flow import Library
from flows.proof.check_states import place
from flows.staging.transcript import after
from flows.turn import Happening, Heard, Say, Turn
from flows.walk import place as stands
from flows.walk import top

_RAISED = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Node:
    """One moment of a play: what is open, what is known, how many turns it took, how many frames lie under it."""

    conversation: Conversation | None
    context: Context
    where: str
    turns: int = 0
    floor: int = 0


@dataclass(slots=True)
class Play:
    """Plays of one library, and what was found wrong in them: each once, in the order in which it was found."""

    library: Library
    _found: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, node: Node, what: str) -> None:
        """Note what is wrong, and where, and in which words it was said."""
        language = node.conversation.language if node.conversation else node.context.settings.get("language", "en")
        self._found.setdefault((node.where, what), f"{node.where}, {language} {node.context.channel}: {what}")

    def findings(self) -> list[str]:
        """Return what was found wrong, as it was found first: once for all languages and channels."""
        return list(self._found.values())

    def done(self, node: Node, happening: Happening) -> Turn | None:
        """Let something happen; None, and noted, where it raised or left something open that asks nothing."""
        try:
            turn = advance(self.library, node.conversation, happening, node.context)
        except _RAISED as raised:
            self.note(node, f"{named(happening)} raised {type(raised).__name__}: {raised}")
            return None
        frames = turn.conversation.frames if turn.conversation else ()
        for frame, above in zip(frames, [*frames[1:], None], strict=False):
            found = stands(frame, self.library)
            if found is None or (found[1].question is None and (above is None or found[1].run != above.flow)):
                self.note(node, f"{named(happening)} leaves {frame.flow}/{frame.state} open, which asks nothing")
                return None
        return turn

    def following(self, node: Node, turn: Turn) -> Node:
        """Return the moment after a turn, when its question has arrived."""
        known = replace(after(node.context, turn), question_sent=True)
        now = turn.conversation
        found = top(now, self.library) if now else None
        where = place(*found) if found else node.where
        return Node(now, known, where, node.turns + 1, node.floor)


def named(happening: Happening) -> str:
    """Name what happened, for a finding."""
    return repr(happening.text) if isinstance(happening, Heard) else type(happening).__name__


def says(turn: Turn) -> list[str]:
    """Return the texts of a turn."""
    return [effect.text for effect in turn.effects if isinstance(effect, Say)]
