"""What is answered to danger, at once and always: where a person answers now, and whether somebody will call."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flows import engine
from flows.flow import LANGUAGES
from flows.risk import Screening
from flows.turn import Risk
from flows.walk import Walk, let_go

_REPEATS = timedelta(hours=24)
_NOW = 3
# Somebody who is hurt, or may hurt others, needs something else than a call by a support lead.
_OWN_TEXTS = {"violence": "risk_others", "hurt": "risk_home"}
# Words of strain that speak of no wish to die.
_STRAIN = frozenset({"coping"})
_WITH_CALL = frozenset({"risk_explicit", "risk_elevated", "risk_imminent", "risk_again"})
CARE, CARE_NOW, WHO = "care", "care-now", "who"
"""The flows that ask: whether the support lead should call, the same in danger now, and whom it is about."""

FLOWS = (CARE, CARE_NOW, WHO)


def answer(walk: Walk, screening: Screening) -> None:
    """Say where a person answers, then the link to more of them; park the conversation, and ask nothing cheerful.

    Where a support lead is on duty, what follows from the person's own choice is done and said: called as chosen,
    asked, or not called as chosen.
    """
    before = walk.conversation.risk_at
    repeated = bool(before) and walk.context.at - datetime.fromisoformat(before) < _REPEATS
    walk.effects.append(Risk(screening.level, screening.about, screening.construct, screening.rules))
    _park(walk, screening.level)
    _in_their_words(walk, screening)
    walk.crisis = True
    name = _line(screening, repeated=repeated)
    asks = _asks(walk, screening, name)
    if asks not in walk.library.flows or asks == CARE_NOW:
        walk.line(name)
    if asks in walk.library.flows:
        engine.push(walk, asks)
    walk.line("risk_link")
    walk.crisis = False


def _in_their_words(walk: Walk, screening: Screening) -> None:
    """Answer in the language in which it was said, whatever the setting, until the conversation is over."""
    said = {rule[:2] for rule in screening.rules} & set(LANGUAGES)
    if len(said) == 1:
        walk.change(language=said.pop())


def _line(screening: Screening, *, repeated: bool) -> str:
    if screening.construct in _OWN_TEXTS:
        return _OWN_TEXTS[screening.construct]
    if screening.level >= _NOW:
        return "risk_imminent"
    if repeated:
        return "risk_again"
    if screening.level == 2:
        return "risk_explicit"
    return "risk_concern" if screening.construct in _STRAIN else "risk_elevated"


def _asks(walk: Walk, screening: Screening, line: str) -> str:
    """Return the flow that has a question to go with it, "" if none fits: nothing is asked of somebody who has left."""
    duty = walk.context.duty
    if walk.context.late or walk.context.opted_out or not walk.has_joined:
        return ""
    if screening.about == "unclear" and line in {"risk_explicit", "risk_elevated"}:
        return WHO
    if duty is None or not duty.on or line not in _WITH_CALL:
        return ""
    return CARE if line in {"risk_explicit", "risk_elevated"} else CARE_NOW


def _park(walk: Walk, level: int) -> None:
    """Ask nothing until the person goes on, not even what they opened themselves. A menu is forgotten.

    What was said before they went on still stands: words of less danger do not take back those of more.
    """
    let_go(walk)
    level = max(level, walk.conversation.danger)
    frames = tuple(replace(frame, chosen=False) for frame in walk.frames)
    walk.change(frames=frames, parked=True, risk_at=walk.context.at.isoformat(), danger=level)


def stay(walk: Walk) -> None:
    """Say again where a person answers. In danger nothing else is offered; a newcomer has nothing to go on with."""
    if walk.conversation.danger >= _NOW:
        walk.line("parked_danger", crisis=True)
    else:
        walk.line("parked" if walk.frames or walk.has_joined else "risk_link")
