"""Texts that tell of somebody else are emptied at Twilio, which keeps what people send; here they were at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway, Outcome

log = structlog.get_logger()

# While a wish is under way nobody else takes it up. It may be made twice: an empty text stays empty.
_LEASE = timedelta(minutes=5)
_BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3), timedelta(hours=12))
_GONE = 20404
_TAKEN = frozenset({"accepted", "refused"})

_CLAIM = text("""
    update messages set redact_at = :lease, redact_tries = redact_tries + 1
    where id = any(array(
        select id from messages where redact = 'wanted' and redact_at <= :real
        order by redact_at limit 1 for update skip locked
    ))
    returning id, sid, redact_tries
""")
_SETTLE = text("update messages set redact = :state, redact_at = :at where id = :id")
_FIGURES = text("""
    select count(*) filter (where redact = 'wanted' and redact_tries > 0) as waiting,
        count(*) filter (where redact = 'given up') as given_up
    from messages where redact in ('wanted', 'given up')
""")


async def redact(rt: Runtime, gateway: Gateway) -> int:
    """Have Twilio empty the texts that are to be forgotten; return how many it has.

    Once Twilio cannot take a wish the others wait for the next minute: other work waits on the same queue.
    """
    emptied = 0
    while (row := await _claim(rt)) is not None:
        outcome = await asyncio.to_thread(gateway.empty, row.sid)
        emptied += await _settle(rt, row, outcome)
        if outcome.kind not in _TAKEN:
            break
    return emptied


async def _claim(rt: Runtime) -> Row[Any] | None:
    async with rt.begin() as (connection, _):
        real = rt.real()
        return (await connection.execute(_CLAIM, {"real": real, "lease": real + _LEASE})).one_or_none()


async def _settle(rt: Runtime, row: Row[Any], outcome: Outcome) -> int:
    """Write down how it went: done, to be tried again later, or given up, which the log tells and `doctor` counts."""
    real = rt.real()
    values = {"id": row.id, "state": "done", "at": real}
    done = outcome.kind == "accepted" or outcome.code == _GONE
    if not done and row.redact_tries > len(_BACKOFF):
        values["state"] = "given up"
        log.error("redact.given_up", message=str(row.id), outcome=outcome.kind, code=outcome.code)
    elif not done:
        values |= {"state": "wanted", "at": real + _BACKOFF[row.redact_tries - 1]}
    async with rt.begin() as (connection, _):
        await connection.execute(_SETTLE, values)
    return int(done)


async def figures(connection: AsyncConnection) -> tuple[int, int]:
    """Return how many texts Twilio was asked in vain to empty so far, and how many were given up."""
    waiting, given_up = (await connection.execute(_FIGURES)).one()
    return waiting, given_up
