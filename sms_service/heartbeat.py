"""Tell a service outside that the minute's work was done, so that silence is noticed by somebody else than us."""

from __future__ import annotations

import httpx
import structlog

from sms_service.settings import Settings

log = structlog.get_logger()

_PATIENCE = 5.0


def beat(settings: Settings) -> None:
    """Ask the heartbeat's address, if there is one. That it cannot be reached stops nothing."""
    if not settings.heartbeat_url:
        return
    try:
        httpx.get(settings.heartbeat_url, timeout=_PATIENCE).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The address is a secret of its kind: whoever has it can keep up the appearance that all is well.
        log.warning("heartbeat.lost", error=type(error).__name__)
