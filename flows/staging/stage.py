"""Play a conversation: whoever texts, what happens to them, and the facts as the service would have kept them.

The calendar of a play moves only when something happens in it, so that it is the same every day it is played.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Literal

from flows.advance import advance
from flows.chosen import settings
from flows.coming import next_due
from flows.context import Context
from flows.conversation import Conversation
from flows.flow import FlowError, Library
from flows.hearing import just_serious
from flows.schedule import at_local
from flows.spacing import Last
from flows.staging.kept import after
from flows.staging.notes import note
from flows.turn import (
    Effect,
    Erase,
    Happening,
    Heard,
    OptOut,
    Pause,
    Plan,
    Reminded,
    Resume,
    Say,
    Snooze,
    Started,
    TimedOut,
    Turn,
    Unplan,
)
from flows.walk import top

BY_THEMSELVES = frozenset({"weekly-checkin", "nudge", "after-risk", "timeoff-reminder", "reconfirm"})
"""The flows that the service begins without being asked to."""

HAPPENINGS = (
    *("3 hours later", "the next day", "check-in due", "reminder", "last reminder", "no answer", "asked again"),
    *("nudge due", "follow-up due", "the pause is over", "still your number?", "break begins"),
)
"""What may stand in brackets: any number of minutes, hours or days, and any flow's name before "begins"."""

Kind = Literal["heard", "said", "noted", "happened"]

