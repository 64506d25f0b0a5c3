"""What a flow's `do:` does: each word of it is one entry here."""

from __future__ import annotations

from collections.abc import Callable

from flows import facts as known
from flows.flow import Answer
from flows.turn import Enrol, Erase, Pause, Resume, Set, Snooze
from flows.walk import Walk, close

SETTINGS = frozenset({"contact", "day", "discreet", "group", "time"})
"""What `do: [set ...]` may set."""


def do(walk: Walk, effect: str, value: Answer | None) -> None:
    """Do one word of a state's `do:`. Unknown words were refused when the flow was checked."""
    name, _, argument = effect.partition(" ")
    if name != "set":
        _EFFECTS[name](walk)
    elif value is not None:
        _set(walk, argument, value)


def _set(walk: Walk, setting: str, value: Answer | bool) -> None:
    if setting == "discreet":
        value = value == "yes"
    walk.change(settings={**walk.conversation.settings, setting: value})
    if walk.has_joined:
        walk.effects.append(Set(setting, value))


def _enrol(walk: Walk) -> None:
    chosen = known.settings(walk.conversation, walk.context)
    walk.effects.append(Enrol({**chosen, "language": walk.language}))


def _away(walk: Walk) -> None:
    close(walk, scored=False)


def _pause(walk: Walk) -> None:
    """Rest from now on: a check-in under way ends with what was answered, and its question is not put again."""
    close(walk, scored=True)
    walk.effects.append(Pause(known.paused_until(walk.conversation, walk.context)))


def _resume(walk: Walk) -> None:
    walk.effects.append(Resume())


def _later(walk: Walk) -> None:
    """Ask another day: the question stays open, and is not put again now."""
    walk.effects.append(Snooze(known.snoozed(walk.context)))
    walk.hushed = True


def _erase(walk: Walk) -> None:
    """Forget what this conversation holds as well."""
    walk.change(answers={}, last_text="", last_said=())
    walk.effects.append(Erase(everything=False))


def _erase_all(walk: Walk) -> None:
    """Forget everything, after which nobody is asked on."""
    walk.change(frames=(), answers={}, settings={}, parked=False, last_text="", last_said=())
    walk.effects.append(Erase(everything=True))


_EFFECTS: dict[str, Callable[[Walk], None]] = {
    "away": _away,
    "enrol": _enrol,
    "erase": _erase,
    "erase-all": _erase_all,
    "later": _later,
    "pause": _pause,
    "resume": _resume,
}

EFFECT_WORDS = frozenset({"set", *_EFFECTS})
