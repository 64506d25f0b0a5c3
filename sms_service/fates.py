"""What became of a planned check-in, and how somebody stands: the same words for everybody whom no fault met.

Whether it went out or was not needed would tell who answered early, is in a hard moment or has been silent for long.
Of a day for which none was planned they are those of the program's rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row

from flows import Rhythm, local, occurrence
from flows.rhythm import Occurrence, of_date
from sms_service import program_pauses
from sms_service.twilio import errors

NO_FAULT = "was sent, waits to be sent or was not needed"
PAUSED = f"was not sent: {program_pauses.REASON}"
CHANGED = "the schedule was changed"
_NO_REASON = "Twilio gave no reason"
_NEVER_KNOWN = "nobody can say whether it was sent"

# Only these reasons are repeated. What is not here was the person's own doing, or would tell of it; that somebody
# rests, has stopped texts or has left is told by how they stand, not by what became of a day.
REASONS = {
    "too late to be of use": "it would have come too late to be of use",
    "quiet hours": "quiet hours",
    CHANGED: "the program's schedule was changed",
    "the number takes no texts": "the number takes no texts",
    "it could not be read": "a fault of this service; the log has it as text.unreadable",
    "it could not be worked out": "a fault of this service; the log has it as appointment.failed",
    "Twilio could not be reached": "Twilio could not be reached",
    "Twilio could not take it yet": "Twilio could not take it yet",
    "Twilio had not got it": "Twilio had not got it",
    "Twilio never had it": "Twilio never took it",
    "no word of it": "no word of it from Twilio",
    _NEVER_KNOWN: _NEVER_KNOWN,
    "the program has not begun": "the program has not begun",
    program_pauses.REASON: program_pauses.REASON,
}
OPEN = ("moved", "left out", "at ", "The clocks")
_KEPT_BACK = {"ready": "waits to be sent", "dropped": "was not sent", "cancelled": "was not sent"}
_FAILED = frozenset({"undelivered", "failed"})


def planned(moved: str) -> str:
    """Say of a check-in whose hour has not come that it is planned, and why not at its usual time if so."""
    return f"is planned, {moved}" if moved else "is planned"


def fate(row: Row[Any], rhythm: Rhythm, *, paused: bool) -> str:
    """Say what became of a check-in: what kept it back, if anything did, and why it was not at its usual time.

    What was due in a pause of the program was kept back by that, whether it would have been needed or not.
    """
    return "; ".join(_fate(row, rhythm, paused=paused))


def _fate(row: Row[Any], rhythm: Rhythm, *, paused: bool) -> Iterator[str]:
    words = _kept_back(row, rhythm.zone) or (PAUSED if paused and row.sent_state is None else "")
    yield words or NO_FAULT
    if row.sent_state in _FAILED and row.sent_reason != _NEVER_KNOWN:
        yield from _instead(row)
    if not (words and row.sent_state is None) and (moved := note(row, rhythm)):
        yield moved


def _kept_back(row: Row[Any], zone: str) -> str:
    """Say what kept a check-in back, or nothing."""
    state = row.sent_state or row.state
    why = reason(row.sent_reason if row.sent_state else row.reason)
    if state in _FAILED:
        if row.sent_reason == _NEVER_KNOWN:
            return _NEVER_KNOWN
        called = " as a call" if row.kind == "call" else ""
        return f"did not arrive{called}: {errors.meaning(row.error_code) if row.error_code else _no_code(row)}"
    if state == "unknown":
        return "is looked for at Twilio"
    if state == "held":
        words = f"is held back until {wall(row.hold_until, zone):%H:%M}"
        return f"{words}: {why}" if why else words
    if not why or state not in _KEPT_BACK:
        return ""
    return f"{_KEPT_BACK[state]}: {why}"


def _instead(row: Row[Any]) -> Iterator[str]:
    """Say what came of a failure. Whether anything came, or a call was taken, would tell of who answered meanwhile."""
    if row.again_state in _FAILED and row.again_kind == "text":
        what = "a second try" if row.kind == "text" else "the text in its place"
        yield f"{what} did not arrive" + (f": {errors.meaning(row.again_code)}" if row.again_code else "")
    elif row.kind == "call":
        if row.error_code is None or errors.fault(row.error_code).action != "dead":
            yield f"what follows it {NO_FAULT}"
    elif row.again_state is not None or row.error_code in errors.codes("once"):
        yield f"a second try {NO_FAULT}"


def note(row: Row[Any], rhythm: Rhythm) -> str:
    """Say why a check-in was not at its usual time: as it was planned, else by the rule.

    What the person did comes in the place of the first.
    """
    if row.state in {"due", "done"} and _open(row.reason):
        return str(row.reason)
    found = occurrence(rhythm, row.occasion)
    return "; ".join(found.notes) if found.due == row.due_at else ""


def by_rule(rhythm: Rhythm, day: date) -> Iterator[str]:
    """Say what the rule, however often it asks somebody, leaves out on a day or moves to it or from it."""
    found = of_date(rhythm, day)
    if found is not None and _unusual(found, rhythm.zone):
        yield by_schedule(found, rhythm.zone)


def taken_away(rhythm: Rhythm, day: date) -> str:
    """Say of a check-in that a change of the schedule took away that it did, and what the rule has there now, if so."""
    return "; ".join([f"{_KEPT_BACK['cancelled']}: {REASONS[CHANGED]}", *by_rule(rhythm, day)])


def none(found: Occurrence | None, zone: str) -> str:
    """Say of a day that none was planned for it, and what the rule left out on it or moved, if so."""
    words = "none was planned for this day"
    return f"{words}; {by_schedule(found, zone)}" if found is not None and _unusual(found, zone) else words


def _unusual(found: Occurrence, zone: str) -> bool:
    """Whether the rule leaves an occasion out, or moves it to another day."""
    return found.due is None or wall(found.due, zone).date() != found.occasion


def by_schedule(found: Occurrence, zone: str) -> str:
    """Say when the rule has something, and why it is not as usual if so."""
    when = [f"{wall(found.due, zone):%a %Y-%m-%d %H:%M}"] if found.due is not None else []
    notes = ["; ".join(found.notes)] if found.notes else []
    return f"by the schedule {', '.join([*when, *notes])}"


def replies(failed: Sequence[Row[Any]]) -> list[str]:
    """Return what failed; that others went out, or that there were none, reads the same."""
    words = {
        f"did not arrive: {errors.meaning(row.error_code)}" if row.error_code else "did not arrive" for row in failed
    }
    return sorted(words) or ["none failed; whether there were any is not told"]


def standing(place: Row[Any], again: str) -> str:
    """Say how somebody stands in a program, and what keeps texts back from everybody in it."""
    said = {"active": "takes part", "paused": "is resting", "left": "has left"}[place.state]
    if place.state == "paused" and place.paused_until is not None:
        said += f" until {wall(place.paused_until, place.zone):%Y-%m-%d}"
    if place.opted_out:
        said += ", has opted out of texts"
    if place.unreachable is not None:
        said += (
            ", number marked as "
            + {"dead": "not in use or refusing texts", "landline": "a landline"}[place.unreachable]
        )
    if again:
        said += f"; {program_pauses.REASON}: {again}"
    if place.stopped_reason is not None:
        said += f"; the sender is stopped ({place.stopped_reason})"
    return said


def _no_code(row: Row[Any]) -> str:
    """Say why something did not arrive of which Twilio gave no code."""
    if row.sent_reason is not None:
        return reason(row.sent_reason) or _NO_REASON
    return str(errors.NO_LINE) if row.kind == "call" else _NO_REASON


def reason(given: str | None) -> str:
    """Return a reason as it may be told, or nothing."""
    return given if given is not None and _open(given) else REASONS.get(given or "", "")


def _open(given: str | None) -> bool:
    """Whether a reason is the program's own, such as a holiday, and can be repeated as it stands."""
    return given is not None and given.startswith(OPEN)


def wall(at: datetime, zone: str) -> datetime:
    """Return a moment by the clocks of a zone."""
    return local(at.astimezone(UTC), zone)
