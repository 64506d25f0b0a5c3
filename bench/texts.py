"""Signed requests as Twilio sends them, and the people they come from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from sms_service import inbox, programs
from sms_service.inbox import Inbound
from sms_service.programs import ProgramSettings
from sms_service.runtime import Runtime
from sms_service.settings import Settings
from sms_service.twilio.signature import sign

NUMBER = "+17575550100"
_JOINING = ("JOIN", "1", "yes", "2", "SKIP", "1")
_CYCLE = ("CHECKIN", "2", "1", "0", "3")
_sids = itertools.count(1)


def phone(n: int) -> str:
    """Return the number of the n-th person."""
    return f"+1804{5550000 + n:07d}"


async def enrol(rt: Runtime, people: int) -> None:
    """Add a program and have this many people join it, by the same path as their texts."""
    async with rt.begin() as (connection, _):
        await programs.add(
            connection,
            slug="r5",
            state="live",
            name="Bench",
            sender=NUMBER,
            keywords=("JOIN",),
            groups=({"en": "clinic", "es": "consulta"},),
            settings=ProgramSettings(operator="Bench", short_name="Bench"),
            now=datetime.now(UTC),
        )
    for words in _JOINING:
        for start in range(0, people, 50):
            batch = [Inbound(_sid(), phone(n), NUMBER, words) for n in range(start, min(people, start + 50))]
            await inbox.take(rt, batch)


def queues(settings: Settings, connections: int, each: int, people: int) -> list[list[bytes]]:
    """Return for each connection the requests of its own people, who answer check-in after check-in."""
    made = []
    for c in range(connections):
        mine = list(range(c, people, connections))
        turns: dict[int, Iterator[str]] = {n: itertools.cycle(_CYCLE) for n in mine}
        who = itertools.cycle(mine)
        made.append([request(settings, phone(n), next(turns[n])) for n in itertools.islice(who, each)])
    return made


def request(settings: Settings, number: str, words: str) -> bytes:
    """Return one signed webhook request of twenty parameters, ready to be written to a socket."""
    sid = _sid()
    pairs = [
        ("ToCountry", "US"),
        ("ToState", "VA"),
        ("SmsMessageSid", sid),
        ("NumMedia", "0"),
        ("ToCity", "NORFOLK"),
        ("FromZip", "23510"),
        ("SmsSid", sid),
        ("FromState", "VA"),
        ("SmsStatus", "received"),
        ("FromCity", ""),
        ("Body", words),
        ("FromCountry", "US"),
        ("To", NUMBER),
        ("ToZip", "23510"),
        ("NumSegments", "1"),
        ("MessageSid", sid),
        ("AccountSid", settings.twilio_account_sid),
        ("From", number),
        ("ApiVersion", "2010-04-01"),
        ("MessagingServiceSid", ""),
    ]
    body = urlencode(pairs).encode()
    signature = sign(settings.twilio_auth_token, f"{settings.public_url}/twilio/sms", pairs)
    head = (
        "POST /twilio/sms HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _sid() -> str:
    return f"SM{next(_sids):032x}"
