"""Send prepared requests over a number of connections, one at a time on each, and keep every answer's time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """What one run measured: answers a second, times in milliseconds, and how many were not 200."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


class _Connection(asyncio.Protocol):
    """One keep-alive connection that sends its queue of requests in order."""

    def __init__(
        self, queue: Sequence[bytes], times: list[float], statuses: list[int], pause: Callable[[], float] | None
    ) -> None:
        self._pause = pause
        self._queue = iter(queue)
        self._times = times
        self._statuses = statuses
        self._buffer = b""
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark or len(rest) < _length(head):
            return
        self._times.append(time.perf_counter() - self._sent)
        self._statuses.append(int(head[9:12]))
        self._buffer = b""
        if self._pause is None:
            self._next()
        else:
            self.done.get_loop().call_later(self._pause(), self._next)

    def _next(self) -> None:
        request = next(self._queue, None)
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)  # type: ignore[attr-defined]


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def run(port: int, queues: Sequence[Sequence[bytes]], pause: Callable[[], float] | None = None) -> Run:
    """Send each queue over a connection of its own and wait for the last answer. `pause`: seconds before each next."""
    times: list[float] = []
    statuses: list[int] = []
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        (await loop.create_connection(lambda q=queue: _Connection(q, times, statuses, pause), "127.0.0.1", port))[1]
        for queue in queues
    ]
    await asyncio.gather(*(one.done for one in made))
    took = time.perf_counter() - began
    times.sort()
    return Run(
        per_second=len(times) / took,
        p50_ms=1000 * times[len(times) // 2],
        p99_ms=1000 * times[int(len(times) * 0.99)],
        failed=sum(status != 200 for status in statuses) + sum(map(len, queues)) - len(statuses),
    )
