"""A date in somebody's own words."""

from __future__ import annotations

import re
from datetime import date, timedelta

from flows.reading.numbers import NUMBERS, about
from flows.reading.spelling import bare, fold, strip_phrases
from flows.reading.spoken import DAYS, ORDINALS, POLITE, listed

_LONGEST = 80
_LEAP = 2028
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "january jan enero ene",
            "february feb febrero",
            "march mar marzo",
            "april apr abril abr",
            "may mayo",
            "june jun junio",
            "july jul julio",
            "august aug agosto ago",
            "september sep sept septiembre setiembre",
            "october oct octubre",
            "november nov noviembre",
            "december dec diciembre dic",
        ),
        1,
    )
    for word in words.split()
}
WEEKDAYS: dict[str, int] = {
    label: choice.key - 1 for choice in DAYS.choices for labels in choice.labels.values() for label in labels
}
"""Every name of a day of the week, 0 for Monday."""

_NEAR = {
    **dict.fromkeys(listed("today, hoy, later today"), 0),
    **dict.fromkeys(listed("tomorrow, tmrw, tmr, tmw, tmrow, 2morrow, 2moro, tomorow, tommorow, tommorrow, manana"), 1),
    **dict.fromkeys(listed("day after tomorrow, the day after tomorrow, pasado manana"), 2),
}
_HEDGES = (
    *POLITE,
    *listed("on, by, maybe, probably, i think, i guess, its, it is, es, creo que, creo, tal vez, quizas, para"),
)

_DATED = frozenset({*_MONTHS, *ORDINALS, *NUMBERS})

_ARTICLE = re.compile(r"^(?:el dia|el|the) (?=\d)")
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d{2}))?")
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY = r"(\d{1,2}|[a-z]+(?: y [a-z]+| [a-z]+)??)(?:st|nd|rd|th|ro|o)?"
_YEAR = r"(?:(?: de| del| of)? (\d{4}))?"
_MONTH_FIRST = re.compile(rf"(?:el )?({_MONTH}) (?:the )?{_DAY}{_YEAR}")
_DAY_FIRST = re.compile(rf"(?:the |el |el dia |dia )?{_DAY} (?:of |de |del )?({_MONTH}){_YEAR}")
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_NAMED = re.compile(
    rf"(?:(?:the|this|next|this coming|this next|coming|el|los|este|el proximo|proximo|el siguiente|el otro) )?"
    rf"({_WEEKDAY})(?: (?:que viene|proximo|the|el))?(?: {_DAY})?"
)
_WEEK_AFTER = re.compile(
    rf"({_WEEKDAY}) (?:of )?next week|next week (?:on )?({_WEEKDAY})"
    rf"|(?:el )?({_WEEKDAY}) de la (?:proxima semana|otra semana|semana que viene)"
)
_WITH_WEEKDAY = re.compile(rf"(?:el |on )?({_WEEKDAY}) (.+)")
_OF_THE_MONTH = re.compile(r"(?:the (\d{1,2})(?:st|nd|rd|th)|(\d{1,2})(?:st|nd|rd|th)|(?:el|el dia|dia) (\d{1,2}))")
_FEAST = {
    **dict.fromkeys(listed("christmas, xmas, christmas day, navidad, la navidad"), (12, 25)),
    **dict.fromkeys(listed("new year, new years, the new year, new years day, next year, ano nuevo"), (1, 1)),
    **dict.fromkeys(listed("el ano nuevo, el ano que viene, el proximo ano"), (1, 1)),
}
_IN = re.compile(
    r"(?:(?:in|en|dentro de) )(\d{1,3}|[a-z]+(?: [a-z]+){0,3}?)"
    r" ?(days?|dias?|weeks?|wks?|semanas?|months?|mes(?:es)?|years?|anos?)"
)
_DAYS_IN = {"d": 1, "w": 7, "s": 7, "f": 14, "q": 14}
_MONTHS_IN = {"m": 1, "y": 12, "a": 12}
_WEEKEND = frozenset(
    listed("weekend, the weekend, this weekend, the next weekend, el fin de semana, este fin de semana, fin de semana")
)
_NEXT_WEEK = frozenset(listed("next week, la proxima semana, proxima semana, la semana que viene, la otra semana"))
_NEXT_MONTH = frozenset(listed("next month, el proximo mes, proximo mes, el mes que viene, the first of next month"))


def read_date(text: str, today: date | None, language: str) -> date | None:
    """Read a date, never one before today: "Jan 5", "5 de enero", "1/5", "next friday", "tomorrow", "in 2 weeks".

    Without a year it is the next such date after today. 1/5 is in January, but in Spanish in May; 13/5 is in May in
    both. Where today is not known only a date with its year is read.
    """
    if len(text) > _LONGEST:
        return None
    said = strip_phrases(fold(text).replace(",", " ").replace("'", ""), _HEDGES)
    found = exact_date(_ARTICLE.sub("", said), today, language)
    if found is not None:
        return found
    said = bare(said)
    if said in _FEAST:
        return _next(*_FEAST[said], None, today)
    return _with_month(said, today) or (_counted(said, today) if today else None) or _on_weekday(said, today)


