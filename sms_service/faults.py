"""What follows from Twilio's error codes, besides the row that failed: an opt-out kept, a number marked, a sender
stopped, an operator told. The same whether the code came with the sending or with a report later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service import metrics, senders
from sms_service.twilio import errors
from sms_service.twilio.errors import Action, Fault

log = structlog.get_logger()

OPTED_OUT = errors.OPTED_OUT

# People before anything of theirs, as everywhere: whoever else writes about them has them locked.
_LOCK = text("""
    select id from participants where id = any(array(
        select o.participant_id from unnest(cast(:rows as uuid[])) as refused (id),
            lateral (select participant_id from outbox where id = refused.id offset 0) o
    ))
    order by id for no key update
""")
_OPT_OUT = text("""
    insert into opt_outs (participant_id, sender, opted_out, how, at)
    select distinct participant_id, sender, true, 'word', cast(:real as timestamptz)
    from outbox o where id = any(:rows) and participant_id is not null
        -- A report of a text from before the person's last STOP or START says nothing new.
        and not exists (
            select 1 from opt_outs x
            where x.participant_id = o.participant_id and x.sender = o.sender and x.at > coalesce(o.sent_at, 'infinity')
        )
    on conflict (participant_id, sender) do update set opted_out = true, how = 'word', at = excluded.at
        where not opt_outs.opted_out
""")
_MARK = text("""
    update participants p set unreachable = :how, unreachable_at = :real
    from outbox o where o.id = any(:rows) and p.id = o.participant_id
        and p.heard_at <= o.created_at
""")
# Days on which what failed failed so, since the last text that arrived and since the person was last heard. A report
# comes before its row says so.
_MARK_AFTER_DAYS = text("""
    update participants p set unreachable = 'dead', unreachable_at = :real
    where p.id = any(:people) and p.unreachable is null and :days <= (
        select count(distinct o.created_at::date) from outbox o
        where o.participant_id = p.id
            and (o.id = any(:rows) or (o.state in ('failed', 'undelivered') and o.error_code = any(:codes)))
            and o.created_at > p.heard_at and o.created_at > coalesce(
                (select max(d.created_at) from outbox d
                    where d.participant_id = p.id and d.state in ('sent', 'delivered') and d.id <> all(:rows)),
                '-infinity')
    )
""")
_PEOPLE = text("select participant_id from outbox where id = any(:rows) and participant_id is not null")
_KINDS = text("""
    select count(*) filter (where kind = 'text') as texts, count(*) filter (where kind = 'call') as calls
    from outbox where id = any(:rows)
""")
_SENDERS = text("select distinct sender from outbox where id = any(:rows)")
_TWO_DAYS = 2


async def follow(connection: AsyncConnection, failed: Sequence[tuple[UUID, Fault]], real: datetime) -> None:
    """Do what the faults of these outbox rows call for. What an operator has to know is logged without saying who."""
    by_fault: dict[Fault, list[UUID]] = {}
    for row, fault in failed:
        by_fault.setdefault(fault, []).append(row)
    if by_fault:
        await connection.execute(_LOCK, {"rows": [row for row, _ in failed]})
    for fault, rows in sorted(by_fault.items(), key=lambda one: one[0].code or 0):
        await _follow_one(connection, fault, rows, real)


async def _follow_one(connection: AsyncConnection, fault: Fault, rows: list[UUID], real: datetime) -> None:
    metrics.FAILURES.labels(fault.kind).inc(len(rows))
    match fault.action:
        case "opt-out":
            await connection.execute(_OPT_OUT, {"rows": rows, "real": real})
        case "dead" | "landline":
            await connection.execute(_MARK, {"rows": rows, "real": real, "how": fault.action})
        case "twice":
            refusing = (await connection.execute(_PEOPLE, {"rows": rows})).scalars().all()
            await mark_after_days(connection, refusing, "twice", _TWO_DAYS, real, rows)
        case "stop":
            stopped = (await connection.execute(_SENDERS, {"rows": rows})).scalars()
            await senders.stop(connection, sorted(stopped), f"{fault.code}: {fault.says}", real)
        case "drop":
            refused = (await connection.execute(_KINDS, {"rows": rows})).one()
            if refused.texts:
                log.error("text.refused", code=fault.code, meaning=fault.says, texts=refused.texts)
            if refused.calls:
                log.error("call.refused", code=fault.code, meaning=fault.says, calls=refused.calls)


async def mark_after_days(
    connection: AsyncConnection,
    people: Sequence[UUID],
    action: Action,
    days: int,
    real: datetime,
    rows: Sequence[UUID] = (),
) -> None:
    """Mark the numbers of these people whose texts failed on so many days, by codes that call for this action.

    `rows` have failed so too, whatever they say yet.
    """
    values = {"people": sorted(people), "codes": errors.codes(action), "days": days, "real": real, "rows": list(rows)}
    await connection.execute(_MARK_AFTER_DAYS, values)
