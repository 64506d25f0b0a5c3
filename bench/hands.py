"""More processes that work, as a deployment has more than one worker: told over a pipe when there is work."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from redis import Redis

from bench.standin import ROOT, run
from sms_service import clockwork, logs, outbox
from sms_service.runtime import Runtime, open_runtime, read_ahead
from sms_service.settings import Settings
from sms_service.throttle import Bucket
from sms_service.twilio.client import Gateway

_POOL = 12
_TURN = timedelta(minutes=2)


class Hand:
    """One such process. `send` has it deliver until nothing is left, `tick` keep what is due."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def send(self) -> None:
        """Send what is ready. Raises RuntimeError if the process has ended."""
        await self._do(b"send")

    async def tick(self) -> None:
        """Keep what is due. Raises RuntimeError if the process has ended."""
        await self._do(b"tick")

    async def _do(self, what: bytes) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(what + b"\n")
        if not await self._process.stdout.readline():
            raise RuntimeError("a process that works beside this one has ended")


@asynccontextmanager
async def hands(settings: Settings, count: int) -> AsyncIterator[list[Hand]]:
    """Have this many of them for the length of a block."""
    command = (sys.executable, "-m", "bench.hands")
    processes = [
        await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=ROOT) for _ in range(count)
    ]
    try:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(json.dumps(settings.model_dump(mode="json")).encode() + b"\n")
        yield [Hand(process) for process in processes]
    finally:
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()


async def deliver_all(rt: Runtime, gateway: Gateway, bucket: Bucket) -> None:
    """Send until nothing is left, as the worker's job does. Raises RuntimeError where a sender is held to its pace."""
    await outbox.deliver_all(rt, gateway, bucket, _TURN)
    if bucket.wait is not None:
        raise RuntimeError("a sender has no token left; its pace has to be higher than anything that comes")


async def _lend() -> None:
    settings = Settings(**json.loads(sys.stdin.readline()))
    rt, gateway = open_runtime(settings, pool=_POOL, planned_once=True), Gateway(settings)
    bucket = Bucket(Redis.from_url(settings.redis_url))
    loop = asyncio.get_running_loop()
    try:
        while what := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            await (clockwork.tick(rt) if what == "tick" else deliver_all(rt, gateway, bucket))
            print(flush=True)
    finally:
        bucket.redis.close()
        await gateway.close()
        await rt.close()


if __name__ == "__main__":
    logs.configure()
    read_ahead()
    run(_lend())
