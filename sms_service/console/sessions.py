"""Who is signed in: a random token in a cookie, only its keyed hash in the database, and the proof in each form."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from sms_service.runtime import Runtime, new_id
from sms_service.staff import SUPPORT_LEAD

LIFE = timedelta(hours=8)
IDLE = timedelta(minutes=30)
_SEEN = timedelta(minutes=1)
"""How exactly it is kept when somebody was last here: more would be a write for each page."""
_TOUCH = text("update staff_sessions set seen_at = :now where id = :id")
_SESSION = "checkin_session"
_VISIT = "checkin_visit"
_PATH = "/console"

ADMINISTRATORS = frozenset({"administrator"})
EDITORS = ADMINISTRATORS | {"coordinator"}
READERS = EDITORS | {"auditor"}
LEADS = frozenset({SUPPORT_LEAD})
NO_ROLE = ""
"""Stands among the roles of a page for somebody who has no role in any program."""
BEGINNER = "beginner"
"""Stands there for somebody who has none yet, and may make a program."""
ALL = READERS | LEADS | {NO_ROLE}


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in: their name and their role by program. `proof` goes into every form of theirs.

    `begins` is whether they may make a program though they have no role yet.
    """

    staff_id: UUID
    id: UUID
    email: str
    name: str
    proof: str
    roles: Mapping[UUID, str]
    begins: bool = False

    @property
    def held(self) -> set[str]:
        """The roles in any program, or what stands for having none."""
        return set(self.roles.values()) or ({NO_ROLE, BEGINNER} if self.begins else {NO_ROLE})


async def open_session(rt: Runtime, connection: AsyncConnection, staff_id: UUID) -> str:
    """Open a session that ends in 8 hours whatever happens, and return its token. Sessions long over are cleared."""
    token, now = secrets.token_urlsafe(32), rt.real()
    await connection.execute(text("delete from staff_sessions where expires_at <= :now"), {"now": now})
    await connection.execute(
        text("""insert into staff_sessions (token_hash, id, staff_id, created_at, seen_at, expires_at)
                values (:hash, :id, :staff, :now, :now, :end)"""),
        {"hash": _hash(rt, token), "id": new_id(), "staff": staff_id, "now": now, "end": now + LIFE},
    )
    return token


async def find(rt: Runtime, connection: AsyncConnection, request: Request) -> Session | None:
    """Return the session a request belongs to, or None if it has none that still holds."""
    token = request.cookies.get(_SESSION)
    if not token:
        return None
    statement = text("""
        select s.id, s.email, s.name, s.may_begin, t.id as session, t.seen_at
        from staff_sessions t join staff s on s.id = t.staff_id
        where t.token_hash = :hash and t.expires_at > :now and t.seen_at > :idle and s.disabled_at is null
    """)
    now = rt.real()
    values = {"hash": _hash(rt, token), "now": now, "idle": now - IDLE}
    row = (await connection.execute(statement, values)).one_or_none()
    if row is None:
        return None
    if now - row.seen_at > _SEEN:
        await connection.execute(_TOUCH, {"id": row.session, "now": now})
    roles = await connection.execute(
        text("select program_id, role from staff_roles where staff_id = :id"), {"id": row.id}
    )
    held = {row.program_id: row.role for row in roles}
    return Session(row.id, row.session, row.email, row.name, proof(rt, token), held, row.may_begin)


async def close(rt: Runtime, connection: AsyncConnection, request: Request) -> None:
    """End the session a request belongs to, if any."""
    token = request.cookies.get(_SESSION, "")
    await connection.execute(text("delete from staff_sessions where token_hash = :hash"), {"hash": _hash(rt, token)})


@dataclass(frozen=True, slots=True)
class Open:
    """A session that still holds: when it began, when it was last used, and whether it is the one that asks."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    this: bool


async def listed(rt: Runtime, connection: AsyncConnection, session: Session) -> list[Open]:
    """Return where somebody is signed in, the one last used first."""
    statement = text("""
        select id, created_at, seen_at from staff_sessions
        where staff_id = :staff and expires_at > :now and seen_at > :idle order by seen_at desc, id
    """)
    now = rt.real()
    rows = await connection.execute(statement, {"staff": session.staff_id, "now": now, "idle": now - IDLE})
    return [Open(row.id, row.created_at, row.seen_at, row.id == session.id) for row in rows]


async def end(connection: AsyncConnection, session: Session, which: UUID) -> None:
    """End one of somebody's own sessions."""
    statement = text("delete from staff_sessions where id = :id and staff_id = :staff")
    await connection.execute(statement, {"id": which, "staff": session.staff_id})


async def end_others(connection: AsyncConnection, session: Session) -> None:
    """End all of somebody's sessions but the one that asks."""
    statement = text("delete from staff_sessions where id <> :id and staff_id = :staff")
    await connection.execute(statement, {"id": session.id, "staff": session.staff_id})


def had_one(request: Request) -> bool:
    """Whether a request carries a session's cookie, whether or not the session still holds."""
    return _SESSION in request.cookies


def proof(rt: Runtime, token: str) -> str:
    """Return what a form must carry to be believed: nobody can make it without the cookie's token."""
    return rt.vault.sign(b"form:" + token.encode()).hex()


def same(one: str, other: str) -> bool:
    """Compare two proofs without telling by the time taken how much of them agrees."""
    return hmac.compare_digest(one.encode(), other.encode())


def visit(request: Request) -> str:
    """Return the token of somebody not signed in yet: the cookie's, or a new one."""
    return request.cookies.get(_VISIT) or secrets.token_urlsafe(32)


def keep_visit(rt: Runtime, response: Response, token: str) -> None:
    """Set the cookie that the sign-in form is bound to."""
    _set(rt, response, _VISIT, token)


def keep_session(rt: Runtime, response: Response, token: str) -> None:
    """Set the session's cookie; the one from before signing in has done its work."""
    _set(rt, response, _SESSION, token)
    response.delete_cookie(_VISIT, path=_PATH)


def forget(response: Response) -> None:
    """Take the session's cookie back."""
    response.delete_cookie(_SESSION, path=_PATH)


def _set(rt: Runtime, response: Response, name: str, token: str) -> None:
    response.set_cookie(
        name,
        token,
        max_age=int(LIFE.total_seconds()),
        path=_PATH,
        secure=rt.settings.public_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )


def _hash(rt: Runtime, token: str) -> bytes:
    return rt.vault.sign(b"session:" + token.encode())
