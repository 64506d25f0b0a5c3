"""Number words from zero to a hundred, English and Spanish. Data only."""

from __future__ import annotations

from collections.abc import Iterator

_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_SPANISH = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete"
    " dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete"
    " veintiocho veintinueve"
)
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
}
_HUNDREDS = ("hundred", "a hundred", "one hundred", "cien", "ciento")


def _words() -> Iterator[tuple[str, int]]:
    for line in (_ENGLISH, _SPANISH):
        for number, word in enumerate(line.split()):
            yield word, number
    units = {"en": _ENGLISH.split()[1:10], "es": _SPANISH.split()[1:10]}
    for language, joint in (("en", " "), ("es", " y ")):
        for tens, word in enumerate(_TENS[language].split(), 2):
            yield word, tens * 10
            for unit, small in enumerate(units[language], 1):
                yield f"{word}{joint}{small}", tens * 10 + unit
    for word in _HUNDREDS:
        yield word, 100


NUMBERS: dict[str, int] = dict(_words())
"""Every number word, as `spelling.bare` leaves it: "twenty five", "treinta y dos"."""

ONE = frozenset({"a", "an", "un", "una"})
"""Words that count one where something is counted: "a week", "una hora"."""


def count(said: str) -> int | None:
    """Read digits or number words as a number, or None: "12", "a dozen", "una", "treinta y dos"."""
    if said.isascii() and said.isdigit():
        return int(said) if len(said) <= 4 else None
    if said in ONE:
        return 1
    return _MANY.get(said, NUMBERS.get(said))


def about(said: str) -> int | None:
    """Read also what is not quite a number, where a few is near enough: a rest of a few days."""
    return _FEW.get(said) or count(said)


_MANY = {"a dozen": 12, "dozen": 12, "una docena": 12, "docena": 12, "a couple": 2, "a couple of": 2, "un par de": 2}
_FEW = {
    **dict.fromkeys(("a few", "few", "a few more", "unos", "unas", "unos cuantos", "unas cuantas"), 3),
    **dict.fromkeys(("couple", "couple of", "par de"), 2),
    **dict.fromkeys(("another", "one more", "otro", "otra"), 1),
}
