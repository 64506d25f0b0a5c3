"""Calls side by side: each dials in, keys the code and answers a check-in, as fast as it may or as a person would."""

from __future__ import annotations

import itertools
from random import Random
from urllib.parse import urlencode

from bench import load, texts
from sms_service import inbox
from sms_service.inbox import Inbound
from sms_service.runtime import Runtime
from sms_service.settings import Settings
from sms_service.twilio.signature import sign

CALLERS, CALLS = 50, 4
_CODE = "4821"
_KEYS = ("1", _CODE, "1", "3", "4", "2", "1", "#")
# In seconds: how long somebody listens before they press the next key.
_QUICK, _SLOW = 0.3, 1.5
_sids = itertools.count(1)


async def choose_codes(rt: Runtime) -> None:
    """Have everybody who will call choose the code for it, by text."""
    for words in ("PIN", _CODE):
        batch = [Inbound(f"SMc{next(_sids):031x}", texts.phone(n), texts.NUMBER, words) for n in range(CALLERS)]
        await inbox.take(rt, batch)


async def measure(settings: Settings) -> dict[str, float]:
    """Return how long a call's webhook takes, in milliseconds: with the pauses of people, and with none at all."""
    chance = Random(1)
    await load.run(settings.port, _queues(settings))  # warms it up
    paced = await load.run(settings.port, _queues(settings), pause=lambda: chance.uniform(_QUICK, _SLOW))
    crowded = await load.run(settings.port, _queues(settings))
    return {
        "calls_at_once": CALLERS,
        "call_p50_ms": round(paced.p50_ms, 1),
        "call_p99_ms": round(paced.p99_ms, 1),
        "call_crowded_per_second": round(crowded.per_second),
        "call_crowded_p99_ms": round(crowded.p99_ms, 1),
        "call_failed": paced.failed + crowded.failed,
    }


def _queues(settings: Settings) -> list[list[bytes]]:
    return [[one for _ in range(CALLS) for one in _call(settings, texts.phone(n))] for n in range(CALLERS)]


def _call(settings: Settings, number: str) -> list[bytes]:
    """Return the requests of one call: that it came in, and each key in answer to the document before it."""
    sid = f"CA{next(_sids):032x}"
    answers = [_request(settings, f"/twilio/voice/answer?s={n}", sid, number, key) for n, key in enumerate(_KEYS, 1)]
    return [_request(settings, "/twilio/voice", sid, number), *answers]


def _request(settings: Settings, path: str, sid: str, number: str, key: str = "") -> bytes:
    pairs = [
        ("CallSid", sid),
        ("AccountSid", settings.twilio_account_sid),
        ("From", number),
        ("To", texts.NUMBER),
        ("Caller", number),
        ("Called", texts.NUMBER),
        ("CallStatus", "in-progress"),
        ("Direction", "inbound"),
        ("ApiVersion", "2010-04-01"),
        *([("Digits", key)] if key else []),
    ]
    body = urlencode(pairs).encode()
    signature = sign(settings.twilio_auth_token, f"{settings.public_url}{path}", pairs)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
