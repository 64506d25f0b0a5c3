"""What the flows may branch on and fill into their texts, worked out of the context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import get_args

from flows import schedule
from flows.flow import Answer
from flows.keywords import spanish
from flows.scoring import BANDS, Pattern, feedback, rolling_items
from flows.text import fill, placeholders
from flows.turn import Context, Conversation

_BREAKS = 5

Value = Callable[[Conversation | None, Context, str], str]


def settings(conversation: Conversation | None, context: Context) -> dict[str, Answer | bool]:
    """Return the person's settings, with what was chosen in this conversation over them."""
    chosen = conversation.settings if conversation else {}
    program = context.program
    offered: dict[str, Answer | bool] = {"day": program.day, "time": program.time, "discreet": True, "contact": "ask"}
    return {**offered, **context.settings, **chosen}


FACTS: Mapping[str, frozenset[Answer | bool]] = {
    "answered": frozenset({True, False}),
    "asked_for": frozenset({True, False}),
    "band": frozenset({"none", *BANDS}),
    "checking": frozenset({True, False}),
    "discreet": frozenset({True, False}),
    "groups": frozenset({True, False}),
    "history": frozenset({True, False}),
    "pattern": frozenset({"none", *get_args(Pattern)}),
    "paused": frozenset({True, False}),
    "training": frozenset({True, False}),
    "turn": frozenset(range(_BREAKS)),
}
"""What a branch may ask about, besides the answers of its own flow, and every value that each may have."""


def facts(
    conversation: Conversation, context: Context, *, answered: bool, checking: bool
) -> Mapping[str, Answer | bool]:
    """Return everything a branch may ask about.

    `answered`: the state's own question was, rather than left out. `checking`: a check-in is under way.
    """
    found = feedback(context.history, _week(conversation))
    return {
        **settings(conversation, context),
        **conversation.answers,
        "asked_for": conversation.asked_for,
        "answered": answered,
        "checking": checking,
        "groups": bool(context.program.groups),
        "band": found.band if found else "none",
        "pattern": found.pattern if found else "none",
        "history": bool(context.history),
        "training": bool(context.program.learn_url),
        "paused": context.standing == "paused",
        "turn": context.at.toordinal() % _BREAKS,
    }


def filled(template: str, conversation: Conversation | None, context: Context, language: str) -> str:
    """Return a text with its placeholders filled in, each worked out only if the text has it."""
    names = placeholders(template)
    if not names:
        return template
    values = {name: _VALUES[name](conversation, context, language) for name in names if name in _VALUES}
    # A program without a phone number leaves no hole in its texts.
    return " ".join(fill(template, values).split())


_PAUSE_DAYS = 14


def paused_until(conversation: Conversation | None, context: Context) -> date:
    """Return the local date up to which PAUSE rests: two weeks, or the days that were asked for."""
    chosen = conversation.settings.get("pause_days", _PAUSE_DAYS) if conversation else _PAUSE_DAYS
    return context.at.date() + timedelta(days=int(chosen))


def snoozed(context: Context) -> datetime:
    """Return when LATER asks again, local: tomorrow at the hour the person chose."""
    hour, minute = str(settings(None, context)["time"]).split(":")
    return (context.at + timedelta(days=1)).replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


def next_due(chosen: Mapping[str, Answer | bool], context: Context) -> datetime:
    """Return the next check-in's local time after `context.at`, for the day and time chosen."""
    day, time, zone = int(chosen["day"]), str(chosen["time"]), context.program.zone
    hour, minute = f"{context.at:%H:%M}".split(":")
    now = schedule.at_local(context.at.date(), f"{hour}:{minute}", zone)
    return schedule.local(schedule.next_checkin(now.astimezone(UTC), day, time, zone), zone)


def _keyword(context: Context, language: str) -> str:
    """Return the word that joins this program in this language, if it has one of its own."""
    ours = [word for word, slug in context.keywords.items() if slug == context.program.slug]
    return next((word for word in ours if spanish(word) == (language == "es")), context.program.keyword)


def _groups(context: Context, language: str) -> str:
    return " ".join(f"{c.key} {c.labels[language][0]}" for c in context.program.groups)


def _due(conversation: Conversation | None, context: Context) -> datetime:
    return next_due(settings(conversation, context), context)


def _item(item: str) -> Value:
    def value(_: Conversation | None, context: Context, __: str) -> str:
        mean = rolling_items(context.history).get(item)
        return "-" if mean is None else str(round(25 * mean))

    return value


# Every placeholder of `flows/definitions` and what it stands for.
_VALUES: Mapping[str, Value] = {
    "p": lambda _, c, __: c.program.short_name,
    "program": lambda _, c, __: c.program.name,
    "u": lambda _, c, __: c.program.info_url,
    "help": lambda _, c, __: c.program.help_url,
    "learn": lambda _, c, __: c.program.learn_url,
    "ph": lambda _, c, __: c.program.help_phone,
    "keyword": lambda _, c, language: _keyword(c, language),
    "n": lambda _, c, __: str(c.program.floor),
    "groups": lambda _, c, language: _groups(c, language),
    "offer_day": lambda _, c, language: schedule.day_name(c.program.day, language),
    "offer_time": lambda _, c, language: schedule.clock(c.program.time, language),
    "d": lambda v, c, language: schedule.day_name(_due(v, c).weekday(), language),
    "t": lambda v, c, language: schedule.clock(f"{_due(v, c):%H:%M}", language),
    "date": lambda v, c, language: schedule.short_date(_due(v, c).date(), language),
    "back": lambda v, c, language: schedule.short_date(paused_until(v, c), language),
    "later_day": lambda _, c, language: schedule.day_name(snoozed(c).weekday(), language),
    "later_time": lambda _, c, language: schedule.clock(f"{snoozed(c):%H:%M}", language),
    "a": _item("drained"),
    "b": _item("numb"),
    "c": _item("carry"),
    "h": _item("help"),
}


def _week(conversation: Conversation) -> dict[str, int]:
    return {k: v for k, v in conversation.answers.items() if isinstance(v, int)}
