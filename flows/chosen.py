"""What the person has chosen so far, and the hours that this and the law leave for texts."""

from __future__ import annotations

from flows import free_hours
from flows.context import Context, Setting
from flows.conversation import Conversation
from flows.law import lawful_hours
from flows.reading.quiet import ALL


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
