"""What a person meant by a reply to an open question.

An answer is read only where it can mean one thing: a number inside a sentence, a range, a decimal, a text that is long
are asked again rather than guessed at. Both languages are understood whatever the person's own is; theirs decides where
a word would mean different answers in each.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from flows.flow import Answer, Question
from flows.reading.dates import exact_date, read_date
from flows.reading.hours import exact_time, read_time
from flows.reading.keywords import command, never_an_answer
from flows.reading.labels import Table, Value, only, table
from flows.reading.numbers import count
from flows.reading.quiet import read_quiet
from flows.reading.spelling import bare, fold, strip_phrases
from flows.reading.spoken import BETWEEN, DAY_HEDGES, DAYS, HEDGES, NUMBER_HEDGES, POLITE, ROW_HEDGES, listed
from flows.reading.zones import read_zone

_MOST_CHARACTERS = 60
_MOST_WORDS = 8
_LONGEST_TEXT = 500
_LONGEST_LABEL = 4

# A sign, a decimal, a price, a percentage, "<3" and ":3": a digit is there and is not an answer.
_NOT_A_KEY = re.compile(r"^\s*[-+<>=:;.,$€£¥/\\^~−–—]\s*\d|\s[-+<>.$€£¥−–—]\d|\d\s*[%+°$€£¥²³]|\d[.,/:]\d")
_SIGNED = re.compile(r"\s*[-+−–—<>=.,:;$]\s*\d")
_HEADED = re.compile(
    r"(?P<head>\d+)\s*[-–—:.,;)=]+\s*(?P<rest>[^\d\s].*)|(?P<label>[^\d.,;:]+?)\s*[-–—:.,;]+\s+(?P<more>.+)"
)
_MARKS = re.compile(r"[-–—:.,;)=]")
_SOME = (*POLITE, *HEDGES)
_AROUND_A_ROW = (*POLITE, *ROW_HEDGES)
_SOME_DAY = (*POLITE, *HEDGES, *DAY_HEDGES)
_SOME_NUMBER = (*POLITE, *HEDGES, *NUMBER_HEDGES)
_BUT = (*HEDGES, *listed("but, or, and, to, no, well, actually, rather, pero, o, y, mejor dicho, mas bien"))
_THUMBS = {"\U0001f44d": "yes", "\U0001f44e": "no"}
_SKIN = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff\ufe0f"
_DIGITS_IN_A_ROW = re.compile(r"\d{2,9}|\d(?:(?:[ ,;/] ?|, | and | y )\d){1,8}|\d(?:[-.]\d){2,8}")
_NOT_APART = re.compile(r"\d[.:-]\d|\d{2}")
_COUNTED = re.compile(r"^(\d{1,9})(?:ish|h|hrs?|m|mins?)$")
_PAIR = re.compile(r"([1-9])[).:=] ?(\d)")
_PAIRS = re.compile(r"\s*(?:[1-9][).:=] ?\d[\s,;.]*)+")
_CODE = re.compile(r"[0-9]{4}")
_RUNS = frozenset({run[n : n + 4] for run in ("0123456789", "9876543210") for n in range(7)})
_NONE = frozenset({"none", "ninguno", "ninguna", "no one", "nobody", "nadie"})


def exact(question: Question, text: str, language: str, *, today: date | None = None) -> Answer | None:
    """Read an answer given exactly: the key, a whole label in either language, a time or date written out. Else None.

    Case, accents and punctuation around it do not count; a sign before a number does. Nobody's own words are exact.
    """
    if len(text) == 1 and question.choices and question.kind != "several" and "0" <= text <= "9":
        return table(question).keys.get(text)  # nearly every answer there is
    return _exact(question, text, _plain(text), bare(text), language, today)


def read_reply(question: Question, text: str, language: str, *, today: date | None = None) -> Answer | None:
    """Read what somebody meant, or None if that is not certain.

    A choice's value, a number, a day (0 Monday), a time ("HH:MM"), a date ("2026-12-01"), hours ("21:00-07:00"), a zone
    ("America/Denver"), somebody's own words, or one value for each of several. `today` says
    which year a date without one is in: the next such date; without `today` only dates with a year are read.

    Total. Understands digits of every dress, number words, labels, their unambiguous beginnings (3 letters or more)
    and near misses (one slip for five letters), and the usual other words for yes, no, often and the like. More than 60
    characters or 8 words are an answer only if they open with one: "3 - a hard week".
    """
    said, plain = bare(text), _plain(text)
    if never_an_answer(said):
        return None
    found = _exact(question, text, plain, said, language, today)
    if found is not None:
        return found
    if command(text):
        return None
    if question.kind == "text":
        own = text.strip()
        return own if 0 < len(own) <= _LONGEST_TEXT else None
    return None if _SIGNED.match(plain) else _tolerant(question, text, plain, language, today)


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _tolerant(question: Question, text: str, plain: str, language: str, today: date | None) -> Answer | None:
    if question.kind == "time":
        return None if _long(text) else read_time(text, language)
    if question.kind == "date":
        return None if _long(text) else _written(read_date(text, today, language))
    if question.kind in {"hours", "zone", "code"}:
        return None  # what can be read of them was read exactly
    if question.kind == "several":
        return None if len(text) > _MOST_CHARACTERS * 2 else _row(question, text, language)
    if question.kind == "number" and not question.choices:
        return None if _NOT_A_KEY.search(plain) or _long(text) else _number(question, bare(text), language)
    return _choice(_with_days(question), text, plain, language)


def _written(found: date | None) -> str | None:
    return found.isoformat() if found else None


def _exact(question: Question, text: str, plain: str, said: str, language: str, today: date | None) -> Answer | None:
    if question.kind == "text" or _SIGNED.match(plain):
        return None
    if question.kind == "code":
        return _code(plain)
    if question.kind in {"time", "hours", "zone"}:
        return _in_figures(question, text, language)
    if question.kind == "date":
        return _written(exact_date(text, today, language))
    if question.kind == "several":
        return _row_of_digits(question, fold(text))
    return None if _NOT_A_KEY.search(plain) else _key_or_label(question, said, language)


def _in_figures(question: Question, text: str, language: str) -> str | None:
    """Read a time, hours or a zone: hours and zones are read in one way only, whatever else a text could be."""
    if question.kind == "time":
        return exact_time(text)
    return read_quiet(text, language) if question.kind == "hours" else read_zone(text)


def _code(plain: str) -> str | None:
    """Read four digits, apart or not. Those that anybody would try first are none."""
    digits = "".join(plain.split())
    if not _CODE.fullmatch(digits) or len(set(digits)) == 1 or digits in _RUNS:
        return None
    return digits


def _key_or_label(question: Question, said: str, language: str) -> Answer | None:
    if question.kind == "number" and not question.choices:
        return _within(question, int(said)) if _is_number(said) else None
    words = table(_with_days(question))
    value = words.keys.get(said)
    return value if value is not None else only(words.labels.get(said, ()), language)


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) <= 9 and (said == "0" or said[0] != "0")


def _within(question: Question, number: int) -> int | None:
    return number if question.low <= number <= question.high else None


def _with_days(question: Question) -> Question:
    return DAYS if question.kind == "day" and not question.choices else question


def _long(text: str) -> bool:
    return len(text.strip()) > _MOST_CHARACTERS or len(text.split()) > _MOST_WORDS


def _number(question: Question, said: str, language: str) -> int | None:
    """Read a number inside the question's bounds: digits or words, with what is said around a number."""
    rest = _COUNTED.sub(r"\1", strip_phrases(said, _SOME_NUMBER))
    if _is_number(rest):
        return _within(question, int(rest))
    if rest in _NONE:
        return _within(question, 0)
    # "at once" is not eleven.
    if (rest == "once" and language != "es") or any(letter.isdigit() for letter in rest):
        return None
    number = count(rest)
    return None if number is None else _within(question, number)


