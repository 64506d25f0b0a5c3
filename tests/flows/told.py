"""What people write and what it is read as: the rows of data/replies.yaml, for the tests and for docs/replies.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from flows.flow import LANGUAGES, Answer, Choice, Question
from flows.reading.appointed import read_day_and_hour
from flows.reading.keywords import command, doubts_stop, opts_out
from flows.reading.moments import read_moment, read_span
from flows.reading.replies import read_reply

DATA = Path(__file__).parent / "data" / "replies.yaml"
TODAY = date(2026, 11, 26)
AT = datetime.fromisoformat("2026-11-26 10:15")
USUAL = "17:00"

_TOLD: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
SECTIONS: list[dict[str, Any]] = _TOLD["sections"]


def _question(name: str, found: dict[Any, Any]) -> Question:
    choices = _TOLD["questions"][found["like"]] if "like" in found else found
    return Question(
        name,
        found.get("kind", "choice"),
        tuple(
            Choice(key, each.get("value", key), {language: tuple(each[language]) for language in LANGUAGES})
            for key, each in choices.items()
            if isinstance(key, int)
        ),
        low=found.get("low", 0),
        high=found.get("high", 0),
        of=tuple(found.get("of", ())),
    )


QUESTIONS = {name: _question(name, found) for name, found in _TOLD["questions"].items()}


@dataclass(frozen=True)
class Told:
    """One text, written by somebody who reads `language`, in a section that says how it is read."""

    section: str
    read: str
    question: str
    text: str
    language: str
    means: Any

    def found(self) -> object:
        """Read the text as its section says."""
        match self.read:
            case "reply":
                return plain(read_reply(QUESTIONS[self.question], self.text, self.language, today=TODAY))
            case "command":
                found = command(self.text)
                return f"{found.name} {found.argument}".strip() if found else None
            case "together":
                both = read_day_and_hour(self.text, self.language)
                return f"{_DAYS[both[0]]} {both[1] or ''}".strip() if both else None
            case "span":
                until = read_span(self.text, TODAY)
                return until.isoformat() if until else None
            case "moment":
                moment = read_moment(self.text, AT, USUAL, waits=True)
                return moment.isoformat(" ", "minutes") if moment else None
            case "stops":
                return opts_out(self.text)
            case "doubts":
                return doubts_stop(self.text) and not opts_out(self.text)
            case _:
                return not doubts_stop(self.text) and not opts_out(self.text)


def plain(answer: Answer | None) -> object:
    return list(answer) if isinstance(answer, tuple) else answer


def every() -> Iterator[Told]:
    """Give every text in both languages, or in that of its row."""
    for section in SECTIONS:
        for row in section["rows"]:
            for text in row.get("en", []) + row.get("es", []):
                for language in [row["for"]] if "for" in row else LANGUAGES:
                    yield Told(
                        section["title"], section["read"], section.get("question", ""), text, language, row["means"]
                    )


def texts(title: str) -> list[str]:
    """Return the texts of a section."""
    return list(dict.fromkeys(told.text for told in every() if told.section == title))


_HOW = """# What is understood

Every form of a reply that the service reads, in English and Spanish, and what it takes it for.
Both languages are understood from everybody, whatever their own is.
The tests run each line of [replies.yaml](../tests/flows/data/replies.yaml), from which this page is written by
`python -m tests.flows.test_replies`.

Case, accents, and the marks and emoji around a reply do not count.
Words are read as they are, by their beginning, or with a slip in five letters.
A beginning has three letters or more, and is that of one answer only.
What could mean two things, or none, is asked again and never guessed.

Dates are read here on Thursday, November 26, 2026, moments at 10:15 on that day.
Check-ins come at 17:00.
"""
_HEADS = {
    "reply": "is read as",
    "together": "is read as",
    "command": "is the command",
    "span": "rests until",
    "moment": "comes back at",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def page() -> str:
    """Write docs/replies.md."""
    return "\n".join([_HOW, *(line for section in SECTIONS for line in _section(section))])


def _section(section: dict[str, Any]) -> Iterator[str]:
    yield from (f"## {section['title']}", "", section["about"].strip(), "")
    heads = ["in English", "in Spanish"]
    meaning = _HEADS.get(section["read"])
    if meaning:
        heads.append(meaning)
    yield from (f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}")
    for row in section["rows"]:
        cells = [" · ".join(map(_code, row.get(language, []))) for language in LANGUAGES]
        if meaning:
            cells.append(_meaning(section, row))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _code(text: str) -> str:
    shown = text.replace("\n", "⏎").replace("|", "\\|")
    return f"`{shown}`" if shown.strip() else "*nothing*"


def _meaning(section: dict[str, Any], row: dict[str, Any]) -> str:
    means, only = row["means"], {"en": ", in English", "es": ", in Spanish"}.get(row.get("for", ""), "")
    if means is None:
        return f"not read{only}"
    if section.get("question") == "day":
        return _DAYS[means]
    return f"{' '.join(map(str, means)) if isinstance(means, list) else means}{only}"
