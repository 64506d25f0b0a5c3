"""A schedule said to those who set it: in a sentence, by its dates with the reasons, and whom a change concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from flows import Occurrence as Coming
from flows import upcoming
from flows.law import lawful_hours
from flows.schedule import local
from sms_service import program_pauses, schedules
from sms_service.calendar_words import dated, days, days_of, hour, weekday, weekdays
from sms_service.program_checks import check_zone, closed_days
from sms_service.programs import ProgramSettings
from sms_service.schedules import FIELDS
from sms_service.translation import Word, Written, joined, say

NAMES = {
    "day": Word("Day"),
    "also_days": Word("Other days"),
    "time": Word("Hour"),
    "zone": Word("Time zone"),
    "every_weeks": Word("Weeks"),
    "month_week": Word("Week of the month"),
    "starts": Word("Start"),
    "ends": Word("End"),
    "closed": Word("Days off"),
    "region": Word("Holidays and law"),
    "remind_hours": Word("Reminders"),
    "window_hours": Word("Closing"),
    "grace_hours": Word("Late answers"),
    "quiet_start": Word("Start of quiet hours"),
    "quiet_end": Word("End of quiet hours"),
    "spread_minutes": Word("Spreading"),
    "fade_after": Word("Asking less often"),
    "people": Word("People"),
}
# Whom a change concerns: an enrolment keeps its own day, hour and zone, the next check-in is planned anew, a check-in
# plans its first reminder and its closing as it opens and each reminder the next, and quiet hours are looked at as each
# text goes out. Other days are said by `_other_days`.
_REACH = (
    (
        {"day", "time", "zone"},
        Word(
            "The day and hour apply to people who join from now on; people already in keep the day and time they chose."
        ),
    ),
    (
        {"also_days", "every_weeks", "month_week", "starts", "ends", "closed", "region", "spread_minutes"},
        Word(
            "Weeks, days off, holidays and spreading apply to everybody: each next check-in is planned anew within "
            "minutes, and an open one is left as it is."
        ),
    ),
    (
        {"remind_hours", "window_hours", "grace_hours"},
        Word(
            "Reminders and closing apply to everybody from each person's next check-in. An open one closes as planned "
            "and keeps its next reminder; those after that go by the new hours, and none comes after the new closing."
        ),
    ),
    ({"quiet_start", "quiet_end"}, Word("Quiet hours apply from now on to everybody who has none of their own.")),
    ({"fade_after"}, Word("Asking less often applies to everybody from now on.")),
)
_OTHER_DAYS = Word("Other days are for those who kept the program's day; who chose another is asked on that one only.")
_NEW_DAY = Word(
    "Other days go with the new day: who kept the old one is asked on that one only from now on, at most once a week; "
    "who had chosen the new one is asked on the other days too."
)
_NO_OTHER_DAYS = Word(
    "There are no other days any more: everybody is asked on their own day only, at most once a week."
)
_OCCURRENCES = 10
_LOOKED_AT = 80
_NEXT_YEAR = timedelta(days=330)
_ORDINALS = (Word(""), Word("first"), Word("second"), Word("third"), Word("fourth"), Word("last"))
_SHOWN_DAYS_OFF = 3
_PAUSED = Word("left out: the program is paused")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One check-in to come: its local date and hour, and why it moved if it did. One left out has no hour."""

    date: str
    clock: str
    note: str = ""


def sentence(settings: ProgramSettings) -> Word:
    """Return a schedule as a sentence."""
    when = Word("%(often)s at %(time)s, in each person's own time.", often=_often(settings), time=hour(settings.time))
    reminders = _all([_reminder(settings, hours) for hours in settings.remind_hours])
    remind = Word("Remind after %(hours)s.", hours=reminders) if reminders else Word("No reminders.")
    close = Word("Close after %(hours)s.", hours=_hours(settings.window_hours))
    late = schedules.closes_after(settings) - settings.window_hours
    grace = (
        Word("Late answers count for %(hours)s more.", hours=_hours(late))
        if late > 0
        else Word("Late answers do not count.")
    )
    return joined(" ", [when, *_limits(settings), remind, close, grace, *_quiet(settings), *_fading(settings)])


