"""What must hold of every flow before anybody may be asked with it. Each finding names file, state and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flows.effects import EFFECT_WORDS, SETTINGS
from flows.facts import FACTS
from flows.flow import LANGUAGES, Answer, Branch, Flow, FlowError, Library, Question, State, Texts
from flows.keywords import RESERVED, bare, fold
from flows.scoring import ITEMS
from flows.text import fill, placeholders, segments
from flows.ways import targets
from flows.words import COMMANDS

# The longest that each placeholder may become: texts are measured with these.
WIDEST: Mapping[str, str] = {
    "p": "M" * 12,
    "u": "https://checkin.org/p/r5",
    "help": "https://checkin.org/r/help",
    "learn": "https://checkin.org/r/learn/r5",
    "ph": "757-555-0100",
    "keyword": "JOINUS",
    "n": "10",
    "groups": "1 outpatient 2 crisis 3 case mgmt 4 residential 5 other",
    "offer_day": "Wednesday",
    "offer_time": "12:45 PM",
    "d": "Wednesday",
    "t": "12:45 PM",
    "date": "Wed 30 Sep",
    "back": "Wed 30 Sep",
    "later_day": "Wednesday",
    "later_time": "12:45 PM",
    "therapists": "https://checkin.org/r/therapists",
    "client": "individual",
    "a_client": "un estudiante",
    "clients": "estudiantes",
    "peer": "Physician Support 888-409-0141",
    "event": "Staying with pain without drowning in it",
    "event_date": "Wed 30 Sep",
    "event_place": "Virginia Beach",
    "reminder": "Wed 30 Sep",
    "signs": "100",
    "lack": "100",
    "trend": "about the same",
    "a": "100",
    "b": "100",
    "c": "100",
    "h": "100",
}

# Every line the service itself says. A library without one of these cannot be used.
NEEDED = frozenset(
    """
    help stop restart welcome_back already resting unknown not_988 unclear needed left_out idle nothing_open language
    parked nothing_back too_late
    remind_note remind_first remind_last remind_midway
    risk_concern risk_explicit risk_imminent risk_again risk_others risk_home risk_client risk_link
    """.split()  # noqa: SIM905  (a list of words reads best as words)
)
# Words that are obeyed without a flow of their own name; every other one opens its flow.
_NO_FLOW = frozenset({"checkin", "go", "skip", "back"})
_NEEDED_FLOWS = frozenset({"welcome", "weekly-checkin", "erase-all", *COMMANDS}) - _NO_FLOW
_SHOUTED = re.compile(r"\b[A-Z]{2,}\b")
_NOT_WORDS = frozenset({"AM", "ER", "OK"})
# "1 yes": a key and the first word of what it stands for.
_OFFERED = re.compile(r"(?<![\d/:.,-])(\d) ([^\W\d]+)")
# The serious lines have to say where a person answers, in every language.
_WITH_988 = frozenset(n for n in NEEDED if n.startswith("risk_")) | {"stop", "help", "not_988", "parked"}


def check(library: Library) -> list[str]:
    """Return every fault found, none if the library may be published."""
    return [
        *_missing(library),
        *(finding for flow in library.flows.values() for finding in (*_flow(flow), *_scored(flow), *_agreed(flow))),
        *(finding for name, texts in library.lines.items() for finding in _line(name, texts)),
    ]


def _missing(library: Library) -> Iterator[str]:
    for name in sorted(NEEDED - set(library.lines)):
        yield f"lines.yaml: no line {name!r}, which the service says itself"
    for name in sorted(_NEEDED_FLOWS - set(library.flows)):
        yield f"no flow {name!r}, which the service opens itself"


def _line(name: str, texts: tuple[Texts, ...]) -> Iterator[str]:
    for one in texts:
        yield from _texts(f"lines.yaml, {name}", one)
        if name in _WITH_988:
            for language in LANGUAGES:
                if "988" not in one[language]:
                    yield f"lines.yaml, {name}, {language}: does not say 988"


def _flow(flow: Flow) -> Iterator[str]:
    reached = _reached(flow, flow.start)
    for state in flow.states.values():
        where = f"{flow.source}, state {state.name}, line {state.line}"
        if state.name not in reached:
            yield f"{where}: nothing leads here"
        if not _ends(flow, state.name):
            yield f"{where}: no way from here to an end"
        if _goes_round(flow, state):
            yield f"{where}: goes round without asking anything"
        yield from _state(where, state)
        yield from _branches(where, flow, state)


def _state(where: str, state: State) -> Iterator[str]:
    for texts in state.texts:
        yield from _texts(where, texts)
    for effect in state.effects:
        yield from _effect(where, effect)
    if state.question:
        yield from _question(where, state.question, state.texts)
    elif not (state.texts or state.effects or state.branches or state.next):
        yield f"{where}: says, asks and does nothing"


def _effect(where: str, effect: str) -> Iterator[str]:
    word, _, setting = effect.partition(" ")
    if word not in EFFECT_WORDS:
        yield f"{where}: do: {effect!r} is none of {', '.join(sorted(EFFECT_WORDS))}"
    elif word == "set" and setting not in SETTINGS:
        yield f"{where}: do: {effect!r} sets none of {', '.join(sorted(SETTINGS))}"


def _question(where: str, question: Question, texts: tuple[Texts, ...]) -> Iterator[str]:
    if question.name in FACTS:
        yield f"{where}: {question.name!r} is the name of a fact already; call the state something else"
    if question.again:
        yield from _texts(f"{where}, again", question.again)
    yield from _labels(where, question)
    for one in (*texts, *([question.again] if question.again else [])):
        yield from _offers(where, question, one)


def _labels(where: str, question: Question) -> Iterator[str]:
    """Two choices may not share a label, and none may be called as the carrier's or a command word is."""
    for language in LANGUAGES:
        seen: dict[str, Answer] = {}
        for label, value in ((label, c.value) for c in question.choices for label in c.labels[language]):
            if fold(label) in RESERVED:
                yield f"{where}: the label {label!r} is a word of the carrier or a command"
            if seen.setdefault(fold(label), value) != value:
                yield f"{where}, {language}: the label {label!r} stands for two choices"


