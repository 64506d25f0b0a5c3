"""The web process: Twilio's doors, the pages and the health checks around one runtime."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response

from flows import screen
from sms_service import console, health, html, logs, pages, webhooks
from sms_service.runtime import Runtime, open_runtime, read_ahead
from sms_service.settings import load


def create_app(rt: Runtime) -> FastAPI:
    """Make the application around a runtime that the caller opened and closes."""
    doors = webhooks.open_doors(rt)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        screen("")  # its rules are read at the first call, and nobody's text should wait for that
        async with webhooks.running(doors):
            read_ahead()
            yield

    app = FastAPI(title="Check-in line", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    # First and on the application itself: every router in between costs each text its share.
    app.router.routes[:0] = webhooks.routes(doors)
    app.include_router(health.routes(rt))
    app.include_router(pages.routes(rt))
    app.include_router(console.routes(rt))
    app.add_exception_handler(404, _missing)
    app.add_exception_handler(500, _broken)
    return app


async def _missing(request: Request, _: Exception) -> Response:
    """Answer an address that leads nowhere with a page that says so."""
    return html.missing(request)


async def _broken(request: Request, _: Exception) -> Response:
    """Answer what nobody foresaw; the error itself still goes to whoever runs the service."""
    if request.url.path.startswith("/console"):
        return html.page("console/broken.html", lang=html.language(request), status=500)
    return Response("Internal Server Error", 500, media_type="text/plain")


def from_environment() -> FastAPI:
    """Make the application that `sms-service serve` runs."""
    logs.configure()
    return create_app(open_runtime(load()))
