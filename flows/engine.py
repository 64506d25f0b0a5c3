"""Walk a conversation through its flows. Total and deterministic: the same arguments give the same turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flows.context import Context
from flows.conversation import Conversation, Frame
from flows.effects import do
from flows.flow import Answer, Flow, Library, Question, Rotation, State
from flows.turn import Consent, Plan, Save, Started, Turn
from flows.walk import Walk, checking, close_check_in, half_named, is_offer, let_go, place, top, waiting

AFTER_RISK = "after-risk"
"""The one flow that may begin by itself while somebody has not gone on from a serious moment."""

# A flow that goes round without asking anything is stopped here; `flow check` refuses to publish one.
_MOST_STEPS = 60
_NEXT_DAY = timedelta(days=1)
_EARLIEST, _LATEST = 9, 19


def begin(library: Library, conversation: Conversation | None, event: Started, context: Context) -> Turn:
    """Start a flow: on its own, or on top of what is open, whose question is not put again by the schedule's doing.

    Nothing begins for somebody who has opted out, and nothing cheerful by itself after a serious moment.
    """
    if context.opted_out:
        return Turn(conversation, ())
    if conversation is not None and conversation.parked and not event.asked_for and event.flow != AFTER_RISK:
        return Turn(conversation, ())
    if conversation is None:
        language = str(context.settings.get("language", "en"))
        conversation = Conversation((), language, asked_for=event.asked_for, risk_at=event.crisis_before)
    walk = Walk(library, context, conversation, hushed=not event.asked_for)
    push(walk, event.flow)
    return walk.turn()


def time_out(library: Library, conversation: Conversation, context: Context) -> Turn:
    """Go where the open question goes when nothing came for as long as it was meant to wait."""
    walk = Walk(library, context, conversation, hushed=True)
    found = top(conversation, library)
    if found and found[1].timeout and not context.opted_out and not waiting(conversation):
        _enter(walk, found[0], found[1].timeout.target)
        # An hour that was asked under it has waited for as long, and nothing would wait for it any more.
        under = top(walk.conversation, library)
        if under and under[1].timeout and half_named(walk):
            _enter(walk, under[0], under[1].timeout.target)
    return walk.turn()


def push(walk: Walk, name: str) -> None:
    """Enter a flow on top of whatever is open; at its end the person is back where they were.

    One that is open already begins anew instead of standing on itself, so that no conversation grows without end.
    """
    flow = _stack(walk, name)
    _enter(walk, flow, flow.start)


def push_answered(walk: Walk, name: str, value: Answer | None) -> None:
    """Enter a flow whose first question was answered together with the word that opens it: it is not put.

    Without a value the answer was not understood, and the question is put as it is then.
    """
    _stack(walk, name)
    if value is None:
        misunderstood(walk)
    else:
        answer(walk, value)


def _stack(walk: Walk, name: str) -> Flow:
    let_go(walk)
    flow = walk.library.flows[name]
    below = next((n for n, frame in enumerate(walk.frames) if frame.flow == name), len(walk.frames))
    walk.change(frames=(*walk.frames[:below], Frame(name, flow.start, chosen=walk.conversation.parked)))
    return flow


def answer(walk: Walk, value: Answer, *, of: str | None = None) -> None:
    """Take an answer to the open question, or to the one of the state `of` that this one takes as well, and go on."""
    found = top(walk.conversation, walk.library)
    if found is None:
        return
    flow, state = found[0], found[0].states[of] if of else found[1]
    question = state.question
    if question is None:
        return
    _keep(walk, question, value)
    if len(question.choices) != 1:
        walk.change_frame(trail=(*walk.frames[-1].trail, state.name))
    if state.consent and isinstance(value, int | str):
        shown = "\n".join(walk.filled(texts) for texts in state.texts)
        walk.effects.append(Consent(state.consent, shown, value))
    _leave(walk, flow, state, value)


def _keep(walk: Walk, question: Question, value: Answer) -> None:
    """Remember an answer. A check-in's scales are saved, wherever on the way they are asked."""
    if isinstance(value, tuple):
        values: dict[str, Answer] = dict(zip(question.of, value, strict=True))
    else:
        values = {question.name: value}
    conversation = walk.conversation
    walk.change(answers={**conversation.answers, **values})
    if question.kind not in {"scale", "several"} or not checking(walk):
        return
    numbers = {name: one for name, one in values.items() if isinstance(one, int)}
    walk.change(kept={**conversation.kept, **numbers})
    walk.effects += [Save(name, number) for name, number in numbers.items()]


def skip(walk: Walk) -> bool:
    """Go on without an answer; False where that is not possible."""
    found = top(walk.conversation, walk.library)
    if found is None or found[1].question is None or found[1].required:
        return False
    _leave(walk, *found, None)
    return True


def back(walk: Walk) -> bool:
    """Put the last question that was answered once more, to correct it; False if there is none in what is open."""
    frames = walk.frames
    while frames and not _trail(walk, frames[-1]) and len(frames) > 1 and _runs(walk, frames[-2], frames[-1].flow):
        frames = frames[:-1]
    trail = _trail(walk, frames[-1]) if frames else ()
    if not trail:
        return False
    walk.change(frames=(*frames[:-1], replace(frames[-1], state=trail[-1], trail=trail[:-1], tries=0)))
    ask(walk)
    return True


def _trail(walk: Walk, frame: Frame) -> tuple[str, ...]:
    """Return the questions answered so far in a flow, of those that this version of it still asks."""
    flow = walk.library.flows.get(frame.flow)
    states = flow.states if flow else {}
    return tuple(name for name in frame.trail if name in states and states[name].question)


