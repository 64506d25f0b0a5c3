"""What machines ask: is it up, is it ready, and the figures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from sms_service import health, metrics
from sms_service.runtime import Runtime, open_runtime

AWAY = "away (texts are answered; reminders come more slowly)"


def asked(rt: Runtime, *, client: str = "127.0.0.1") -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(health.routes(rt))
    transport = httpx.ASGITransport(app=app, client=(client, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://checkin.test")


def without_queue(rt: Runtime) -> Runtime:
    return Runtime(rt.settings.model_copy(update={"redis_url": "redis://127.0.0.1:9/0"}), rt.engine, rt.vault)


async def tick(rt: Runtime, ago: timedelta) -> None:
    async with rt.begin() as (connection, _):
        await connection.execute(text("update deployment set last_tick = :at"), {"at": rt.real() - ago})


@pytest.fixture
async def silent() -> AsyncIterator[int]:
    """A port that takes calls and never says anything."""

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(30)
        finally:
            writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        calm = server.sockets[0].getsockname()[1]
        yield calm
        for task in asyncio.all_tasks():
            if "listen" in repr(task.get_coro()):
                task.cancel()


async def test_all_is_well(rt: Runtime) -> None:
    await tick(rt, timedelta(seconds=70))
    async with asked(rt) as web:
        answer = await web.get("/readyz")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {"ready": True, "database": "ok", "queue": "ok", "tick": "ok"}


async def test_without_the_queue_it_is_still_ready(rt: Runtime) -> None:
    async with asked(without_queue(rt)) as web:
        answer = await web.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "database": "ok", "queue": AWAY, "tick": "never"}


async def test_a_late_tick_is_said_and_takes_nothing_out_of_service(rt: Runtime) -> None:
    await tick(rt, timedelta(minutes=4))
    async with asked(without_queue(rt)) as web:
        answer = await web.get("/readyz")
    assert (answer.status_code, answer.json()["tick"]) == (200, "late")


async def test_without_the_database_it_is_not_ready(rt: Runtime) -> None:
    engine = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:9/none")
    async with asked(without_queue(Runtime(rt.settings, engine, rt.vault))) as web:
        answer = await web.get("/readyz")
        up = await web.get("/healthz")
    await engine.dispose()
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": "away", "queue": AWAY, "tick": "unknown"}
    assert (up.status_code, up.text) == (200, "ok")


async def test_servers_that_say_nothing_cost_a_second_at_most(rt: Runtime, silent: int) -> None:
    urls = {
        "database_url": f"postgresql+asyncpg://nobody@127.0.0.1:{silent}/none",
        "redis_url": f"redis://127.0.0.1:{silent}/0",
    }
    mute = open_runtime(rt.settings.model_copy(update=urls))
    async with asked(mute) as web:
        start = time.monotonic()
        answer = await web.get("/readyz")
        taken = time.monotonic() - start
    await mute.close()
    assert taken < 1.9
    assert answer.json()["database"] == "away"
    assert answer.json()["queue"] == AWAY


async def test_the_figures_name_nobody(rt: Runtime) -> None:
    metrics.INBOUND.labels("answered").inc()
    async with asked(rt) as web:
        figures = (await web.get("/metrics")).text
    assert 'checkin_inbound_texts_total{outcome="answered"}' in figures
    ours = [line for line in figures.splitlines() if line.startswith("checkin_")]
    assert all("+1" not in line and "program" not in line for line in ours)


@pytest.mark.parametrize(
    ("client", "headers"),
    [("1.1.1.1", {}), ("127.0.0.1", {"X-Forwarded-For": "1.1.1.1"}), ("not an address", {})],
)
async def test_the_figures_are_not_for_the_world(rt: Runtime, client: str, headers: dict[str, str]) -> None:
    async with asked(rt, client=client) as web:
        answer = await web.get("/metrics", headers=headers)
    assert answer.status_code == 403
    assert "checkin_" not in answer.text
