"""Which program a play is about, as lines that stand for its facts: `@ program short_name River`.

With them a play that was made for one program is the same wherever it is played, and after that program has changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from flows.context import Context, ProgramFacts
from flows.flow import LANGUAGES, Choice, FlowError
from flows.schedule import day_name, local
from flows.staging.cast import PROGRAM

_DAYS = {day_name(day, "en").lower(): day for day in range(7)}
_WORDS = ("name", "short_name", "keyword", "info_url", "help_url", "learn_url", "help_phone", "peer_line", "zone")
_OF_THE_PERSON = frozenset({"day", "time", "zone"})
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
_MOST_EVENTS = 5
_ANY_MOMENT = datetime(2026, 3, 10, tzinfo=UTC)


def changed(known: Context, value: str) -> Context:
    """Return the facts with one of the program's own changed: "short_name River". Raises FlowError naming the value.

    Somebody who has joined has the day, hour and zone that the program offers.
    """
    field, _, words = value.partition(" ")
    if field not in FIELDS:
        raise FlowError(f"@ program {value}: expected one of {', '.join(FIELDS)}, and what it is")
    read = FIELDS[field](" ".join(words.split()))
    known = replace(known, program=replace(known.program, **{field: read}))  # type: ignore[arg-type]
    if field == "keyword":
        known = replace(known, keywords={**known.keywords, str(read): known.program.slug})
    if field in _OF_THE_PERSON and field in known.settings:
        known = replace(known, settings={**known.settings, field: read})  # type: ignore[dict-item]
    return known


def lines(program: ProgramFacts) -> list[str]:
    """Return the settings lines that stand for what a program has of its own. Of its sessions only how many there are
    is kept.
    """
    offered = set(_written(PROGRAM))
    found = [f"program {one[0]} {one[1]}".rstrip() for one in _written(program) if one not in offered]
    found += [f"client {program.client}"] if program.client != PROGRAM.client else []
    found += [f"events {min(len(program.events), _MOST_EVENTS)}"] if program.events else []
    found += ["hard-event yes"] if program.hard_event else []
    return found + ([f"region {program.rhythm.region}"] if program.rhythm and program.rhythm.region else [])


def _written(program: ProgramFacts) -> Iterator[tuple[str, object]]:
    for field in _WORDS:
        yield field, getattr(program, field)
    yield "floor", program.floor
    yield "day", day_name(program.day, "en").lower()
    yield "time", program.time
    yield "quiet", program.quiet
    yield "groups", " | ".join("/".join(one.labels[language][0] for language in LANGUAGES) for one in program.groups)


def _matching(name: str, pattern: str, example: str) -> Callable[[str], str]:
    def read(words: str) -> str:
        if not re.fullmatch(pattern, words):
            raise FlowError(f"@ program {name} {words}: expected {example}")
        return words

    return read


def _floor(words: str) -> int:
    if not re.fullmatch(r"\d{1,4}", words, re.ASCII):
        raise FlowError(f"@ program floor {words}: expected a number such as 10")
    return int(words)


def _day(words: str) -> int:
    if words not in _DAYS:
        raise FlowError(f"@ program day {words}: expected one of {', '.join(_DAYS)}")
    return _DAYS[words]


def _zone(words: str) -> str:
    local(_ANY_MOMENT, words)  # refuses a zone that is none
    return words


def _groups(words: str) -> tuple[Choice, ...]:
    """Read groups by their names in each language, "outpatient/consulta | crisis/crisis"; nothing is no groups."""
    named = [[one.strip() for one in group.split("/")] for group in words.split("|")] if words else []
    if any(len(names) != len(LANGUAGES) or not all(names) for names in named):
        raise FlowError(f"@ program groups {words}: expected names in both languages: outpatient/consulta | other/otro")
    return tuple(
        Choice(key, key, {language: (name,) for language, name in zip(LANGUAGES, names, strict=True)})
        for key, names in enumerate(named, 1)
    )


FIELDS: Mapping[str, Callable[[str], object]] = {
    **{name: str for name in _WORDS if name != "zone"},
    "zone": _zone,
    "floor": _floor,
    "day": _day,
    "time": _matching("time", _CLOCK, "a time such as 12:15"),
    "quiet": _matching("quiet", f"{_CLOCK}-{_CLOCK}", "hours such as 21:00-08:00"),
    "groups": _groups,
}
"""What of a program may be said, and how each is read."""
