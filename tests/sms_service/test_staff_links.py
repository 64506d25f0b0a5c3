"""Which links into an account end, and which must not."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from sms_service import accounts, staff, staff_links
from sms_service.runtime import Runtime
from sms_service.staff import Invited, StaffError
from tests import people
from tests.passwords import HASH


@pytest.fixture
async def dora(rt: Runtime) -> UUID:
    """An administrator of the program."""
    await people.program(rt)
    program = await people.one(rt, "select id from programs")
    async with rt.begin() as (connection, now):
        made = await staff.make(
            rt,
            connection,
            email="dora@checkin.test",
            name="Dora",
            password_hash=HASH,
            roles={UUID(str(program)): "administrator"},
            now=now,
        )
    return made.id


async def links(rt: Runtime) -> list[tuple[object, ...]]:
    return await people.rows(rt, "select kind, totp_secret is not null from staff_links order by kind, 2")


async def test_asking_by_e_mail_ends_no_link_that_an_administrator_made(rt: Runtime, dora: UUID) -> None:
    async with rt.begin() as (connection, _):
        await staff_links.reset(rt, connection, "dora@checkin.test", dora)
        await staff_links.reset(rt, connection, "dora@checkin.test", None, mailed=True)
        await staff_links.reset(rt, connection, "dora@checkin.test", None, mailed=True)
    assert await links(rt) == [("reset", False), ("reset", True)]
    async with rt.begin() as (connection, _):
        await staff_links.end_resets(connection, dora)
    assert await links(rt) == []


async def test_the_invitations_of_a_closed_account_end_with_it(rt: Runtime, dora: UUID) -> None:
    program = UUID(str(await people.one(rt, "select id from programs")))
    async with rt.begin() as (connection, now):
        await staff_links.invite(rt, connection, Invited("eve@checkin.test", "Eve", "coordinator"), program, dora)
        await accounts.disable(connection, dora, now)
    assert await links(rt) == []


@pytest.mark.parametrize("role", ["coordinator", ""])
async def test_invitations_end_with_the_role_that_made_them(rt: Runtime, dora: UUID, role: str) -> None:
    program = UUID(str(await people.one(rt, "select id from programs")))
    async with rt.begin() as (connection, _):
        await staff_links.invite(rt, connection, Invited("eve@checkin.test", "Eve", "coordinator"), program, dora)
        await accounts.change_role(connection, dora, program, "administrator")
    assert await links(rt) == [("invitation", True)]
    async with rt.begin() as (connection, _):
        await accounts.change_role(connection, dora, program, role)
    assert await links(rt) == []


async def test_an_older_invitation_does_not_bring_a_role_back(rt: Runtime, dora: UUID) -> None:
    program = UUID(str(await people.one(rt, "select id from programs")))
    async with rt.begin() as (connection, _):
        await staff_links.invite(rt, connection, Invited("dora@checkin.test", "", "administrator"), program, None)
        await accounts.change_role(connection, dora, program, "")
    assert await links(rt) == []


async def test_two_administrators_who_take_each_other_out_leave_one(rt: Runtime, dora: UUID) -> None:
    program = UUID(str(await people.one(rt, "select id from programs")))
    async with rt.begin() as (connection, now):
        account = {"email": "eve@checkin.test", "name": "Eve", "password_hash": HASH}
        eve = await staff.make(rt, connection, **account, roles={program: "administrator"}, now=now)

    async def take(whom: UUID, begun: asyncio.Event, go: asyncio.Event) -> bool:
        async with rt.begin() as (connection, _):
            begun.set()
            try:
                await accounts.spare(connection, whom, {program})
            except StaffError:
                return False
            await go.wait()
            return await accounts.change_role(connection, whom, program, "")

    first, second, go = asyncio.Event(), asyncio.Event(), asyncio.Event()
    one = asyncio.create_task(take(dora, first, go))
    other = asyncio.create_task(take(eve.id, second, go))
    await first.wait()
    await second.wait()
    go.set()
    assert sorted([await one, await other]) == [False, True]
    assert await people.one(rt, "select count(*) from staff_roles") == 1


@pytest.mark.parametrize("email", ["dora@x.org,eve@y.org", "<dora@x.org>", "a@b@c.org", "a;b@c.org", "dora x@y.org"])
def test_one_address_is_one_mailbox(email: str) -> None:
    with pytest.raises(StaffError, match="is not an e-mail address"):
        staff.read_email(email)
