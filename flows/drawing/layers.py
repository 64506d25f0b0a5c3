"""Put boxes into columns from left to right, so that the lines between them are straight and seldom cross.

Columns of boxes alternate with columns of labels: a label is a box on its line, so nothing ever lies under words.
Lines to the same box meet as early as they can. A line that would lead back is the caller's to leave out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_SWEEPS = 24
_BETWEEN = 22.0
_LABELS_BETWEEN = 8.0
_GAP = 30.0
_STRAIGHTNESS = 6.0


@dataclass(slots=True, eq=False)
class Box:
    """Something to be placed: a box, a label on a line, or a bare point (no size) that a line passes through.

    `x` and `y` are its left edge and its middle.
    """

    key: str
    width: float = 0.0
    height: float = 0.0
    column: int = 0
    x: float = 0.0
    y: float = 0.0
    before: list[Box] = field(default_factory=list)
    after: list[Box] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """A line on its way: the boxes it goes through, from its source to its target."""

    through: tuple[Box, ...]


def columns(start: str, ways: Iterable[tuple[str, str]]) -> tuple[dict[str, int], set[tuple[str, str]]]:
    """Return each box's place from left to right, and the ways that lead back, which the places do not count."""
    after: dict[str, list[str]] = {}
    for source, target in ways:
        after.setdefault(source, []).append(target)
    done: list[str] = []
    back: set[tuple[str, str]] = set()
    _visit(start, after, done, back, ())
    place = dict.fromkeys(reversed(done), 0)
    for source in reversed(done):
        for target in after.get(source, ()):
            if (source, target) not in back:
                place[target] = max(place[target], place[source] + 1)
    return place, back


def _visit(
    name: str, after: Mapping[str, list[str]], done: list[str], back: set[tuple[str, str]], path: tuple[str, ...]
) -> None:
    for target in after.get(name, ()):
        if target == name or target in path:
            back.add((name, target))
        elif target not in done:
            _visit(target, after, done, back, (*path, name))
    if name not in done:
        done.append(name)


def line(source: Box, target: Box, label: Box | None, shared: dict[tuple[str, int], Box]) -> Line:
    """Lead a line from box to box by way of its label, joining others to the same target where it can."""
    through = [source]
    for column in range(source.column + 1, target.column):
        if column == source.column + 1 and label is not None:
            label.column = column
            through.append(label)
        else:
            through.append(shared.setdefault((target.key, column), Box(target.key, column=column)))
    through.append(target)
    one = source
    for other in through[1:]:
        if other not in one.after:
            one.after.append(other)
            other.before.append(one)
        one = other
    return Line(tuple(through))


def arrange(boxes: Iterable[Box]) -> tuple[float, float]:
    """Give every box its place; return the width and height of the whole."""
    by_column: dict[int, list[Box]] = {}
    for box in boxes:
        by_column.setdefault(box.column, []).append(box)
    ordered = [by_column[column] for column in sorted(by_column)]
    for column in ordered:
        _stack(column, [0.0] * len(column))
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for column in ordered if forward else reversed(ordered):
            wished = [_wish(box, box.before if forward else box.after) for box in column]
            if sweep < _SWEEPS - 8:
                ranked = sorted(zip(wished, range(len(column)), column, strict=True), key=lambda one: one[:2])
                column[:] = [box for _, _, box in ranked]
                wished = [wish for wish, _, _ in ranked]
            _stack(column, wished)
    for column in ordered:
        _stack(column, [_wish(box, [*box.before, *box.after]) for box in column])
    return _spread(ordered), _shift(ordered)


def _wish(box: Box, neighbours: Sequence[Box]) -> float:
    return sum(one.y for one in neighbours) / len(neighbours) if neighbours else box.y


def _stack(column: list[Box], wished: Sequence[float]) -> None:
    """Place a column's boxes as near to where they wish as their order and sizes allow: least squares, pooled."""
    offsets, run = [], 0.0
    for one, other in zip([None, *column], column, strict=False):
        run += _apart(one, other) if one else 0.0
        offsets.append(run)
    pools: list[list[float]] = []  # each: weight, weighted sum, how many
    for box, wish, offset in zip(column, wished, offsets, strict=True):
        weight = 1.0 if box.height else _STRAIGHTNESS
        pools.append([weight, weight * (wish - offset), 1])
        while len(pools) > 1 and pools[-2][1] / pools[-2][0] > pools[-1][1] / pools[-1][0]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    means = [pool[1] / pool[0] for pool in pools for _ in range(int(pool[2]))]
    for box, mean, offset in zip(column, means, offsets, strict=True):
        box.y = mean + offset


def _apart(one: Box, other: Box) -> float:
    plain = one.column % 2 == 1 or not (one.height and other.height)
    return (one.height + other.height) / 2 + (_LABELS_BETWEEN if plain else _BETWEEN)


def _spread(ordered: Sequence[Sequence[Box]]) -> float:
    """Place the columns side by side, further apart where lines between them are steep."""
    x = 0.0
    for number, column in enumerate(ordered):
        width = max(box.width for box in column)
        for box in column:
            box.x = x + (width - box.width) / 2
        steep = max((abs(one.y - box.y) for box in column for one in box.after), default=0.0)
        x += width + (_GAP + min(steep * 0.12, 40.0) if number + 1 < len(ordered) else 0.0)
    return x


def _shift(ordered: Sequence[Sequence[Box]]) -> float:
    top = min(box.y - box.height / 2 for column in ordered for box in column)
    for column in ordered:
        for box in column:
            box.y -= top
    return max(box.y + box.height / 2 for column in ordered for box in column)
