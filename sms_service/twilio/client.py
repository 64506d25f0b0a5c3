"""Twilio's API as this service uses it: send a text, list what came in. Every way it can fail has a name.

Loaded by the workers only: importing twilio's client costs the web process 27 MB.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Literal

import httpx
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.message import MessageInstance

from sms_service.settings import Settings
from sms_service.twilio import addresses, errors
from sms_service.twilio.lines import Lines, OneLine

# A send holds its person's row, and Twilio waits 15 s for the answer to what they text meanwhile.
_LONGEST_SEND = 8.0
AT_ONCE = 20
# In seconds: how long it rings, and how long a call may take.
_RINGS, _LONGEST_CALL = 20, 1800
_LONGEST_VALIDITY = 36_000
_LISTED = 200

CALL = "CA"
"""What the sid of a call begins with."""

Kind = Literal["accepted", "refused", "retry", "stopped", "unknown", "unreadable"]


@dataclass(frozen=True, slots=True)
class Draft:
    """One text to send. `row` is the outbox row its status callbacks name, `valid_seconds` until it is useless.

    With a messaging `service`, Twilio picks the number of its pool that this person knows.
    """

    row: str
    number: str
    sender: str
    body: str
    valid_seconds: float | None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a send ended.

    `retry`: surely not processed. `stopped`: not either, and nothing will be until an operator acts. `unreadable`:
    never sent, because its words or number cannot be opened. `unknown`: Twilio may or may not have it, so it is looked
    for before it is ever sent again. `fault` is what Twilio's refusal means.
    """

    kind: Kind
    sid: str | None = None
    code: int | None = None
    fault: errors.Fault | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An outgoing text that Twilio has, with the state it gives it."""

    sid: str
    sender: str
    service: str | None
    body: str
    status: str
    error_code: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """An inbound message that Twilio has."""

    sid: str
    number: str
    sender: str
    text: str
    sent_at: datetime


class Gateway:
    """The one place that talks to Twilio's API. Asking is safe from several threads; sending is for one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._line = OneLine(settings.twilio_api_url)
        self._lines = Lines(settings.twilio_api_url)
        account = settings.twilio_account_sid, settings.twilio_auth_token
        self._client = Client(*account, http_client=self._line)
        self._sender = Client(*account, http_client=self._lines)

    async def close(self) -> None:
        """Let go of every connection. Whatever is under way has to be over."""
        self._line.close()
        await self._lines.close()

    async def send_in_time(self, draft: Draft) -> Outcome:
        """Send one text, or stop waiting for its answer: then it is not known whether Twilio has it."""
        try:
            async with asyncio.timeout(_LONGEST_SEND):
                return await self._send(draft)
        except TimeoutError:
            return Outcome("unknown")

    async def _send(self, draft: Draft) -> Outcome:
        origin = {"messaging_service_sid": draft.service} if draft.service else {"from_": draft.sender}
        if draft.valid_seconds is not None:
            origin["validity_period"] = max(1, min(_LONGEST_VALIDITY, int(draft.valid_seconds)))  # type: ignore[assignment]
        return await self._created(
            self._sender.messages.create_async(
                to=draft.number,
                body=draft.body,
                status_callback=addresses.of_text(self._settings.public_url, draft.row),
                **origin,
            )
        )

    async def _created(self, asked: Awaitable[MessageInstance | CallInstance]) -> Outcome:
        """Wait for what was asked to be made, and say how that ended."""
        try:
            made = await asked
        except (TwilioRestException, TwilioServiceException) as error:
            return _refusal(error)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Outcome("retry")
        except (httpx.HTTPError, TwilioException, ValueError):
            return Outcome("unknown")
        return Outcome("accepted", sid=made.sid)

    async def call_in_time(self, draft: Draft) -> Outcome:
        """Place one call, or stop waiting for its answer: then it is not known whether Twilio has it.

        Detecting a machine only chooses what it is told. After 20 s of ringing most phones hand over to one.
        """
        base = self._settings.public_url
        try:
            async with asyncio.timeout(_LONGEST_SEND):
                return await self._created(
                    self._sender.calls.create_async(
                        to=draft.number,
                        from_=draft.sender,
                        url=f"{base}/twilio/voice?o={draft.row}",
                        fallback_url=f"{base}/twilio/voice/fallback",
                        status_callback=addresses.of_call(base, draft.row),
                        status_callback_event=["completed"],
                        timeout=_RINGS,
                        time_limit=_LONGEST_CALL,
                        machine_detection="DetectMessageEnd",
                    )
                )
        except TimeoutError:
            return Outcome("unknown")

    def empty(self, sid: str) -> Outcome:
        """Empty the body that Twilio keeps of a text, which is the one change it allows."""
        try:
            self._client.messages(sid).update(body="")
        except (TwilioRestException, TwilioServiceException) as error:
            return _refusal(error)
        except (httpx.HTTPError, TwilioException, ValueError):
            return Outcome("retry")
        return Outcome("accepted", sid=sid)

    def inbound_since(self, sender: str, since: datetime) -> list[Found]:
        """Return what people sent to this number since a moment, oldest first. Raises GatewayError."""
        try:
            listed = self._client.messages.list(to=sender, date_sent_after=since, page_size=200)
        except (TwilioException, httpx.HTTPError) as error:
            raise GatewayError(type(error).__name__) from None
        # Listed newest first, and dated to the second: turned round first, texts of one second stay in order.
        found = [
            Found(m.sid, str(m.from_), str(m.to), str(m.body or ""), m.date_sent or m.date_created)
            for m in reversed(listed)
            if m.direction == "inbound" and m.sid
        ]
        return sorted(found, key=lambda one: one.sent_at)

    def sent_to(self, number: str) -> list[Listed]:
        """Return the last texts that went to this number, oldest first. Raises GatewayError."""
        try:
            listed = self._client.messages.list(to=number, limit=_LISTED)
        except (TwilioException, httpx.HTTPError, ValueError) as error:
            raise GatewayError(type(error).__name__) from None
        return [_listed(m) for m in reversed(listed) if m.sid and str(m.direction).startswith("outbound")]

    def sent_or_called(self, number: str) -> list[Listed]:
        """Return the last texts and calls that went to this number, oldest first. Raises GatewayError."""
        try:
            called = self._client.calls.list(to=number, limit=_LISTED)
        except (TwilioException, httpx.HTTPError, ValueError) as error:
            raise GatewayError(type(error).__name__) from None
        ours = [_listed_call(c) for c in called if c.sid and str(c.direction).startswith("outbound")]
        return sorted([*self.sent_to(number), *ours], key=lambda one: one.created_at)

    def state_of(self, sid: str) -> Listed | None:
        """Return one text or call, None where Twilio has none of this sid. Raises GatewayError."""
        try:
            if sid.startswith(CALL):
                return _listed_call(self._client.calls(sid).fetch())
            return _listed(self._client.messages(sid).fetch())
        except (TwilioRestException, TwilioServiceException) as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise GatewayError(type(error).__name__) from None
        except (TwilioException, httpx.HTTPError, ValueError) as error:
            raise GatewayError(type(error).__name__) from None


class GatewayError(Exception):
    """Twilio's API could not be asked; it is asked again at the next turn."""


def _listed(m: MessageInstance) -> Listed:
    return Listed(
        str(m.sid),
        str(m.from_),
        m.messaging_service_sid,
        str(m.body or ""),
        str(m.status),
        m.error_code,
        m.date_created,
    )


def _listed_call(c: CallInstance) -> Listed:
    """Return a call as a text without words, which no text is."""
    return Listed(str(c.sid), str(c._from), None, "", str(c.status), None, c.date_created)


def _refusal(error: TwilioRestException | TwilioServiceException) -> Outcome:
    """Sort an error answer by its code: what may go out later, what never will, what an operator has to put right."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome("unknown", code=error.code)
    fault = errors.fault(error.code, error.status)
    kinds: Mapping[str, Kind] = {"later": "retry", "stop": "stopped"}
    return Outcome(kinds.get(fault.action, "refused"), code=error.code, fault=fault)
