"""Real servers from the wheels, one database a run, emptied before each test that uses it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import library, schema
from sms_service.demo.postgres import Postgres
from sms_service.demo.valkey import Valkey
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import Settings, load
from sms_service.store.tables import metadata
from tests.ports import keep_apart

# How long one example takes is the machine's business; how fast the code is stands in `make bench`.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

keep_apart()

# Files of few tests that take long, the longest first: begun early, none is left to one process alone at the end.
LONG = (
    *("test_console_pages.py", "test_simulate.py", "test_first_day.py", "test_two_processes.py", "test_torture.py"),
    *("test_demo.py", "test_browser.py", "test_secrets.py", "test_compose.py", "test_bench_console.py"),
)

SECRET = "a secret of the tests that is long enough to be one"
SID = "AC" + "0" * 32
TOKEN = "the auth token of the tests"

_KEPT = {"deployment", "flow_versions", "current_flows"}
TABLES = [t.name for t in metadata.sorted_tables if t.name not in _KEPT]
_FILLED = text(" union all ".join(f"(select '{name}' from {name} limit 1)" for name in TABLES))  # noqa: S608


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files before all others, which stay as they are."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(_reachable(tmp_path_factory) / "pg", fast=True) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def settings(postgres: Postgres, valkey: Valkey) -> Settings:
    os.environ.pop("SECRET_KEY", None)
    return Settings(
        database_url=postgres.url,
        redis_url=valkey.url,
        public_url="https://checkin.test",
        secret_key=(SECRET,),
        twilio_account_sid=SID,
        twilio_auth_token=TOKEN,
        twilio_api_url="http://twilio.test",
    )


@pytest.fixture(scope="session")
async def opened(settings: Settings) -> AsyncIterator[Runtime]:
    # As a worker's: what is read and written is the same, and statements are planned once instead of each time.
    rt = open_runtime(settings, pool=5, planned_once=True)
    await schema.migrate(rt)
    yield rt
    await rt.close()


@pytest.fixture(autouse=True)
def environment() -> None:
    """What an earlier test had in its environment is forgotten."""
    load.cache_clear()


async def empty(connection: AsyncConnection) -> None:
    """Empty every table that people or staff have written to."""
    # The audit log refuses to be emptied; only the owner of the whole server can go around that.
    await connection.execute(text("set local session_replication_role = replica"))
    # Truncating all of them would take most of a test's time.
    for name in (await connection.execute(_FILLED)).scalars().all():
        await connection.execute(text(f"delete from {name}"))  # noqa: S608  (names of tables)


@pytest.fixture
async def rt(opened: Runtime) -> Runtime:
    """A runtime on an empty, migrated database: the test's own, so that what it sets ends with it."""
    async with opened.engine.begin() as connection:
        await empty(connection)
        await connection.execute(
            text("update deployment set clock_offset = 0, last_tick = null, last_collect = null, last_purge = null")
        )
        await library.publish_packaged(connection, opened.real())
    return replace(opened)


def _reachable(factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the unprivileged account PostgreSQL runs under can reach."""
    return factory.mktemp("postgres")
