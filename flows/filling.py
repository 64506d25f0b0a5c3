"""What fills the placeholders of the texts, each worked out only if a text has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from flows import aloud, schedule, scoring
from flows.chosen import break_hours, hours_allowed, quiet_hours, setting, settings
from flows.coming import at_usual, next_due, snoozed
from flows.context import Context, Event
from flows.conversation import Conversation
from flows.flow import Texts
from flows.reading.keywords import spanish
from flows.reading.zones import place
from flows.text import fill, placeholders

Value = Callable[[Conversation | None, Context, str], str]

_PAUSE_DAYS = 14
_TIME_OFF = timedelta(days=28)

# A program's own word for the people it serves: one of them, "a ..." and several.
_CLIENTS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "client": {"en": ("client", "a client", "clients"), "es": ("cliente", "un cliente", "clientes")},
    "patient": {"en": ("patient", "a patient", "patients"), "es": ("paciente", "un paciente", "pacientes")},
    "student": {"en": ("student", "a student", "students"), "es": ("estudiante", "un estudiante", "estudiantes")},
    "individual": {"en": ("individual", "an individual", "individuals"), "es": ("persona", "una persona", "personas")},
}
CLIENT_WORDS = frozenset(_CLIENTS)
"""The words for "client" that a program may choose from."""

_TRENDS = {
    "en": {"easier": "easier", "heavier": "heavier", "level": "about the same", "unknown": "too early to say"},
    "es": {"easier": "mas ligero", "heavier": "mas pesado", "level": "parecido", "unknown": "aun no se sabe"},
}


# Every text is said many times over, and there are not many.
_placeholders = lru_cache(maxsize=4096)(placeholders)


def filled(texts: Texts, conversation: Conversation | None, context: Context, language: str) -> str:
    """Return a text as it is read or spoken, with its placeholders filled in."""
    template, known = texts[language], _VALUES
    if context.channel == "voice":
        template, known = texts.get(f"{language} voice", template), _ALOUD
    names = _placeholders(template)
    if not names:
        return template
    values = {name: known[name](conversation, context, language) for name in names if name in known}
    said = fill(template, values)
    # A program without a phone number leaves no hole in its texts.
    return said if all(values.values()) else " ".join(said.split())


def paused_until(conversation: Conversation | None, context: Context) -> date:
    """Return the local date up to which PAUSE rests: two weeks, or as long as was asked for."""
    chosen = str(conversation.settings.get("pause_until", "")) if conversation else ""
    return date.fromisoformat(chosen) if chosen else context.at.date() + timedelta(days=_PAUSE_DAYS)


def time_off_reminder(conversation: Conversation | None, context: Context) -> datetime:
    """Return when "remind me" about time off comes back: in four weeks, at the hour the person chose."""
    return at_usual(context.at + _TIME_OFF, conversation, context)


def _keyword(context: Context, language: str) -> str:
    """Return the word that joins this program in this language, if it has one of its own."""
    ours = [word for word, slug in context.keywords.items() if slug == context.program.slug]
    return next((word for word in ours if spanish(word) == (language == "es")), context.program.keyword)


def _groups(context: Context, language: str) -> str:
    return " ".join(f"{c.key} {c.labels[language][0]}" for c in context.program.groups)


def _due(conversation: Conversation | None, context: Context) -> datetime | None:
    return next_due(settings(conversation, context), context)


def _due_day(show: Callable[[int, str], str]) -> Value:
    """Show the weekday of the next check-in, the one that was chosen where there is none."""

    def value(conversation: Conversation | None, context: Context, language: str) -> str:
        due = _due(conversation, context)
        return show(due.weekday() if due else int(setting(conversation, context, "day")), language)

    return value


def _due_time(conversation: Conversation | None, context: Context, language: str) -> str:
    """Return the hour of the next check-in, the one that was chosen where there is none."""
    due = _due(conversation, context)
    return schedule.clock(f"{due:%H:%M}" if due else str(setting(conversation, context, "time")), language)


def _due_date(show: Callable[[date, str], str], no_date: Mapping[str, str]) -> Value:
    """Show the date of the next check-in, or words that promise none: they stand where a date would, before an hour."""

    def value(conversation: Conversation | None, context: Context, language: str) -> str:
        due = _due(conversation, context)
        return show(due.date(), language) if due else no_date[language]

    return value


def _quiet(conversation: Conversation | None, context: Context, language: str) -> str:
    """Return the hours without reminders: the person's own, else the program's."""
    start, end = quiet_hours(conversation, context)
    if start == end:
        return {"en": "none", "es": "ninguna"}[language]
    between = {"en": "-", "es": " a "}[language]
    return schedule.clock(start, language) + between + schedule.clock(end, language)


def _breaks(conversation: Conversation | None, context: Context, language: str) -> str:
    """Return at which hours texts with breaks come: "10:30 AM, 1:30 PM and 4:00 PM"."""
    *others, last = [schedule.clock(hour, language) for hour in break_hours(conversation, context)] or ["-"]
    return {"en": " and ", "es": " y "}[language].join([*([", ".join(others)] if others else []), last])


def _lawful(end: int) -> Value:
    """Return from when on, or before when, texts may come; without a law that is the whole day."""
    return lambda v, c, language: schedule.clock((hours_allowed(v, c) or ("00:00", "23:59"))[end], language)


def _zone(conversation: Conversation | None, context: Context) -> str:
    return str(setting(conversation, context, "zone"))


def _there(conversation: Conversation | None, context: Context, language: str) -> str:
    """Return what time it is now in the zone that was chosen, which `context.at` may be from before."""
    now = schedule.at_local(context.at.date(), f"{context.at:%H:%M}", context.program.zone)
    return schedule.clock(f"{schedule.local(now, _zone(conversation, context)):%H:%M}", language)


def _weeks(conversation: Conversation | None, context: Context) -> list[Mapping[str, object]]:
    """Return the person's weeks, the one under way with them."""
    return [*context.history, *([conversation.kept] if conversation and conversation.kept else [])]


