"""How long each page of the console takes while 100,000 people are enrolled: every GET address of its own list.

`python -m bench.console` measures this alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from bench import crowd, serving
from bench.oracle import Rules
from sms_service import daily_figures, schema, staff
from sms_service.console import sessions
from sms_service.console.pages import PAGES
from sms_service.demo.postgres import Postgres
from sms_service.demo.valkey import Valkey
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import Settings

ENROLLED, ROUNDS, WARM = 100_000, 40, 3
ROLE = "coordinator"
AIM_MS = 150
_WEEKS = 4
_WORD = re.compile(r"\{(\w+)\}")
PLAY = UUID(int=1)
_BREAKS = (Path(__file__).parents[1] / "tests/flows/transcripts/breaks.txt").read_text(encoding="utf-8")
_EXAMPLES = {
    **{"slug": "sim", "name": "weekly-checkin", "event": "new", "video": "new"},
    **{"resource": "988", "paper": "charter", "play": str(PLAY)},
}
_LEADS_ON = {"/console"}
_SAVED_PLAY = text("""
    insert into flow_plays (id, name, flow, transcript, saved_by, saved_at)
    values (:id, 'Six breaks', 'break', :transcript, :by, :now)
""")
# A month of check-ins that were sent and arrived, a weekday at a time.
_PAST = text("""
    with a as (
        insert into appointments (id, enrolment_id, kind, occasion, due_at, state, settled_at)
        select gen_random_uuid(), id, 'check-in', cast(:day as date), :day, 'done', :day from enrolments
        where day = :weekday
        on conflict do nothing returning id, enrolment_id  -- some are asked on that very day
    )
    insert into outbox (id, participant_id, enrolment_id, sender, asked_for, priority, segments, origin, origin_id, n,
        state, created_at, next_attempt_at, sent_at, settled_at)
    select gen_random_uuid(), e.participant_id, e.id, e.sender, false, 2, 1, 'appointment', a.id, 0,
        'delivered', :day, :day, :day, :day
    from a join enrolments e on e.id = a.enrolment_id
""")
_FAILED = text("""
    update outbox set state = 'undelivered', error_code = 30003
    where id in (select id from outbox where origin = 'appointment' limit 1000)
""")


def run() -> dict[str, Any]:
    """Measure on servers of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-console-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103  (PostgreSQL runs as another account when root measures)
        with Postgres(Path(folder) / "pg") as postgres, Valkey(Path(folder) / "valkey") as valkey:
            return asyncio.run(measure(serving.settings(postgres.url, valkey.url)))


async def measure(settings: Settings, enrolled: int = ENROLLED, rounds: int = ROUNDS) -> dict[str, Any]:
    """Enrol so many, count their day, and ask for every page so many times, one request after the other."""
    rt = open_runtime(settings, pool=2)
    try:
        await schema.migrate(rt)
        token = await _set_up(rt, enrolled)
        began = time.perf_counter()
        await daily_figures.count(rt)
        counted = time.perf_counter() - began
    finally:
        await rt.close()
    with serving.process(serving.SERVE, serving.environment(settings), settings.port):
        async with httpx.AsyncClient(base_url=settings.public_url, timeout=60) as web:
            web.cookies.set("checkin_session", token)
            took = {path: await _p95(web, path, rounds) for path in addresses()}
    slowest = max(took, key=lambda path: took[path])
    print(f"console: slowest {slowest} {took[slowest]} ms; the day's count {counted:.1f} s", flush=True)
    return {
        "console_enrolled": enrolled,
        "console_p95_ms": took,
        "console_slowest_ms": took[slowest],
        "day_counted_seconds": round(counted, 1),
    }


def addresses() -> list[str]:
    """Return the pages that a coordinator may read, filled in. Raises KeyError where a word has no example here."""
    paths = [page.path for page in PAGES if page.method == "GET" and ROLE in page.roles]
    return [_WORD.sub(lambda found: _EXAMPLES[found[1]], path) for path in paths if path not in _LEADS_ON]


async def _set_up(rt: Runtime, enrolled: int) -> str:
    """Enrol everybody, give them a past, and sign a coordinator in; return the session's token."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    print(f"enrolling {enrolled} people", flush=True)
    rules = Rules()
    await crowd.enrol(rt, crowd.crowd(enrolled, rules, start), rules, start)
    for weekday in range(7):
        await _past(rt, [start - timedelta(days=7 * week - 6) for week in range(1, _WEEKS + 1)], weekday)
    async with rt.begin() as (connection, _):
        await connection.execute(_FAILED)
        await connection.execute(text("analyze"))
        program: UUID = (await connection.execute(text("select id from programs"))).scalar_one()
        made = await staff.add(
            rt,
            connection,
            email="a@b.example",
            name="Dora",
            password="a long password",
            roles={program: ROLE},
            now=start,
        )
        await connection.execute(_SAVED_PLAY, {"id": PLAY, "transcript": _BREAKS, "by": made.id, "now": start})
        return await sessions.open_session(rt, connection, made.id)


async def _past(rt: Runtime, days: Sequence[datetime], weekday: int) -> None:
    for day in days:
        async with rt.begin() as (connection, _):
            await connection.execute(_PAST, {"day": day, "weekday": weekday})


async def _p95(web: httpx.AsyncClient, path: str, rounds: int) -> float:
    """Return the 95th percentile of a page's time in milliseconds. A page that is not shown ends the measurement."""
    took = []
    for n in range(WARM + rounds):
        began = time.perf_counter()
        answer = await web.get(path)
        if answer.status_code != 200:
            sys.exit(f"{path}: {answer.status_code}")
        if n >= WARM:
            took.append((time.perf_counter() - began) * 1000)
    return round(sorted(took)[int(0.95 * (rounds - 1))], 1)


if __name__ == "__main__":
    print(json.dumps(run()))
