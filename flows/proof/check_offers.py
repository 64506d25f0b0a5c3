"""Whatever a text offers is taken: its words in capitals are obeyed, its digits are the choices, its labels differ."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flows.flow import LANGUAGES, Answer, Choice, Question, Texts
from flows.reading.keywords import RESERVED, bare, carrier, command, fold, misdirected
from flows.reading.spoken import DAYS

_RUN = re.compile(r"\b[A-ZÁÉÍÓÚÑÜ]{2,}(?: [A-ZÁÉÍÓÚÑÜ]{2,})*\b")
_NO_WORDS = re.compile(r"\{\w+\}|https?://\S+")
_NOT_WORDS = frozenset({"AM", "PM", "ER", "OK"})
# The commands of one language: a text offers those of its own, and the carrier's.
_SPANISH = frozenset(
    word.strip()
    for listed in (
        "chequeo, ya, vamos, saltar, salta, atras, corregir, luego, pausa, vacaciones, seguir, reanudar, dia, hora",
        "silencio, silencio no, zona, semanal, mensual, idioma, breve, breve no, no breve, breve si, pausas si",
        "consejos, libre, cursos, curso, eventos, hablar",
        "tendencia, rapido, llamada, telefono, texto, fuera, contacto, llamame, datos, borrar, borrar todo, discreto",
        "privado, mas, clave, cuando",
    )
    for word in listed.split(",")
)
_EITHER = frozenset({"menu", "english", "espanol"})
DIGIT = re.compile(r"(?<![\d/:.,{-])(?<!\d )\b(\d)(?![\d/:%-]|[.,]\d)")
"""A digit by itself: not of 1/4, 0-4, 7:30 or 2.5."""

_TO_SEND = re.compile(r"(?:reply|text|press|responde|manda|oprime)\s+$", re.IGNORECASE)
_SHORTEST = 3


def words(texts: Texts, question: Question | None) -> Iterator[str]:
    """Yield the words in capitals that would not be understood, or not as words of the text's language."""
    for language in LANGUAGES:
        taken = {bare(label) for choice in question.choices for label in choice.labels[language]} if question else set()
        for run in _RUN.findall(_NO_WORDS.sub(" ", texts.get(language, ""))):
            yield from (f", {language}: {finding}" for finding in _offered(run, language, taken))


def offered(text: str) -> list[str]:
    """Return what a text offers to be sent: each run of capitals that is one word of ours, else each of its words."""
    runs = _RUN.findall(_NO_WORDS.sub(" ", text))
    return [word for run in runs for word in ([run] if known(run) else run.split()) if word not in _NOT_WORDS]


def _offered(run: str, language: str, taken: set[str]) -> Iterator[str]:
    for word in offered(run):
        said = bare(word)
        if said in taken:
            continue
        if not known(word):
            yield f"offers {word}, which nothing understands"
        elif command(word) and not carrier(word) and said not in _EITHER and (said in _SPANISH) != (language == "es"):
            yield f"offers {word}, which is no word of this language"


def known(word: str) -> bool:
    """Whether a word is obeyed wherever it is sent."""
    return carrier(word) is not None or command(word) is not None or misdirected(word)


def labels(question: Question) -> Iterator[str]:
    """Yield labels that two choices share, or that are called as the carrier's or a command word is.

    Where there is one way to answer, its command may be its label: MORE is more, whichever reads it.
    """
    for language in LANGUAGES:
        seen: dict[str, Answer] = {}
        for choice in question.choices:
            for label in choice.labels.get(language, ()):
                if fold(label) in RESERVED and (len(question.choices) > 1 or carrier(label) or misdirected(label)):
                    yield f": the label {label!r} is a word of the carrier or a command"
                if seen.setdefault(fold(label), choice.value) != choice.value:
                    yield f", {language}: the label {label!r} stands for two choices"


def offers(question: Question, texts: Texts) -> Iterator[str]:
    """Yield the keys that a question does not offer, or offers for something else, as read and as spoken."""
    if question.kind == "choice" and not question.choices:
        yield from (f", {which}: does not offer {{groups}}" for which, text in texts.items() if "{groups}" not in text)
        return
    choices = DAYS.choices if question.kind == "day" else question.choices
    ends = question.kind != "choice"
    for language in LANGUAGES if choices else ():
        text, spoken = texts.get(language, ""), texts.get(f"{language} voice")
        found = _single(choices[0], text, language) if len(choices) == 1 else _keys(choices, text, language, ends)
        yield from (f", {language}: {finding}" for finding in found)
        for choice in (choices[0], choices[-1]) if ends else choices:
            key = pressed(question, choice)
            if spoken and str(key) not in DIGIT.findall(spoken):
                yield f", {language} voice: does not offer {key} for {choice.labels[language][0]!r}"


def pressed(question: Question, choice: Choice) -> int:
    """Return a choice's key on a call. There a scale from 0 begins with 1: the 0 reads the crisis lines."""
    return choice.key + (question.kind in {"scale", "several"} and question.choices[0].key == 0)


def _single(choice: Choice, text: str, language: str) -> Iterator[str]:
    """Where there is one way to answer, its word is offered in capitals."""
    taken = {bare(label) for label in choice.labels[language]}
    for word in offered(text):
        found = command(word)
        if bare(word) in taken or (found and found.name == choice.value):
            return
    yield f"does not offer a word for {choice.labels[language][0]!r}"


def _keys(choices: tuple[Choice, ...], text: str, language: str, ends: bool) -> Iterator[str]:
    """Read the keys that stand before a word of their choice; other numbers are numbers: 2 minutes, 5 workdays."""
    digits = [(found[1], found.start(), _first_word(text[found.end() :])) for found in DIGIT.finditer(text)]
    meant = [(digit, at, word, [c for c in choices if _begins(c, word, language)]) for digit, at, word in digits]
    offered_keys = {digit for digit, _, _, fits in meant if any(str(c.key) == digit for c in fits)}
    for digit, _, word, fits in meant:
        if fits and digit not in offered_keys:
            known = any(str(choice.key) == digit for choice in choices)
            rest = f"which is {fits[0].key}" if known else "which is not one of its choices"
            yield f"offers {digit!r} for {word!r}, {rest}"
    told = {digit for digit, at, _, _ in meant if _TO_SEND.search(text[:at])}
    needed = choices if not ends or len(offered_keys) > 2 else (choices[0], choices[-1])
    for choice in needed:
        if str(choice.key) not in offered_keys | told:
            yield f"does not offer {choice.key} for {choice.labels[language][0]!r}"
    yield from _beyond(choices[-1].key, text, [(digit, at, fits) for digit, at, _, fits in meant])


def _beyond(last: int, text: str, meant: list[tuple[str, int, list[Choice]]]) -> Iterator[str]:
    """A key right after the last one of the row would be the next choice, which there is not."""
    at = max((at for digit, at, fits in meant if digit == str(last) and fits), default=None)
    following = [(digit, there) for digit, there, _ in meant if at is not None and there > at]
    for digit, there in following[:1]:
        if digit == str(last + 1) and not re.search(r"[.?!:;]", text[at:there]):
            yield f"offers {digit!r}, which is not one of its choices"


def _first_word(rest: str) -> str:
    said = bare(rest.split("{")[0])
    return said.split()[0] if said and rest.startswith(" ") else ""


def _begins(choice: Choice, word: str, language: str) -> bool:
    firsts = [bare(label).split()[0] for label in choice.labels.get(language, ()) if bare(label)]
    return bool(word) and any(first == word or (len(word) >= _SHORTEST and first.startswith(word)) for first in firsts)
