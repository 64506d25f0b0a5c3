"""What a person does in a call: press keys, speak, say nothing, hang up."""

from collections.abc import Mapping
from urllib.parse import urljoin

from sms_service.emulator.exchange import Exchange
from sms_service.emulator.lines import Line
from sms_service.emulator.records import Spoken
from sms_service.emulator.telephone import DEFAULT_FINISH, DEFAULT_TIMEOUT, add, change, end, fetch, go_on
from sms_service.emulator.voice import Verb


async def press(exchange: Exchange, line: Line, digits: str) -> None:
    """Press keys; those that come after the end of the input, or that nothing waits for, are not heard."""
    add(exchange, line, Spoken("press", digits))
    gather = line.gather
    if gather is None or not _takes(gather, "dtmf"):
        return
    for key in digits:
        if key == gather.get("finishOnKey", DEFAULT_FINISH):
            await _finish(exchange, line, gather)
            return
        line.digits += key
        if len(line.digits) == gather.count("numDigits", 0):
            await _finish(exchange, line, gather)
            return


async def say(exchange: Exchange, line: Line, speech: str, confidence: float) -> None:
    """Speak; a Gather that takes keys only does not listen."""
    add(exchange, line, Spoken("speech", speech))
    if line.gather is not None and _takes(line.gather, "speech"):
        await _act(exchange, line, line.gather, {"SpeechResult": speech, "Confidence": str(confidence)})


async def wait(exchange: Exchange, line: Line) -> None:
    """Let the time of the Gather pass; digits that were already pressed then count."""
    gather = line.gather
    if gather is None:
        return
    seconds = gather.count("timeout", DEFAULT_TIMEOUT)
    if not line.digits:
        add(exchange, line, Spoken("silence", seconds=seconds))
    change(exchange, line, waited=exchange.memory.calls[line.sid].waited + seconds)
    await _finish(exchange, line, gather)


async def hang_up(exchange: Exchange, line: Line) -> None:
    """Put the phone down."""
    await end(exchange, line, "completed")


def _takes(gather: Verb, kind: str) -> bool:
    return kind in gather.get("input", "dtmf").split()


async def _finish(exchange: Exchange, line: Line, gather: Verb) -> None:
    """Send the digits, or go on with the next verb where there are none."""
    if line.digits:
        await _act(exchange, line, gather, {"Digits": line.digits})
    elif gather.flag("actionOnEmptyResult"):
        await _act(exchange, line, gather, {})
    else:
        line.gather = None
        line.fetched = 0
        change(exchange, line, waits=None)
        await go_on(exchange, line)


async def _act(exchange: Exchange, line: Line, gather: Verb, given: Mapping[str, str]) -> None:
    """Take the input to the action; without one, to where the document came from."""
    line.fetched = 0
    change(exchange, line, waits=None)
    url = urljoin(line.url, gather.get("action")) if line.url or gather.get("action") else ""
    await fetch(exchange, line, url, given, gather.get("method", "POST"))
    await go_on(exchange, line)
