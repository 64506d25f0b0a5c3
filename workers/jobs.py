"""The jobs, by name. They carry no arguments: what there is to do stands in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

import structlog
import uvloop
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from sms_service import (
    clockwork,
    collecting,
    daily_figures,
    heartbeat,
    logs,
    outbox,
    purging,
    put_off,
    reconciling,
    redacting,
    schema,
)
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import load
from sms_service.throttle import Bucket
from sms_service.twilio.client import Gateway, GatewayError

log = structlog.get_logger()

_BRIEFLY = 0.5
TICK, DELIVER, UPKEEP = "tick", "deliver", "upkeep"
QUEUES = (TICK, DELIVER, UPKEEP)


@dataclass(frozen=True, slots=True)
class Job:
    """One job of the clock: its name is that of a function here. `every` is in minutes, `longest` in seconds."""

    name: str
    queue: str
    every: int
    longest: int = 600


RUNG = (
    Job("tick", TICK, 1),
    Job("reconcile", UPKEEP, 1),
    Job("collect", UPKEEP, 1),
    Job("redact", UPKEEP, 1),
    Job("count", UPKEEP, 1),
    Job("purge", UPKEEP, 60),
)
"""What the clock rings for. `deliver` is rung by whoever has put something in the outbox, and by each tick."""

_BATCH = 100
_MOST_BELLS = 8
# A deliver job hands over to the next one in good time before the queue would cut it off in the middle of a send.
_TURN = timedelta(minutes=2)
_LONGEST = 300
# In seconds: how long each job may take by its queue, and how much earlier it ends itself.
_LIMITS = {"deliver": _LONGEST, **{job.name: job.longest for job in RUNG}}
_BEFORE_THE_QUEUE = 15
_PLANNED_ONCE = frozenset({"tick", "deliver"})


def tick() -> None:
    """Keep what is due, ring for whatever is to be sent, and say that we are there."""
    kept = _run("tick", _tick)
    ring()
    _beat(kept)


def deliver() -> None:
    """Send what is ready, batch after batch, until nothing is."""
    _run("deliver", _deliver_all)


def reconcile() -> None:
    """Find out what became of texts nobody reported on, then ring for those that have to be sent again."""
    _run("reconcile", reconciling.reconcile)
    ring(planned_once=False)


def collect() -> None:
    """Take in what Twilio has and we lack, then ring for the answers to it."""
    _run("collect", collecting.collect)
    ring(planned_once=False)


def redact() -> None:
    """Have Twilio empty what was said of somebody else."""
    _run("redact", redacting.redact)


def count() -> None:
    """Count what may be shown of yesterday, once a day for each program."""
    _run("count", lambda rt, _: daily_figures.count(rt))


def purge() -> None:
    """Let go of what is no longer needed."""
    _run("purge", lambda rt, _: purging.purge(rt))


def without_queue() -> None:
    """Do the minute's work in this process, while the queue is away: slow, not stopped."""
    kept = _run("tick", _tick)
    try:
        _beat(kept)
    finally:
        _run("deliver", _deliver_all)


def ring(*, planned_once: bool = True) -> None:
    """Put as many deliver jobs on their queue as there are batches to send. A lost bell is rung again next minute."""
    waiting = _runner().run(outbox.waiting(_runtime(planned_once=planned_once)))
    queue = queue_of(DELIVER)
    try:
        for _ in range(min(_MOST_BELLS, -(-waiting // _BATCH)) - len(queue)):
            queue.enqueue("workers.jobs.deliver", job_timeout=_LONGEST, result_ttl=0, failure_ttl=900)
    except RedisError as error:
        log.warning("bell.lost", error=type(error).__name__)


def queue_of(name: str) -> Queue:
    """Return a queue. Payloads are JSON, never pickle; still, whoever can write to Redis can have functions run."""
    return Queue(name, connection=_redis(), serializer=JSONSerializer)


async def _tick(rt: Runtime, gateway: Gateway) -> int:
    await collecting.catch_up(rt, gateway)
    return await clockwork.tick(rt)


async def _deliver_all(rt: Runtime, gateway: Gateway) -> int:
    await collecting.catch_up(rt, gateway)
    return await outbox.deliver_all(rt, gateway, _bucket(), _TURN)


def _beat(kept: int) -> None:
    """Say outside that we are there, unless all that is due fails: then the job does, once all else is done."""
    if not kept:
        _run("tick", lambda rt, _: put_off.look(rt))
    heartbeat.beat(load())


def _run(name: str, work: Callable[[Runtime, Gateway], Awaitable[int]]) -> int:
    async def job() -> int:
        # The queue's own limit would break out of the loop and leave the work behind in it, its transaction open.
        async with asyncio.timeout(_LIMITS[name] - _BEFORE_THE_QUEUE):
            rt = _runtime(planned_once=name in _PLANNED_ONCE)
            # Once a worker runs the secret may be turned over. What it claims and cannot read would fail for good.
            await schema.verify(rt)
            return await work(rt, _gateway())

    try:
        done = _runner().run(job())
    except GatewayError as error:
        log.warning("job.later", job=name, error=str(error))
        return 0
    except Exception as error:
        log.error("job.failed", job=name, error=type(error).__name__)
        raise
    if done:
        log.info("job.done", job=name, count=done)
    return done


# One of each for the life of a worker process; a SimpleWorker runs its jobs one after the other in it.
@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)  # as the web process has


@cache
def _runtime(*, planned_once: bool) -> Runtime:
    logs.configure()
    # A connection for each batch that `deliver` has under way, and a few over.
    return open_runtime(load(), pool=8, planned_once=planned_once)


@cache
def _gateway() -> Gateway:
    return Gateway(load())


# What it counts while Redis is away has to outlast one job.
@cache
def _bucket() -> Bucket:
    # Asked within the loop that also sends: a Redis that hangs must not hold it up. RQ waits for a minute on its own.
    once = Retry(NoBackoff(), 0)
    limits = {"socket_connect_timeout": _BRIEFLY, "socket_timeout": _BRIEFLY}
    return Bucket(Redis.from_url(load().redis_url, retry=once, **limits))


@cache
def _redis() -> Redis:
    return Redis.from_url(load().redis_url, socket_connect_timeout=2, health_check_interval=15)
