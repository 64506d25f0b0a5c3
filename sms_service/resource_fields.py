"""A place to turn as somebody types it into a form, made into the file that `resources.add` takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import yaml

from flows import FlowError
from flows.places.resource import Audience, Need
from flows.places.resources import load_resources, packaged
from sms_service.resources import HOME, OWN
from sms_service.translation import Word

NEEDS: tuple[str, ...] = get_args(Need)
AUDIENCES: tuple[str, ...] = get_args(Audience)
FIELDS = ("id", "need", "name_en", "name_es", "about_en", "about_es", "call", "text", "url", "region", "audience")
"""The fields of the form that can be at fault, in their order."""

_LONGEST = {"name_en": 80, "name_es": 80, "about_en": 300, "about_es": 300, "source": 120}
_WRITTEN = re.compile(r"[\s().-]")
_WHERE = re.compile(r"resource [^:]*: (\w+): (.*)", re.DOTALL)


def regions() -> dict[str, Mapping[str, str]]:
    """Return the regions that there are, with their names by language."""
    return {one.region: one.place for one in packaged() if one.region and one.country == HOME}


def read(typed: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the file of one resource, and what is wrong by field. Nobody has verified it yet."""
    wrong = dict(_missing(typed))
    body = yaml.safe_dump(_file(typed), allow_unicode=True, sort_keys=False)
    if wrong:
        return body, wrong
    try:
        load_resources({OWN: body})
    except FlowError as error:
        return body, dict([fault(str(error), typed)])
    return body, {}


def _missing(typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for field in ("id", "name_en", "name_es", "about_en", "about_es", "source"):
        if not typed.get(field):
            yield field, Word("write something here")
    for field, most in _LONGEST.items():
        if len(typed.get(field, "")) > most:
            yield (
                field,
                Word("this has %(number)s characters; write at most %(most)s", number=len(typed[field]), most=most),
            )
    if not any(typed.get(kind) for kind in ("call", "text", "url")):
        yield "call", Word("give a number to call, a number to text or an address on the web")
    if not any(typed.get(f"for_{one}") for one in AUDIENCES):
        yield "audience", Word("choose at least one")


def fault(message: str, typed: Mapping[str, str]) -> tuple[str, str]:
    """Return the field of the form that a refused file is about, and what is wrong."""
    found = _WHERE.search(message)
    field, words = (found[1], found[2]) if found else ("id", message)
    if field == "ways":
        return next((kind for kind in ("call", "text", "url") if repr(_ways(typed).get(kind)) in words), "call"), words
    return field if field in FIELDS else "id", words


def _file(typed: Mapping[str, str]) -> dict[str, Any]:
    region = typed.get("region", "")
    places = {HOME: _both("United States", "Estados Unidos")}
    entry: dict[str, Any] = {
        "id": typed.get("id", ""),
        "need": typed.get("need", ""),
        "name": _both(typed.get("name_en", ""), typed.get("name_es", "")),
        "about": _both(typed.get("about_en", ""), typed.get("about_es", "")),
        "audience": [one for one in AUDIENCES if typed.get(f"for_{one}")],
        "languages": ["en", "es"] if typed.get("speaks_spanish") else ["en"],
        "ways": [{kind: to, "label": _label(kind, to)} for kind, to in _ways(typed).items()],
        "hours": "always" if typed.get("always") else "unknown",
        "source": typed.get("source", ""),
        "verified_on": None,
        "verified_by": None,
    }
    if region:
        entry["region"] = region
        places[region] = dict(regions().get(region, _both(region, region)))
    return {"country": HOME, "places": places, "resources": [entry]}


def _both(english: str, spanish: str) -> dict[str, str]:
    return {"en": english, "es": spanish}


def _ways(typed: Mapping[str, str]) -> dict[str, str]:
    found = {kind: _number(typed.get(kind, "")) for kind in ("call", "text")} | {"url": typed.get("url", "")}
    return {kind: to for kind, to in found.items() if to}


def _number(typed: str) -> str:
    """Return a number as it is dialled: ten digits are one of ours."""
    bare = _WRITTEN.sub("", typed)
    return f"+1{bare}" if re.fullmatch(r"\d{10}", bare) else bare


def _label(kind: str, to: str) -> dict[str, str]:
    shown = re.sub(r"^\+1(\d{3})(\d{3})(\d{4})$", r"\1-\2-\3", to)
    if kind == "call":
        return _both(f"Call {shown}", f"Llamar al {shown}")
    if kind == "text":
        return _both(f"Text {shown}", f"Enviar un texto al {shown}")
    site = to.removeprefix("https://").partition("/")[0]
    return _both(f"Open {site}", f"Abrir {site}")
