"""What the tests of sending and asking share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from redis import Redis

from sms_service.runtime import Runtime
from sms_service.settings import Settings
from sms_service.throttle import Bucket
from sms_service.twilio.client import Gateway
from tests import people


@pytest.fixture
async def gateway(rt: Runtime) -> AsyncIterator[Gateway]:
    made = Gateway(rt.settings)
    yield made
    await made.close()


@pytest.fixture
def bucket(settings: Settings) -> Iterator[Bucket]:
    """The senders' buckets, as nobody has taken from them."""
    redis = Redis.from_url(settings.redis_url)
    redis.flushdb()
    yield Bucket(redis)
    redis.close()


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    """Ada has joined on a Monday, three days before her first check-in."""
    await people.program(rt)
    await people.move_to(rt, datetime(2026, 11, 30, 15, 0, tzinfo=UTC))
    await people.join(rt)
    return rt
