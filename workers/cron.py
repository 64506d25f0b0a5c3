"""Ring for a tick once a minute. Any number of these may run: the job's id lets only one of them through."""

from __future__ import annotations

import signal
import threading
import time

import structlog
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError

from sms_service import logs
from workers import jobs

log = structlog.get_logger()

_EVERY = 60
_JOBS = ("tick", "collect", "redact")
# Without a failure_ttl the id of a job that failed would be refused for a year.
_KEPT = 900


def run() -> None:
    """Ring at the start and then each minute until told to stop. While Redis is away, try every second."""
    logs.configure()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    rung = -1
    while not stop.is_set():
        minute = int(time.time() // _EVERY)
        if minute != rung and ring(minute):
            rung = minute
        stop.wait(1)


def ring(minute: int) -> bool:
    """Enqueue this minute's jobs; whether that worked. A minute that another clock has rung is fine."""
    try:
        queue = jobs.queue_of(jobs.TICK)
        for job in _JOBS:
            _enqueue(queue, job, f"{job}-{minute}")
    except RedisError as error:
        log.warning("cron.no_queue", error=type(error).__name__)
        return False
    return True


def _enqueue(queue: Queue, job: str, job_id: str) -> None:
    try:
        queue.enqueue(
            f"workers.jobs.{job}", job_id=job_id, unique=True, job_timeout=600, result_ttl=_KEPT, failure_ttl=_KEPT
        )
    except DuplicateJobError:
        log.debug("cron.rung_already", job=job)
