"""What the demo runs beside its two servers: a table, and the environment that each row sees.

Secrets travel in the environment. A row gets only what it needs: the emulator, which plays Twilio, gets no
key and no database.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sms_service.demo.checks import Plan
from sms_service.demo.ports import HOST
from sms_service.demo.process import Child
from sms_service.demo.secrets import Secrets

_CLI = ("-m", "sms_service.cli")
_WORKERS = ("-m", "workers")  # what `sms-service work` and `cron` become; straight away, it is a second sooner


@dataclass(frozen=True, slots=True)
class Row:
    """One process. `arguments` follow the interpreter; `ready` is the path that answers 200 once it is up."""

    name: str
    arguments: tuple[str, ...]
    sees: Literal["service", "emulator"] = "service"
    ready: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Two commands that are run once, in this order, then the processes that are kept running.

    `clock` is the module whose `move(environment, to)` moves the calendar.
    """

    migrate: tuple[str, ...]
    seed: tuple[str, ...]
    rows: tuple[Row, ...]
    clock: str


SERVICE = Table(
    migrate=(*_CLI, "migrate"),
    seed=("-m", "sms_service.demo.seed"),
    rows=(
        Row("web", (*_CLI, "serve"), ready="/readyz"),
        Row("tick", (*_WORKERS, "work", "tick")),
        Row("deliver", (*_WORKERS, "work", "deliver")),
        Row("upkeep", (*_WORKERS, "work", "upkeep")),
        Row("cron", (*_WORKERS, "cron")),
        Row("emulator", ("-m", "sms_service.emulator"), sees="emulator", ready="/healthz"),
    ),
    clock="sms_service.demo.clock",
)


@dataclass(frozen=True, slots=True, repr=False)
class Surroundings:
    """The environment of the service's own processes, secrets included, and where the demo runs."""

    plan: Plan
    service: Mapping[str, str]

    @classmethod
    def of(
        cls, plan: Plan, given: Mapping[str, str], secrets: Secrets, *, database_url: str, redis_url: str
    ) -> Surroundings:
        """Fill in what the environment `given` to the supervisor leaves open."""
        ours = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PUBLIC_URL": f"http://{HOST}:{plan.port}",
            "SECRET_KEY": secrets.secret_key,
            "TWILIO_ACCOUNT_SID": secrets.twilio_account_sid,
            "TWILIO_AUTH_TOKEN": secrets.twilio_auth_token,
            "TWILIO_API_URL": f"http://{HOST}:{plan.emulator_port}",
        }
        given = {name: value for name, value in given.items() if value}
        return cls(plan, {**ours, **given, **_fixed(plan, given)})

    def child(self, name: str, arguments: tuple[str, ...], environment: Mapping[str, str]) -> Child:
        """Return a process of this interpreter."""
        return Child(name, (sys.executable, *arguments), environment, self.plan.logs / f"{name}.log")

    def seed(self, secrets: Secrets) -> Mapping[str, str]:
        """Return the environment of the seed, which makes the coordinator's account."""
        return {
            **self.service,
            "DEMO_COORDINATOR_PASSWORD": secrets.coordinator_password,
            "DEMO_COORDINATOR_TOTP_SECRET": secrets.coordinator_totp_secret,
        }

    def emulator(self, number: str, keyword: str) -> Mapping[str, str]:
        """Return the environment of the emulator for a program's number and joining word."""
        kept = {name: value for name, value in self.service.items() if name not in _KEPT_FROM_EMULATOR}
        return {
            **kept,
            "EMULATOR_PORT": str(self.plan.emulator_port),
            "SERVICE_URL": self.service["PUBLIC_URL"],  # signatures are made over the address that the service knows
            "CLOCK_URL": f"http://{HOST}:{self.plan.clock_port}/clock",
            "SERVICE_NUMBERS": number,
            "JOIN_HINT": keyword,
        }


_KEPT_FROM_EMULATOR = {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"}


def _fixed(plan: Plan, given: Mapping[str, str]) -> dict[str, str]:
    """What holds whatever is set: our ports, and no proxy between two processes of one machine."""
    local = ",".join(filter(None, (given.get("NO_PROXY") or given.get("no_proxy"), HOST, "localhost")))
    return {
        "HOST": HOST,
        "PORT": str(plan.port),
        "NO_PROXY": local,
        "no_proxy": local,
        "PYTHONUNBUFFERED": "1",
    }
