"""Staff: who may sign in to the console, with a password and a second factor."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import passwords
from sms_service.runtime import Runtime, new_id

ROLES = ("administrator", "coordinator", "auditor", "support_lead")
SUPPORT_LEAD = "support_lead"
"""The role that excludes all others: who calls people must be nobody who coordinates, administers or audits them."""

_STEP = 30
_NOT_IN_AN_ADDRESS = set(' ,;:<>()[]\\"')
_LONGEST_EMAIL = 254


class StaffError(ValueError):
    """An account that cannot be made or used, said in one line."""


_MAY_BEGIN = text("update staff set may_begin = :may where id = :id and may_begin <> :may")
_ROLE = text("""
    insert into staff_roles (staff_id, program_id, role) values (:s, :p, :r)
    on conflict (staff_id, program_id) do update set role = excluded.role
""")


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who is to have an account."""

    email: str
    name: str
    role: str


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
    """Make an account with roles by program. Raises StaffError on a taken address, a short password or roles that
    exclude each other.
    """
    if len(password) < passwords.LEAST:
        raise StaffError(f"a password needs {passwords.LEAST} characters or more")
    return await make(
        rt,
        connection,
        email=email,
        name=name,
        password_hash=await passwords.hashed(password),
        roles=roles,
        now=now,
        totp_secret=totp_secret,
    )


async def make(
    rt: Runtime,
    connection: AsyncConnection,
    *,
    email: str,
    name: str,
    password_hash: str,
    roles: dict[UUID, str],
    now: datetime,
    totp_secret: str | None = None,
) -> Account:
    """Make an account as `add` does, with a password that was hashed before the transaction began."""
    email = read_email(email)
    await _refuse_taken(connection, email, set(roles.values()))
    _refuse_both(email, set(roles.values()))
    account, secret = new_id(), totp_secret or pyotp.random_base32()
    await connection.execute(
        text("""insert into staff (id, email, name, password_hash, totp_secret, created_at)
                values (:id, :email, :name, :hash, :totp, :now)"""),
        {
            "id": account,
            "email": email,
            "name": name,
            "hash": password_hash,
            "totp": rt.vault.wrap(secret.encode(), b"totp"),
            "now": now,
        },
    )
    for program, role in roles.items():
        await connection.execute(_ROLE, {"s": account, "p": program, "r": role})
    return Account(account, email, secret, factor_uri(email, secret))


def factor_uri(email: str, secret: str) -> str:
    """Return what an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Check-in line")


def read_email(email: str) -> str:
    """Return an address as accounts are stored. Raises StaffError for what is none."""
    email = email.strip().casefold()
    name, mark, host = email.rpartition("@")
    # What separates or wraps addresses in a letter's head would send a link to two mailboxes.
    plain = len(email) <= _LONGEST_EMAIL and email.isprintable() and not set(email) & _NOT_IN_AN_ADDRESS
    if not (name and mark and host and plain and "@" not in name):
        raise StaffError(f"{email!r} is not an e-mail address; one is dora@example.org")
    return email


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the 30-second step (RFC 6238) a code belongs to: this one, the one before or the one after."""
    given, totp = "".join(code.split()), pyotp.TOTP(secret)
    step = int(now.timestamp()) // _STEP
    found = None
    for candidate in (step - 1, step, step + 1):
        if hmac.compare_digest(totp.at(candidate * _STEP).encode(), given.encode()):
            found = candidate
    return found


async def find(connection: AsyncConnection, email: str) -> UUID:
    """Return the account of an address, locked until the transaction ends. Raises StaffError if there is none."""
    statement = text("select id from staff where email = :email and disabled_at is null for no key update")
    found = (await connection.execute(statement, {"email": email.strip().casefold()})).scalar()
    if found is None:
        raise StaffError(f"{email!r} has no account; `sms-service staff add` makes one")
    return UUID(str(found))


async def give_role(connection: AsyncConnection, account: UUID, program: UUID, role: str) -> None:
    """Give an account that `find` returned a role in a program. Raises StaffError if it excludes one they have."""
    rows = await connection.execute(
        text("""select r.role, s.email from staff_roles r join staff s on s.id = r.staff_id
                where r.staff_id = :id and (r.program_id <> :program or r.role <> :role)"""),
        {"id": account, "program": program, "role": role},
    )
    held = {row.role: row.email for row in rows}
    if held:
        _refuse_both(next(iter(held.values())), {*held, role})
    await connection.execute(_ROLE, {"s": account, "p": program, "r": role})
    await let_begin(connection, account, may=False)


async def let_begin(connection: AsyncConnection, account: UUID, *, may: bool = True) -> None:
    """Let an account that has no role make a program, and administer it. That ends with its first role."""
    await connection.execute(_MAY_BEGIN, {"id": account, "may": may})


async def _refuse_taken(connection: AsyncConnection, email: str, wanted: set[str]) -> None:
    statement = text("""
        select coalesce(array_agg(r.role) filter (where r.role is not null), '{}')
        from staff s left join staff_roles r on r.staff_id = s.id where s.email = :email group by s.id
    """)
    held = (await connection.execute(statement, {"email": email})).scalar()
    if held is not None:
        _refuse_both(email, {*held, *wanted})
        raise StaffError(f"{email} has an account already")


def _refuse_both(email: str, roles: set[str]) -> None:
    """Raise StaffError where a support lead would be anything else as well."""
    others = sorted(roles - {SUPPORT_LEAD})
    if SUPPORT_LEAD in roles and others:
        raise StaffError(
            f"{email}: support_lead and {others[0]} exclude each other, in any program; "
            "who calls people must have no other role here"
        )
