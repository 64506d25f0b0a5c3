"""Twilio's wire as these tests fake it: texts are posted to it and listed from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx

from tests import people
from tests.conftest import SID

MESSAGES = f"http://twilio.test/2010-04-01/Accounts/{SID}/Messages.json"


def accepted(number: int = 1) -> httpx.Response:
    """Twilio's answer to a text that it took."""
    return httpx.Response(201, json={"sid": f"SM{number:032x}", "status": "queued", "account_sid": SID})


def refused(code: int, status: int = 400) -> httpx.Response:
    """Twilio's answer to a text that it did not take."""
    return httpx.Response(status, json={"code": code, "message": "no", "status": status})


def message(
    body: str,
    *,
    sid: str,
    status: str = "delivered",
    sender: str = people.SENDER,
    ago: timedelta = timedelta(0),
    code: int | None = None,
    direction: str = "outbound-api",
) -> dict[str, object]:
    """One text as Twilio lists it."""
    made = format_datetime(datetime.now(UTC) - ago)
    return {
        "sid": sid,
        "body": body,
        "status": status,
        "from": sender,
        "to": people.ADA,
        "direction": direction,
        "error_code": code,
        "date_created": made,
        "date_sent": made,
        "messaging_service_sid": None,
    }


def listing(messages: Sequence[dict[str, object]]) -> httpx.Response:
    """Twilio's answer when it is asked for texts, newest first."""
    return httpx.Response(200, json={"messages": list(messages), "next_page_uri": None, "page": 0, "page_size": 200})