def return_to(walk: Walk, number: int) -> None:
    """Leave whatever was opened over a flow, but not the flows that it runs by itself."""
    while number + 1 < len(walk.frames) and _runs(walk, walk.frames[number], walk.frames[number + 1].flow):
        number += 1
    walk.change(frames=walk.frames[: number + 1])


def waits_for_go(question: Question) -> bool:
    """Whether a question only waits for the word to go on, as the discreet note does."""
    return [choice.value for choice in question.choices] == ["go"]


def misunderstood(walk: Walk) -> None:
    """Ask once more with the choices; the second time leave the question out kindly. Consent is asked until given."""
    found = top(walk.conversation, walk.library)
    assert found is not None
    flow, state = found
    if state.question and waits_for_go(state.question):
        ask(walk)
        return
    if walk.frames[-1].tries and not state.required:
        walk.line("left_out")
        _leave(walk, flow, state, None)
        return
    walk.change_frame(tries=walk.frames[-1].tries + 1)
    if state.question and state.question.again:
        walk.say(state.question.again, asks=True, wait=_wait(state))
    else:
        walk.line("unclear")
        ask(walk)


def ask(walk: Walk, *, whole: bool = False) -> None:
    """Put the open question again: its last text, or the `whole` of it in a language it was not yet said in."""
    found = top(walk.conversation, walk.library)
    if found and found[1].question and not waiting(walk.conversation):
        for texts in found[1].texts[:-1] if whole else ():
            walk.say(texts)
        walk.say(found[1].texts[-1], asks=True, wait=_wait(found[1]))


def _ask_under(walk: Walk) -> None:
    """Put the question that lies under an offer of more again: the person is back where they were, and may say MORE."""
    offered = walk.frames
    let_go(walk)
    ask(walk)
    walk.change(frames=offered)


def plan_after_risk(walk: Walk) -> None:
    """Ask the next day how somebody is, by day: not in the night in which it was said."""
    at = walk.context.at + _NEXT_DAY
    if at.hour < _EARLIEST:
        at = at.replace(hour=_EARLIEST, minute=0)
    elif at.hour >= _LATEST:
        at = at.replace(hour=_LATEST, minute=0)
    walk.effects.append(Plan("follow-up", AFTER_RISK, at.replace(second=0, microsecond=0)))


def _wait(state: State) -> int:
    return state.timeout.minutes if state.timeout else 0


def _runs(walk: Walk, frame: Frame, flow: str) -> bool:
    """Whether a frame stands where it runs this flow."""
    found = place(frame, walk.library)
    return found is not None and found[1].run == flow


def _leave(walk: Walk, flow: Flow, state: State, value: Answer | None) -> None:
    frames = walk.frames
    for effect in state.effects:
        do(walk, effect, value)
    if state.effects and frames and not walk.frames:
        return  # an effect has ended the whole conversation
    _go(walk, flow, _target(walk, state, answered=value is not None))


def _go(walk: Walk, flow: Flow, target: str | None) -> None:
    if target is None:
        _finish(walk, flow)
    else:
        _enter(walk, flow, target)


def _target(walk: Walk, state: State, *, answered: bool) -> str | None:
    if state.rotation:
        return turn_of(state.rotation, walk.context)
    if not state.branches:
        return state.next
    known = walk.known(answered=answered)
    return next((branch.target for branch in state.branches if known.fits(branch.when)), state.next)


def turn_of(rotation: Rotation, context: Context) -> str:
    """Return the state whose turn it is: the calendar alone decides."""
    day = context.at.toordinal() - 1  # a Monday is day 0
    number = {"week": day // 7, "day": day, "hour": day * 24 + context.at.hour}[rotation.by]
    return rotation.among[number % len(rotation.among)]


def _enter(walk: Walk, flow: Flow, name: str) -> None:
    walk.steps += 1
    if walk.steps > _MOST_STEPS or not walk.frames:
        return
    state = flow.states[name]
    if state.only and not walk.known(answered=False).fits(state.only):
        _go(walk, flow, state.next if state.rotation else _target(walk, state, answered=False))
        return
    if state.limit and _too_often(walk, state):
        _enter(walk, flow, state.limit.target)
        return
    if (walk.frames[-1].state, walk.frames[-1].tries) != (name, 0):
        walk.change_frame(state=name, tries=0)
    for texts in state.texts[:-1]:
        walk.say(texts)
    if state.texts:
        walk.say(state.texts[-1], asks=state.question is not None, wait=_wait(state))
    if not walk.hushed and is_offer(walk):
        _ask_under(walk)
    if state.run and flow.check_in and state.next is None and not state.branches:
        _finish(walk, flow, then=state.run)
    elif state.run:
        push(walk, state.run)
    elif state.question is None:
        _leave(walk, flow, state, None)


def _too_often(walk: Walk, state: State) -> bool:
    """Count this entrance of a bounded state; whether there were as many as it may have."""
    assert state.limit is not None
    rounds = walk.frames[-1].rounds
    if rounds.get(state.name, 0) >= state.limit.most:
        return True
    walk.change_frame(rounds={**rounds, state.name: rounds.get(state.name, 0) + 1})
    return False


def _finish(walk: Walk, flow: Flow, *, then: str | None = None) -> None:
    """End the open flow and go back to what lies under it. A check-in that ends by running another is over before."""
    closing = flow.check_in and checking(walk)
    walk.change(frames=walk.frames[:-1])
    if closing:
        close_check_in(walk)
    caller = top(walk.conversation, walk.library)
    if then:
        push(walk, then)
    elif caller and caller[1].run == flow.name:
        _leave(walk, *caller, None)
    elif not walk.hushed:
        ask(walk)
