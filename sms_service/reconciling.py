"""Find out what became of texts, and try once more where that helps.

A text whose sending broke off may have reached Twilio or not. So Twilio is asked before anything is sent again: what
it has is adopted with its state, and only what it has not goes back to the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import call_ends, faults, lost_reports, on_its_way, outbox, second_tries
from sms_service.asking import AT_ONCE, Asking
from sms_service.call_ends import End
from sms_service.runtime import Runtime
from sms_service.settling import LOOK_AFTER, MOST_TRIES, pause
from sms_service.statuses import FINAL, ours
from sms_service.twilio import errors
from sms_service.twilio.client import CALL, Gateway, Listed
from sms_service.vault import VaultError

log = structlog.get_logger()

# The rows of one person, each with number and words where they can be read.
_Opened = Sequence[tuple[Row[Any], tuple[str, str] | None]]

_MOST = 200
# After so long without an answer nobody asks any more, so that a number that Twilio refuses is not asked for ever.
_ASKED_FOR = timedelta(days=1)
# Twilio's clock and ours differ a little.
_CLOCKS = timedelta(minutes=1)

_CLAIM = text("""
    update outbox set next_attempt_at = :later
    where id = any(array(
        select id from outbox where state = 'unknown' and next_attempt_at <= :real
        order by next_attempt_at, id limit :most for update skip locked
    ))
    returning id
""")
# Beside the claimed rows, those that Twilio's texts to the same person might belong to as well.
_ALIKE = text("""
    select id from outbox
    where participant_id in (select participant_id from outbox where id = any(:ids))
        and sid is null and state in ('handed', 'sending', 'unknown')
    union
    select id from outbox where state = 'unknown' and staff_id in (select staff_id from outbox where id = any(:ids))
""")
_READ = text("""
    select o.*, s.service_sid, e.zone, p.contact_key, p.answer_key, p.contact, l.lead, y.phone as test_phone,
        array(select n.number from pool_numbers n where n.sender = o.sender) as pool
    from outbox o join senders s on s.number = o.sender left join participants p on p.id = o.participant_id
    left join enrolments e on e.id = o.enrolment_id
    left join test_phones y on o.origin = 'test-text' and y.id = o.origin_id
    left join follow_ups f on o.staff_id is not null and f.id = o.origin_id
    left join lateral (
        select jsonb_build_array(r.staff_id, r.shown_name, encode(r.phone, 'hex'), r.zone, r.hours, r.away, r.holidays)
            as lead
        from support_leads r where r.staff_id = o.staff_id and r.program_id = f.program_id
    ) l on true
    where o.id = any(:ids) order by o.participant_id, o.staff_id, l.lead, y.phone, o.created_at, o.n
""")
_GIVE_BACK = text("update outbox set next_attempt_at = :real where id = any(:ids) and state = 'unknown'")
_KNOWN = text("select sid from outbox where sid = any(:sids)")
_LOCK = text("select id from participants where id = :person for no key update")
# Staff may have several: a lead's in each program, and whatever a test text went to.
_ONE_NUMBER = attrgetter("participant_id", "staff_id", "lead", "test_phone")
_NOTHING = {"sid": None, "code": None, "sent": None, "pause": timedelta(0)}
_SETTLE = text("""
    update outbox set state = :state, reason = :reason, sid = coalesce(sid, :sid),
        error_code = coalesce(cast(:code as integer), case when cast(:sid as text) is null then error_code end),
        next_attempt_at = cast(:real as timestamptz) + cast(:pause as interval),
        sent_at = coalesce(:sent, sent_at), lease_until = null,
        settled_at = case when :final then cast(:real as timestamptz) else settled_at end
    where id = :id and state = 'unknown'
