"""`sms-service staff`: console accounts, for whoever runs the service. Support leads are made and mended here alone."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import accounts, audit, programs, staff, staff_links
from sms_service.command import with_runtime
from sms_service.runtime import Runtime
from sms_service.staff import ROLES, Invited, StaffError

Work = Callable[[Runtime, AsyncConnection], Awaitable[None]]


def add_to(commands: Any) -> None:
    """Add `staff` and what it does."""
    made = commands.add_parser("staff", help="console accounts").add_subparsers(required=True)
    add = made.add_parser("add", help="add an account; the password is asked for, or read from standard input")
    add.add_argument("email")
    add.add_argument("--name", required=True)
    add.set_defaults(run=_add)
    invite = made.add_parser("invite", help="make a link with which somebody makes an account of their own")
    invite.add_argument("email")
    invite.add_argument("--name", default="", help="they can change it")
    invite.set_defaults(run=_invite)
    for one in (add, invite):
        needed = one is invite
        one.add_argument("--program", required=needed, help="the program's short address, such as demo")
        one.add_argument("--role", choices=sorted(ROLES), default="coordinator")
    for name, run, words in (
        ("reset", _reset, "make a link to a new password and a new second factor"),
        ("disable", _disable, "close an account, and sign it out"),
        ("enable", _enable, "open a closed account again"),
    ):
        one = made.add_parser(name, help=words)
        one.add_argument("email")
        one.set_defaults(run=run)
    made.add_parser("list", help="every account with its roles").set_defaults(run=_list)


def _add(chosen: argparse.Namespace) -> int:
    password = (
        getpass.getpass("Password, 12 characters or more: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    )

    async def work(rt: Runtime, connection: AsyncConnection) -> None:
        if not chosen.program and chosen.role != "administrator":
            raise StaffError(f"--program is needed for the role {chosen.role}; only an administrator can do without")
        program = await _program(connection, chosen.program) if chosen.program else None
        made = await staff.add(
            rt,
            connection,
            email=chosen.email,
            name=chosen.name,
            password=password,
            roles={program: chosen.role} if program else {},
            now=rt.real(),
        )
        if program is None:
            await staff.let_begin(connection, made.id)
            print("They make their first program in the console, and administer it")
        print(f"{made.email} may sign in at {rt.settings.public_url}/console")
        print(f"Second factor, for an authenticator app, shown once: {made.totp_secret}")
        await _note(rt, connection, "account.added", made.id, program, chosen.role)

    return _done(work)


def _invite(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime, connection: AsyncConnection) -> None:
        program = await _program(connection, chosen.program)
        email = staff.read_email(chosen.email)
        if any(member.email == email for member in await accounts.members(connection)):
            raise StaffError(f"{email} has an account already")
        link = await staff_links.invite(rt, connection, Invited(email, chosen.name, chosen.role), program, None)
        print(f"For {email}, works once and for 3 days: {link}")
        await _note(rt, connection, "account.invited", None, program, chosen.role)

    return _done(work)


def _reset(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime, connection: AsyncConnection) -> None:
        account = await staff.find(connection, chosen.email)
        link = await staff_links.reset(rt, connection, chosen.email, None)
        print(f"For {chosen.email}, works once and for 3 days: {link}")
        await _note(rt, connection, "reset.made", account)

    return _done(work)


def _disable(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime, connection: AsyncConnection) -> None:
        account = await staff.find(connection, chosen.email)
        await accounts.disable(connection, account, rt.real())
        print(f"{chosen.email} is closed, and signed out")
        await _note(rt, connection, "account.closed", account)

    return _done(work)


def _enable(chosen: argparse.Namespace) -> int:
    async def work(rt: Runtime, connection: AsyncConnection) -> None:
        email = staff.read_email(chosen.email)
        closed = [one.id for one in await accounts.members(connection) if one.email == email and one.disabled_at]
        if not closed:
            raise StaffError(f"{email!r} has no closed account; `sms-service staff list` shows all")
        await accounts.enable(connection, closed[0])
        print(f"{email} is open again, with the password and roles it had")
        await _note(rt, connection, "account.opened", closed[0])

    return _done(work)


def _list(_: argparse.Namespace) -> int:
    async def work(_: Runtime, connection: AsyncConnection) -> None:
        slugs = {program.id: program.slug for program in await programs.load(connection)}
        for member in await accounts.members(connection):
            roles = ", ".join(sorted(f"{role} of {slugs[program]}" for program, role in member.roles.items()))
            print(f"{member.email}\t{member.name}\t{roles or 'no role'}\t{'closed' if member.disabled_at else 'open'}")

    return _done(work)


async def _program(connection: AsyncConnection, slug: str) -> UUID:
    found = {program.slug: program.id for program in await programs.load(connection)}
    if slug not in found:
        known = ", ".join(sorted(found)) or "none yet; `sms-service program add` makes one"
        raise StaffError(f"there is no program {slug!r}; there are: {known}")
    return found[slug]


async def _note(
    rt: Runtime,
    connection: AsyncConnection,
    act: str,
    account: UUID | None,
    program: UUID | None = None,
    role: str = "",
) -> None:
    about = ":".join(str(one) for one in (account, role) if one)
    await audit.note(connection, staff_id=None, act=act, program_id=program, about=about, now=rt.real())


def _done(work: Work) -> int:
    async def run(rt: Runtime) -> int:
        async with rt.begin() as (connection, _):
            await work(rt, connection)
        return 0

    return with_runtime(run)
