"""What holds of the states of each flow and of the ways between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flows.effects import EFFECT_WORDS, SETTINGS
from flows.facts import FACTS
from flows.flow import Answer, Branch, Flow, Library, Question, State
from flows.proof.check_ways import ends, goes_round, reached, silent, speaks, unanswered
from flows.scoring import ITEMS, SIGNS, SUPPORTS

_OUTCOMES = frozenset({"done", "no_answer", "enrolled", "declined"})
# Said when nobody answered, of which there is nothing to say.
_SILENT = frozenset({"done", "no_answer"})
# What is set by a question of a kind of its own.
_SET_BY = {"pin": {"code"}, "day": {"day"}, "time": {"time"}, "quiet": {"hours"}, "zone": {"zone"}}
# Of what stands out, so many values may be left to the `go:` that takes all the rest; "none" needs no text.
_LEFT_OVER = {"band": 1, "pattern": 1, "milestone": 0}
_SCORED_FROM = {"band": ITEMS, "pattern": ITEMS, "signs": SIGNS, "supports": SUPPORTS}
_WEEK = range(7)


def findings(library: Library) -> Iterator[str]:
    """Yield what is wrong with the states of any flow."""
    for flow in library.flows.values():
        yield from _ways(library, flow)
        yield from _told(library, flow)
        yield from _scored(library, flow)
        yield from _agreed(flow)
        for state in flow.states.values():
            where = place(flow, state)
            yield from _state(where, state)
            yield from _effects(where, state)
            yield from _answers(where, state)
            yield from _facts(library, flow, where, state)


def place(flow: Flow, state: State) -> str:
    """Return where a state is written."""
    return f"{flow.source}, state {state.name}, line {state.line}"


def _ways(library: Library, flow: Flow) -> Iterator[str]:
    found = reached(flow, flow.start)
    for state in flow.states.values():
        where = place(flow, state)
        if state.name not in found:
            yield f"{where}: nothing leads here"
        if not ends(flow, state.name):
            yield f"{where}: no way from here to an end"
        if goes_round(flow, state, silent):
            yield f"{where}: goes round without asking anything"
        elif goes_round(flow, state, unanswered):
            yield f"{where}: comes back to itself as long as nothing is answered, without limit:"
        yield from _timeout(library, flow, where, state)
        yield from _run(library, flow, where, state)


def _timeout(library: Library, flow: Flow, where: str, state: State) -> Iterator[str]:
    if state.timeout is None:
        return
    if state.question is None:
        yield f"{where}: timeout: but nothing is asked here"
    if speaks(library, flow, state.timeout.target):
        yield f"{where}: when nothing comes it goes to {state.timeout.target!r}, where something is said unasked"


def _run(library: Library, flow: Flow, where: str, state: State) -> Iterator[str]:
    if state.run is None:
        return
    if state.run not in library.flows:
        yield f"{where}: runs {state.run!r}, which is no flow"
    elif flow.name in _runs(library, state.run):
        yield f"{where}: runs {state.run!r}, and so the flow runs itself"


def _runs(library: Library, name: str) -> set[str]:
    """Return every flow that this one runs, directly or not, and itself."""
    found, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one in library.flows and one not in found:
            found.add(one)
            waiting += [state.run for state in library.flows[one].states.values() if state.run]
    return found


def _state(where: str, state: State) -> Iterator[str]:
    goes_on = bool(state.branches or state.next or state.rotation or state.run)
    if not (state.texts or state.effects or goes_on) and state.outcome == "done":
        yield f"{where}: says, asks and does nothing"
    if state.outcome not in _OUTCOMES:
        yield f"{where}: outcome: {state.outcome!r} is none of {', '.join(sorted(_OUTCOMES))}"
    elif state.outcome != "done" and goes_on:
        yield f"{where}: outcome: on a state that goes on"
    elif state.outcome not in _SILENT and not state.texts:
        yield f"{where}: the outcome {state.outcome!r} without a word about it"
    if state.question is None:
        words = {"required": state.required, "loose": state.loose, "also": state.also, "consent": state.consent}
        for word in sorted(word for word, there in words.items() if there):
            yield f"{where}: {word}: but nothing is asked here"
    elif state.loose and state.required:
        yield f"{where}: loose: and required: at once"
    elif state.question.name in FACTS:
        yield f"{where}: {state.question.name!r} is the name of a fact already; call the state something else"


def _effects(where: str, state: State) -> Iterator[str]:
    for effect in state.effects:
        word, _, argument = effect.partition(" ")
        if word not in EFFECT_WORDS or (argument and word != "set"):
            yield f"{where}: do: {effect!r} is none of {', '.join(sorted(EFFECT_WORDS))}"
        elif word == "set":
            yield from _setting(where, effect, argument, state.question)


def _setting(where: str, effect: str, argument: str, question: Question | None) -> Iterator[str]:
    setting, _, fixed = argument.partition(" ")
    if setting not in SETTINGS:
        yield f"{where}: do: {effect!r} sets none of {', '.join(sorted(SETTINGS))}"
    elif fixed and fixed not in SETTINGS[setting]:
        allowed = ", ".join(sorted(SETTINGS[setting])) or "nothing fixed"
        yield f"{where}: do: {effect!r}, but {setting} may be set to {allowed}"
    elif not fixed and question is None:
        yield f"{where}: do: {effect!r} without an answer to set it to"
    elif not fixed and question and not _may_set(setting, question):
        yield f"{where}: do: {effect!r}, but an answer to this question is none that {setting} may have"


def _may_set(setting: str, question: Question) -> bool:
    allowed = SETTINGS[setting]
    return question.kind in _SET_BY.get(setting, {"choice"}) and (
        not allowed or allowed >= {choice.value for choice in question.choices}
    )


def _answers(where: str, state: State) -> Iterator[str]:
    """Every answer, and leaving it out, has to lead on by a branch or by the go: after them."""
    question = state.question
    if question is None or state.next is not None or state.rotation:
        return
    if not state.branches:
        yield f"{where}: no answer leads anywhere; it needs go:"
        return
    for value in _possible(question) or ("anything",):
        if not _taken(state, question.name, value):
            yield f"{where}: the answer {value!r} leads nowhere; it needs a branch or go:"
    if not state.required and not _taken(state, question.name, None):
        yield f"{where}: leaving it out leads nowhere; it needs go:"


def _taken(state: State, name: str, value: Answer | None) -> bool:
    """Whether a branch takes this answer whatever else is known; None is no answer."""
    holds: Mapping[str, Answer | bool | None] = {name: value, "answered": value is not None}
    return any(all(fact in holds and holds[fact] in vs for fact, vs in b.when.items()) for b in state.branches)


def _facts(library: Library, flow: Flow, where: str, state: State) -> Iterator[str]:
    asked = _asked(library, flow)
    whens: Iterable[Mapping[str, tuple[Answer | bool, ...]]] = [state.only, *(one.when for one in state.branches)]
    for fact, value in ((fact, value) for when in whens for fact, values in when.items() for value in values):
        if fact not in asked and fact not in FACTS:
            yield f"{where}: nothing is known as {fact!r}"
        elif value not in (FACTS[fact] if fact in FACTS else _values(asked[fact], value)):
            yield f"{where}: {fact} is never {value!r}"


def _asked(library: Library, flow: Flow) -> Mapping[str, Question]:
    """Return every question whose answer this flow can know: its own, and those of the flows it runs."""
    found = {}
    for name in (*_runs(library, flow.name), flow.name):
        for question in (state.question for state in library.flows[name].states.values() if state.question):
            found.update(dict.fromkeys(question.of or (question.name,), question))
    return found


def _values(question: Question, wanted: object) -> Iterable[Answer]:
    """Return the answers a question may have, of which `wanted` may be one."""
    free = question.kind in {"time", "date", "hours", "zone", "text", "code"} or (
        question.kind == "choice" and not question.choices
    )
    return (wanted,) if free and isinstance(wanted, str) else _possible(question)


def _possible(question: Question) -> tuple[Answer, ...]:
    if question.kind == "number":
        return tuple(range(question.low, question.high + 1))
    return tuple(_WEEK) if question.kind == "day" else tuple(choice.value for choice in question.choices)


def _told(library: Library, flow: Flow) -> Iterator[str]:
    """A check-in has something to say for each band, pattern and milestone there may be."""
    for fact, most in _LEFT_OVER.items() if flow.check_in else ():
        asking = [state for state in flow.states.values() if any(fact in one.when for one in state.branches)]
        branches = [(state, one) for state in flow.states.values() for one in state.branches if fact in one.when]
        left = FACTS[fact] - {"none"} - {value for _, one in branches for value in one.when[fact]}
        if len(left) > most:
            where = place(flow, asking[-1]) if asking else flow.source
            yield f"{where}: nothing is said for the {fact} {', '.join(sorted(map(repr, left)))}"
        for state, one in branches:
            if not speaks(library, flow, one.target):
                yield f"{place(flow, state)}: {fact} {one.when[fact][0]!r} leads to no text"


def _scored(library: Library, flow: Flow) -> Iterator[str]:
    """Whatever is scored has been asked on a scale on every way to where its score is asked about."""
    if flow.check_in and not any("band" in one.when for state in flow.states.values() for one in state.branches):
        yield f"{flow.source}: a check-in that says nothing of its band"
    before = _asked_before(flow)
    for state in flow.states.values():
        facts = {fact for one in state.branches for fact in one.when} & set(_SCORED_FROM)
        facts -= set() if flow.check_in else {"band", "pattern"}
        missing = {item for fact in facts for item in _SCORED_FROM[fact]} - before.get(state.name, set())
        for item in sorted(missing) if state.name in before else ():
            yield f"{place(flow, state)}: scored without having asked {item!r} on a scale on every way here"


def _asked_before(flow: Flow) -> Mapping[str, set[str]]:
    """Return what was surely asked on a scale on every way to each state."""
    before: dict[str, set[str]] = {flow.start: set()}
    waiting = [flow.start]
    while waiting:
        state = flow.states[waiting.pop()]
        for target, asked in _onward(flow, state):
            known = before[state.name] | asked
            if target not in before or not known >= before[target]:
                before[target] = known & before.get(target, known)
                waiting.append(target)
    return before


def _onward(flow: Flow, state: State) -> Iterator[tuple[str, set[str]]]:
    for one in (state, *([flow.states[state.also]] if state.also else [])):
        question = one.question
        scales = set(question.of or (question.name,)) if question and question.kind in {"scale", "several"} else set()
        targets = [*(one.rotation.among if one.rotation else ()), *(branch.target for branch in one.branches)]
        for target in [*targets, *([one.next] if one.next else [])]:
            yield target, scales


def _agreed(flow: Flow) -> Iterator[str]:
    """Where somebody is enrolled, nobody may have passed a consent by leaving it out or by saying no."""
    if not any("enrol" in state.effects for state in flow.states.values()):
        return
    consents = [state for state in flow.states.values() if state.consent]
    if not consents:
        yield f"{flow.source}: enrols without any consent"
    for state in consents:
        if not state.required:
            yield f"{place(flow, state)}: consent that may be skipped; it needs required: true"
        if _refusable(state) and _enrols(flow, _after(state, "no")):
            yield f"{place(flow, state)}: a no leads to being enrolled all the same"


def _refusable(state: State) -> bool:
    """Whether this asks for consent itself, rather than for how somebody likes it."""
    return {choice.value for choice in state.question.choices} == {"yes", "no"} if state.question else False


def _after(state: State, answer: Answer) -> str | None:
    def fits(branch: Branch) -> bool:
        return all(fact != state.name or answer in wanted for fact, wanted in branch.when.items())

    return next((branch.target for branch in state.branches if fits(branch)), state.next)


def _enrols(flow: Flow, start: str | None) -> bool:
    return start is not None and any("enrol" in flow.states[name].effects for name in reached(flow, start))
