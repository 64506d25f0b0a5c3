"""The deployment of docker-compose.yml and the Dockerfile, without containers: read, and its commands started as they
stand there against the servers of the tests.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import yaml

from sms_service.cli import _parser
from sms_service.demo.postgres import Postgres
from sms_service.demo.valkey import Valkey
from tests.ports import free_port

pytestmark = pytest.mark.timeout(600)  # so that the patience in here runs out first

ROOT = Path(__file__).parents[1]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
EXAMPLE = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
_PATIENCE = 120.0


@dataclass
class Deployment:
    """The services that keep running, each as a process, and the port of the web process."""

    environment: Mapping[str, str]
    port: int
    running: dict[str, subprocess.Popen[bytes]]

    def command(self, name: str) -> list[str]:
        """Return a service's command as this environment has it installed."""
        program, *arguments = OURS[name]["command"]
        return [str(Path(sys.executable).parent / program), *arguments]

    def ready(self) -> dict[str, Any]:
        """Return what /readyz says, or nothing while nobody answers there."""
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5, trust_env=False)
        except httpx.TransportError:
            return {}
        return {"status": answer.status_code, **answer.json()}


def _here(database: str, redis: str, port: int) -> dict[str, str]:
    """Return every variable that compose hands on, with the values of this machine where they are of its own."""
    named = set(EXAMPLE).union(*(service.get("environment", {}) for service in OURS.values()))
    values = {
        **EXAMPLE,
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "SECRET_KEY": "a secret of this test and long enough to be one",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "an auth token of this test",
        "TWILIO_API_URL": "http://127.0.0.1:9",
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    return {"PATH": os.environ["PATH"], **{name: values[name] for name in named}}


async def _add_database(url: str, name: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute(f"create database {name}")
    await connection.close()


@pytest.fixture(scope="module")
def deployment(postgres: Postgres, valkey: Valkey) -> Iterator[Deployment]:
    """Start what compose starts, in its order, on a database and a queue of its own."""
    asyncio.run(_add_database(postgres.url, "compose"))
    database = postgres.url.rsplit("/", 1)[0].replace("+asyncpg", "") + "/compose"
    port = free_port()
    made = Deployment(_here(database, valkey.url.removesuffix("/0") + "/5", port), port, {})
    migrated = subprocess.run(
        made.command("migrate"), env=made.environment, capture_output=True, text=True, check=False
    )
    assert migrated.returncode == 0, migrated.stderr
    try:
        for name in OURS:
            if name != "migrate":
                made.running[name] = subprocess.Popen(made.command(name), env=made.environment)
        yield made
    finally:
        for process in made.running.values():
            process.terminate()
        for process in made.running.values():
            process.wait(20)


@pytest.mark.parametrize("name", OURS)
def test_a_services_command_is_one_that_there_is(name: str) -> None:
    program, *arguments = OURS[name]["command"]
    assert program == "sms-service"
    assert callable(_parser().parse_args(arguments).run)


_WHOLE = ("migrate", "serve", "work tick", "work deliver", "work upkeep", "cron")


def test_the_whole_deployment_is_there() -> None:
    commands = {" ".join(service["command"]) for service in OURS.values()}
    assert commands == {f"sms-service {words}" for words in _WHOLE}
    assert {"postgres", "valkey"} == set(SERVICES) - set(OURS)


def test_every_variable_is_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked = set(re.findall(r"\$\{(\w+)", text))
    handed = {name for service in SERVICES.values() for name in service.get("environment", {})}
    assert asked | handed <= set(EXAMPLE)
    assert all(service["env_file"] == ".env" for service in OURS.values())


def test_only_the_web_process_can_be_reached_and_only_from_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}
    assert {name: SERVICES[name]["networks"] for name in ("postgres", "valkey")} == {
        "postgres": ["inside"],
        "valkey": ["inside"],
    }


def test_nothing_starts_before_what_it_needs() -> None:
    after = {name: set(service.get("depends_on", {})) for name, service in OURS.items()}
    assert after.pop("migrate") == {"postgres"}
    assert after.pop("web") == {"migrate"}
    assert set(map(frozenset, after.values())) == {frozenset({"migrate", "valkey"})}
    waited_for = {need for service in OURS.values() for need in service["depends_on"]} - {"migrate"}
    assert all("test" in SERVICES[name]["healthcheck"] for name in waited_for)


def test_what_is_kept_is_on_a_volume() -> None:
    assert SERVICES["valkey"]["command"] == ["valkey-server", "--appendonly", "yes"]
    assert SERVICES["valkey"]["volumes"] == ["valkey:/data"]
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql/data"]


def test_the_commands_come_up_and_the_minute_is_kept(deployment: Deployment) -> None:
    deadline = time.monotonic() + _PATIENCE
    while deployment.ready().get("tick") != "ok":
        assert time.monotonic() < deadline, deployment.ready()
        assert {name: process.poll() for name, process in deployment.running.items()} == dict.fromkeys(
            deployment.running
        )
        time.sleep(0.1)
    assert deployment.ready() == {"status": 200, "ready": True, "database": "ok", "queue": "ok", "tick": "ok"}


def test_the_images_health_check_finds_the_web_process(deployment: Deployment) -> None:
    (line,) = [line for line in DOCKERFILE if line.startswith("HEALTHCHECK")]
    _, *arguments = json.loads(line.partition(" CMD ")[2])
    deadline = time.monotonic() + _PATIENCE
    while not deployment.ready():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    well = subprocess.run([sys.executable, *arguments], env=deployment.environment, check=False)
    assert well.returncode == 0
    elsewhere = {**deployment.environment, "PORT": str(free_port())}
    ill = subprocess.run([sys.executable, *arguments], env=elsewhere, stderr=subprocess.DEVNULL, check=False)
    assert ill.returncode != 0


def test_they_end_when_they_are_told_to(deployment: Deployment) -> None:
    for process in deployment.running.values():
        process.terminate()
    ends = {name: process.wait(20) for name, process in deployment.running.items()}
    # The web server ends by the signal itself, once it has let its requests finish.
    assert ends == {**dict.fromkeys(ends, 0), "web": -15}


def test_what_the_image_copies_is_there() -> None:
    copied = [word for line in DOCKERFILE if line.startswith("COPY") for word in line.split()[1:-1]]
    assert {"flows/", "sms_service/", "workers/", "requirements.lock"} <= set(copied)
    assert [word for word in copied if not (ROOT / word).exists()] == []


def test_the_image_holds_no_secret_and_runs_without_rights() -> None:
    assert [line.split()[1] for line in DOCKERFILE if line.startswith("USER")] == ["service"]
    assert any("--require-hashes -r requirements.lock" in line for line in DOCKERFILE)
    assert not re.search(r"SECRET|TOKEN|PASSWORD|\.env\b", "\n".join(DOCKERFILE))
    assert json.loads(DOCKERFILE[-1].removeprefix("CMD ")) == ["sms-service", "serve"]
