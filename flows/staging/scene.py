"""Who a play is about: the settings lines of a transcript, `@ language es`, and the facts that they stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from flows.context import Context, Duty, Event, Setting
from flows.filling import CLIENT_WORDS
from flows.flow import LANGUAGES, FlowError
from flows.rhythm import Rhythm
from flows.schedule import day_name
from flows.scoring import ITEMS, SIGNS, SUPPORTS, Week
from flows.staging import of_program
from flows.staging.cast import ON_DUTY, STRANGER, enrolled

EVENTS = (
    Event("Staying with pain without drowning in it", date(2026, 3, 19), "online", "numbing"),
    Event("Grief in a caseload", date(2026, 3, 26), "Virginia Beach", ""),
    Event("Rest as a clinical skill", date(2026, 4, 2), "online", "burnout"),
    Event("Boundaries that hold", date(2026, 4, 9), "Norfolk", "carrying"),
    Event("When caring runs low", date(2026, 4, 16), "online", "compassion"),
)
"""The sessions that `@ events` takes its first ones from."""

_PEERS = "Physician Support 888-409-0141"
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_BLANK = "-"
_EXTRAS = frozenset({*SIGNS, *SUPPORTS})
_TRUTH = {"yes": True, "no": False}
_DAYS = {day_name(day, "en").lower(): day for day in range(7)}

Change = Callable[[Context, str], Context]
V = TypeVar("V")


def context(settings: Iterable[str]) -> Context:
    """Return the facts that settings lines stand for, each without its "@ ". Raises FlowError naming the value.

    Without any it is somebody who has joined, in English, with everything as it is offered.
    """
    lines = [line.strip() for line in settings]
    known = STRANGER if "stranger" in lines else enrolled()
    for line in lines:
        word, _, value = line.partition(" ")
        if word not in SETTINGS:
            raise FlowError(f"@ {word} is no setting; there are {', '.join(SETTINGS)}")
        known = SETTINGS[word](known, value.strip())
    return known


def _one_of(name: str, value: str, values: Mapping[str, V]) -> V:
    if value not in values:
        raise FlowError(f"@ {name} {value}: expected one of {', '.join(values)}")
    return values[value]


def _alone(name: str, change: Callable[[Context], Context]) -> Change:
    def changed(known: Context, value: str) -> Context:
        if value:
            raise FlowError(f"@ {name} {value}: expected @ {name} and nothing after it")
        return change(known)

    return changed


def _setting(name: str, values: Mapping[str, Setting]) -> Change:
    """Change one of the person's own settings. A stranger has none yet; a language is all that is known of them."""

    def changed(known: Context, value: str) -> Context:
        return replace(known, settings={**known.settings, name: _one_of(name, value, values)})

    return changed


def _of_program(name: str, read: Callable[[str], object]) -> Change:
    def changed(known: Context, value: str) -> Context:
        return replace(known, program=replace(known.program, **{name: read(value)}))  # type: ignore[arg-type]

    return changed


def _without(name: str, field: str, empty: object) -> Change:
    """Take something away from the program with "no", or leave it as it is with "yes"."""

    def changed(known: Context, value: str) -> Context:
        wanted = _one_of(name, value, _TRUTH)
        return known if wanted else replace(known, program=replace(known.program, **{field: empty}))  # type: ignore[arg-type]

    return changed


def _time(known: Context, value: str) -> Context:
    if not _CLOCK.fullmatch(value):
        raise FlowError(f"@ time {value}: expected a time such as 12:15, from 00:00 to 23:59")
    return replace(known, settings={**known.settings, "time": value})


def _region(known: Context, value: str) -> Context:
    """Have the program asked by the holidays and the law of a place."""
    program = known.program
    rhythm = Rhythm(days=(program.day,), time=program.time, zone=program.zone, region=value)
    return replace(known, program=replace(program, rhythm=rhythm))


