"""Calls without a telephone: the service's TwiML is fetched, and its words are kept for the page."""

import asyncio
from dataclasses import dataclass, replace
from email.utils import format_datetime

import httpx

from sms_service.emulator import webhooks
from sms_service.emulator.asking import Asked, Failure, ask
from sms_service.emulator.callbacks import API_VERSION
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.faults import CallOutcome
from sms_service.emulator.records import Call, Direction, new_sid
from sms_service.emulator.twiml import TwimlError, read_words

Words = tuple[str, ...]

_BEFORE = (("initiated", "initiated"), ("ringing", "ringing"))
_COURSES: dict[CallOutcome, tuple[tuple[str, str], ...]] = {
    "answered": (*_BEFORE, ("answered", "in-progress"), ("completed", "completed")),
    "no-answer": (*_BEFORE, ("completed", "no-answer")),
    "busy": (*_BEFORE, ("completed", "busy")),
}
"""For each outcome of a call, its events in order and the status that goes with each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """A call that Twilio has been asked to place; `events` are those that `callback` is told of."""

    sender: str
    recipient: str
    url: str
    fallback: str
    twiml: str
    callback: str | None
    events: frozenset[str]
    machine_detection: bool = False


def place(exchange: Exchange, dial: Dial) -> Call:
    """Take an outbound call in; it rings and ends by itself, as the fault `calls` says."""
    call = _keep(exchange, dial.sender, dial.recipient, "outbound-call", "queued")
    exchange.spawn(_ring(exchange, call, dial))
    return call


async def receive(exchange: Exchange, phone: str, line: str) -> tuple[Call, Asked[Words]]:
    """Let a phone call the service: fetch what it would say first, then hang up."""
    call = _keep(exchange, phone, line, "inbound", "ringing")
    urls = (exchange.settings.voice_url, exchange.settings.voice_fallback_url)
    asked = await ask(exchange, urls, _params(exchange, call), read_words)
    _note(exchange, call, asked.failure)
    return _end(exchange, replace(call, words=asked.wanted or ()), "completed"), asked


def _keep(exchange: Exchange, sender: str, recipient: str, direction: Direction, status: str) -> Call:
    now = exchange.now()
    return exchange.memory.keep_call(
        Call(
            sid=new_sid("CA"),
            seq=exchange.memory.next_seq(),
            direction=direction,
            sender=sender,
            recipient=recipient,
            status=status,
            created=now,
            updated=now,
        )
    )


def _end(exchange: Exchange, call: Call, status: str) -> Call:
    now = exchange.now()
    duration = int((now - call.created).total_seconds()) if status == "completed" else 0
    return exchange.memory.keep_call(replace(call, status=status, updated=now, duration=duration))


async def _ring(exchange: Exchange, call: Call, dial: Dial) -> None:
    for number, (event, status) in enumerate(_COURSES[exchange.memory.faults.calls]):
        await asyncio.sleep(exchange.settings.step_delay)
        if event == "completed":
            call = _end(exchange, call, status)
        else:
            call = exchange.memory.keep_call(replace(call, status=status, updated=exchange.now()))
        await _tell(exchange, call, dial, event, number)
        if event == "answered":
            call = replace(call, words=await _listen(exchange, call, dial))


async def _listen(exchange: Exchange, call: Call, dial: Dial) -> Words:
    if not dial.url:
        return _read_given(exchange, call, dial.twiml)
    params = _params(exchange, call)
    if dial.machine_detection:
        params["AnsweredBy"] = "human"
    asked = await ask(exchange, (dial.url, dial.fallback or dial.url), params, read_words)
    _note(exchange, call, asked.failure)
    return asked.wanted or ()


def _read_given(exchange: Exchange, call: Call, twiml: str) -> Words:
    try:
        return read_words(httpx.Response(200, text=twiml, headers={"Content-Type": "text/xml"}))
    except TwimlError as error:
        exchange.memory.trouble(error.code, phone=call.phone, sid=call.sid, detail=error.detail)
        return ()


async def _tell(exchange: Exchange, call: Call, dial: Dial, event: str, number: int) -> None:
    if dial.callback is None or event not in dial.events:
        return
    params = _params(exchange, call) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(number),
        "Timestamp": format_datetime(call.updated),
    }
    if call.duration is not None:
        params |= {"CallDuration": str(call.duration), "Duration": "1"}
    answer = await webhooks.post(exchange, dial.callback, params)
    exchange.memory.tallies["callbacks.posted"] += len(answer.attempts)
    exchange.memory.tallies["callbacks.failed"] += answer.code is not None


def _note(exchange: Exchange, call: Call, failure: Failure | None) -> None:
    if failure:
        exchange.memory.trouble(failure.code, phone=call.phone, sid=call.sid, detail=failure.detail, url=failure.url)


def _params(exchange: Exchange, call: Call) -> dict[str, str]:
    return {
        "CallSid": call.sid,
        "AccountSid": exchange.settings.account_sid,
        "From": call.sender,
        "To": call.recipient,
        "CallStatus": call.status,
        "Direction": "inbound" if call.direction == "inbound" else "outbound-api",
        "ApiVersion": API_VERSION,
    }
