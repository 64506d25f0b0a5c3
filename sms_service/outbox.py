"""Every message is a row here before it is anything else. Sending looks again at whether it still may be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import uniform
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import faults, paging, senders
from sms_service.conversations import REPLY
from sms_service.runtime import Runtime, new_id
from sms_service.senders import Sender
from sms_service.statuses import RANKS
from sms_service.throttle import Bucket
from sms_service.twilio.client import AT_ONCE, Draft, Gateway, Outcome
from sms_service.vault import VaultError
from sms_service.verdict import Verdict, judge

log = structlog.get_logger()

_LEASE = timedelta(seconds=60)
_BACKOFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20))
# What came back of a text whose fate is unknown is looked for at Twilio after this time.
LOOK_AFTER = timedelta(minutes=2)
_LEAST_PRIORITY = 9

_CLAIM = text("""
    update outbox set state = 'sending', lease_until = :lease, attempts = attempts + 1
    where id in (
        select id from outbox
        where sender = :sender and state = 'ready' and next_attempt_at <= :real and priority <= :priority
        order by priority, next_attempt_at limit :most for update skip locked
    )
    returning id, segments
""")
_LOCK = text("""
    select p.id from participants p
    where p.id in (select participant_id from outbox where id = any(:ids) and state = 'sending')
    order by p.id for no key update
""")
_READ = text("""
    select o.*, s.opt_out_mode, s.service_sid, a.due_at, a.kind as appointment, p.contact_key, p.answer_key, p.contact,
        p.heard_at, p.unreachable, coalesce(x.opted_out, false) as opted_out, e.state as enrolment_state, e.zone,
        e.quiet_start, e.quiet_end, g.settings, f.state as follow_up, f.paged_id, l.lead,
        a.kind = 'check-in' and exists (
            select from check_ins k where k.enrolment_id = a.enrolment_id and k.occasion = a.occasion
        ) as kept
    from outbox o left join participants p on p.id = o.participant_id
    left join follow_ups f on o.staff_id is not null and f.id = o.origin_id
    left join lateral (
        select jsonb_build_array(r.staff_id, r.shown_name, encode(r.phone, 'hex'), r.zone, r.hours, r.away, r.holidays)
            as lead
        from support_leads r join staff t on t.id = r.staff_id and t.disabled_at is null
        where r.staff_id = o.staff_id and r.program_id = f.program_id
    ) l on true
    left join opt_outs x on x.participant_id = o.participant_id and x.sender = o.sender
    left join enrolments e on e.id = o.enrolment_id
    left join programs g on g.id = e.program_id
    left join senders s on s.number = o.sender
    left join outbox w on o.origin = 'again' and w.id = o.origin_id
    left join appointments a
        on coalesce(w.origin, o.origin) = 'appointment' and a.id = coalesce(w.origin_id, o.origin_id)
    where o.id = any(:ids) and o.state = 'sending'
""")
_SETTLE = text("""
    update outbox o set sid = coalesce(o.sid, n.sid), error_code = coalesce(n.code, o.error_code), reason = n.reason,
        lease_until = null, next_attempt_at = n.next, hold_until = n.hold,
        sent_at = case when n.state = 'accepted' then :real else o.sent_at end,
        late_seconds = coalesce(n.late, o.late_seconds),
        settled_at = case when n.state in ('dropped', 'failed') then :real else o.settled_at end,
        state = case when o.state = 'sending' or array_position(:ranks, o.state) < array_position(:ranks, n.state)
            then n.state else o.state end
    from unnest(cast(:ids as uuid[]), cast(:states as text[]), cast(:sids as text[]), cast(:codes as integer[]),
        cast(:reasons as text[]), cast(:nexts as timestamptz[]), cast(:holds as timestamptz[]),
        cast(:lates as integer[])) as n (id, state, sid, code, reason, next, hold, late)
    where o.id = n.id
""")
_WAITS = text("""
    update conversations set waits_until = :until where asked_id = :asked and ended_at is null returning enrolment_id
""")
_TIMEOUT = text("""
    insert into appointments (id, enrolment_id, kind, occasion, due_at)
    values (:id, :enrolment, 'timeout', (cast(:until as timestamptz) at time zone :zone)::date, :until)
    on conflict (enrolment_id, kind, occasion) do update
        set due_at = excluded.due_at, state = 'due', reason = null, settled_at = null
