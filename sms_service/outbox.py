"""Every message is a row here before it is anything else. Sending looks again at whether it still may be sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from flows import quiet_until
from sms_service import paging
from sms_service.conversations import CRISIS, REMINDER
from sms_service.programs import read_settings
from sms_service.runtime import Runtime, new_id
from sms_service.statuses import RANKS
from sms_service.twilio.client import AT_ONCE, OPTED_OUT, Gateway, Outcome
from sms_service.vault import VaultError

log = structlog.get_logger()

_LEASE = timedelta(seconds=60)
_STILL_ON_TIME = timedelta(minutes=30)
_BACKOFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20))
# A reply handed to Twilio is reported on within this time, or it is not known what became of it.
_REPORTED = timedelta(minutes=2)

_CLAIM = text("""
    update outbox set state = 'sending', lease_until = :lease, attempts = attempts + 1
    where id in (
        select id from outbox where state = 'ready' and next_attempt_at <= :real
        order by priority, next_attempt_at limit :most for update skip locked
    )
    returning id
""")
_LOCK = text("""
    select p.id from participants p join outbox o on o.participant_id = p.id
    where o.id = :id and o.state = 'sending' for no key update of p
""")
_READ = text("""
    select o.*, s.opt_out_mode, a.due_at, p.contact_key, p.answer_key, p.contact,
        coalesce(x.opted_out, false) as opted_out, e.state as enrolment_state, e.zone,
        e.quiet_start, e.quiet_end, g.settings,
        f.state as follow_up, f.paged_id, l.lead
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
    left join appointments a on o.origin = 'appointment' and a.id = o.origin_id
    where o.id = :id and o.state = 'sending'
""")
_SETTLE = text("""
    update outbox set sid = coalesce(sid, :sid), error_code = coalesce(:code, error_code), reason = :reason,
        lease_until = null, sent_at = case when :state = 'accepted' then :real else sent_at end,
        next_attempt_at = :next, settled_at = case when :final then :real else settled_at end,
        state = case when :state = 'ready' or array_position(:ranks, state) < array_position(:ranks, :state)
            then :state else state end
    where id = :id
""")
_OPT_OUT = text("""
    insert into opt_outs (participant_id, sender, opted_out, how, at) values (:person, :sender, true, 'word', :real)
    on conflict (participant_id, sender) do update set opted_out = true, how = 'word', at = excluded.at
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
    update outbox set state = 'unknown', reason = :reason, lease_until = null
    where id in (
        select id from outbox
        where (state = 'sending' and lease_until < :real) or (state = 'handed' and sent_at < :reported)
        order by id for update skip locked
    )
""")
_READY = text(
    "select count(*) from (select 1 from outbox where state = 'ready' and next_attempt_at <= :real limit 2000) r"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a claimed row: send it, drop it for a reason, or look again at `until`."""

    send: bool = False
    reason: str | None = None
    until: datetime | None = None


async def waiting(rt: Runtime) -> int:
    """Return how many texts could be sent now (2,000 stands for that many or more)."""
    async with rt.begin() as (connection, _):
        return int((await connection.execute(_READY, {"real": rt.real()})).scalar_one())


async def mark_forgotten(connection: AsyncConnection, real: datetime) -> None:
    """Say of rows that nobody reports on that it is not known what became of them. They are never sent again."""
    values = {"real": real, "reported": real - _REPORTED, "reason": "no word of it"}
    await connection.execute(_FORGOTTEN, values)


async def deliver(rt: Runtime, gateway: Gateway) -> int:
    """Claim a few texts that may go out now and send them side by side; return how many were claimed.

    No more are claimed than are sent at once: a row that waits behind others would outlive its lease.
    """
    async with rt.begin() as (connection, _):
        real = rt.real()
        claimed = await connection.execute(_CLAIM, {"real": real, "lease": real + _LEASE, "most": AT_ONCE})
        ids = list(claimed.scalars())
    ended = await asyncio.gather(*(_send(rt, gateway, row) for row in ids), return_exceptions=True)
    # Each send is a transaction of its own: all of them end before the first fault is reported.
    for fault in ended:
        if isinstance(fault, BaseException):
            raise fault
    return len(ids)


async def _send(rt: Runtime, gateway: Gateway, row_id: UUID) -> None:
    """Send one text while holding its person's row, so that a STOP is either before it or after it, never during."""
    async with rt.begin() as (connection, now):
        await connection.execute(_LOCK, {"id": row_id})
        # Read in a statement of its own: what was committed while waiting for the lock must be seen.
        row = (await connection.execute(_READ, {"id": row_id})).one_or_none()
        if row is None:
            return
        verdict = judge(row, now) if row.staff_id is None else _judge_page(rt, row, now)
        if not verdict.send:
            await _put_aside(rt, connection, row_id, verdict, now)
            return
        outcome = await _hand_over(rt, gateway, row, now)
        await _settle(rt, connection, row, outcome, now)