def exact_date(text: str, today: date | None, language: str) -> date | None:
    """Read a date in figures: "2027-01-05", "1/5/2027", "1/5"."""
    said = fold(text)
    if found := _ISO.fullmatch(said):
        return _from(today, _made(int(found[1]), int(found[2]), int(found[3])))
    found = _SLASHED.fullmatch(said)
    if found is None or (found[2] != "/" and not found[4]):
        return None  # 1-5 is a range and 1.5 a number
    first, second = int(found[1]), int(found[3])
    month, day = (first, second) if _month_first(first, second, language) else (second, first)
    return _next(month, day, _year(found[4]), today)


def _month_first(first: int, second: int, language: str) -> bool:
    """Whether of two figures the first is the month: the American order, unless only the other is possible."""
    return second > 12 if language == "es" else first <= 12


def _year(said: str | None) -> int | None:
    return None if said is None else int(said) + (2000 if len(said) == 2 else 0)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _from(today: date | None, found: date | None) -> date | None:
    return found if found is None or today is None or found >= today else None


def _next(month: int, day: int, year: int | None, today: date | None) -> date | None:
    """Return the next such date after today; one that comes neither this year nor next is no date."""
    if year is not None:
        return _from(today, _made(year, month, day))
    if today is None:
        return None
    dates = (_made(today.year + more, month, day) for more in (0, 1))
    return next((found for found in dates if found and found > today), None)


def _with_month(said: str, today: date | None) -> date | None:
    for pattern, month, day in ((_MONTH_FIRST, 1, 2), (_DAY_FIRST, 2, 1)):
        found = pattern.fullmatch(said)
        number = _day_of_month(found[day]) if found else None
        if found and number:
            return _next(_MONTHS[found[month]], number, _year(found[3]), today)
    return None


def dated_weekday(text: str) -> bool:
    """Whether this may name a date together with its day of the week, which only some years have."""
    words = set(bare(text).split())
    dated = any(word[0].isdigit() for word in words) or not words.isdisjoint(_DATED)
    return dated and not words.isdisjoint(WEEKDAYS)


def not_in_calendar(said: str) -> bool:
    """Whether this is a day and a month that has no such day: "feb 31", "monday feb 31", "31 de abril"."""
    named = _WITH_WEEKDAY.fullmatch(said)
    for pattern, month, day in ((_MONTH_FIRST, 1, 2), (_DAY_FIRST, 2, 1)):
        found = pattern.fullmatch(named[2] if named else said)
        number = _day_of_month(found[day]) if found else None
        if found and number:
            return _made(int(found[3] or _LEAP), _MONTHS[found[month]], number) is None
    return False


def _day_of_month(said: str) -> int | None:
    return int(said) if said.isdecimal() else ORDINALS.get(said) or NUMBERS.get(said)


def _counted(said: str, today: date) -> date | None:
    """Read what counts from today: tomorrow, a day of the week, the 5th, next week, in two weeks."""
    if said in _NEAR:
        return later(today, _NEAR[said], "d")
    if said in _NEXT_WEEK:
        return later(today, 7 - today.weekday(), "d")
    if said in _WEEKEND:
        return _weekday(today, 5, None)
    if said in _NEXT_MONTH:
        return later(today.replace(day=1), 1, "m")
    if found := _IN.fullmatch(said):
        number = about(found[1])
        return later(today, number, found[2][0]) if number else None
    if found := _OF_THE_MONTH.fullmatch(said):
        return _day_after(today, int(found[1] or found[2] or found[3]))
    if found := _WEEK_AFTER.fullmatch(said):
        day = next(WEEKDAYS[name] for name in found.groups() if name)
        return later(today, 7 - today.weekday() + day, "d")
    found = _NAMED.fullmatch(said)
    return _weekday(today, WEEKDAYS[found[1]], found[2]) if found else None


def _on_weekday(said: str, today: date | None) -> date | None:
    """Read "Monday, Jan 4", if that is a Monday."""
    found = _WITH_WEEKDAY.fullmatch(said)
    day = _with_month(found[2], today) if found else None
    return day if found and day and day.weekday() == WEEKDAYS[found[1]] else None


def _weekday(today: date, day: int, of_month: str | None) -> date | None:
    """Return the next such day of the week; "monday the 5th" is the 5th, if that is a Monday."""
    if of_month is None:
        return later(today, (day - today.weekday() - 1) % 7 + 1, "d")
    number = _day_of_month(of_month)
    found = _day_after(today, number) if number else None
    return found if found and found.weekday() == day else None


def _day_after(today: date, day: int) -> date | None:
    """Return the next date with this day of the month, this month or next."""
    first = today.replace(day=1)
    for start in (first, later(first, 1, "m")):
        found = _made(start.year, start.month, day) if start else None
        if found and found > today:
            return found
    return None


def first_of_month(said: str, today: date) -> date | None:
    """Read a month alone as its first day, the next one after today."""
    return _next(_MONTHS[said], 1, None, today) if said in _MONTHS else None


def later(day: date, number: int, unit: str) -> date | None:
    """Return the date so many days (d), weeks (w, s), fortnights (f, q), months (m) or years (y, a) on."""
    try:
        if unit in _DAYS_IN:
            return day + timedelta(days=number * _DAYS_IN[unit])
        years, month = divmod(day.month - 1 + number * _MONTHS_IN[unit], 12)
        ends = (_made(day.year + years, month + 1, last) for last in (day.day, 30, 29, 28))
        return next((end for end in ends if end), None)
    except OverflowError:
        return None
