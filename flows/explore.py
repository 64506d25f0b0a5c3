"""Play every flow with the real machine, whatever is answered, and see that it goes on, obeys and ends.

From its beginning a flow is walked breadth-first, in each language, read and spoken, in every circumstance its branches
ask about. Two places are one where the same frames stand and everything is the same that may still be asked about.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import get_args

from flows.check_states import place
from flows.check_ways import asks, reached
from flows.conversation import Conversation
from flows.facts import Known
from flows.flow import LANGUAGES, Channel, Flow, Library, Question, State
from flows.plays import Node, Play, says
from flows.probes import probe, try_words
from flows.turn import Heard, Started, TimedOut, Turn
from flows.walk import open_question, top
from flows.worlds import World, worlds

_MOST_TURNS = 60
_UNREADABLE = "qwx zzt vbn"
_SAMPLES = {
    "day": ("1", "7", "friday"),
    "time": ("7:30 AM", "19:30"),
    "date": ("12/24", "tomorrow"),
    "text": ("a few words of my own",),
}
_SOME_DAYS = timedelta(days=3)

Key = tuple[object, ...]
Places = Mapping[tuple[str, str], frozenset[str]]


@dataclass(slots=True)
class _Explorer:
    """A flow in one language and channel. `ways` has where each place leads, None for an end.

    Only a `thorough` one tells apart what is known: it decides the same in every language.
    """

    play: Play
    flow: Flow
    asked_about: Places
    thorough: bool
    waiting: deque[Key] = field(default_factory=deque)
    nodes: dict[Key, Node] = field(default_factory=dict)
    ways: dict[Key, set[Key | None]] = field(default_factory=dict)
    skips: dict[Key, Key | None] = field(default_factory=dict)
    probed: set[object] = field(default_factory=set)
    tried: set[object] = field(default_factory=set)


def findings(library: Library) -> list[str]:
    """Return what went wrong anywhere, each once."""
    came_to = set[tuple[str, str]]()
    play = Play(replace(library, flows={name: _traced(flow, came_to) for name, flow in library.flows.items()}))
    asked_about = _asked_about(library)
    for flow in library.flows.values():
        circumstances = worlds(library, flow)
        for language in LANGUAGES:
            for channel in get_args(Channel):
                explorer = _Explorer(play, flow, asked_about, thorough=(language, channel) == ("en", "text"))
                for world in circumstances:
                    _begin(explorer, world, language, channel)
                _walk(explorer)
    return play.findings() or list(_never(library, came_to))


class _Traced(dict[str, State]):
    """The states of a flow, which notes those that were entered."""

    def __init__(self, flow: Flow, came_to: set[tuple[str, str]]) -> None:
        super().__init__(flow.states)
        self._flow, self._came_to = flow.name, came_to

    def __getitem__(self, name: str) -> State:
        self._came_to.add((self._flow, name))
        return super().__getitem__(name)


def _traced(flow: Flow, came_to: set[tuple[str, str]]) -> Flow:
    return replace(flow, states=_Traced(flow, came_to))


def _never(library: Library, came_to: set[tuple[str, str]]) -> Iterator[str]:
    for flow in library.flows.values():
        for state in flow.states.values():
            if (flow.name, state.name) not in came_to:
                yield f"{place(flow, state)}: never come to, whatever is known and answered"


def _asked_about(library: Library) -> Places:
    """Return by place what may be asked about from there on, in its flow and those it runs."""
    whole = {flow.name: {fact for one in flow.states.values() for fact in asks(one)} for flow in library.flows.values()}
    for _ in library.flows:  # as deep as flows may run each other
        for flow in library.flows.values():
            whole[flow.name].update(*(whole.get(state.run or "", set()) for state in flow.states.values()))
    return {
        (flow.name, name): frozenset(
            fact
            for one in (flow.states[other] for other in reached(flow, name))
            for fact in (*asks(one), *whole.get(one.run or "", ()))
        )
        for flow in library.flows.values()
        for name in flow.states
    }


def _begin(explorer: _Explorer, world: World, language: str, channel: Channel) -> None:
    known = replace(world.context, channel=channel, settings={**world.context.settings, "language": language})
    node = Node(None, known, place(explorer.flow, explorer.flow.states[explorer.flow.start]))
    if world.under_way:
        node = _under_way(explorer.play, node, world)
    crisis = (known.at - _SOME_DAYS).isoformat() if world.gently else ""
    turn = explorer.play.done(node, Started(explorer.flow.name, asked_for=world.asked_for, crisis_before=crisis))
    if turn and not says(turn):
        explorer.play.note(node, "begins without a word")
    if turn:
        _arrive(explorer, node, turn)


def _under_way(play: Play, node: Node, world: World) -> Node:
    """Open a check-in, so that a flow begins on top of it."""
    turn = play.done(node, Started("weekly-checkin", asked_for=world.asked_for))
    if turn is None or turn.conversation is None:
        return node
    after = play.following(node, turn)
    return replace(after, where=node.where, turns=0, floor=len(turn.conversation.frames))


def _walk(explorer: _Explorer) -> None:
    while explorer.waiting:
        key = explorer.waiting.popleft()
        node = explorer.nodes[key]
        if node.turns > _MOST_TURNS:
            explorer.play.note(node, f"no end after {_MOST_TURNS} turns")
            continue
        found = top(node.conversation, explorer.play.library) if node.conversation else None
        if found is None or node.conversation is None:
            continue
        _answer(explorer, key, node, node.conversation, found[1])
        places = tuple((frame.flow, frame.state) for frame in node.conversation.frames)
        if places not in explorer.probed:
            explorer.probed.add(places)
            probe(explorer.play, node)
    _ends(explorer)


def _answer(explorer: _Explorer, key: Key, node: Node, conversation: Conversation, state: State) -> None:
    """Give every answer, none, one that cannot be read, go back, and let the time pass."""
    ways = explorer.ways.setdefault(key, set())
    again = conversation.frames[-1].tries > 0
    question = open_question(conversation, explorer.play.library, node.context)
    samples = [] if (again and not state.required) or question is None else _samples(question)
    for text in (*samples, _UNREADABLE):
        ways.add(_hear(explorer, node, text))
    if again:
        return
    skipped = _hear(explorer, node, "SKIP")
    ways.add(skipped)
    if not state.required:
        explorer.skips[key] = skipped
    _hear(explorer, node, "BACK")
    _let_pass(explorer, node, state)


def _samples(question: Question) -> list[str]:
    keys = [str(choice.key) for choice in question.choices]
    match question.kind:
        case "scale" | "choice":
            return keys
        case "number":
            return [str(question.low), str(question.high)]
        case "several":
            return [keys[0] * len(question.of), " ".join(keys[-1:] * len(question.of))]
        case kind:
            return list(_SAMPLES[kind])


def _let_pass(explorer: _Explorer, node: Node, state: State) -> None:
    turn = explorer.play.done(node, TimedOut())
    if turn is None:
        return
    if says(turn):
        explorer.play.note(node, "says something when nothing came")
    if state.timeout:
        _arrive(explorer, node, turn)
    elif turn.conversation != node.conversation:
        explorer.play.note(node, "moves when nothing came")


def _hear(explorer: _Explorer, node: Node, text: str) -> Key | None:
    """Have something heard; return where that leads, None for an end. Whatever is written is answered."""
    turn = explorer.play.done(node, Heard(text))
    if turn is None:
        return None
    if not says(turn):
        explorer.play.note(node, f"{text!r} is answered with silence")
    return _arrive(explorer, node, turn)


def _arrive(explorer: _Explorer, node: Node, turn: Turn) -> Key | None:
    """Return the place that a turn leads to, to be gone on from if nobody came there before; None for an end."""
    after = explorer.play.following(node, turn)
    try_words(explorer.play, after, says(turn), explorer.tried)
    now = after.conversation
    if now is None or now.parked or len(now.frames) <= node.floor:
        return None
    key = _key(explorer, now, after)
    if key not in explorer.nodes:
        explorer.nodes[key] = after
        explorer.waiting.append(key)
    return key


def _key(explorer: _Explorer, conversation: Conversation, node: Node) -> Key:
    frames = tuple((f.flow, f.state, f.tries > 0, *sorted(f.rounds.items())) for f in conversation.frames)
    if not explorer.thorough:
        return frames
    flows = explorer.play.library.flows
    judged = Known(conversation, node.context, False, any(flows[frame.flow].check_in for frame in conversation.frames))
    names = {name for frame in conversation.frames for name in explorer.asked_about[frame.flow, frame.state]}
    return (frames, tuple((name, judged.fact(name)) for name in sorted(names - {"answered"})))


def _ends(explorer: _Explorer) -> None:
    """From every place an end can be come to, and leaving everything out leads to one."""
    ending = {key for key, ways in explorer.ways.items() if None in ways}
    grown = True
    while grown:
        more = {key for key, ways in explorer.ways.items() if key not in ending and ways & ending}
        ending |= more
        grown = bool(more)
    for key in explorer.ways:
        if key not in ending:
            explorer.play.note(explorer.nodes[key], "no end is come to from here")
        at: Key | None = key
        for _ in range(_MOST_TURNS):
            at = explorer.skips.get(at) if at else None
        if at is not None:
            explorer.play.note(explorer.nodes[key], "SKIP goes round and round")
