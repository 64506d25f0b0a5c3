"""Many requests, one transaction: whatever is waiting when the last batch is done goes into the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

Item = TypeVar("Item")
Result = TypeVar("Result")

log = structlog.get_logger()

# Somebody whose row is held elsewhere (a send under way) is tried again after a breath, not in a tight loop.
_BREATH = 0.01


class UnavailableError(Exception):
    """The database cannot be reached in time; nothing was kept, and the sender should try again."""


class Batches(Generic[Item, Result]):
    """Gathers items and hands them over in batches, one batch at a time.

    `handle` returns one result an item, or None for an item that has to be offered again. A batch that fails is run
    again item by item, so that one bad item costs nobody else their answer. A batch slower than `seconds` counts as
    an unavailable database, for itself and for all that wait behind it.
    """

    def __init__(
        self,
        handle: Callable[[Sequence[Item]], Awaitable[Sequence[Result | None]]],
        *,
        most: int,
        seconds: float = 1.7,
    ) -> None:
        self._handle = handle
        self._most = most
        self._seconds = seconds
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to take batches."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Finish nothing more; whoever still waits is told to try again."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._refuse_waiting()

    async def put(self, item: Item) -> Result:
        """Wait for this item's result. Raises UnavailableError, or what handling the item alone raised."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._wake.set()
        return await future

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            if not self._waiting:
                self._wake.clear()
            again = await self._settle(batch)
            if again:
                self._waiting.extendleft(reversed(again))
                self._wake.set()
                await asyncio.sleep(_BREATH)

    async def _settle(
        self, batch: list[tuple[Item, asyncio.Future[Result]]]
    ) -> list[tuple[Item, asyncio.Future[Result]]]:
        """Handle a batch and answer it; return what has to be offered again."""
        try:
            async with asyncio.timeout(self._seconds):
                results = await self._handle([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  (the edge of a batch: every waiting request is answered)
            return await self._settle_failed(batch, error)
        again = []
        for (item, future), result in zip(batch, results, strict=True):
            if result is None:
                again.append((item, future))
            elif not future.done():
                future.set_result(result)
        return again

    async def _settle_failed(
        self, batch: list[tuple[Item, asyncio.Future[Result]]], error: Exception
    ) -> list[tuple[Item, asyncio.Future[Result]]]:
        if unavailable(error):
            log.warning("batch.unavailable", size=len(batch), error=type(error).__name__)
            self._waiting.extendleft(reversed(batch))
            self._refuse_waiting()
            return []
        if len(batch) == 1:
            log.error("batch.failed", error=type(error).__name__)
            if not batch[0][1].done():
                batch[0][1].set_exception(error)
            return []
        log.warning("batch.one_by_one", size=len(batch), error=type(error).__name__)
        again = []
        for one in batch:
            again.extend(await self._settle([one]))
        return again

    def _refuse_waiting(self) -> None:
        while self._waiting:
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_exception(UnavailableError())


def unavailable(error: BaseException) -> bool:
    """Whether an error means that the database is away, rather than that something is wrong with the work."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error.orig, OSError) or _going_away(error)
    return isinstance(error, OSError | TimeoutError | PoolTimeout)


def _going_away(error: DBAPIError) -> bool:
    """SQLSTATE classes 08 (connection), 53 (resources, disk full), 57P (shutdown), and 25006 (read only)."""
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return state.startswith(("08", "53", "57P")) or state == "25006" or "connection is closed" in str(error.orig)
