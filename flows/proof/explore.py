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

from flows.conversation import Conversation
from flows.engine import turn_of
from flows.facts import Known
from flows.flow import LANGUAGES, Channel, Flow, Library, Question, Rotation, State
from flows.proof.check_states import place
from flows.proof.check_ways import asks, reached
from flows.proof.plays import Node, Play, says
from flows.proof.probes import probe, try_words
from flows.proof.worlds import World, worlds
from flows.turn import Heard, Started, TimedOut, Turn
from flows.walk import open_question, top

_MOST_TURNS = 60
_UNREADABLE = "qwx zzt vbn"
_SAMPLES = {
    "day": ("1", "7", "friday"),
    "time": ("7:30 AM", "19:30", "23:30"),
    "date": ("12/24", "tomorrow"),
    "hours": ("9pm-7am", "8am-10pm", "off", "all day"),
    "zone": ("hawaii", "America/Chicago"),
    "text": ("a few words of my own",),
    "code": ("4821",),
}
_SCORED = frozenset("band burnout compassion empathy pattern signs supports trend without_rest".split())  # noqa: SIM905
_SOME_DAYS = timedelta(days=3)

Key = tuple[object, ...]
Places = Mapping[tuple[str, str], frozenset[object]]


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
    """Return by place what may decide from there on, in its flow and those it runs: facts, and turns of rotations."""
    whole = dict[str, set[object]]()
    for flow in library.flows.values():
        whole[flow.name] = {one for state in flow.states.values() for one in _decides(state)}
    for _ in library.flows:  # as deep as flows may run each other
        for flow in library.flows.values():
            whole[flow.name].update(*(whole.get(state.run or "", set()) for state in flow.states.values()))
    return {
        (flow.name, name): frozenset(
            one
            for state in (flow.states[other] for other in reached(flow, name))
            for one in (*_decides(state), *whole.get(state.run or "", ()))
        )
        for flow in library.flows.values()
        for name in flow.states
    }


def _decides(state: State) -> set[object]:
    return {*asks(state), *([state.rotation] if state.rotation else [])}


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
        places = tuple((frame.flow, frame.state, frame.tries > 0) for frame in node.conversation.frames)
        first = places not in explorer.probed
        explorer.probed.add(places)
        _answer(explorer, key, node, found[1], first=first)
        if first:
            _answer_oddly(explorer, key, node, found[1])
        if first and not node.conversation.frames[-1].tries:
            probe(explorer.play, node, commands=explorer.thorough)
    _ends(explorer)


def _answer(explorer: _Explorer, key: Key, node: Node, state: State, *, first: bool) -> None:
    """Give every answer and none; where only what is known differs, the ends of a scale are enough."""
    question = open_question(node.conversation, explorer.play.library, node.context)
    samples = _samples(question) if question else []
    if question and question.kind == "scale" and not first:
        samples = [samples[0], samples[-1]]
    ways = explorer.ways.setdefault(key, set())
    ways.update(_hear(explorer, node, text) for text in samples)
    skipped = _hear(explorer, node, "SKIP")
    ways.add(skipped)
    if not state.required:
        explorer.skips[key] = skipped


def _answer_oddly(explorer: _Explorer, key: Key, node: Node, state: State) -> None:
    """Write what cannot be read, go back, and let the time pass."""
    explorer.ways[key].add(_hear(explorer, node, _UNREADABLE))
    turn = explorer.play.done(node, Heard("BACK"))
    if turn and not says(turn):
        explorer.play.note(node, "'BACK' is answered with silence")
    if turn:
        try_words(explorer.play, explorer.play.following(node, turn), says(turn), explorer.tried)
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
    if not explorer.thorough or conversation.frames[-1].tries:
        return (frames,)
    flows = explorer.play.library.flows
    judged = Known(conversation, node.context, False, any(flows[frame.flow].check_in for frame in conversation.frames))
    names: set[object] = set()
    for frame in conversation.frames:
        names |= explorer.asked_about[frame.flow, frame.state]
    inside = conversation.frames[-1].flow == explorer.flow.name
    return (frames, *(_value(judged, node, name, inside=inside) for name in sorted(names, key=str)))


def _value(judged: Known, node: Node, name: object, *, inside: bool) -> object:
    """Return what tells two places apart: whose turn it is, what is known, and what the weeks before may make of it.

    Inside a flow that is run, which is explored by itself, what is being answered tells nothing apart.
    """
    if isinstance(name, Rotation):
        return turn_of(name, node.context)
    if name not in _SCORED:
        return None if name == "answered" else judged.fact(str(name))
    weeks = tuple(tuple(sorted(week.items())) for week in node.context.history)
    return (weeks, judged.fact(str(name)) if inside else None)


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
