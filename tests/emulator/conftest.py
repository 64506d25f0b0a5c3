"""One emulator in this process, with the practice as its service; and one behind a real socket."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from sms_service.emulator import Settings, create_app

from .practice import ACCOUNT, HOME, LINE, SECOND_LINE, TOKEN, Practice


@pytest.fixture
def patience() -> float:
    """How long the emulator waits for the service, in seconds."""
    return 15.0


@pytest.fixture
def settings(patience: float) -> Settings:
    return Settings(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        service_url=HOME,
        numbers=(LINE, SECOND_LINE),
        webhook_timeout=patience,
        step_delay=0.001,
    )


@pytest.fixture
def practice() -> Practice:
    return Practice()


def connect(practice: Practice) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=practice, raise_app_exceptions=False))


@pytest.fixture
async def app(settings: Settings, practice: Practice) -> AsyncIterator[FastAPI]:
    async with connect(practice) as http:
        app = create_app(settings, http=http)
        yield app
        await app.state.exchange.close()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The phones and scripts of the emulator, and Twilio's REST with the right token."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator.test", auth=(ACCOUNT, TOKEN)) as client:
        yield client


@pytest.fixture
def live(settings: Settings, practice: Practice) -> Iterator[str]:
    """The address of an emulator behind a real socket, for clients that speak no ASGI."""
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        port = door.getsockname()[1]
        app = create_app(replace(settings, port=port), http=connect(practice))
        config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        _await_start(server)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(10)


def _await_start(server: uvicorn.Server) -> None:
    ends = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < ends, "the emulator did not start"
        time.sleep(0.01)
