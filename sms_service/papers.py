"""The papers that get a program started, filled from its settings: as Markdown to keep, or as a page to print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from flows import spanish
from flows.schedule import clock, day_name
from sms_service import purging
from sms_service.pages import written
from sms_service.programs import Program, ProgramError

NAMES = ("charter", "leadership", "huddle", "email", "questions", "support-lead", "record")
"""The papers, in the order in which somebody who begins needs them."""
LANGUAGES = ("en", "es")

_MEANS_SOMETHING = re.compile(r"([\\*_`\[\]<>|#~])")
_KEPT = {rule.what: rule.after.days for rule in purging.RULES}


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper in one language: its title, and what stands below it in Markdown."""

    name: str
    language: str
    title: str
    body: str

    @property
    def markdown(self) -> str:
        """The whole paper, as it is kept in a file."""
        return f"# {self.title}\n\n{self.body}\n"


def plain(value: Any) -> Any:
    """Return what fills a place so that it reads as it is: in one line, and with nothing in it that formats."""
    return _MEANS_SOMETHING.sub(r"\\\1", " ".join(value.split())) if isinstance(value, str) else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("sms_service", "launch"),
        autoescape=False,  # noqa: S701 - Markdown: `plain` sees to what fills it
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=plain,
    )


def paper(program: Program, public_url: str, name: str, language: str) -> Paper:
    """Return a paper as it reads for a program."""
    text = _environment().get_template(f"{name}.{language}.md").render(_facts(program, public_url, language))
    title, _, body = text.removeprefix("# ").partition("\n")
    return Paper(name, language, title, re.sub(r"\n{3,}", "\n\n", body).strip())


def _facts(program: Program, public_url: str, language: str) -> Mapping[str, Any]:
    """Return what may fill a paper. What is promised of days is what the service holds."""
    settings = program.settings
    words = sorted(program.keywords, key=lambda one: spanish(one) != (language == "es")) or ["JOIN"]
    return {
        "program": program.name,
        "short": settings.short_name,
        "operator": settings.operator,
        "word": words[0],
        "number": written(program.sender),
        "page": f"{public_url}/p/{program.slug}",
        "help": f"{public_url}/r/help",
        "break": f"{public_url}/r/break",
        "console": f"{public_url}/console",
        "phone": settings.help_phone,
        "day": day_name(settings.day, language),
        "time": clock(settings.time, language),
        "floor": settings.floor,
        "calls": program.calls,
        "promise": settings.promise_hours,
        "ours": program.opt_out_mode == "ours",
        "region": settings.region or "none",
        "virginia": settings.region == "US-VA",
        "words_days": _KEPT["words of texts that came in"],
        "asked_days": _KEPT["numbers that were asked to join and never answered"],
        "reports_days": _KEPT["reports of Twilio"],
    }


def write(program: Program, public_url: str, folder: Path) -> list[Path]:
    """Write every paper in both languages into a folder, over what is there. Raises ProgramError if it cannot."""
    found = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            for language in LANGUAGES:
                path = folder / f"{name}.{language}.md"
                path.write_text(paper(program, public_url, name, language).markdown, encoding="utf-8")
                found.append(path)
    except OSError as error:
        raise ProgramError(
            "to", "%(folder)s cannot be written to (%(error)s)", folder=folder, error=type(error).__name__
        ) from None
    return found
