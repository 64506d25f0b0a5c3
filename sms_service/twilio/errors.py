"""What Twilio's error codes mean for a text and what is done about each: `errors.yaml`, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import yaml

from sms_service.translation import Word

Class = Literal["retry", "soft", "number", "consent", "content", "configuration", "ours"]
Action = Literal["later", "once", "dead", "twice", "landline", "opt-out", "drop", "stop"]
CLASSES, ACTIONS = get_args(Class), get_args(Action)

OPTED_OUT = 21610
NO_LINE = Word("the call could not be put through")
"""What there is to say of a call that was taken by Twilio and failed: no code comes with that."""
_TOO_MANY = 429
_NOT_LET_IN = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a text fails. `code` is Twilio's, else its HTTP status, None where neither says anything.

    Where `texts_only`, a call from the same number meets nothing of it.
    """

    code: int | None
    kind: Class
    action: Action
    says: str
    texts_only: bool = False


@cache
def table() -> Mapping[int, Fault]:
    """Return every code that is known."""
    rows = yaml.safe_load((files("sms_service.twilio") / "errors.yaml").read_text("utf-8"))
    return {
        code: Fault(code, row["class"], row["action"], row["says"], row.get("only") == "texts")
        for code, row in rows.items()
    }


def codes(*actions: Action) -> list[int]:
    """Return the codes that call for one of these actions."""
    return [code for code, fault in table().items() if fault.action in actions]


def of_texts_only() -> list[int]:
    """Return the codes of which a call from the same number meets nothing."""
    return [code for code, fault in table().items() if fault.texts_only]


def fault(code: int | None, status: int = 400) -> Fault:
    """Return what a refusal means. One whose code is not in the table goes by its HTTP status."""
    if code is not None and code in table():
        return table()[code]
    if status == _TOO_MANY:
        return Fault(code, "retry", "later", f"Twilio answered {status}")
    if status in _NOT_LET_IN:
        says = f"Twilio answered {status}: it does not let this account in"
        return Fault(status if code is None else code, "configuration", "stop", says)
    return Fault(code, "ours", "drop", "a code that is not in the table")


def meaning(code: int) -> Word:
    """Say what a code means, for an operator."""
    return stored(f"{code}: {fault(code).says}")


def stored(reason: str) -> Word:
    """Return a reason that was written down, such as "30034: the number is not registered to a campaign", as words."""
    code, _, says = reason.partition(": ")
    return Word("%(code)s: %(says)s", code=code, says=Word(says)) if says else Word(reason)