_LATER = re.compile(r"(\d{1,4}) (minute|hour|day)s? later")
_BEGINS = re.compile(r"(\S+) begins")
_REPLY = timedelta(minutes=1)
_MORNING = time(9)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a play: what was `heard` from the person, `said` to them, `noted` without a word, or `happened`."""

    kind: Kind
    text: str
    said: Say | None = None


@dataclass(slots=True)
class Stage:
    """A play under way: the facts and the conversation as they are now, and what the service has planned."""

    library: Library
    context: Context
    conversation: Conversation | None = None
    plans: dict[tuple[str, object], Plan] = field(default_factory=dict)
    snoozed: datetime | None = None
    resting: datetime | None = None

    def heard(self, words: str) -> Iterator[Line]:
        """Text something, a minute after whatever came before it."""
        yield Line("heard", words)
        self._wait(_REPLY)
        yield from self.take(Heard(words))

    def happened(self, what: str) -> Iterator[Line]:
        """Have something happen by its name. Raises FlowError where it cannot."""
        lines = self._happened(what)
        yield Line("happened", what)
        yield from lines

    def possible(self) -> list[str]:
        """Return which of HAPPENINGS can happen as things are now."""
        return [what for what in HAPPENINGS if self._can(what)]

    def _can(self, what: str) -> bool:
        try:
            replace(self, plans={**self.plans})._happened(what)
        except FlowError:
            return False
        return True

    def take(self, happening: Happening) -> Iterator[Line]:
        """Have something happen, and take in what follows."""
        return self.follow(advance(self.library, self.conversation, happening, self.context))

    def follow(self, turn: Turn) -> Iterator[Line]:
        """Take in what follows from something."""
        shown = [line for group in _together(turn.effects) for line in self._shown(group)]
        self.conversation = turn.conversation
        for effect in turn.effects:
            self._keep(effect)
        self.context = after(self.context, turn)
        return iter(shown or [Line("noted", "nothing is said")])

    def _happened(self, what: str) -> Iterator[Line]:
        later, begins = _LATER.fullmatch(what), _BEGINS.fullmatch(what)
        if later:
            self._wait(timedelta(**{f"{later[2]}s": int(later[1])}))
            return iter(())
        if begins:
            return self._begin(begins[1])
        if what not in _HAPPENS:
            known = ", ".join(f"({one})" for one in HAPPENINGS)
            raise FlowError(f"({what}) is nothing that can happen; what can is, for example, {known}")
        return _HAPPENS[what](self)

    def _begin(self, flow: str) -> Iterator[Line]:
        if flow not in self.library.flows:
            raise FlowError(f"there is no flow {flow!r}; there are: {', '.join(sorted(self.library.flows))}")
        return self.take(Started(flow, asked_for=flow not in BY_THEMSELVES))

    def _next_day(self) -> Iterator[Line]:
        self._wait(timedelta(days=1))
        return iter(())

    def _due(self) -> Iterator[Line]:
        """Begin the week's check-in as the clock does: what is open ends, and nothing is asked so soon after a cry."""
        if self.context.standing not in {"enrolled", "paused"}:
            raise FlowError("(check-in due) cannot happen here: nobody has joined yet")
        due = next_due(settings(None, self.context), self.context)
        if due is None:
            return iter([Line("noted", "no check-in comes: the program is paused")])
        self._move(due)
        before = self.conversation
        if self.context.standing == "paused" or self.context.opted_out:
            return iter([Line("noted", "no check-in comes: " + ("stopped" if self.context.opted_out else "paused"))])
        at = at_local(due.date(), f"{due:%H:%M}", self.context.program.zone)
        self.context = replace(self.context, last=Last(at, due.date()))
        if before is None:
            return self.take(Started("weekly-checkin"))
        if just_serious(before, self.context):
            return iter([Line("noted", "no check-in comes so soon after a serious moment")])
        self.conversation = None
        if not before.kept:
            return self.take(Started("weekly-checkin", crisis_before=before.risk_at))
        self.context = replace(self.context, history=(*self.context.history, before.kept))
        closed = Line("noted", "the check-in before this one is closed, and counts")
        return iter([closed, *self.take(Started("weekly-checkin", crisis_before=before.risk_at))])

    def _remind(self, number: int) -> Iterator[Line]:
        if self.conversation is None:
            raise FlowError("(reminder) cannot happen here: no check-in is open")
        return self.take(Reminded(number))

    def _again(self) -> Iterator[Line]:
        if self.snoozed is None:
            raise FlowError("(asked again) cannot happen here: nothing was put off with LATER")
        self._move(self.snoozed)
        self.snoozed = None
        return self._remind(1)

    def _no_answer(self) -> Iterator[Line]:
        found = top(self.conversation, self.library) if self.conversation else None
        timeout = found[1].timeout if found else None
        if timeout is None:
            raise FlowError("(no answer) cannot happen here: no question with a timeout is open")
        self._wait(timedelta(minutes=timeout.minutes))
        return self.take(TimedOut())

    def _planned(self, kind: str) -> Iterator[Line]:
        due = min((one for one in self.plans.values() if one.kind.startswith(kind)), key=lambda p: p.at, default=None)
        if due is None:
            raise FlowError(f"({kind} due) cannot happen here: none is planned")
        self._move(due.at)
        del self.plans[due.kind, due.at.date()]
        if not any(one.flow == "nudge" for one in self.plans.values()):
            self.context = replace(self.context, nudged=False)
        return self.take(Started(due.flow))

    def _rested(self) -> Iterator[Line]:
        if self.resting is None:
            raise FlowError("(the pause is over) cannot happen here: there is no pause")
        self._move(self.resting)
        self.resting = None
        self.context = replace(self.context, standing="enrolled")
        return iter([Line("noted", "check-ins come again")])

    def _wait(self, time: timedelta) -> None:
        greeted = self.context.greeted and time < timedelta(days=1)
        self.context = replace(self.context, at=self.context.at + time, greeted=greeted, question_sent=True)

    def _move(self, at: datetime) -> None:
        self._wait(max(at - self.context.at, timedelta(0)))

    def _shown(self, group: Sequence[Effect]) -> Iterator[Line]:
        effect = group[0]
        if isinstance(effect, Say):
            yield Line("said", effect.text, effect)
        elif not isinstance(effect, Unplan) or any(one.kind in effect.kinds for one in self.plans.values()):
            yield Line("noted", note(*group))

    def _keep(self, effect: Effect) -> None:
        """Remember what the service would have planned."""
        match effect:
            case Plan():
                self.plans[effect.kind, effect.at.date()] = effect
            case Unplan():
                self.plans = {key: one for key, one in self.plans.items() if one.kind not in effect.kinds}
            case Snooze():
                self.snoozed = effect.until
            case Pause():
                self.resting = datetime.combine(effect.until, _MORNING)
            case Resume():
                self.resting = None
            case OptOut() | Erase(everything=True):
                self.plans, self.snoozed, self.resting = {}, None, None
            case _:
                pass


def _together(effects: Iterable[Effect]) -> list[list[Effect]]:
    """Group what is one thing to a reader: texts planned one after the other."""
    groups: list[list[Effect]] = []
    for effect in effects:
        if isinstance(effect, Plan) and groups and isinstance(groups[-1][0], Plan):
            groups[-1].append(effect)
        else:
            groups.append([effect])
    return groups


_HAPPENS: Mapping[str, Callable[[Stage], Iterator[Line]]] = {
    "the next day": Stage._next_day,
    "check-in due": Stage._due,
    "reminder": lambda stage: stage._remind(1),
    "last reminder": lambda stage: stage._remind(2),
    "asked again": Stage._again,
    "no answer": Stage._no_answer,
    "nudge due": lambda stage: stage._planned("nudge"),
    "follow-up due": lambda stage: stage._planned("follow-up"),
    "the pause is over": Stage._rested,
    "still your number?": lambda stage: stage._begin("reconfirm"),
}
