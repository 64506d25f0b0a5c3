"""Accounts as an administrator keeps them: who has a role in their programs, and what they may change of it.

An administrator may do to an account only what lies wholly within their own programs, and nothing to a support lead's:
whoever could mend a lead's way in could read whom that lead calls. Leads' accounts are kept at the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.staff import ROLES, SUPPORT_LEAD, StaffError

OFFERED = tuple(role for role in ROLES if role != SUPPORT_LEAD)
"""The roles that an administrator may give."""

_LOAD = text("""
    select s.id, s.email, s.name, s.disabled_at, s.created_at,
        coalesce(jsonb_object_agg(r.program_id, r.role) filter (where r.role is not null), '{}') as roles,
        (select max(seen_at) from staff_sessions t where t.staff_id = s.id) as seen_at
    from staff s left join staff_roles r on r.staff_id = s.id
    where cast(:programs as uuid[]) is null or s.id in
        (select staff_id from staff_roles where program_id = any(cast(:programs as uuid[])))
    group by s.id order by s.name, s.id
""")
_DISABLE = text("update staff set disabled_at = :now where id = :id and disabled_at is null")
_ENABLE = text("update staff set disabled_at = null where id = :id and disabled_at is not null")
_SIGN_OUT = text("delete from staff_sessions where staff_id = :id")
_LINKS = text("delete from staff_links where staff_id = :id or made_by = :id")
_TAKE = text("delete from staff_roles where staff_id = :id and program_id = :program and role <> 'support_lead'")
_GIVE = text("""
    update staff_roles set role = :role where staff_id = :id and program_id = :program and role <> 'support_lead'
""")
_HOLD = text("select id from programs where id = any(:programs) order by id for no key update")
_LAST = text("""
    select 1 from staff_roles r
    where r.staff_id = :id and r.program_id = any(:programs) and r.role = 'administrator' and not exists (
        select 1 from staff_roles o join staff s on s.id = o.staff_id
        where o.program_id = r.program_id and o.role = 'administrator' and o.staff_id <> r.staff_id
            and s.disabled_at is null)
""")
# An older invitation must not bring back what was taken away, nor one by somebody who may invite no more.
_END_LINKS = text("""
    delete from staff_links l where l.kind = 'invitation' and l.program_id = :program
            and l.email = (select email from staff where id = :id)
        or l.made_by = :id and (l.program_id = :program or l.kind = 'reset') and not exists (
            select 1 from staff_roles where staff_id = :id and program_id = :program and role = 'administrator')
""")


@dataclass(frozen=True, slots=True)
class Member:
    """An account as a list shows it. `seen_at` is when it was last signed in and used, if it still is."""

    id: UUID
    email: str
    name: str
    roles: Mapping[UUID, str]
    disabled_at: datetime | None
    created_at: datetime
    seen_at: datetime | None

    @property
    def leads(self) -> bool:
        """Whether this is a support lead."""
        return SUPPORT_LEAD in self.roles.values()

    def within(self, programs: Set[UUID]) -> bool:
        """Whether somebody who administers these programs may close, open or mend this account."""
        return not self.leads and self.roles.keys() <= programs


async def members(connection: AsyncConnection, programs: Set[UUID] | None = None) -> list[Member]:
    """Return who has a role in these programs, or everybody, by name."""
    wanted = None if programs is None else list(programs)
    return [
        Member(
            row.id,
            row.email,
            row.name,
            {UUID(program): role for program, role in row.roles.items()},
            row.disabled_at,
            row.created_at,
            row.seen_at,
        )
        for row in await connection.execute(_LOAD, {"programs": wanted})
    ]


async def disable(connection: AsyncConnection, account: UUID, now: datetime) -> bool:
    """Close an account and end its sessions and links; False if it was closed."""
    done = (await connection.execute(_DISABLE, {"id": account, "now": now})).rowcount
    await connection.execute(_SIGN_OUT, {"id": account})
    await connection.execute(_LINKS, {"id": account})
    return bool(done)


async def enable(connection: AsyncConnection, account: UUID) -> bool:
    """Open an account again, with the password and roles it had; False if it was open."""
    return bool((await connection.execute(_ENABLE, {"id": account})).rowcount)


async def change_role(connection: AsyncConnection, account: UUID, program: UUID, role: str) -> bool:
    """Give another role in a program in which an account has one, or take it away with "". False if it has none."""
    values = {"id": account, "program": program}
    changed = await connection.execute(*((_GIVE, {**values, "role": role}) if role else (_TAKE, values)))
    await end_links(connection, account, program)
    return bool(changed.rowcount)


async def end_links(connection: AsyncConnection, account: UUID, program: UUID) -> None:
    """After a role was changed, end what leads to another: invitations to it, and links that it may make no more."""
    await connection.execute(_END_LINKS, {"id": account, "program": program})


async def spare(connection: AsyncConnection, account: UUID, programs: Set[UUID]) -> None:
    """Raise StaffError if one of these programs would have no administrator without this account.

    Others who ask wait until this transaction ends, so that two administrators cannot take each other out.
    """
    values = {"id": account, "programs": list(programs)}
    await connection.execute(_HOLD, values)
    if (await connection.execute(_LAST, values)).first() is not None:
        raise StaffError("a program would be left without an administrator")
