"""Every text that a participant can receive, in the order of the conversation: for whoever has to agree to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flows.drawing.arrows import ELSE, Arrow, arrows
from flows.flow import LANGUAGES, Flow, Library, Question, State, Texts
from flows.proof.check_texts import WIDEST
from flows.reading.words import COMMANDS
from flows.text import Segments, fill, segments

_FIRST = ("welcome", "weekly-checkin", "longer", "summary", "worth-it", "menu", "more")
_MOST_WAYS = 3
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

MEANT: Mapping[str, str] = {
    "p": "program",
    "program": "full name of the program",
    "u": "information page",
    "help": "page of help lines",
    "learn": "page of training",
    "therapists": "page on finding a therapist",
    "ph": "program's phone",
    "keyword": "keyword",
    "n": "smallest group",
    "groups": "groups",
    "client": "client",
    "a_client": "a client",
    "clients": "clients",
    "call_by": "time",
    "lead": "support lead",
    "lead_phone": "their number",
    "lead_by": "time",
    "times_looked": "times",
    "last_looked": "date",
    "peer": "peers' line",
    "event": "session",
    "event_date": "its date",
    "event_place": "its place",
    "breaks": "hours",
    "lawful_from": "hour",
    "lawful_until": "hour",
    "offer_day": "day offered",
    "offer_time": "time offered",
    "d": "day",
    "t": "time",
    "date": "date",
    "back": "end of the pause",
    "later_day": "day",
    "later_time": "time",
    "reminder": "date",
    "quiet": "quiet hours",
    "zone_place": "city",
    "zone_time": "time there",
    "a": "0-100",
    "b": "0-100",
    "c": "0-100",
    "h": "0-100",
    "trend": "trend",
}
"""What stands in brackets in print for each placeholder."""

LINES: Mapping[str, str] = {
    "help": "when somebody texts HELP, INFO or AYUDA",
    "stop": "when somebody texts STOP or asks in other words that the texts end",
    "restart": "when somebody who had stopped texts START and had joined before",
    "welcome_back": "when somebody who had stopped texts START and had not joined",
    "already": "when somebody who is in texts the keyword",
    "resting": "the same during a pause",
    "unknown": "once, to a number that has not joined",
    "invitation": "once, to a number that was left on the public page, or that agreed on paper",
    "not_begun": "to the keyword, or once to another text, while the program has not begun",
    "over": "the same once its schedule has ended",
    "not_988": "when a text was meant for 988 or 911",
    "unclear": "when a reply could not be read, before the question once more",
    "needed": "when somebody wants to skip what has to be answered",
    "left_out": "when a reply could not be read twice",
    "idle": "to a text when nothing is open",
    "idle_resting": "the same during a pause",
    "nothing_open": "when somebody skips and nothing is open",
    "nothing_back": "when somebody texts BACK and there is nothing to correct",
    "too_late": "when LATER names a time that is too far off",
    "language": "when the language was changed by its name",
    "parked": "to a text after a serious moment, until the person goes on",
    "parked_danger": "the same after a text that sounded like danger right now",
    "unparked": "to GO after a serious moment, when nothing is open",
    "pause_at_most": "when a pause of more than three months is asked for, before it begins",
    "pause_until_when": "after PAUSE with a day that is not on the calendar, or past",
    "remind_note": "a reminder while the first text of the week has shown no question",
    "remind_first": "a reminder when the first question was shown",
    "remind_last": "the last reminder of a week",
    "remind_midway": "a reminder in the middle of a check-in",
    "risk_concern": "at once, to a text that sounds like despair",
    "risk_elevated": "at once, to a text that speaks of wanting to be gone, being a burden or having no hope",
    "risk_explicit": "at once, to a text that speaks of dying or suicide",
    "risk_imminent": "at once, to a text that sounds like danger right now",
    "risk_again": "at once, to a second such text within a day",
    "risk_others": "at once, to a text that speaks of hurting somebody",
    "risk_home": "at once, to a text that speaks of being hurt at home",
    "risk_client": "to a text about a client in danger",
    "risk_link": "after each of the texts on danger",
}
"""When each line is said that belongs to no flow."""

_BEGINS: Mapping[str, str] = {
    "welcome": "when somebody texts the keyword of the program",
    "weekly-checkin": "at the day and hour that the person chose, or when they text CHECKIN or CHEQUEO",
    "after-risk": "the day after a serious moment, in the daytime",
    "care": "at once, to a text that speaks of dying or of wanting to be gone, while a support lead is on duty",
    "care-now": "after the text on danger right now, while a support lead is on duty",
    "who": "at once, to a text with such words and nobody named",
    "nudge": "at the times that were agreed to, on five workdays",
    "timeoff-reminder": "four weeks after somebody asked for it",
    "reconfirm": "after a long silence, before anything else is sent",
    "leaving": "when a text may mean that the texts should end",
    "erase-all": "when somebody texts ERASE ALL or BORRAR TODO",
}


@dataclass(frozen=True, slots=True)
class Printed:
    """One text by language: where it stands, when it is sent, its words on a call where they differ, and its cost."""

    place: str
    when: str
    texts: Mapping[str, str]
    spoken: Mapping[str, str]
    costs: Mapping[str, Segments]


@dataclass(frozen=True, slots=True)
class Section:
    """A flow's texts in order, and when it begins."""

    name: str
    title: str
    begins: str
    printed: tuple[Printed, ...]


