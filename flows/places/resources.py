"""Where people can turn: lines and places as data, which of them may be named, and in what order.

`definitions/resources.*.yaml` has a pack for each country. Only what was read at a named source, or tried by somebody,
is ever picked: a number nobody has checked is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources as packages
from typing import Literal

from flows.places.resource import URGENT, Audience, Check, Kind, Need, Resource, Way
from flows.places.resource_file import load_resources

__all__ = [
    "URGENT",
    "Audience",
    "Check",
    "Kind",
    "Need",
    "Resource",
    "State",
    "Way",
    "checked",
    "load_resources",
    "named_in",
    "packaged",
    "pick",
    "stale",
    "state",
]

_FRESH = timedelta(days=90)
# A digit and whatever may follow within one number, as it is written by hand.
_DIGITS = re.compile(r"[0-9][-. ()0-9]*")
_WIDER: Mapping[str, tuple[Audience, ...]] = {
    "physicians": ("clinicians", "health-workers"),
    "nurses": ("clinicians", "health-workers"),
    "clinicians": ("health-workers",),
}


def pick(
    resources: Iterable[Resource],
    *,
    need: Need,
    audience: Audience = "anyone",
    language: str = "en",
    at: datetime,
    country: str = "us",
    region: str | None = None,
) -> tuple[Resource, ...]:
    """Return what may be named to somebody: the open ones first, then those who speak the language, then those meant
    for exactly them, and then as the file has them.

    `at` is a moment that knows its zone. A resource of a region is for those who are in it.
    """
    theirs = {"anyone", audience, *_WIDER.get(audience, ())}
    found = [
        one
        for one in resources
        if one.shown and one.need == need and one.country == country and theirs & set(one.audience)
        if one.region is None or f"{region}-".startswith(f"{one.region}-")
    ]

    def order(one: Resource) -> tuple[int, bool, bool]:
        is_open = one.hours.open_at(at)
        return (
            {True: 0, None: 1, False: 2}[is_open],
            language not in one.languages,
            audience != "anyone" and audience not in one.audience,
        )

    return tuple(sorted(found, key=order))


def stale(resource: Resource, today: date) -> bool:
    """Whether nobody has looked at it for more than 90 days, or ever."""
    return resource.verified_on is None or today - resource.verified_on > _FRESH


State = Literal["broken", "stale", "unverified", "good"]


def state(resource: Resource, today: date) -> State:
    """Return how a resource stands: what somebody has to look at, and what may be relied on."""
    if not resource.works:
        return "broken"
    if resource.verified_on is None:
        return "unverified"
    return "stale" if stale(resource, today) else "good"


def checked(resources: Iterable[Resource], checks: Iterable[Check]) -> tuple[Resource, ...]:
    """Return resources as a deployment's own checks found them; of several checks the last one counts.

    A check of numbers that have changed since does not count: nobody has tried the new ones.
    """
    last = {(one.resource_id, one.reached_by): one for one in checks}
    return tuple(_after(one, last.get((one.id, one.reached_by))) for one in resources)


def _after(resource: Resource, check: Check | None) -> Resource:
    if check is None:
        return resource
    return replace(
        resource,
        verified_on=check.verified_on,
        verified_by=check.verified_by,
        works=check.works,
        note=check.note or resource.note,
        tried=True,
    )


def named_in(text: str, resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Return the resources whose number a text has, however it is written."""
    # Looked for among what may be part of a number: the texts of a whole library are long, its numbers are few.
    numbers = "\n".join(sorted(set(_DIGITS.findall(text))))
    return tuple(one for one in resources if any(_names(numbers, way) for way in one.ways))


def _names(text: str, way: Way) -> bool:
    if way.kind not in ("call", "text"):
        return False
    digits = "[-. ()]*".join(way.to.removeprefix("+1").removeprefix("+"))
    abroad = "(?:1[-. ]*)?" if way.to.startswith("+1") else ""
    return re.search(rf"(?<!\d){abroad}{digits}(?!\d)", text) is not None


@cache
def packaged() -> tuple[Resource, ...]:
    """Return the resources this release comes with, read once."""
    folder = packages.files("flows") / "definitions"
    names = sorted(f.name for f in folder.iterdir() if re.fullmatch(r"resources\.\w+\.yaml", f.name))
    return load_resources({name: (folder / name).read_text(encoding="utf-8") for name in names})
