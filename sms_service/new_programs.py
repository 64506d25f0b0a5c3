"""A program as somebody types it: read whole, each fault by its field, and then made as a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from flows import segments
from sms_service import program_checks, program_said, program_words, programs, staff
from sms_service.beginnings import Beginning
from sms_service.program_settings import fit
from sms_service.programs import ProgramError, ProgramSettings
from sms_service.translation import Word

FIELDS = (
    *("name", "short_name", "slug", "operator", "number", "opt_out_mode", "keyword", "group"),
    *("client", "zone", "help_phone"),
)
_SETTINGS = ("short_name", "operator", "client", "zone", "help_phone")
MOST_GROUPS = 9
"""A group is chosen by one digit."""
_LONGEST_GROUP = 12
_MODES = ("ours", "twilio")


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed for a new program, what could be used of it, and what is wrong by field."""

    typed: Mapping[str, str]
    settings: ProgramSettings
    sender: str
    keywords: tuple[str, ...]
    groups: tuple[Mapping[str, str], ...]
    faults: Mapping[str, str]


def offered(template: Beginning) -> dict[str, str]:
    """Return the fields as a template fills them."""
    groups = "\n".join(f"{one['en']}/{one['es']}" for one in template.groups)
    filled = {"keyword": ", ".join(template.keywords), "group": groups, "opt_out_mode": "ours"}
    return {**dict.fromkeys(FIELDS, ""), "zone": "America/New_York", "client": "client", **filled}


def read(template: Beginning, form: Mapping[str, str]) -> Draft:
    """Read a form. Every field at fault is named, not just the first."""
    typed = {field: form.get(field, was).replace("\r\n", "\n").strip() for field, was in offered(template).items()}
    faults: dict[str, str] = {}

    def tried(field: str, reading: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return reading()
        except ProgramError as error:
            faults[field] = error.message
            return otherwise

    tried("name", lambda: program_said.check_name(typed["name"]), None)
    tried("slug", lambda: program_checks.check_slug(typed["slug"]), None)
    sender = tried("number", lambda: program_words.read_sender(typed["number"]), "")
    keywords = tried("keyword", lambda: keywords_of(typed["keyword"]), ())
    groups = tried("group", lambda: groups_of(typed["group"]), ())
    if typed["opt_out_mode"] not in _MODES:
        faults["opt_out_mode"] = Word("%(mode)r is neither ours nor twilio", mode=typed["opt_out_mode"])
    base = {**template.settings, "operator": "-", "short_name": "-"}
    settings = fit(base, {field: typed[field] for field in _SETTINGS}, faults)
    faults |= program_said.faults(settings)
    return Draft(typed, settings, sender, keywords, groups, {f: faults[f] for f in FIELDS if f in faults})


def keywords_of(text: str) -> tuple[str, ...]:
    """Return joining words of a list such as "JOIN, UNIRME"."""
    words = list(dict.fromkeys(text.replace(",", " ").split()))
    if not words:
        raise ProgramError("keyword", "none was given; write one plain word such as JOIN")
    return program_words.read_keywords(words)


def groups_of(text: str) -> tuple[Mapping[str, str], ...]:
    """Return reporting groups of lines such as "outpatient/consulta"."""
    groups = tuple(program_words.read_group(line) for line in text.splitlines() if line.strip())
    if len(groups) > MOST_GROUPS:
        raise ProgramError(
            "group",
            "%(number)s groups are too many to be chosen by one digit; at most %(most)s",
            number=len(groups),
            most=MOST_GROUPS,
        )
    for label in (label for group in groups for label in group.values()):
        size = segments(label)
        if size.units > _LONGEST_GROUP or size.encoding != "GSM-7":
            raise ProgramError(
                "group",
                "%(label)r is too long for a text; at most %(most)s plain characters",
                label=label,
                most=_LONGEST_GROUP,
            )
    program_said.check_groups(groups)
    return groups


async def make(connection: AsyncConnection, draft: Draft, by: UUID, now: datetime) -> UUID:
    """Make the program as a draft, and whoever made it its administrator. Raises ProgramError by field."""
    made = await programs.add(
        connection,
        slug=draft.typed["slug"],
        name=draft.typed["name"],
        sender=draft.sender,
        keywords=draft.keywords,
        groups=draft.groups,
        settings=draft.settings,
        opt_out_mode=draft.typed["opt_out_mode"],
        by=by,
        now=now,
    )
    await staff.give_role(connection, by, made, "administrator")
    return made
