"""Read a sheet that somebody saved from a spreadsheet: its separator, its first line with the columns, its rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
LARGEST = 8 * 1024 * 1024
MOST_ROWS = 100_000
# A cell may hold line breaks; more of them than this, and a quotation mark was left open.
_MOST_LINES = 10
_BREAKS = re.compile(r"\r\n?|[\u2028\u2029]")
# Control and direction characters, which show as nothing or turn the words around them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff0-\ufffb]"
)
_TELLS = re.compile(r"sep=([,;\t])")


class SheetError(ValueError):
    """A sheet that cannot be read as one. `why` is a short word, `values` what a sentence about it needs."""

    def __init__(self, why: str, **values: object) -> None:
        super().__init__(why)
        self.why = why
        self.values = values


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one row, and the line it begins in: the first line is 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was read. `text` is all of it, cleaned: reading it again gives the same."""

    text: str
    separator: str
    header: tuple[str, ...]
    rows: tuple[Record, ...]


def clean(text: str) -> str:
    """Return a text with one kind of line break and nothing unseen in it; cleaning it again changes nothing."""
    return _UNSEEN.sub("", _BREAKS.sub("\n", text))


def read(text: str) -> Sheet:
    """Return the rows of a sheet, without the empty ones. Raises SheetError."""
    if len(text) > LARGEST:
        raise SheetError("large", megabytes=LARGEST // 1024 // 1024)
    text = clean(text)
    separator, skipped = _separator(text)
    records = [one for one in _records(text, separator) if one.line > skipped and any(map(str.strip, one.cells))]
    if not records:
        raise SheetError("empty")
    header, *rows = records
    if len(rows) > MOST_ROWS:
        raise SheetError("long", rows=len(rows), most=MOST_ROWS)
    return Sheet(text, separator, tuple(cell.strip() for cell in header.cells), tuple(rows))


def _separator(text: str) -> tuple[str, int]:
    """Return what stands between the cells, and how many lines at the top only say so."""
    first = next((line for line in text.split("\n", 50) if line.strip()), "")
    told = _TELLS.fullmatch(first.strip(" "))
    if told:
        return told[1], text[: text.index(first)].count("\n") + 1
    bare = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=lambda one: (bare.count(one), one == ",")), 0


def _records(text: str, separator: str) -> Iterator[Record]:
    reader = csv.reader((f"{line}\n" for line in text.split("\n")), delimiter=separator)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise SheetError("quote", line=line) from None
        if reader.line_num - line >= _MOST_LINES:
            raise SheetError("quote", line=line)
        yield Record(line, tuple(cells))