""")
_FORGOTTEN = text("""
    update outbox set state = 'unknown', reason = 'no word of it', lease_until = null, next_attempt_at = :real
    where id in (
        select id from outbox
        where (state = 'sending' and lease_until < :real) or (state = 'handed' and sent_at < :reported)
        order by id for update skip locked
    )
""")
_RELEASE = text("""
    update outbox set state = 'ready', next_attempt_at = :real, hold_until = null
    where id in (
        select id from outbox where state = 'held' and hold_until <= :now order by id for update skip locked
    )
""")
_READY = text(
    "select count(*) from (select 1 from outbox where state = 'ready' and next_attempt_at <= :real limit 2000) r"
)


@dataclass(frozen=True, slots=True)
class _End:
    """What becomes of one claimed row. `next` is real time, `hold` the calendar's."""

    row: Row[Any]
    state: str
    reason: str | None = None
    sid: str | None = None
    code: int | None = None
    next: datetime | None = None
    hold: datetime | None = None
    late: int | None = None


async def waiting(rt: Runtime) -> int:
    """Return how many texts could be sent now (2,000 stands for that many or more)."""
    async with rt.begin() as (connection, _):
        return int((await connection.execute(_READY, {"real": rt.real()})).scalar_one())


async def release(connection: AsyncConnection, now: datetime, real: datetime) -> None:
    """Let go of what was held back until now."""
    await connection.execute(_RELEASE, {"now": now, "real": real})


async def mark_forgotten(connection: AsyncConnection, real: datetime) -> None:
    """Say of rows that nobody reports on that it is not known what became of them, for `reconcile` to find out."""
    await connection.execute(_FORGOTTEN, {"real": real, "reported": real - LOOK_AFTER})


async def deliver(rt: Runtime, gateway: Gateway, bucket: Bucket | None = None) -> int:
    """Claim what may go out now and send it side by side; return how many texts were claimed.

    Each sender gets what its bucket gives; without a bucket there is no limit. No more are claimed than are sent at
    once: a row that waits behind others would outlive its lease.
    """
    claimed = 0
    async with rt.begin() as (connection, _):
        found = await senders.waiting(connection, rt.real())
    for sender in found:
        ids = await _claim(rt, sender, bucket)
        if ids:
            await _send(rt, gateway, ids)
        claimed += len(ids)
    return claimed


async def _claim(rt: Runtime, sender: Sender, bucket: Bucket | None) -> list[UUID]:
    wanted, priority = AT_ONCE, _LEAST_PRIORITY
    real = rt.real()
    if sender.stopped_reason is not None:
        if not sender.may_try(real):
            return []
        wanted = 1
    if bucket is not None:
        # With the day's texts used up, whoever wrote to us still gets an answer, as far as the carriers let it through.
        priority = REPLY if bucket.used_up(sender.pace) else _LEAST_PRIORITY
        wanted = given = bucket.take(sender.pace, wanted)
    if not wanted:
        return []
    values = {"real": real, "lease": real + _LEASE, "sender": sender.number, "priority": priority, "most": wanted}
    async with rt.begin() as (connection, _):
        rows = (await connection.execute(_CLAIM, values)).all()
    if bucket is not None:
        bucket.settle(sender.pace, given, sum(row.segments for row in rows))
    return [row.id for row in rows]


async def _send(rt: Runtime, gateway: Gateway, ids: Sequence[UUID]) -> None:
    """Send claimed texts while holding their people's rows: a STOP is before its text or after it, never during."""
    async with rt.begin() as (connection, now):
        await connection.execute(_LOCK, {"ids": list(ids)})
        # Read in a statement of its own: what was committed while waiting for the locks must be seen.
        rows = (await connection.execute(_READ, {"ids": list(ids)})).all()
        verdicts = [(row, _judge(rt, row, now)) for row in rows]
        ends = [_set_aside(row, verdict, rt.real()) for row, verdict in verdicts if not verdict.send]
        going = [row for row, verdict in verdicts if verdict.send]
        outcomes = await asyncio.gather(*(_hand_over(rt, gateway, row, now) for row in going))
        ends += [_ended(row, outcome, now, rt.real()) for row, outcome in zip(going, outcomes, strict=True)]
        await _settle(connection, ends, rt.real())
        await _follow(rt, connection, list(zip(going, outcomes, strict=True)), now)


