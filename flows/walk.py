"""One turn in the making: the conversation as it changes, what follows so far, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flows import filling
from flows.chosen import hour_chosen
from flows.context import Context
from flows.conversation import Conversation, Frame
from flows.facts import Known
from flows.flow import Flow, Library, Question, State, Texts
from flows.parse import packaged
from flows.schedule import local
from flows.turn import CloseCheckIn, Effect, OptOut, Resume, Say, Turn


@dataclass(slots=True)
class Walk:
    """What is known and what has come of it. Once `hushed`, no question is put again in this turn.

    What is said while `crisis` holds goes before every rule about sending.
    """

    library: Library
    context: Context
    conversation: Conversation
    effects: list[Effect] = field(default_factory=list)
    steps: int = 0
    hushed: bool = False
    crisis: bool = False

    def __post_init__(self) -> None:
        c = self.conversation
        self.conversation = Conversation(
            c.frames,
            c.language,
            c.asked_for,
            c.answers,
            c.kept,
            c.settings,
            c.parked,
            c.risk_at,
            c.danger,
            c.last_text,
            c.last_at,
            c.last_said,
        )

    @property
    def language(self) -> str:
        return self.conversation.language

    @property
    def frames(self) -> tuple[Frame, ...]:
        return self.conversation.frames

    @property
    def has_joined(self) -> bool:
        return self.context.standing in {"enrolled", "paused"}

    @property
    def shut(self) -> str:
        """The line for whoever would join and cannot: the program has not begun, or asks nobody any more."""
        if not self.context.begun:
            return "not_begun"
        return "over" if self.context.over else ""

    def resume(self) -> None:
        """End the person's own pause: what is said from now on no longer waits for its end.

        One that was over already counts from then, but after STOP, which took away what came due since.
        """
        ends, context = self.context.rests_until, self.context
        over = ends is not None and local(ends, context.program.zone) <= context.at and not context.opted_out
        self.effects.append(Resume())
        self.context = replace(context, standing="enrolled", rests_until=ends if over else None)

    def known(self, *, answered: bool) -> Known:
        """Return what a branch may ask about at this moment."""
        return Known(self.conversation, self.context, answered, checking(self))

    def say(self, texts: Texts, *, asks: bool = False, crisis: bool = False, wait: int = 0) -> None:
        """Add a text in the person's language, filled in."""
        self.effects.append(Say(self.filled(texts), asks=asks, crisis=crisis or self.crisis, wait=wait))

    def filled(self, texts: Texts) -> str:
        return filling.filled(texts, self.conversation, self.context, self.conversation.language)

    def line(self, name: str, *, crisis: bool = False) -> None:
        """Say one of the library's lines, which may be several texts.

        A conversation may be older than a line: then it is said in the words of this release. Nobody is told how to
        join what has not begun, or is over.
        """
        if name == "unknown" and self.shut:
            name = self.shut
        for texts in self.library.lines.get(name) or packaged().lines[name]:
            self.say(texts, crisis=crisis)

    def change(self, **values: object) -> None:
        """Change the conversation: in place, since it is this walk's own copy. (A new one each time costs more.)"""
        for name, value in values.items():
            object.__setattr__(self.conversation, name, value)

    def change_frame(self, **values: Any) -> None:
        """Change the open frame."""
        *below, last = self.conversation.frames
        get = values.get
        frame = Frame(
            last.flow,
            get("state", last.state),
            get("tries", last.tries),
            last.chosen,
            get("trail", last.trail),
            get("rounds", last.rounds),
        )
        self.change(frames=(*below, frame))

    def turn(self) -> Turn:
        """Return what came of it. Without frames a conversation is over, unless something serious still stands."""
        over = not self.frames and not self.conversation.parked
        return Turn(None if over else self.conversation, tuple(self.effects))


def place(frame: Frame, library: Library) -> tuple[Flow, State] | None:
    """Return the flow and state that a frame stands at, or None if this version has no such place."""
    flow = library.flows.get(frame.flow)
    state = flow.states.get(frame.state) if flow else None
    return (flow, state) if flow and state else None


