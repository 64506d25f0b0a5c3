"""What the flows may branch on: each fact by its name, worked out of the context only when a branch asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from flows import scoring
from flows.chosen import break_hours, hours_allowed, lawful, leaves_room, setting
from flows.coming import held, overtaken
from flows.context import Context
from flows.conversation import Conversation
from flows.flow import Answer
from flows.scoring import BANDS, Feedback, Milestone, Pattern, Trend

_YES_NO = frozenset({True, False})
_BANDS = frozenset({"none", *BANDS})


@dataclass(slots=True)
class Known:
    """Everything known at one branching. `answered`: the state's own question was, rather than left out."""

    conversation: Conversation
    context: Context
    answered: bool
    checking: bool
    _feedback: Feedback | None = field(default=None)
    _judged: bool = field(default=False)

    def fact(self, name: str) -> Answer | bool | None:
        """Return a fact, or what was answered to a question of that name; None if there is neither."""
        if name in _FACTS:
            return _FACTS[name][1](self)
        return self.conversation.answers.get(name)

    def fits(self, when: Mapping[str, tuple[Answer | bool, ...]]) -> bool:
        """Whether every fact named has one of its values."""
        for name, wanted in when.items():  # noqa: SIM110  (a generator takes twice as long, and this is asked often)
            if self.fact(name) not in wanted:
                return False
        return True

    @property
    def feedback(self) -> Feedback | None:
        if not self._judged:
            self._feedback, self._judged = scoring.feedback(self.context.history, self.conversation.kept), True
        return self._feedback


def _band(pick: Callable[[scoring.Scores], float | None]) -> Callable[[Known], str]:
    def value(known: Known) -> str:
        score = pick(scoring.rolling([*known.context.history, known.conversation.kept]))
        return "none" if score is None else scoring.band(score)

    return value


def _longer(number: int) -> Callable[[Known], str]:
    def value(known: Known) -> str:
        score = scoring.longer_scores(known.conversation.kept)[number]
        return "none" if score is None else scoring.band(score)

    return value


def _duty(known: Known) -> str:
    """Return whether a support lead calls for the program, and whether one is on duty."""
    duty = known.context.duty
    return "none" if duty is None else "on" if duty.on else "off"


def _more_events(known: Known) -> bool:
    """Whether a session is left that this telling of them has not come to."""
    frames = known.conversation.frames
    told = frames[-1].rounds.get("one", 0) if frames else 0
    return told < len(known.context.program.events)


def _fitting(known: Known) -> bool:
    return any(event.topic == _pattern(known) for event in known.context.program.events if event.topic)


def _pattern(known: Known) -> str:
    """Return what stood out lately: in this check-in, or in the weeks before it while none is under way."""
    if known.checking:
        return known.feedback.pattern if known.feedback else "none"
    return scoring.pattern(known.context.history) if known.context.history else "none"


_FACTS: Mapping[str, tuple[frozenset[Answer | bool], Callable[[Known], Answer | bool]]] = {
    "answered": (_YES_NO, lambda k: k.answered),
    "asked_for": (_YES_NO, lambda k: k.conversation.asked_for),
    "band": (_BANDS, lambda k: k.feedback.band if k.feedback else "none"),
    "begun": (_YES_NO, lambda k: bool(k.conversation.kept)),
    "breaks_fit": (_YES_NO, lambda k: bool(break_hours(k.conversation, k.context))),
    "burnout": (_BANDS, _band(lambda s: s.burnout)),
    "by_phone": (_YES_NO, lambda k: setting(k.conversation, k.context, "by") == "phone"),
    "called": (_YES_NO, lambda k: k.context.call_by is not None),
    "channel": (frozenset({"text", "voice"}), lambda k: k.context.channel),
    "checking": (_YES_NO, lambda k: k.checking),
    "compassion": (_BANDS, _band(lambda s: s.compassion)),
    "discreet": (_YES_NO, lambda k: setting(k.conversation, k.context, "discreet")),
    "duty": (frozenset({"none", "on", "off"}), _duty),
    "empathy": (_BANDS, _band(lambda s: s.empathy)),
    "events": (_YES_NO, lambda k: bool(k.context.program.events)),
    "express": (_YES_NO, lambda k: setting(k.conversation, k.context, "express")),
    "first": (_YES_NO, lambda k: not k.context.history),
    "fitting": (_YES_NO, _fitting),
    "frequency": (frozenset({"weekly", "monthly"}), lambda k: setting(k.conversation, k.context, "frequency")),
    "gently": (_YES_NO, lambda k: bool(k.conversation.risk_at)),
    "groups": (_YES_NO, lambda k: bool(k.context.program.groups)),
    "has_pin": (_YES_NO, lambda k: bool(setting(k.conversation, k.context, "pin"))),
    "hard_event": (_YES_NO, lambda k: k.context.program.hard_event),
    "held": (_YES_NO, lambda k: held(k.conversation, k.context)),
    "history": (_YES_NO, lambda k: bool(k.context.history)),
    "joined": (_YES_NO, lambda k: k.context.standing in {"enrolled", "paused"}),
    "lawful": (_YES_NO, lambda k: lawful(k.conversation, k.context)),
    "lighter": (_YES_NO, lambda k: scoring.lighter(k.context.history, k.conversation.kept)),
    "looked": (_YES_NO, lambda k: k.context.looked[0] > 0),
    "may_call": (frozenset({"yes", "ask", "no"}), lambda k: setting(k.conversation, k.context, "contact")),
    "milestone": (frozenset(get_args(Milestone)), lambda k: scoring.milestone(k.context.history)),
    "more_events": (_YES_NO, _more_events),
    "nudged": (_YES_NO, lambda k: k.context.nudged),
    "overtaken": (_YES_NO, lambda k: overtaken(k.conversation, k.context)),
    "pattern": (frozenset({"none", *get_args(Pattern)}), _pattern),
    "paused": (_YES_NO, lambda k: k.context.standing == "paused"),
    "peers": (_YES_NO, lambda k: bool(k.context.program.peer_line)),
    "room": (_YES_NO, lambda k: leaves_room(str(k.conversation.answers.get("hours")), k.context)),
    "signs": (_BANDS, _longer(0)),
    "supports": (_BANDS, _longer(1)),
    "training": (_YES_NO, lambda k: bool(k.context.program.learn_url)),
    "trend": (
        frozenset(get_args(Trend)),
        lambda k: scoring.trend([*k.context.history, k.conversation.kept]),
    ),
    "under_law": (_YES_NO, lambda k: hours_allowed(k.conversation, k.context) is not None),
    "without_rest": (_YES_NO, lambda k: scoring.without_rest(k.context.history, k.conversation.kept)),
}

FACTS: Mapping[str, frozenset[Answer | bool]] = {name: values for name, (values, _) in _FACTS.items()}
"""What a branch may ask about, besides the answers of its own flow, and every value that each may have."""
