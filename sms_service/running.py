"""Whether everything runs that keeps time and sends texts: in a word for each part, never in a number.

A number of texts that wait would tell, in a small program, when somebody has just written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.runtime import Runtime

How = Literal["works", "behind", "stands", "unknown"]
QUEUES = ("tick", "deliver", "upkeep")
_PATIENCE = 0.5
_LATE = {"tick": timedelta(minutes=3), "collect": timedelta(minutes=15), "purge": timedelta(hours=3)}
_WAITED = timedelta(minutes=10)
_LOOKED_FOR = timedelta(hours=1)

_DONE = text("""
    select last_tick, last_collect, last_purge, exists (
        select from programs where version > planned_version
    ) as schedules from deployment where id = 1
""")
# Each kind and priority by itself, so that the index leads straight to what has waited longest.
_SENDING = text("""
    select exists (
        select from senders s cross join generate_series(0, 4) p (n) cross join (values ('text'), ('call')) k (kind)
        cross join lateral (
            select from outbox o where o.sender = s.number and o.kind = k.kind and o.priority = p.n
                and o.state = 'ready' and o.next_attempt_at < :late limit 1
        ) waiting where s.stopped_reason is null
    ) as waiting,
    exists (select from outbox where state = 'unknown' and next_attempt_at < :lost) as lost
""")


@dataclass(frozen=True, slots=True)
class Part:
    """One part and how it does. `behind` works and is late; `stands` does nothing; `since` is when it last did."""

    name: str
    how: How
    since: datetime | None = None


async def parts(rt: Runtime, connection: AsyncConnection) -> list[Part]:
    """Return every part. Nothing here waits longer than a second, also while the queue is away."""
    real = rt.real()
    done = (await connection.execute(_DONE)).one()
    times = {"late": real - _WAITED, "lost": real - _LOOKED_FOR}
    sending = (await connection.execute(_SENDING, times)).one()
    workers = await _workers(rt.settings.redis_url)
    return [
        _timed("tick", done, real),
        Part("queue", "stands" if workers is None else "works"),
        Part("workers", _at_work(workers)),
        Part("sending", "behind" if sending.waiting else "works"),
        Part("reports", "behind" if sending.lost else "works"),
        _timed("collect", done, real),
        Part("schedules", "behind" if done.schedules else "works"),
        _timed("purge", done, real),
    ]


def _timed(name: str, done: Row[Any], real: datetime) -> Part:
    last = getattr(done, f"last_{name}")
    if last is None:
        return Part(name, "stands")
    return Part(name, "behind" if real - last > _LATE[name] else "works", last)


def _at_work(workers: Mapping[str, bool] | None) -> How:
    if workers is None:
        return "unknown"
    return "works" if all(workers.values()) else "stands"


async def _workers(url: str) -> dict[str, bool] | None:
    """Return whether each queue has a worker, None while the queue cannot be asked.

    Workers write their names down under their queue; a name outlives its worker, the key it stands for does not.
    """
    try:
        async with Redis.from_url(url, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE) as redis:
            return {name: await _has_worker(redis, name) for name in QUEUES}
    except (RedisError, OSError):
        return None


async def _has_worker(redis: Redis, queue: str) -> bool:
    names: Sequence[Any] = list(await redis.smembers(f"rq:workers:{queue}"))
    return bool(names) and bool(await redis.exists(*names))
