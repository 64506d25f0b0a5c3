"""Who sees what: the environment of each process of the demo."""

from __future__ import annotations

from pathlib import Path

import pytest

from sms_service.demo import secrets
from sms_service.demo.checks import Plan
from sms_service.demo.children import SERVICE, Surroundings
from sms_service.demo.secrets import Secrets

PLAN = Plan(8000, 8001, 8002, Path("/data"))


@pytest.fixture
def kept(tmp_path: Path) -> Secrets:
    return secrets.load(tmp_path)


def around(kept: Secrets, **given: str) -> Surroundings:
    return Surroundings.of(PLAN, given, kept, database_url="postgresql+asyncpg://own", redis_url="redis://own")


def test_what_is_not_set_is_filled_in(kept: Secrets) -> None:
    service = around(kept).service
    assert service["DATABASE_URL"] == "postgresql+asyncpg://own"
    assert service["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert service["TWILIO_API_URL"] == "http://127.0.0.1:8001"
    assert service["SECRET_KEY"] == kept.secret_key


def test_what_is_set_wins_and_an_empty_value_is_not_set(kept: Secrets) -> None:
    service = around(kept, DATABASE_URL="postgresql://theirs", SECRET_KEY="", PUBLIC_URL="https://a.test").service
    assert service["DATABASE_URL"] == "postgresql://theirs"
    assert service["PUBLIC_URL"] == "https://a.test"
    assert service["SECRET_KEY"] == kept.secret_key


def test_the_emulator_gets_no_key_and_no_database(kept: Secrets) -> None:
    emulator = around(kept).emulator("+17575550100", "HARBOR")
    assert not {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"} & emulator.keys()
    assert emulator["TWILIO_AUTH_TOKEN"] == kept.twilio_auth_token
    assert emulator["CLOCK_URL"] == "http://127.0.0.1:8002/clock"
    assert emulator["SERVICE_NUMBERS"] == "+17575550100"
    assert emulator["JOIN_HINT"] == "HARBOR"


def test_no_proxy_stands_between_two_of_our_processes(kept: Secrets) -> None:
    service = around(kept, HTTP_PROXY="http://proxy.test", NO_PROXY="intranet.test").service
    assert service["NO_PROXY"] == "intranet.test,127.0.0.1,localhost"


def test_no_row_of_the_table_carries_a_secret_in_its_arguments(kept: Secrets) -> None:
    rows = [around(kept).child(row.name, row.arguments, {}).command for row in SERVICE.rows]
    modules = ["sms_service.cli", *["workers"] * 4, "sms_service.emulator"]
    assert [command[1:3] for command in rows] == [("-m", module) for module in modules]
