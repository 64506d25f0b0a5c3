"""Which numbers may be asked to join: those that can be a mobile phone in the country of our own number."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

# Territories that share their country's numbers and law.
_HOMES = {"US": frozenset({"US", "PR", "VI", "GU", "AS", "MP"})}
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_TOLL_FREE = frozenset({PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
_AMERICAN = re.compile(r"\+?1?([2-9]\d{2}[2-9]\d{6})")
_WRITTEN = re.compile(r"[\s().\-\u2010-\u2015\u00a0/]+")
_LONGEST = 40
# No rule of the numbering plan looks further than the seventh digit, so its answer is the same for these ten thousands.
_TOLD_BY = 7

EMPTY, UNREADABLE, IMPOSSIBLE = "empty", "unreadable", "impossible"
EXTENSION, ABROAD, TOLL_FREE, LANDLINE = "extension", "abroad", "toll-free", "landline"


class NumberError(ValueError):
    """A number that cannot be asked to join. `why` is one of the words above; the number is not repeated."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def home_of(sender: str) -> str:
    """Return the country of one of our own numbers; a short code has none, and is taken for one of the US."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(sender, "US")) or "US"
    except phonenumbers.NumberParseException:
        return "US"


def is_american(sender: str) -> bool:
    """Whether one of our own numbers is of the US or of its territories; one that is not known is taken for that."""
    return home_of(sender) in _HOMES["US"]


def read_mobile(typed: str, home: str) -> str:
    """Return a number as E.164 as somebody of this country types it. Raises NumberError."""
    plain = _WRITTEN.sub("", typed)
    if not plain:
        raise NumberError(EMPTY)
    if len(plain) > _LONGEST:
        raise NumberError(UNREADABLE)
    american = _AMERICAN.fullmatch(plain) if home == "US" and plain.isascii() else None
    if american:
        national = american[1]
        _refuse(_fault(national[:_TOLD_BY], home))
        return f"+1{national}"
    parsed = _parsed(typed, home)
    if parsed.extension:
        raise NumberError(EXTENSION)
    _refuse(_judge(parsed, home))
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def _parsed(typed: str, home: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(typed, home)
    except phonenumbers.NumberParseException:
        raise NumberError(UNREADABLE) from None


def _refuse(fault: str) -> None:
    if fault:
        raise NumberError(fault)


@lru_cache(maxsize=65_536)
def _fault(beginning: str, home: str) -> str:
    return _judge(PhoneNumber(country_code=1, national_number=int(beginning.ljust(10, "0"))), home)


def _judge(parsed: PhoneNumber, home: str) -> str:
    region, kind = phonenumbers.region_code_for_number(parsed), phonenumbers.number_type(parsed)
    if kind in _TOLL_FREE:
        return TOLL_FREE
    if region is None or kind == PhoneNumberType.UNKNOWN:
        return IMPOSSIBLE
    if region not in _HOMES.get(home, {home}):
        return ABROAD
    return "" if kind in _MOBILE else LANDLINE
