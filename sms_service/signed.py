"""A request is believed only if Twilio signed it for our address and our account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.requests import ClientDisconnect

from sms_service.runtime import Runtime
from sms_service.twilio import signature

_MOST_BYTES = 64 * 1024
_MOST_FIELDS = 500
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}")
"""E.164, or the few digits of a short code."""


class RefusedError(Exception):
    """A request that is not answered with TwiML: the status to give, and why, in a word that tells nothing."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


async def read(rt: Runtime, request: Request) -> list[tuple[str, str]]:
    """Return the parameters of a request that Twilio signed for our account. Raises RefusedError."""
    pairs = _pairs(await _body(request))
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path", request.scope["path"].encode()).decode("latin-1")
    url = rt.settings.public_url + path + (f"?{query}" if query else "")
    token = rt.settings.twilio_auth_token
    if not signature.matches(token, url, pairs, request.headers.get("x-twilio-signature")):
        raise RefusedError(403, "not signed by Twilio for this address")
    if first(pairs, "AccountSid") != rt.settings.twilio_account_sid:
        raise RefusedError(403, "signed for another account")
    return [(_text(name), _text(value)) for name, value in pairs]


async def _body(request: Request) -> bytes:
    """Read the raw body, as it was signed, up to a size that no message reaches."""
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > _MOST_BYTES:
                raise RefusedError(413, "too large to be a message")
            parts.append(part)
    except ClientDisconnect:
        raise RefusedError(400, "cut short") from None
    return b"".join(parts)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    """Return the parameters just as they were signed: blank and repeated ones too, and bytes that are no UTF-8."""
    try:
        text = body.decode("utf-8", "surrogateescape")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise RefusedError(413, "more parameters than a message has") from None


def _text(value: str) -> str:
    """Return what can be stored: whatever was no UTF-8 has become a question mark."""
    return value.encode("utf-8", "replace").decode()


def first(pairs: Sequence[tuple[str, str]], name: str) -> str:
    return next((value for key, value in pairs if key == name), "")
