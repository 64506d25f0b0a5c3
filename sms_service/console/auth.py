"""Signing in: an address, a password and a code from the phone, checked so that nothing tells which was wrong.

Whether an address has an account must show neither in the words nor in the time: an unknown one is checked against a
password nobody has, and both leave a write behind. Every try is written down before it is checked, so that many at
once count as many, by the address of the account and by that of the network, however many accounts are tried from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import audit, passwords, recovery
from sms_service.console import sessions
from sms_service.runtime import Runtime, new_id
from sms_service.staff import matching_step

_TRIES, _TRIES_FROM_A_NETWORK = 5, 60
"""A whole organisation may sit behind one network address; whoever tries many accounts from one is soon stopped."""
_WINDOW = timedelta(minutes=15)
_KEPT = timedelta(days=1)
_LOCK = text("select pg_advisory_xact_lock(:lock)")
_TRY = text("insert into sign_in_attempts (id, email_hash, at) values (:id, :hash, :now)")
_TOUCH = text("update sign_in_attempts set at = at where email_hash = :hash")
_FROM_A_NETWORK = text("select count(*) from sign_in_attempts where email_hash = :hash and at > :since")
# Who got in is not counted: a whole team signs in on a Monday morning.
_LET_ONE_GO = text("""
    delete from sign_in_attempts where id =
        (select id from sign_in_attempts where email_hash = :hash order by at desc limit 1)
""")


class SignInError(Exception):
    """Not let in. `waits` after too many tries: then nothing was checked. Otherwise something was wrong, and which is
    not said.
    """

    def __init__(self, *, waits: bool) -> None:
        super().__init__("too many tries" if waits else "something was wrong")
        self.waits = waits


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was typed into the sign-in form. `recovery` is a code that was kept for the day the phone is lost.

    `network` is the address of the network it came from, "" for somebody who is signed in already.
    """

    email: str
    password: str
    code: str
    recovery: str = ""
    network: str = ""

    @property
    def address(self) -> str:
        """The address as accounts are stored."""
        return self.email.strip().casefold()


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody who may come in: the new session's token, and the language they chose, if they did."""

    token: str
    language: str | None


@dataclass(frozen=True, slots=True)
class _Account:
    id: UUID | None
    password_hash: str
    totp_secret: str
    language: str | None


async def sign_in(rt: Runtime, given: Credentials) -> Admitted:
    """Open a session. Raises SignInError."""
    account = await _checked(rt, given)
    step = matching_step(account.totp_secret, given.code, rt.real())
    if account.id is not None and (step is not None or given.recovery):
        async with rt.begin() as (connection, _):
            if await _used_up(rt, connection, account.id, step, given):
                return await _admit(rt, connection, account.id, account.language, given)
    await _note_failure(rt, account.id, given)
    raise SignInError(waits=False)


async def confirm(rt: Runtime, email: str, password: str, factor: str | None = None) -> bool:
    """Whether this is the password of an account that is signed in. Raises SignInError after too many tries.

    With a `factor` that must be right, too, and is used up: a code of the phone's, or one that was kept for recovery.
    """
    given = Credentials(email, password, factor or "", factor or "")
    try:
        account = await _checked(rt, given)
    except SignInError as refused:
        if refused.waits:
            raise
        return False
    step = matching_step(account.totp_secret, given.code, rt.real())
    async with rt.begin() as (connection, _):
        if factor is None or (account.id and await _used_up(rt, connection, account.id, step, given)):
            await _forget_tries(rt, connection, given)
            return True
    await _note_failure(rt, account.id, given)
    return False


async def _checked(rt: Runtime, given: Credentials) -> _Account:
    """Return the account if the password is right; one that is nobody's never is. Raises SignInError."""
    if not await _may_try(rt, given):
        raise SignInError(waits=True)
    account = await _account(rt, given)
    if await passwords.right(given.password, account.password_hash):
        return account
    await _note_failure(rt, account.id, given)
    raise SignInError(waits=False)


