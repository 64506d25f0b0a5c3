"""Twilio's API as this service uses it: send a text, list what came in. Every way it can fail has a name.

Loaded by the workers only: importing twilio's client costs the web process 27 MB.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

import httpx
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from sms_service.settings import TWILIO, Settings

_TIMEOUT = httpx.Timeout(6.0, connect=3.0)
# A send holds its person's row, and Twilio waits 15 s for the answer to what they text meanwhile.
_LONGEST_SEND = 8.0
AT_ONCE = 10
_LONGEST_VALIDITY = 36_000
_TOO_MANY = frozenset({429, 503})
# A wrong token or a suspended account: nothing was processed, and it can be put right.
_NOT_OURS = frozenset({401, 403})
OPTED_OUT = 21610

Kind = Literal["accepted", "refused", "retry", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a send ended. `unknown`: Twilio may or may not have it, so it is never simply sent again."""

    kind: Kind
    sid: str | None = None
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An inbound message that Twilio has."""

    sid: str
    number: str
    sender: str
    text: str
    sent_at: datetime


class _Httpx(HttpClient):
    """Carries twilio-python's requests over httpx, to Twilio or to a stand-in, always with a time limit."""

    def __init__(self, api_url: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._api_url = api_url
        self._client = httpx.Client(timeout=_TIMEOUT, limits=httpx.Limits(max_connections=20))

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        address = url.replace(TWILIO, self._api_url, 1)
        answer = self._client.request(
            method, address, params=params, data=data, headers=headers, auth=auth, follow_redirects=allow_redirects
        )
        return Response(answer.status_code, answer.text, answer.headers)

    def close(self) -> None:
        self._client.close()


class Gateway:
    """The one place that talks to Twilio's API. Safe to use from several threads: httpx's client is."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = _Httpx(settings.twilio_api_url)
        self._client = Client(settings.twilio_account_sid, settings.twilio_auth_token, http_client=self._http)

        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="send")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    async def send_in_time(
        self, *, row: str, number: str, sender: str, body: str, valid_seconds: float | None
    ) -> Outcome:
        """Send one text, or stop waiting for its answer: then it is not known whether Twilio has it."""
        work = partial(self.send, row=row, number=number, sender=sender, body=body, valid_seconds=valid_seconds)
        try:
            async with asyncio.timeout(_LONGEST_SEND):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError:
            return Outcome("unknown")

    def send(self, *, row: str, number: str, sender: str, body: str, valid_seconds: float | None) -> Outcome:
        """Send one text. `row` is the outbox row its status callbacks name; `valid_seconds` until it is useless."""
        validity = None if valid_seconds is None else max(1, min(_LONGEST_VALIDITY, int(valid_seconds)))
        callback = f"{self._settings.public_url}/twilio/status?o={row}"
        try:
            message = self._client.messages.create(
                to=number,
                from_=sender,
                body=body,
                status_callback=callback,
                **({} if validity is None else {"validity_period": validity}),
            )
        except TwilioRestException as error:
            return _refusal(error)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Outcome("retry")
        except (httpx.HTTPError, TwilioException, ValueError):
            return Outcome("unknown")
        return Outcome("accepted", sid=message.sid)

    def empty(self, sid: str) -> Outcome:
        """Empty the body that Twilio keeps of a text, which is the one change it allows."""
        try:
            self._client.messages(sid).update(body="")
        except TwilioRestException as error:
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


class GatewayError(Exception):
    """Twilio's API could not be asked; it is asked again at the next turn."""


def _refusal(error: TwilioRestException) -> Outcome:
    """Sort an error answer: too many is not processed and safe to repeat, 5xx may have been, 4xx never will be."""
    if error.status in _TOO_MANY | _NOT_OURS or error.code == 20429:
        return Outcome("retry", code=error.code)
    if error.status >= 500:
        return Outcome("unknown", code=error.code)
    return Outcome("refused", code=error.code)
