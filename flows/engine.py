"""Walk a conversation through its flows. Total and deterministic: the same arguments give the same turn."""

from __future__ import annotations

from flows import facts as known
from flows.effects import do
from flows.flow import Answer, Flow, Library, State
from flows.turn import CloseCheckIn, Consent, Context, Conversation, Frame, Save, Turn
from flows.walk import CORE, Walk, checking, top, waiting, week

__all__ = ["CORE", "answer", "ask", "begin", "misunderstood", "push", "skip"]

# A flow that goes round without asking anything is stopped here; check.py refuses to publish one.
_MOST_STEPS = 60


def begin(
    library: Library, name: str, context: Context, *, language: str, asked_for: bool, crisis_before: str = ""
) -> Turn:
    """Start a flow for somebody with no open conversation. `asked_for`: by their own text, not by the schedule.

    Nothing begins for somebody who has opted out.
    """
    if context.opted_out:
        return Turn(None, ())
    walk = Walk(library, context, Conversation((), language, asked_for=asked_for, risk_at=crisis_before))
    push(walk, name)
    return walk.turn()


def push(walk: Walk, name: str) -> None:
    """Enter a flow on top of whatever is open; at its end the person is back where they were.

    One that is open already begins anew instead of standing on itself, so that no conversation grows without end.
    """
    flow = walk.library.flows[name]
    below = next((n for n, frame in enumerate(walk.frames) if frame.flow == name), len(walk.frames))
    walk.change(frames=(*walk.frames[:below], Frame(name, flow.start, chosen=walk.conversation.parked)))
    _enter(walk, flow, flow.start)


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
        shown = "\n".join(walk.filled(texts) for texts in state.texts)
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
    if walk.frames[-1].tries and not state.required:
        walk.line("left_out")
        _leave(walk, flow, state, None)
        return
    walk.change_frame(tries=walk.frames[-1].tries + 1)
    if state.question and state.question.again:
        walk.say(state.question.again, asks=True)
    else:
        walk.line("unclear")
        ask(walk)


def ask(walk: Walk, *, whole: bool = False) -> None:
    """Put the open question again: its last text, or the `whole` of it in a language it was not yet said in."""
    found = top(walk.conversation, walk.library)
    if found and found[1].question and not waiting(walk.conversation):
        for texts in found[1].texts[:-1] if whole else ():
            walk.say(texts)
        walk.say(found[1].texts[-1], asks=True)


def _leave(walk: Walk, flow: Flow, state: State, value: Answer | None) -> None:
    for effect in state.effects:
        do(walk, effect, value)
    target = _target(walk, state, answered=value is not None)
    if target is None:
        _finish(walk, flow)
    else:
        _enter(walk, flow, target)


def _target(walk: Walk, state: State, *, answered: bool) -> str | None:
    if not state.branches:
        return state.next
    known_facts = known.facts(walk.conversation, walk.context, answered=answered, checking=checking(walk))
    for branch in state.branches:
        if all(known_facts.get(fact) in wanted for fact, wanted in branch.when.items()):
            return branch.target
    return state.next


def _enter(walk: Walk, flow: Flow, name: str) -> None:
    walk.steps += 1
    if walk.steps > _MOST_STEPS or not walk.frames:
        return
    state = flow.states[name]
    walk.change_frame(state=name, tries=0)
    for texts in state.texts[:-1]:
        walk.say(texts)
    if state.texts:
        walk.say(state.texts[-1], asks=state.question is not None)
    if state.question is None:
        _leave(walk, flow, state, None)


def _finish(walk: Walk, flow: Flow) -> None:
    closing = flow.check_in and checking(walk)
    walk.change(frames=walk.frames[:-1])
    if closing:
        walk.effects.append(CloseCheckIn(week(walk.conversation)))
        walk.change(answers={})
    if not walk.hushed:
        ask(walk)
