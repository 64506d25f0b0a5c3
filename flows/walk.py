"""One turn in the making: the conversation as it changes, what follows so far, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flows import facts as known
from flows.flow import Flow, Library, Question, State, Texts
from flows.parse import packaged
from flows.turn import CloseCheckIn, Context, Conversation, Effect, Frame, Say, Turn

CORE = frozenset({"drained", "numb", "carry", "help"})
"""The four questions that make a week's score."""


@dataclass(slots=True)
class Walk:
    """What is known and what has come of it. Once `hushed`, no question is put again in this turn."""

    library: Library
    context: Context
    conversation: Conversation
    effects: list[Effect] = field(default_factory=list)
    steps: int = 0
    hushed: bool = False

    @property
    def language(self) -> str:
        return self.conversation.language

    @property
    def frames(self) -> tuple[Frame, ...]:
        return self.conversation.frames

    @property
    def has_joined(self) -> bool:
        return self.context.standing in {"enrolled", "paused"}

    def say(self, texts: Texts, *, asks: bool = False, crisis: bool = False) -> None:
        """Add a text in the person's language, filled in."""
        self.effects.append(Say(self.filled(texts), asks=asks, crisis=crisis))

    def filled(self, texts: Texts) -> str:
        return known.filled(texts[self.language], self.conversation, self.context, self.language)

    def line(self, name: str, *, crisis: bool = False) -> None:
        """Say one of the library's lines, which may be several texts.

        A conversation may be older than a line: then it is said in the words of this release.
        """
        for texts in self.library.lines.get(name) or packaged().lines[name]:
            self.say(texts, crisis=crisis)

    def change(self, **values: object) -> None:
        self.conversation = self.conversation.but(**values)

    def change_frame(self, **values: object) -> None:
        """Change the open frame."""
        self.change(frames=(*self.frames[:-1], replace(self.frames[-1], **values)))  # type: ignore[arg-type]

    def turn(self) -> Turn:
        """Return what came of it. Without frames a conversation is over, unless something serious still stands."""
        over = not self.frames and not self.conversation.parked
        return Turn(None if over else self.conversation, tuple(self.effects))


def top(conversation: Conversation, library: Library) -> tuple[Flow, State] | None:
    """Return the open flow and state, or None."""
    if not conversation.frames:
        return None
    frame = conversation.frames[-1]
    flow = library.flows.get(frame.flow)
    state = flow.states.get(frame.state) if flow else None
    return (flow, state) if flow and state else None


def waiting(conversation: Conversation) -> bool:
    """Whether nothing is asked until the person goes on: parked, and not in a flow they asked for since."""
    return conversation.parked and not (conversation.frames and conversation.frames[-1].chosen)


def open_question(conversation: Conversation | None, library: Library, context: Context) -> Question | None:
    """Return the question that a reply would answer, with a program's groups filled in; None while waiting."""
    if conversation is None or waiting(conversation):
        return None
    found = top(conversation, library)
    question = found[1].question if found else None
    if question and question.kind == "choice" and not question.choices:
        return replace(question, choices=context.program.groups)
    return question


def check_in_frame(walk: Walk) -> int | None:
    """Return where among the frames a check-in is under way, be it under another flow, or None."""
    flows = walk.library.flows
    return next((n for n, f in enumerate(walk.frames) if f.flow in flows and flows[f.flow].check_in), None)


def checking(walk: Walk) -> bool:
    """Whether a check-in is under way."""
    return check_in_frame(walk) is not None


def close(walk: Walk, *, scored: bool) -> None:
    """End the whole conversation. A check-in under way is closed, scored if enough of it was answered."""
    if checking(walk):
        walk.effects.append(CloseCheckIn(week(walk.conversation) if scored else None))
    walk.change(frames=(), answers={})


def mend(walk: Walk) -> None:
    """Leave behind what this version of the flows no longer asks; a check-in lost that way keeps its answers."""
    kept = tuple(frame for frame in walk.frames if _asks(walk.library, frame))
    if kept == walk.frames:
        return
    answered, was_open = week(walk.conversation), checking(walk)
    walk.change(frames=kept)
    if (was_open or answered) and not checking(walk):
        walk.effects.append(CloseCheckIn(answered))
        walk.change(answers={})


def week(conversation: Conversation) -> Mapping[str, int] | None:
    """Return what was answered of the four questions, None if nothing was."""
    answers = {k: v for k, v in conversation.answers.items() if isinstance(v, int) and k in CORE}
    return answers or None


def _asks(library: Library, frame: Frame) -> bool:
    flow = library.flows.get(frame.flow)
    return flow is not None and frame.state in flow.states and flow.states[frame.state].question is not None