def sections(library: Library) -> list[Section]:
    """Return every text of a library, by flow, and what is said outside any flow last."""
    first = {name: number for number, name in enumerate(_FIRST)}
    flows = sorted(library.flows.values(), key=lambda flow: (first.get(flow.name, len(first)), flow.name))
    found = [Section(flow.name, flow.title, _begins(library, flow), tuple(_of(flow))) for flow in flows]
    said = (*_lines(library), *_again(library))
    return [*found, Section("lines", "Outside any conversation", "whenever it applies", said)]


def _begins(library: Library, flow: Flow) -> str:
    words = ", ".join(word.upper() for word in COMMANDS.get(flow.name, ()))
    callers = [one.name for one in library.flows.values() if any(s.run == flow.name for s in one.states.values())]
    ways = [_BEGINS[flow.name]] if flow.name in _BEGINS else []
    ways += [f"when somebody texts {words}"] if words and not ways else []
    ways += [f"as a part of {', '.join(callers)}"] if callers else []
    return "; ".join(ways) or "by no word and at no time of its own"


def _of(flow: Flow) -> Iterator[Printed]:
    ways = arrows(flow)
    for state in flow.states.values():
        for number, texts in enumerate(state.texts, 1):
            place = state.name if len(state.texts) == 1 else f"{state.name}, {number} of {len(state.texts)}"
            yield printed(place, _when(flow, state, ways), texts)


def _when(flow: Flow, state: State, ways: list[Arrow]) -> str:
    """Say after what a state comes: the ways that lead to it, those through silent states as well."""
    first = "to begin with" if state.name == flow.start else ""
    found = [_said(arrow) for arrow in ways if arrow.target == state.name]
    shown = found[:_MOST_WAYS] + ([f"{len(found) - _MOST_WAYS} more ways"] if len(found) > _MOST_WAYS else [])
    return "; or ".join([first, *shown] if first else shown)


def _said(arrow: Arrow) -> str:
    label = "nothing else applies" if arrow.label == ELSE else arrow.label
    return f"after {arrow.source}: {label}" if label else f"after {arrow.source}"


def _lines(library: Library) -> Iterator[Printed]:
    for name, texts in library.lines.items():
        for one in texts:
            yield printed(name, LINES.get(name, ""), one)


def _again(library: Library) -> Iterator[Printed]:
    """Return what is said instead of "unclear" to a reply that could not be read, each once."""
    questions = (s.question for flow in library.flows.values() for s in flow.states.values() if s.question)
    found: dict[str, Question] = {question.again["en"]: question for question in questions if question.again}
    for question in found.values():
        assert question.again is not None
        yield printed(f"a {question.kind}", "when a reply could not be read, the first time", question.again)


def printed(place: str, when: str, texts: Texts) -> Printed:
    """Return a text as it is printed: placeholders in brackets, and measured with each at its longest."""
    words = {language: _bracketed(texts[language]) for language in LANGUAGES}
    spoken = {language: _bracketed(texts.get(f"{language} voice", texts[language])) for language in LANGUAGES}
    return Printed(
        place,
        when,
        words,
        {language: spoken[language] for language in LANGUAGES if spoken[language] != words[language]},
        {language: segments(fill(texts[language], WIDEST)) for language in LANGUAGES},
    )


def _bracketed(template: str) -> str:
    return _PLACEHOLDER.sub(lambda found: f"[{MEANT.get(found[1], found[1])}]", template)
