"""Words that are obeyed in every state: the carrier's, the commands, and asking to stop in one's own words.

The tables are in `words` and `optout`; here is only how they are looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flows.reading import doubt, moments, optout, quiet, words, zones
from flows.reading.appointed import like_an_hour, read_day_and_hour
from flows.reading.dates import WEEKDAYS
from flows.reading.hours import read_time
from flows.reading.spelling import bare, fold, strip_phrases

__all__ = [
    "RESERVED",
    "YES_MEANS_START",
    "Command",
    "bare",
    "begins_with_stop",
    "carrier",
    "command",
    "doubts_stop",
    "fold",
    "misdirected",
    "never_an_answer",
    "not_now",
    "opts_out",
    "spanish",
    "strip_phrases",
    "twilio_answers",
]

YES_MEANS_START = frozenset({"YES"})
"""Carrier words that mean START only from somebody who opted out; from anybody else they are answers."""

_LONGEST_COMMAND = 80
_MOST_ZONE_WORDS = 2


@dataclass(frozen=True, slots=True)
class Command:
    """A command word by its canonical name; `argument` is folded and empty where nothing was added."""

    name: str
    argument: str = ""


_CARRIER = {word: meaning for meaning, listed in words.CARRIER.items() for word in listed}
_COMMAND = {word: Command(name) for name, listed in words.COMMANDS.items() for word in listed} | {
    word: Command(*fixed) for word, fixed in words.FIXED.items()
}
_CALL_ME = re.compile("|".join(f"(?:{pattern})" for pattern in words.CALL_ME))
_HOURS = re.compile(r"\d{1,2}\b.*\d")
_READABLE: dict[str, Callable[[str], bool]] = {
    "pause": lambda said: moments.is_span(said) or moments.no_such_day(said),
    "day": lambda said: said in WEEKDAYS or read_day_and_hour(said, "en") is not None,
    "time": lambda said: read_time(said, "en") is not None or like_an_hour(said),
    "later": lambda said: moments.is_moment(said, waits=True),
    "quiet": lambda said: quiet.is_quiet(said) or _HOURS.match(said) is not None,
    "zone": lambda said: zones.read_zone(said) is not None,
}
_AFTER_OPENING = r"[\s,.:;-]+"
_OPENINGS: list[tuple[str, re.Pattern[str], Callable[[str], bool]]] = [
    (name, re.compile(rf"(?:{'|'.join(words.OPENINGS[name])}){_AFTER_OPENING}"), readable)
    for name, readable in _READABLE.items()
] + [
    # An end that is past, or today, is said to be none; in a sentence such words may mean anything.
    ("pause", re.compile(words.PAUSE + _AFTER_OPENING), moments.no_day_ahead),
    # A zone that is not known is asked about; a sentence that only begins with the word is none.
    ("zone", re.compile(words.ZONE_OF + _AFTER_OPENING), lambda said: len(said.split()) <= _MOST_ZONE_WORDS),
]
_COURTESY = "|".join(words.POLITE)
_COURTESIES = re.compile(rf"^(?:(?:{_COURTESY})\b[\s,.!]*)+|(?:[\s,.!]+(?:{_COURTESY}))+$")
_MISDIRECTED = re.compile("|".join(f"(?:{phrase})" for phrase in words.MISDIRECTED_PHRASES))
_CLAUSE_END = re.compile(optout.CLAUSE_END)
_CLAUSE = re.compile(optout.LEAD + "(?:" + "|".join(f"(?:{clause})" for clause in optout.CLAUSES) + ")")
_SENTENCE_END, _SENTENCE = re.compile(optout.SENTENCE_END), re.compile(optout.SENTENCE)
_STOP_THEN = re.compile(optout.STOP_THEN)
_SPANISH_LETTERS = frozenset("¿¡ñÑ")
_WHOLE = re.compile("|".join(f"(?:{whole})" for whole in optout.WHOLE))
_DOUBT = re.compile("|".join(f"(?:{whole})" for whole in doubt.WHOLE))

RESERVED: frozenset[str] = frozenset(_CARRIER) | frozenset(_COMMAND) | frozenset(words.MISDIRECTED)
"""Every word a label may not be, folded. YES is not among them: it is the carrier's only after a STOP."""


