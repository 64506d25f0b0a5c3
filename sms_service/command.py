"""What every command of `sms-service` that needs the database begins and ends with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import audit
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import load


async def note(
    rt: Runtime, connection: AsyncConnection, act: str, program_id: UUID | None = None, about: str = ""
) -> None:
    """Write into the audit log what a command did or read: the last thing in its transaction, as nobody's account."""
    await audit.note(connection, staff_id=None, act=act, program_id=program_id, about=about, now=rt.real())


def with_runtime(work: Callable[[Runtime], Coroutine[Any, Any, int]]) -> int:
    """Open what the environment names, do this, and close it again; return the exit status."""

    async def run() -> int:
        rt = open_runtime(load(), pool=1)
        try:
            return await work(rt)
        finally:
            await rt.close()

    return asyncio.run(run())
