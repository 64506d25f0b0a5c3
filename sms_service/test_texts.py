"""A test text to a phone of staff's own: it goes the way every text goes, and the code in it is typed back.

Whether it will be sent is decided as it goes out, and never told here: whoever typed somebody else's number learns
nothing of it. A phone whose code came back may join a program that has not begun, and is asked by it.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import segments
from sms_service import phone_numbers
from sms_service.phone_numbers import PhoneError
from sms_service.programs import Program, ProgramError
from sms_service.runtime import Runtime, new_id
from sms_service.vault import Vault, VaultError
from sms_service.verdict import Verdict

ORIGIN = "test-text"
_PRIORITY = 1
_PHONE = b"staff's test phone"
_BODY = b"test text to staff"
_MOST_A_DAY = 5
_MOST_TRIES = 5
_HOLDS = timedelta(hours=1)
_DAY = timedelta(days=1)

_SENT_TODAY = text("select count(*) from test_phones where staff_id = :staff and sent_at > :since")
_ADD = text("""
    insert into test_phones (id, program_id, staff_id, phone, phone_hash, code, sent_at)
    values (:id, :program, :staff, :phone, :hash, :code, :real)
""")
_TEXT = text("""
    insert into outbox (id, staff_id, sender, asked_for, priority, body, segments, origin, origin_id, n, state,
        created_at, next_attempt_at, stale_at)
    values (:id, :staff, :sender, true, :priority, :body, :segments, :origin, :test, 0, 'ready', :now, :real, :stale)
""")
_LAST = text("""
    select id, code, tries, sent_at, confirmed_at from test_phones
    where program_id = :program and staff_id = :staff and phone <> '' order by sent_at desc, id desc limit 1
""")
_LOCKED = text("select id from staff where id = :staff for no key update")
_TRIED = text("update test_phones set tries = tries + 1 where id = :id")
_CONFIRMED = text("update test_phones set confirmed_at = :real where id = :id")
# The rows stay, so that a day's texts can be counted.
_FORGET = text("""
    update test_phones set phone = '', phone_hash = '', confirmed_at = null
    where program_id = :program and staff_id = :staff and phone <> ''
""")


@dataclass(frozen=True, slots=True)
class Sent:
    """The last test text of somebody, and whether its code was typed back or is still waited for."""

    sent_at: datetime
    waits: bool
    confirmed_at: datetime | None


async def send(
    rt: Runtime, connection: AsyncConnection, program: Program, staff: UUID, number: str, now: datetime
) -> None:
    """Have a text with a code sent to a number of staff's own. Raises ProgramError on a number that is none, and after
    five texts within a day.
    """
    try:
        phone = phone_numbers.read(number)
    except PhoneError as error:
        raise ProgramError("phone", "%(number)r %(error)s", number=number, error=error.why) from None
    real = rt.real()
    await connection.execute(_LOCKED, {"staff": staff})
    sent = (await connection.execute(_SENT_TODAY, {"staff": staff, "since": real - _DAY})).scalar_one()
    if sent >= _MOST_A_DAY:
        raise ProgramError("phone", "%(most)s test texts a day are the most; try again tomorrow", most=_MOST_A_DAY)
    test, code = new_id(), f"{secrets.randbelow(10**6):06d}"
    values = {"id": test, "program": program.id, "staff": staff, "real": real, "code": _code(rt.vault, test, code)}
    values |= {"phone": rt.vault.wrap(phone.encode(), _PHONE), "hash": rt.vault.lookup(phone)}
    await connection.execute(_ADD, values)
    words = f"{program.settings.short_name}: a test text for its staff. Type this code into the go-live page: {code}"
    await connection.execute(
        _TEXT,
        {
            "id": new_id(),
            "staff": staff,
            "sender": program.sender,
            "priority": _PRIORITY,
            "body": rt.vault.wrap(words.encode(), _BODY),
            "segments": segments(words).count,
            "origin": ORIGIN,
            "test": test,
            "now": now,
            "real": real,
            "stale": now + _HOLDS,
        },
    )


async def last(rt: Runtime, connection: AsyncConnection, program: Program, staff: UUID) -> Sent | None:
    """Return somebody's own last test text, None if they had none."""
    row = (await connection.execute(_LAST, {"program": program.id, "staff": staff})).one_or_none()
    if row is None:
        return None
    return Sent(row.sent_at, _waits(row, rt.real()), row.confirmed_at)


async def type_back(rt: Runtime, connection: AsyncConnection, program: Program, staff: UUID, code: str) -> bool:
    """Take a code that was typed; whether it is the one of the last text to this member of staff.

    Raises ProgramError where no code is waited for. A wrong one counts: after five the text is of no use.
    """
    await connection.execute(_LOCKED, {"staff": staff})
    row = (await connection.execute(_LAST, {"program": program.id, "staff": staff})).one_or_none()
    if row is None or not _waits(row, rt.real()):
        raise ProgramError("code", "no code is waited for; have a new test text sent")
    await connection.execute(_TRIED, {"id": row.id})
    given = "".join(code.split())
    if not hmac.compare_digest(_code(rt.vault, row.id, given), row.code):
        return False
    await connection.execute(_CONFIRMED, {"id": row.id, "real": rt.real()})
    return True


async def forget(connection: AsyncConnection, program: Program, staff: UUID) -> bool:
    """Let go of somebody's own test phones in a program; whether there were any."""
    return bool((await connection.execute(_FORGET, {"program": program.id, "staff": staff})).rowcount)


def _waits(row: Row[Any], real: datetime) -> bool:
    return row.confirmed_at is None and row.tries < _MOST_TRIES and real - row.sent_at < _HOLDS


def _code(vault: Vault, test: UUID, code: str) -> bytes:
    return vault.sign(b"test:" + test.bytes + code.encode())


def judge(row: Row[Any], now: datetime) -> Verdict:
    """Judge a claimed test text: a phone that stopped this number is left alone."""
    if not row.test_phone:
        return Verdict(reason="no longer needed")
    if row.test_opted_out:
        return Verdict(reason="opted out")
    return Verdict(reason="too late to be of use") if row.stale_at <= now else Verdict(send=True)


def opened(vault: Vault, row: Row[Any]) -> tuple[str, str]:
    """Return a test text's number and words. Raises VaultError."""
    if row.body is None or not row.test_phone:
        raise VaultError("the words of a test text are gone")
    return vault.unwrap(row.test_phone, _PHONE).decode(), vault.unwrap(row.body, _BODY).decode()