def carrier(text: str, *, opted_out: bool = False) -> words.Carrier | None:
    """Read a carrier word where it is the whole message; case and punctuation around it do not count."""
    said = bare(text)
    if opted_out and said.upper() in YES_MEANS_START:
        return "start"
    return _CARRIER.get(said)


def twilio_answers(text: str) -> bool:
    """Return whether Twilio's default opt-out handling answers this text by itself."""
    return text.strip().upper() in words.TWILIO


def misdirected(text: str) -> bool:
    """Return whether this was meant for a crisis line: 988, 911, HOME, "HOLA al 741741", "is this 988?"."""
    return _misdirected(bare(text))


def never_an_answer(said: str) -> bool:
    """Return whether these `bare` words are the carrier's or were meant for a crisis line, whatever was asked."""
    return said in _CARRIER or _misdirected(said)


def _misdirected(said: str) -> bool:
    return said in words.MISDIRECTED or _MISDIRECTED.fullmatch(said) is not None


def command(text: str) -> Command | None:
    """Read a command word of either language, whatever the person's own is; courtesies around it are allowed.

    PAUSE takes a span, LATER a moment, QUIET hours and ZONE a zone as the argument: the rest of the text, folded, where
    it could be read. Otherwise the text is no command: "pause and think". ERASE takes "all", LANGUAGE "en" or "es".
    """
    if len(text) > _LONGEST_COMMAND:
        return None
    said = bare(text)
    found = _COMMAND.get(said) or _COMMAND.get(said := strip_phrases(said, words.POLITE))
    if found or not said or said.isdecimal():
        return found
    return Command("callme") if _CALL_ME.fullmatch(said) else _with_argument(text)


def _with_argument(text: str) -> Command | None:
    said = _COURTESIES.sub("", fold(text).replace("'", ""))
    for name, opening, readable in _OPENINGS:
        found = opening.match(said)
        if found and readable(argument := _COURTESIES.sub("", said[found.end() :])):
            return Command(name, argument)
    return None


def opts_out(text: str) -> bool:
    """Return whether a reasonable person would surely read this as asking for no more messages.

    Carrier words with courtesies around them count ("Stop. Thank you"); an answer or a story in which such a
    word occurs does not ("stop by my desk", "no more than usual", "my client won't stop texting me").
    """
    said = _alone(text)
    if _CARRIER.get(said) == "stop" or _WHOLE.fullmatch(said):
        return True
    folded = fold(text.replace("\n", ". "))
    if any(_SENTENCE.fullmatch(_alone(sentence)) for sentence in _SENTENCE_END.split(folded)):
        return True
    return any(_orders_to_stop(clause.strip()) for clause in _CLAUSE_END.split(folded))


def doubts_stop(text: str) -> bool:
    """Return whether this may well ask for the texts to end, but not surely: "cancel this", "too many messages".

    Whoever says so is asked. Strain is not it: "I'm done", "enough of this job".
    """
    if len(text) > _LONGEST_COMMAND:
        return False
    said = _alone(text)
    return _DOUBT.fullmatch(said) is not None and not opts_out(text)


def begins_with_stop(text: str) -> bool:
    """Return whether a text that says more also revokes consent: "STOP I want to die".

    Only an unmistakable stop counts: in capitals before words that are not, with a mark after it, or before
    "I", "please" and their like. "Stop the pain" and "I can't go on, make it stop" revoke nothing.
    """
    return carrier(text) == "stop" or opts_out(text) or _STOP_THEN.match(text.strip()) is not None


def spanish(text: str) -> bool:
    """Return whether a text of somebody whose language is not known is Spanish rather than English."""
    return bool(_SPANISH_LETTERS & set(text)) or bool(words.SPANISH.intersection(bare(text).split()))


def _orders_to_stop(clause: str) -> bool:
    # A quoted clause is somebody else speaking.
    return not clause.startswith('"') and _CLAUSE.match(_alone(clause)) is not None


def _alone(said: str) -> str:
    return strip_phrases(bare(said), words.POLITE)


def leaves_it(text: str) -> bool:
    """Return whether somebody wants what they were asked about to stay as it is: "no", "nada", "never mind"."""
    return strip_phrases(bare(text), words.POLITE) in words.LEAVE_IT


def not_now(text: str) -> bool:
    """Return whether somebody only says that this is no good moment."""
    return strip_phrases(bare(text), words.POLITE) in words.NOT_NOW
