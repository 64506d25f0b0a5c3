"""`python -m workers cron` keeps the minute, `python -m workers work QUEUE` does one queue's jobs."""

from __future__ import annotations

import sys

from rq import SimpleWorker
from rq.serializers import JSONSerializer

from sms_service import logs, schema
from sms_service.batches import unavailable
from sms_service.command import with_runtime
from sms_service.runtime import Runtime, read_ahead
from sms_service.schema import SchemaError
from sms_service.settings import SettingsError, load
from workers import cron, jobs


class _Worker(SimpleWorker):
    """Looks for a queue that was away every few seconds, so that reminders are not a minute late on its return."""

    max_connection_wait_time = 5.0


def work(name: str) -> None:
    """Do one queue's jobs. A worker on several queues can lose a job it has popped, so each has its own."""
    read_ahead()
    queue = jobs.queue_of(name)
    worker = _Worker(
        [queue],
        connection=queue.connection,
        serializer=JSONSerializer,
        worker_ttl=75,
        maintenance_interval=60,
        job_monitoring_interval=15,
    )
    worker.work(logging_level="WARNING")


def verify() -> None:
    """Refuse a database that these secrets cannot read. One that is away is waited for: each job looks again."""

    async def work(rt: Runtime) -> int:
        await schema.verify(rt)
        return 0

    try:
        with_runtime(work)
    except Exception as error:
        if not unavailable(error):
            raise


def main(arguments: list[str]) -> int:
    try:
        load()
        verify()
    except (SettingsError, SchemaError) as error:
        print(error, file=sys.stderr)  # noqa: T201  (before there is a log)
        return 2 if isinstance(error, SettingsError) else 1
    logs.configure()
    match arguments:
        case ["cron"]:
            cron.run()
        case ["work", name] if name in jobs.QUEUES:
            work(name)
        case _:
            print(f"say cron, or work and one of {', '.join(jobs.QUEUES)}", file=sys.stderr)  # noqa: T201
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
