"""What the pretend Twilio remembers: messages, calls and the troubles it met."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sms_service.emulator.segments import Size, measure

Direction = Literal["inbound", "outbound-api", "outbound-reply", "outbound-call"]

SETTLED = frozenset({"sent", "delivered", "undelivered", "failed", "received", "canceled", "read"})
"""States in which a message may be emptied or deleted."""

UNSENT = frozenset({"failed", "undelivered", "canceled"})
"""States of a message that no phone ever shows."""


def new_sid(prefix: str) -> str:
    """Make an identifier as Twilio's are: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text, from a phone or to one.

    `body` is what the phone shows; `kept` is what Twilio still holds: empty when redacted, None when deleted.
    `seq` counts messages, `version` counts every change of anything.
    """

    sid: str
    seq: int
    direction: Direction
    sender: str
    recipient: str
    body: str
    kept: str | None
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    service_sid: str | None = None
    callback: str | None = None
    validity: float | None = None
    media: tuple[str, ...] = ()
    error_code: int | None = None
    answered: bool = False
    version: int = 0

    @property
    def phone(self) -> str:
        return self.sender if self.direction == "inbound" else self.recipient

    @property
    def line(self) -> str:
        """The service's number."""
        return self.recipient if self.direction == "inbound" else self.sender

    @property
    def size(self) -> Size:
        return measure(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One telephone call; `words` is what the service's TwiML would have said."""

    sid: str
    seq: int
    direction: Direction
    sender: str
    recipient: str
    status: str
    created: datetime
    updated: datetime
    words: tuple[str, ...] = ()
    duration: int | None = None
    version: int = 0

    @property
    def phone(self) -> str:
        return self.sender if self.direction == "inbound" else self.recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that went wrong on the service's side or was refused, for the page and for scripts."""

    seq: int
    at: datetime
    code: int
    text: str
    phone: str
    sid: str | None
    url: str | None
    version: int
