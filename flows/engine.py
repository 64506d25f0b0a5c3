"""Walk a conversation through its flows. Total and deterministic: the same arguments give the same turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from flows import facts as known
from flows.flow import Answer, Flow, Library, Question, State, Texts
from flows.turn import (
    CloseCheckIn,
    Consent,
    Context,
    Conversation,
    Effect,
    Enrol,
    Erase,
    Frame,
    Pause,
    Resume,
    Save,
    Say,
    Set,
    Snooze,
    Turn,
)

# A flow that goes round without asking anything is stopped here; check.py refuses to publish one.
_MOST_STEPS = 60

CORE = frozenset({"drained", "numb", "carry", "help"})
"""The four questions that make a week's score."""


@dataclass(slots=True)
class Walk:
    """One turn in the making."""

    library: Library
    context: Context
    conversation: Conversation
    effects: list[Effect] = field(default_factory=list)
    steps: int = 0

    @property
    def language(self) -> str:
        return self.conversation.language

    def say(self, texts: Texts, *, asks: bool = False, crisis: bool = False) -> str:
        """Add a text in the person's language, filled in, and return it."""
        text = known.filled(texts[self.language], self.conversation, self.context, self.language)
        self.effects.append(Say(text, asks=asks, crisis=crisis))
        return text

    def line(self, name: str, *, crisis: bool = False) -> None:
        """Say one of the library's lines, which may be several texts."""
        for texts in self.library.lines[name]:
            self.say(texts, crisis=crisis)

    def change(self, **values: object) -> None:
        self.conversation = replace(self.conversation, **values)  # type: ignore[arg-type]  # field names

    def turn(self) -> Turn:
        """Return what came of it. Without frames a conversation is over, unless something serious still stands."""
        over = not self.conversation.frames and not self.conversation.parked
        return Turn(None if over else self.conversation, tuple(self.effects))


def begin(
    library: Library, name: str, context: Context, *, language: str, asked_for: bool, crisis_before: str = ""
) -> Turn:
    """Start a flow for somebody with no open conversation. `asked_for`: by their own text, not by the schedule."""
    walk = Walk(library, context, Conversation((), language, asked_for=asked_for, risk_at=crisis_before))
    push(walk, name)
    return walk.turn()


def push(walk: Walk, name: str) -> None:
    """Enter a flow on top of whatever is open; at its end the person is back where they were."""
    flow = walk.library.flows[name]
    walk.change(frames=(*walk.conversation.frames, Frame(name, flow.start)))
    _enter(walk, flow, flow.start)


def top(conversation: Conversation, library: Library) -> tuple[Flow, State] | None:
    """Return the open flow and state, or None."""
    if not conversation.frames:
        return None
    frame = conversation.frames[-1]
    flow = library.flows.get(frame.flow)
    state = flow.states.get(frame.state) if flow else None
    return (flow, state) if flow and state else None


def open_question(conversation: Conversation | None, library: Library, context: Context) -> Question | None:
    """Return the question that a reply would answer, with a program's groups filled in; None while parked."""
    if conversation is None or conversation.parked:
        return None
    found = top(conversation, library)
    question = found[1].question if found else None
    if question and question.kind == "choice" and not question.choices:
        return replace(question, choices=context.program.groups)
    return question


def answer(walk: Walk, value: Answer) -> None:
    """Take an answer to the open question and go on."""
    found = top(walk.conversation, walk.library)
    if found is None or found[1].question is None:
        return
    flow, state = found
    assert state.question is not None
    walk.change(answers={**walk.conversation.answers, state.question.name: value})
    if flow.check_in and state.question.kind == "scale":
        walk.effects.append(Save(state.question.name, value))
    if state.consent:
        templates = (texts[walk.language] for texts in state.texts)
        shown = "\n".join(known.filled(one, walk.conversation, walk.context, walk.language) for one in templates)
        walk.effects.append(Consent(state.consent, shown, value))
    _leave(walk, flow, state, value)


def skip(walk: Walk) -> bool:
    """Go on without an answer; False where that is not possible."""
    found = top(walk.conversation, walk.library)
    if found is None or found[1].question is None or found[1].required:
        return False
    _leave(walk, *found, None)
    return True


