"""The telephone: it does what the service's TwiML says, until it waits for the person or the call ends.

No time passes: pauses and timeouts are counted.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

import httpx

from sms_service.emulator.asking import Asked, Failure, ask
from sms_service.emulator.call_events import call_params, tell
from sms_service.emulator.codes import explain
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.lines import Line
from sms_service.emulator.records import Call, Sheet, Spoken
from sms_service.emulator.twiml import TwimlError
from sms_service.emulator.voice import Document, Verb, read_document

APPLICATION_ERROR = "We are sorry. An application error has occurred. Goodbye."
"""What Twilio says when neither the service nor its fallback gives a document that can be used."""

LONGEST_CHAIN = 50
"""So many documents may follow one another without waiting for the person."""

DEFAULT_TIMEOUT = 5
DEFAULT_FINISH = "#"


async def go_on(exchange: Exchange, line: Line) -> None:
    """Do verb after verb until something waits; a document that runs out ends the call."""
    while line.verbs:
        verb = line.verbs.pop(0)
        await _DO[verb.name](exchange, line, verb)
        if line.busy or exchange.memory.calls[line.sid].over:
            return
    if not exchange.memory.calls[line.sid].over:
        await end(exchange, line, "completed")


async def fetch(
    exchange: Exchange, line: Line, url: str, more: Mapping[str, str] | None = None, method: str = "POST"
) -> None:
    """Ask for the next document, with what the person did; what was left of the present one is dropped."""
    call, line.fetched = exchange.memory.calls[line.sid], line.fetched + 1
    line.clear()
    if line.fetched > LONGEST_CHAIN:
        asked: Asked[Document] = Asked((), None, Failure(11215, explain(11215), url))
    elif url:
        params = call_params(exchange, call) | dict(more or {})
        asked = await ask(exchange, (url, line.fallback), params, read_document, method)
        line.url = asked.attempts[-1].url
    else:
        asked = _read_given(line)
    line.asked.append(asked)
    _note(exchange, call, asked)
    if asked.wanted is None:
        add(exchange, line, Spoken("say", APPLICATION_ERROR, "en-US"))
        await end(exchange, line, "completed")
        return
    line.verbs = list(asked.wanted.verbs)


def _read_given(line: Line) -> Asked[Document]:
    try:
        given = httpx.Response(200, text=line.twiml, headers={"Content-Type": "text/xml"})
        return Asked((), read_document(given), None)
    except TwimlError as error:
        return Asked((), None, Failure(error.code, explain(error.code), "", error.detail))


def _note(exchange: Exchange, call: Call, asked: Asked[Document]) -> None:
    failure = asked.failure
    if failure:
        exchange.memory.trouble(
            failure.code, phone=call.phone, sid=call.sid, detail=failure.detail, url=failure.url or None
        )
        failed = Sheet(failure.url, "", failure.code)
        call = exchange.memory.keep_call(replace(call, documents=(*call.documents, failed)))
    if asked.wanted is not None:
        url = asked.attempts[-1].url if asked.attempts else ""
        sheet = Sheet(url, asked.wanted.source)
        exchange.memory.keep_call(replace(call, documents=(*call.documents, sheet)))


def change(exchange: Exchange, line: Line, **changes: Any) -> Call:
    """Remember how the call has changed."""
    call = exchange.memory.calls[line.sid]
    return exchange.memory.keep_call(replace(call, updated=exchange.now(), **changes))


def add(exchange: Exchange, line: Line, part: Spoken) -> None:
    """Remember what happened on the line."""
    change(exchange, line, spoken=(*exchange.memory.calls[line.sid].spoken, part))


async def end(exchange: Exchange, line: Line, status: str) -> None:
    """End the call and tell so."""
    line.clear()
    call = exchange.memory.calls[line.sid]
    real = int((exchange.now() - line.answered).total_seconds()) if line.answered else 0
    duration = real + call.paused + call.waited if status == "completed" else 0
    change(exchange, line, status=status, duration=duration, waits=None)
    await tell(exchange, line, "completed")


async def _say(exchange: Exchange, line: Line, verb: Verb) -> None:
    _repeat(exchange, line, verb, Spoken("say", verb.text, verb.get("language", "en-US"), verb.get("voice")))


async def _play(exchange: Exchange, line: Line, verb: Verb) -> None:
    _repeat(exchange, line, verb, Spoken("play", verb.text or verb.get("digits")))


def _repeat(exchange: Exchange, line: Line, verb: Verb, part: Spoken) -> None:
    """Add it as often as `loop` asks for; 0 is without end, so that nothing after it is reached."""
    loop = verb.count("loop", 1)
    for _ in range(max(loop, 1)):
        add(exchange, line, part)
    if loop == 0:
        line.verbs, line.endless = [], True


async def _pause(exchange: Exchange, line: Line, verb: Verb) -> None:
    seconds = verb.count("length", 1)
    add(exchange, line, Spoken("pause", seconds=seconds))
    change(exchange, line, paused=exchange.memory.calls[line.sid].paused + seconds)


async def _gather(exchange: Exchange, line: Line, verb: Verb) -> None:
    for part in verb.parts:
        await _DO[part.name](exchange, line, part)
        if line.endless:
            break
    # A key ends a prompt without end, and what comes after the Gather is then reached all the same.
    line.gather, line.endless = verb, False
    change(exchange, line, waits={"input": "dtmf", "timeout": str(DEFAULT_TIMEOUT)} | verb.attributes)


async def _redirect(exchange: Exchange, line: Line, verb: Verb) -> None:
    await fetch(exchange, line, urljoin(line.url, verb.text), method=verb.get("method", "POST"))


async def _dial(exchange: Exchange, line: Line, verb: Verb) -> None:
    called = [verb.text] if verb.text else [part.text for part in verb.parts]
    add(exchange, line, Spoken("dial", ", ".join(called)))
    if "action" in verb.attributes:
        told = {"DialCallStatus": "completed", "DialCallDuration": "0"}
        await fetch(exchange, line, urljoin(line.url, verb.get("action")), told, verb.get("method", "POST"))


async def _reject(exchange: Exchange, line: Line, verb: Verb) -> None:
    # Only a call that was not yet answered can still be turned away.
    refused = "busy" if verb.get("reason") == "busy" else "no-answer"
    await end(exchange, line, refused if line.answered is None else "completed")


async def _hang_up(exchange: Exchange, line: Line, verb: Verb) -> None:
    await end(exchange, line, "completed")


_DO: dict[str, Callable[[Exchange, Line, Verb], Awaitable[None]]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Redirect": _redirect,
    "Dial": _dial,
    "Reject": _reject,
    "Hangup": _hang_up,
}
