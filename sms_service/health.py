"""Is it up, is it ready, and the figures: /healthz, /readyz and /metrics."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import TypeVar

import asyncpg
import sqlalchemy.exc
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sms_service import metrics
from sms_service.runtime import Runtime

AWAY: tuple[type[Exception], ...] = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    sqlalchemy.exc.TimeoutError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.OperationalError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)
"""What is raised when the database cannot be reached, or was lost on the way."""

# A ProgrammingError is a database without our tables.
_UNREACHABLE: tuple[type[Exception], ...] = (*AWAY, RedisError, sqlalchemy.exc.ProgrammingError)
_Found = TypeVar("_Found")
_PATIENCE = 1.0
_TICK_IS_LATE = timedelta(minutes=3)
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")

# The queue only brings reminders forward; every text is answered without it.
_QUEUE_AWAY = "away (texts are answered; reminders come more slowly)"


def routes(rt: Runtime) -> APIRouter:
    """Return the routes that machines ask."""
    router = APIRouter()

    async def readyz(_: Request) -> Response:
        state = await ready(rt)
        return JSONResponse(state, 200 if state["ready"] else 503, {"Cache-Control": "no-store"})

    router.add_route("/healthz", _healthz, methods=["GET"])
    router.add_route("/readyz", readyz, methods=["GET"])
    router.add_route("/metrics", _metrics, methods=["GET"])
    return router


async def ready(rt: Runtime) -> dict[str, bool | str]:
    """Return what /readyz says: the database, the queue and the minute's tick, each asked for a second at most."""
    tick, queue = await asyncio.gather(_bounded(_last_tick(rt)), _bounded(_ping(rt.settings.redis_url)))
    database = not isinstance(tick, Exception)
    migrated = not isinstance(tick, sqlalchemy.exc.ProgrammingError)
    return {
        "ready": database,
        "database": "ok" if database else "away" if migrated else "not migrated",
        "queue": _QUEUE_AWAY if isinstance(queue, Exception) else "ok",
        "tick": "unknown" if isinstance(tick, Exception) else _tick(tick, rt.real()),
    }


async def _bounded(probe: Awaitable[_Found]) -> _Found | Exception:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await probe
    except _UNREACHABLE as error:
        return error


async def _last_tick(rt: Runtime) -> datetime | None:
    async with rt.engine.connect() as connection:
        found = await connection.execute(text("select last_tick from deployment where id = 1"))
        return found.scalar_one_or_none()


async def _ping(url: str) -> None:
    async with Redis.from_url(url, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE) as redis:
        await redis.ping()


def _tick(last: datetime | None, real: datetime) -> str:
    if last is None:
        return "never"
    return "late" if real - last > _TICK_IS_LATE else "ok"


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


async def _metrics(request: Request) -> Response:
    if not _from_inside(request):
        return PlainTextResponse("The figures are for this machine's own network.\n", 403)
    return Response(generate_latest(metrics.REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _from_inside(request: Request) -> bool:
    """Whether a request comes from this network and not through the proxy that faces the world.

    Counts that move while a colleague texts tell something about the colleague, so they are not for everybody.
    """
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_private
    except ValueError:
        return False
