"""A server of ours as its own process, with what it reads from the environment."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from sms_service.demo.ports import free_port
from sms_service.settings import Settings

_PATIENCE = 120
SERVE = ("-m", "sms_service.cli", "serve")


def settings(database: str, redis: str) -> Settings:
    """Return settings for servers of one's own, on a port that is free."""
    port = free_port()
    return Settings(
        database_url=database,
        redis_url=redis,
        public_url=f"http://127.0.0.1:{port}",
        secret_key=(secrets.token_urlsafe(32),),
        twilio_account_sid="AC" + secrets.token_hex(16),
        twilio_auth_token=secrets.token_hex(16),
        twilio_api_url="http://127.0.0.1:9",
        port=port,
    )


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment that says the same."""
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
def process(
    command: tuple[str, ...], environment: dict[str, str], port: int
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run a server for the length of a block; say how long it took until it answered."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], env=environment)
    try:
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1)
                break
            except httpx.TransportError:
                if process.poll() is not None or time.perf_counter() - began > _PATIENCE:
                    sys.exit(f"{' '.join(command)} did not start")
                time.sleep(0.02)
        yield process, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(15)
