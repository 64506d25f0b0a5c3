"""How long the flows take by themselves, in this process: a turn of a check-in, and reading one reply."""

from __future__ import annotations

import statistics
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass, replace

from flows import Context, Conversation, Happening, Heard, Question, Started, advance, packaged, read_reply, screen
from flows.staging.transcript import after, enrolled

TURNS, REPEATS = 200, 25
# A check-in as most of them go: the note of the week, four answers and the extra one.
_CONVERSATION: tuple[Happening, ...] = (
    Started("weekly-checkin"),
    *map(Heard, ("GO", "2", "1", "0", "3", "1")),
)
_WEEKS = ({"drained": 2, "numb": 1, "carry": 2, "help": 1},)
# Where a reply is an answer to, and usual ones, a few of them to be asked again.
_REPLIES = {
    ("weekly-checkin", "drained"): ("2", "often", "Sometimes", "3 - often", "nunca", "a veces", "allways", "not sure"),
    ("weekly-checkin", "all_four"): ("2103", "2 1 0 3"),
    ("longer", "offer"): ("1", "yes", "no", "not this time", "si"),
    ("timeoff", "timeoff"): ("1", "planned", "remind me"),
    ("day", "day"): ("5", "friday", "jueves"),
    ("time", "time"): ("7:30 AM", "19:30", "at noon"),
}


@dataclass(frozen=True, slots=True)
class _Moment:
    """One turn to be measured: what is open, what happens, and what is known."""

    conversation: Conversation | None
    happening: Happening
    context: Context


def measure() -> dict[str, float]:
    """Return medians in microseconds: of a turn, of a turn less the screening of its text, and of reading a reply."""
    turns = [(_fastest(lambda m=one: _turn(m)), _screening(one)) for one in _moments()]  # type: ignore[misc]
    replies = [_fastest(lambda q=q, r=r: read_reply(q, r, "en")) for q, r in _replies()]  # type: ignore[misc]
    return {
        "advance_us": round(statistics.median(whole for whole, _ in turns), 1),
        "advance_less_screen_us": round(statistics.median(whole - screening for whole, screening in turns), 1),
        "read_reply_us": round(statistics.median(replies), 1),
    }


def _moments() -> list[_Moment]:
    """Return the turns of a check-in, each as it is when it comes."""
    context = replace(enrolled(), history=_WEEKS, question_sent=True)
    conversation, found = None, []
    for happening in _CONVERSATION:
        found.append(_Moment(conversation, happening, context))
        turn = advance(packaged(), conversation, happening, context)
        conversation, context = turn.conversation, replace(after(context, turn), question_sent=True)
    return found


def _turn(moment: _Moment) -> object:
    return advance(packaged(), moment.conversation, moment.happening, moment.context)


def _screening(moment: _Moment) -> float:
    happening = moment.happening
    return _fastest(lambda: screen(happening.text)) if isinstance(happening, Heard) else 0.0


def _replies() -> list[tuple[Question, str]]:
    asked = {place: packaged().flows[place[0]].states[place[1]].question for place in _REPLIES}
    return [(question, reply) for place, question in asked.items() if question for reply in _REPLIES[place]]


def _fastest(do: Callable[[], object]) -> float:
    """Return the least processor time of many, in microseconds: the rest of a shared machine is not measured."""
    return min(timeit.repeat(do, timer=time.process_time, number=TURNS, repeat=REPEATS)) / TURNS * 1e6
