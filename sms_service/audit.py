"""The audit log: who did or read what, and when. Rows are only ever added, and each seals all that came before it.

A row's hash goes over its content and the hash of the row before, so that a row changed, left out or put in later
breaks the chain from there on. The table itself refuses to change or take away a row.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LOCK = text("select pg_advisory_xact_lock(7267737)")
_LAST = text("select n, hash from audit order by n desc limit 1")
_ADD = text("""
    insert into audit (n, at, staff_id, program_id, act, about, hash)
    values (:n, :at, :staff, :program, :act, :about, :hash)
""")
_EVERY = text("select n, at, staff_id, program_id, act, about, hash from audit order by n")
_START = bytes(32)


@dataclass(frozen=True, slots=True)
class Checked:
    """The chain looked over: how many rows there are, the first that does not fit, and the last row's hash.

    Rows cut off at the end leave a whole chain: only a hash that was written down elsewhere tells of them.
    """

    rows: int
    broken: int | None
    last: str


async def note(
    connection: AsyncConnection,
    *,
    staff_id: UUID | None,
    act: str,
    program_id: UUID | None,
    about: str,
    now: datetime,
) -> None:
    """Write one row. `act` is a short fixed word group, `about` an id at most; never a person, a number or a word.

    Others wait until this transaction ends, so call it as the last thing in it. `staff_id` is None at the command line.
    """
    await connection.execute(_LOCK)
    last = (await connection.execute(_LAST)).one_or_none()
    n, before = (last.n + 1, bytes(last.hash)) if last else (1, _START)
    values = {"n": n, "at": now, "staff": staff_id, "program": program_id, "act": act, "about": about}
    await connection.execute(_ADD, {**values, "hash": _hash(before, n, now, staff_id, program_id, act, about)})


async def verify(connection: AsyncConnection) -> Checked:
    """Go through the whole chain."""
    before, rows, broken = _START, 0, None
    async with connection.stream(_EVERY) as found:
        async for row in found:
            rows += 1
            wanted = _hash(before, rows, row.at, row.staff_id, row.program_id, row.act, row.about)
            if broken is None and (row.n != rows or bytes(row.hash) != wanted):
                broken = rows
            before = bytes(row.hash)
    return Checked(rows, broken, before.hex() if rows else "")


def _hash(before: bytes, n: int, at: datetime, *rest: object) -> bytes:
    words = [None if one is None else str(one) for one in rest]
    content = json.dumps([n, at.astimezone(UTC).isoformat(), *words], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(before + content.encode()).digest()
