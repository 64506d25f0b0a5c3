"""The program that docs/launch shows the papers of. `python -m tests.sms_service.example_papers` writes them anew."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

from sms_service import papers
from sms_service.leads import SupportLead
from sms_service.programs import Program, ProgramSettings

FOLDER = Path(__file__).parents[2] / "docs" / "launch"
URL = "https://checkin.example.org"


def lead(number: int) -> SupportLead:
    """Return a support lead of whom the papers say nothing but that there is one."""
    no_day: tuple[tuple[date, date], ...] = ()
    return SupportLead(UUID(int=number), "Sam", b"", "America/New_York", ("Mon-Fri 09:00-17:00",), no_day, "off")


PROGRAM = Program(
    id=UUID(int=0),
    slug="tidewater",
    name="Tidewater check-in",
    sender="+17575550100",
    opt_out_mode="ours",
    version=1,
    keywords=("JOIN", "UNIRME"),
    groups={},
    settings=ProgramSettings(
        operator="Tidewater Example Services",
        short_name="Tidewater",
        region="US-VA",
        help_phone="(757) 555-0101",
        review="lead",
    ),
    leads=(lead(1), lead(2)),
)

if __name__ == "__main__":
    for path in papers.write(PROGRAM, URL, FOLDER):
        print(path)
