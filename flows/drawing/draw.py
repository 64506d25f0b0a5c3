"""A flow as a picture: states as boxes, ways as arrows from left to right, in SVG, for paper and screen alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flows.drawing import svg
from flows.drawing.arrows import Arrow, arrows
from flows.drawing.layers import Box, arrange
from flows.drawing.picture import HEAD, PAD, ROW, Picture, part_ways_down, place, rows, said
from flows.drawing.words import say
from flows.flow import Flow, State

_MARGIN, _TOP, _FOOT, _START = 28.0, 64.0, 62.0, 30.0
_LEGEND = (
    "Thick and round: asks. Plain: says. Pill: decides. Double: another flow. "
    "Dashed: not the usual way. \u25cf the flow is over."
)


def draw(flow: Flow, language: str = "en", *, styled: bool = True) -> str:
    """Return the picture of a flow as an SVG document, with the texts of a language shortened in its boxes.

    Without `styled` it is one to stand in a page, whose stylesheet says how it looks.
    """
    ways = arrows(flow, language)
    picture = place(flow, ways, language)
    width, height = arrange([*picture.nodes.values(), *picture.others])
    part_ways_down(picture)
    body = [*_ways(picture), *(part for name in picture.nodes for part in _node(picture, flow.states[name], language))]
    wide = max(width + 2 * _MARGIN + _START + 14, 740.0)
    size = (wide, height + _TOP + _FOOT)
    opening = svg.document(size, language, flow.title, _described(flow, ways), styled=styled)
    return "\n".join([*opening, *_heading(flow, language), *body, *_closing(height, language)]) + "\n"


def _heading(flow: Flow, language: str) -> Iterator[str]:
    yield svg.text(_MARGIN, 30, flow.title, size=18, style="ink head")
    yield svg.text(_MARGIN, 48, say(language, "the flow {}", flow.name), size=11, style="soft")
    yield f'<g transform="translate({_MARGIN + _START:.0f} {_TOP:.0f})">'


def _closing(height: float, language: str) -> Iterator[str]:
    yield "</g>"
    yield svg.text(_MARGIN, height + _TOP + 46, say(language, _LEGEND), size=11, style="soft")
    yield "</svg>"


def _described(flow: Flow, ways: Iterable[Arrow]) -> str:
    """Say the picture in words, for whoever does not see it."""
    said = [f"{a.source} to {a.target}{': ' + a.label if a.label else ''}" for a in ways]
    return f"The flow {flow.name} starts at {flow.start}. " + "; ".join(said) + "."


def _ways(picture: Picture) -> Iterator[str]:
    start = picture.nodes[picture.flow.start]
    yield svg.dot(4 - _START, start.y)
    yield svg.path([(4 - _START, start.y), (start.x, start.y)], tip=True)
    edges = _edges(picture)
    pieces = {
        (id(one), id(other)): svg.path(_between(one, other, edges), tip=other in nodes, aside=aside)
        for nodes in [list(picture.nodes.values())]
        for way, aside in reversed(picture.lines)
        for one, other in zip(way.through[:-1], way.through[1:], strict=True)
    }
    yield from pieces.values()
    for box in picture.others:
        for number, row in enumerate(picture.labels.get(box.key, ()) if box.height else ()):
            yield svg.text(box.x + 4, box.y - box.height / 2 + ROW * number + 11, row)
    for source, target, words in picture.down:
        yield from _down(source, target.y - target.height / 2, words)
    for source, words in picture.up:
        yield from _down(source, source.y + source.height / 2 + 20, words)


def _down(source: Box, bottom: float, words: str) -> Iterator[str]:
    x, top = source.x + 40, source.y + source.height / 2
    yield svg.path([(x, top), (x, bottom)], tip=True)
    yield svg.text(x + 8, (top + bottom) / 2 + 4, words)


def _edges(picture: Picture) -> dict[int, tuple[float, float]]:
    """Return where each column begins and ends: a line is level within it, so that it passes under no words."""
    found: dict[int, tuple[float, float]] = {}
    for box in [*picture.nodes.values(), *picture.others]:
        left, right = found.get(box.column, (box.x, box.x + box.width))
        found[box.column] = (min(left, box.x), max(right, box.x + box.width))
    return found


def _between(one: Box, other: Box, edges: dict[int, tuple[float, float]]) -> list[tuple[float, float]]:
    points = [(one.x + one.width, one.y), (edges[one.column][1], one.y)]
    points += [(edges[other.column][0], other.y), (other.x, other.y)]
    return list(dict.fromkeys(points))


def _node(picture: Picture, state: State, language: str) -> Iterator[str]:
    box = picture.nodes[state.name]
    top, found = box.y - box.height / 2, rows(state, language)
    kind, radius = ("box asks", 16) if state.question else ("box", 3)
    if not state.texts and not state.run:
        kind, radius = "box decides", 13
    yield svg.rect(box.x, top, (box.width, box.height), radius, kind)
    if not found:
        yield svg.text(box.x + box.width / 2, box.y + 4, state.name, size=12, style="ink head", middle=True)
        return
    if state.run:
        yield svg.rect(box.x + 3, top + 3, (box.width - 6, box.height - 6), 2, "box")
    yield svg.text(box.x + PAD, top + 17, state.name, size=12, style="ink head")
    words = said(state, language)
    for number, row in enumerate(found):
        style = "ink" if row in words else "soft"
        yield svg.text(box.x + PAD, top + HEAD + 14 + ROW * number, row, size=10.5, style=style)
    if not box.after and not any(one[0] is box for one in (*picture.down, *picture.up)):
        yield svg.dot(box.x + box.width + 9, box.y)