def _item(item: str) -> Value:
    def value(conversation: Conversation | None, context: Context, _: str) -> str:
        mean = scoring.rolling_items(_weeks(conversation, context)).get(item)
        return "-" if mean is None else str(round(25 * mean))

    return value


def _client(form: int) -> Value:
    return lambda _, context, language: _CLIENTS[context.program.client][language][form]


def _event(show: Callable[[Event, str], str]) -> Value:
    """Show something of the session that is next to be told: the first, and after MORE another."""

    def value(conversation: Conversation | None, context: Context, language: str) -> str:
        events = context.program.events
        if not events:
            return "-"
        fitting = scoring.pattern(context.history) if context.history else None
        ordered = sorted(events, key=lambda event: event.topic != fitting) if fitting else list(events)
        told = conversation.frames[-1].rounds.get("one", 1) if conversation and conversation.frames else 1
        return show(ordered[(told - 1) % len(ordered)], language)

    return value


def _moment(by: datetime | None, context: Context, language: str) -> str:
    """Return until when a call is promised: an hour today, else the day with it."""
    if by is None:
        return "-"
    hour = schedule.clock(f"{by:%H:%M}", language)
    return hour if by.date() == context.at.date() else f"{schedule.short_day(by.weekday(), language)} {hour}"


NO_DATE = {"en": "the day we start again", "es": "dia que el programa siga"}
"""What is said in place of a date while nobody knows one. In Spanish "el" stands before it, as before a date."""

