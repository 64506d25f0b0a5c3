"""The little of Markdown that our own papers use, as HTML. Whatever is not known here is shown as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup, escape

_KINDS = (
    ("heading", re.compile(r"#{2,3} ")),
    ("bullet", re.compile(r"- ")),
    ("number", re.compile(r"\d+\. ")),
    ("quote", re.compile(r">( |$)")),
    ("table", re.compile(r"\|")),
    ("blank", re.compile(r"\s*$")),
)
_BOLD = (Markup("<strong>"), Markup("</strong>"))
_MARKS = re.compile(r"\\(.)|\*\*")


def html(text: str) -> Markup:
    """Return a text as HTML: headings, paragraphs, lists, quotes, tables and bold words."""
    lines = [(_kind(one), one) for one in text.split("\n")]
    blocks = [(kind, [one for _, one in several]) for kind, several in groupby(lines, key=lambda one: one[0])]
    return Markup("\n").join(part for kind, several in blocks for part in _block(kind, several))


def _kind(one: str) -> str:
    return next((kind for kind, pattern in _KINDS if pattern.match(one)), "text")


def _block(kind: str, lines: Sequence[str]) -> Iterator[Markup]:
    if kind == "heading":
        for one in lines:
            marks, _, words = one.partition(" ")
            yield Markup("<h{0}>{1}</h{0}>").format(len(marks), line(words))
    elif kind in {"bullet", "number"}:
        items = Markup().join(Markup("<li>{}</li>").format(line(one.partition(" ")[2])) for one in lines)
        yield Markup("<{0}>{1}</{0}>").format("ul" if kind == "bullet" else "ol", items)
    elif kind == "quote":
        yield Markup("<blockquote>{}</blockquote>").format(html("\n".join(one[1:].strip() for one in lines)))
    elif kind == "table":
        yield _table(lines)
    elif kind == "text":
        yield Markup("<p>{}</p>").format(line(" ".join(one.strip() for one in lines)))


def _table(lines: Sequence[str]) -> Markup:
    head, *rows = [_cells(one) for one in lines if "---" not in one or set(one) - set("| -")]
    first = Markup().join(Markup('<th scope="col">{}</th>').format(line(cell)) for cell in head)
    body = Markup().join(
        Markup("<tr>{}</tr>").format(Markup().join(Markup("<td>{}</td>").format(line(cell)) for cell in row))
        for row in rows
    )
    return Markup('<div class="wide"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>').format(
        first, body
    )


def _cells(row: str) -> list[str]:
    """Return a row's cells: between the bars that no backslash takes the meaning from."""
    cells = re.split(r"(?<!\\)\|", row.strip().removeprefix("|").removesuffix("|"))
    return [cell.strip() for cell in cells]


def line(text: str) -> Markup:
    """Return a line with its bold words, everything else as it is read."""
    parts: list[Markup] = []
    bold, last = False, 0
    for found in _MARKS.finditer(text):
        parts.append(escape(text[last : found.start()]))
        last = found.end()
        if found[1] is not None:
            parts.append(escape(found[1]))
        else:
            parts.append(_BOLD[bold])
            bold = not bold
    parts.append(escape(text[last:]))
    return Markup().join([*parts, _BOLD[1] if bold else Markup()])
