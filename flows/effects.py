"""What a flow's `do:` does: each word of it is one entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta

from flows import filling
from flows.chosen import break_hours, hour_chosen, lawful, leaves_room, settings
from flows.coming import overtaken, snoozed
from flows.context import Setting
from flows.flow import Answer
from flows.turn import Enrol, Erase, Escalate, Forget, Pause, Plan, Ring, Set, Snooze, Unplan, Withdraw
from flows.walk import Walk, close, opt_out

SETTINGS: Mapping[str, frozenset[str]] = {
    "by": frozenset({"phone", "text"}),
    "contact": frozenset(),
    "day": frozenset(),
    "discreet": frozenset({"yes", "no"}),
    "express": frozenset({"yes", "no"}),
    "frequency": frozenset({"weekly", "monthly"}),
    "group": frozenset(),
    "pin": frozenset(),
    "quiet": frozenset(),
    "time": frozenset(),
    "zone": frozenset(),
}
"""What `do: [set ...]` may set, and the values that may be named there: `set frequency monthly`."""

NUDGES = ("nudge-1", "nudge-2", "nudge-3")
_NUDGE_DAYS = 5
_SATURDAY = 5


def do(walk: Walk, effect: str, value: Answer | None) -> None:
    """Do one word of a state's `do:`. Unknown words were refused when the flow was checked."""
    name, _, argument = effect.partition(" ")
    if name != "set":
        _EFFECTS[name](walk)
        return
    setting, _, fixed = argument.partition(" ")
    chosen = fixed or value
    if setting == "quiet" and not leaves_room(str(chosen), walk.context):
        return
    if isinstance(chosen, int | str):
        _set(walk, setting, chosen)


def _set(walk: Walk, setting: str, chosen: int | str) -> None:
    value: Setting = chosen == "yes" if setting in {"discreet", "express"} else chosen
    walk.change(settings={**walk.conversation.settings, setting: value})
    if walk.has_joined:
        walk.effects.append(Set(setting, value))


def _keep_hour(walk: Walk) -> None:
    """Set the day and time that were answered, together: who leaves in between changes neither."""
    for setting, value in hour_chosen(walk.conversation).items():
        if setting != "time" or lawful(walk.conversation, walk.context):
            _set(walk, setting, value)


def _enrol(walk: Walk) -> None:
    chosen = settings(walk.conversation, walk.context)
    walk.effects.append(Enrol({**chosen, "language": walk.language}))


def _away(walk: Walk) -> None:
    close(walk, scored=False)


def _pause(walk: Walk) -> None:
    """Rest from now on: a check-in under way ends with what was answered, and its question is not put again."""
    until = filling.paused_until(walk.conversation, walk.context)
    close(walk, scored=True)
    walk.effects += [*([Unplan(NUDGES)] if walk.context.nudged else []), Pause(until)]


def _resume(walk: Walk) -> None:
    walk.resume()


def _later(walk: Walk) -> None:
    """Ask another time: the question stays open, and is not put again now, nor at all if the next comes by then."""
    leaves = overtaken(walk.conversation, walk.context)
    walk.effects.append(Snooze(None if leaves else snoozed(walk.conversation, walk.context)))
    walk.hushed = True


def _park(walk: Walk) -> None:
    """Ask nothing until the person goes on: today is still hard."""
    frames = tuple(replace(frame, chosen=False) for frame in walk.frames)
    walk.change(frames=frames, parked=True, risk_at=walk.context.at.isoformat())
    walk.hushed = True


def _wait(walk: Walk) -> None:
    """Leave the open question unsaid for now; an answer to it, or GO, goes on."""
    walk.hushed = True


def _stop(walk: Walk) -> None:
    opt_out(walk, "phrase")


def _nudges(walk: Walk) -> None:
    """Plan reminders of micro-breaks for the next working days, as often a day as was agreed to."""
    hours = break_hours(walk.conversation, walk.context)
    walk.effects.append(Unplan(NUDGES))
    for day in _working_days(walk.context.at):
        for kind, hour in zip(NUDGES, hours, strict=False):
            at = datetime.combine(day, time.fromisoformat(hour))
            walk.effects.append(Plan(kind, "nudge", at))  # type: ignore[arg-type]


def _working_days(at: datetime) -> list[datetime]:
    days = (at + timedelta(days=n) for n in range(1, _NUDGE_DAYS + 3))
    return [day for day in days if day.weekday() < _SATURDAY][:_NUDGE_DAYS]


def _no_nudges(walk: Walk) -> None:
    walk.effects.append(Unplan(NUDGES))


def _remind_time_off(walk: Walk) -> None:
    at = filling.time_off_reminder(walk.conversation, walk.context)
    walk.effects.append(Plan("follow-up", "timeoff-reminder", at))


def _call(walk: Walk) -> None:
    walk.effects.append(Escalate("asked"))


def _call_chosen(walk: Walk) -> None:
    walk.effects.append(Escalate("chosen"))


def _no_call(walk: Walk) -> None:
    """Take a call back. A no holds for the whole conversation, whatever is said in it."""
    walk.effects.append(Withdraw())
    walk.change(settings={**walk.conversation.settings, "contact": "no"})


def _ring(walk: Walk) -> None:
    walk.effects.append(Ring())


def _forget(walk: Walk) -> None:
    """Have the text that is answered emptied: it holds what is nobody else's."""
    walk.effects.append(Forget())


def _erase(walk: Walk) -> None:
    """Forget what this conversation holds as well: all but that nothing is asked until the person goes on."""
    walk.change(answers={}, kept={}, danger=0, last_text="", last_said=())
    walk.effects.append(Erase(everything=False))


def _erase_all(walk: Walk) -> None:
    """Forget everything, after which nobody is asked on."""
    walk.change(frames=(), answers={}, kept={}, settings={}, parked=False, danger=0, last_text="", last_said=())
    walk.effects.append(Erase(everything=True))


_EFFECTS: dict[str, Callable[[Walk], None]] = {
    "away": _away,
    "call": _call,
    "call-chosen": _call_chosen,
    "enrol": _enrol,
    "erase": _erase,
    "erase-all": _erase_all,
    "forget": _forget,
    "keep-hour": _keep_hour,
    "later": _later,
    "no-call": _no_call,
    "no-nudges": _no_nudges,
    "nudges": _nudges,
    "park": _park,
    "pause": _pause,
    "remind-time-off": _remind_time_off,
    "resume": _resume,
    "ring": _ring,
    "stop": _stop,
    "wait": _wait,
}

EFFECT_WORDS = frozenset({"set", *_EFFECTS})
