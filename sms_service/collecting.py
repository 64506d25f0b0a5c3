"""Find what people texted while we were down: Twilio has it, and each sid that we lack is taken in."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text

from sms_service import inbox, programs
from sms_service.batches import unavailable
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
# A text as young as this may be on its way through the webhook, which answers it; Twilio gives up after 15 s.
_SETTLED = timedelta(seconds=20)


async def collect(rt: Runtime, gateway: Gateway, *, settled: timedelta = _SETTLED) -> int:
    """Take in every inbound message Twilio has and we lack; return how many. Raises GatewayError, and is run again.

    A message younger than `settled` is left to the webhook, and to the next time. One that cannot be taken in is
    logged and left out, so that it keeps nobody else's from being read.
    """
    async with rt.begin() as (connection, _):
        began = rt.real()
        last: datetime | None = (await connection.execute(_LAST)).scalar_one()
        senders = sorted({program.sender for program in await programs.load(connection)})
    since = (last - _OVERLAP) if last else began - _FIRST_LOOK
    taken = 0
    for sender in senders:
        found = await asyncio.to_thread(gateway.inbound_since, sender, since)
        taken += await _take_missing(rt, [one for one in found if one.sent_at <= began - settled])
    async with rt.begin() as (connection, _):
        await connection.execute(_LOOKED, {"at": began})
    if taken:
        log.info("collect.found", messages=taken)
    return taken


async def _take_missing(rt: Runtime, found: list[Found]) -> int:
    async with rt.begin() as (connection, _):
        known = await messages.taken(connection, [one.sid for one in found])
    missing = [Inbound(f.sid, f.number, f.sender, f.text, "collect") for f in found if f.sid not in known]
    batches = [missing[start : start + _BATCH] for start in range(0, len(missing), _BATCH)]
    return sum([await _take_or_leave_out(rt, batch) for batch in batches])


async def _take_or_leave_out(rt: Runtime, batch: list[Inbound]) -> int:
    """Take a batch, message by message if it fails as a whole; return how many were taken in."""
    try:
        return await _take(rt, batch)
    except Exception as error:
        if unavailable(error):
            raise
        log.error("collect.failed", messages=len(batch), error=type(error).__name__)
        return 0 if len(batch) == 1 else sum([await _take_or_leave_out(rt, [one]) for one in batch])


async def _take(rt: Runtime, batch: list[Inbound]) -> int:
    """Take a batch in order; whoever is busy elsewhere is offered again until it is their turn."""
    whole = len(batch)
    for _ in range(_TRIES):
        answered = await inbox.take(rt, batch)
        batch = [one for one, result in zip(batch, answered, strict=True) if result is None]
        if not batch:
            return whole
        await asyncio.sleep(0.1)
    log.warning("collect.left", messages=len(batch))
    return whole - len(batch)
