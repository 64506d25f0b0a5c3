"""What follows without a word being said, in words: an answer kept, a setting changed, a break text planned."""

from __future__ import annotations

from flows.schedule import day_name
from flows.turn import (
    CloseCheckIn,
    Consent,
    Effect,
    Enrol,
    Erase,
    Escalate,
    Forget,
    OptIn,
    OptOut,
    Pause,
    Plan,
    Resume,
    Ring,
    Risk,
    Save,
    Set,
    Snooze,
    Unplan,
    Withdraw,
)

_PLAINLY: dict[type, str] = {
    Withdraw: "no call after all",
    Forget: "this text is emptied, here and at Twilio",
    Enrol: "enrolled",
    OptOut: "opted out",
    OptIn: "opted in",
    Resume: "the pause is over",
    Ring: "a call is placed",
}


def note(effect: Effect, *more: Effect) -> str:
    """Return what an effect does, as a person would say it. With `more`, what is planned at several times at once."""
    match effect:
        case Save():
            return f"kept: {effect.name} {effect.answer}"
        case CloseCheckIn():
            return f"the check-in is closed, {'and counts' if effect.week else 'with no answers'}"
        case Set():
            return f"changed: {effect.name} is {_said(effect)}"
        case Consent():
            return f"consent kept: {effect.kind}, {effect.answer}"
        case Risk():
            return f"risk heard, level {effect.level}: reminders stop, nothing cheerful is asked"
        case Escalate():
            return f"the support lead is to call: {effect.how}"
        case Plan():
            last = more[-1] if more else effect
            until = f" to {last.at:%a %d %b %H:%M}, {len(more) + 1} times" if isinstance(last, Plan) and more else ""
            return f"planned: {effect.flow}, {effect.at:%a %d %b %H:%M}{until}"
        case Unplan():
            kinds = dict.fromkeys(kind.rstrip("-123") for kind in effect.kinds)  # three a day are one thing
            return f"no longer planned: {', '.join(kinds)}"
        case Pause():
            return f"paused until {effect.until:%a %d %b}"
        case Snooze():
            return f"put off until {effect.until:%a %d %b %H:%M}" if effect.until else "left for the next check-in"
        case Erase():
            return "everything is erased" if effect.everything else "past answers are erased"
        case _:
            return _PLAINLY[type(effect)]


def _said(change: Set) -> int | str:
    if change.name == "pin":
        return "a new one"
    if isinstance(change.value, bool):
        return "yes" if change.value else "no"
    return day_name(change.value, "en") if change.name == "day" and isinstance(change.value, int) else change.value
