"""Templates of programs: safe settings to begin with, as data, each with a sentence on when to choose it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from sms_service.program_settings import ProgramSettings, read_settings

USUAL = "weekly"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A template. `settings` are what it sets; `groups` the reporting groups it offers, in each language."""

    id: str
    title: Mapping[str, str]
    when: Mapping[str, str]
    keywords: tuple[str, ...]
    groups: tuple[Mapping[str, str], ...]
    settings: Mapping[str, Any]

    def begin(self, **chosen: object) -> ProgramSettings:
        """Return settings of the template with what somebody chose beside it. Raises ProgramError."""
        return read_settings({**self.settings, **chosen})


@cache
def beginnings() -> Mapping[str, Beginning]:
    """Return the templates by name, the usual one first."""
    folder = resources.files("sms_service.beginnings")
    found = [_read(file.read_text(encoding="utf-8")) for file in folder.iterdir() if file.name.endswith(".yaml")]
    found.sort(key=lambda one: (one.id != USUAL, one.id))
    return {one.id: one for one in found}


def _read(body: str) -> Beginning:
    one = yaml.safe_load(body)
    return Beginning(**{**one, "keywords": tuple(one["keywords"]), "groups": tuple(one["groups"])})
