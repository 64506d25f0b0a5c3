"""What all of Twilio's REST routes share: who may enter, how a form is read, how a request is turned down."""

import base64
import binascii
import hmac
from typing import Annotated, cast
from urllib.parse import parse_qsl

import httpx
from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from sms_service.emulator.codes import Refusal
from sms_service.emulator.exchange import Exchange

Form = dict[str, list[str]]


def exchange_of(request: Request) -> Exchange:
    """The exchange that this app runs."""
    return cast(Exchange, request.app.state.exchange)


Emulated = Annotated[Exchange, Depends(exchange_of)]


def authorise(request: Request, account: str, exchange: Emulated) -> None:
    """Let in who knows the account's SID and token, by HTTP basic authentication; else Refusal 20003."""
    settings = exchange.settings
    expected = f"{settings.account_sid}:{settings.auth_token}".encode()
    if not hmac.compare_digest(_credentials(request), expected):
        raise Refusal(20003, 401)
    if account != settings.account_sid:
        raise Refusal(20404, 404)


def _credentials(request: Request) -> bytes:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return b""


async def read_form(request: Request) -> Form:
    """Read a form whose names may repeat; blanks are kept."""
    form: Form = {}
    for name, value in parse_qsl((await request.body()).decode(), keep_blank_values=True):
        form.setdefault(name, []).append(value)
    return form


def one(form: Form, name: str) -> str:
    """The value of a parameter, blank if it is not there."""
    return form.get(name, [""])[-1]


def refuse_if_asked(exchange: Exchange) -> None:
    """Turn this send down if the faults say so."""
    fault = exchange.memory.faults.refuse
    if fault:
        exchange.memory.set_faults(exchange.memory.faults.after_refusal())
        raise Refusal(fault.code, fault.status)


def answer(exchange: Exchange, body: dict[str, object]) -> Response:
    """Answer an accepted send, unless this answer is to be lost."""
    if exchange.memory.faults.lose_answers:
        exchange.memory.set_faults(exchange.memory.faults.after_lost_answer())
        exchange.memory.tallies["answers.lost"] += 1
        return CutOff()
    return JSONResponse(body, 201)


class CutOff(Response):
    """An answer that breaks off after its head.

    Over a socket the server then closes the connection, and the client meets httpx.RemoteProtocolError, or
    ConnectionError in requests; through httpx.ASGITransport it meets the httpx.ReadError raised here.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        raise httpx.ReadError("the answer to this send was lost, as the faults asked for")


async def refused(request: Request, error: Exception) -> Response:
    """Answer a Refusal in Twilio's shape, and count it."""
    refusal = cast(Refusal, error)
    exchange_of(request).memory.tallies[f"refused.{refusal.code}"] += 1
    return JSONResponse(refusal.as_json(), refusal.status)
