"""A flow's states and ways laid out for its picture: what stands in each box, which labels and lines there are.

A way to a silent end and a way back are not drawn as lines, which would cross everything: they are named beside the
box they start from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from flows.drawing.arrows import Arrow, is_end
from flows.drawing.layers import Box, Line, columns, line
from flows.drawing.words import say
from flows.flow import Flow, Question, State

PAD, ROW, HEAD = 10.0, 14.0, 18.0
_WIDTH, _LETTER = 216.0, 6.4
_WRAP, _ROWS, _LABEL_WRAP = 35, 3, 22
_OVER, _BACK = "\u25cf", "\u21ba"
_KINDS = {
    "scale": "asks on a scale",
    "choice": "asks for a choice",
    "number": "asks for a number",
    "day": "asks for a day",
    "time": "asks for a time",
    "date": "asks for a date",
    "hours": "asks for hours",
    "zone": "asks for a time zone",
    "text": "asks for own words",
    "code": "asks for a code",
    "several": "asks several at once",
}


@dataclass(slots=True)
class Picture:
    """Boxes by state, the words of labels, the lines, and the ways down (and back up) a column of one rotation."""

    flow: Flow
    nodes: dict[str, Box] = field(default_factory=dict)
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    others: list[Box] = field(default_factory=list)
    lines: list[tuple[Line, bool]] = field(default_factory=list)
    down: list[tuple[Box, Box, str]] = field(default_factory=list)
    up: list[tuple[Box, str]] = field(default_factory=list)


def place(flow: Flow, ways: Sequence[Arrow], language: str) -> Picture:
    """Make the boxes and the lines, and leave out what would cross everything: ends and ways back are named instead."""
    picture = Picture(flow)
    beside = _beside(flow)
    places, back = columns(flow.start, [(a.source, a.target) for a in ways if (a.source, a.target) not in beside])
    for name in flow.states:
        if name in places and not (is_end(flow.states[name]) and name != flow.start):
            picture.nodes[name] = Box(name, *_size(flow.states[name], language), column=2 * places[name])
    shared: dict[tuple[str, int], Box] = {}
    for (source, target), merged in _merged(ways).items():
        if source not in picture.nodes:
            continue
        texts, aside = [a.label for a in merged if a.label], all(a.aside for a in merged)
        if (
            (source, target) in beside
            and target in picture.nodes
            and places[source] == places[target]
            and source != target
        ):
            picture.down.append((picture.nodes[source], picture.nodes[target], " / ".join(texts)))
        elif target not in picture.nodes or (source, target) in back | beside:
            sign = f"{_OVER} {say(language, 'end')}" if target not in picture.nodes else f"{_BACK} {target}"
            _stub(picture, source, [*texts, sign], aside=aside)
        else:
            _lead(picture, source, target, texts, shared, aside=aside)
    picture.others += shared.values()
    return picture


def _size(state: State, language: str) -> tuple[float, float]:
    found = rows(state, language)
    if not found:
        return max(len(state.name) * 7.0 + 26, 60.0), 26.0
    wide = _WIDTH if state.texts else max(map(len, [state.name, *found])) * _LETTER + 2 * PAD
    return wide, HEAD + PAD + ROW * len(found)


def _beside(flow: Flow) -> set[tuple[str, str]]:
    """Return the pairs of one rotation, which stand one under the other and not one after the other."""
    among = [state.rotation.among for state in flow.states.values() if state.rotation]
    return {(one, other) for names in among for one in names for other in names}


def _merged(ways: Iterable[Arrow]) -> dict[tuple[str, str], list[Arrow]]:
    found: dict[tuple[str, str], list[Arrow]] = {}
    for arrow in ways:
        found.setdefault((arrow.source, arrow.target), []).append(arrow)
    return found


def _stub(picture: Picture, source: str, texts: list[str], *, aside: bool) -> None:
    box = _label_box(picture, source, f"{source} {len(picture.others)}", texts)
    node = picture.nodes[source]
    node.after.append(box)
    box.before.append(node)
    picture.lines.append((Line((node, box)), aside))


def _lead(
    picture: Picture, source: str, target: str, texts: list[str], shared: dict[tuple[str, int], Box], *, aside: bool
) -> None:
    label = _label_box(picture, source, f"{source} {target}", texts) if texts else None
    way = line(picture.nodes[source], picture.nodes[target], label, shared)
    picture.lines.append((way, aside))


def _label_box(picture: Picture, source: str, key: str, texts: list[str]) -> Box:
    rows = tuple(row for text in texts for row in _wrap(text, _LABEL_WRAP, 4))
    picture.labels[key] = rows
    box = Box(key, max(map(len, rows)) * _LETTER + 8, ROW * len(rows), picture.nodes[source].column + 1)
    picture.others.append(box)
    return box


def part_ways_down(picture: Picture) -> None:
    """Keep the ways down to the next state of a rotation as arrows; any other is only named under its state."""
    named: dict[Box, list[str]] = {}
    arrows: list[tuple[Box, Box, str]] = []
    for source, target, words in picture.down:
        if source.y < target.y and not _between(picture, source, target):
            arrows.append((source, target, words))
        else:
            named.setdefault(source, []).append(f"{words} {_BACK} {target.key}".strip())
    picture.down = arrows
    picture.up = [(source, ", ".join(words)) for source, words in named.items()]


def _between(picture: Picture, one: Box, other: Box) -> bool:
    boxes = [box for box in picture.nodes.values() if box.column == one.column]
    return any(one.y < box.y < other.y for box in boxes)


def rows(state: State, language: str) -> list[str]:
    """Return what stands in a state's box under its name; nothing for one that only decides."""
    rows = [say(language, _KINDS[state.question.kind]) + _range(state.question, language)] if state.question else []
    rows += [say(language, "another each {}, in turn", say(language, state.rotation.by))] if state.rotation else []
    rows += [say(language, "runs the flow {}", state.run)] if state.run else []
    rows += said(state, language)
    rows += _wrap(say(language, "does: {}", ", ".join(state.effects)), _WRAP, 2) if state.effects else []
    kinds = [say(language, "consent: {}", state.consent)] if state.consent else []
    kinds += [say(language, "has to be answered")] if state.required else []
    return rows + ([", ".join(kinds)] if kinds else [])


def said(state: State, language: str) -> list[str]:
    return _wrap(state.texts[-1][language], _WRAP, _ROWS) if state.texts else []


def _range(question: Question, language: str) -> str:
    return f", {say(language, '{} to {}', question.low, question.high)}" if question.kind == "number" else ""


def _wrap(text: str, width: int, most: int) -> list[str]:
    """Break a text into rows; what does not fit ends in three dots."""
    rows = [""]
    for word in text.split():
        if rows[-1] and len(rows[-1]) + 1 + len(word) > width:
            rows.append(word)
        else:
            rows[-1] = f"{rows[-1]} {word}".strip()
    if len(rows) <= most:
        return rows
    last = rows[most - 1] if len(rows[most - 1]) <= width - 3 else rows[most - 1].rpartition(" ")[0]
    return [*rows[: most - 1], last.rstrip(" .,;:") + "..."]
