"""What the flows may branch on: each fact by its name, worked out of the context only when a branch asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import get_args

from flows import free_hours, scoring
from flows.context import NO_PAUSE, Context, Setting
from flows.conversation import Conversation
from flows.flow import Answer
from flows.law import lawful_hours, lawful_until
from flows.reading.quiet import ALL
from flows.rhythm import Occurrence, Rhythm, occurrence
from flows.schedule import at_local, local, next_checkin
from flows.scoring import BANDS, Feedback, Milestone, Pattern, Trend
from flows.spacing import asked_from, following

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


def settings(conversation: Conversation | None, context: Context) -> dict[str, Setting]:
    """Return the person's settings, with what was chosen in this conversation over them."""
    chosen = conversation.settings if conversation else {}
    return {**_offered(context), **context.settings, **chosen}


def setting(conversation: Conversation | None, context: Context, name: str) -> Setting:
    """Return one of the person's settings."""
    if conversation is not None and name in conversation.settings:
        return conversation.settings[name]
    return context.settings[name] if name in context.settings else _offered(context)[name]


def _offered(context: Context) -> dict[str, Setting]:
    """Return what holds for somebody who has chosen nothing."""
    return {
        "day": context.program.day,
        "time": context.program.time,
        "discreet": True,
        "contact": "ask",
        "express": False,
        "frequency": "weekly",
        "quiet": "off",
        "zone": context.program.zone,
        "by": "text",
        "pin": "",
    }


def hour_chosen(conversation: Conversation | None) -> dict[str, int | str]:
    """Return the day and time answered in what is open, before they are kept."""
    if conversation is None:
        return {}
    said = {name for frame in conversation.frames for name in frame.trail}
    answers = {name: conversation.answers.get(name) for name in ("day", "time") if name in said}
    return {name: answer for name, answer in answers.items() if isinstance(answer, int | str)}


def hours_allowed(conversation: Conversation | None, context: Context) -> tuple[str, str] | None:
    """Return from when on, and before when, the law lets texts come on the days chosen; None where none is known."""
    rule, chosen = context.program.rhythm, {**settings(conversation, context), **hour_chosen(conversation)}
    if rule is None or not rule.region:
        return None
    days = rule.days if chosen["day"] == rule.days[0] else (int(chosen["day"]),)
    found = [hours for hours in (lawful_hours(rule.region, day) for day in days) if hours]
    return (max(start for start, _ in found), min(end for _, end in found)) if found else None


def lawful(conversation: Conversation | None, context: Context) -> bool:
    """Whether the hour answered in what is open is one at which texts may come."""
    hours, time = hours_allowed(conversation, context), hour_chosen(conversation).get("time")
    return hours is None or time is None or hours[0] <= str(time) < hours[1]


def quiet_hours(conversation: Conversation | None, context: Context) -> tuple[str, str]:
    """Return from when on, and until when, no reminders come: the person's own quiet hours, else the program's."""
    chosen = str(setting(conversation, context, "quiet"))
    start, _, end = (context.program.quiet if chosen == "off" else chosen).partition("-")
    return start, end


def break_hours(conversation: Conversation | None, context: Context) -> tuple[str, ...]:
    """Return at which hours of a working day texts with breaks come, as often as was agreed to; maybe none."""
    often = conversation.answers.get("nudges", 1) if conversation else 1
    return free_hours.break_hours(int(str(often)), quiet_hours(conversation, context), _region(context))


def leaves_room(hours: str, context: Context) -> bool:
    """Whether quiet hours that were answered leave, with the law, more than hardly an hour of the day."""
    start, _, end = hours.partition("-")
    return hours != ALL and (not end or free_hours.leaves_an_hour((start, end), _region(context)))


def _region(context: Context) -> str:
    return context.program.rhythm.region if context.program.rhythm else ""


def snoozed(conversation: Conversation | None, context: Context) -> datetime:
    """Return when LATER asks again, local: as was asked for, else tomorrow at the hour the person chose.

    Where the law lets no text come then it is the first moment at which one may.
    """
    chosen = str(conversation.settings.get("later_at", "")) if conversation else ""
    tomorrow = at_usual(context.at + timedelta(days=1), conversation, context)
    at, rule = datetime.fromisoformat(chosen) if chosen else tomorrow, context.program.rhythm
    if rule is None or not rule.region:
        return at
    zone = str(setting(conversation, context, "zone"))
    opens = lawful_until(at_local(at.date(), f"{at:%H:%M}", zone), zone, rule.region)
    return local(opens, zone) if opens else at


def overtaken(conversation: Conversation, context: Context) -> bool:
    """Whether the next check-in comes by the time that LATER asks again, and takes this one's place.

    One that the person began, and answered nothing in yet, itself takes the place of the next.
    """
    if conversation.asked_for and not conversation.kept:
        return False
    due = next_due(settings(conversation, context), context)
    # At the hour that both have the check-in comes some minutes later, spread as it is.
    return due is not None and due <= snoozed(conversation, context) + timedelta(minutes=context.spread)


def at_usual(day: datetime, conversation: Conversation | None, context: Context) -> datetime:
    """Return the hour the person chose on a day."""
    hour, minute = str(setting(conversation, context, "time")).split(":")
    return day.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


def next_due(chosen: Mapping[str, Setting], context: Context) -> datetime | None:
    """Return the next check-in's local time after `context.at`: as it stands on the table, or as it will.

    Whoever writes is asked as often as they chose, however long they were silent before; who rests, after that. None
    where there is no day to tell: the program is paused until somebody ends it, or its schedule has no more.
    """
    day, time, zone = int(chosen["day"]), str(chosen["time"]), str(chosen["zone"])
    now = at_local(context.at.date(), f"{context.at:%H:%M}", context.program.zone)
    if context.asks_from is None:
        return None
    if context.rests_until is not None:
        # A rest ends with its day, wherever that begins: another zone moves it too.
        now = max(now, at_local(local(context.rests_until, context.program.zone).date(), "00:00", zone))
    if context.program.rhythm is None:
        return local(next_checkin(now, day, time, zone), zone)
    rarely, (start, _, end) = chosen["frequency"] == "monthly", str(chosen["quiet"]).partition("-")
    rhythm = context.program.rhythm.of(day, time, zone, context.spread, (start, end) if end else None)
    found = _on_the_table(chosen, context, rhythm, now) or following(rhythm, now, context.last, rarely=rarely)
    found = asked_from(rhythm, found, context.asks_from, rarely=rarely)
    return local(found.due, zone) if found and found.due else None


def _on_the_table(chosen: Mapping[str, Setting], context: Context, rhythm: Rhythm, now: datetime) -> Occurrence | None:
    """Return what is planned, unless it is planned anew: what comes next also depends on when the last one was.

    One that is due by now comes within the minute, or after an outage while it is of use; so it does for a changed day
    or hour by which it would be due as well.
    """
    found, asked_by = context.planned, ("day", "time", "zone", "frequency")
    if found is None or found.due is None or found.due + timedelta(hours=context.program.window_hours) <= now:
        return None
    if all(chosen[name] == context.settings.get(name) for name in asked_by):
        return found
    by_now = occurrence(rhythm, found.occasion).due if found.due <= now else None
    return found if by_now is not None and by_now <= now else None


def _held(known: Known) -> bool:
    """Whether a pause of the program keeps back what would come when LATER asks again, which is tomorrow else."""
    start = known.context.asks_from
    if start is None or start == NO_PAUSE:
        return start is None
    zone = str(setting(known.conversation, known.context, "zone"))
    return local(start, zone) > snoozed(known.conversation, known.context)


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
    "held": (_YES_NO, _held),
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
