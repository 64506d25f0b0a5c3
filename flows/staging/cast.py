"""Who the plays and the tests are about: a program, a stranger, and somebody who has joined."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flows.chosen import settings
from flows.context import Context, Duty, ProgramFacts
from flows.flow import Choice

# A Tuesday morning.
AT = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001  (local wall time has no zone)

PROGRAM = ProgramFacts(
    slug="tide",
    name="Tidewater check-in",
    short_name="Tide",
    keyword="JOIN",
    info_url="https://checkin.org/p/r5",
    help_url="https://checkin.org/r/help",
    learn_url="https://checkin.org/r/learn/r5",
    help_phone="757-555-0100",
    floor=10,
    zone="America/New_York",
    day=3,
    time="12:15",
    groups=(
        Choice(1, 1, {"en": ("outpatient",), "es": ("consulta",)}),
        Choice(2, 2, {"en": ("crisis",), "es": ("crisis",)}),
        Choice(3, 3, {"en": ("other",), "es": ("otro",)}),
    ),
)
STRANGER = Context(PROGRAM, {"JOIN": "tide", "UNIRME": "tide"}, "unknown", {}, (), AT)
"""Somebody who has never texted this number."""


ON_DUTY = Duty("Sam", "757-555-0177", on=True, by=AT.replace(hour=14, minute=0))
"""A support lead who can call within the hours of the plays."""


def enrolled(language: str = "en") -> Context:
    """Return the facts of somebody who has joined, with everything as it is offered."""
    offered = settings(None, STRANGER)
    return replace(STRANGER, standing="enrolled", settings={**offered, "language": language})
