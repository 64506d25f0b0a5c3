"""The console for whoever reads Spanish: no page has English left, but for what people typed and what is marked."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sms_service import console
from sms_service.html import environment
from sms_service.runtime import Runtime
from tests.sms_service.furnished import furnish, pages

TEMPLATES = Path(console.__file__).parent / "templates"
_ENGLISH = re.compile(r"\b(the|and|is|are|was|of|this|that|with|from|not|nothing|every|after|before)\b", re.IGNORECASE)
_OF_FILES = ("/console/flows", "/console/resources")
"""Pages of what flows and resources say of themselves in their files: titles, states, how a place was verified."""
_VOID = {"input", "meta", "link", "br", "hr", "img", "wbr"}


class _Shown(HTMLParser):
    """Collects what a page shows in its own language: not what is marked as English, typed, or a program's words."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[bool] = [False]
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in _VOID:
            other = values.get("lang", "es") != "es" or tag in {"script", "style", "code", "textarea", "svg", "pre"}
            self.stack.append(self.stack[-1] or other)
        if not self.stack[-1]:
            self.found += [values[name] or "" for name in ("aria-label", "alt", "title") if name in values]

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and len(self.stack) > 1:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        if not self.stack[-1]:
            self.found.append(data)


async def test_no_page_has_english_left_for_whoever_reads_spanish(rt: Runtime) -> None:
    house, left = await furnish(rt), {}
    for path, role in pages():
        async with house.browser(role, "es") as web:
            page = await web.get(house.address(path))
        if english := english_left(path, page.text):
            left[path] = english
    assert left == {}


def english_left(path: str, page: str) -> list[str]:
    """Return what a page shows in English though its language is Spanish."""
    if path.startswith(_OF_FILES):
        return []
    shown = _Shown()
    shown.feed(page)
    return [" ".join(one.split()) for one in shown.found if _ENGLISH.search(one)]


_SPOKEN = re.compile(r"\{%-?\+?\s*trans.*?endtrans\s*\+?-?%\}", re.DOTALL)
_CODE = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_HIDDEN = re.compile(r"<(script|style|code|svg)\b.*?</\1>|<[^>]*\blang=\"\w+\"[^>]*>[^<]*|<[^>]*>|&\w+;", re.DOTALL)

_ATTRIBUTES = re.compile(r"[\w-]+=\"[^\"]*\"")
_SAME = {"min.", "join"}
"""What both languages have."""


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_words_stand_in_a_template_without_being_translated(path: Path) -> None:
    bare = _ATTRIBUTES.sub("", _HIDDEN.sub("\n", _CODE.sub("", _SPOKEN.sub("", path.read_text()))))
    assert set(re.findall(r"[^\W\d_]{3,}[^\n]*", bare)) <= _SAME


def test_words_of_a_page_are_said_in_its_language() -> None:
    assert environment().from_string("{{ _('Today') }}").render(lang="es") == "Hoy"
