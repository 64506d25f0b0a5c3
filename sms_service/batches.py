"""Many requests, one transaction: whatever is waiting when the last batch is done goes into the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeAlias, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

Item = TypeVar("Item")
Result = TypeVar("Result")

Waiting: TypeAlias = tuple[Item, "asyncio.Future[Result]"]

log = structlog.get_logger()

# Somebody whose row is held elsewhere (a send under way) is tried again after a breath, not in a tight loop.
_BREATH = 0.01


class UnavailableError(Exception):
    """The database cannot be reached in time; nothing was kept, and the sender should try again."""


class Batches(Generic[Item, Result]):
    """Gathers items and hands them over in batches, up to `lanes` of them at a time.

    Items of one `key` are never in two batches at once, so that each person's texts are taken in order. Two lanes
    let one batch be worked out while the database writes the other.

    `handle` returns one result an item, or None for an item that has to be offered again. A batch that fails is run
    again item by item, so that one bad item costs nobody else their answer. A batch slower than `seconds` counts as
    an unavailable database, for itself and for all that wait behind it.
    """

    def __init__(
        self,
        handle: Callable[[Sequence[Item]], Awaitable[Sequence[Result | None]]],
        *,
        most: int,
        key: Callable[[Item], Hashable],
        lanes: int = 2,
        seconds: float = 1.5,
    ) -> None:
        self._handle = handle
        self._most = most
        self._seconds = seconds
        self._waiting: deque[Waiting[Item, Result]] = deque()
        self._singly = 0
        self._wake = asyncio.Event()
        self._key = key
        self._lanes = lanes
        self._busy: set[Hashable] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._leaving: set[asyncio.Future[Sequence[Result | None]]] = set()

    def start(self) -> None:
        """Begin to take batches."""
        self._tasks = [asyncio.create_task(self._run()) for _ in range(self._lanes)]

    async def stop(self) -> None:
        """Finish nothing more; whoever still waits is told to try again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._refuse_waiting()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def put(self, item: Item) -> Result:
        """Wait for this item's result. Raises UnavailableError, or what handling the item alone raised."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._wake.set()
        return await future

    async def _run(self) -> None:
        batch: list[Waiting[Item, Result]] = []
        try:
            while True:
                await self._wake.wait()
                batch = self._next()
                if not batch:
                    continue
                keys = {self._key(item) for item, _ in batch}
                self._busy |= keys
                try:
                    await self._settle(batch)
                finally:
                    self._busy -= keys
                    if self._waiting:
                        self._wake.set()
        finally:
            self._offer_again(batch)

    def _next(self) -> list[Waiting[Item, Result]]:
        """Take whatever waits, up to `most`; after a batch that failed, one at a time until its items are through."""
        most = 1 if self._singly else self._most
        self._singly = max(0, self._singly - 1)
        batch: list[Waiting[Item, Result]] = []
        passed: list[Waiting[Item, Result]] = []
        while self._waiting and len(batch) < most:
            one = self._waiting.popleft()
            (passed if self._key(one[0]) in self._busy else batch).append(one)
        self._waiting.extendleft(reversed(passed))
        if not batch or not self._waiting:
            self._wake.clear()
        return batch

    async def _settle(self, batch: Sequence[Waiting[Item, Result]]) -> None:
        """Handle a batch and answer it, or see to it that what has no answer yet is offered again."""
        try:
            results = await self._handle_in_time([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  (the edge of a batch: every waiting request is answered)
            self._settle_failed(batch, error)
            return
        busy = []
        for (item, future), result in zip(batch, results, strict=True):
            if result is None:
                busy.append((item, future))
            elif not future.done():
                future.set_result(result)
        if busy:
            self._offer_again(busy)
            await asyncio.sleep(_BREATH)

    async def _handle_in_time(self, items: Sequence[Item]) -> Sequence[Result | None]:
        """Handle items, or raise TimeoutError once the time is up.

        Parting from a server that hangs takes seconds more, and whoever waits for an answer doesn't have them.
        """
        work = asyncio.ensure_future(self._handle(items))
        self._leaving.add(work)
        work.add_done_callback(self._left)
        try:
            done, _ = await asyncio.wait({work}, timeout=self._seconds)
        finally:
            work.cancel()
        if not done:
            raise TimeoutError
        return work.result()

    def _left(self, work: asyncio.Future[Sequence[Result | None]]) -> None:
        self._leaving.discard(work)
        if not work.cancelled():
            work.exception()  # looked at, so that nobody complains of one that came too late to matter

    def _settle_failed(self, batch: Sequence[Waiting[Item, Result]], error: Exception) -> None:
        if unavailable(error):
            log.warning("batch.unavailable", size=len(batch), error=type(error).__name__)
            self._offer_again(batch)
            self._refuse_waiting()
        elif len(batch) > 1:
            log.warning("batch.one_by_one", size=len(batch), error=type(error).__name__)
            self._singly = len(batch)
            self._offer_again(batch)
        else:
            log.error("batch.failed", error=type(error).__name__)
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)

    def _offer_again(self, batch: Sequence[Waiting[Item, Result]]) -> None:
        """Put items back at the head, so that each person's texts stay in order."""
        self._waiting.extendleft(one for one in reversed(batch) if not one[1].done())
        if self._waiting:
            self._wake.set()

    def _refuse_waiting(self) -> None:
        self._singly = 0
        self._wake.clear()
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
