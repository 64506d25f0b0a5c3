"""What the tests of sending and asking share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway


@pytest.fixture
def gateway(rt: Runtime) -> Iterator[Gateway]:
    made = Gateway(rt.settings)
    yield made
    made.close()