async def _may_try(rt: Runtime, given: Credentials) -> bool:
    """Write the try down, or return False if this address or this network has to wait."""
    hashed, network, now = _hash(rt, given.address), _network(rt, given), rt.real()
    counted = sorted({hashed, network} - {b""})
    async with rt.begin() as (connection, _):
        for one in counted:  # in one order, so that two tries never wait for each other
            await connection.execute(_LOCK, {"lock": int.from_bytes(one[:8], signed=True)})
        if _waits(await _last_tries(connection, hashed), now):
            return False
        values = {"hash": network, "since": now - _WINDOW}
        if network and (await connection.execute(_FROM_A_NETWORK, values)).scalar_one() >= _TRIES_FROM_A_NETWORK:
            return False
        await connection.execute(_TRY, [{"id": new_id(), "hash": one, "now": now} for one in counted])
    return True


async def _account(rt: Runtime, given: Credentials) -> _Account:
    statement = text("""
        select id, password_hash, totp_secret, language from staff where email = :email and disabled_at is null
    """)
    nobody = _Account(None, await passwords.nobodys(), pyotp.random_base32(), None)
    async with rt.begin() as (connection, _):
        row = (await connection.execute(statement, {"email": given.address})).one_or_none()
    if row is None:
        return nobody
    return _Account(row.id, row.password_hash, rt.vault.unwrap(row.totp_secret, b"totp").decode(), row.language)


async def _used_up(
    rt: Runtime, connection: AsyncConnection, account: UUID, step: int | None, given: Credentials
) -> bool:
    """Use the second factor up, so that nobody can use it again; False if somebody has."""
    if step is None:
        return await recovery.use(rt, connection, account, given.recovery)
    used = await connection.execute(
        text("update staff set totp_step = :step where id = :id and totp_step < :step"), {"step": step, "id": account}
    )
    return used.rowcount == 1


async def _admit(
    rt: Runtime, connection: AsyncConnection, account: UUID, language: str | None, given: Credentials
) -> Admitted:
    await _forget_tries(rt, connection, given)
    token = await sessions.open_session(rt, connection, account)
    await audit.note(connection, staff_id=account, act="signed.in", program_id=None, about="", now=rt.real())
    return Admitted(token, language)


async def _forget_tries(rt: Runtime, connection: AsyncConnection, given: Credentials) -> None:
    await connection.execute(
        text("delete from sign_in_attempts where email_hash = :hash or at < :old"),
        {"hash": _hash(rt, given.address), "old": rt.real() - _KEPT},
    )
    if given.network:
        await connection.execute(_LET_ONE_GO, {"hash": _network(rt, given)})


async def _note_failure(rt: Runtime, account: UUID | None, given: Credentials) -> None:
    """Note a failure where there is an account. Where there is none, do the same and take the note back.

    Both commit a write, since waiting for the disk is what takes longest.
    """
    async with rt.begin() as (connection, _):
        await connection.execute(_TOUCH, {"hash": _hash(rt, given.address)})
        noted = await connection.begin_nested()
        await audit.note(connection, staff_id=account, act="sign-in.failed", program_id=None, about="", now=rt.real())
        await (noted.commit() if account else noted.rollback())


def _hash(rt: Runtime, email: str) -> bytes:
    return rt.vault.sign(b"sign-in:" + email.encode())


def _network(rt: Runtime, given: Credentials) -> bytes:
    return rt.vault.sign(b"sign-in from:" + given.network.encode()) if given.network else b""


async def _last_tries(connection: AsyncConnection, hashed: bytes) -> list[datetime]:
    statement = text("select at from sign_in_attempts where email_hash = :hash order by at desc limit :n")
    return list((await connection.execute(statement, {"hash": hashed, "n": _TRIES})).scalars())


def _waits(tries: list[datetime], now: datetime) -> bool:
    """Whether the last five tries, newest first, lie within 15 minutes and the newest less than 15 minutes back."""
    if len(tries) < _TRIES:
        return False
    return tries[0] - tries[-1] <= _WINDOW and now - tries[0] < _WINDOW
