"""Ring for what was just put in the outbox. A lost bell costs a minute: the next tick looks as well."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING

import structlog

from sms_service.settings import Settings

if TYPE_CHECKING:
    from rq import Queue

log = structlog.get_logger()

_SECONDS = 0.5
_LONGEST_JOB = 300


async def ring(settings: Settings) -> None:
    """Have a worker look at the outbox now."""
    await asyncio.to_thread(_ring, settings.redis_url)


def _ring(redis_url: str) -> None:
    # Loaded when first needed, and not before: most web processes never ring.
    from redis.exceptions import RedisError

    try:
        _queue(redis_url).enqueue("workers.jobs.deliver", job_timeout=_LONGEST_JOB, result_ttl=0, failure_ttl=900)
    except RedisError as error:
        log.warning("bell.lost", error=type(error).__name__)


@cache
def _queue(redis_url: str) -> Queue:
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
    from rq import Queue
    from rq.serializers import JSONSerializer

    limits = {"socket_connect_timeout": _SECONDS, "socket_timeout": _SECONDS}
    connection = Redis.from_url(redis_url, retry=Retry(NoBackoff(), 0), **limits)
    return Queue("deliver", connection=connection, serializer=JSONSerializer)
