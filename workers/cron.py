"""Ring for a tick once a minute. Any number of these may run: the job's id lets only one of them through."""

from __future__ import annotations

import signal
import threading
import time

import structlog
from redis.exceptions import RedisError
from rq.exceptions import DuplicateJobError

from sms_service import logs
from workers import jobs

log = structlog.get_logger()

_EVERY = 60
# Without a failure_ttl the id of a job that failed would be refused for a year.
_KEPT = 900
# A job that no worker took is let go after this many seconds: the next one does the same, and hours of them pile up.
_LEAST_WAIT = 120


def run() -> None:
    """Ring at the start and then each minute until told to stop.

    While Redis is away, try every second, and do the minute's work here.
    """
    logs.configure()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    rung = worked = int(time.time() // _EVERY) - 1
    first = True
    while not stop.is_set():
        minute = int(time.time() // _EVERY)
        if minute != rung and ring(minute, first=first):
            rung, first = minute, False
        elif minute not in {rung, worked}:
            worked = minute
            keep_alone()
        stop.wait(1)


def keep_alone() -> None:
    """Keep people's appointments without the queue; what fails now is due again next minute."""
    try:
        jobs.without_queue()
    except Exception as error:  # noqa: BLE001  (the outer edge of a job, which has logged it; the clock goes on)
        log.error("cron.alone_failed", error=type(error).__name__)


def ring(minute: int, *, first: bool = False) -> bool:
    """Enqueue this minute's jobs, every job as the `first`; whether that worked. What another clock rang is fine."""
    try:
        for job in jobs.RUNG:
            if first or minute % job.every == 0:
                _enqueue(job, minute)
    except RedisError as error:
        log.warning("cron.no_queue", error=type(error).__name__)
        return False
    return True


def _enqueue(job: jobs.Job, minute: int) -> None:
    try:
        jobs.queue_of(job.queue).enqueue(
            f"workers.jobs.{job.name}",
            job_id=f"{job.name}-{minute}",
            unique=True,
            job_timeout=job.longest,
            ttl=max(_LEAST_WAIT, job.every * _EVERY),
            result_ttl=_KEPT,
            failure_ttl=_KEPT,
        )
    except DuplicateJobError:
        log.debug("cron.rung_already", job=job.name)
