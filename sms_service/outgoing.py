"""Rows for the outbox: why something is said, and the row that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from flows import Say, segments
from sms_service.participants import Participant
from sms_service.runtime import new_id
from sms_service.store.writes import Writes

_REPLY_STALE = timedelta(hours=1)
CRISIS, REPLY, CHECK_IN, REMINDER = 0, 1, 2, 3
# A call stands beside the texts of its cause.
_A_CALL = 90


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is said: a person's text, their call, an appointment that came due, or a call nobody took.

    `now` is the calendar, `real` the real time. `handed` texts go back in the webhook's answer; the others wait in
    the outbox.
    """

    origin: Literal["message", "call", "appointment", "missed call"]
    origin_id: UUID
    now: datetime
    real: datetime
    handed: bool
    priority: int = REPLY
    stale_at: datetime | None = None

    @property
    def asked_for(self) -> bool:
        return self.origin in {"message", "call"}

    @property
    def message(self) -> UUID | None:
        """The text that this is the answer to."""
        return self.origin_id if self.origin == "message" else None


@dataclass(frozen=True, slots=True)
class Said:
    """One text as it was put in the outbox."""

    id: UUID
    text: str


def say(writes: Writes, person: Participant, what: Say, cause: Cause, n: int) -> Said:
    """Put a text in the outbox."""
    row = _row(person, cause, n, what.text)
    row |= {"segments": segments(what.text).count, "asks": what.asks, "wait_minutes": what.wait or None}
    if what.crisis:
        row |= {"priority": CRISIS, "stale_at": None}
    if cause.handed:
        row |= {"state": "handed", "sent_at": cause.real}
    writes.outbox.append(row)
    return Said(row["id"], what.text)


def ring(writes: Writes, person: Participant, cause: Cause) -> None:
    """Have the person called. What the call says is worked out when it is taken."""
    writes.outbox.append(_row(person, cause, _A_CALL, "") | {"kind": "call"})


def _row(person: Participant, cause: Cause, n: int, words: str) -> dict[str, Any]:
    """Return an outbox row that waits to be sent."""
    row = new_id()
    return {
        "id": row,
        "participant_id": person.id,
        "enrolment_id": person.enrolment.id if person.enrolment else None,
        "sender": person.sender,
        "kind": "text",
        "asked_for": cause.asked_for,
        "priority": cause.priority,
        "body": person.answers.seal(words, "outbox.body", row) if person.answer_key else None,
        "segments": 1,
        "origin": cause.origin,
        "origin_id": cause.origin_id,
        "n": n,
        "asks": False,
        "wait_minutes": None,
        "state": "ready",
        "reason": None,
        "created_at": cause.now,
        "next_attempt_at": cause.real,
        "stale_at": cause.stale_at or cause.now + _REPLY_STALE,
        "sent_at": None,
    }