def _all(words: Sequence[str]) -> Word:
    return joined(Word(" and "), words)


def _reminder(settings: ProgramSettings, hours: int) -> str:
    """Say a reminder by its hours, and when it reaches people if that is later."""
    found: list[Word] = []
    for day in sorted({settings.day, *settings.also_days}):
        comes = schedules.reaches(settings, day, hours)
        if comes is None or comes >= schedules.planned(settings, day, settings.window_hours):
            return Word("%(hours)s h (too late to be sent)", hours=hours)
        if comes != schedules.planned(settings, day, hours):
            said = hour(f"{comes:%H:%M}")
            if said not in found:
                found.append(said)
    times = joined(Word(" or "), found)
    return Word("%(hours)s h (reaches people at %(times)s)", hours=hours, times=times) if found else f"{hours} h"


def _quiet(settings: ProgramSettings) -> list[Word]:
    """Say between which hours nothing comes: the program's own, and those of the law."""
    start, end = settings.quiet_start, settings.quiet_end
    own = (
        Word("No quiet hours.")
        if start == end
        else Word("No reminder between %(start)s and %(end)s.", start=hour(start), end=hour(end))
    )
    law = _all(_law(settings.region)) if settings.region else ""
    return (
        [own, Word("By law (%(region)s), texts come only %(law)s.", region=settings.region, law=law)] if law else [own]
    )


def _law(region: str) -> list[Word]:
    """Return the law's hours, those of most days first, and of the other days by name."""
    by_hours: dict[tuple[str, str], list[int]] = {}
    for day in range(7):
        hours = lawful_hours(region, day)
        if hours:
            by_hours.setdefault(hours, []).append(day)
    found: list[Word] = []
    for (start, end), weekly in sorted(by_hours.items(), key=lambda one: -len(one[1])):
        between = Word("from %(start)s to %(end)s", start=hour(start), end=hour(end))
        found.append(Word("on %(days)s %(between)s", days=weekdays(weekly), between=between) if found else between)
    return found


def _fading(settings: ProgramSettings) -> list[Word]:
    if not settings.fade_after:
        return []
    return [Word("After %(weeks)s, ask once in four weeks.", weeks=_silent(settings.fade_after))]


def _silent(weeks: int) -> Word:
    return Word("1 silent week") if weeks == 1 else Word("%(weeks)s silent weeks", weeks=weeks)


def _often(settings: ProgramSettings) -> Word:
    """Say on which days: "Every Thursday", "Every 2 weeks on Monday", "On the last Friday of each month"."""
    named = weekdays(sorted({settings.day, *settings.also_days}))
    if settings.month_week:
        return Word("On the %(nth)s %(days)s of each month", nth=_ORDINALS[settings.month_week], days=named)
    if settings.every_weeks == 1:
        return Word("Every %(days)s", days=named)
    return Word("Every %(weeks)s weeks on %(days)s", weeks=settings.every_weeks, days=named)


def _limits(settings: ProgramSettings) -> list[Word]:
    """Say what the plain weekly case has nothing of."""
    found = []
    if settings.spread_minutes:
        found.append(Word("Spread over %(minutes)s min.", minutes=settings.spread_minutes))
    if settings.starts:
        found.append(Word("From %(day)s on.", day=settings.starts))
    if settings.ends:
        found.append(Word("Until %(day)s.", day=settings.ends))
    if settings.closed:
        found.append(Word("Closed %(days)s.", days=_closed(settings)))
    if settings.region:
        found.append(Word("No check-in on public holidays (%(region)s).", region=settings.region))
    return found


def _closed(settings: ProgramSettings) -> Word:
    spans = [days(first, last) for first, last in closed_days(settings.closed)]
    more, shown = len(spans) - _SHOWN_DAYS_OFF, joined(", ", spans[:_SHOWN_DAYS_OFF])
    return Word("%(days)s and %(number)s more times", days=shown, number=more) if more > 0 else shown


def _hours(hours: int) -> str:
    whole, rest = divmod(hours, 24)
    if rest or not whole:
        return f"{hours} h"
    return Word("1 day") if whole == 1 else Word("%(days)s days", days=whole)


