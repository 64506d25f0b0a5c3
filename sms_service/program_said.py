"""What a program has its texts and pages say, bounded when it is typed: a text has as much room as was measured.

What is stored already is not looked at here, so that a program from before stays loadable; what differs from it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from flows import room, segments
from sms_service import learning_fields, phone_numbers
from sms_service.phone_numbers import PhoneError
from sms_service.program_checks import ProgramError, check_zone

if TYPE_CHECKING:
    from sms_service.program_settings import ProgramSettings

FILLS: Mapping[str, str] = {"short_name": "p", "peer_line": "peer"}
"""Settings that fill a placeholder just as they are."""
_LONGEST_OPERATOR = 80


def check_room(field: str, value: str, placeholder: str) -> None:
    """Raise ProgramError unless the texts have room for this in their placeholder. Nothing at all fits."""
    size, most = segments(value), room(placeholder)
    if value and (size.units > most or size.encoding != "GSM-7" or not _one_line(value)):
        raise ProgramError(
            field,
            "%(value)r has to be at most %(most)s plain characters, so that it fits in the texts",
            value=value,
            most=most,
        )


def check_name(name: str) -> None:
    """Raise ProgramError for a name that no page or text can show."""
    size, most = segments(name), room("program")
    if not name.strip() or size.units > most or size.encoding != "GSM-7" or not _one_line(name):
        raise ProgramError(
            "name",
            "%(name)r has to be 1 to %(most)s plain characters, such as Tidewater check-in",
            name=name,
            most=most,
        )


def check_groups(groups: Sequence[Mapping[str, str]]) -> None:
    """Raise ProgramError for groups that the text which offers them has no room for, in either language."""
    most = room("groups")
    for language in ("en", "es"):
        said = " ".join(f"{key} {labels[language]}" for key, labels in enumerate(groups, start=1))
        if segments(said).units > most:
            raise ProgramError(
                "group",
                "%(said)r is too long for one text; with their digits they have %(most)s plain characters",
                said=said,
                most=most,
            )


def faults(settings: ProgramSettings, before: ProgramSettings | None = None) -> dict[str, str]:
    """Return what is wrong with what is said anew, by field."""
    found: dict[str, str] = {}
    for field, look in _LOOKS.items():
        value = getattr(settings, field)
        if before is not None and value == getattr(before, field):
            continue
        try:
            look(value)
        except ProgramError as error:
            found[field] = error.message
    return found


def check(settings: ProgramSettings, before: ProgramSettings | None = None) -> None:
    """Raise ProgramError for the first fault of what is said anew."""
    for field, message in faults(settings, before).items():
        raise ProgramError(field, message)


def _filling(field: str, placeholder: str, value: str) -> None:
    check_room(field, value, placeholder)


def _help_phone(value: str) -> None:
    check_room("help_phone", value, "ph")
    try:
        if value:
            phone_numbers.check_dialled(value)
    except PhoneError as error:
        raise ProgramError("help_phone", "%(value)r %(error)s", value=value, error=error.why) from None


def _learn_url(value: str) -> None:
    learning_fields.check_link(value, "learn_url")


def _operator(value: str) -> None:
    if len(value) > _LONGEST_OPERATOR or not _one_line(value):
        raise ProgramError(
            "operator",
            "%(value)r has to be one line of at most %(most)s characters",
            value=value,
            most=_LONGEST_OPERATOR,
        )


def _floor(value: int) -> None:
    if len(str(value)) > room("n"):
        raise ProgramError(
            "floor", "%(value)s is more than the texts have room for; choose 5, 10, 15 or 20", value=value
        )


def _one_line(value: str) -> bool:
    return not any(unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") for one in value)


_LOOKS: Mapping[str, Callable[[Any], None]] = {
    "operator": _operator,
    **{field: partial(_filling, field, name) for field, name in FILLS.items()},
    "help_phone": _help_phone,
    "learn_url": _learn_url,
    "floor": _floor,
    "zone": check_zone,
}
