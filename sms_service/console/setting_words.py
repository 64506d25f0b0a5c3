"""Settings of a program said to those who change them: what each is called, and what a change was."""

from __future__ import annotations

from sms_service import schedule_words
from sms_service.programs import ProgramSettings

NAMES = {
    "operator": "Who runs it",
    "short_name": "Short name",
    "floor": "Least people in a figure",
    "help_phone": "Phone for questions",
    "learn_url": "Training page",
    "client": "Word for the people served",
    "peer_line": "Peers' line",
    "own_words": "Own words for danger",
    "review": "Calls by support leads",
    "promise_hours": "Calls within",
    "hard_event": "Hard event",
    "flow": "Version of the conversations",
}


def changes(old: ProgramSettings, new: ProgramSettings) -> list[str]:
    """Return what changed, a short line each, the schedule first."""
    before, after = _words(old), _words(new)
    own = [f"{NAMES[one]}: {after[one]}, was {before[one]}" for one in NAMES if before[one] != after[one]]
    return [*schedule_words.changes(old, new), *own]


def _words(settings: ProgramSettings) -> dict[str, str]:
    plain = ("operator", "short_name", "help_phone", "learn_url", "client", "peer_line", "hard_event")
    return {
        **{field: str(getattr(settings, field)) or "none" for field in plain},
        "floor": str(settings.floor),
        "own_words": f"{len(settings.own_words)} of them",
        "review": "two support leads call" if settings.review == "lead" else "nobody calls",
        "promise_hours": f"{settings.promise_hours} h",
        "flow": settings.flow[:8] or "the current one",
    }
