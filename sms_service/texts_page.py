"""Every text on one page to print, or as plain text: for a union, for counsel, for whoever has to agree to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from flows import Library
from flows.staging.printing import Printed, Section, printed, sections

LANGUAGE_NAMES = {"en": "English", "es": "Spanish"}
_SPOKEN = re.compile(r'<Say language="(en|es)-US">(.*?)</Say>', re.DOTALL)
_TEXTED = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)
_DOCUMENTS = {
    "voice-hidden.xml": "to whoever calls with their number hidden",
    "voice-fallback.xml": "to whoever calls while the service does not work",
}


def as_html(library: Library, languages: Sequence[str]) -> str:
    """Return the page: one file, with its own style and no script."""
    environment = Environment(
        loader=PackageLoader("sms_service", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("texts.html")
    found = all_sections(library)
    count = sum(len(section.printed) for section in found)
    return template.render(sections=found, languages=languages, names=LANGUAGE_NAMES, count=count)


def as_text(library: Library, languages: Sequence[str]) -> str:
    """Return the same as plain text."""
    return "\n".join(line for section in all_sections(library) for line in _plain(section, languages)) + "\n"


def all_sections(library: Library) -> list[Section]:
    """Return the library's texts, and those that are fixed because nothing works when they are needed."""
    fixed = [*_fallback(), *(_spoken(name, when) for name, when in _DOCUMENTS.items())]
    return [*sections(library), Section("fixed", "When the service can't work, and to callers", "", tuple(fixed))]


def _fallback() -> Iterator[Printed]:
    english, spanish = _TEXTED.findall(_document("sms-fallback.xml"))
    texts = {"en": english, "es": spanish}
    yield printed("fallback", "to every text while nothing can be saved; both languages are sent", texts)


def _spoken(name: str, when: str) -> Printed:
    return printed(name.removesuffix(".xml"), when, dict(_SPOKEN.findall(_document(name))))


def _document(name: str) -> str:
    return (resources.files("sms_service.twilio") / name).read_text(encoding="utf-8")


def _plain(section: Section, languages: Sequence[str]) -> Iterator[str]:
    yield section.title
    yield "=" * len(section.title)
    if section.begins:
        yield f"Begins {section.begins}."
    for one in section.printed:
        yield ""
        yield f"{one.place}: {one.when}"
        for language in languages:
            cost = one.costs[language]
            yield f"  {language}  {one.texts[language]}  [{cost.units} characters, {cost.count}]"
            if language in one.spoken:
                yield f"  {language}, on a call  {one.spoken[language]}"
    yield ""
