"""What a key means at each place of a call that has no question of the flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flows.calling import deeds, keys
from flows.calling.saying import OTHER, Saying

_MOST_WRONG = 3
_IN_MENU: Mapping[str, str] = {"1": "checkin", "2": "break", "3": "talk", "4": "day"}


def _at_hello(s: Saying, key: str) -> None:
    if key not in {"1", "2"}:
        deeds.not_understood(s)
        return
    if key == "2":
        s.change(language=OTHER[s.language])
    s.change(place="code", tries=0)
    s.line("safety")
    s.ask("code")


def _at_code(s: Saying, pressed: str) -> None:
    code = str(s.context.settings.get("pin", ""))
    if pressed.rstrip(keys.SKIP) == "":
        deeds.for_anybody(s)
    elif code and pressed.rstrip(keys.SKIP) == code and not s.call.locked:
        s.change(known=True, tries=0)
        deeds.go_on(s)
    else:
        s.change(wrong=s.call.wrong + 1)
        s.line("wrong_code")
        if s.call.wrong >= _MOST_WRONG:
            deeds.for_anybody(s)
        else:
            s.ask("code")


def _at_open(s: Saying, key: str) -> None:
    if key == "2":
        deeds.anybodys_break(s)
    elif key == "3":
        s.line("people")
    else:
        deeds.not_understood(s)
        return
    s.change(tries=0)
    s.ask("open_menu")


def _at_menu(s: Saying, key: str) -> None:
    if key == keys.SKIP:
        deeds.end(s, "goodbye")
    elif key == keys.BY_TEXT:
        deeds.by_text(s)
    elif key == "4":
        deeds.schedule(s)
    elif key in _IN_MENU:
        deeds.hear(s, _IN_MENU[key])
    else:
        deeds.not_understood(s)


def _at_crisis(s: Saying, key: str) -> None:
    if key == "1":
        deeds.say_crisis(s)
    elif key == "2":
        (deeds.go_on if s.call.known else deeds.for_anybody)(s)
    else:
        deeds.not_understood(s)


AT: Mapping[str, Callable[[Saying, str], None]] = {
    "hello": _at_hello,
    "code": _at_code,
    "open": _at_open,
    "menu": _at_menu,
    "talk": _at_menu,  # where a question is gone meanwhile
    "crisis": _at_crisis,
}
"""By the place where a call stands."""
