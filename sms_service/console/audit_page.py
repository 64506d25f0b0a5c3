"""The log of what was done, for administrators and auditors: rows of their programs, and everybody's own.

What support leads do is left out of it, their signing in too: how many calls there were, and when, would say more
about those who are called than design allows. `sms-service audit list` has all rows.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from starlette.responses import Response

from flows.schedule import clock, local, short_date
from sms_service import programs
from sms_service.console import acts
from sms_service.console.door import Page
from sms_service.console.staff_page import NO_ROLE, ROLE_WORDS
from sms_service.console.visit import Visit
from sms_service.translation import Word, say

ADDRESS = "/console/audit"
_ROLES = {**ROLE_WORDS, NO_ROLE: Word("No role")}
_READERS = frozenset({"administrator", "auditor"})
_PAGE = 50
_MOST = 50_000

_MINE = """
    (a.staff_id = :me or a.act !~ '^(call|number)[.]'
        and not exists (select 1 from staff_roles l where l.staff_id = a.staff_id and l.role = 'support_lead')
        and (a.program_id = any(:programs) or a.program_id is null and a.staff_id in
            (select staff_id from staff_roles where program_id = any(:programs))))
"""
_ROWS = text(f"""
    select a.at, s.name as who, a.act, p.name as program, o.name as whom, a.about
    from audit a left join staff s on s.id = a.staff_id left join programs p on p.id = a.program_id
        left join staff o on cast(o.id as text) = split_part(a.about, ':', 1)
    where {_MINE} and (:act = '' or a.act = :act) and a.at >= :first and a.at < :last
    order by a.n desc limit :limit offset :offset
""")  # noqa: S608 - the text put in is the one above


class Asked(NamedTuple):
    """What was asked for in the address: an act, a day in `zone`, and a page, from 1."""

    act: str
    day: date | None
    page: int
    zone: str

    def span(self) -> tuple[datetime, datetime]:
        """Return from when until when."""
        if self.day is None:
            return datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
        zone = ZoneInfo(self.zone)
        return tuple(datetime.combine(day, time(), zone) for day in (self.day, self.day + timedelta(days=1)))  # type: ignore[return-value]


async def listing(visit: Visit) -> Response:
    """Return one page of the log, the latest first."""
    mine, asked, fault = await _asked(visit)
    rows = await _rows(visit, mine, asked, _PAGE + 1, (asked.page - 1) * _PAGE)
    await visit.note_reading("log.read")
    shown = [
        {
            "when": _when(row.at, asked.zone, visit.language),
            "who": row.who,
            "act": acts.words(visit.language, row.act),
            "program": row.program,
            "about": _about(row, visit.language),
        }
        for row in rows[:_PAGE]
    ]
    return visit.show(
        "audit.html",
        status=422 if fault else 200,
        rows=shown,
        acts=acts.shown(visit.language),
        asked=asked,
        day_typed=visit.request.query_params.get("day", ""),
        fault=fault,
        newer=_address(asked, asked.page - 1) if asked.page > 1 else "",
        older=_address(asked, asked.page + 1) if len(rows) > _PAGE else "",
        export=_address(asked, None),
    )


async def export(visit: Visit) -> Response:
    """Return the rows as CSV, times in UTC. A cell that a spreadsheet would compute begins with a quote."""
    mine, asked, _ = await _asked(visit)
    rows = await _rows(visit, mine, asked, _MOST + 1, 0)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["at", "who", "act", "program", "about"])
    for row in rows[:_MOST]:
        cells = [row.at.astimezone(UTC).isoformat(timespec="seconds"), row.who, row.act, row.program, _about(row, "en")]
        writer.writerow([_inert(cell or "") for cell in cells])
    if len(rows) > _MOST:
        writer.writerow(
            ["", "", "", "", visit.say("These are the latest 50,000 rows. Choose an act or a day for more.")]
        )
    await visit.note("log.exported")
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    headers |= {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _about(row: Any, language: str) -> str:
    """Return what a row is about: whose account, then what it names, a role in words."""
    named = row.about.partition(":")[2] if row.whom else row.about
    words = str(say(language, _ROLES[named])) if named in _ROLES else named
    return f"{row.whom}: {words}" if row.whom and words else row.whom or words


def _inert(cell: str) -> str:
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell


async def _asked(visit: Visit) -> tuple[list[UUID], Asked, str]:
    """Return the programs whose rows are shown, what was asked for, and what is wrong with it."""
    mine = [program for program, role in visit.session.roles.items() if role in _READERS]
    zones = [program.settings.zone for program in await programs.load(visit.connection) if program.id in mine]
    query, fault, day = visit.request.query_params, "", None
    if query.get("day"):
        try:
            day = date.fromisoformat(query["day"])
            fault = "" if 2000 < day.year < 9000 else visit.say("Choose a day, such as 2026-03-12.")
        except ValueError:
            fault = visit.say("Choose a day, such as 2026-03-12.")
    page = query.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and 0 < len(page) <= 5 else 1
    return mine, Asked(query.get("act", "")[:80], None if fault else day, max(1, number), (zones or ["UTC"])[0]), fault


async def _rows(visit: Visit, mine: list[UUID], asked: Asked, limit: int, offset: int) -> list[Any]:
    first, last = asked.span()
    values = {"act": asked.act, "first": first, "last": last, "limit": limit, "offset": offset}
    return list(await visit.connection.execute(_ROWS, {**_values(visit, mine), **values}))


def _values(visit: Visit, mine: list[UUID]) -> dict[str, object]:
    return {"me": visit.session.staff_id, "programs": mine}


def _address(asked: Asked, page: int | None) -> str:
    """Return the address of a page of the same rows; None for all of them as CSV."""
    query = {"act": asked.act, "day": asked.day.isoformat() if asked.day else "", "page": str(page or "")}
    kept = urlencode({key: value for key, value in query.items() if value})
    return f"{ADDRESS}{'' if page else '.csv'}{'?' if kept else ''}{kept}"


def _when(at: datetime, zone: str, language: str) -> str:
    there = local(at, zone)
    return f"{short_date(there.date(), language)}, {clock(f'{there:%H:%M}', language)}"


PAGES = (
    Page(ADDRESS, "GET", listing, _READERS),
    Page(ADDRESS + ".csv", "GET", export, _READERS),
)
