"""Scripting: what the phones have, what went wrong, and how much of everything there was."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from sms_service.emulator.numbers import tidy
from sms_service.emulator.records import UNSENT, Message
from sms_service.emulator.rest import Emulated
from sms_service.emulator.rows import Row, call_row, message_row, stats, trouble_row

router = APIRouter()


@router.get("/messages")
async def list_messages(exchange: Emulated, phone: str | None = None, since: str | None = None) -> list[Row]:
    """List what a phone has, or all phones."""
    found = exchange.memory.of_phone(tidy(phone)) if phone else exchange.memory.messages.values()
    after_seq, from_time = _since(since)
    return [message_row(row) for row in found if row.seq > after_seq and row.created >= from_time]


def _since(text: str | None) -> tuple[int, datetime]:
    earliest = datetime.min.replace(tzinfo=UTC)
    if not text or text.isdigit():
        return int(text or 0), earliest
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        way_out = "give a seq such as 12 or a time such as 2026-03-12T12:15Z"
        raise HTTPException(400, f"since is {text!r}; {way_out}") from None
    return 0, moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@router.get("/wait")
async def wait(
    exchange: Emulated, phone: str, after: int = 0, seconds: Annotated[float, Query(ge=0, le=60)] = 5
) -> list[Row]:
    """Wait for a text to a phone."""
    deadline = _monotonic() + seconds
    while True:
        version = exchange.memory.version
        rows = [message_row(row) for row in exchange.memory.of_phone(tidy(phone)) if _arrives(row, after)]
        left = deadline - _monotonic()
        if rows or left <= 0:
            return rows
        await exchange.memory.change_after(version, left)


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


def _arrives(message: Message, after: int) -> bool:
    return message.direction != "inbound" and message.seq > after and message.status not in UNSENT


@router.get("/calls")
async def list_calls(exchange: Emulated, phone: str | None = None) -> list[Row]:
    """List the calls of a phone, or of all, oldest first."""
    number = tidy(phone) if phone else None
    return [call_row(call) for call in exchange.memory.calls.values() if number in (None, call.phone)]


@router.get("/troubles")
async def list_troubles(exchange: Emulated, phone: str | None = None) -> list[Row]:
    """List what went wrong for a phone, or for all, oldest first."""
    number = tidy(phone) if phone else None
    return [trouble_row(found) for found in exchange.memory.troubles if number in (None, found.phone)]


@router.get("/stats")
async def count(exchange: Emulated) -> Row:
    """Count everything."""
    return stats(exchange.memory)
