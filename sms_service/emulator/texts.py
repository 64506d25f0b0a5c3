"""Scripting: texts from a phone to the service."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from sms_service.emulator import inbound
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.numbers import is_number, tidy
from sms_service.emulator.records import Message
from sms_service.emulator.rest import Emulated
from sms_service.emulator.rows import Row, attempt_row, error_row
from sms_service.emulator.segments import measure

router = APIRouter()


class FromPhone(BaseModel):
    """From which phone, to which number of the service (the first if left out)."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(alias="from")
    to: str | None = None


class PhoneText(FromPhone):
    """A text typed on a phone; `sid` replays an earlier one."""

    body: str = Field("", max_length=10_000)
    media: list[str] = Field(default_factory=list, max_length=10)
    sid: str | None = Field(None, pattern="^[SM]M[0-9a-fA-F]{32}$")


@router.post("/texts")
async def send_text(text: PhoneText, exchange: Emulated) -> Row:
    """Send a text from a phone and wait for the round trip."""
    known = exchange.memory.messages.get(text.sid or "")
    if known is not None and known.direction != "inbound":
        raise HTTPException(400, f"sid {text.sid!r} is a text to a phone; only a text from a phone can be replayed")
    message = known or _keep(exchange, text)
    report = await inbound.receive(exchange, message, again=known is not None)
    return {
        "sid": report.sid,
        "attempts": [attempt_row(attempt) for attempt in report.attempts],
        "replies": [
            {"sid": sent.sid, "to": sent.to, "body": sent.body, "segments": measure(sent.body).segments}
            for sent in report.replies
        ],
        "error": error_row(report.failure),
    }


@router.post("/collectable")
async def leave_collectable(text: PhoneText, exchange: Emulated) -> Row:
    """Keep a text that no webhook ever carried."""
    message = _keep(exchange, text)
    return {"sid": message.sid, "seq": message.seq}


def _keep(exchange: Exchange, text: PhoneText) -> Message:
    if not text.body and not text.media:
        raise HTTPException(400, "the text has neither body nor media; give it one of them")
    phone, line = read_phone(text.phone), read_line(exchange, text.to)
    media = tuple(text.media)
    return inbound.keep(exchange, phone=phone, line=line, body=text.body, media=media, sid=text.sid)


def read_phone(number: str) -> str:
    """The number that a script names as its phone."""
    phone = tidy(number)
    if not is_number(phone):
        raise HTTPException(400, f"from is {number!r}; write it as +17575550111, plus and country code first")
    return phone


def read_line(exchange: Exchange, number: str | None) -> str:
    """The number of the service that a script names, or the first."""
    lines = exchange.settings.numbers
    line = tidy(number) if number else lines[0]
    if line not in lines:
        raise HTTPException(400, f"to is {number!r}; the service's numbers are {', '.join(lines)}")
    return line
