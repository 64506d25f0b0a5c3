"""The doors that a call comes through: it is picked up, somebody answers in it, it is over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from fastapi import Request, Response
from starlette.background import BackgroundTask

from flows.calling import CallHappening, Nothing, PickedUp, Pressed, Spoke
from sms_service import bell, gathering, metrics, signed
from sms_service.batches import UnavailableError
from sms_service.call_ends import End
from sms_service.calls import Document, Knock
from sms_service.signed import RefusedError
from sms_service.twilio import spoken, twiml

if TYPE_CHECKING:
    from sms_service.webhooks import Doors

log = structlog.get_logger()

_XML = "text/xml"
_SID = re.compile(r"CA[0-9a-zA-Z]{32}")
_PERSON = re.compile(r"\+[1-9][0-9]{6,14}")
# What networks send in place of a number that is withheld: "anonymous" and its like, on a keypad.
_HIDDEN = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+464"})
_STATUS = re.compile(r"[a-z-]{1,20}")
_KEYS = re.compile(r"[0-9*#]{1,40}")
_LONGEST_SPEECH = 1000
_MOST_STEPS = 4

Pairs = Sequence[tuple[str, str]]


async def picked_up(doors: Doors, request: Request, pairs: Pairs) -> Response:
    """Somebody called, or took a call of ours; `AnsweredBy` only chooses what a machine is told."""
    by = signed.first(pairs, "AnsweredBy")
    machine = by.startswith("machine") or by == "fax"
    return await _go_on(doors, request, pairs, None, PickedUp(machine=machine))


async def answer(doors: Doors, request: Request, pairs: Pairs) -> Response:
    """Keys, words or nothing came after what was said."""
    step = request.query_params.get("s", "")
    number = int(step) if step.isascii() and step.isdigit() and len(step) <= _MOST_STEPS else 0
    return await _go_on(doors, request, pairs, number, _happening(pairs))


def _happening(pairs: Pairs) -> CallHappening:
    digits, words = signed.first(pairs, "Digits"), signed.first(pairs, "SpeechResult").strip()
    if _KEYS.fullmatch(digits):
        return Pressed(digits)
    if words:
        return Spoke(words[:_LONGEST_SPEECH], _confidence(signed.first(pairs, "Confidence")))
    return Nothing()


def _confidence(given: str) -> float | None:
    try:
        found = float(given)
    except ValueError:
        return None
    return found if 0 <= found <= 1 else None


async def _go_on(doors: Doors, request: Request, pairs: Pairs, step: int | None, happening: CallHappening) -> Response:
    sid, outbound = _sid(pairs), signed.first(pairs, "Direction").startswith("outbound")
    person, ours = (signed.first(pairs, name) for name in (("To", "From") if outbound else ("From", "To")))
    if not _PERSON.fullmatch(person) or person in _HIDDEN:
        metrics.CALLS.labels("hidden").inc()
        return _document(twiml.packaged("voice-hidden"))
    knock = Knock(sid, person, ours, outbound, _row(request), step, happening)
    try:
        said = await doors.calls.put(knock)
    except UnavailableError:
        metrics.CALLS.labels("unavailable").inc()
        return Response("cannot keep this now; ask the fallback", 503, media_type="text/plain")
    except gathering.UnknownSenderError:
        raise RefusedError(404, "no program uses this number") from None
    except Exception as error:  # noqa: BLE001  (the edge of a request: logged, and told where a person answers)
        metrics.CALLS.labels("failed").inc()
        log.error("call.failed", error=type(error).__name__)
        return _document(twiml.packaged("voice-fallback"))
    return _document(_spoken(doors, said), _bell(doors) if said.sent else None)


def _spoken(doors: Doors, said: Document) -> str:
    action = f"{doors.rt.settings.public_url}/twilio/voice/answer?s={said.step}"
    return spoken.document(said.parts, said.listen, action, woman=said.woman)


async def status(doors: Doors, request: Request, pairs: Pairs) -> Response:
    """A call that we placed is over, or on its way: unordered, repeated, late."""
    row, now = _row(request), signed.first(pairs, "CallStatus")
    if row is None:
        return Response(status_code=204)
    if not _STATUS.fullmatch(now):
        raise RefusedError(400, "no CallStatus")
    try:
        sent = await doors.ends.put(End(row, _sid(pairs), now))
    except UnavailableError:
        return Response("cannot keep this now; try again", 503, media_type="text/plain")
    except Exception as failure:  # noqa: BLE001  (the edge of a request: logged, without what it was about)
        log.error("call.status.failed", error=type(failure).__name__)
        return Response("failed", 500, media_type="text/plain")
    return Response(status_code=204, background=_bell(doors) if sent else None)


def _sid(pairs: Pairs) -> str:
    sid = signed.first(pairs, "CallSid")
    if not _SID.fullmatch(sid):
        raise RefusedError(400, "no CallSid")
    return sid


def _row(request: Request) -> UUID | None:
    try:
        return UUID(request.query_params.get("o", ""))
    except ValueError:
        return None


def _bell(doors: Doors) -> BackgroundTask:
    """Ring once the answer is out: nobody in a call waits for a queue."""
    return BackgroundTask(bell.ring, doors.rt.settings)


def _document(body: str, after: BackgroundTask | None = None) -> Response:
    return Response(body, 200, media_type=_XML, background=after)
