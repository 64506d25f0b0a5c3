"""How long a rest lasts and when to come back, in somebody's own words: what follows PAUSE, and what follows LATER.

Nothing here knows the clock: the day, and the local time, are told.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from flows.reading.dates import dated_weekday, first_of_month, later, not_in_calendar, read_date
from flows.reading.hours import read_time
from flows.reading.numbers import about
from flows.reading.spelling import fold, strip_phrases
from flows.reading.spoken import POLITE, listed

_LONGEST = 80
# Only to see whether words can be read at all: in one of so many years each date is each day of the week.
_EARLY, *_OTHERS = [datetime.combine(date(year, 1, 1), time(0)) for year in range(2000, 2028)]
_SPANISH = frozenset(listed("hasta, el, la, las, los, de, del, en, por, una, un, al, manana, dentro, hoy, esta, este"))

_COUNT = r"(\d{1,3}|[a-z]+(?: [a-z]+){0,3}?)"
_UNIT = r"(fortnights?|quincenas?|days?|dias?|weeks?|wks?|semanas?|months?|mos?|mes(?:es)?|years?|anos?)"
_LASTING = re.compile(
    rf"(?:(?:for|por|during|durante|in|en|dentro de|the next|next|de) )*{_COUNT} ?{_UNIT}"
    r"(?: from now| from today| more| mas)?"
)
_UNTIL = re.compile(
    r"(?:till|til|until|untill|hasta(?: que)?|through|thru|up to|regreso|vuelvo"
    r"|(?:i will be |ill be |i'll be |be )?back)"
    r"(?P<after>(?: on| the day)? after| despues de[l]?)?(?: on)? (?P<end>.+)"
)
_PART_OF_DAY = re.compile(r" (?:(?:in the )?(?:morning|afternoon|evening|night)|(?:por|en) la (?:manana|tarde|noche))$")
_WEEKEND = frozenset(listed("weekend, the weekend, this weekend, el fin de semana, este fin de semana"))
_DAY = frozenset(
    listed("today, the day, the rest of the day, rest of the day, 24 hours, hoy, el dia, todo el dia, 24 horas")
)
_FOR = re.compile(r"^(?:for|por|during|durante) ")
_THROUGH = ("through ", "thru ")
_REST_OF_WEEK = frozenset(
    listed("this week, the week, rest of the week, the rest of the week, all week, rest of week, toda la semana")
    + listed("end of the week, the end of the week, end of week, fin de la semana, el fin de la semana")
    + listed("esta semana, el resto de la semana, lo que queda de semana")
)
_REST_OF_MONTH = frozenset(
    listed("this month, the month, rest of the month, the rest of the month, este mes, el resto del mes, todo el mes")
    + listed("end of the month, the end of the month, end of month, fin de mes, el fin de mes, fin del mes")
)
_REST_OF_YEAR = frozenset(
    listed("this year, the rest of the year, rest of the year, the end of the year, end of the year, end of year")
    + listed("the end of this year, end of this year, year end, este ano, el resto del ano, fin de ano, el fin de ano")
    + listed("fin del ano, fines de ano, finales de ano, final de ano, el final del ano, acabe el ano, termine el ano")
)
_PAST = re.compile(r"yesterday|(?:last|this past) [a-z]+|ayer|anteayer|antier|(?:el |la )?[a-z]+ pasad[oa]")

_SOON = re.compile(
    rf"(?:(?:in|en|dentro de|for|por|another|about|como en) )*{_COUNT} ?"
    r"(minutes?|mins?|min|m|minutos?|hours?|hrs?|hr|h|horas?)(?: from now| (?:and a half|y media))?"
)
_HALF = re.compile(r"(?:(?:in|en|dentro de) )?(?:(?:an? )?half (?:an )?hour|media hora)|hora y media")
_AND_A_HALF = (" and a half", " y media")
_FILLERS = (
    *POLITE,
    *listed("until, till, til, untill, hasta, around, about, maybe, say, for, back, again, instead, it, me, a eso de"),
    *listed("or so, mas o menos, como, same time, the same time, at the same time, a la misma hora"),
)
_PARTS: dict[str, tuple[int, int, int]] = {
    "morning": (0, 12, 8),
    "afternoon": (12, 18, 15),
    "evening": (16, 22, 19),
    "night": (18, 24, 20),
}
"""From which hour, before which hour, and at which hour when none is named."""
_NAMES = {
    "morning": listed("morning, mornings, early, manana, temprano, madrugada, first thing"),
    "afternoon": listed("afternoon, tarde"),
    "evening": listed("evening"),
    "night": listed("night, noche"),
}
_OF_TODAY = listed("this {}, later this {}, esta {}, hoy en la {}, hoy por la {}, hoy {}, today in the {}")
_OF_A_DAY = listed("in the {}, first thing in the {}, at {}, en la {}, por la {}, de la {}, al {}, {}")
_PHRASES: dict[str, tuple[str, bool]] = {
    **{form.format(name): (part, False) for part, names in _NAMES.items() for name in names for form in _OF_A_DAY},
    **{form.format(name): (part, True) for part, names in _NAMES.items() for name in names for form in _OF_TODAY},
    **dict.fromkeys(("tonight", "tonite", "later tonight"), ("night", True)),
}
# "Mañana" alone is tomorrow.
del _PHRASES["manana"]
_PART = re.compile(r"\b(?:" + "|".join(sorted(_PHRASES, key=len, reverse=True)) + r")\b")
_NAMED_HOURS = {
    **dict.fromkeys(listed("lunch, lunchtime, lunch time"), "12:00"),
    **dict.fromkeys(listed("after lunch, despues de comer, despues del almuerzo"), "13:00"),
    **dict.fromkeys(listed("end of day, the end of the day, end of the day, eod"), "17:00"),
    **dict.fromkeys(listed("after work, despues del trabajo, al salir del trabajo"), "17:30"),
}
_NAMED_HOUR = re.compile(r"\b(?:" + "|".join(sorted(_NAMED_HOURS, key=len, reverse=True)) + r")\b")
_ZERO = re.compile(r"\D*0")
_WAKING = range(7, 22)
_A_FEW_HOURS = timedelta(hours=3)


def read_span(text: str, today: date) -> date | None:
    """Read until when somebody wants to rest: the day on which texts come again, always after today.

    "2 weeks", "for a month", "until Jan 5", "hasta el 5 de enero", "the rest of the week". "Through Friday" ends on the
    day after. None where no end is named ("vacation") or where it is past.
    """
    if len(text) > _LONGEST:
        return None
    said = strip_phrases(fold(text).replace(",", " "), POLITE)
    found = _lasting(said, today) or _until(said, today)
    return found if found and found > today else None


def read_moment(text: str, at: datetime, usual_time: str, *, waits: bool = False) -> datetime | None:
    """Read when somebody wants to be asked again: local, and strictly later than `at`, which is local too.

    "tomorrow 8am", "in 2 hours", "tonight", "monday 9", "at 5pm", "esta noche". A day without an hour is meant at
    `usual_time` ("HH:MM"), or at an hour of the part of the day that was named; an hour without a day is the next such
    hour. None where it is past, or no time at all. `waits`: "3 days" is read like "in 3 days".
    """
    if len(text) > _LONGEST:
        return None
    said = _NAMED_HOUR.sub(lambda found: _NAMED_HOURS[found[0]], fold(text).replace(",", " "))
    said = strip_phrases(said, _FILLERS)
    try:
        found = _soon(said, at) or _named(said, at, usual_time)
        if found is None and waits:
            found = _named(f"in {_FOR.sub('', said)}", at, usual_time)
    except OverflowError:  # the end of the calendar
        return None
    return found if found and found > at else None


def is_span(text: str) -> bool:
    """Whether this could say how long: "2 weeks", and not "and think"."""
    return any(read_span(text, at.date()) for at in _any_year(text))


def no_such_day(text: str) -> bool:
    """Whether this names a day that its month does not have: "until Feb 31"."""
    said = strip_phrases(fold(text).replace(",", " "), POLITE)
    found = _UNTIL.fullmatch(said)
    return not_in_calendar(found["end"] if found else said)


def no_day_ahead(text: str) -> bool:
    """Whether this names a time without a day before it: "until today", "until noon", "yesterday", "0 days"."""
    said = strip_phrases(fold(text).replace(",", " "), POLITE)
    lasting, until = _LASTING.fullmatch(said), _UNTIL.fullmatch(said)
    named = until["end"] if until else said
    if _PAST.fullmatch(named) or (lasting and about(lasting[1]) == 0):
        return True
    moment = read_moment(named, _EARLY, "12:00")
    return moment is not None and moment.date() == _EARLY.date()


def is_moment(text: str, *, waits: bool = False) -> bool:
    """Whether this could say when: "today", "in 2 hours", and not "today I see a client"."""
    return any(read_moment(text, at, "12:00", waits=waits) for at in _any_year(text))


def _any_year(text: str) -> list[datetime]:
    """Return a day of every kind of year for a text that may name a date with its weekday, of one year for others."""
    return [_EARLY, *_OTHERS] if dated_weekday(text) else [_EARLY]


def _lasting(said: str, today: date) -> date | None:
    found = _LASTING.fullmatch(said)
    number = about(found[1]) if found else None
    if found and number:
        return later(today, number, found[2][0])
    rested = _FOR.sub("", said)
    if rested in _DAY:
        return later(today, 1, "d")
    return _rest("this week" if rested in _WEEKEND else rested, today)


def _rest(said: str, today: date) -> date | None:
    if said in _REST_OF_WEEK:
        return later(today, 7 - today.weekday(), "d")
    if said in _REST_OF_YEAR:
        return later(today.replace(month=1, day=1), 1, "y")
    return later(today.replace(day=1), 1, "m") if said in _REST_OF_MONTH else None


def _until(said: str, today: date) -> date | None:
    found = _UNTIL.fullmatch(said)
    named = _PART_OF_DAY.sub("", found["end"] if found else said)
    rest = _rest(named, today)
    day = rest or read_date(named, today, _language(said))
    if found is None or rest:
        return day
    day = day or first_of_month(named, today)
    return later(day, 1, "d") if day and (found["after"] or said.startswith(_THROUGH)) else day


def _language(said: str) -> str:
    return "es" if _SPANISH.intersection(said.split()) else "en"


def _soon(said: str, at: datetime) -> datetime | None:
    """Read a wait of minutes or hours: "in 30 min", "dos horas", "half an hour", "an hour and a half"."""
    if _HALF.fullmatch(said):
        return at + timedelta(minutes=90 if said.startswith("hora") else 30)
    found = _SOON.fullmatch(said)
    number = about(found[1]) if found else None
    if found is None or not number:
        return None
    in_hours = found[2].startswith("h")
    minutes = number * 60 if in_hours else number
    return at + timedelta(minutes=minutes + (30 if said.endswith(_AND_A_HALF) and in_hours else 0))


def _named(said: str, at: datetime, usual_time: str) -> datetime | None:
    """Read a day, a part of it and an hour, in whatever order; any of them may be missing, not all."""
    parts = {_PHRASES[found] for found in _PART.findall(said)}
    rest = strip_phrases(" ".join(_PART.sub(" ", said).split()), _FILLERS)
    if len({part for part, _ in parts}) > 1 or not (parts or rest):
        return None
    part = next(iter(parts))[0] if parts else None
    day, hours = _day_and_hours(rest, at.date(), part)
    if rest and day is None and not hours:
        return None
    if day is None and any(today for _, today in parts):
        day = at.date()
    if hours:
        return _at_an_hour(day, hours, at, part)
    return _at_no_hour(day, at, part, usual_time)


def _day_and_hours(said: str, today: date, part: str | None) -> tuple[date | None, list[time]]:
    """Return the day that is named, and the hours that may be meant: two where it may be morning or evening."""
    words, language = said.split(), _language(said)
    for split in range(len(words) + 1):
        first, second = " ".join(words[:split]), " ".join(words[split:])
        for day_said, hour_said in ((first, second), (second, first)):
            hours = _hours(hour_said, language, part)
            day = read_date(day_said, today, language) if day_said and (hours or not hour_said) else None
            if (day or not day_said) and (hours or not hour_said):
                return day, hours
    return None, []


def _hours(said: str, language: str, part: str | None) -> list[time]:
    """Return what an hour may mean: "8" is 8:00 or 20:00, and in the part of the day that was named only one."""
    plain = read_time(said, language) if said else None
    if plain is None:
        return []
    halves = [read_time(f"{said} {half}", language) for half in ("am", "pm")]
    either = [half for half in halves if half] if all(halves) and not _ZERO.match(said) else [plain]
    hours = [time.fromisoformat(hour) for hour in either]
    if part is None:
        return hours
    begins, ends, _ = _PARTS[part]
    return [hour for hour in hours if begins <= hour.hour < ends or (part == "night" and plain == "00:00")]


def _at_an_hour(day: date | None, hours: list[time], at: datetime, part: str | None) -> datetime | None:
    if part == "night" and hours[0] == time(0):  # midnight ends the day it belongs to
        return datetime.combine((day or at.date()) + timedelta(days=1), time(0))
    if day is not None and day != at.date():
        return datetime.combine(day, _usual(hours))
    days = [at.date()] if day else [at.date(), at.date() + timedelta(days=1)]
    wanted = [hour for hour in hours if hour.hour in _WAKING] if len(hours) > 1 else hours
    moments = [datetime.combine(each, hour) for each in days for hour in wanted]
    return next((moment for moment in moments if moment > at), None)


def _usual(hours: list[time]) -> time:
    """Return the hour that a working day has: of 5 the afternoon's, of 8 the morning's."""
    return hours[-1] if 1 <= hours[0].hour <= 6 or hours[0].hour == 0 else hours[0]


def _at_no_hour(day: date | None, at: datetime, part: str | None, usual_time: str) -> datetime | None:
    begins, ends, named = _PARTS[part] if part else (0, _WAKING.stop, 0)
    usual = time.fromisoformat(usual_time)
    hour = usual if part is None or begins <= usual.hour < ends else time(named)
    if day is None:
        days = (at.date(), at.date() + timedelta(days=1))
        return next((found for found in (datetime.combine(each, hour) for each in days) if found > at), None)
    moment = datetime.combine(day, hour)
    if moment > at or day != at.date():
        return moment
    # The usual hour is over when somebody says "later today".
    moment = at + (timedelta(hours=1) if part else _A_FEW_HOURS)
    return moment if moment.date() == day and moment.hour < ends else None
