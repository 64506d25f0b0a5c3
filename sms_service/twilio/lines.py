"""How twilio-python's requests reach Twilio, or a stand-in: over httpx, and never without a time limit."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from twilio.http import HttpClient
from twilio.http.response import Response

from sms_service.settings import TWILIO

_TIMEOUT = httpx.Timeout(6.0, connect=3.0)
_ASKED = 16


class OneLine(HttpClient):
    """Carries twilio-python's requests over httpx, to Twilio or to a stand-in, always with a time limit."""

    def __init__(self, api_url: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._api_url = api_url
        self._client = httpx.Client(
            timeout=_TIMEOUT, limits=httpx.Limits(max_connections=_ASKED, max_keepalive_connections=_ASKED)
        )

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


def _proxy(url: str) -> str | None:
    """Return the proxy that the environment names for an address, as httpx's own clients find it."""
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    named = getproxies()
    return named.get(parts.scheme) or named.get("all")


# Every send goes to the same one, and reading it takes a tenth of a send.
_address = lru_cache(maxsize=16)(httpx.URL)


class Lines(HttpClient):
    """Carries many sends at once in one event loop, each over a line of its own.

    One pool for all slows down as more are under way, and threads or httpx's client, of which nothing is needed here,
    cost as much again as the rest of a send.
    """

    def __init__(self, api_url: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._api_url = api_url
        self._tls = httpx.create_ssl_context()
        self._proxy = _proxy(api_url)
        self._idle: list[httpx.AsyncHTTPTransport] = []

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  (twilio-python's signature)
        allow_redirects: bool = False,
    ) -> Response:
        limits = {"timeout": _TIMEOUT.as_dict()}
        address = _address(url.replace(TWILIO, self._api_url, 1))
        request = httpx.Request(method, address, params=params, data=data, headers=headers, extensions=limits)
        if auth is not None:
            request = next(httpx.BasicAuth(*auth).auth_flow(request))
        line = self._idle.pop() if self._idle else httpx.AsyncHTTPTransport(verify=self._tls, proxy=self._proxy)
        try:
            answer = await line.handle_async_request(request)
            await answer.aread()
        except AttributeError:
            # What a socket is to the library that is gone between being opened and being used: nothing was sent.
            raise httpx.ConnectError("the line was cut as it was opened", request=request) from None
        finally:
            self._idle.append(line)
        return Response(answer.status_code, answer.text, answer.headers)

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().aclose()
