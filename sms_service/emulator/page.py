"""The page with the phones, the help page, and the stream of changes that keeps the page up to date."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.templating import Jinja2Templates

from sms_service.emulator import scripting
from sms_service.emulator.memory import Memory
from sms_service.emulator.numbers import tidy
from sms_service.emulator.rest import Emulated
from sms_service.emulator.rows import Row, call_row, message_row, state_row, trouble_row
from sms_service.emulator.settings import DEFAULT_PHONES

# A silent stream sends a comment this often, so that a closed page is noticed.
HEARTBEAT_SECONDS = 15

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
}

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(directory=Path(__file__).parent / "templates")


@router.get("/")
async def phones(request: Request, exchange: Emulated) -> HTMLResponse:
    """Show the phones; which ones is remembered in the address."""
    settings = exchange.settings
    facts = {
        "numbers": settings.numbers,
        "default_phones": DEFAULT_PHONES,
        "join_hint": settings.join_hint,
        "has_clock": settings.clock_url is not None,
    }
    return templates.TemplateResponse(request, "phones.html", {"facts": facts}, headers=HEADERS)


@router.get("/emulator/help")
async def show_help(request: Request) -> HTMLResponse:
    """Show how to script the emulator."""
    return templates.TemplateResponse(request, "help.html", {"text": scripting.__doc__}, headers=HEADERS)


@router.get("/emulator/events")
async def events(exchange: Emulated, phone: Annotated[list[str], Query()]) -> StreamingResponse:
    """Stream what concerns these phones: first all there is, then each change (server-sent events)."""
    numbers = frozenset(tidy(number) for number in phone)
    stream = follow(exchange.memory, numbers)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def follow(memory: Memory, phones: frozenset[str]) -> AsyncIterator[str]:
    """Yield each change as one server-sent event; `start` tells the page to begin with nothing."""
    memory.on_pages.update(phones)
    seen = -1
    try:
        while True:
            fresh = memory.cleared > seen
            changes = changed(memory, phones, -1 if fresh else seen)
            seen = memory.version
            if fresh:
                yield _event("start", {})
            for name, row in changes:
                yield _event(name, row)
            if not await memory.change_after(seen, HEARTBEAT_SECONDS):
                yield ": still here\n\n"
    finally:
        memory.on_pages.subtract(phones)


def changed(memory: Memory, phones: frozenset[str], since: int) -> list[tuple[str, Row]]:
    """List what has changed since a version: the state, then messages, calls and troubles of these phones."""
    found: list[tuple[str, Row]] = []
    if memory.state_version > since:
        found.append(("state", state_row(memory)))
    texts = (message for phone in sorted(phones) for message in memory.of_phone(phone))
    found += [("message", message_row(message)) for message in texts if message.version > since]
    rung = (call for call in memory.calls.values() if call.phone in phones and call.version > since)
    found += [("call", call_row(call)) for call in rung]
    met = (trouble for trouble in memory.troubles if trouble.phone in phones and trouble.version > since)
    return found + [("trouble", trouble_row(trouble)) for trouble in met]


def _event(name: str, row: Row) -> str:
    return f"event: {name}\ndata: {json.dumps(row)}\n\n"
