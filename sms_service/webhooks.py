"""Twilio's doors. A request is believed only if it is signed; what it brings is answered only once it is kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from uuid import UUID

import structlog
from fastapi import Request, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from flows import fallback, packaged, screen
from sms_service import call_ends, calls, gathering, inbox, metrics, participants, signed, statuses, voice_doors
from sms_service.batches import Batches, UnavailableError
from sms_service.call_ends import End
from sms_service.calls import Document, Knock
from sms_service.inbox import Answered, Inbound
from sms_service.runtime import Runtime
from sms_service.signed import RefusedError
from sms_service.statuses import Status
from sms_service.twilio import addresses, twiml

log = structlog.get_logger()

_SID = re.compile(r"[A-Z]{2}[0-9a-zA-Z]{32}")
_STATUS = re.compile(r"[a-z_-]{1,20}")
_ERROR_CODE = re.compile(r"[0-9]{1,7}")
_XML = "text/xml"
_BATCH = 32


@dataclass(slots=True)
class Doors:
    """The kinds of thing that Twilio brings, each taken in batches."""

    rt: Runtime
    texts: Batches[Inbound, Answered]
    reports: Batches[Status, bool]
    calls: Batches[Knock, Document]
    ends: Batches[End, bool]


Answer = Callable[[Doors, Request, Sequence[tuple[str, str]]], Awaitable[Response]]


def open_doors(rt: Runtime) -> Doors:
    """Make the batches behind the doors; they run between `start` and `stop`."""
    take = partial(inbox.take, rt, shelf=gathering.Shelf(seconds=1))
    texts: Batches[Inbound, Answered] = Batches(take, most=_BATCH, key=attrgetter("number"))
    reports: Batches[Status, bool] = Batches(partial(statuses.take, rt), most=_BATCH, key=attrgetter("outbox"))
    answer = partial(calls.take, rt, shelf=gathering.Shelf(seconds=1))
    knocks: Batches[Knock, Document] = Batches(answer, most=_BATCH, key=attrgetter("number"))
    ends: Batches[End, bool] = Batches(partial(call_ends.take, rt), most=_BATCH, key=attrgetter("outbox"))
    return Doors(rt, texts, reports, knocks, ends)


@asynccontextmanager
async def running(doors: Doors) -> AsyncIterator[None]:
    """Take batches for the length of a block."""
    batches = (doors.texts, doors.reports, doors.calls, doors.ends)
    for one in batches:
        one.start()
    try:
        yield
    finally:
        for one in batches:
            await one.stop()


def routes(doors: Doors) -> list[Route]:
    """Return the addresses that Twilio calls."""
    answers: dict[str, Answer] = {
        "/sms": _sms,
        "/status": _status,
        "/sms/fallback": partial(_document, "sms-fallback"),
        "/voice": voice_doors.picked_up,
        "/voice/answer": voice_doors.answer,
        "/voice/status": voice_doors.status,
        "/voice/fallback": partial(_document, "voice-fallback"),
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
            pairs = await signed.read(self.doors.rt, request)
            response = await self.answer(self.doors, request, pairs)
        except RefusedError as refused:
            metrics.INBOUND.labels("refused").inc()
            response = Response(refused.why, refused.status, media_type="text/plain")
        await response(scope, receive, send)


def _sid(pairs: Sequence[tuple[str, str]]) -> str:
    sid = signed.first(pairs, "MessageSid") or signed.first(pairs, "SmsSid")
    if not _SID.fullmatch(sid):
        raise RefusedError(400, "no MessageSid")
    return sid


async def _sms(doors: Doors, request: Request, pairs: Sequence[tuple[str, str]]) -> Response:
    text = signed.first(pairs, "Body")
    one = Inbound(_sid(pairs), signed.first(pairs, "From"), signed.first(pairs, "To"), text)
    if not signed.NUMBER.fullmatch(one.number):
        raise RefusedError(400, "no From that could be answered")
    try:
        answered = await doors.texts.put(one)
    except UnavailableError:
        metrics.INBOUND.labels("unavailable").inc()
        return Response("cannot keep this now; try again", 503, media_type="text/plain")
    except gathering.UnknownSenderError:
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
    base = doors.rt.settings.public_url
    document = twiml.texts([(addresses.of_text(base, row), text) for row, text in said]) if said else twiml.EMPTY
    return Response(document, 200, media_type=_XML)


async def _status(doors: Doors, request: Request, pairs: Sequence[tuple[str, str]]) -> Response:
    try:
        outbox = UUID(request.query_params.get("o", ""))
    except ValueError:
        return Response(status_code=204)
    code = signed.first(pairs, "ErrorCode")
    error = int(code) if _ERROR_CODE.fullmatch(code) else None
    status = signed.first(pairs, "MessageStatus") or signed.first(pairs, "SmsStatus")
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
