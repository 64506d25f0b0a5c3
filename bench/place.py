"""Everything that is tortured, started as real processes: the servers, the service, and the emulator as Twilio."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
import httpx

from bench.killing import Herd
from sms_service import programs, schema, senders
from sms_service.demo.ports import HOST, free_port
from sms_service.demo.postgres import Postgres
from sms_service.demo.process import Child
from sms_service.demo.valkey import Valkey
from sms_service.programs import ProgramSettings
from sms_service.runtime import open_runtime
from sms_service.settings import Settings
from workers import jobs

LINE = "+17575550100"
_SEGMENTS_PER_SECOND = 10.0
_NOT_FOR_TWILIO = {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"}


@asynccontextmanager
async def running(folder: Path, chance: random.Random, bell: float) -> AsyncIterator[tuple[Herd, Settings]]:
    """Start everything and keep it running; end it again. The jobs are rung every `bell` seconds as well."""
    postgres, valkey = Postgres(folder / "pg"), Valkey(folder / "valkey")
    settings = _settings(postgres.url, valkey.url)
    herd = Herd(chance)
    try:
        herd.add("postgres", postgres.prepare, partial(_takes_connections, postgres))
        herd.add("valkey", valkey.prepare, valkey.ready)
        await _until(postgres.ready)
        await _until(valkey.ready)
        await _set_up(settings)
        _start_ours(herd, settings, folder, bell)
        await _until(partial(_answers, f"{settings.public_url}/readyz"))
        await _until(partial(_answers, f"{settings.twilio_api_url}/healthz"))
        watching = asyncio.create_task(herd.watch())
        yield herd, settings
        watching.cancel()
    finally:
        herd.stop()


def _settings(database: str, queue: str) -> Settings:
    port = free_port()
    return Settings(
        database_url=database,
        redis_url=queue,
        public_url=f"http://{HOST}:{port}",
        secret_key=(secrets.token_urlsafe(32),),
        twilio_account_sid="AC" + secrets.token_hex(16),
        twilio_auth_token=secrets.token_hex(16),
        twilio_api_url=f"http://{HOST}:{free_port()}",
        port=port,
    )


async def _set_up(settings: Settings) -> None:
    rt = open_runtime(settings, pool=2)
    await schema.migrate(rt)
    async with rt.begin() as (connection, now):
        await programs.add(
            connection,
            slug="torture",
            state="live",
            name="Torture",
            sender=LINE,
            keywords=("JOIN",),
            groups=({"en": "clinic", "es": "consulta"},),
            settings=ProgramSettings(
                operator="Bench", short_name="Bench", region=""
            ),  # a holiday is no reason not to torture
            now=now,
        )
        await senders.change(connection, LINE, per_second=_SEGMENTS_PER_SECOND, per_day=None, service=None)
    await rt.close()


def _start_ours(herd: Herd, settings: Settings, folder: Path, bell: float) -> None:
    ours: dict[str, tuple[str, ...]] = {"web": ("sms_service.cli", "serve"), "cron": ("workers", "cron")}
    ours |= {f"work {name}": ("workers", "work", name) for name in jobs.QUEUES}
    service = _environment(settings)
    up = {"web": partial(_answers, f"{settings.public_url}/healthz")}
    for name, arguments in ours.items():
        herd.add(name, partial(_child, name, arguments, service, folder), up.get(name))
    twilio = {name: value for name, value in service.items() if name not in {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"}}
    twilio |= {
        "EMULATOR_PORT": settings.twilio_api_url.rpartition(":")[2],
        "SERVICE_URL": settings.public_url,
        "SERVICE_NUMBERS": LINE,
    }
    herd.add("twilio", partial(_child, "twilio", ("bench.carrier",), twilio, folder), spared=True)
    herd.add("bell", partial(_child, "bell", ("bench.bell", str(bell)), service, folder), spared=True)


def _child(name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> Child:
    return Child(name, (sys.executable, "-m", *arguments), environment, folder / f"{name.replace(' ', '-')}.log")


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LD_LIBRARY_PATH"}},
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PUBLIC_URL": settings.public_url,
        "SECRET_KEY": ",".join(settings.secret_key),
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
        "TWILIO_API_URL": settings.twilio_api_url,
        "PORT": str(settings.port),
    }


async def _until(holds: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(holds):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{holds} not within {seconds:g} s")
        await asyncio.sleep(0.05)


def _takes_connections(postgres: Postgres) -> bool:
    try:
        return postgres.ready()
    except asyncpg.PostgresError:
        return False


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False
