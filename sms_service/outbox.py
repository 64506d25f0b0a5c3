"""Every message is a row here before it is anything else. Sending looks again at whether it still may be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import call_ends, claiming, faults, on_its_way, paging, senders, settling, test_texts
from sms_service.outgoing import CRISIS
from sms_service.runtime import Runtime
from sms_service.senders import Sender
from sms_service.throttle import Bucket
from sms_service.together import together
from sms_service.twilio.client import Draft, Gateway, Outcome
from sms_service.vault import VaultError
from sms_service.verdict import Verdict, judge

log = structlog.get_logger()

_SIDE_BY_SIDE = 6
_LANES = 2
_LONGEST_WAIT = 1.0
_SOME = 2000
_KINDS = ("text", "call")
_MAY_BE_OUT = frozenset({"accepted", "unknown"})

_LOCK = text("""
    select id from participants where id = any(array(
        select o.participant_id from unnest(cast(:ids as uuid[])) as claimed (id),
            lateral (select participant_id, state from outbox where id = claimed.id offset 0) o
        where o.state = 'sending'
    ))
    order by id for no key update
""")
# Everything beside the text itself is looked up by its own key (`offset 0`), row by row: joined freely, a plan made
# while a table was small reads all of it for each row once it has grown, and planning costs more than reading.
# Danger has an index of its own, which a value handed over would not be looked up in.
# `r` is what a row came of first: a text in place of a missed call comes of what the call came of, a copy likewise.
_READ = text(f"""
    select o.*, s.opt_out_mode, s.service_sid, a.due_at, a.kind as appointment, p.contact_key, p.answer_key, p.contact,
        p.heard_at, p.unreachable, coalesce(x.opted_out, false) as opted_out, e.state as enrolment_state, e.zone,
        e.quiet_start, e.quiet_end, cast(g.settings as text), f.state as follow_up, f.paged_id, l.lead,
        y.phone as test_phone,
        y.id is not null and exists (
            select from (select id from participants where phone_hash = y.phone_hash offset 0) v,
                lateral (select opted_out from opt_outs where participant_id = v.id and sender = o.sender offset 0) z
            where z.opted_out
        ) as test_opted_out,
        exists (
            select from conversations c,
                lateral (select asked_for, created_at from outbox where id = c.asked_id offset 0) q
            where c.participant_id = o.participant_id and c.sender = o.sender and c.ended_at is null
                and q.asked_for and q.created_at > o.created_at
        ) as asked_since,
        o.asks and not exists (
            select from conversations c
            where c.participant_id = o.participant_id and c.sender = o.sender and c.ended_at is null
                and c.heard_at <= o.created_at offset 0
        ) as asked_no_more,
        a.kind in ('check-in', 'snooze') and exists (
            select from check_ins k
            where k.enrolment_id = a.enrolment_id and k.occasion = a.occasion
                and (a.kind = 'check-in' or k.closed_at > o.created_at) offset 0
        ) as kept,
        exists (
            select from outbox q
            where q.participant_id = o.participant_id and q.sender = o.sender and q.priority = {CRISIS}
                and q.created_at > o.created_at offset 0
        ) as in_danger_since,
        v.id is not null as invited, v.id is not null and (
            exists (
                select from enrolments n
                where n.participant_id = o.participant_id and n.sender = o.sender and n.state <> 'left' offset 0
            )
            or exists (
                select from conversations c where c.participant_id = o.participant_id and c.sender = o.sender
                    and c.ended_at is null and c.heard_at > o.created_at - interval '7 days' offset 0
            )
        ) as in_touch
    from unnest(cast(:ids as uuid[])) as claimed (id)
    join lateral (select * from outbox where id = claimed.id offset 0) o on o.state = 'sending'
    left join lateral (select * from participants where id = o.participant_id offset 0) p on true
    left join lateral (select * from follow_ups where o.staff_id is not null and id = o.origin_id offset 0) f on true
    left join lateral (
        select jsonb_build_array(r.staff_id, r.shown_name, encode(r.phone, 'hex'), r.zone, r.hours, r.away, r.holidays)
            as lead
        from support_leads r join staff t on t.id = r.staff_id and t.disabled_at is null
        where r.staff_id = o.staff_id and r.program_id = f.program_id offset 0
    ) l on true
    left join lateral (select * from test_phones where o.origin = 'test-text' and id = o.origin_id offset 0) y on true
    left join lateral (
        select * from opt_outs where participant_id = o.participant_id and sender = o.sender offset 0
    ) x on true
    left join lateral (select * from enrolments where id = o.enrolment_id offset 0) e on true
    left join lateral (select * from senders where number = o.sender offset 0) s on true
    left join lateral (
        select * from outbox where o.origin in ('again', 'missed call') and id = o.origin_id offset 0
    ) w on true
    left join lateral (select * from outbox where id = w.origin_id offset 0) u on true
    left join lateral (select * from outbox where id = u.origin_id offset 0) t on true
    cross join lateral (
        select coalesce(t.origin, u.origin, w.origin, o.origin) as origin,
            coalesce(t.origin_id, u.origin_id, w.origin_id, o.origin_id) as id offset 0
    ) r
    left join lateral (select * from invitations where r.origin = 'invitation' and id = r.id offset 0) v on true
    left join lateral (select * from programs where id = coalesce(e.program_id, v.program_id) offset 0) g on true
    left join lateral (select * from appointments where r.origin = 'appointment' and id = r.id offset 0) a on true
