"""What a coordinator decides about a program, as it is stored and as it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache, lru_cache
from typing import Any, Literal

from flows import FlowError, packaged_rules, with_own
from flows.risk_rules import Rules
from sms_service import program_checks
from sms_service.program_checks import ProgramError


@dataclass(frozen=True, slots=True)
class ProgramSettings:
    """What a coordinator configures. Times of day are "HH:MM" in each person's own zone, waits are whole hours.

    `also_days` are weekdays beside `day`; `month_week` 1 to 4 is that `day` of the month, 5 the last; `closed` are
    first and last days without check-ins; after `fade_after` silent weeks somebody is asked less often, 0 never.
    `paused_until` is the first day after a pause of the whole program, or "open" for one that somebody has to end.
    `flow` is the digest of the version that conversations begin with, "" for whatever is current. `voice` is whose
    voice calls have.
    """

    operator: str
    short_name: str
    zone: str = "America/New_York"
    day: int = 3
    time: str = "12:15"
    remind_hours: tuple[int, ...] = (24, 48)
    window_hours: int = 72
    quiet_start: str = "21:00"
    quiet_end: str = "08:00"
    also_days: tuple[int, ...] = ()
    every_weeks: int = 1
    month_week: int = 0
    starts: str = ""
    ends: str = ""
    closed: tuple[tuple[str, str], ...] = ()
    region: str = "US"
    spread_minutes: int = 0
    grace_hours: int = 24
    fade_after: int = 3
    floor: int = 10
    help_phone: str = ""
    learn_url: str = ""
    client: str = "client"
    peer_line: str = ""
    own_words: tuple[Mapping[str, Any], ...] = ()
    review: Literal["none", "lead"] = "none"
    promise_hours: int = 4
    hard_event: str = ""
    flow: str = ""
    paused_until: str = ""
    voice: Literal["woman", "man"] = "woman"

    def to_json(self) -> str:
        """Return the settings as they are stored."""
        return json.dumps(asdict(self))


def read_settings(stored: Mapping[str, Any]) -> ProgramSettings:
    """Make settings of what is stored or was sent in a form. Raises ProgramError naming the field and the way out."""
    known = {f.name for f in fields(ProgramSettings)}
    unknown = sorted(set(stored) - known)
    if unknown:
        raise ProgramError(unknown[0], "is not a setting of a program")
    settings = ProgramSettings(**{k: _plain(v) for k, v in stored.items()})
    program_checks.check(settings)
    own_rules(settings)
    return settings


@lru_cache(maxsize=256)
def stored_settings(stored: str) -> ProgramSettings:
    """Return the settings that a column holds as JSON. Remembered: each batch reads those of its programs again."""
    return read_settings(json.loads(stored))


def _plain(value: Any) -> Any:
    """Return what JSON holds as lists as tuples."""
    return tuple(_plain(one) for one in value) if isinstance(value, list | tuple) else value


def own_rules(settings: ProgramSettings) -> Rules | None:
    """Return the rules that danger is found by, if the program has words of its own. Raises ProgramError."""
    if not settings.own_words:
        return None
    try:
        return _with_own(json.dumps(settings.own_words))
    except FlowError as error:
        raise ProgramError("own_words", str(error)) from None


@cache
def _with_own(rows: str) -> Rules:
    return with_own(packaged_rules(), json.loads(rows))


def fit(base: Mapping[str, Any], wanted: dict[str, Any], faults: dict[str, str]) -> ProgramSettings:
    """Make settings of what can be used of `wanted` over `base`; the rest goes into `faults` by field.

    `wanted` keeps what was used. Raises ProgramError only where `base` by itself cannot be used.
    """
    while True:
        try:
            return read_settings({**base, **wanted})
        except ProgramError as error:
            if wanted.pop(error.field, None) is None:
                raise
            faults.setdefault(error.field, error.message)
