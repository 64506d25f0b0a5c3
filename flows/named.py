"""Settings named together with their word: "QUIET 9pm-7am", "zone Denver", "day friday", "TIME 10am"."""

from __future__ import annotations

from flows import engine
from flows.reading.dates import WEEKDAYS
from flows.reading.hours import read_time
from flows.reading.keywords import Command
from flows.reading.quiet import read_quiet
from flows.reading.zones import read_zone
from flows.walk import Walk, open_question


def quiet(walk: Walk, command: Command) -> bool:
    """Ask for quiet hours, or take those that came with the word."""
    return _open_with(walk, command, read_quiet(command.argument, walk.language))


def zone(walk: Walk, command: Command) -> bool:
    """Ask for the time zone, or take the one that was named."""
    return _open_with(walk, command, read_zone(command.argument))


def day(walk: Walk, command: Command) -> bool:
    """Ask for the day, or take the one that was named and ask for the hour."""
    return _open_with(walk, command, WEEKDAYS.get(command.argument))


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
    question = open_question(walk.conversation, walk.library, walk.context)
    if question is None or question.kind != command.name or not command.argument:
        return False
    said = command.argument
    value = WEEKDAYS.get(said) if command.name == "day" else read_time(said, walk.language)
    if value is not None:
        engine.answer(walk, value)
    return value is not None
