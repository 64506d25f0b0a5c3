"""Settings of a program said to those who change them: what each is called, and what a change was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sms_service import schedule_words
from sms_service.programs import ProgramSettings
from sms_service.translation import Word

NAMES = {
    "operator": Word("Who runs it"),
    "short_name": Word("Short name"),
    "floor": Word("Least people in a figure"),
    "help_phone": Word("Phone for questions"),
    "learn_url": Word("Training page"),
    "client": Word("Word for the people served"),
    "peer_line": Word("Peers' line"),
    "own_words": Word("Own words for danger"),
    "review": Word("Calls by support leads"),
    "promise_hours": Word("Calls within"),
    "hard_event": Word("Hard event"),
    "paused_until": Word("Paused until"),
    "voice": Word("Voice of calls"),
    "flow": Word("Version of the conversations"),
}


def changes(old: ProgramSettings, new: ProgramSettings) -> list[Word]:
    """Return what changed, a short line each, the schedule first."""
    before, after = _words(old), _words(new)
    own = [schedule_words.changed(NAMES[one], before[one], after[one]) for one in NAMES if before[one] != after[one]]
    return [*schedule_words.changes(old, new), *own]


def words(
    keywords: Sequence[str],
    groups: Sequence[Mapping[str, str]],
    now: Sequence[str],
    now_groups: Sequence[Mapping[str, str]],
) -> list[Word]:
    """Return what changed of keywords and groups, from these to those of `now`."""
    changed = []
    if sorted(keywords) != sorted(now):
        before, after = ", ".join(sorted(keywords)), ", ".join(sorted(now))
        changed.append(Word("Keywords: %(after)s, was %(before)s", after=after, before=before))
    if list(groups) != list(now_groups):
        changed.append(Word("Reporting groups: %(number)s of them", number=len(now_groups)))
    return changed


def _words(settings: ProgramSettings) -> dict[str, str]:
    plain = ("operator", "short_name", "help_phone", "learn_url", "client", "peer_line", "hard_event", "paused_until")
    return {
        **{field: str(getattr(settings, field)) or Word("none") for field in plain},
        "floor": str(settings.floor),
        "own_words": Word("%(number)s of them", number=len(settings.own_words)),
        "review": Word("two support leads call") if settings.review == "lead" else Word("nobody calls"),
        "voice": Word("a man's") if settings.voice == "man" else Word("a woman's"),
        "promise_hours": f"{settings.promise_hours} h",
        "flow": settings.flow[:8] or Word("the current one"),
    }
