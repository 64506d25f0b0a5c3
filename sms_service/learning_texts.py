"""What a person is texted for LEARN and EVENTS, by the program's list as it is now. Nothing is sent or kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flows import Context, Heard, Library, Say, advance, local, segments
from flows.text import Segments
from sms_service import program_facts
from sms_service.programs import Program

_PLAYED = {"en": (("LEARN",), ("EVENTS", "MORE", "MORE")), "es": (("CURSOS",), ("EVENTOS", "MAS", "MAS"))}


@dataclass(frozen=True, slots=True)
class Told:
    """One text that somebody gets for a word of theirs, and what it costs."""

    language: str
    word: str
    text: str
    size: Segments


def told(library: Library, program: Program, public_url: str, now: datetime) -> list[Told]:
    """Return what somebody who joined, and said nothing of their weeks yet, gets in each language."""
    return [
        one
        for language, scenes in _PLAYED.items()
        for words in scenes
        for one in _play(library, _somebody(program, public_url, language, now), words, language)
    ]


def _somebody(program: Program, public_url: str, language: str, now: datetime) -> Context:
    zone = program.settings.zone
    at = local(now, zone)
    return Context(
        program=program_facts.facts(program, public_url, zone, at.date()),
        keywords=dict.fromkeys(program.keywords, program.slug),
        standing="enrolled",
        settings={"language": language},
        history=(),
        at=at,
        question_sent=True,
    )


def _play(library: Library, context: Context, words: tuple[str, ...], language: str) -> Iterator[Told]:
    """Text one word after the other, for as long as the conversation that the first one opened goes on."""
    conversation = None
    for word in words:
        if word != words[0] and conversation is None:
            return
        turn = advance(library, conversation, Heard(word), context)
        conversation = turn.conversation
        for effect in turn.effects:
            if isinstance(effect, Say):
                yield Told(language, word, effect.text, segments(effect.text))