def misunderstood(walk: Walk) -> None:
    """Ask once more with the choices; the second time leave the question out kindly. Consent is asked until given."""
    found = top(walk.conversation, walk.library)
    assert found is not None
    flow, state = found
    frame = walk.conversation.frames[-1]
    if frame.tries and not state.required:
        walk.line("left_out")
        _leave(walk, flow, state, None)
        return
    walk.change(frames=(*walk.conversation.frames[:-1], replace(frame, tries=frame.tries + 1)))
    if state.question and state.question.again:
        walk.say(state.question.again, asks=True)
    else:
        walk.line("unclear")
        ask(walk)


def ask(walk: Walk) -> None:
    """Put the open question (again)."""
    found = top(walk.conversation, walk.library)
    if found and found[1].question and not walk.conversation.parked:
        walk.say(found[1].texts[-1], asks=True)


def close(walk: Walk, *, scored: bool) -> None:
    """End the whole conversation. A check-in under way is closed, scored if enough of it was answered."""
    in_check_in = any(
        walk.library.flows[f.flow].check_in for f in walk.conversation.frames if f.flow in walk.library.flows
    )
    walk.change(frames=())
    if in_check_in:
        walk.effects.append(CloseCheckIn(_week(walk.conversation) if scored else None))


def _leave(walk: Walk, flow: Flow, state: State, value: Answer | None) -> None:
    for effect in state.effects:
        _do(walk, effect, value)
    _go(walk, flow, _target(walk, state))


def _target(walk: Walk, state: State) -> str | None:
    if not state.branches:
        return state.next
    known_facts = known.facts(walk.conversation, walk.context)
    for branch in state.branches:
        if all(known_facts.get(fact) in wanted for fact, wanted in branch.when.items()):
            return branch.target
    return state.next


def _go(walk: Walk, flow: Flow, target: str | None) -> None:
    if target is None:
        _finish(walk, flow)
    else:
        _enter(walk, flow, target)


def _enter(walk: Walk, flow: Flow, name: str) -> None:
    walk.steps += 1
    if walk.steps > _MOST_STEPS or not walk.conversation.frames:
        return
    state = flow.states[name]
    walk.change(frames=(*walk.conversation.frames[:-1], Frame(flow.name, name)))
    for texts in state.texts[:-1]:
        walk.say(texts)
    if state.texts:
        walk.say(state.texts[-1], asks=state.question is not None)
    if state.question is None:
        _leave(walk, flow, state, None)


def _finish(walk: Walk, flow: Flow) -> None:
    rest = walk.conversation.frames[:-1]
    walk.change(frames=rest)
    if flow.check_in:
        walk.effects.append(CloseCheckIn(_week(walk.conversation)))
        walk.change(answers={})
    if rest:
        ask(walk)


def _week(conversation: Conversation) -> Mapping[str, int] | None:
    week = {k: v for k, v in conversation.answers.items() if isinstance(v, int) and k in CORE}
    return week or None


def _do(walk: Walk, effect: str, value: Answer | None) -> None:
    """Do one word of a state's `do:`. Unknown words were refused when the flow was checked."""
    name, _, argument = effect.partition(" ")
    if name == "set":
        if value is not None:
            _set(walk, argument, value)
    elif name == "away":
        close(walk, scored=False)
    elif name in {"erase", "erase-all"}:
        _erase(walk, everything=name == "erase-all")
    else:
        walk.effects.extend(_EFFECTS[name](walk))


def _erase(walk: Walk, *, everything: bool) -> None:
    """Forget what this conversation holds as well; nobody is asked on once everything is gone."""
    walk.change(answers={}, last_text="", last_said=())
    if everything:
        walk.change(frames=(), parked=False, settings={})
    walk.effects.append(Erase(everything=everything))


def _set(walk: Walk, setting: str, value: Answer | bool) -> None:
    if setting == "discreet":
        value = value == "yes"
    walk.change(settings={**walk.conversation.settings, setting: value})
    if walk.context.standing in {"enrolled", "paused"}:
        walk.effects.append(Set(setting, value))


def _enrol(walk: Walk) -> list[Effect]:
    chosen = known.settings(walk.conversation, walk.context)
    return [Enrol({**chosen, "language": walk.language})]


def _pause(walk: Walk) -> list[Effect]:
    return [Pause(walk.context.at.date() + timedelta(days=known.PAUSE_DAYS))]


_EFFECTS: dict[str, Callable[[Walk], list[Effect]]] = {
    "enrol": _enrol,
    "pause": _pause,
    "resume": lambda _: [Resume()],
    "later": lambda walk: [Snooze(known.snoozed(walk.context))],
}

EFFECT_WORDS = frozenset({"set", "away", "erase", "erase-all", *_EFFECTS})
