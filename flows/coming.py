"""When the next check-in comes, as it can be told; and when LATER asks again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flows.chosen import setting, settings
from flows.context import NO_PAUSE, Context, Setting
from flows.conversation import Conversation
from flows.law import lawful_until
from flows.rhythm import Occurrence, Rhythm, occurrence
from flows.schedule import at_local, local, next_checkin
from flows.spacing import asked_from, following


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
        # A rest ends with its day, wherever that begins: another zone moves it too. What came due since it was over, in
        # an outage, comes yet for as long as it is of use.
        ends = at_local(local(context.rests_until, context.program.zone).date(), "00:00", zone)
        over = context.rests_until <= now
        now = max(ends, now - timedelta(hours=context.program.window_hours) if over else now)
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


def held(conversation: Conversation | None, context: Context) -> bool:
    """Whether a pause of the program keeps back what would come when LATER asks again, which is tomorrow else."""
    start = context.asks_from
    if start is None or start == NO_PAUSE:
        return start is None
    zone = str(setting(conversation, context, "zone"))
    return local(start, zone) > snoozed(conversation, context)