def _offers(where: str, question: Question, texts: Texts) -> Iterator[str]:
    """Every key that a text offers has to be one of the choices, and mean what the text says it does."""
    keys = {str(choice.key): choice for choice in question.choices}
    for language in LANGUAGES if question.choices else ():
        for key, word in _OFFERED.findall(texts[language]):
            meant = keys[key].labels[language] if key in keys else ()
            if not any(bare(label).split()[0] == bare(word) for label in meant):
                yield f"{where}, {language}: offers {key!r} for {word!r}, which is not one of its choices"


def _branches(where: str, flow: Flow, state: State) -> Iterator[str]:
    if state.branches and state.next is None:
        yield f"{where}: branches without a go: for when none fits"
    asked = {s.question.name: s.question for s in flow.states.values() if s.question}
    for fact, value in ((fact, v) for branch in state.branches for fact, vs in branch.when.items() for v in vs):
        if fact not in asked and fact not in FACTS:
            yield f"{where}: nothing is known as {fact!r}"
        elif value not in _values(fact, asked.get(fact)):
            yield f"{where}: {fact} is never {value!r}"


def _values(fact: str, question: Question | None) -> frozenset[Answer | bool]:
    if question is None:
        return FACTS[fact]
    return frozenset(choice.value for choice in question.choices)


def _scored(flow: Flow) -> Iterator[str]:
    """A check-in has to ask for everything its feedback is made of."""
    scales = {s.question.name for s in flow.states.values() if s.question and s.question.kind == "scale"}
    for name in sorted(set(ITEMS) - scales) if flow.check_in else ():
        yield f"{flow.source}: a check-in that never asks {name!r} on a scale cannot be scored"


def _agreed(flow: Flow) -> Iterator[str]:
    """Where somebody is enrolled, nobody may have passed a consent by leaving it out or by saying no."""
    if not any("enrol" in state.effects for state in flow.states.values()):
        return
    consents = [state for state in flow.states.values() if state.consent]
    if not consents:
        yield f"{flow.source}: enrols without any consent"
    for state in consents:
        where = f"{flow.source}, state {state.name}, line {state.line}"
        if not state.required:
            yield f"{where}: consent that may be skipped; it needs required: true"
        if _refusable(state) and _enrols(flow, _after(state, "no")):
            yield f"{where}: a no leads to being enrolled all the same"


def _refusable(state: State) -> bool:
    """Whether this asks for consent itself, rather than for how somebody likes it."""
    return {choice.value for choice in state.question.choices} == {"yes", "no"} if state.question else False


def _after(state: State, answer: Answer) -> str | None:
    def fits(branch: Branch) -> bool:
        return all(fact != state.name or answer in wanted for fact, wanted in branch.when.items())

    return next((branch.target for branch in state.branches if fits(branch)), state.next)


def _enrols(flow: Flow, start: str | None) -> bool:
    return start is not None and any("enrol" in flow.states[name].effects for name in _reached(flow, start))


def _texts(where: str, texts: Texts) -> Iterator[str]:
    for language in LANGUAGES:
        template = texts[language]
        for name in sorted(placeholders(template) - set(WIDEST)):
            yield f"{where}, {language}: nothing fills {{{name}}}"
        try:
            size = segments(fill(template, WIDEST))
        except FlowError:
            continue
        if size.count > 1 or size.encoding != "GSM-7":
            yield f"{where}, {language}: {size.units} {size.encoding} characters at its longest, {size.count} segments"
        for word in _SHOUTED.findall(re.sub(r"\{\w+\}|https?://\S+", "", template)):
            if word not in _NOT_WORDS and fold(word) not in RESERVED:
                yield f"{where}, {language}: offers {word}, which nothing understands"


def _reached(flow: Flow, start: str) -> set[str]:
    found, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(targets(flow.states[name]))
    return found


def _ends(flow: Flow, name: str) -> bool:
    found, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if flow.states[one].next is None:
            return True
        if one not in found:
            found.add(one)
            waiting.extend(targets(flow.states[one]))
    return False


def _goes_round(flow: Flow, state: State) -> bool:
    """Whether a path that asks nothing leads from this state back to it."""
    found, waiting = set[str](), [] if state.question else targets(state)
    while waiting:
        name = waiting.pop()
        if name == state.name:
            return True
        if name not in found and flow.states[name].question is None:
            found.add(name)
            waiting.extend(targets(flow.states[name]))
    return False