def _at(known: Context, value: str) -> Context:
    try:
        at = datetime.strptime(value, "%Y-%m-%d %H:%M")  # noqa: DTZ007  (local wall time has no zone)
    except ValueError:
        raise FlowError(f"@ at {value}: expected a date and a time such as 2026-03-10 09:30") from None
    return replace(known, at=at)


def _weeks(known: Context, value: str) -> Context:
    return replace(known, history=tuple(_week(one.split(), value) for one in value.split("|")))


def _week(words: list[str], value: str) -> Week:
    """Read one past week: four answers, "-" for none, and extras by name: `3 2 1 2 rest 0`."""
    named = [*zip(ITEMS, words, strict=False), *zip(words[4::2], words[5::2], strict=False)]
    extras = words[4::2]
    fits = len(words) >= len(ITEMS) and len(words) % 2 == 0 and _EXTRAS.issuperset(extras)
    if not fits or any(answer not in {*"01234", _BLANK} for _, answer in named):
        shape = "drained numb carry help, each 0 to 4 or -, and extras by name, such as 3 2 1 2 | 3 2 - 2 rest 0"
        raise FlowError(f"@ weeks {value}: expected weeks of {shape}; extras are {', '.join(sorted(_EXTRAS))}")
    return {name: int(answer) for name, answer in named if answer != _BLANK}


def _events(value: str) -> tuple[Event, ...]:
    if not value.isdecimal() or int(value) > len(EVENTS):
        raise FlowError(f"@ events {value}: expected a number from 0 to {len(EVENTS)}")
    return EVENTS[: int(value)]


_PIN = "4821"
_LEADS: Mapping[str, Duty | None] = {"on": ON_DUTY, "off": replace(ON_DUTY, on=False), "none": None}

SETTINGS: Mapping[str, Change] = {
    "stranger": _alone("stranger", lambda known: known),
    "language": _setting("language", {one: one for one in LANGUAGES}),
    "channel": lambda known, value: replace(
        known, channel="voice" if _one_of("channel", value, {"text": False, "voice": True}) else "text"
    ),
    "discreet": _setting("discreet", _TRUTH),
    "express": _setting("express", _TRUTH),
    "by": _setting("by", {one: one for one in ("phone", "text")}),
    "pin": _setting("pin", {"yes": _PIN, "no": ""}),
    "contact": _setting("contact", {one: one for one in ("yes", "ask", "no")}),
    "frequency": _setting("frequency", {one: one for one in ("weekly", "monthly")}),
    "day": _setting("day", _DAYS),
    "time": _time,
    "weeks": _weeks,
    "opt-out": lambda known, value: replace(
        known, opt_out_mode="twilio" if _one_of("opt-out", value, {"ours": False, "twilio": True}) else "ours"
    ),
    "lead": lambda known, value: replace(known, duty=_one_of("lead", value, _LEADS)),
    "called": lambda known, value: replace(known, call_by=ON_DUTY.by if _one_of("called", value, _TRUTH) else None),
    "looked": lambda known, value: replace(
        known, looked=(2, date(2026, 3, 5)) if _one_of("looked", value, _TRUTH) else (0, None)
    ),
    "paused": _alone("paused", lambda known: replace(known, standing="paused")),
    "stopped": _alone("stopped", lambda known: replace(known, opted_out=True)),
    "not-begun": _alone("not-begun", lambda known: replace(known, begun=False)),
    "over": _alone("over", lambda known: replace(known, over=True)),
    "program-paused": _alone("program-paused", lambda known: replace(known, asks_from=None)),
    "groups": _without("groups", "groups", ()),
    "training": _without("training", "learn_url", ""),
    "events": _of_program("events", _events),
    "peers": _of_program("peer_line", lambda value: _PEERS if _one_of("peers", value, _TRUTH) else ""),
    "hard-event": _of_program("hard_event", lambda value: _one_of("hard-event", value, _TRUTH)),
    "program": of_program.changed,
    "client": _of_program("client", lambda value: _one_of("client", value, {one: one for one in sorted(CLIENT_WORDS)})),
    "region": _region,
    "at": _at,
}
"""Every settings line there is, by its first word."""
