"""The demo's settings, lent to a command that somebody runs beside it: kept in its folder while it runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sms_service.demo import secrets
from sms_service.settings import Settings

FILE = "settings.json"
LENT = frozenset({*(name.upper() for name in Settings.model_fields), "NO_PROXY", "no_proxy"})


def lend(folder: Path, service: Mapping[str, str]) -> None:
    """Write what the service's processes see of their settings to a file that only its owner can read."""
    secrets.write(folder / FILE, {name: value for name, value in service.items() if name in LENT})


def lent(folder: Path) -> dict[str, str] | None:
    """Return the settings of the demo that runs in a folder; None if there is none."""
    try:
        found: dict[str, str] = json.loads((folder / FILE).read_text())
    except (OSError, ValueError):
        return None
    return found


def end(folder: Path) -> None:
    """Lend nothing any more."""
    (folder / FILE).unlink(missing_ok=True)
