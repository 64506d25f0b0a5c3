"""Find what people texted while we were down: Twilio has it, and each sid that we lack is taken in."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text

from sms_service import inbox, programs, senders
from sms_service.batches import unavailable
from sms_service.inbox import Inbound
from sms_service.runtime import Runtime
from sms_service.store import messages
from sms_service.twilio.client import Found, Gateway, GatewayError

log = structlog.get_logger()

_OVERLAP = timedelta(minutes=10)
# How far back is looked after an outage, and on a number that is new here.
_FURTHEST, _AT_FIRST = timedelta(days=30), timedelta(days=2)
# A text that can never be taken in keeps the last look where it is for so long: the list must not grow for ever.
_STUCK = timedelta(days=2)
# The last look is a minute ago while all goes well.
_BEHIND = timedelta(minutes=3)
_IN_TIME = 20.0
"""Seconds; what is due is not held up longer by a Twilio that does not answer."""
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
        numbers = {program.sender for program in await programs.load(connection)}
        numbers |= set(await senders.pools(connection))
    since = max(last - _OVERLAP, began - _FURTHEST) if last else began - _AT_FIRST
    looked, taken, away = began, 0, None
    for sender in sorted(numbers):
        try:
            found = await asyncio.to_thread(gateway.inbound_since, sender, since)
        except GatewayError as error:
            away = error  # this number keeps no other's texts from being read; all are looked at again
            continue
        missing = await _missing(rt, [one for one in found if one.sent_at <= began - settled])
        left = [one for batch in _batches(missing) for one in await _take_or_leave_out(rt, batch)]
        taken += len(missing) - len(left)
        stuck = (one.sent_at for one in left if one.sent_at and began - one.sent_at < _STUCK)
        looked = min([looked, *(sent_at + _OVERLAP for sent_at in stuck)])
    if taken:
        log.info("collect.found", messages=taken)
    if away:
        raise away
    async with rt.begin() as (connection, _):
        await connection.execute(_LOOKED, {"at": looked})
    return taken


async def catch_up(rt: Runtime, gateway: Gateway) -> None:
    """After an outage, take in what people texted meanwhile before anything is planned for them or sent to them.

    Where Twilio cannot be asked in time it is left to the next minute, as ever, and nobody else waits.
    """
    async with rt.begin() as (connection, _):
        last: datetime | None = (await connection.execute(_LAST)).scalar_one()
    if last is None or rt.real() - last < _BEHIND:
        return
    try:
        async with asyncio.timeout(_IN_TIME):
            await collect(rt, gateway)
    except (GatewayError, TimeoutError) as error:
        log.warning("collect.later", error=type(error).__name__)


async def _missing(rt: Runtime, found: list[Found]) -> list[Inbound]:
    async with rt.begin() as (connection, _):
        known = await messages.taken(connection, [one.sid for one in found])
    return [Inbound(f.sid, f.number, f.sender, f.text, "collect", f.sent_at) for f in found if f.sid not in known]


def _batches(missing: list[Inbound]) -> list[list[Inbound]]:
    return [missing[start : start + _BATCH] for start in range(0, len(missing), _BATCH)]


async def _take_or_leave_out(rt: Runtime, batch: list[Inbound]) -> list[Inbound]:
    """Take a batch, message by message if it fails as a whole; return what could not be taken in."""
    try:
        return await _take(rt, batch)
    except Exception as error:
        if unavailable(error):
            raise
        log.error("collect.failed", messages=len(batch), error=type(error).__name__)
        if len(batch) == 1:
            return batch
        return [left for one in batch for left in await _take_or_leave_out(rt, [one])]


async def _take(rt: Runtime, batch: list[Inbound]) -> list[Inbound]:
    """Take a batch in order, offering again whoever is busy elsewhere; return who was busy to the end."""
    for _ in range(_TRIES):
        answered = await inbox.take(rt, batch)
        batch = [one for one, result in zip(batch, answered, strict=True) if result is None]
        if not batch:
            return []
        await asyncio.sleep(0.1)
    log.warning("collect.left", messages=len(batch))
    return batch
