"""Staff: who may sign in to the console, with a password and a second factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyotp
from pwdlib import PasswordHash
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.runtime import Runtime, new_id

_HASHES = PasswordHash.recommended()
_LEAST_PASSWORD = 12


class StaffError(ValueError):
    """An account that cannot be made or used, said in one line."""


@dataclass(frozen=True, slots=True)
class Account:
    """A new account's sign-in, shown once to whoever made it."""

    id: UUID
    email: str
    totp_secret: str
    totp_uri: str


async def add(
    rt: Runtime,
    connection: AsyncConnection,
    *,
    email: str,
    name: str,
    password: str,
    roles: dict[UUID, str],
    now: datetime,
    totp_secret: str | None = None,
) -> Account:
    """Make an account with roles by program. Raises StaffError on a taken address or a short password."""
    email = email.strip().casefold()
    if "@" not in email:
        raise StaffError(f"{email!r} is not an e-mail address")
    if len(password) < _LEAST_PASSWORD:
        raise StaffError(f"a password needs {_LEAST_PASSWORD} characters or more")
    taken = await connection.execute(text("select 1 from staff where email = :email"), {"email": email})
    if taken.scalar():
        raise StaffError(f"{email} has an account already")
    account, secret = new_id(), totp_secret or pyotp.random_base32()
    await connection.execute(
        text("""insert into staff (id, email, name, password_hash, totp_secret, created_at)
                values (:id, :email, :name, :hash, :totp, :now)"""),
        {
            "id": account,
            "email": email,
            "name": name,
            "hash": _HASHES.hash(password),
            "totp": rt.vault.wrap(secret.encode(), b"totp"),
            "now": now,
        },
    )
    for program, role in roles.items():
        await connection.execute(
            text("insert into staff_roles (staff_id, program_id, role) values (:s, :p, :r)"),
            {"s": account, "p": program, "r": role},
        )
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Check-in line")
    return Account(account, email, secret, uri)
