"""What a running process holds: settings, the database, the vault and two clocks.

`now` is the calendar that people live by: schedules and texts. `real` is for leases, backoff, callbacks and sessions.
They differ only where the demo has moved the calendar on; everywhere else the time is passed in as an argument.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from asyncpg.pgproto import pgproto
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from flows import packaged
from sms_service.settings import Settings
from sms_service.vault import Vault

# Plans are kept for the life of a connection. One made while a table was small would scan it for ever after, so every
# statement is told to go by its index: measured, the webhook kept its speed only with this.
_SESSION = {
    "application_name": "sms-service",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
# A small batch costs less than planning its statements does. Not for pages, whose best plan hangs on what is asked for.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}
# Of the 80 bits after the milliseconds, the version and the variant are fixed.
_VERSION_7 = 0x7 << 76 | 0x2 << 62
_RANDOM = (1 << 80) - 1 & ~(0xF << 76 | 0x3 << 62)
_OFFSET = text("select clock_offset from deployment where id = 1")


@dataclass(frozen=True, slots=True)
class Runtime:
    """Opened once a process; everything below takes it as its first argument."""

    settings: Settings
    engine: AsyncEngine
    vault: Vault

    def real(self) -> datetime:
        """Return the real time, in UTC."""
        return datetime.now(UTC)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[tuple[AsyncConnection, datetime]]:
        """Open a transaction and say what time it is in it. Committed on the way out, or rolled back."""
        async with self.engine.begin() as connection:
            offset = (await connection.execute(_OFFSET)).scalar_one()
            yield connection, self.real() + timedelta(seconds=offset)

    async def close(self) -> None:
        """Let go of the database."""
        await self.engine.dispose()


def open_runtime(settings: Settings, *, pool: int = 5, planned_once: bool = False) -> Runtime:
    """Make a runtime. Nothing is connected until the first transaction.

    `planned_once` is for those whose few statements look everything up by its key, many times a second.
    """
    engine = create_async_engine(
        settings.database_url,
        pool_size=pool,
        max_overflow=5,
        pool_timeout=1.5,
        # Bound values are people's words and answers: they must not get into an error or a log.
        hide_parameters=True,
        connect_args={
            "timeout": 1.5,
            "command_timeout": 10,
            "server_settings": {**_SESSION, **(_PLANNED_ONCE if planned_once else {})},
        },
    )
    return Runtime(settings, engine, Vault(settings.secret_key))


def read_ahead() -> None:
    """Read the flows, have whatever is loaded by now stay for good, and garbage be looked for less often.

    Reading them takes a third of a second, which the first batch would wait for.
    A batch makes many small things. Left to itself, collecting takes a fifth of a worker's time, and in the web process
    it shows as pauses of 50 ms.
    """
    packaged()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562, section 5.7): ids sort by the time they were made."""
    number = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10)) & _RANDOM | _VERSION_7
    # The driver's own kind, as rows come with it: quicker to make, and to hand back to the database.
    made: UUID = pgproto.UUID(number.to_bytes(16))
    return made


def first_id(at: datetime) -> UUID:
    """Return the least id that can have been made at this moment or later."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