def top(conversation: Conversation, library: Library) -> tuple[Flow, State] | None:
    """Return the open flow and state, or None."""
    return place(conversation.frames[-1], library) if conversation.frames else None


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


def is_loose(walk: Walk) -> bool:
    """Whether the open question gives way to whatever does not answer it."""
    found = top(walk.conversation, walk.library)
    return found is not None and found[1].loose


def is_offer(walk: Walk) -> bool:
    """Whether the open question only offers more: it is loose, and there is one thing to answer."""
    found = top(walk.conversation, walk.library)
    question = found[1].question if found and found[1].loose else None
    return question is not None and len(question.choices) == 1


def half_named(walk: Walk) -> bool:
    """Whether a day was named and its hour is asked."""
    found = top(walk.conversation, walk.library)
    question = found[1].question if found else None
    return question is not None and question.kind == "time" and "day" in hour_chosen(walk.conversation)


def let_go(walk: Walk) -> None:
    """Leave a loose question behind, so that what lies under it is open again. Nothing is said.

    Not that of the hour once its day was named: the day would be lost without a word.
    """
    if is_loose(walk) and not half_named(walk):
        walk.change(frames=walk.frames[:-1])
        leave_callers(walk)


def leave_callers(walk: Walk) -> None:
    """Leave the flows that were waiting for one that is gone: they stand at no question of their own."""
    kept = walk.frames
    while kept and (found := place(kept[-1], walk.library)) and found[1].question is None:
        kept = kept[:-1]
    walk.change(frames=kept)


def check_in_frame(walk: Walk) -> int | None:
    """Return where among the frames a check-in is under way, be it under another flow, or None."""
    for number, frame in enumerate(walk.conversation.frames):
        flow = walk.library.flows.get(frame.flow)
        if flow and flow.check_in:
            return number
    return None


def checking(walk: Walk) -> bool:
    """Whether a check-in is under way."""
    return check_in_frame(walk) is not None


def close_check_in(walk: Walk, *, scored: bool = True) -> None:
    """Close the check-in under way; the week it makes is part of the person's history from here on."""
    answered = week(walk.conversation) if scored else None
    walk.effects.append(CloseCheckIn(answered))
    walk.change(answers={}, kept={})
    if answered:
        walk.context = replace(walk.context, history=(*walk.context.history, answered))


def close(walk: Walk, *, scored: bool) -> None:
    """End the whole conversation. A check-in under way is closed, scored if enough of it was answered."""
    if checking(walk):
        close_check_in(walk, scored=scored)
    walk.change(frames=(), answers={}, kept={})


def go_on(walk: Walk) -> None:
    """The person goes on after a serious moment: they may be asked again, and how grave it was is forgotten."""
    walk.change(parked=False, danger=0)


def opt_out(walk: Walk, how: str, *, said: bool = True) -> None:
    """Obey a wish for no more texts: everything open ends, and one text confirms it."""
    walk.effects.append(OptOut("word" if how == "word" else "phrase"))
    close(walk, scored=False)
    go_on(walk)
    if said and not walk.context.late:
        walk.line("stop")


def mend(walk: Walk) -> None:
    """Leave behind what this version of the flows no longer asks; a check-in lost that way keeps its answers."""
    if all(_stands(walk, n) for n in range(len(walk.frames))):
        return
    was_open = checking(walk) or bool(week(walk.conversation))
    walk.change(frames=tuple(frame for n, frame in enumerate(walk.frames) if _stands(walk, n)))
    leave_callers(walk)
    if was_open and not checking(walk):
        close_check_in(walk)


def week(conversation: Conversation) -> Mapping[str, int] | None:
    """Return what the open check-in has been answered so far, None if nothing was."""
    return conversation.kept or None


def _stands(walk: Walk, number: int) -> bool:
    """Whether a frame is at a question, or runs the flow that the next frame is in."""
    found = place(walk.frames[number], walk.library)
    if found is None:
        return False
    above = walk.frames[number + 1].flow if number + 1 < len(walk.frames) else None
    return found[1].question is not None or (above is not None and found[1].run == above)