def occurrences(settings: ProgramSettings, now: datetime, zone: str = "") -> list[Occurrence]:
    """Return the next ten check-ins of somebody with the program's day and hour, and those left out between them.

    Those within a pause of the program are among the ten, each left out. Without a zone, in the program's. Raises
    ProgramError for a zone that there is not.
    """
    if zone:
        check_zone(zone)
    zone = zone or settings.zone
    rhythm = schedules.rhythm(settings).of(settings.day, settings.time, zone)
    now = now.astimezone(UTC)
    found: list[Occurrence] = []
    kept = 0
    for one in islice(upcoming(rhythm, now), _LOOKED_AT):
        found.append(_said(one, zone, now.date() + _NEXT_YEAR, _paused(settings, one)))
        kept += one.due is not None
        if kept == _OCCURRENCES:
            break
    return found


def _paused(settings: ProgramSettings, one: Coming) -> bool:
    return one.due is not None and program_pauses.holds(settings, one.due)


def _said(one: Coming, zone: str, far: date, paused: bool) -> Occurrence:
    wall = local(one.due, zone) if one.due else None
    day = wall.date() if wall else one.occasion
    clock = hour(f"{wall:%H:%M}") if wall and not paused else ""
    return Occurrence(dated(day, year=day > far), clock, sentences((_PAUSED,) if paused else one.notes))


def sentences(notes: Sequence[Word]) -> Word:
    """Return notes as a sentence each."""

    def write(language: str) -> str:
        said = [say(language, note) for note in notes]
        return " ".join(f"{note[0].upper()}{note[1:].rstrip('.')}." for note in said)

    return Written(write)


def changes(old: ProgramSettings, new: ProgramSettings) -> list[Word]:
    """Return what changed, a short line each, such as "Day: Monday, was Thursday"."""
    before, after = _words(old), _words(new)
    return [changed(NAMES[f], before[f], after[f]) for f in FIELDS if before[f] != after[f]]


def changed(name: str, before: str, after: str) -> Word:
    """Say one change."""
    return Word("%(name)s: %(after)s, was %(before)s", name=name, after=after, before=before)


def _words(settings: ProgramSettings) -> dict[str, str]:
    none, often = Word("none"), settings.every_weeks
    return {
        "day": weekday(settings.day),
        "also_days": weekdays(settings.also_days) or none,
        "time": hour(settings.time),
        "zone": settings.zone,
        "every_weeks": Word("every week") if often == 1 else Word("every %(weeks)s weeks", weeks=often),
        "month_week": _ORDINALS[settings.month_week] or Word("any"),
        "starts": settings.starts or none,
        "ends": settings.ends or none,
        "closed": joined(", ", [days_of(first, last) for first, last in closed_days(settings.closed)]) or none,
        "region": settings.region or none,
        "remind_hours": _all([Word("after %(hours)s h", hours=hours) for hours in settings.remind_hours]) or none,
        "window_hours": Word("after %(hours)s", hours=_hours(settings.window_hours)),
        "grace_hours": Word("count for %(hours)s", hours=_hours(settings.grace_hours)),
        "quiet_start": hour(settings.quiet_start),
        "quiet_end": hour(settings.quiet_end),
        "spread_minutes": Word("over %(minutes)s min", minutes=settings.spread_minutes),
        "fade_after": Word("after %(weeks)s", weeks=_silent(settings.fade_after))
        if settings.fade_after
        else Word("never"),
    }


def reach(old: ProgramSettings, new: ProgramSettings, language: str = "en") -> str:
    """Return whom a change concerns, and from when, in this language ("en" or "es")."""
    differ = schedules.changed(old, new)
    said = [*(words for names, words in _REACH if differ & names), *_other_days(old, new)]
    return " ".join(say(language, words) for words in said)


def _other_days(old: ProgramSettings, new: ProgramSettings) -> list[Word]:
    """Say whom other days are for, where that changes: they go with the program's own day."""
    if (old.day, old.also_days) == (new.day, new.also_days):
        return []
    if not new.also_days:
        return [_NO_OTHER_DAYS] if old.also_days else []
    return [_OTHER_DAYS if old.day == new.day else _NEW_DAY]
