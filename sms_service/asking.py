"""Ask Twilio for several things at once: what it refuses stops nothing else, and with Twilio away the asking ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sms_service.twilio.client import GatewayError

AT_ONCE = 8
_AWAY_AFTER = 5
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Asking:
    """One turn of asking. `failed` is the last question's error that had no answer, raised when all else is done."""

    failed: GatewayError | None = None
    _in_a_row: int = 0

    @property
    def away(self) -> bool:
        """Whether so many questions in a row had no answer that nothing more is asked in this turn."""
        return self._in_a_row >= _AWAY_AFTER

    async def several(self, questions: Sequence[Callable[[], Answer]]) -> list[Answer | None]:
        """Return the answers in order, None where there was none. At most AT_ONCE questions are to be asked so."""
        answers = await asyncio.gather(*(asyncio.to_thread(one) for one in questions), return_exceptions=True)
        return [self._noted(one) for one in answers]

    def _noted(self, answer: Answer | BaseException) -> Answer | None:
        if isinstance(answer, GatewayError):
            self.failed = answer
            self._in_a_row += 1
            return None
        if isinstance(answer, BaseException):
            raise answer
        self._in_a_row = 0
        return answer