""")  # noqa: S608  (a number of ours)
_FORGOTTEN = text("""
    update outbox set state = 'unknown', reason = 'no word of it',
        next_attempt_at = case state when 'sending' then cast(:look as timestamptz) else :real end
    where id = any(array(
        select id from outbox
        where state in ('sending', 'handed') and (
            (state = 'sending' and lease_until < :real) or (state = 'handed' and sent_at < :reported)
        )
        limit :some for update skip locked
    ))
""")
_RELEASE = text("""
    update outbox set state = 'ready', next_attempt_at = :real, hold_until = null
    where id = any(array(
        select id from outbox where state = 'held' and hold_until <= :now
        order by hold_until, id limit :some for update skip locked
    ))
""")
_READY = text(
    "select count(*) from (select 1 from outbox where state = 'ready' and next_attempt_at <= :real limit 2000) r"
)


async def waiting(rt: Runtime) -> int:
    """Return how many texts could be sent now (2,000 stands for that many or more)."""
    async with rt.begin() as (connection, _):
        return int((await connection.execute(_READY, {"real": rt.real()})).scalar_one())


async def let_go(connection: AsyncConnection, now: datetime, real: datetime) -> bool:
    """Let go of what was held back until now, some at a time; whether there may be more.

    Say of rows that nobody reports on that it is not known what became of them, for `reconcile` to find out.
    """
    after = settling.LOOK_AFTER
    released = await connection.execute(_RELEASE, {"now": now, "real": real, "some": _SOME})
    times = {"real": real, "reported": real - after, "look": real + after}
    forgotten = await connection.execute(_FORGOTTEN, {**times, "some": _SOME})
    return released.rowcount == _SOME or forgotten.rowcount == _SOME


class _Sent(NamedTuple):
    """How many texts were claimed and dealt with, and whether there may be more that can go out at once."""

    number: int
    more: bool


async def deliver_all(rt: Runtime, gateway: Gateway, bucket: Bucket, turn: timedelta) -> int:
    """Send until nothing is ready or the turn is over; return how many texts were claimed.

    Two batches are under way at once: while one waits for Twilio, the other is claimed or settled.
    """
    until = rt.real() + turn
    return sum(await together(_deliver_on(rt, gateway, bucket, until) for _ in range(_LANES)))


async def _deliver_on(rt: Runtime, gateway: Gateway, bucket: Bucket, until: datetime) -> int:
    """Send batch after batch. While a sender has no token, wait with nothing claimed."""
    sent, more = 0, True
    while more and rt.real() < until:
        bucket.wait = None
        done = await _deliver(rt, gateway, bucket)
        sent, more = sent + done.number, done.more or bucket.wait is not None
        if not done.number and bucket.wait is not None:
            await asyncio.sleep(min(bucket.wait, _LONGEST_WAIT))
    return sent


async def deliver(rt: Runtime, gateway: Gateway, bucket: Bucket | None = None) -> int:
    """Claim what may go out now and send it side by side; return how many texts were claimed.

    Each sender gets what its bucket gives; without a bucket there is no limit. No more are claimed than are sent at
    once: a row that waits behind others would outlive its lease.
    """
    return (await _deliver(rt, gateway, bucket)).number


async def _deliver(rt: Runtime, gateway: Gateway, bucket: Bucket | None) -> _Sent:
    async with rt.engine.begin() as connection:
        found = await senders.waiting(connection, rt.real())
    room = asyncio.Semaphore(_SIDE_BY_SIDE)
    sent = await together(_deliver_from(rt, gateway, bucket, sender, room) for sender in found)
    return _Sent(sum(one.number for one in sent), any(one.more for one in sent))


async def _deliver_from(
    rt: Runtime, gateway: Gateway, bucket: Bucket | None, sender: Sender, room: asyncio.Semaphore
) -> _Sent:
    """Send texts, then begin calls: each has a pace of its own, and a stopped sender is tried with a text first."""
    done: list[_Sent] = []
    async with room:
        for kind in _KINDS if sender.calls else _KINDS[:1]:
            if any(one.more for one in done) and sender.stopped_for(kind):
                break
            done.append(await _deliver_some(rt, gateway, bucket, sender, kind))
    return _Sent(sum(one.number for one in done), any(one.more for one in done))


async def _deliver_some(rt: Runtime, gateway: Gateway, bucket: Bucket | None, sender: Sender, kind: str) -> _Sent:
    claimed, more, turn = await claiming.claim(rt, sender, bucket, kind)
    if claimed:
        sent, asked = await _send(rt, gateway, list(claimed), sender)
        if bucket is not None and kind == "call":
            bucket.settle(sender.calling, len(claimed), len(sent))
        elif bucket is not None:
            bucket.count(sender.pace, rt.real(), sum(claimed.values()), sum(claimed[row] for row in sent))
        if turn is not None and not asked:
            # What is of no use or has to wait tells nothing of the sender: the next one is tried at once.
            async with rt.engine.begin() as connection:
                more = await senders.give_back(connection, sender, turn)
    return _Sent(len(claimed), more)


async def _send(rt: Runtime, gateway: Gateway, ids: Sequence[UUID], sender: Sender) -> tuple[list[UUID], bool]:
    """Send claimed texts while holding their people's rows: a STOP is before its text or after it, never during.

    Return those that Twilio took, or may have taken, and whether it was asked at all.
    """
    async with rt.begin() as (connection, now):
        await connection.execute(_LOCK, {"ids": list(ids)})
        # Read in a statement of its own: what was committed while waiting for the locks must be seen.
        rows = (await connection.execute(_READ, {"ids": list(ids)})).all()
        verdicts = [(row, _judge(rt, row, now)) for row in rows]
        ends = [settling.set_aside(row, verdict, rt.real()) for row, verdict in verdicts if not verdict.send]
        going = [(row, verdict.by) for row, verdict in verdicts if verdict.send]
        outcomes = await asyncio.gather(*(_hand_over(rt, gateway, row, by, now) for row, by in going))
        sent = [(row, outcome) for (row, _), outcome in zip(going, outcomes, strict=True)]
        ends += [settling.ended(row, outcome, now, rt.real()) for row, outcome in sent]
        await settling.settle(connection, sorted(ends, key=lambda end: end.row.id), rt.real())
        await _follow(rt, connection, sent, sender, now)
    asked = any(outcome.kind != "unreadable" for outcome in outcomes)
    return [row.id for row, outcome in sent if outcome.kind in _MAY_BE_OUT], asked


def _judge(rt: Runtime, row: Row[Any], now: datetime) -> Verdict:
    """Judge one row; one that cannot be judged keeps nobody else's text from going out."""
    try:
        if row.staff_id is None:
            return judge(row, now)
        if row.origin == test_texts.ORIGIN:
            return test_texts.judge(row, now)
        found = paging.hindrance(rt.vault, row, now)
    except Exception as error:  # noqa: BLE001  (the outer edge of one row's sending: logged, and the row says so)
        log.error("text.unreadable", text=str(row.id), error=type(error).__name__)
        return Verdict(reason=settling.UNREADABLE)
    return Verdict(send=True) if found is None else Verdict(reason=found.reason, until=found.until)


