"""Calls from a phone to the service, and calls that the service places to a phone."""

import asyncio
from dataclasses import dataclass

from sms_service.emulator import hearing
from sms_service.emulator.call_events import tell
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.faults import CallOutcome
from sms_service.emulator.lines import Line
from sms_service.emulator.records import Call, Direction, new_sid
from sms_service.emulator.telephone import change, end, fetch, go_on

PATIENCE = 20
"""Somebody who answers and stays silent hangs up after so many questions."""

_ANSWERED_BY = {
    ("machine", "Enable"): "machine_start",
    ("machine", "DetectMessageEnd"): "machine_end_beep",
}
"""What machine detection says where it is not the plain word."""


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
    detection: str = ""


def place(exchange: Exchange, dial: Dial) -> Call:
    """Take an outbound call in; what becomes of it, the fault `calls` says."""
    call = _keep(exchange, dial.sender, dial.recipient, "outbound-call", "queued")
    line = Line(
        sid=call.sid,
        url=dial.url,
        fallback=dial.fallback,
        twiml=dial.twiml,
        callback=dial.callback,
        events=dial.events,
        detection=dial.detection,
    )
    exchange.memory.lines[call.sid] = line
    exchange.spawn(_ring(exchange, line))
    return call


async def receive(exchange: Exchange, phone: str, number: str) -> Call:
    """Let a phone call the service, up to where it waits for the phone."""
    call = _keep(exchange, phone, number, "inbound", "ringing")
    settings = exchange.settings
    line = Line(sid=call.sid, url=settings.voice_url, fallback=settings.voice_fallback_url)
    exchange.memory.lines[call.sid] = line
    async with line.lock:
        await fetch(exchange, line, line.url)
        if not (line.verbs and line.verbs[0].name == "Reject") and not exchange.memory.calls[call.sid].over:
            line.answered = exchange.now()
            change(exchange, line, status="in-progress")
        await go_on(exchange, line)
    return exchange.memory.calls[call.sid]


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


async def answer(exchange: Exchange, line: Line, by: str) -> None:
    """Take a ringing call; machine detection says by whom, if it was asked for."""
    line.answered = exchange.now()
    known = _ANSWERED_BY.get((by, line.detection), by) if line.detection else ""
    change(exchange, line, status="in-progress", answered_by=known)
    await tell(exchange, line, "answered")
    await fetch(exchange, line, line.url)
    await go_on(exchange, line)


async def _ring(exchange: Exchange, line: Line) -> None:
    for event in ("initiated", "ringing"):
        await asyncio.sleep(exchange.settings.step_delay)
        async with line.lock:
            change(exchange, line, status=event)
            await tell(exchange, line, event)
    await asyncio.sleep(exchange.settings.step_delay)
    async with line.lock:
        if exchange.memory.calls[line.sid].status == "ringing":
            await _meet(exchange, line, _outcome(exchange, line))


def _outcome(exchange: Exchange, line: Line) -> CallOutcome:
    chosen = exchange.memory.faults.calls
    if chosen != "normal":
        return chosen
    return "ring" if exchange.memory.on_pages[exchange.memory.calls[line.sid].phone] else "answered"


async def _meet(exchange: Exchange, line: Line, outcome: CallOutcome) -> None:
    match outcome:
        case "ring":
            return
        case "answered" | "machine":
            await answer(exchange, line, "human" if outcome == "answered" else "machine")
            await _stay_silent(exchange, line)
        case _:
            await end(exchange, line, outcome)


async def _stay_silent(exchange: Exchange, line: Line) -> None:
    for _ in range(PATIENCE):
        await hearing.wait(exchange, line)
    if not exchange.memory.calls[line.sid].over:
        await hearing.hang_up(exchange, line)
