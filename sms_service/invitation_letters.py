"""Letters of invitation by our own mail server, so many at a time, and one to an address in a month.

The list itself is not stored (docs/decisions/0026-no-list-is-stored.md): what is left of it goes back in the page. Of
each letter a keyed hash of the address is kept for a month, written before it is handed over: whoever sends a list
twice, at once or after a failure, sends nobody a second one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from sms_service import mail
from sms_service.invitation_list import Guest
from sms_service.invitation_words import letter, subject
from sms_service.programs import Program
from sms_service.runtime import Runtime

AT_ONCE = 50
A_DAY = 2000
"""So many in one go, and so many of one program in a day."""
_LONGEST = timedelta(seconds=20)
"""A browser, or a proxy before us, does not wait much longer."""
_IN_VAIN = 3
_UNSURE = timedelta(minutes=10)
_A_MONTH = timedelta(days=30)

_CLAIM = text("""
    insert into invitation_letters (program_id, address_hash, at, sent)
    select :program, :hash, :now, false where not exists (
        select from invitation_letters where program_id = :program and address_hash = any(:hashes)
            and (sent and at > :month or at > :unsure))
    on conflict (program_id, address_hash) do update set at = excluded.at, sent = false
        where (not invitation_letters.sent or invitation_letters.at <= :month) and invitation_letters.at <= :unsure
    returning 1
""")
_SENT = text("update invitation_letters set sent = true where program_id = :program and address_hash = :hash")
_LET_GO = text("delete from invitation_letters where program_id = :program and address_hash = :hash and not sent")
_TODAY = text("select count(*) from invitation_letters where program_id = :program and sent and at > :day")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many got a letter, had one before, or could not be sent one; and who is left, those among them.

    `full` is whether the day's letters of this program are used up.
    """

    sent: int
    before: int
    failed: int
    left: tuple[Guest, ...]
    full: bool = False


async def send(rt: Runtime, program: Program, language: str, guests: Sequence[Guest], answer_to: str) -> Outcome:
    """Send letters for as long as a page may take, and say who is left. Answers go to `answer_to`."""
    begun, sent, before = rt.real(), 0, 0
    failed: list[Guest] = []
    room = min(AT_ONCE, A_DAY - await _today(rt, program.id))
    for n, guest in enumerate(guests):
        if sent >= room or len(failed) >= _IN_VAIN or rt.real() - begun > _LONGEST:
            return Outcome(sent, before, len(failed), (*failed, *guests[n:]), full=room < AT_ONCE and sent >= room)
        if not await _claim(rt, program.id, guest.email):
            before += 1
            continue
        words = letter(program, rt.settings.public_url, language, guest.name)
        taken = await mail.send(rt.settings, guest.email, subject(program, language), words, answer_to=answer_to)
        await _settle(rt, program.id, guest.email, sent=taken)
        sent += taken
        failed += [] if taken else [guest]
    return Outcome(sent, before, len(failed), tuple(failed))


async def _today(rt: Runtime, program: UUID) -> int:
    async with rt.begin() as (connection, _):
        values = {"program": program, "day": rt.real() - timedelta(days=1)}
        return int((await connection.execute(_TODAY, values)).scalar_one())


async def _claim(rt: Runtime, program: UUID, email: str) -> bool:
    """Write down that this address is being sent a letter; False if it has one, or another request is about it."""
    now, hashes = rt.real(), rt.vault.lookups(_named(email))
    values = {"program": program, "hash": hashes[0], "hashes": hashes, "now": now}
    async with rt.begin() as (connection, _):
        values |= {"month": now - _A_MONTH, "unsure": now - _UNSURE}
        return (await connection.execute(_CLAIM, values)).first() is not None


async def _settle(rt: Runtime, program: UUID, email: str, *, sent: bool) -> None:
    values = {"program": program, "hash": rt.vault.lookup(_named(email))}
    async with rt.begin() as (connection, _):
        await connection.execute(_SENT if sent else _LET_GO, values)


def _named(email: str) -> str:
    return f"letter to {email.casefold()}"
