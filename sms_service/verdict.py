"""Whether a text may still be sent: decided from what is true now, not from what was true when it was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from flows import lawful_to, lawful_until, quiet_from, quiet_until
from sms_service import appointments, parting, program_pauses
from sms_service.outgoing import CRISIS
from sms_service.program_settings import stored_settings

# What comes when the person said: their check-in, and what they put off until then.
_AT_THEIR_HOUR = frozenset({"check-in", "snooze"})
_STILL_ON_TIME = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a claimed row: send it, drop it for a reason, or hold it back `until` a moment.

    What is sent may have to be with the carrier `by` a moment, because quiet hours begin then.
    """

    send: bool = False
    reason: str | None = None
    until: datetime | None = None
    by: datetime | None = None


def judge(row: Row[Any], now: datetime) -> Verdict:
    """Judge a participant's row. The reason stands in clear, so it never tells what was answered.

    After a cry for help nothing cheerful comes, a question that was asked for neither. What waits then and was not
    asked for is dropped at once; this is what was claimed already, was looked for at Twilio, or is a copy.
    """
    if row.answer_key is None or row.contact_key is None or row.body is None:
        return Verdict(reason="erased")
    if row.opted_out and not (row.asked_for and row.priority == CRISIS and row.opt_out_mode == "ours"):
        return Verdict(reason="opted out")
    if row.stale_at is not None and row.stale_at <= now:
        return Verdict(reason="too late to be of use")
    if row.unreachable is not None and row.priority != CRISIS and row.kind == "text":
        return Verdict(reason="the number takes no texts")
    if row.in_danger_since and row.priority != CRISIS:
        return Verdict(reason="no longer needed")
    if row.asked_for and row.asked_no_more and row.priority != CRISIS:
        # Something was said since, in a text or a call: an answer would be taken for one to what is open by now.
        return Verdict(reason="no longer needed")
    if row.asked_for:
        return Verdict(send=True)
    return _judge_invitation(row, now) if row.invited else _judge_unasked(row, now)


def _judge_invitation(row: Row[Any], now: datetime) -> Verdict:
    """Judge the one text that asks for the keyword. Whoever is in, or has texted meanwhile, needs none."""
    if row.in_touch or row.heard_at > row.created_at:
        return Verdict(reason="no longer needed")
    chosen, at = stored_settings(row.settings), now.astimezone(UTC)
    hours = (chosen.quiet_start, chosen.quiet_end)
    until = quiet_until(at, chosen.zone, *hours) or lawful_until(at, chosen.zone, chosen.region)
    if until is not None:
        return Verdict(until=until, reason="quiet hours")
    return _send(quiet_from(at, chosen.zone, *hours), lawful_to(at, chosen.zone, chosen.region))


def _judge_unasked(row: Row[Any], now: datetime) -> Verdict:
    # That somebody is out of the program is said to who has left.
    if row.enrolment_state != "active" and row.origin != parting.ORIGIN:
        return Verdict(reason="paused" if row.enrolment_state == "paused" else "left")
    if _overtaken(row):
        return Verdict(reason="no longer needed")
    chosen, at = stored_settings(row.settings), now.astimezone(UTC)
    if row.appointment in appointments.HELD and program_pauses.holds(chosen, now):
        return Verdict(reason=program_pauses.REASON)
    hours = (row.quiet_start, row.quiet_end) if row.quiet_start else (chosen.quiet_start, chosen.quiet_end)
    quiet = quiet_until(at, row.zone, *hours)
    if quiet is not None and not _chosen(row, now, hours):
        return Verdict(until=quiet, reason="quiet hours")
    # The person's own choice wins over the program's quiet hours, and the law over both.
    lawful = lawful_until(at, row.zone, chosen.region)
    if lawful is not None:
        return Verdict(until=lawful, reason="quiet hours")
    begins = quiet_from(at, row.zone, *hours) if quiet is None else row.due_at + _STILL_ON_TIME
    return _send(begins, lawful_to(at, row.zone, chosen.region))


def _send(*limits: datetime | None) -> Verdict:
    return Verdict(send=True, by=min((limit for limit in limits if limit is not None), default=None))


def _chosen(row: Row[Any], now: datetime, hours: tuple[str, str]) -> bool:
    """Whether the person chose this hour within quiet hours, and it is not late, after an outage."""
    if row.appointment not in _AT_THEIR_HOUR or now - row.due_at > _STILL_ON_TIME:
        return False
    return quiet_until(row.due_at.astimezone(UTC), row.zone, *hours) is not None


def _overtaken(row: Row[Any]) -> bool:
    """Whether the person has begun by themselves what this text would ask, or remind them of."""
    if row.appointment in _AT_THEIR_HOUR:
        return bool(row.kept or row.asked_since)
    if row.origin == parting.ORIGIN:
        return bool(row.heard_at > row.created_at)
    return str(row.appointment).startswith("reminder") and row.heard_at > row.created_at
