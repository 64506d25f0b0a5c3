"""What must hold of every flow before anybody may be asked with it. Each finding names file, state and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flows.engine import EFFECT_WORDS
from flows.flow import LANGUAGES, Flow, FlowError, Library, State, Texts
from flows.keywords import RESERVED, fold
from flows.text import fill, placeholders, segments

# The longest that each placeholder may become: texts are measured with these.
WIDEST: Mapping[str, str] = {
    "p": "M" * 12,
    "u": "https://checkin.org/p/r5",
    "help": "https://checkin.org/r/help",
    "learn": "https://checkin.org/r/learn",
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
    "a": "100",
    "b": "100",
    "c": "100",
    "h": "100",
}

# Every line the service itself says. A library without one of these cannot be used.
NEEDED = frozenset(
    """
    help stop restart welcome_back already unknown not_988 unclear left_out idle nothing_open language parked
    remind_note remind_first remind_last remind_midway
    risk_concern risk_explicit risk_imminent risk_again risk_others risk_home risk_client risk_link
    """.split()  # noqa: SIM905  (a list of words reads best as words)
)
_NEEDED_FLOWS = frozenset({"welcome", "weekly-checkin"})
_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
_NOT_WORDS = frozenset({"HELP", "STOP", "START", "TIDE"})
# The serious lines have to say where a person answers, in every language.
_WITH_988 = frozenset(n for n in NEEDED if n.startswith("risk_")) | {"stop", "help", "not_988", "parked"}


def check(library: Library) -> list[str]:
    """Return every fault found, none if the library may be published."""
    return [
        *_missing(library),
        *(finding for flow in library.flows.values() for finding in _flow(flow)),
        *(finding for name, texts in library.lines.items() for finding in _line(name, texts)),
    ]


def _missing(library: Library) -> Iterator[str]:
    for name in sorted(NEEDED - set(library.lines)):
        yield f"lines.yaml: no line {name!r}, which the service says itself"
    for name in sorted(_NEEDED_FLOWS - set(library.flows)):
        yield f"no flow {name!r}"


def _line(name: str, texts: tuple[Texts, ...]) -> Iterator[str]:
    for one in texts:
        yield from _texts(f"lines.yaml, {name}", one)
        if name in _WITH_988:
            for language in LANGUAGES:
                if "988" not in one[language]:
                    yield f"lines.yaml, {name}, {language}: does not say 988"


def _flow(flow: Flow) -> Iterator[str]:
    reached = _reached(flow)
    for state in flow.states.values():
        where = f"{flow.source}, state {state.name}, line {state.line}"
        if state.name not in reached:
            yield f"{where}: nothing leads here"
        if not _ends(flow, state.name):
            yield f"{where}: no way from here to an end"
        if _goes_round(flow, state):
            yield f"{where}: goes round without asking anything"
        yield from _state(where, state)


def _state(where: str, state: State) -> Iterator[str]:
    for texts in state.texts:
        yield from _texts(where, texts)
    for effect in state.effects:
        if effect.split(" ")[0] not in EFFECT_WORDS:
            yield f"{where}: do: {effect!r} is none of {', '.join(sorted(EFFECT_WORDS))}"
    for choice in state.question.choices if state.question else ():
        for label in (one for labels in choice.labels.values() for one in labels):
            if fold(label) in RESERVED:
                yield f"{where}: the label {label!r} is a word of the carrier or a command"


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


def _targets(state: State) -> list[str]:
    return [branch.target for branch in state.branches] + ([state.next] if state.next else [])


def _reached(flow: Flow) -> set[str]:
    found, waiting = set[str](), [flow.start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_targets(flow.states[name]))
    return found


def _ends(flow: Flow, name: str) -> bool:
    found, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if flow.states[one].next is None:
            return True
        if one not in found:
            found.add(one)
            waiting.extend(_targets(flow.states[one]))
    return False


def _goes_round(flow: Flow, state: State) -> bool:
    """Whether a path that asks nothing leads from this state back to it."""
    found, waiting = set[str](), [] if state.question else _targets(state)
    while waiting:
        name = waiting.pop()
        if name == state.name:
            return True
        if name not in found and flow.states[name].question is None:
            found.add(name)
            waiting.extend(_targets(flow.states[name]))
    return False
