"""What a new program is reached by and told apart by: its number, its keywords, its groups, as somebody types them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows import RESERVED, fold
from sms_service import phone_numbers, program_said
from sms_service.phone_numbers import PhoneError
from sms_service.programs import ProgramError


def read_sender(number: str) -> str:
    """Return a service number as E.164, or a short code. Toll-free is refused: there the carrier answers STOP."""
    try:
        return phone_numbers.read_sender(number)
    except PhoneError as error:
        raise ProgramError("number", "%(number)r %(error)s", number=number, error=error.why) from None


def read_keywords(words: Sequence[str]) -> tuple[str, ...]:
    """Return joining words in capitals. One that the carrier or a command needs is refused."""
    for word in words:
        if not word.isalnum() or fold(word) in RESERVED:
            raise ProgramError(
                "keyword", "%(word)r cannot be used to join; choose one plain word such as JOIN", word=word
            )
        program_said.check_room("keyword", word, "keyword")
    return tuple(word.upper() for word in words)


def read_group(words: str) -> Mapping[str, str]:
    """Return a reporting group of "English/Spanish"."""
    english, slash, spanish = words.partition("/")
    if not slash or not english.strip() or not spanish.strip():
        raise ProgramError("group", "%(words)r: write it in both languages, like outpatient/consulta", words=words)
    return {"en": english.strip(), "es": spanish.strip()}
