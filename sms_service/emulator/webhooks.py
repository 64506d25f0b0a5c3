"""Knocking at the service's door as Twilio does: signed, with retries, within a time limit.

What follows `#` in an address rules the connection and is neither sent nor signed:
`rc` retries (1), `rp` when to retry (ct), `ct`, `rt`, `tt` the milliseconds allowed for connecting (5,000),
for reading (15,000) and for everything (15,000).
Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urldefrag, urlencode

import httpx

from sms_service.emulator.codes import explain
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.records import new_sid
from sms_service.emulator.signature import HEADER, sign

IDEMPOTENCY_HEADER = "I-Twilio-Idempotency-Token"


@dataclass(frozen=True, slots=True)
class Rules:
    """An address without its fragment, and the connection rules that the fragment gave; times in seconds."""

    url: str
    retries: int
    retry_on: frozenset[str]
    connect: float
    read: float
    total: float

    def again(self, outcome: str) -> bool:
        """Say whether this outcome is worth another try."""
        return outcome in self.retry_on or (outcome != "ok" and "all" in self.retry_on)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One knock: what came back, and if it failed, Twilio's code and how ("4xx", "5xx", "ct", "rt")."""

    url: str
    status: int | None
    outcome: str
    code: int | None = None

    @property
    def error(self) -> str | None:
        return f"{self.code} {explain(self.code)}" if self.code else None


@dataclass(frozen=True, slots=True)
class Answer:
    """All the knocks, and the last response if it was a success."""

    attempts: tuple[Attempt, ...]
    response: httpx.Response | None

    @property
    def code(self) -> int | None:
        return self.attempts[-1].code


def read_rules(address: str, longest: float = 15.0) -> Rules:
    """Split an address into what is asked for and how; values out of Twilio's bounds are brought inside."""
    url, fragment = urldefrag(address)
    given = dict(parse_qsl(fragment))
    return Rules(
        url=url,
        retries=_bounded(given.get("rc"), 1, 0, 5),
        retry_on=frozenset(given.get("rp", "ct").split(",")),
        connect=min(longest, _bounded(given.get("ct"), 5000, 100, 10000) / 1000),
        read=min(longest, _bounded(given.get("rt"), 15000, 100, 15000) / 1000),
        total=min(longest, _bounded(given.get("tt"), 15000, 100, 15000) / 1000),
    )


def _bounded(text: str | None, default: int, low: int, high: int) -> int:
    return min(high, max(low, int(text))) if text and text.isdigit() else default


async def post(exchange: Exchange, address: str, params: Mapping[str, str], method: str = "POST") -> Answer:
    """Post a signed form, again where the address asks for that; every try carries the same token.

    With GET the parameters are part of the address, and only that is signed.
    """
    rules = read_rules(address, exchange.settings.webhook_timeout)
    ends = asyncio.get_running_loop().time() + rules.total
    request = _get(exchange, rules, params) if method == "GET" else _request(exchange, rules, params)
    attempts: list[Attempt] = []
    while True:
        attempt, response = await _knock(exchange, rules, request, ends)
        attempts.append(attempt)
        out_of_time = asyncio.get_running_loop().time() >= ends
        if len(attempts) > rules.retries or out_of_time or not rules.again(attempt.outcome):
            return Answer(tuple(attempts), response)


def _request(exchange: Exchange, rules: Rules, params: Mapping[str, str]) -> httpx.Request:
    return exchange.http.build_request(
        "POST",
        rules.url,
        content=urlencode(params),
        headers={
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            IDEMPOTENCY_HEADER: new_sid("")[:32],
            HEADER: sign(rules.url, params, exchange.settings.auth_token),
        },
        timeout=httpx.Timeout(rules.read, connect=rules.connect, pool=None),
    )


def _get(exchange: Exchange, rules: Rules, params: Mapping[str, str]) -> httpx.Request:
    url = f"{rules.url}{'&' if '?' in rules.url else '?'}{urlencode(params)}"
    request = _request(exchange, replace(rules, url=url), {})
    del request.headers["Content-Type"], request.headers["Content-Length"]
    return exchange.http.build_request(
        "GET", url, headers=request.headers, timeout=httpx.Timeout(rules.read, connect=rules.connect, pool=None)
    )


async def _knock(
    exchange: Exchange, rules: Rules, request: httpx.Request, ends: float
) -> tuple[Attempt, httpx.Response | None]:
    now = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(min(ends, now + rules.read)):
            response = await exchange.http.send(request, follow_redirects=False)
    except (httpx.ConnectError, httpx.ConnectTimeout, AttributeError):
        # The last is what a socket is to the library that is gone between being opened and being used.
        return Attempt(rules.url, None, "ct", 11205), None
    except (TimeoutError, httpx.TransportError):
        return Attempt(rules.url, None, "rt", 11200), None
    if response.is_success:
        return Attempt(rules.url, response.status_code, "ok"), response
    # A redirect is a failure too: Twilio would follow it with GET and lose the form.
    return Attempt(rules.url, response.status_code, f"{response.status_code // 100}xx", 11200), None