def _choice(question: Question, text: str, plain: str, language: str) -> Answer | None:
    words = table(question)
    if not text.isascii() and (thumb := _thumb(text)):
        return thumb if thumb in words.keys.values() else None
    if _NOT_A_KEY.search(plain):
        return None
    hedges = _SOME_DAY if question is DAYS else POLITE if words.consents else _SOME
    said = fold(text.replace("\n", ". "))
    found = _headed(words, said, language, hedges) if _MARKS.search(said) else None
    if found is not None or _long(text):
        return found
    return _whole(words, bare(said), language, hedges)


def _thumb(text: str) -> str | None:
    thumbs = {letter for letter in text if letter not in _SKIN and not letter.isspace()}
    return _THUMBS.get(thumbs.pop()) if len(thumbs) == 1 else None


def _headed(words: Table, said: str, language: str, hedges: tuple[str, ...]) -> Value | None:
    """Read "3 - often", "3. A long week", "Often, mostly on Mondays": the answer first, then a mark."""
    found = _HEADED.fullmatch(said)
    if found is None or (found["label"] and words.consents):
        return None
    if found["head"]:
        value, rest = words.keys.get(found["head"]), found["rest"]
    else:
        head = strip_phrases(bare(found["label"]), hedges)
        value, rest = only(words.labels.get(head, ()), language), found["more"]
    return None if value is None or _contradicts(words, value, bare(rest)) else value


