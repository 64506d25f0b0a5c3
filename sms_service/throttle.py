"""How fast a sender may send: a token bucket per sender, kept in Redis so that all workers share it.

Tokens are segments. A worker asks before it claims, so whoever waits for a token holds no text. While Redis is away
each process keeps a bucket of its own at half the rate: slow, not stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()

_DAY_KEPT = 2 * 86_400
_CAUTION = 0.5
# A Redis that was away is left alone so long, in seconds, or each question would wait for it again.
_LEFT_ALONE = 30.0

# The generic cell rate algorithm: one number a sender, the time in milliseconds at which its bucket is full again.
_TAKE = """
local clock = redis.call('time')
local now = clock[1] * 1000 + clock[2] / 1000
local each, room, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('get', KEYS[1]) or now), now)
local given = math.min(wanted, math.floor((room * each - (full - now)) / each + 0.000001))
if given <= 0 then
    return {0, math.ceil(full - now - (room - 1) * each)}
end
full = full + given * each
redis.call('set', KEYS[1], full, 'px', math.ceil(full - now) + 1000)
return {given, 0}
"""
_CHARGE = """
local clock = redis.call('time')
local now = clock[1] * 1000 + clock[2] / 1000
local full = math.max(tonumber(redis.call('get', KEYS[1]) or now), now) + ARGV[1] * ARGV[2]
if full <= now then
    redis.call('del', KEYS[1])
else
    redis.call('set', KEYS[1], full, 'px', math.ceil(full - now) + 1000)
end
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a sender is allowed: segments a second, and segments a day if there is a limit."""

    sender: str
    per_second: float
    per_day: int | None = None

    @property
    def room(self) -> int:
        """How many segments may go out at once: a second's worth."""
        return max(1, int(self.per_second))


@dataclass(slots=True)
class Bucket:
    """The buckets of all senders. `wait` is in how many seconds the next token comes, of those asked for in vain."""

    redis: Redis
    wait: float | None = None
    _away_until: float = 0.0
    _own: dict[str, float] = field(default_factory=dict)
    _own_day: dict[str, int] = field(default_factory=dict)

    def take(self, pace: Pace, wanted: int) -> int:
        """Return how many segments may be sent now, of those wanted."""
        each = 1000 / pace.per_second
        found = self._ask(lambda redis: redis.eval(_TAKE, 1, _key(pace), each, pace.room, wanted))
        given, wait = self._take_own(pace, wanted) if found is None else found
        if not given:
            seconds = max(0.0, int(wait) / 1000)
            self.wait = seconds if self.wait is None else min(self.wait, seconds)
        return int(given)

    def settle(self, pace: Pace, taken: int, used: int) -> None:
        """Give back the segments that were taken and not used, owe what was more."""
        if used == taken:
            return
        each = 1000 / pace.per_second
        if self._ask(lambda redis: redis.eval(_CHARGE, 1, _key(pace), each, used - taken) or True) is None:
            self._own[pace.sender] = self._own.get(pace.sender, 0.0) + (used - taken) * each / _CAUTION

    def count(self, pace: Pace, real: datetime, used: int, sent: int) -> None:
        """Count for the day what went out of what was used; the rest is given back."""
        self.settle(pace, used, sent)
        day = _day_key(pace, real)
        if sent and self._ask(lambda redis: _add(redis, day, sent)) is None:
            self._own_day[day] = self._own_day.get(day, 0) + sent

    def used_up(self, pace: Pace, real: datetime) -> bool:
        """Whether the day's limit is reached. A day is one of UTC."""
        if pace.per_day is None:
            return False
        day = _day_key(pace, real)
        found = self._ask(lambda redis: redis.get(day) or 0)
        used = self._own_day.get(day, 0) if found is None else int(found)
        return used >= pace.per_day

    def _ask(self, question: Callable[[Redis], Any]) -> Any:
        """Return Redis's answer, None while it is away."""
        if time.monotonic() < self._away_until:
            return None
        try:
            return question(self.redis)
        except RedisError as error:
            self._away_until = time.monotonic() + _LEFT_ALONE
            log.warning("throttle.own", error=type(error).__name__)
            return None

    def _take_own(self, pace: Pace, wanted: int) -> tuple[int, float]:
        each, now = 1000 / pace.per_second / _CAUTION, time.monotonic() * 1000
        full = max(self._own.get(pace.sender, now), now)
        given = min(wanted, int((pace.room * each - (full - now)) / each + 1e-6))
        if given <= 0:
            return 0, full - now - (pace.room - 1) * each
        self._own[pace.sender] = full + given * each
        return given, 0.0


def _add(redis: Redis, key: str, segments: int) -> int:
    with redis.pipeline() as both:
        both.incrby(key, segments)
        both.expire(key, _DAY_KEPT)
        return int(both.execute()[0])


def _key(pace: Pace) -> str:
    return f"pace:{pace.sender}"


def _day_key(pace: Pace, real: datetime) -> str:
    return f"day:{pace.sender}:{int(real.timestamp() // 86_400)}"
