"""What a place to turn is made of: plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from flows.flow import Texts
from flows.places.opening import Hours

Need = Literal["emergency", "crisis", "local-crisis", "support", "peers", "therapist", "training"]
Audience = Literal[
    "anyone", "clinicians", "health-workers", "physicians", "nurses", "first-responders", "veterans", "young-people"
]
Kind = Literal["call", "text", "chat", "url", "visit"]

URGENT: tuple[Need, ...] = ("emergency", "crisis")
"""The needs that cannot wait: without these nobody should be texted."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach somebody: a number to call or text, an address on the web, or a place to go to.

    `send` is the word to text, by language, where one is needed. `far` says that whoever answers usually sits somewhere
    else: a clinician's colleagues answer the lines nearby.
    """

    kind: Kind
    to: str
    label: Texts
    send: Texts
    far: bool = False

    def href(self, language: str) -> str:
        """Return the link to tap, or "" for a place."""
        if self.kind == "call":
            return f"tel:{self.to}"
        if self.kind == "text":
            word = self.send.get(language, "")
            return f"sms:{self.to}?body={word}" if word else f"sms:{self.to}"
        return "" if self.kind == "visit" else self.to


@dataclass(frozen=True, slots=True)
class Resource:
    """A line or a place, who it is for, and who says so.

    `place` is the name of its region, or of its country. `tried` is whether somebody used it, and did not only read.
    """

    id: str
    country: str
    need: Need
    name: Texts
    about: Texts
    audience: tuple[Audience, ...]
    languages: tuple[str, ...]
    ways: tuple[Way, ...]
    hours: Hours
    region: str | None
    place: Texts
    source: Texts
    note: str
    verified_on: date | None
    verified_by: str
    works: bool = True
    tried: bool = False

    @property
    def shown(self) -> bool:
        """Whether it may be sent or shown at all."""
        return self.works and self.verified_on is not None

    @property
    def reached_by(self) -> str:
        """Return its numbers and addresses: what a check was about."""
        return " ".join(f"{way.kind}:{way.to}" for way in self.ways)


@dataclass(frozen=True, slots=True)
class Check:
    """What somebody found when they tried a resource. It says nothing about numbers other than `reached_by`."""

    resource_id: str
    reached_by: str
    verified_on: date
    verified_by: str
    works: bool
    note: str = ""