def _contradicts(words: Table, value: Value, rest: str) -> bool:
    """Whether what follows an answer names another: a key anywhere, a label or number word at its beginning."""
    if any(token in words.keys for token in rest.split()):
        return True
    straight, opening = f"{rest} ", strip_phrases(rest, _BUT) + " "
    return any(
        meant != value and (straight.startswith(word) or opening.startswith(word)) for word, meant in words.named
    )


def _whole(words: Table, said: str, language: str, hedges: tuple[str, ...]) -> Value | None:
    if said in words.places:
        return words.places[said]
    said = strip_phrases(said, hedges)
    if said in words.places:
        return words.places[said]
    tokens = said.split()
    numbers = [token for token in tokens if any(letter.isdigit() for letter in token)]
    if not numbers:
        value = words.word(said, language)
        return words.numbers.get(said) if value is None else value
    if len(numbers) > 1:
        return None
    value = words.keys.get(numbers[0])
    rest = strip_phrases(" ".join(token for token in tokens if token != numbers[0]), hedges)
    return value if value is not None and (not rest or words.means(value, rest)) else None


def _row_of_digits(question: Question, said: str) -> tuple[int, ...] | None:
    """Read "2103" and "2, 1, 0, 3": exactly one digit for each of what is asked."""
    if not _DIGITS_IN_A_ROW.fullmatch(said):
        return None
    keys = table(question).keys
    return _all_of(question, [keys.get(letter) for letter in said if letter.isdigit()])


def _all_of(question: Question, values: list[Value | None]) -> tuple[int, ...] | None:
    numbers = tuple(value for value in values if isinstance(value, int))
    return numbers if len(numbers) == len(values) == len(question.of) else None


def _row(question: Question, text: str, language: str) -> tuple[int, ...] | None:
    """Read "often rarely never often" and "two, 1, zero, often": a word or a digit for each, and nothing else."""
    if (numbered := _numbered(text)) is not None:
        return _row_of_digits(question, numbered)
    said = strip_phrases(bare(text), _AROUND_A_ROW)
    if said.isdecimal():
        return _row_of_digits(question, said)
    if _NOT_APART.search(text):
        return None
    words, tokens = table(question), [token for token in said.split() if token not in BETWEEN]
    values: list[Value | None] = []
    while tokens and len(values) <= len(question.of):
        length = next((n for n in range(_LONGEST_LABEL, 0, -1) if _known(words, tokens[:n])), 1)
        values.append(_one(words, " ".join(tokens[:length]), language))
        tokens = tokens[length:]
    return None if tokens else _all_of(question, values)


def _numbered(text: str) -> str | None:
    """Return the answers of "1) 2 2) 1 3) 0", where each has its number."""
    pairs = _PAIR.findall(text) if _PAIRS.fullmatch(text) else []
    counted = [number for number, _ in pairs] == [str(place) for place in range(1, len(pairs) + 1)]
    return "".join(answer for _, answer in pairs) if len(pairs) > 1 and counted else None


def _known(words: Table, tokens: list[str]) -> bool:
    said = " ".join(tokens)
    return said in words.words or said in words.numbers or said in words.keys


def _one(words: Table, said: str, language: str) -> Value | None:
    if said in words.keys:
        return words.keys[said]
    value = words.word(said, language)
    return words.numbers.get(said) if value is None else value
