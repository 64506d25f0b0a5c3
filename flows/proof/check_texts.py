"""What holds of every text: it can be filled and fits, it can be listened to, and what it offers is taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import yaml

from flows.filling import NO_DATE
from flows.flow import LANGUAGES, Library, Question, State, Texts
from flows.proof import check_spoken
from flows.proof.check_offers import labels, offers, words
from flows.proof.check_states import place
from flows.proof.check_ways import first_said
from flows.text import fill, gsm7, placeholders, segments

# The longest that each placeholder may become: texts are measured with these.
WIDEST: Mapping[str, str] = {
    "p": "M" * 12,
    "program": "M" * 60,
    "u": "https://checkin.org/p/r5",
    "help": "https://checkin.org/r/help",
    "learn": "https://checkin.org/r/learn/r5",
    "ph": "+1 757 555 0100",
    "keyword": "M" * 10,
    "n": "10",
    "groups": "1 outpatient 2 crisis 3 case mgmt 4 residential 5 other 6 day team",
    "offer_day": "Wednesday",
    "offer_time": "12:45 PM",
    "d": "Wednesday",
    "t": "12:45 PM",
    "date": NO_DATE["es"],
    "back": "Wed 30 Sep",
    "later_day": "Wednesday",
    "later_time": "12:45 PM",
    "therapists": "https://checkin.org/r/therapists",
    "client": "individual",
    "a_client": "un estudiante",
    "clients": "estudiantes",
    "call_by": "Wed 12:45 PM",
    "lead": "Maximilian A",
    "lead_phone": "+447911123456",
    "lead_by": "Wed 12:45 PM",
    "times_looked": "99999",
    "last_looked": "Wed 30 Sep",
    "peer": "Physician Support 888-409-0141",
    "event": "Staying with pain without drowning in it",
    "event_date": "Wed 30 Sep",
    "event_place": "M" * 20,
    "reminder": "Wed 30 Sep",
    "breaks": "12:45 PM, 12:45 PM and 12:45 PM",
    "lawful_from": "12:45 PM",
    "lawful_until": "12:45 PM",
    "quiet": "12:45 PM a 12:45 PM",
    "zone_place": "ComodRivadavia",
    "zone_time": "12:45 PM",
    "trend": "too early to say",
    "a": "100",
    "b": "100",
    "c": "100",
    "h": "100",
}
# What a call says in other words, which are longer.
_WIDEST_ALOUD: Mapping[str, str] = {
    **WIDEST,
    **dict.fromkeys(("back", "event_date", "last_looked", "reminder"), "miércoles 30 de septiembre"),
    **dict.fromkeys(("call_by", "lead_by"), "el miércoles a las 12:45"),
    "groups": "M" * 192,
    "lead_phone": "4 4 7 9 1 1 1 2 3 4 5 6",
    "peer": "8 " * 30,
    **dict.fromkeys("abch", "not known yet"),
}
SCHEDULED = ("nudge", "timeoff-reminder", "after-risk", "reconfirm", "weekly-checkin")
"""Flows that begin by themselves: their first text says who writes."""

_NEVER_SAID = re.compile(
    r"[!¡]|diagnos|disorder|depress|trastorno|depresi|you seem|you are safe|committed suicide|"
    r"\b(?:we|i) (?:will )?read your|we are here|we.re here|help is on|te leemos|leemos tus|estamos aqui",
    re.IGNORECASE,
)
# The serious lines have to say where a person answers, in every language.
_WITH_988 = frozenset({"stop", "help", "not_988", "parked", "parked_danger"})


def room(name: str) -> int:
    """Return how many characters whatever fills a placeholder may have: as many as it is measured with."""
    return segments(WIDEST[name]).units


def findings(library: Library) -> Iterator[str]:
    """Yield what is wrong with the texts of any flow or line."""
    yield from _lines(library)
    for flow in library.flows.values():
        for state in flow.states.values():
            yield from _state(place(flow, state), state)
    yield from _introduced(library)


def _lines(library: Library) -> Iterator[str]:
    found = [
        (name, finding)
        for name, many in library.lines.items()
        for one in many
        for finding in (*_texts(one, None), *words(one, None), *_serious(name, one))
    ]
    places = _places(library) if found else {}
    for name, finding in found:
        yield f"{places.get(name, f'lines.yaml, {name}')}{finding}"


def _places(library: Library) -> Mapping[str, str]:
    """Return where each line is written: only a finding needs to know."""
    found = {}
    for file, body in (yaml.safe_load(library.yaml) or {}).items():
        inside = False
        for number, text in enumerate(str(body).splitlines(), 1):
            inside = text.startswith("lines:") or (inside and not re.match(r"\w", text))
            name = re.match(r"  (\w+):", text)
            if inside and name:
                found[name[1]] = f"{file}, {name[1]}, line {number}"
    return found


def _serious(name: str, one: Texts) -> Iterator[str]:
    for language in LANGUAGES if name in _WITH_988 or name.startswith("risk_") else ():
        if "988" not in one.get(language, ""):
            yield f", {language}: does not say 988"
        if "9 8 8" not in one.get(f"{language} voice", "9 8 8"):
            yield f", {language} voice: does not say 9 8 8"


def _state(where: str, state: State) -> Iterator[str]:
    question = state.question
    for number, texts in enumerate(state.texts, 1):
        last = question if number == len(state.texts) else None
        yield from (f"{where}{finding}" for finding in (*_texts(texts, last), *words(texts, question)))
    if question is None:
        return
    yield from (f"{where}{finding}" for finding in labels(question))
    asked = [("", state.texts[-1]), *([(", again", question.again)] if question.again else [])]
    for which, texts in asked:
        yield from (f"{where}{which}{finding}" for finding in (*offers(question, texts), *_spoken(texts)))
        yield from (f"{where}{which}{f}" for f in (*_texts(texts, question), *words(texts, question)) if which)


def _texts(one: Texts, question: Question | None) -> Iterator[str]:
    for language in LANGUAGES:
        if not one.get(language):
            yield f", {language}: no text"
            continue
        yield from (f", {language}{finding}" for finding in _measured(one, language))
    yield from check_spoken.findings(one, question, _WIDEST_ALOUD)


def _measured(one: Texts, language: str) -> Iterator[str]:
    spoken = one.get(f"{language} voice", one[language])
    unknown = (placeholders(one[language]) | placeholders(spoken)) - set(WIDEST)
    for name in sorted(unknown):
        yield f": nothing fills {{{name}}}"
    if unknown:
        return
    size, budget = segments(fill(one[language], WIDEST)), int(one.get("segments", 1))
    dear = "".join(dict.fromkeys(letter for letter in one[language] if not gsm7(letter)))
    if dear:
        yield f": {dear!r} makes this text cost double; write it without, as in Spanish without that accent"
    elif size.count > budget or size.encoding != "GSM-7":
        yield f": {size.units} {size.encoding} characters at its longest, {size.count} segments of {budget}"
    found = _NEVER_SAID.search(one[language]) or _NEVER_SAID.search(spoken)
    if found:
        yield f": says {found[0]!r}, which no text may: nothing is diagnosed, shouted, or promised to be read"


def _spoken(one: Texts) -> Iterator[str]:
    """What asks has words of its own to be spoken: nobody can press a capital or listen to a link."""
    for language in LANGUAGES:
        if not one.get(f"{language} voice"):
            yield f", {language}: asks without words to be spoken; it needs voice:"


def _introduced(library: Library) -> Iterator[str]:
    """What comes unasked says who writes, in its first word."""
    seen = set()
    for name in SCHEDULED:
        flow = library.flows.get(name)
        for inside, state in first_said(library, flow, flow.start) if flow else ():
            for language in LANGUAGES:
                where = f"{place(inside, state)}, {language}"
                if not state.texts[0].get(language, "").startswith("{p}") and where not in seen:
                    seen.add(where)
                    yield f"{where}: comes unasked and does not begin with {{p}}"
