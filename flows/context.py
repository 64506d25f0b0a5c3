"""What a conversation may know besides itself: the program, the person's settings and weeks, the local time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from flows.flow import Channel, Choice
from flows.rhythm import Occurrence, Rhythm
from flows.risk_rules import Rules
from flows.scoring import Week
from flows.spacing import NONE_YET, Last

Standing = Literal["unknown", "joining", "enrolled", "paused"]

Setting = int | str | bool
"""What one of a person's settings holds."""

NO_PAUSE = datetime.min.replace(tzinfo=UTC)
"""From when on a program asks that is not paused."""


@dataclass(frozen=True, slots=True)
class Event:
    """A training session that a program offers. `topic` is the pattern it is meant for, if it is for one."""

    title: str
    on: date
    place: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """Who would call now: the support lead on duty, or the next one to be.

    `on` says whether somebody is on duty at this moment, `by` until when a call is promised (local wall time), `phone`
    the number it comes from, so that the person knows it.
    """

    name: str
    phone: str
    on: bool
    by: datetime


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What a flow may say of a program. `groups` are its reporting groups as choices, `day` 0 is Monday, `quiet` are
    the hours without reminders, `zone` is the person's own.

    `client` is its word for the people it serves, `peer_line` a line of colleagues that somebody has verified, `events`
    are its coming sessions, soonest first, `hard_event` says that something hard happened at work within two weeks,
    `rules` are those that danger is found by if it has words of its own, `rhythm` is what its people are asked by, and
    `window_hours` how long a check-in is of use.
    """

    slug: str
    name: str
    short_name: str
    keyword: str
    info_url: str
    help_url: str
    learn_url: str
    help_phone: str
    floor: int
    zone: str
    day: int
    time: str
    quiet: str = "21:00-08:00"
    groups: tuple[Choice, ...] = ()
    client: str = "client"
    peer_line: str = ""
    events: tuple[Event, ...] = ()
    hard_event: bool = False
    rules: Rules | None = None
    rhythm: Rhythm | None = None
    window_hours: int = 72


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a conversation may know besides itself. `at` is local wall time without a zone.

    `settings` are the person's: language, day, time, contact, discreet, express, frequency, zone, quiet (hours, or
    "off" for the program's), by (phone or text), pin ("" for none). `history` holds their weeks, oldest first. `duty`
    is None where no support lead calls for the program. `call_by` is until when (local) a call under way is promised.
    `looked` is how often the person's number was shown to a support lead, and when last. `nudged` says that reminders
    of micro-breaks are on their way, `greeted` that this number was answered within a day, `question_sent` that the
    open question has reached the phone network. A `late` text was found afterwards. `planned` is the next check-in
    that stands on the table, `last` the latest that was kept or left out, which says how soon another may come.
    `spread` are the minutes by which their check-ins come later than their hour, for not all of a program's to come at
    once. `rests_until` is when a pause of their own ends, None outside one.
    `asks_from` is the moment from which the program asks: the end of its pause, also one that is over, None where
    nobody knows it.
    `begun` says whether people may join yet, `over` that nobody who joined now would be asked any more.
    """

    program: ProgramFacts
    keywords: Mapping[str, str]
    standing: Standing
    settings: Mapping[str, Setting]
    history: tuple[Week, ...]
    at: datetime
    channel: Channel = "text"
    duty: Duty | None = None
    nudged: bool = False
    looked: tuple[int, date | None] = (0, None)
    call_by: datetime | None = None
    opted_out: bool = False
    opt_out_mode: Literal["ours", "twilio"] = "ours"
    greeted: bool = False
    question_sent: bool = False
    begun: bool = True
    over: bool = False
    late: bool = False
    planned: Occurrence | None = None
    last: Last = NONE_YET
    asks_from: datetime | None = NO_PAUSE
    rests_until: datetime | None = None
    spread: int = 0
