"""Scripting: calls from a phone, and what the person does in a call."""

from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from sms_service.emulator import calls, hearing
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.lines import Line
from sms_service.emulator.rest import Emulated
from sms_service.emulator.rows import Row, call_record
from sms_service.emulator.telephone import end
from sms_service.emulator.texts import FromPhone, read_line, read_phone

router = APIRouter()


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Keys(_Strict):
    """Keys of the phone, in order."""

    digits: str = Field(pattern=r"^[0-9*#]{1,100}$")


class Speech(_Strict):
    """Words as Twilio would have understood them."""

    speech: str = Field(min_length=1, max_length=1000)
    confidence: float = Field(0.9, ge=0, le=1)


class Taker(_Strict):
    """Who takes a ringing call."""

    by: Literal["human", "machine", "unknown"] = "human"


class Decline(_Strict):
    """Why nobody takes a ringing call."""

    status: Literal["busy", "no-answer", "failed"] = "no-answer"


@router.post("/calls")
async def call_in(wish: FromPhone, exchange: Emulated) -> Row:
    """Call the service from a phone."""
    call = await calls.receive(exchange, read_phone(wish.phone), read_line(exchange, wish.to))
    return call_record(call, exchange.memory.lines[call.sid])


@router.get("/calls/{sid}")
async def read_call(sid: str, exchange: Emulated) -> Row:
    """Read the record of a call."""
    return call_record(exchange.memory.calls[_line(exchange, sid).sid], exchange.memory.lines[sid])


@router.post("/calls/{sid}/press")
async def press(sid: str, keys: Keys, exchange: Emulated) -> Row:
    """Press keys."""
    return await _do(exchange, sid, "in-progress", lambda line: hearing.press(exchange, line, keys.digits))


@router.post("/calls/{sid}/say")
async def say(sid: str, said: Speech, exchange: Emulated) -> Row:
    """Speak."""
    return await _do(
        exchange, sid, "in-progress", lambda line: hearing.say(exchange, line, said.speech, said.confidence)
    )


@router.post("/calls/{sid}/wait")
async def wait(sid: str, exchange: Emulated) -> Row:
    """Let the time pass."""
    if exchange.memory.calls[_line(exchange, sid).sid].status == "ringing":
        return await decline(sid, Decline(), exchange)
    return await _do(exchange, sid, "in-progress", lambda line: hearing.wait(exchange, line))


@router.post("/calls/{sid}/answer")
async def answer(sid: str, taker: Taker, exchange: Emulated) -> Row:
    """Take a call that rings."""
    return await _do(exchange, sid, "ringing", lambda line: calls.answer(exchange, line, taker.by))


@router.post("/calls/{sid}/decline")
async def decline(sid: str, why: Decline, exchange: Emulated) -> Row:
    """Leave a call that rings untaken."""
    return await _do(exchange, sid, "ringing", lambda line: end(exchange, line, why.status))


@router.post("/calls/{sid}/hangup")
async def hang_up(sid: str, exchange: Emulated) -> Row:
    """Put the phone down."""
    return await _do(exchange, sid, "in-progress", lambda line: hearing.hang_up(exchange, line))


def _line(exchange: Exchange, sid: str) -> Line:
    line = exchange.memory.lines.get(sid)
    if line is None:
        raise HTTPException(404, f"there is no call {sid!r}; GET /emulator/calls lists them")
    return line


async def _do(exchange: Exchange, sid: str, status: str, act: Callable[[Line], Awaitable[None]]) -> Row:
    line = _line(exchange, sid)
    async with line.lock:
        now = exchange.memory.calls[sid].status
        if now != status:
            raise HTTPException(409, f"the call is {now}; this can only be done while it is {status}")
        line.asked.clear()
        await act(line)
        return call_record(exchange.memory.calls[sid], line)
