"""What a flow may say of a program, made of what a coordinator configured."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flows import Choice, ProgramFacts
from sms_service import hard_events, schedules
from sms_service.learning_fields import is_link
from sms_service.programs import Program, own_rules

_facts: dict[tuple[UUID, int, bool, str, str, date | None], ProgramFacts] = {}
_MOST_FACTS = 500


def facts(program: Program, public_url: str, zone: str, today: date) -> ProgramFacts:
    """Return what a flow may say of a program: made once for each version of it, or each day where that matters."""
    daily = bool(program.events or program.settings.hard_event)
    key = (program.id, program.version, program.places, public_url, zone, today if daily else None)
    if key not in _facts:
        if len(_facts) > _MOST_FACTS:
            _facts.clear()
        _facts[key] = _make_facts(program, public_url, zone, today)
    return _facts[key]


def _make_facts(program: Program, public_url: str, zone: str, today: date) -> ProgramFacts:
    chosen = program.settings
    events = tuple(event for event in program.events if event.on >= today)
    learns = is_link(chosen.learn_url) or events or program.videos
    return ProgramFacts(
        slug=program.slug,
        name=program.name,
        short_name=chosen.short_name,
        keyword=program.keywords[0] if program.keywords else "JOIN",
        info_url=f"{public_url}/p/{program.slug}",
        help_url=f"{public_url}/h/{program.slug}" if program.places else f"{public_url}/r/help",
        learn_url=f"{public_url}/r/learn/{program.slug}" if learns else "",
        help_phone=chosen.help_phone,
        floor=chosen.floor,
        zone=zone,
        day=chosen.day,
        time=chosen.time,
        quiet=f"{chosen.quiet_start}-{chosen.quiet_end}",
        groups=tuple(
            Choice(key, key, {language: (label,) for language, label in labels.items()})
            for key, (_, labels) in program.groups.items()
        ),
        client=chosen.client,
        peer_line=chosen.peer_line,
        events=events,
        hard_event=hard_events.lasts(chosen.hard_event, today),
        rules=own_rules(chosen),
        rhythm=schedules.of_program(program),
        window_hours=program.settings.window_hours,
    )
