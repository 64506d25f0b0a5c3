"""A number left on a program's public page: believed only as far as one text that asks for the keyword.

How often an address of the network may try is counted by a keyed hash of it, for a day. What is answered depends on
that, and never on the number.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import Consent
from sms_service import invitations
from sms_service.invitations import WAITED_FOR, Ask
from sms_service.programs import Program
from sms_service.runtime import Runtime, new_id

KIND = "page"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MOST_AN_ADDRESS = 20
"""A team that joins on the same network at a meeting fits; whoever sends texts to strangers is soon stopped."""
_MOST_AN_ADDRESS_A_DAY = 40
"""Far fewer than a program sends, so that no single stranger uses up the day of everybody."""
_MOST_A_PROGRAM = 300

_LOCK = text("select pg_advisory_xact_lock(:lock)")
_TRIES = text("""
    select count(*) filter (where at > :hour) as hour, count(*) as day from page_tries
    where address_hash = :hash and at > :day
""")
_TRY = text("insert into page_tries (id, address_hash, at) values (:id, :hash, :at)")
_TODAY = text("""
    select count(*) from (
        select 1 from invitations where program_id = :program and file_id is null and at > :since limit :most
    ) n
""")


Busy = Literal["hour", "day", "program"]


class BusyError(Exception):
    """Too much was asked of the page: nothing was written. `why` is an address's hour or day, or the program's day."""

    def __init__(self, why: Busy) -> None:
        super().__init__(why)
        self.why = why


async def ask(
    rt: Runtime, connection: AsyncConnection, program: Program, one: Ask, address: str, now: datetime
) -> None:
    """Send one number (E.164) the text that asks for the keyword. Raises BusyError."""
    await _count(rt, connection, program, address)
    shown = await invitations.consent_shown(rt, connection, program, one.language, now)
    given = Consent(KIND, "\n".join(shown), "ticked")
    await invitations.invite(rt, connection, program, [one], given, WAITED_FOR, now)


async def _count(rt: Runtime, connection: AsyncConnection, program: Program, address: str) -> None:
    """Count this try, or raise BusyError. Tries at the same time wait for each other, so that they count as many."""
    real, hashed = rt.real(), rt.vault.sign(b"address:" + address.encode())
    await connection.execute(_LOCK, {"lock": int.from_bytes(hashed[:8], signed=True)})
    tries = (await connection.execute(_TRIES, {"hash": hashed, "hour": real - _HOUR, "day": real - _DAY})).one()
    if tries.day >= _MOST_AN_ADDRESS_A_DAY:
        raise BusyError("day")
    if tries.hour >= _MOST_AN_ADDRESS:
        raise BusyError("hour")
    today = {"program": program.id, "since": real - _DAY, "most": _MOST_A_PROGRAM}
    if (await connection.execute(_TODAY, today)).scalar_one() >= _MOST_A_PROGRAM:
        raise BusyError("program")
    await connection.execute(_TRY, {"id": new_id(), "hash": hashed, "at": real})
