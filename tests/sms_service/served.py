"""The service as it is run: `sms-service` and the emulator as processes of their own, with all they say kept."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import asyncpg

from sms_service.demo.postgres import Postgres
from sms_service.settings import Settings
from tests import people
from tests.ports import free_port

SECRET = "a-secret-that-an-environment-variable-can-hold"
_PATIENCE = 90


@dataclass(frozen=True, slots=True)
class Process:
    """A running process: where it answers, if it does, and the file that has everything it said."""

    url: str
    pid: int
    log: Path


def here(settings: Settings, **changes: object) -> Settings:
    """Return the settings of a service that can be reached: on a free port, with the emulator on another."""
    port = free_port()
    places = {
        "port": port,
        "public_url": f"http://127.0.0.1:{port}",
        "twilio_api_url": f"http://127.0.0.1:{free_port()}",
        "secret_key": (SECRET,),
    }
    return settings.model_copy(update={**places, **changes})


async def database(postgres: Postgres, name: str) -> str:
    """Make an empty database on the tests' server and return its address."""
    connection = await asyncpg.connect(postgres.url.replace("+asyncpg", ""))
    try:
        await connection.execute(f"create database {name}")
    finally:
        await connection.close()
    return postgres.url.rpartition("/")[0] + f"/{name}"


@contextmanager
def serve(settings: Settings, log: Path) -> Iterator[Process]:
    """Run a web process."""
    with _running(["-m", "sms_service.cli", "serve"], variables(settings), log, settings.port) as process:
        yield process


@contextmanager
def emulate(settings: Settings, log: Path) -> Iterator[Process]:
    """Run the emulator where TWILIO_API_URL points to, in front of the web process at PUBLIC_URL."""
    port = int(settings.twilio_api_url.rpartition(":")[2])
    environment = {
        **variables(settings),
        "EMULATOR_PORT": str(port),
        "SERVICE_URL": settings.public_url,
        "SERVICE_NUMBERS": people.SENDER,
    }
    with _running(["-m", "sms_service.emulator"], environment, log, port) as process:
        yield process


@contextmanager
def keep_time(settings: Settings, log: Path, *arguments: str) -> Iterator[Process]:
    """Run cron or a worker."""
    with _running(["-m", "workers", *arguments], variables(settings), log, None) as process:
        yield process


def variables(settings: Settings) -> dict[str, str]:
    """Return the environment that says what these settings say."""
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PUBLIC_URL": settings.public_url,
        "SECRET_KEY": ",".join(settings.secret_key),
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
        "TWILIO_API_URL": settings.twilio_api_url,
        "PORT": str(settings.port),
    }


@contextmanager
def _running(arguments: list[str], environment: Mapping[str, str], log: Path, port: int | None) -> Iterator[Process]:
    with log.open("ab") as said:
        process = subprocess.Popen([sys.executable, *arguments], env=environment, stdout=said, stderr=said)
    try:
        if port is not None:
            _await(process, port, log)
        yield Process(f"http://127.0.0.1:{port}", process.pid, log)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not answers(port):
        assert process.poll() is None, f"it stopped: {log.read_text()[-2000:]}"
        assert time.monotonic() < deadline, f"it does not answer: {log.read_text()[-2000:]}"
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Whether something here speaks HTTP."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
            return True
    except OSError:
        return False
