"""Putting the emulator together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from sms_service.emulator import page, rest_calls, rest_messages, scripting
from sms_service.emulator.codes import Refusal
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.rest import refused
from sms_service.emulator.settings import Settings


def utc_now() -> datetime:
    """The real time; the emulator keeps no other."""
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    *,
    http: httpx.AsyncClient | None = None,
    now: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """Build the emulator.

    `http` carries its requests to the service and to the clock. To have another app in this process be the
    service, give one with `httpx.ASGITransport(app=..., raise_app_exceptions=False)`; a client that was given
    stays open at the end. Tests that run no lifespan end with `await app.state.exchange.close()`.
    """
    client = http or httpx.AsyncClient(limits=httpx.Limits(max_connections=50))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await app.state.exchange.close()
        if http is None:
            await client.aclose()

    app = FastAPI(title="Pretend Twilio", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.exchange = Exchange(settings, client, now)
    app.add_exception_handler(Refusal, refused)
    for part in (rest_messages, rest_calls, scripting, page):
        app.include_router(part.router)
    app.add_api_route("/healthz", health)
    app.mount("/emulator/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    return app


async def health() -> dict[str, str]:
    """Say that the emulator is up."""
    return {"status": "ok"}
