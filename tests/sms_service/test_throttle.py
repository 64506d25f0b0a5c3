"""A sender's pace: no more than its segments a second, by whomever, and slower but not stopped without Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from sms_service.settings import Settings
from sms_service.throttle import Bucket, Pace

SLOW, FAST = Pace("+17575550100", 0.01), Pace("+17575550101", 500.0)


@pytest.fixture
def redis(settings: Settings) -> Iterator[Redis]:
    made = Redis.from_url(settings.redis_url)
    made.flushdb()
    yield made
    made.close()


@pytest.fixture
def nowhere() -> Redis:
    return Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)


def test_a_second_worth_of_segments_is_given_at_once(redis: Redis) -> None:
    assert Bucket(redis).take(FAST, 10_000) == 500


def test_what_one_worker_took_another_does_not_get(redis: Redis) -> None:
    first, second = Bucket(redis), Bucket(redis)
    assert first.take(SLOW, 5) == 1
    assert second.take(SLOW, 5) == 0
    assert second.wait == pytest.approx(100, abs=1)


def test_what_was_not_used_is_given_back(redis: Redis) -> None:
    bucket = Bucket(redis)
    assert bucket.take(SLOW, 1) == 1
    bucket.settle(SLOW, taken=1, used=0)
    assert bucket.take(SLOW, 1) == 1


def test_a_text_of_three_segments_is_owed(redis: Redis) -> None:
    bucket = Bucket(redis)
    assert bucket.take(SLOW, 1) == 1
    bucket.settle(SLOW, taken=1, used=3)
    assert bucket.take(SLOW, 1) == 0
    assert bucket.wait == pytest.approx(300, abs=1)


def test_one_sender_does_not_slow_another(redis: Redis) -> None:
    bucket = Bucket(redis)
    bucket.take(SLOW, 1)
    assert bucket.take(FAST, 3) == 3


def test_a_days_limit_is_counted_in_segments(redis: Redis) -> None:
    bucket, pace = Bucket(redis), Pace("+17575550102", 100.0, per_day=5)
    bucket.settle(pace, taken=4, used=4)
    assert not bucket.used_up(pace)
    bucket.settle(pace, taken=1, used=1)
    assert bucket.used_up(pace)
    assert not bucket.used_up(FAST)


def test_without_redis_each_process_goes_on_at_half_the_pace(nowhere: Redis) -> None:
    bucket = Bucket(nowhere)
    assert bucket.take(SLOW, 5) == 1
    assert bucket.take(SLOW, 5) == 0
    assert bucket.wait == pytest.approx(200, abs=1)
    bucket.settle(SLOW, taken=1, used=1)
    assert bucket.used_up(Pace(SLOW.sender, 1.0, per_day=1))
