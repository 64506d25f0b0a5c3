"""How twilio-python's requests reach Twilio, or a stand-in: over httpx or its core, and never without a limit."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx
from twilio.http import HttpClient
from twilio.http.response import Response

from sms_service.settings import TWILIO

_TIMEOUT = httpx.Timeout(6.0, connect=3.0)
_LIMITS = {"timeout": _TIMEOUT.as_dict()}
_ASKED = 16
# In seconds: how long an unused line is kept open.
_KEPT = 5.0
_Line = httpcore.AsyncHTTPConnection | httpcore.AsyncConnectionPool


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


# Every send goes to the same one, with the same account; making them anew takes a tenth of a send.
_address = lru_cache(maxsize=16)(httpcore.URL)
_NOT_SENT = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ProxyError)
_LOST = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


@lru_cache(maxsize=16)
def _basic(auth: tuple[str, str]) -> str:
    return f"Basic {b64encode(':'.join(auth).encode()).decode()}"


class Lines(HttpClient):
    """Carries many sends at once in one event loop, each over a line of its own.

    A line is one of httpcore's connections, which is what httpx speaks over as well: of its client, its pools and its
    own requests and answers nothing is needed here, and together they cost more than the rest of a send.
    """

    def __init__(self, api_url: str) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._api_url = api_url
        self._tls = httpx.create_ssl_context()
        self._proxy = _proxy(api_url)
        self._idle: deque[_Line] = deque()

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
        """Send a request as twilio-python makes it. Raises httpx.ConnectError where surely nothing was sent."""
        query = f"?{urlencode(params, doseq=True)}" if params else ""
        address = _address(url.replace(TWILIO, self._api_url, 1) + query)
        sent = [*(headers or {}).items(), *([("Authorization", _basic(auth))] if auth else [])]
        body = urlencode(data or {}, doseq=True).encode()
        line = await self._line(address)
        try:
            answer = await line.request(method, address, headers=sent, content=body, extensions=_LIMITS)
        except _NOT_SENT as error:
            raise httpx.ConnectError(f"no line to Twilio: {type(error).__name__}") from None
        except AttributeError:
            # What a socket is to the library that is gone between being opened and being used.
            fault = httpx.TransportError if _opened(line) else httpx.ConnectError
            raise fault("the line was cut") from None
        except _LOST as error:
            raise httpx.TransportError(type(error).__name__) from None
        finally:
            await self._put_back(line)
        return Response(answer.status, answer.content.decode(), dict(answer.headers))

    async def _line(self, address: httpcore.URL) -> _Line:
        """Return the line that was used last and is still good, or a new one."""
        while self._idle:
            line = self._idle.pop()
            if _good(line):
                return line
            await line.aclose()
        if self._proxy is not None:
            named = httpx.Proxy(self._proxy)
            proxy = httpcore.Proxy(str(named.url), auth=named.auth)
            return httpcore.AsyncConnectionPool(ssl_context=self._tls, proxy=proxy, keepalive_expiry=_KEPT)
        return httpcore.AsyncHTTPConnection(address.origin, ssl_context=self._tls, keepalive_expiry=_KEPT)

    async def _put_back(self, line: _Line) -> None:
        """Keep a line for the next text; let go of the one that has waited longest, if nobody needs it any more."""
        self._idle.append(line)
        if not _good(self._idle[0]):
            await self._idle.popleft().aclose()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().aclose()


def _good(line: _Line) -> bool:
    """Whether a line can carry another text. A pool, which a proxy is spoken to through, sees to that by itself."""
    return isinstance(line, httpcore.AsyncConnectionPool) or (line.is_available() and not line.has_expired())


def _opened(line: _Line) -> bool:
    """Whether something may have been sent over a line that failed."""
    return isinstance(line, httpcore.AsyncConnectionPool) or not line.info().startswith("CONNECT")
