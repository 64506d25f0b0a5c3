"""A list of people to invite: which of its columns are used, and of each row that it is taken, or why not.

Nothing of it is stored. The three ways use different columns: cards a name, e-mails an address, texts a number.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sms_service import mobile_numbers, sheet_reading
from sms_service.mobile_numbers import NumberError
from sms_service.sheet_reading import Record, Sheet, SheetError

Way = Literal["print", "mail", "text"]
WAYS: tuple[Way, ...] = ("print", "mail", "text")
MOST_TEXTS = 5_000
"""More than an hour's work for one number, and some seconds' in one transaction."""
FORMULA = ("=", "+", "-", "@")
_LONGEST_NAME, _LONGEST_ADDRESS, _SHOWN = 60, 254, 80
_NEEDED: Mapping[Way, str] = {"print": "name", "mail": "email", "text": "number"}
_COLUMNS: Mapping[str, frozenset[str]] = {
    "name": frozenset(
        {"name", "full name", "display name", "employee name", "staff name", "nombre", "nombre completo"}
    ),
    "first": frozenset({"first name", "firstname", "first", "given name", "preferred name", "nombres"}),
    "last": frozenset({"last name", "lastname", "last", "surname", "family name", "apellido", "apellidos"}),
    "email": frozenset(
        {"email", "e mail", "email address", "e mail address", "mail", "work email", "correo", "correo electronico"}
    ),
    "number": frozenset(
        {
            *("number", "phone", "phone number", "telephone", "tel", "mobile", "mobile number", "mobile phone"),
            *("cell", "cell phone", "cellphone", "cell number", "numero", "telefono", "telefono movil", "movil"),
            *("celular", "numero de celular"),
        }
    ),
}
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+?\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guest:
    """A row that is taken. What its way does not use is empty."""

    row: int
    name: str = ""
    email: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not. `found` is what stands in the cell that is wrong, `first` the row it repeats."""

    row: int
    why: str
    found: str = ""
    first: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as it was read: each of its rows is among the guests or the refusals, once."""

    sheet: Sheet
    used: tuple[str, ...]
    guests: tuple[Guest, ...]
    refusals: tuple[Refusal, ...]

    @property
    def digest(self) -> bytes:
        """What tells this list from another, however it was saved."""
        told = hashlib.sha256()
        for cells in (self.sheet.header, *(row.cells for row in self.sheet.rows)):
            told.update("\x1f".join(cell.strip() for cell in cells).encode() + b"\x1e")
        return told.digest()


def read(text: str, way: Way, home: str) -> Listed:
    """Read a list for one way of inviting, in the country of our number. Raises SheetError."""
    sheet = sheet_reading.read(text)
    if way == "text" and len(sheet.rows) > MOST_TEXTS:
        raise SheetError("long", rows=len(sheet.rows), most=MOST_TEXTS)
    places = _places(sheet.header)
    needed = {"first", "last", "name"} if way == "print" else {_NEEDED[way]}
    if not needed & set(places):
        found = ", ".join(cell[:_SHOWN] for cell in sheet.header[:12] if cell)
        raise SheetError("column", needed=_NEEDED[way], found=found)
    guests, refusals, seen = [], [], dict[str, int]()
    for row in sheet.rows:
        outcome = _row(row, places, way, home)
        key = _key(outcome, row, places) if isinstance(outcome, Guest) else ""
        if isinstance(outcome, Guest) and key and key in seen:
            outcome = Refusal(row.line, "repeated", first=seen[key])
        if isinstance(outcome, Refusal):
            refusals.append(outcome)
            continue
        guests.append(outcome)
        if key:
            seen[key] = row.line
    used = sorted({place for kind, place in places.items() if kind in {*needed, *_beside(way)}})
    return Listed(sheet, tuple(sheet.header[place] for place in used), tuple(guests), tuple(refusals))


def _beside(way: Way) -> set[str]:
    return {"first", "last", "name"} if way == "mail" else set()


def _places(header: tuple[str, ...]) -> dict[str, int]:
    """Return where each kind of column stands; of two of one kind, the first."""
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        words = _folded(cell)
        for kind, names in _COLUMNS.items():
            if words in names:
                places.setdefault(kind, place)
    if "last" in places and "first" not in places and "name" in places:
        places["first"] = places.pop("name")  # "Nombre" beside "Apellidos" is a first name
    return places


def _folded(cell: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", cell[:_SHOWN]) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain.casefold()).split())


def _cell(row: Record, places: Mapping[str, int], kind: str) -> str:
    place = places.get(kind)
    return " ".join(row.cells[place].split()) if place is not None and place < len(row.cells) else ""


def _name(row: Record, places: Mapping[str, int]) -> str:
    parts = [_cell(row, places, kind) for kind in ("first", "last")]
    return " ".join(part for part in parts if part) or _cell(row, places, "name")


def _row(row: Record, places: Mapping[str, int], way: Way, home: str) -> Guest | Refusal:
    if way == "text":
        return _by_number(row, _cell(row, places, "number"), home)
    name = _name(row, places)
    if name.startswith(FORMULA):
        return Refusal(row.line, "formula", name[:_SHOWN])
    if len(name) > _LONGEST_NAME:
        return Refusal(row.line, "long name", name[:_SHOWN])
    if way == "print":
        return Guest(row.line, name=name) if name else Refusal(row.line, "no name")
    email = _cell(row, places, "email")
    if not email:
        return Refusal(row.line, "no address")
    if len(email) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(email):
        return Refusal(row.line, "bad address", email[:_SHOWN])
    return Guest(row.line, name=name, email=email)


def _by_number(row: Record, typed: str, home: str) -> Guest | Refusal:
    if typed.startswith("="):
        return Refusal(row.line, "formula", typed[:_SHOWN])
    if _ROUNDED.fullmatch(typed):
        return Refusal(row.line, "rounded", typed[:_SHOWN])
    try:
        return Guest(row.line, number=mobile_numbers.read_mobile(typed.lstrip("'"), home))
    except NumberError as error:
        return Refusal(row.line, error.why, typed[:_SHOWN])


def _key(guest: Guest, row: Record, places: Mapping[str, int]) -> str:
    """Return what a second row of the same person would share; two cards for one name may be for two people."""
    if guest.number or guest.email:
        return guest.number or guest.email.casefold()
    beside = _cell(row, places, "email").casefold() or re.sub(r"\D", "", _cell(row, places, "number"))
    return f"{guest.name.casefold()} {beside}" if beside else ""
