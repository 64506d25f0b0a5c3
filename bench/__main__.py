"""Measure the flows, delivery, and the webhook against a bare route under the same server; end in one line of JSON."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import calls, console, delivery, flows, load, serving, texts
from sms_service import schema
from sms_service.demo.ports import free_port
from sms_service.demo.postgres import Postgres
from sms_service.demo.valkey import Valkey
from sms_service.runtime import open_runtime
from sms_service.settings import Settings

ROUNDS, CONNECTIONS, EACH, PEOPLE = 6, 64, 60, 960
# What a PostgreSQL that has a machine of 4 GB to itself is to be given.
_MEMORY = "1GB"
BARE_TIMES = 5
_BARE = ("-m", "uvicorn", "bench.bare:app", "--no-access-log", "--log-level", "warning")
_WORKERS = {
    "worker tick": ("work", "tick"),
    "worker deliver": ("work", "deliver"),
    "worker upkeep": ("work", "upkeep"),
    "cron": ("cron",),
}


def main() -> None:
    decided = flows.measure()
    print(" ".join(f"{name} {value}" for name, value in decided.items()), flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103  (PostgreSQL runs as another account when root measures)
        with Postgres(Path(folder) / "pg", memory=_MEMORY) as postgres, Valkey(Path(folder) / "valkey") as valkey:
            settings = serving.settings(postgres.url, valkey.url)
            delivered = delivery.run(settings)
            measured = asyncio.run(_measure(settings))
    print(json.dumps({**measured, **delivered, **decided, **console.run()}))


async def _measure(settings: Settings) -> dict[str, Any]:
    rt = open_runtime(settings, pool=2)
    await schema.migrate(rt)
    print(f"enrolling {PEOPLE} people", flush=True)
    await texts.enrol(rt, PEOPLE)
    await calls.choose_codes(rt)
    await rt.close()
    environment = serving.environment(settings)
    bare_port = free_port()
    with (
        serving.process((*_BARE, "--port", str(bare_port)), environment, bare_port) as _bare,
        serving.process(serving.SERVE, environment, settings.port) as (web, started),
    ):
        rounds = [await _round(settings, bare_port, n) for n in range(ROUNDS)]
        called = await calls.measure(settings)
        print(" ".join(f"{name} {value}" for name, value in called.items()), flush=True)
        memory = {"web": _resident(web.pid), **_memory_of_workers(environment)}
    return {**_summary(rounds, memory, started), **called}


async def _round(settings: Settings, bare_port: int, n: int) -> tuple[load.Run, load.Run]:
    """Measure both, one after the other; what drifts on a shared machine drifts for both."""
    queues = texts.queues(settings, CONNECTIONS, EACH, PEOPLE)
    # The bare route is several times as quick: as many more requests make both runs about as long.
    bare = await load.run(bare_port, [queue * BARE_TIMES for queue in queues])
    full = await load.run(settings.port, queues)
    print(
        f"round {n + 1}: webhook {full.per_second:6.0f}/s p50 {full.p50_ms:.1f} ms p99 {full.p99_ms:.1f} ms"
        f"   bare {bare.per_second:6.0f}/s   ratio {full.per_second / bare.per_second:.3f}",
        flush=True,
    )
    return full, bare


def _summary(rounds: list[tuple[load.Run, load.Run]], memory: dict[str, float], started: float) -> dict[str, Any]:
    kept = rounds[1:]  # the first warms both up
    return {
        "ratio": round(statistics.median(full.per_second / bare.per_second for full, bare in kept), 3),
        "webhook_per_second": round(statistics.median(full.per_second for full, _ in kept)),
        "bare_per_second": round(statistics.median(bare.per_second for _, bare in kept)),
        "p50_ms": round(statistics.median(full.p50_ms for full, _ in kept), 1),
        "p99_ms": round(statistics.median(full.p99_ms for full, _ in kept), 1),
        "connections": CONNECTIONS,
        "failed": sum(full.failed for full, _ in rounds),
        "resident_mb": memory,
        "web_start_seconds": round(started, 2),
    }


def _memory_of_workers(environment: dict[str, str]) -> dict[str, float]:
    found = {}
    for name, arguments in _WORKERS.items():
        process = subprocess.Popen([sys.executable, "-m", "sms_service.cli", *arguments], env=environment)
        time.sleep(3)
        found[name] = _resident(process.pid)
        process.terminate()
        process.wait(15)
    return found


def _resident(pid: int) -> float:
    """Return a process' resident memory in megabytes, as the operating system counts it."""
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return round(int(said.stdout) / 1024, 1)


if __name__ == "__main__":
    main()
