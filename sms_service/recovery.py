"""Recovery codes: ten for an account, each in place of one code from the phone's app. Only keyed hashes are stored."""

from __future__ import annotations

import secrets
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.runtime import Runtime, new_id

HOW_MANY = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
_LENGTH = 12
_FORGET = text("delete from recovery_codes where staff_id = :staff")
_KEEP = text("insert into recovery_codes (id, staff_id, code_hash) values (:id, :staff, :hash)")
_USE = text("delete from recovery_codes where staff_id = :staff and code_hash = any(:hashes)")
_LEFT = text("select count(*) from recovery_codes where staff_id = :staff")


async def renew(rt: Runtime, connection: AsyncConnection, staff_id: UUID) -> list[str]:
    """Return ten new codes, as they are shown this once. Those from before do not work any more."""
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(HOW_MANY)]
    await connection.execute(_FORGET, {"staff": staff_id})
    rows = [{"id": new_id(), "staff": staff_id, "hash": rt.vault.lookup(_named(staff_id, code))} for code in codes]
    await connection.execute(_KEEP, rows)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


async def use(rt: Runtime, connection: AsyncConnection, staff_id: UUID, code: str) -> bool:
    """Use a code up; False if it is none of this account's, or was used before."""
    plain = "".join(letter for letter in code.casefold() if letter.isalnum())
    hashes = rt.vault.lookups(_named(staff_id, plain))
    return bool((await connection.execute(_USE, {"staff": staff_id, "hashes": hashes})).rowcount)


async def left(connection: AsyncConnection, staff_id: UUID) -> int:
    """Return how many codes of an account have not been used."""
    return int((await connection.execute(_LEFT, {"staff": staff_id})).scalar_one())


def _named(staff_id: UUID, code: str) -> str:
    return f"recovery code of {staff_id}: {code}"
