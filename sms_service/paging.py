"""Texts to support leads: that somebody asked for a call and where to sign in. No name, no number, no content.

They wait for the lead's own hours, as often as those change, and are never too late: the call still has to be made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import segments
from flows.duty import Lead, on_from
from sms_service import leads
from sms_service.programs import Program
from sms_service.runtime import Runtime, new_id
from sms_service.vault import Vault, VaultError

ORIGIN = "follow-up"
_PRIORITY = 1
_BODY = b"page to staff"

_ADD = text("""
    insert into outbox (id, staff_id, sender, asked_for, priority, body, segments, origin, origin_id, n, state,
        created_at, next_attempt_at)
    values (:id, :staff, :sender, false, :priority, :body, :segments, :origin, :follow_up, :n, 'ready', :now, :real)
    on conflict (origin, origin_id, n) do nothing
""")


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a page is not sent: for good, or until a moment."""

    reason: str
    until: datetime | None = None


async def page(
    rt: Runtime, connection: AsyncConnection, program: Program, follow_up: UUID, staff: UUID, n: int, now: datetime
) -> None:
    """Have a lead told of a follow-up, as the `n`th to be told; said twice, it is still one text."""
    words = f"{program.settings.short_name}: someone asked for a call. Sign in: {rt.settings.public_url}/console"
    await connection.execute(
        _ADD,
        {
            "id": new_id(),
            "staff": staff,
            "sender": program.sender,
            "priority": _PRIORITY,
            "body": rt.vault.wrap(words.encode(), _BODY),
            "segments": segments(words).count,
            "origin": ORIGIN,
            "follow_up": follow_up,
            "n": n,
            "now": now,
            "real": rt.real(),
        },
    )


def hindrance(vault: Vault, row: Row[Any], now: datetime) -> Hindrance | None:
    """Say what stands in a page's way: nothing to call about, somebody else's turn, or hours off."""
    if row.lead is None:
        return Hindrance("not on the roster any more")
    if row.follow_up != "open":
        return Hindrance("no longer needed")
    if row.paged_id != row.staff_id:
        return Hindrance("handed on")
    back = on_from(_lead(vault, row), now.astimezone(UTC))
    if back is None:
        return Hindrance("away for good")
    return Hindrance("own hours", back) if back > now else None


def opened(vault: Vault, row: Row[Any]) -> tuple[str, str]:
    """Return a page's number and words. Raises VaultError."""
    if row.body is None:
        raise VaultError("the words of a page are gone")
    return _lead(vault, row).phone, vault.unwrap(row.body, _BODY).decode()


def _lead(vault: Vault, row: Row[Any]) -> Lead:
    return leads.opened(vault, leads.from_json(row.lead))
