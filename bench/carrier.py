"""The pretend Twilio as the torture's witness: the emulator, and one more address that gives out all it remembers.

The emulator's own lists show what a phone or Twilio's API would show; this one adds the status callback of each
text, whose `?o=` names the row of our outbox that the text was made of. And it is as slow as Twilio on a bad day: a
text that was taken is answered only a while later, so that whoever sent it may be dead by then.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

import uvicorn
from fastapi import FastAPI, Request, Response

from sms_service.emulator import Settings, create_app
from sms_service.emulator.records import UNSENT, Message

_SLOWEST = 1.0  # seconds; a send gives up after 6


def create(settings: Settings) -> FastAPI:
    """Build the emulator with its record."""
    app = create_app(settings)

    @app.get("/record")
    async def record() -> list[dict[str, object]]:
        return [_line(one) for one in app.state.exchange.memory.messages.values() if one.direction != "inbound"]

    @app.middleware("http")
    async def take_time(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        if request.method == "POST" and request.url.path.endswith("/Messages.json"):
            await asyncio.sleep(random.uniform(0, _SLOWEST))
        return response

    return app


def _line(one: Message) -> dict[str, object]:
    named = parse_qs(urlsplit(one.callback or "").query).get("o", [None])
    # What is still on its way at Twilio will arrive: no fault that hinders it is set.
    return {
        "sid": one.sid,
        "phone": one.recipient,
        "row": named[0],
        "reached": one.status not in UNSENT,
        "reply": one.direction == "outbound-reply",
        "taken_at": one.created.timestamp(),
    }


if __name__ == "__main__":
    chosen = Settings.from_environment(os.environ)
    uvicorn.run(create(chosen), host=chosen.host, port=chosen.port, access_log=False, log_level="warning")
