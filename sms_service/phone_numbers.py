"""A phone number as somebody types it: one reading of it for every door. Who may be asked to join is stricter still."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from sms_service.translation import Word

HOME = "US"
_SHORT_CODE = re.compile(r"[1-9]\d{4,5}", re.ASCII)
_SERVICE = re.compile(r"[1-9]\d{2,5}", re.ASCII)
RIGHT = Word("write it like +17575550123")


class PhoneError(ValueError):
    """What is no number, and why. The number is not repeated."""

    def __init__(self, why: Word) -> None:
        super().__init__(why)
        self.why = why


def read(typed: str) -> str:
    """Return a number as E.164; one without a country code is taken for one of ours. Raises PhoneError."""
    return phonenumbers.format_number(_parsed(typed), PhoneNumberFormat.E164)


def read_sender(typed: str) -> str:
    """Return a number that texts come from, as E.164 or the five or six digits of a short code. Raises PhoneError."""
    if _SHORT_CODE.fullmatch(typed.strip()):
        return typed.strip()
    parsed = _parsed(typed)
    if phonenumbers.number_type(parsed) == PhoneNumberType.TOLL_FREE:
        raise PhoneError(Word("is toll-free; use a local (10DLC) number or a short code"))
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def check_dialled(typed: str) -> None:
    """Raise PhoneError for what nobody can dial. An extension may follow, and 211 and its like are numbers too."""
    if not _SERVICE.fullmatch(typed):
        _parsed(typed, extension=True)


def written(number: str) -> str:
    """Return a stored number the way it is written at home, such as (757) 555-0100; a short code as it is."""
    if not number.startswith("+"):
        return number
    parsed = phonenumbers.parse(number)
    form = PhoneNumberFormat.NATIONAL if parsed.country_code == 1 else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def _parsed(typed: str, *, extension: bool = False) -> PhoneNumber:
    try:
        parsed = phonenumbers.parse(typed, HOME)
    except phonenumbers.NumberParseException:
        raise PhoneError(Word("is not a phone number; %(right)s", right=RIGHT)) from None
    if parsed.extension and not extension:
        raise PhoneError(Word("has an extension, which no text can reach; %(right)s", right=RIGHT))
    why = phonenumbers.is_possible_number_with_reason(parsed)
    if why == phonenumbers.ValidationResult.TOO_LONG:
        raise PhoneError(Word("has too many digits; %(right)s", right=RIGHT))
    if why != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise PhoneError(Word("has too few digits; %(right)s", right=RIGHT))
    return parsed
