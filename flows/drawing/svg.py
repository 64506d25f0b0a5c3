"""The few elements of SVG that a picture of a flow is made of, and how they look in light, in dark and on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_TIP = ' marker-end="url(#tip)"'
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})

_STYLE = """
svg { background: #fbfaf7; font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
.ink { fill: #1d2a2f; } .soft { fill: #55646a; } .head { font-weight: 600; }
.box { fill: #ffffff; stroke: #1d2a2f; stroke-width: 1; } .asks { stroke-width: 2.2; } .decides { fill: #e8f1ef; }
.way { fill: none; stroke: #55646a; stroke-width: 1.2; } .aside { stroke-dasharray: 5 4; }
.tip { fill: #55646a; } .end { fill: #1d2a2f; }
@media (prefers-color-scheme: dark) {
  svg { background: #12181b; } .ink, .end { fill: #e7ecea; } .soft, .tip { fill: #a3b0b3; }
  .box { fill: #1a2226; stroke: #e7ecea; } .decides { fill: #1c2c2d; } .way { stroke: #a3b0b3; }
}
@media print { svg { background: #ffffff; } }
""".strip()


def document(
    size: tuple[float, float], language: str, title: str, described: str, *, styled: bool = True
) -> Iterator[str]:
    """Open a picture: its size, and its title and description for whoever does not see it.

    Without `styled` how it looks is left to the stylesheet of the page that it stands in.
    """
    width, height = size
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" class="picture" role="img" aria-labelledby="picture-title"'
        f' aria-describedby="picture-desc" lang="{language}" xml:lang="{language}">'
    )
    yield f'<title id="picture-title">{escaped(title)}</title>'
    yield f'<desc id="picture-desc">{escaped(described)}</desc>'
    if styled:
        yield f"<style>{_STYLE}</style>"
    yield (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>'
    )


def dot(x: float, y: float) -> str:
    """Return the sign of a flow's beginning or end."""
    return f'<circle class="end" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def path(points: Sequence[tuple[float, float]], *, tip: bool, aside: bool = False) -> str:
    """Return a line from point to point, with an arrow's tip at its end if wanted."""
    to = " ".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="way{" aside" if aside else ""}"{_TIP if tip else ""} d="M{to}"/>'


def rect(x: float, y: float, size: tuple[float, float], radius: float, style: str) -> str:
    """Return a box whose upper left corner is at (x, y)."""
    width, height = size
    return f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}"/>'


def text(x: float, y: float, words: str, *, size: float = 11, style: str = "ink", middle: bool = False) -> str:
    """Return a row of words that begins at (x, y), or has its middle there."""
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" font-size="{size}"{anchor}>{escaped(words)}</text>'


def escaped(words: str) -> str:
    """Return words that may stand in a document or in an attribute."""
    return words.translate(_ESCAPES)
