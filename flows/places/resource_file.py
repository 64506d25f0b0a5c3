"""YAML -> resources. A fault is a FlowError that names file, resource and field, and what was expected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, get_args

import yaml

from flows.flow import LANGUAGES, FlowError, Texts
from flows.places.opening import Hours, read_hours
from flows.places.resource import Audience, Kind, Need, Resource, Way

RESERVED_IDS = frozenset({"help", "break", "therapists", "learn", "go"})
"""What /r/… means already, so no resource can be called so."""

_FIELDS = frozenset(
    {"id", "need", "name", "about", "audience", "languages", "ways", "hours", "region", "source", "note"}
) | {"verified_on", "verified_by"}
_OPTIONAL = frozenset({"region", "note"})
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ADDRESS = r"https://[a-zA-Z0-9.-]+\.[a-z]{2,}(/[^\s\"'<>\\]*)?"
_NUMBER = r"\+?[0-9]{3,15}"
_REACHED = {"call": _NUMBER, "text": _NUMBER, "chat": _ADDRESS, "url": _ADDRESS, "visit": r"[^\n]+"}


def load_resources(files: Mapping[str, str]) -> tuple[Resource, ...]:
    """Return the resources of several files, given as name -> YAML text.

    Raises FlowError naming the file, the resource and the field that cannot be used, and why.
    """
    found: dict[str, Resource] = {}
    for name, text in files.items():
        for one in _pack(name, text):
            if one.id in found:
                raise FlowError(f"{name}: resource {one.id}: id: there are two of this id")
            found[one.id] = one
    return tuple(found.values())


def _pack(name: str, text: str) -> Iterator[Resource]:
    try:
        file = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise FlowError(f"{name}: not readable as YAML: {error}") from error
    if not isinstance(file, dict) or set(file) != {"country", "places", "resources"}:
        raise FlowError(f"{name}: expected a mapping of `country`, `places` and `resources`")
    if not isinstance(file["country"], str) or not re.fullmatch(r"[a-z]{2,8}", file["country"]):
        raise FlowError(f"{name}: country: {file['country']!r} is not a code such as us; put no in quotes")
    if not isinstance(file["places"], dict):
        raise FlowError(f"{name}: places: expected the names of the country and its regions, by code")
    if not isinstance(file["resources"], list):
        raise FlowError(f"{name}: resources: expected a list")
    for number, entry in enumerate(file["resources"], 1):
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not _ID.fullmatch(entry["id"]):
            raise FlowError(f"{name}: resource {number}: id: expected small letters, digits and hyphens, in quotes")
        yield _Entry(f"{name}: resource {entry['id']}", entry).read(file["country"], file["places"])


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a file, and where a fault of it is said to be."""

    where: str
    fields: dict[str, Any]

    def read(self, country: str, places: dict[str, Any]) -> Resource:
        for field in sorted(set(self.fields) ^ _FIELDS):
            if field not in _OPTIONAL:
                raise self.fault(field, "is missing" if field in _FIELDS else "is not a field of a resource")
        if self.fields["id"] in RESERVED_IDS:
            raise self.fault("id", "is the name of a page already")
        on, by = self.verified()
        region = self.region(country)
        return Resource(
            id=self.fields["id"],
            country=country,
            need=self.one_of("need", self.fields["need"], get_args(Need)),
            name=self.texts("name", self.fields["name"]),
            about=self.texts("about", self.fields["about"]),
            audience=tuple(self.one_of("audience", one, get_args(Audience)) for one in self.listed("audience")),
            languages=tuple(self.word("languages", one, r"[a-z]{2,3}") for one in self.listed("languages")),
            ways=tuple(self.way(one) for one in self.listed("ways")),
            hours=self.hours(),
            region=region,
            place=self.place(region or country, places),
            source=self.texts("source", self.fields["source"]),
            note=self.fields.get("note") or "",
            verified_on=on,
            verified_by=by,
        )

    def fault(self, field: str, words: str) -> FlowError:
        return FlowError(f"{self.where}: {field}: {words}")

    def one_of(self, field: str, value: Any, known: tuple[Any, ...]) -> Any:
        if value not in known:
            raise self.fault(field, f"{value!r} is not one of {', '.join(known)}")
        return value

    def word(self, field: str, value: Any, pattern: str) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.fault(field, f"{value!r} cannot be used; YAML reads no, on and numbers its own way: use quotes")
        return value

    def listed(self, field: str) -> list[Any]:
        value = self.fields[field]
        if not isinstance(value, list) or not value:
            raise self.fault(field, "expected a list with something in it")
        return value

    def texts(self, field: str, value: Any) -> Texts:
        """Return words by language; a single text is the same in each."""
        both = dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value
        if not isinstance(both, dict) or set(both) != set(LANGUAGES):
            raise self.fault(field, f"expected a text, or one for each of {', '.join(LANGUAGES)}")
        for language, text in both.items():
            if not isinstance(text, str) or not text.strip():
                raise self.fault(field, f"{language}: expected a text, in quotes")
        return both

    def hours(self) -> Hours:
        try:
            hours = read_hours(self.fields["hours"])
        except ValueError as error:
            raise self.fault("hours", str(error)) from error
        return replace(hours, said=self.texts("hours", hours.said)) if hours.said else hours

    def region(self, country: str) -> str | None:
        value = self.fields.get("region")
        return None if value is None else self.word("region", value, rf"{country}(-[a-z]+)+")

    def place(self, code: str, places: dict[str, Any]) -> Texts:
        if code not in places:
            raise self.fault("region", f"`places` of this file has no name for {code}")
        return self.texts("region", places[code])

    def verified(self) -> tuple[date | None, str]:
        """Return when and by whom it was verified: both or neither."""
        on, by = self.fields["verified_on"], self.fields["verified_by"]
        if on is not None and (not isinstance(on, date) or isinstance(on, datetime)):
            raise self.fault("verified_on", f"{on!r} is not a day such as 2026-11-01, or null")
        if (on is None) != (by is None) or not isinstance(by, str | None) or by == "":
            raise self.fault("verified_by", "expected a text where there is a verified_on, else null")
        return on, by or ""

    def way(self, value: Any) -> Way:
        kinds = [kind for kind in get_args(Kind) if isinstance(value, dict) and kind in value]
        if len(kinds) != 1 or "label" not in value or set(value) - {kinds[0], "label", "send", "far"}:
            raise self.fault("ways", f"expected one of {', '.join(get_args(Kind))}, and a label")
        kind, send = kinds[0], value.get("send", {})
        to = self.word("ways", value[kind], _REACHED[kind])
        if not isinstance(send, dict) or set(send) - set(LANGUAGES) or (send and kind != "text"):
            raise self.fault("ways", "send: expected the word to text, by language")
        for word in send.values():
            self.word("ways", word, r"[A-Z0-9]{1,20}")
        if not isinstance(value.get("far", False), bool):
            raise self.fault("ways", "far: expected true or false")
        return Way(kind, to, self.texts("ways", value["label"]), send, value.get("far", False))