# Every placeholder of `flows/definitions` and what it stands for.
_VALUES: Mapping[str, Value] = {
    "p": lambda _, c, __: c.program.short_name,
    "program": lambda _, c, __: c.program.name,
    "u": lambda _, c, __: c.program.info_url,
    "help": lambda _, c, __: c.program.help_url,
    "learn": lambda _, c, __: c.program.learn_url,
    "therapists": lambda _, c, __: c.program.help_url.replace("/r/help", "/r/therapists"),
    "ph": lambda _, c, __: c.program.help_phone,
    "keyword": lambda _, c, language: _keyword(c, language),
    "n": lambda _, c, __: str(c.program.floor),
    "groups": lambda _, c, language: _groups(c, language),
    "client": _client(0),
    "a_client": _client(1),
    "clients": _client(2),
    "peer": lambda _, c, __: c.program.peer_line,
    "event": _event(lambda event, _: event.title),
    "event_date": _event(lambda event, language: schedule.short_date(event.on, language)),
    "event_place": _event(lambda event, _: event.place),
    "call_by": lambda _, c, language: _moment(c.call_by, c, language),
    "lead": lambda _, c, __: c.duty.name if c.duty else "-",
    "lead_phone": lambda _, c, __: c.duty.phone if c.duty else "-",
    "lead_by": lambda _, c, language: _moment(c.duty.by if c.duty else None, c, language),
    "times_looked": lambda _, c, __: str(c.looked[0]),
    "last_looked": lambda _, c, language: schedule.short_date(c.looked[1], language) if c.looked[1] else "-",
    "offer_day": lambda _, c, language: schedule.day_name(c.program.day, language),
    "offer_time": lambda _, c, language: schedule.clock(c.program.time, language),
    "d": _due_day(schedule.day_name),
    "t": _due_time,
    "date": _due_date(schedule.short_date, NO_DATE),
    "back": lambda v, c, language: schedule.short_date(paused_until(v, c), language),
    "later_day": lambda v, c, language: schedule.day_name(snoozed(v, c).weekday(), language),
    "later_time": lambda v, c, language: schedule.clock(f"{snoozed(v, c):%H:%M}", language),
    "reminder": lambda v, c, language: schedule.short_date(time_off_reminder(v, c).date(), language),
    "quiet": _quiet,
    "breaks": _breaks,
    "lawful_from": _lawful(0),
    "lawful_until": _lawful(1),
    "zone_place": lambda v, c, language: place(_zone(v, c), language),
    "zone_time": _there,
    "a": _item("drained"),
    "b": _item("numb"),
    "c": _item("carry"),
    "h": _item("help"),
    "trend": lambda v, c, language: _TRENDS[language][scoring.trend(_weeks(v, c))],
}


def _told(value: Value) -> Value:
    """Say in words that there is no number yet."""
    return lambda v, c, language: aloud.number(value(v, c, language), language)


# What is said otherwise on a call than it is written: nobody can hear "Wed 30 Sep", or a number of ten digits.
_ALOUD: Mapping[str, Value] = {
    **_VALUES,
    "keyword": lambda _, c, language: _keyword(c, language).lower(),
    "groups": lambda _, c, language: aloud.keys(c.program.groups, language),
    "peer": lambda _, c, __: aloud.digits(c.program.peer_line),
    "ph": lambda _, c, __: aloud.digits(c.program.help_phone),
    "event_date": _event(lambda event, language: aloud.on_day(event.on, language)),
    "call_by": lambda _, c, language: aloud.moment(c.call_by, c.at, language),
    "lead_phone": lambda _, c, __: aloud.digits(c.duty.phone) if c.duty else "-",
    "lead_by": lambda _, c, language: aloud.moment(c.duty.by if c.duty else None, c.at, language),
    "last_looked": lambda _, c, language: aloud.on_day(c.looked[1], language) if c.looked[1] else "-",
    "offer_day": lambda _, c, language: aloud.day(c.program.day, language),
    "d": _due_day(aloud.day),
    "date": _due_date(aloud.on_day, aloud.NO_DATE),
    "back": lambda v, c, language: aloud.on_day(paused_until(v, c), language),
    "later_day": lambda v, c, language: aloud.day(snoozed(v, c).weekday(), language),
    "reminder": lambda v, c, language: aloud.on_day(time_off_reminder(v, c).date(), language),
    "quiet": lambda v, c, language: _quiet(v, c, language).replace("-", " to "),
    **{name: _told(_VALUES[name]) for name in "abch"},
    "trend": lambda v, c, language: aloud.trend(scoring.trend(_weeks(v, c)), language),
}
