"""Links that make an account or mend one: each is used once, within its time, and only its hash is stored.

An invitation makes an account with a role. A reset asked for by e-mail gives a new password alone, so that a mailbox
is not enough to get in; one made by an administrator gives a new second factor, too.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

import pyotp
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import audit, recovery, staff
from sms_service.runtime import Runtime
from sms_service.staff import Invited, StaffError, matching_step

LASTS = timedelta(days=3)
LASTS_BY_MAIL = timedelta(hours=1)
_PURPOSE = b"totp of a link"

_ADD = text("""
    insert into staff_links
        (token_hash, kind, email, name, program_id, role, staff_id, totp_secret, made_by, expires_at)
    values (:hash, :kind, :email, :name, :program, :role, :staff, :totp, :by, :end)
""")
_OLD = text("delete from staff_links where expires_at <= :now")
_INVITED_BEFORE = text("""
    delete from staff_links where kind = 'invitation' and email = :email and program_id = :program
""")
# Anybody can ask for one by e-mail: it must not end what an administrator made.
_RESET_BEFORE = text("""
    delete from staff_links where kind = 'reset' and staff_id = :staff and (totp_secret is null or not :mailed)
""")
_FIND = text("""
    select l.kind, l.email, coalesce(s.name, l.name) as name, l.program_id, p.name as program, l.role, l.staff_id,
        l.totp_secret, l.made_by, a.id as account
    from staff_links l left join programs p on p.id = l.program_id left join staff s on s.id = l.staff_id
        left join staff a on l.kind = 'invitation' and a.email = l.email
    where l.token_hash = :hash and l.expires_at > :now and s.disabled_at is null and a.disabled_at is null
    for no key update of l
""")
_ROLE = text("select role from staff_roles where staff_id = :staff and program_id = :program")
_USE_UP = text("delete from staff_links where token_hash = :hash")
_MEND = text("""
    update staff set password_hash = :password, totp_secret = :totp, totp_step = :step where id = :staff
""")
_NEW_PASSWORD = text("update staff set password_hash = :password where id = :staff")
_SIGN_OUT = text("delete from staff_sessions where staff_id = :staff")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link leads to. `secret` is the new second factor's, "" where the old one stays.

    `account` is whose the address of an invitation is, if it has an account: that one gets the role.
    """

    kind: Literal["invitation", "reset"]
    email: str
    name: str
    program: str
    program_id: UUID | None
    role: str
    staff_id: UUID | None
    secret: str
    made_by: UUID | None
    account: UUID | None

    @property
    def uri(self) -> str:
        """What an authenticator app reads from a QR code."""
        return staff.factor_uri(self.email, self.secret)


@dataclass(frozen=True, slots=True)
class Used:
    """A link that was used: whose account it is now, and the new recovery codes, if there are any."""

    staff_id: UUID
    codes: list[str]


async def invite(rt: Runtime, connection: AsyncConnection, invited: Invited, program: UUID, by: UUID | None) -> str:
    """Return the address of an invitation. One to the same address for the same program before ends.

    Raises StaffError for what is no address.
    """
    email = staff.read_email(invited.email)
    await connection.execute(_INVITED_BEFORE, {"email": email, "program": program})
    values = {"kind": "invitation", "email": email, "name": invited.name, "role": invited.role, "program": program}
    return await _add(rt, connection, {**values, "staff": None, "by": by}, LASTS, fresh_factor=True)


async def reset(rt: Runtime, connection: AsyncConnection, email: str, by: UUID | None, *, mailed: bool = False) -> str:
    """Return the address of a reset; those before end. Raises StaffError if there is no such account.

    One asked for from the sign-in page (`mailed`) leaves the second factor as it is.
    """
    account = await staff.find(connection, email)
    await connection.execute(_RESET_BEFORE, {"staff": account, "mailed": mailed})
    values = {"kind": "reset", "email": staff.read_email(email), "name": "", "role": None, "program": None}
    lasts = LASTS_BY_MAIL if mailed else LASTS
    return await _add(rt, connection, {**values, "staff": account, "by": by}, lasts, fresh_factor=not mailed)


async def end_resets(connection: AsyncConnection, account: UUID) -> None:
    """End every link that would give this account another password."""
    await connection.execute(_RESET_BEFORE, {"staff": account, "mailed": False})


