"""Find what people texted while we were down: Twilio has it, and each sid that we lack is taken in."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text

from sms_service import inbox, programs
from sms_service.inbox import Inbound
from sms_service.runtime import Runtime
from sms_service.store import messages
from sms_service.twilio.client import Found, Gateway

log = structlog.get_logger()

_OVERLAP = timedelta(minutes=10)
_FIRST_LOOK = timedelta(days=2)
_BATCH = 32
_LAST = text("select last_collect from deployment where id = 1")
_LOOKED = text("update deployment set last_collect = :at where id = 1")
_TRIES = 50


async def collect(rt: Runtime, gateway: Gateway) -> int:
    """Take in every inbound message Twilio has and we lack; return how many. Raises GatewayError, and is run again."""
    async with rt.begin() as (connection, _):
        began = rt.real()
        last: datetime | None = (await connection.execute(_LAST)).scalar_one()
        senders = sorted({program.sender for program in await programs.load(connection)})
    since = (last - _OVERLAP) if last else began - _FIRST_LOOK
    taken = 0
    for sender in senders:
        found = await asyncio.to_thread(gateway.inbound_since, sender, since)
        taken += await _take_missing(rt, found)
    async with rt.begin() as (connection, _):
        await connection.execute(_LOOKED, {"at": began})
    if taken:
        log.info("collect.found", messages=taken)
    return taken


async def _take_missing(rt: Runtime, found: list[Found]) -> int:
    async with rt.begin() as (connection, _):
        known = await messages.taken(connection, [one.sid for one in found])
    missing = [Inbound(f.sid, f.number, f.sender, f.text, "collect") for f in found if f.sid not in known]
    for start in range(0, len(missing), _BATCH):
        await _take(rt, missing[start : start + _BATCH])
    return len(missing)


async def _take(rt: Runtime, batch: list[Inbound]) -> None:
    """Take a batch in order; whoever is busy elsewhere is offered again until it is their turn."""
    for _ in range(_TRIES):
        answered = await inbox.take(rt, batch)
        batch = [one for one, result in zip(batch, answered, strict=True) if result is None]
        if not batch:
            return
        await asyncio.sleep(0.1)
    log.warning("collect.left", messages=len(batch))
