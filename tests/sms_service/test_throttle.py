"""A sender's pace: no more than its segments a second, by whomever, and slower but not stopped without Redis."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sms_service.settings import Settings
from sms_service.throttle import Bucket, Pace

NOW = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
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


@pytest.fixture
def hanging() -> Iterator[Redis]:
    """Takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        redis = Redis.from_url(url, socket_connect_timeout=0.2, socket_timeout=0.2, retry=Retry(NoBackoff(), 0))
        yield redis
        redis.close()


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
    bucket.count(pace, NOW, used=4, sent=4)
    assert not bucket.used_up(pace, NOW)
    bucket.count(pace, NOW, used=9, sent=1)
    assert bucket.used_up(pace, NOW)
    assert not bucket.used_up(FAST, NOW)


@pytest.mark.parametrize("there", [True, False], ids=["with Redis", "without"])
def test_a_new_day_of_utc_begins_a_new_count(redis: Redis, nowhere: Redis, there: bool) -> None:
    bucket, pace = Bucket(redis if there else nowhere), Pace("+17575550104", 100.0, per_day=5)
    bucket.count(pace, NOW, used=5, sent=5)
    assert bucket.used_up(pace, NOW + timedelta(seconds=59))
    assert not bucket.used_up(pace, NOW + timedelta(minutes=1))
    bucket.count(pace, NOW + timedelta(minutes=1), used=5, sent=5)
    assert bucket.used_up(pace, NOW + timedelta(minutes=1))


def test_without_redis_each_process_goes_on_at_half_the_pace(nowhere: Redis) -> None:
    bucket = Bucket(nowhere)
    assert bucket.take(SLOW, 5) == 1
    assert bucket.take(SLOW, 5) == 0
    assert bucket.wait == pytest.approx(200, abs=1)
    bucket.count(SLOW, NOW, used=1, sent=1)
    assert bucket.used_up(Pace(SLOW.sender, 1.0, per_day=1), NOW)


def test_what_did_not_go_out_gives_its_tokens_back(redis: Redis) -> None:
    bucket, pace = Bucket(redis), Pace("+17575550103", 3.0, per_day=9)
    assert bucket.take(pace, 3) == 3
    bucket.settle(pace, taken=3, used=3)
    bucket.count(pace, NOW, used=3, sent=0)
    assert bucket.take(pace, 3) == 3
    assert not bucket.used_up(pace, NOW)


def test_a_redis_that_hangs_is_waited_for_once(hanging: Redis) -> None:
    """Otherwise each question would hold up the loop that also sends."""
    bucket = Bucket(hanging)
    with structlog.testing.capture_logs() as said:
        assert bucket.take(SLOW, 5) == 1
        bucket.settle(SLOW, taken=1, used=2)
        bucket.count(SLOW, NOW, used=1, sent=1)
        assert bucket.take(SLOW, 1) == 0
        assert bucket.used_up(Pace(SLOW.sender, 1.0, per_day=1), NOW)
    assert [one["event"] for one in said] == ["throttle.own"]
