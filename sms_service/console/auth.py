"""Signing in: an address, a password and a code from the phone, checked so that nothing tells which was wrong.

Whether an address has an account must show neither in the words nor in the time: an unknown one is checked against a
password nobody has. Every try is written down before it is checked, so that many at once count as many.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

import pyotp
from pwdlib import PasswordHash
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.console import sessions
from sms_service.runtime import Runtime, new_id

_HASHES = PasswordHash.recommended()
_TRIES = 5
_WINDOW = timedelta(minutes=15)
_KEPT = timedelta(days=1)
_STEP = 30
_LONGEST = 1024


class SignInError(Exception):
    """Not let in. `waits` after too many tries: then nothing was checked. Otherwise something was wrong, and which is
    not said.
    """

    def __init__(self, *, waits: bool) -> None:
        super().__init__("too many tries" if waits else "something was wrong")
        self.waits = waits


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was typed into the sign-in form."""

    email: str
    password: str
    code: str

    @property
    def address(self) -> str:
        """The address as accounts are stored."""
        return self.email.strip().casefold()


@dataclass(frozen=True, slots=True)
class _Account:
    id: UUID | None
    password_hash: str
    totp_secret: str


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Checks who wants in. `turns` keeps argon2, which is costly on purpose, from taking every core."""

    rt: Runtime
    turns: asyncio.Semaphore

    async def sign_in(self, given: Credentials) -> str:
        """Return a new session's token. Raises SignInError."""
        if not await self._may_try(given):
            raise SignInError(waits=True)
        account = await self._account(given)
        async with self.turns:
            right = await asyncio.to_thread(_password_is_right, account, given.password)
        step = matching_step(account.totp_secret, given.code, self.rt.real())
        if account.id is None or not right or step is None:
            raise SignInError(waits=False)
        return await self._admit(account.id, step, given)

    async def _may_try(self, given: Credentials) -> bool:
        """Write the try down, or return False if this address has to wait."""
        hashed, now = self._hash(given), self.rt.real()
        async with self.rt.begin() as (connection, _):
            lock = int.from_bytes(hashed[:8], signed=True)
            await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": lock})
            if _waits(await _last_tries(connection, hashed), now):
                return False
            await connection.execute(
                text("insert into sign_in_attempts (id, email_hash, at) values (:id, :hash, :now)"),
                {"id": new_id(), "hash": hashed, "now": now},
            )
        return True

    async def _account(self, given: Credentials) -> _Account:
        statement = text("""
            select id, password_hash, totp_secret from staff where email = :email and disabled_at is null
        """)
        async with self.rt.begin() as (connection, _):
            row = (await connection.execute(statement, {"email": given.address})).one_or_none()
        if row is None:
            return _nobody()
        return _Account(row.id, row.password_hash, self.rt.vault.unwrap(row.totp_secret, b"totp").decode())

    async def _admit(self, staff_id: UUID, step: int, given: Credentials) -> str:
        async with self.rt.begin() as (connection, _):
            used = await connection.execute(
                text("update staff set totp_step = :step where id = :id and totp_step < :step"),
                {"step": step, "id": staff_id},
            )
            if used.rowcount != 1:
                raise SignInError(waits=False)
            await connection.execute(
                text("delete from sign_in_attempts where email_hash = :hash or at < :old"),
                {"hash": self._hash(given), "old": self.rt.real() - _KEPT},
            )
            return await sessions.open_session(self.rt, connection, staff_id)

    def _hash(self, given: Credentials) -> bytes:
        return self.rt.vault.sign(b"sign-in:" + given.address.encode())


@cache
def _nobody() -> _Account:
    return _Account(None, _HASHES.hash(secrets.token_hex()), pyotp.random_base32())


def _password_is_right(account: _Account, password: str) -> bool:
    return _HASHES.verify(password[:_LONGEST], account.password_hash)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the 30-second step (RFC 6238) a code belongs to: this one, the one before or the one after."""
    given, totp = "".join(code.split()), pyotp.TOTP(secret)
    step = int(now.timestamp()) // _STEP
    found = None
    for candidate in (step - 1, step, step + 1):
        if hmac.compare_digest(totp.at(candidate * _STEP).encode(), given.encode()):
            found = candidate
    return found


async def _last_tries(connection: AsyncConnection, hashed: bytes) -> list[datetime]:
    statement = text("select at from sign_in_attempts where email_hash = :hash order by at desc limit :n")
    return list((await connection.execute(statement, {"hash": hashed, "n": _TRIES})).scalars())


def _waits(tries: list[datetime], now: datetime) -> bool:
    """Whether the last five tries, newest first, lie within 15 minutes and the newest less than 15 minutes back."""
    if len(tries) < _TRIES:
        return False
    return tries[0] - tries[-1] <= _WINDOW and now - tries[0] < _WINDOW