def judge(row: Row[Any], now: datetime) -> Verdict:
    """Decide from what is true now, not from what was true when the text was written."""
    if row.answer_key is None or row.contact_key is None or row.body is None:
        return Verdict(reason="erased")
    if row.opted_out and not (row.asked_for and row.priority == CRISIS and row.opt_out_mode == "ours"):
        return Verdict(reason="opted out")
    if row.stale_at is not None and row.stale_at <= now:
        return Verdict(reason="too late to be of use")
    if not row.asked_for and row.enrolment_state != "active":
        return Verdict(reason="paused" if row.enrolment_state == "paused" else "left")
    # A check-in comes at the hour the person chose; one that is late, after an outage, is no longer that.
    late = row.due_at is not None and now - row.due_at > _STILL_ON_TIME
    if not row.asked_for and (row.priority >= REMINDER or late):
        chosen = read_settings(row.settings)
        start, end = (row.quiet_start, row.quiet_end) if row.quiet_start else (chosen.quiet_start, chosen.quiet_end)
        quiet = quiet_until(now.astimezone(UTC), row.zone, start, end)
        if quiet is not None:
            return Verdict(until=quiet, reason="quiet hours")
    return Verdict(send=True)


def _judge_page(rt: Runtime, row: Row[Any], now: datetime) -> Verdict:
    found = paging.hindrance(rt.vault, row, now)
    return Verdict(send=True) if found is None else Verdict(reason=found.reason, until=found.until)


async def _put_aside(rt: Runtime, connection: AsyncConnection, row_id: UUID, verdict: Verdict, now: datetime) -> None:
    real = rt.real()
    again = verdict.until is not None
    values = _values(row_id, "ready" if again else "dropped", real, reason=verdict.reason)
    if verdict.until is not None:
        values["next"] = real + (verdict.until - now)
    await connection.execute(_SETTLE, values)


async def _hand_over(rt: Runtime, gateway: Gateway, row: Row[Any], now: datetime) -> Outcome:
    try:
        number, body = _opened(rt, row) if row.staff_id is None else paging.opened(rt.vault, row)
    except VaultError:
        return Outcome("refused")
    valid = None if row.stale_at is None else (row.stale_at - now).total_seconds()
    return await gateway.send_in_time(row=str(row.id), number=number, sender=row.sender, body=body, valid_seconds=valid)


def _opened(rt: Runtime, row: Row[Any]) -> tuple[str, str]:
    contact = rt.vault.key(row.contact_key).open(row.contact, "participants.contact", row.participant_id)
    return contact["number"], rt.vault.key(row.answer_key).open(row.body, "outbox.body", row.id)


async def _settle(rt: Runtime, connection: AsyncConnection, row: Row[Any], outcome: Outcome, now: datetime) -> None:
    """Write down how a send ended. Only what was surely not processed is tried again, a few times and slower."""
    real = rt.real()
    values = _values(
        row.id, {"accepted": "accepted", "refused": "failed", "unknown": "unknown"}.get(outcome.kind, "ready"), real
    )
    values.update(sid=outcome.sid, code=outcome.code)
    if outcome.kind == "retry":
        if row.attempts > len(_BACKOFF):
            values.update(state="failed", final=True, reason="Twilio could not be reached")
        else:
            values.update(next=real + _BACKOFF[row.attempts - 1], reason="Twilio could not take it yet")
    if outcome.code == OPTED_OUT:
        values.update(state="dropped", reason="opted out at Twilio")
    if outcome.code == OPTED_OUT and row.participant_id is not None:
        await connection.execute(_OPT_OUT, {"person": row.participant_id, "sender": row.sender, "real": real})
    await connection.execute(_SETTLE, values)
    if outcome.kind == "accepted" and row.wait_minutes:
        await _start_waiting(connection, row, now)


async def _start_waiting(connection: AsyncConnection, row: Row[Any], now: datetime) -> None:
    """Wait for an answer from the moment at which the question was really sent."""
    until = now + timedelta(minutes=row.wait_minutes)
    found = (await connection.execute(_WAITS, {"asked": row.id, "until": until})).scalar()
    if found is not None:
        await connection.execute(_TIMEOUT, {"id": new_id(), "enrolment": found, "zone": row.zone, "until": until})


def _values(row_id: UUID, state: str, real: datetime, *, reason: str | None = None) -> dict[str, Any]:
    return {
        "id": row_id,
        "state": state,
        "reason": reason,
        "sid": None,
        "code": None,
        "next": real,
        "real": real,
        "final": state in {"dropped", "failed"},
        "ranks": list(RANKS),
    }
