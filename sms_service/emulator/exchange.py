"""The telephone exchange: the settings, the memory, the wire to the service and the work in progress."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime

import httpx

from sms_service.emulator.memory import Memory
from sms_service.emulator.settings import Settings

log = logging.getLogger(__name__)

# httpx slows down as one pool grows, so the status callbacks share a few lines.
CALLBACK_LINES = 10


class Exchange:
    """What every part of the emulator is handed."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient, now: Callable[[], datetime]) -> None:
        self.settings = settings
        self.http = http
        self.now = now
        self.memory = Memory(settings, now)
        self.callback_lines = asyncio.Semaphore(CALLBACK_LINES)
        self._gate = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Do something beside the request that asked for it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("emulator.work_failed", exc_info=error)

    async def hold(self, seconds: float) -> None:
        """Wait as a message in a slow sender's queue does, until `release`."""
        gate = self._gate
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await gate.wait()

    def release(self) -> None:
        """Let every held message go now."""
        self._gate.set()
        self._gate = asyncio.Event()

    async def reset(self) -> None:
        """Drop all work in progress and forget everything."""
        await self.close()
        self.memory.clear()

    async def close(self) -> None:
        """Stop all work in progress."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
