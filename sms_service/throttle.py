"""How fast a sender may send: a token bucket per sender, kept in Redis so that all workers share it.

Tokens are segments. A worker asks before it claims, so whoever waits for a token holds no text. While Redis is away
each process keeps a bucket of its own at half the rate: slow, not stopped.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import structlog
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()

_DAY_KEPT = 2 * 86_400
_CAUTION = 0.5

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
redis.call('incrby', KEYS[2], ARGV[3])
redis.call('expire', KEYS[2], ARGV[4])
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
    _own: dict[str, float] = field(default_factory=dict)
    _own_day: dict[str, int] = field(default_factory=dict)

    def take(self, pace: Pace, wanted: int) -> int:
        """Return how many segments may be sent now, of those wanted."""
        each = 1000 / pace.per_second
        try:
            given, wait = self.redis.eval(_TAKE, 1, _key(pace), each, pace.room, wanted)
        except RedisError as error:
            log.warning("throttle.own", error=type(error).__name__)
            given, wait = self._take_own(pace, wanted)
        if not given:
            seconds = max(0.0, int(wait) / 1000)
            self.wait = seconds if self.wait is None else min(self.wait, seconds)
        return int(given)

    def settle(self, pace: Pace, taken: int, used: int) -> None:
        """Count what was really sent: give back what was not used, owe what was more."""
        each = 1000 / pace.per_second
        try:
            self.redis.eval(_CHARGE, 2, _key(pace), _day_key(pace), each, used - taken, used, _DAY_KEPT)
        except RedisError:
            self._own[pace.sender] = self._own.get(pace.sender, 0.0) + (used - taken) * each / _CAUTION
            self._own_day[_day_key(pace)] = self._own_day.get(_day_key(pace), 0) + used

    def used_up(self, pace: Pace) -> bool:
        """Whether the day's limit is reached. A day is one of UTC."""
        if pace.per_day is None:
            return False
        try:
            used = int(self.redis.get(_day_key(pace)) or 0)
        except RedisError:
            used = self._own_day.get(_day_key(pace), 0)
        return used >= pace.per_day

    def _take_own(self, pace: Pace, wanted: int) -> tuple[int, float]:
        each, now = 1000 / pace.per_second / _CAUTION, time.monotonic() * 1000
        full = max(self._own.get(pace.sender, now), now)
        given = min(wanted, int((pace.room * each - (full - now)) / each + 1e-6))
        if given <= 0:
            return 0, full - now - (pace.room - 1) * each
        self._own[pace.sender] = full + given * each
        return given, 0.0


def _key(pace: Pace) -> str:
    return f"pace:{pace.sender}"


def _day_key(pace: Pace) -> str:
    return f"day:{pace.sender}:{int(time.time() // 86_400)}"