async def _hand_over(rt: Runtime, gateway: Gateway, row: Row[Any], by: datetime | None, now: datetime) -> Outcome:
    try:
        number, body = opened(rt, row)
    except VaultError as error:
        log.error("text.unreadable", text=str(row.id), error=type(error).__name__)
        return Outcome("unreadable")
    ends = min((moment for moment in (row.stale_at, by) if moment is not None), default=None)
    valid = None if ends is None else (ends - now).total_seconds()
    draft = Draft(str(row.id), number, row.sender, body, valid, row.service_sid)
    return await (gateway.call_in_time(draft) if row.kind == "call" else gateway.send_in_time(draft))


def opened(rt: Runtime, row: Row[Any]) -> tuple[str, str]:
    """Return a row's number and words. Raises VaultError where they were erased."""
    if row.origin == test_texts.ORIGIN:
        return test_texts.opened(rt.vault, row)
    if row.staff_id is not None:
        return paging.opened(rt.vault, row)
    contact = rt.vault.key(row.contact_key).open(row.contact, "participants.contact", row.participant_id)
    return contact["number"], rt.vault.key(row.answer_key).open(row.body, "outbox.body", row.id)


async def _follow(
    rt: Runtime, connection: AsyncConnection, sent: Sequence[tuple[Row[Any], Outcome]], sender: Sender, now: datetime
) -> None:
    """Do what follows from how texts ended, besides their own rows."""
    refused = [(row.id, outcome.fault) for row, outcome in sent if outcome.fault is not None]
    await faults.follow(connection, refused, rt.real())
    accepted = [row for row, outcome in sent if outcome.kind == "accepted"]
    if any(sender.starts_with(row.kind) for row in accepted):
        await senders.start(connection, [sender.number], rt.real())
        log.info("sender.started", sender=sender.number)
    await on_its_way.follow(connection, accepted, now)
    for row, outcome in sent:
        if row.kind == "call" and outcome.kind == "refused" and outcome.fault is not None:
            await call_ends.not_placed(rt, connection, row, outcome.fault, now)
