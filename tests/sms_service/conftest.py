"""What the tests of sending and asking share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from redis import Redis

from sms_service.runtime import Runtime
from sms_service.settings import Settings
from sms_service.throttle import Bucket
from sms_service.twilio.client import Gateway


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
