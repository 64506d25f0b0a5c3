"""A call while it lasts: where its document came from, what of it is still to be done, and whom to tell."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sms_service.emulator.voice import Document, Verb

if TYPE_CHECKING:
    from sms_service.emulator.asking import Asked


@dataclass(slots=True, kw_only=True)
class Line:
    """The open line of one call; `asked` is what the last step asked of the service.

    `events` are those that `callback` is told of; `held` are those that a fault keeps back.
    """

    sid: str
    url: str
    fallback: str = ""
    twiml: str = ""
    callback: str | None = None
    events: frozenset[str] = frozenset()
    detection: str = ""
    answered: datetime | None = None
    verbs: list[Verb] = field(default_factory=list)
    gather: Verb | None = None
    digits: str = ""
    endless: bool = False
    fetched: int = 0
    told: int = 0
    held: list[dict[str, str]] = field(default_factory=list)
    asked: list[Asked[Document]] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def busy(self) -> bool:
        """Say whether the document goes no further by itself."""
        return self.gather is not None or self.endless

    def clear(self) -> None:
        """Leave nothing to be done."""
        self.verbs, self.gather, self.digits, self.endless = [], None, "", False
