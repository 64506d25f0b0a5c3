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

ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""States of a call that is over."""


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


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing that happened on the line: by the service (say, play, pause, dial), or by the person.

    The person's are press, speech and silence; `text` is empty for a silence and for a pause.
    """

    kind: Literal["say", "play", "pause", "dial", "press", "speech", "silence"]
    text: str = ""
    language: str = ""
    voice: str = ""
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document that the service answered with, as it was written; `error` is Twilio's code, if any."""

    url: str
    source: str
    error: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One telephone call; `waits` are the attributes of the Gather that waits for the person.

    No time passes for pauses and for waiting; `paused` and `waited` count the seconds that would have.
    """

    sid: str
    seq: int
    direction: Direction
    sender: str
    recipient: str
    status: str
    created: datetime
    updated: datetime
    spoken: tuple[Spoken, ...] = ()
    documents: tuple[Sheet, ...] = ()
    waits: dict[str, str] | None = None
    paused: int = 0
    waited: int = 0
    answered_by: str = ""
    duration: int | None = None
    version: int = 0

    @property
    def phone(self) -> str:
        return self.sender if self.direction == "inbound" else self.recipient

    @property
    def words(self) -> tuple[str, ...]:
        """What was said to the person, in order."""
        return tuple(part.text for part in self.spoken if part.kind == "say")

    @property
    def over(self) -> bool:
        return self.status in ENDED


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
