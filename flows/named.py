"""Settings named together with their word, or with each other: "QUIET 9pm-7am", "DAY tue 3pm", "friday 3pm"."""

from __future__ import annotations

from flows import engine
from flows.flow import Question
from flows.reading.appointed import read_day_and_hour
from flows.reading.dates import WEEKDAYS
from flows.reading.hours import read_time
from flows.reading.keywords import Command
from flows.reading.quiet import read_quiet
from flows.reading.zones import read_zone
from flows.risk import Screening
from flows.turn import Say
from flows.walk import Walk, is_loose, open_question

OF_SETTINGS = frozenset({"day", "time", "hours", "zone"})
"""Questions that a plain no leaves as things are."""


def quiet(walk: Walk, command: Command) -> bool:
    """Ask for quiet hours, or take those that came with the word."""
    return _open_with(walk, command, read_quiet(command.argument, walk.language))


def zone(walk: Walk, command: Command) -> bool:
    """Ask for the time zone, or take the one that was named."""
    return _open_with(walk, command, read_zone(command.argument))


def day(walk: Walk, command: Command) -> bool:
    """Ask for the day, or take the one that was named and ask for the hour, if it was not named as well."""
    named, hour = _day_and_hour(command.argument, walk.language)
    opened = _open_with(walk, command, named)
    if opened:
        _take_hour(walk, hour)
    return opened


def time(walk: Walk, command: Command) -> bool:
    """Ask for the hour, or take the one that was named."""
    return _open_with(walk, command, read_time(command.argument, walk.language))


def _open_with(walk: Walk, command: Command, value: int | str | None) -> bool:
    if command.name not in walk.library.flows:
        return False
    if command.argument:
        engine.push_answered(walk, command.name, value)
    else:
        engine.push(walk, command.name)
    return True


def newcomers_hour(walk: Walk, command: Command) -> bool:
    """Take "day friday" for the answer to the question of joining that is open."""
    question = _asked(walk)
    if question is None or question.kind != command.name or not command.argument:
        return False
    if command.name == "day":
        return _take_day(walk, command.argument)
    value = read_time(command.argument, walk.language)
    if value is not None:
        engine.answer(walk, value)
    return value is not None


def told_together(walk: Walk, text: str, _: Screening) -> bool:
    """Take "friday 3pm" where the day is asked: the day, and the hour where it is one."""
    question = _asked(walk)
    return question is not None and question.kind == "day" and _take_day(walk, text)


def leave(walk: Walk) -> bool:
    """Leave a setting that was not understood twice as it is, and say so."""
    question = _asked(walk)
    wanted = question is not None and question.kind in OF_SETTINGS
    return wanted and is_loose(walk) and walk.frames[-1].tries > 0 and engine.skip(walk)


def _asked(walk: Walk) -> Question | None:
    return open_question(walk.conversation, walk.library, walk.context)


def _day_and_hour(said: str, language: str) -> tuple[int | None, str | None]:
    day = WEEKDAYS.get(said)
    return (day, None) if day is not None else read_day_and_hour(said, language) or (None, None)


def _take_day(walk: Walk, said: str) -> bool:
    named, hour = _day_and_hour(said, walk.language)
    if named is not None:
        engine.answer(walk, named)
        _take_hour(walk, hour)
    return named is not None


def _take_hour(walk: Walk, hour: str | None) -> None:
    """Take the hour told with the day for the answer to what is asked next, which is then not put."""
    question = _asked(walk)
    if hour is None or question is None or question.kind != "time":
        return
    walk.effects = [effect for effect in walk.effects if not (isinstance(effect, Say) and effect.asks)]
    engine.answer(walk, hour)