async def find(rt: Runtime, connection: AsyncConnection, token: str) -> Link | None:
    """Return what a link leads to, or None if it was used, is over or never was one."""
    row = (await connection.execute(_FIND, {"hash": _hash(rt, token), "now": rt.real()})).one_or_none()
    if row is None:
        return None
    secret = rt.vault.unwrap(row.totp_secret, _PURPOSE).decode() if row.totp_secret else ""
    program, role = row.program or "", row.role or ""
    whose = (row.staff_id, secret, row.made_by, row.account)
    return Link(row.kind, row.email, row.name, program, row.program_id, role, *whose)


async def follow(rt: Runtime, connection: AsyncConnection, token: str, name: str, hashed: str, code: str) -> Used:
    """Use a link up: make the account, or give it a new password. Raises StaffError, and then the link stays.

    The password comes hashed: that takes long, and nobody is to wait for it inside a transaction.
    Whoever was signed in to a mended account is signed out.
    """
    link = await find(rt, connection, token)
    if link is None:
        raise StaffError("this link does not work any more")
    step = matching_step(link.secret, code, rt.real()) if link.secret else 0
    if step is None:
        raise StaffError("the code is not right")
    if link.staff_id:
        made = await _mended(rt, connection, link, link.staff_id, hashed, step)
    else:
        made = await _made(rt, connection, link, name, hashed, step)
    await connection.execute(_USE_UP, {"hash": _hash(rt, token)})
    codes = await recovery.renew(rt, connection, made) if link.secret else []
    act = "invitation.accepted" if link.kind == "invitation" else "password.reset"
    about = link.role if link.kind == "invitation" else ""
    await audit.note(connection, staff_id=made, act=act, program_id=link.program_id, about=about, now=rt.real())
    return Used(made, codes)


async def join(rt: Runtime, connection: AsyncConnection, token: str, account: UUID) -> None:
    """Use an invitation up for the account that its address has: give it the role. Raises StaffError, and then the
    link stays.
    """
    link = await find(rt, connection, token)
    if link is None or link.program_id is None or link.account != account:
        raise StaffError("this link does not work any more")
    await staff.find(connection, link.email)
    held = await connection.execute(_ROLE, {"staff": account, "program": link.program_id})
    if held.first() is not None:
        raise StaffError(f"{link.email} has a role in this program already")
    await staff.give_role(connection, account, link.program_id, link.role)
    await connection.execute(_USE_UP, {"hash": _hash(rt, token)})
    act, about = "invitation.accepted", link.role
    await audit.note(connection, staff_id=account, act=act, program_id=link.program_id, about=about, now=rt.real())


async def asked_lately(rt: Runtime, connection: AsyncConnection, account: UUID) -> bool:
    """Whether an account was sent a reset less than 15 minutes ago: more would only fill a mailbox."""
    statement = text("""
        select 1 from staff_links where staff_id = :staff and made_by is null and expires_at > :then
            and expires_at <= :end
    """)
    end = rt.real() + LASTS_BY_MAIL
    values = {"staff": account, "then": end - timedelta(minutes=15), "end": end}
    return (await connection.execute(statement, values)).first() is not None


async def _add(
    rt: Runtime, connection: AsyncConnection, values: dict[str, object], lasts: timedelta, *, fresh_factor: bool
) -> str:
    token, now = secrets.token_urlsafe(32), rt.real()
    await connection.execute(_OLD, {"now": now})
    totp = rt.vault.wrap(pyotp.random_base32().encode(), _PURPOSE) if fresh_factor else None
    await connection.execute(_ADD, {**values, "hash": _hash(rt, token), "totp": totp, "end": now + lasts})
    return f"{rt.settings.public_url}/console/link/{token}"


async def _mended(rt: Runtime, connection: AsyncConnection, link: Link, account: UUID, hashed: str, step: int) -> UUID:
    values = {"password": hashed, "staff": account}
    if link.secret:
        totp = rt.vault.wrap(link.secret.encode(), b"totp")
        await connection.execute(_MEND, {**values, "totp": totp, "step": step})
    else:
        await connection.execute(_NEW_PASSWORD, values)
    await connection.execute(_SIGN_OUT, {"staff": account})
    return account


async def _made(rt: Runtime, connection: AsyncConnection, link: Link, name: str, hashed: str, step: int) -> UUID:
    made = await staff.make(
        rt,
        connection,
        email=link.email,
        name=name,
        password_hash=hashed,
        roles={link.program_id: link.role} if link.program_id else {},
        now=rt.real(),
        totp_secret=link.secret,
    )
    await connection.execute(text("update staff set totp_step = :step where id = :id"), {"step": step, "id": made.id})
    return made.id


def _hash(rt: Runtime, token: str) -> bytes:
    return rt.vault.sign(b"link:" + token.encode())
