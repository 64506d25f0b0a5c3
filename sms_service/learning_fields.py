"""What an event and a video have in common: what kind they are, for whom, and what may stand in their fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from flows import segments
from sms_service.program_checks import ProgramError

KINDS: Mapping[str, Mapping[str, str]] = {
    "clinical": {"en": "Clinical", "es": "Clínico"},
    "diversity": {"en": "Diversity", "es": "Diversidad"},
    "medical": {"en": "Medical", "es": "Médico"},
}
AUDIENCES: Mapping[str, Mapping[str, str]] = {
    "clinician": {"en": "clinicians", "es": "profesionales clínicos"},
    "qmhp": {"en": "qualified mental health professionals", "es": "profesionales calificados de salud mental (QMHP)"},
    "leadership": {"en": "leadership", "es": "liderazgo"},
}

_LONGEST_LINK = 500
_LINK = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]+")
_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})")


def check_kind(kind: str) -> None:
    """Raise ProgramError for a kind that there is not. None at all is fine."""
    if kind and kind not in KINDS:
        raise ProgramError(
            "kind",
            "%(kind)r is not one of %(known)s; leave it out if it is none of them",
            kind=kind,
            known=", ".join(KINDS),
        )


def check_audience(audience: Iterable[str]) -> None:
    """Raise ProgramError for an audience that there is not. Nobody named is everybody."""
    for one in audience:
        if one not in AUDIENCES:
            raise ProgramError(
                "audience",
                "%(one)r is not one of %(known)s; leave all out for everybody",
                one=one,
                known=", ".join(AUDIENCES),
            )


def check_for_texts(field: str, value: str, most: int) -> None:
    """Raise ProgramError unless a text can say this: so many plain characters, and in one line."""
    size = segments(value)
    if not value.strip() or size.units > most or size.encoding != "GSM-7" or not _one_line(value):
        raise ProgramError(
            field,
            "%(value)r has to be 1 to %(most)s plain characters, so that it fits in a text",
            value=value,
            most=most,
        )


def check_for_pages(field: str, value: str, most: int) -> None:
    """Raise ProgramError unless a page can show this: one line, and nothing that hides or turns letters around."""
    if len(value) > most:
        raise ProgramError(
            field, "this has %(number)s characters; write at most %(most)s", number=len(value), most=most
        )
    if not _one_line(value):
        raise ProgramError(field, "%(value)r has characters that can't be seen; type it by hand", value=value)


def _one_line(value: str) -> bool:
    return not any(unicodedata.category(one).startswith("C") or one in "\u2028\u2029" for one in value)


def check_link(link: str, field: str = "link") -> None:
    """Raise ProgramError unless a link is a plain one to a site, with https. None at all is fine."""
    if not link:
        return
    if len(link) > _LONGEST_LINK:
        raise ProgramError(
            field, "this has %(number)s characters; a link has at most %(most)s", number=len(link), most=_LONGEST_LINK
        )
    host = host_of(link)
    if not link.startswith("https://") or not _LINK.fullmatch(link):
        raise ProgramError(field, "%(link)r has to begin with https:// and hold no spaces or quotes", link=link)
    if not _HOST.fullmatch(host):
        raise ProgramError(field, "%(link)r has to name a site, like https://example.org/course", link=link)


def is_link(link: str) -> bool:
    """Return whether a stored link may be followed; one from before there was a check may not."""
    try:
        check_link(link)
    except ProgramError:
        return False
    return bool(link)


def host_of(link: str) -> str:
    """Return the site that a link leads to, or "" if it hides one behind a name, a password or a port."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return parts.netloc if parts.netloc == parts.hostname else ""


def read_count(field: str, typed: str, most: int, what: str) -> int | None:
    """Return a number as typed; None for nothing. Raises ProgramError for what is none, or too much."""
    if not typed:
        return None
    if typed.isascii() and typed.isdigit() and len(typed) <= 6 and 1 <= int(typed) <= most:
        return int(typed)
    raise ProgramError(
        field,
        "%(typed)r has to be a whole number of %(what)s, 1 to %(most)s, or nothing",
        typed=typed,
        what=what,
        most=most,
    )