""")


async def reconcile(rt: Runtime, gateway: Gateway) -> int:
    """Settle what is unknown, ask for reports that were lost, try again what failed softly; return how many.

    Raises GatewayError at the end where Twilio did not answer; what is left is looked for at a later turn.
    """
    asking = Asking()
    moved = await _settle_unknown(rt, gateway, asking)
    moved += await lost_reports.ask(rt, gateway, asking)
    moved += await second_tries.once_more(rt)
    if asking.failed is not None:
        raise asking.failed
    return moved


async def _settle_unknown(rt: Runtime, gateway: Gateway, asking: Asking) -> int:
    settled = 0
    while not asking.away and (ids := await _claim(rt)):
        async with rt.begin() as (connection, _):
            alike = (await connection.execute(_ALIKE, {"ids": ids})).scalars().all()
            rows = (await connection.execute(_READ, {"ids": sorted({*ids, *alike})})).all()
        left = [list(group) for _, group in groupby(rows, key=_ONE_NUMBER)]
        while left and not asking.away:
            people, left = left[:AT_ONCE], left[AT_ONCE:]
            settled += await _settle_some(rt, gateway, asking, people, set(ids))
        await _give_back(rt, ids, left)
    return settled


async def _settle_some(
    rt: Runtime, gateway: Gateway, asking: Asking, people: Sequence[list[Row[Any]]], claimed: set[UUID]
) -> int:
    """Ask for several people at once, each by themselves: a number that Twilio refuses keeps nobody else waiting."""
    opened = [[(row, _opened(rt, row)) for row in rows] for rows in people]
    settled, refused = 0, []
    for one, listed in zip(opened, await asking.several([_question(gateway, one) for one in opened]), strict=True):
        if listed is not None:
            settled += await _settle_one_number(rt, one, listed, claimed)
        else:
            refused += [row for row, _ in one if row.id in claimed]
    return settled + (0 if asking.away else await _give_up(rt, refused))


async def _give_up(rt: Runtime, rows: Sequence[Row[Any]]) -> int:
    """Say of texts that were asked about in vain for a day that nobody knows; return of how many.

    The day begins with the last try to send it, however old the text was then.
    """
    real = rt.real()
    old = [row.id for row in rows if real - (row.sent_at or row.lease_until or _made_at(row.id)) >= _ASKED_FOR]
    if old:
        values = {"state": "failed", "reason": "nobody can say whether it was sent", "final": True, "real": real}
        async with rt.begin() as (connection, _):
            await connection.execute(_SETTLE, [{**_NOTHING, **values, "id": row} for row in sorted(old)])
        log.warning("text.never_known", texts=len(old))
    return len(old)


def _question(gateway: Gateway, opened: _Opened) -> Callable[[], list[Listed]]:
    number = next((found[0] for _, found in opened if found is not None), None)
    if not number:
        return list
    asks_calls = any(row.kind == "call" for row, _ in opened)
    return partial(gateway.sent_or_called, number) if asks_calls else partial(gateway.sent_to, number)


async def _give_back(rt: Runtime, ids: Sequence[UUID], left: Sequence[list[Row[Any]]]) -> None:
    """Put who was not asked about before those who were in vain, or a few could stand before the rest for ever."""
    back = set(ids).intersection(row.id for rows in left for row in rows)
    if back:
        async with rt.begin() as (connection, _):
            await connection.execute(_GIVE_BACK, {"ids": sorted(back), "real": rt.real()})


async def _claim(rt: Runtime) -> list[UUID]:
    """Claim rows by the time of their next look, so that no row is held while Twilio is asked."""
    async with rt.begin() as (connection, _):
        real = rt.real()
        values = {"real": real, "later": real + LOOK_AFTER, "most": _MOST}
        return list((await connection.execute(_CLAIM, values)).scalars())


async def _settle_one_number(rt: Runtime, opened: _Opened, listed: Sequence[Listed], claimed: set[UUID]) -> int:
    """Match the rows of one person with what Twilio has for their number, and settle the claimed ones."""
    async with rt.begin() as (connection, now):
        real = rt.real()
        known = await connection.execute(_KNOWN, {"sids": [one.sid for one in listed]})
        taken = set(known.scalars())
        await connection.execute(_LOCK, {"person": opened[0][0].participant_id})
        matches = _matches(opened, [one for one in listed if one.sid not in taken])
        for row, found in opened:
            if row.id in claimed:
                match = matches.get(row.id)
                values = _adopted(match) if match is not None else _absent(row, found is not None, now)
                await connection.execute(_SETTLE, {**_NOTHING, **values, "id": row.id, "real": real})
                if match is not None:
                    await _follow(rt, connection, row, match, now)
    return len(claimed.intersection(row.id for row, _ in opened))


async def _follow(rt: Runtime, connection: AsyncConnection, row: Row[Any], found: Listed, now: datetime) -> None:
    """Do what would have followed had Twilio's answer arrived: a code's consequences, and the wait for an answer."""
    if row.kind == "call":
        await call_ends.take_one(rt, connection, End(row.id, found.sid, found.status), now)
        return
    if found.error_code is not None:
        await faults.follow(connection, [(row.id, errors.fault(found.error_code))], rt.real())
    await on_its_way.catch_up(connection, [row.id], now, rt.real())


def _opened(rt: Runtime, row: Row[Any]) -> tuple[str, str] | None:
    """Return number and words, None where they are gone: then there is nothing to look for, and nothing to send."""
    if row.staff_id is not None:
        erased = row.lead is None and not row.test_phone
    else:
        erased = row.answer_key is None or row.contact_key is None
    if row.body is None or erased:
        return None
    try:
        return outbox.opened(rt, row)
    except VaultError:
        return None


def _matches(opened: _Opened, listed: Sequence[Listed]) -> dict[UUID, Listed]:
    """Give each listed text to the row nearest to it in time: somebody may get the same words more than once.

    Otherwise a reply that was lost would take the place of a later one that arrived, and that would be sent again.
    """
    found: dict[UUID, Listed] = {}
    for one in listed:
        fitting = [row for row, text in opened if text is not None and row.id not in found and _fits(row, text[1], one)]
        if fitting:
            found[min(fitting, key=partial(_distance, one)).id] = one
    return found


def _distance(one: Listed, row: Row[Any]) -> timedelta:
    """Return how far apart they are in real time, which `created_at` is not where the calendar was moved."""
    began: datetime = row.sent_at or _made_at(row.id)
    return abs(one.created_at - began)


def _made_at(row: UUID) -> datetime:
    """Return the real time at which a row was made, which its id carries."""
    return datetime.fromtimestamp((row.int >> 80) / 1000, UTC)


def _fits(row: Row[Any], body: str, one: Listed) -> bool:
    """Whether a listed text can be this row: the same words from our number, not older than it."""
    from_us = one.sender in {row.sender, *row.pool} or (one.service is not None and one.service == row.service_sid)
    alike = one.sid.startswith(CALL) == (row.kind == "call") and one.body == body
    return from_us and alike and one.created_at >= _since(row)


def _since(row: Row[Any]) -> datetime:
    """Return since when a listed text can be this row, in real time: when it was handed over, else made.

    How long ago nobody can say of one whose sending broke off: everything of ours may have been down since.
    """
    began: datetime = row.sent_at or _made_at(row.id)
    return began - _CLOCKS


def _adopted(found: Listed) -> dict[str, object]:
    # How a call ended is for `call_ends` to say, and what follows from it.
    state = "accepted" if found.sid.startswith(CALL) else ours(found.status)
    return {
        "state": state,
        "reason": None,
        "sid": found.sid,
        "code": found.error_code,
        "sent": found.created_at,
        "final": state in FINAL,
    }


def _absent(row: Row[Any], readable: bool, now: datetime) -> dict[str, object]:
    """Say what becomes of a text that Twilio has not: it is sent again, slower each time, as long as it is of use."""
    if not readable:
        reason = "erased" if row.staff_id is None else "not on the roster any more"
        return {"state": "dropped", "reason": reason, "final": True}
    if row.stale_at is not None and row.stale_at <= now:
        return {"state": "dropped", "reason": "too late to be of use", "final": True}
    if row.stale_at is None and row.attempts > MOST_TRIES:
        log.error("text.given_up", text=str(row.id))
        return {"state": "failed", "reason": "Twilio never had it", "final": True}
    # The first time only an answer was lost; after that it is Twilio that has trouble.
    wait = pause(row.attempts - 1) if row.attempts > 1 else timedelta(0)
    return {"state": "ready", "reason": "Twilio had not got it", "final": False, "pause": wait}
