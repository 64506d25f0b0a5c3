"""Twilio's doors. A request is believed only if it is signed; what it brings is answered only once it is kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from urllib.parse import parse_qsl
from uuid import UUID

import structlog
from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from flows import fallback, packaged, screen
from sms_service import inbox, metrics, participants, statuses
from sms_service.batches import Batches, UnavailableError
from sms_service.inbox import Answered, Inbound
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from sms_service.twilio import signature, twiml

log = structlog.get_logger()

_MOST_BYTES = 64 * 1024
_MOST_FIELDS = 500
_SID = re.compile(r"[A-Z]{2}[0-9a-zA-Z]{32}")
_STATUS = re.compile(r"[a-z_-]{1,20}")
_ERROR_CODE = re.compile(r"[0-9]{1,7}")
# E.164, or the few digits of a short code.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}")
_XML = "text/xml"
_BATCH = 32


class RefusedError(Exception):
    """A request that is not answered with TwiML: the status to give, and why, in a word that tells nothing."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(slots=True)
class Doors:
    """The two kinds of thing that Twilio brings, each taken in batches."""

    rt: Runtime
    texts: Batches[Inbound, Answered]
    reports: Batches[Status, bool]


Answer = Callable[[Doors, Request, Sequence[tuple[str, str]]], Awaitable[Response]]


def open_doors(rt: Runtime) -> Doors:
    """Make the batches behind the doors; they run between `start` and `stop`."""
    take = partial(inbox.take, rt, shelf=inbox.Shelf(seconds=1))
    texts: Batches[Inbound, Answered] = Batches(take, most=_BATCH, key=attrgetter("number"))
    reports: Batches[Status, bool] = Batches(partial(statuses.take, rt), most=_BATCH, key=attrgetter("outbox"))
    return Doors(rt, texts, reports)


@asynccontextmanager
async def running(doors: Doors) -> AsyncIterator[None]:
    """Take batches for the length of a block."""
    doors.texts.start()
    doors.reports.start()
    try:
        yield
    finally:
        await doors.texts.stop()
        await doors.reports.stop()


def routes(doors: Doors) -> list[Route]:
    """Return the addresses that Twilio calls."""
    answers: dict[str, Answer] = {
        "/sms": _sms,
        "/status": _status,
        "/sms/fallback": partial(_document, "sms-fallback"),
        "/voice": partial(_document, "voice"),
        "/voice/fallback": partial(_document, "voice-fallback"),
        "/voice/answer": partial(_document, "voice"),
        "/voice/status": _nothing,
    }
    return [Route(f"/twilio{path}", _Door(doors, answer), methods=["POST"]) for path, answer in answers.items()]


@dataclass(frozen=True, slots=True)
class _Door:
    """One address as a bare ASGI application: what Starlette wraps around a function costs each text a twentieth."""

    doors: Doors
    answer: Answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            pairs = await _signed(self.doors.rt, request)
            response = await self.answer(self.doors, request, pairs)
        except RefusedError as refused:
            metrics.INBOUND.labels("refused").inc()
            response = Response(refused.why, refused.status, media_type="text/plain")
        await response(scope, receive, send)


async def _signed(rt: Runtime, request: Request) -> list[tuple[str, str]]:
    """Return the parameters of a request that Twilio signed for our account. Raises RefusedError."""
    pairs = _pairs(await _body(request))
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path", request.scope["path"].encode()).decode("latin-1")
    url = rt.settings.public_url + path + (f"?{query}" if query else "")
    token = rt.settings.twilio_auth_token
    if not signature.matches(token, url, pairs, request.headers.get("x-twilio-signature")):
        raise RefusedError(403, "not signed by Twilio for this address")
    if _first(pairs, "AccountSid") != rt.settings.twilio_account_sid:
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


def _first(pairs: Sequence[tuple[str, str]], name: str) -> str:
    return next((value for key, value in pairs if key == name), "")


def _sid(pairs: Sequence[tuple[str, str]]) -> str:
    sid = _first(pairs, "MessageSid") or _first(pairs, "SmsSid")
    if not _SID.fullmatch(sid):
        raise RefusedError(400, "no MessageSid")
    return sid


async def _sms(doors: Doors, request: Request, pairs: Sequence[tuple[str, str]]) -> Response:
    text = _first(pairs, "Body")
    one = Inbound(_sid(pairs), _first(pairs, "From"), _first(pairs, "To"), text)
    if not _NUMBER.fullmatch(one.number):
        raise RefusedError(400, "no From that could be answered")
    try:
        answered = await doors.texts.put(one)
    except UnavailableError:
        metrics.INBOUND.labels("unavailable").inc()
        return Response("cannot keep this now; try again", 503, media_type="text/plain")
    except inbox.UnknownSenderError:
        raise RefusedError(404, "no program uses this number") from None
    except Exception as error:  # noqa: BLE001  (the edge of a request: logged, and answered if somebody is at risk)
        metrics.INBOUND.labels("failed").inc()
        log.error("text.failed", error=type(error).__name__)
        return _after_failure(doors, text)
    return _twiml(doors, [(str(said.id), said.text) for said in answered.said])


def _after_failure(doors: Doors, text: str) -> Response:
    """Answer a text that could not be taken in: 500, unless it sounds like risk; then what matters is the answer."""
    if not screen(text).level:
        return Response("failed", 500, media_type="text/plain")
    said = fallback(packaged(), participants.anonymous(doors.rt.settings.public_url))
    return Response(
        twiml.texts([(f"{doors.rt.settings.public_url}/twilio/status", s.text) for s in said]),
        200,
        media_type=_XML,
    )


def _twiml(doors: Doors, said: Sequence[tuple[str, str]]) -> Response:
    base = f"{doors.rt.settings.public_url}/twilio/status?o="
    document = twiml.texts([(base + row, text) for row, text in said]) if said else twiml.EMPTY
    return Response(document, 200, media_type=_XML)


async def _status(doors: Doors, request: Request, pairs: Sequence[tuple[str, str]]) -> Response:
    try:
        outbox = UUID(request.query_params.get("o", ""))
    except ValueError:
        return Response(status_code=204)
    code = _first(pairs, "ErrorCode")
    error = int(code) if _ERROR_CODE.fullmatch(code) else None
    status = _first(pairs, "MessageStatus") or _first(pairs, "SmsStatus")
    if not _STATUS.fullmatch(status):
        raise RefusedError(400, "no MessageStatus")
    report = Status(outbox, _sid(pairs), status, error)
    try:
        await doors.reports.put(report)
    except UnavailableError:
        return Response("cannot keep this now; try again", 503, media_type="text/plain")
    except Exception as failure:  # noqa: BLE001  (the edge of a request: logged, without what it was about)
        log.error("status.failed", error=type(failure).__name__)
        return Response("failed", 500, media_type="text/plain")
    return Response(status_code=204)


async def _document(name: str, doors: Doors, request: Request, pairs: Sequence[tuple[str, str]]) -> Response:
    return Response(twiml.packaged(name), 200, media_type=_XML)


async def _nothing(doors: Doors, request: Request, pairs: Sequence[tuple[str, str]]) -> Response:
    return Response(status_code=204)