def _judge(rt: Runtime, row: Row[Any], now: datetime) -> Verdict:
    if row.staff_id is None:
        return judge(row, now)
    found = paging.hindrance(rt.vault, row, now)
    return Verdict(send=True) if found is None else Verdict(reason=found.reason, until=found.until)


def _set_aside(row: Row[Any], verdict: Verdict, real: datetime) -> _End:
    if verdict.until is None:
        return _End(row, "dropped", verdict.reason, next=real)
    return _End(row, "held", verdict.reason, next=real, hold=verdict.until)


async def _hand_over(rt: Runtime, gateway: Gateway, row: Row[Any], now: datetime) -> Outcome:
    try:
        number, body = opened(rt, row) if row.staff_id is None else paging.opened(rt.vault, row)
    except VaultError:
        return Outcome("refused")
    valid = None if row.stale_at is None else (row.stale_at - now).total_seconds()
    return await gateway.send_in_time(Draft(str(row.id), number, row.sender, body, valid, row.service_sid))


def opened(rt: Runtime, row: Row[Any]) -> tuple[str, str]:
    """Return a row's number and words. Raises VaultError where they were erased."""
    contact = rt.vault.key(row.contact_key).open(row.contact, "participants.contact", row.participant_id)
    return contact["number"], rt.vault.key(row.answer_key).open(row.body, "outbox.body", row.id)


def _ended(row: Row[Any], outcome: Outcome, now: datetime, real: datetime) -> _End:
    """Say what becomes of a row. Only what was surely not processed is tried again, a few times and slower."""
    match outcome.kind:
        case "accepted":
            late = max(0, int((now - (row.due_at or row.created_at)).total_seconds()))
            return _End(row, "accepted", sid=outcome.sid, next=real, late=late)
        case "unknown":
            return _End(row, "unknown", code=outcome.code, next=real + LOOK_AFTER)
        case "stopped":
            return _End(row, "ready", "the sender is stopped", code=outcome.code, next=real)
        case "retry" if row.attempts <= len(_BACKOFF):
            # Spread out, so that what was turned away at once does not come back at once.
            pause = _BACKOFF[row.attempts - 1] * uniform(0.75, 1.5)
            return _End(row, "ready", "Twilio could not take it yet", code=outcome.code, next=real + pause)
        case "retry":
            return _End(row, "failed", "Twilio could not be reached", code=outcome.code, next=real)
    if outcome.code == faults.OPTED_OUT:
        return _End(row, "dropped", "opted out at Twilio", code=outcome.code, next=real)
    return _End(row, "failed", code=outcome.code, next=real)


async def _settle(connection: AsyncConnection, ends: Sequence[_End], real: datetime) -> None:
    if not ends:
        return
    values: Mapping[str, object] = {
        "ids": [end.row.id for end in ends],
        "states": [end.state for end in ends],
        "sids": [end.sid for end in ends],
        "codes": [end.code for end in ends],
        "reasons": [end.reason for end in ends],
        "nexts": [end.next for end in ends],
        "holds": [end.hold for end in ends],
        "lates": [end.late for end in ends],
        "real": real,
        "ranks": list(RANKS),
    }
    await connection.execute(_SETTLE, values)


async def _follow(
    rt: Runtime, connection: AsyncConnection, sent: Sequence[tuple[Row[Any], Outcome]], now: datetime
) -> None:
    """Do what follows from how texts ended, besides their own rows."""
    refused = [(row.id, outcome.code) for row, outcome in sent if outcome.code is not None]
    await faults.follow(connection, refused, rt.real())
    accepted = [row for row, outcome in sent if outcome.kind == "accepted"]
    for number in await senders.start(connection, sorted({row.sender for row in accepted})):
        log.info("sender.started", sender=number)
    for row in accepted:
        if row.wait_minutes:
            await start_waiting(connection, row, now)


async def start_waiting(connection: AsyncConnection, row: Row[Any], now: datetime) -> None:
    """Wait for an answer from the moment at which the question was really sent."""
    until = now + timedelta(minutes=row.wait_minutes)
    found = (await connection.execute(_WAITS, {"asked": row.id, "until": until})).scalar()
    if found is not None:
        await connection.execute(_TIMEOUT, {"id": new_id(), "enrolment": found, "zone": row.zone, "until": until})
