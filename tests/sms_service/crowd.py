"""Many people at once, who all chose the program's own day and hour."""

from __future__ import annotations

from collections.abc import Sequence

from sms_service import inbox
from sms_service.inbox import Inbound
from sms_service.runtime import Runtime
from tests import people


def numbers(count: int, first: int = 0) -> list[str]:
    return [f"+1757556{n:04d}" for n in range(first, first + count)]


async def join(rt: Runtime, these: Sequence[str]) -> None:
    """Have everybody join side by side, a batch for each text."""
    for words in people.JOINING:
        await inbox.take(rt, [Inbound(people.sid(), number, people.SENDER, words) for number in these])
        await people.reach_phones(rt)
