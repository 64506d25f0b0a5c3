"""What the tests of sending and asking share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway


@pytest.fixture
async def gateway(rt: Runtime) -> AsyncIterator[Gateway]:
    made = Gateway(rt.settings)
    yield made
    await made.close()
