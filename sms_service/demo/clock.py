"""Move the demo's calendar on: settle what is under way, jump to the next thing to come, ring for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import text

from flows import local
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import Settings

# A question that times out says nothing, so nobody wants to be brought to it; it is kept on the way.
_NEXT = text("""
    select due_at, kind, zone from (
        select coalesce(a.try_at, a.due_at) as due_at, a.kind, e.zone
        from appointments a join enrolments e on e.id = a.enrolment_id
        where a.state = 'due'
        union all
        select o.hold_until, 'held', e.zone from outbox o join enrolments e on e.id = o.enrolment_id
        where o.state = 'held'
    ) c order by kind = 'timeout', due_at limit 1
""")
_MOVE = text("update deployment set clock_offset = :offset where id = 1")
_UNDER_WAY = text("select count(*) from outbox where state in ('ready', 'sending') and next_attempt_at <= :real")
_SETTLING = 3.0


def move(environment: Mapping[str, str], to: str) -> dict[str, Any]:
    """Move the calendar to the next appointment ("next") or to an ISO time, and ring for a tick.

    Return {"now", "kind", "local", "zone"}, where "local" is the wall time where the person is. Raises ValueError
    when there is nothing to come, or for a time in the past.
    """
    given: dict[str, Any] = {k.lower(): v for k, v in environment.items() if k.lower() in Settings.model_fields}
    settings = Settings(**given)
    if settings.speaks_to_twilio:
        raise ValueError("the calendar moves only against a stand-in, never with Twilio itself")
    found = asyncio.run(_move(settings, to))
    redis = Redis.from_url(settings.redis_url)
    queue = Queue("tick", connection=redis, serializer=JSONSerializer)
    queue.enqueue("workers.jobs.tick", job_id=f"tick-moved-{uuid4().hex}", result_ttl=0, failure_ttl=900)
    redis.close()
    return found


async def _move(settings: Settings, to: str) -> dict[str, Any]:
    rt = open_runtime(settings, pool=1)
    try:
        await _settle(rt)
        return await _jump(rt, to)
    finally:
        await rt.close()


async def _settle(rt: Runtime) -> None:
    """Let go of texts that the stand-in holds, and wait a moment for the outbox to be empty."""
    async with httpx.AsyncClient(timeout=2) as client:
        with suppress(httpx.HTTPError):
            await client.post(f"{rt.settings.twilio_api_url}/emulator/release")
    until = asyncio.get_running_loop().time() + _SETTLING
    while asyncio.get_running_loop().time() < until:
        async with rt.begin() as (connection, _):
            if not (await connection.execute(_UNDER_WAY, {"real": rt.real()})).scalar():
                return
        await asyncio.sleep(0.05)


async def _jump(rt: Runtime, to: str) -> dict[str, Any]:
    async with rt.begin() as (connection, now):
        row = (await connection.execute(_NEXT)).one_or_none()
        if to == "next":
            if row is None:
                raise ValueError("nothing is to come: nobody has joined yet, or everybody has stopped")
            target, kind, zone = max(row.due_at, now), row.kind, row.zone
        else:
            target, kind, zone = _moment(to), "", row.zone if row else "UTC"
            if target < now:
                raise ValueError(f"{to} has passed already in this calendar, which is at {now:%Y-%m-%d %H:%M} UTC")
        # A second more, so that the appointment's own second has begun for every reader.
        offset = int((target - rt.real()) / timedelta(seconds=1)) + 1
        await connection.execute(_MOVE, {"offset": offset})
    there = local(target.astimezone(UTC), zone)
    return {"now": target.isoformat(), "kind": kind, "local": f"{there:%a %-d %b, %H:%M}", "zone": zone}


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{value} has no zone; write it like 2026-12-03T12:15:00-05:00")
    return moment.astimezone(UTC)
