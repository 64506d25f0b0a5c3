"""What follows once a text is surely out, however that came to be known: its question waits, its lateness is kept.

Also whether what a check-in had to say is out, and since when: its text or call, a copy, the text after a missed call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from sms_service.runtime import new_id

_INSTEAD = frozenset({"again", "missed call"})
_LATE = timedelta(hours=1)

LED_TO = """
    with recursive led as (
        select first.* from (
            select id, state, late_seconds from outbox where origin = 'appointment' and origin_id = c.id offset 0
        ) first
        union all
        select next.* from led cross join lateral (
            select id, state, late_seconds from outbox
            where origin in ('again', 'missed call') and origin_id = led.id offset 0
        ) next
    )
    select id, state in ('accepted', 'sent', 'delivered') as out,
        state in ('failed', 'undelivered', 'dropped') as ended,
        c.due_at + coalesce(late_seconds, 0) * interval '1 second' as out_at
    from led
"""
"""Each row that a check-in or reminder `c` led to, looked up by its key; if it is out, since when by the calendar."""
LAST_TRY = """
    with recursive tried as (
        select o.id, o.kind, o.state, o.error_code, o.n, 0 as step
        union all
        select next.*, tried.step + 1 from tried cross join lateral (
            select id, kind, state, error_code, n from outbox
            where origin in ('again', 'missed call') and origin_id = tried.id offset 0
        ) next
        where tried.kind = 'text' or tried.state in ('failed', 'undelivered')
    )
    select kind, state, error_code from tried where step > 0 order by step desc, n desc limit 1
"""
"""What was tried last in place of the row `o`. What follows a call that rang is left out: it tells who took it."""

_BEFORE = text(f"""
    select a.id, c.kind, c.due_at, case when last.out then last.out_at end as out_at
    from unnest(cast(:ids as uuid[])) as given (id)
    join lateral (select id, enrolment_id, kind, occasion from appointments where id = given.id offset 0) a on true
    join lateral (
        select id, kind, due_at from appointments
        where enrolment_id = a.enrolment_id and kind in ('check-in', 'reminder-1', 'reminder-2')
            and occasion = a.occasion and kind < a.kind offset 0
    ) c on true
    left join lateral (select out, ended, out_at from ({LED_TO}) led order by id desc limit 1) last on true
    where c.kind = 'check-in' or not last.ended
""")  # noqa: S608  (no values)

# A conversation waits for the answer to what it asked last, so there is one row for each of them.
_WAIT = text("""
    with n as (
        select * from unnest(cast(:ids as uuid[]), cast(:people as uuid[]), cast(:senders as text[]),
            cast(:asked as uuid[]), cast(:zones as text[]), cast(:untils as timestamptz[]))
            as n (id, person, sender, asked, zone, until)
    ), w as (
        update conversations c set waits_until = n.until from n
        where c.participant_id = n.person and c.sender = n.sender and c.asked_id = n.asked and c.ended_at is null
        returning n.id, c.enrolment_id, n.zone, n.until
    )
    insert into appointments (id, enrolment_id, kind, occasion, due_at)
    select id, enrolment_id, 'timeout', (until at time zone zone)::date, until from w where enrolment_id is not null
    on conflict (enrolment_id, kind, occasion) do update
        set id = excluded.id, due_at = excluded.due_at, state = 'due', tries = 0, try_at = null, reason = null,
            settled_at = null
""")
# A check-in was kept when it was put into the outbox; another day is counted from when it came, should that be later.
_CAME = text("""
    with recursive led as (
        select o.origin, o.origin_id from outbox o where o.id = any(:ids)
        union all
        select o.origin, o.origin_id from led cross join lateral (
            select origin, origin_id from outbox where id = led.origin_id offset 0
        ) o
        where led.origin in ('again', 'missed call')
    )
    update appointments set settled_at = :now
    where id = any(array(select origin_id from led where origin = 'appointment')) and kind = 'check-in'
        and state = 'done'
""")
# Real time by the calendar: they differ where the demo has moved it on. What went back in a webhook's answer was never
# tried; its sending is as old as itself.
_CATCH_UP = text("""
    with late as (
        select o.id, extract(epoch from
            coalesce(o.sent_at, cast(:real as timestamptz)) + (cast(:now as timestamptz) - cast(:real as timestamptz))
            - coalesce(a.due_at, o.created_at)) as seconds
        from outbox o left join appointments a on o.origin = 'appointment' and a.id = o.origin_id
        where o.id = any(:ids) and o.late_seconds is null and o.state in ('accepted', 'sent', 'delivered')
            and (o.sent_at is null or o.attempts > 0)
    )
    update outbox o set sent_at = coalesce(o.sent_at, :real), lease_until = null,
        late_seconds = greatest(0, cast(late.seconds as integer))
    from late where o.id = late.id
    returning o.id, o.participant_id, o.sender, o.wait_minutes, o.sent_at, o.origin, o.created_at,
        (select e.zone from enrolments e where e.id = o.enrolment_id) as zone
""")


async def before(connection: AsyncConnection, reminders: Sequence[UUID]) -> Mapping[UUID, list[Row[Any]]]:
    """Return what each reminder comes after: its check-in, and the reminders before it that are out or may still be.

    Each with its kind, when it was due, and since when the last that came of it is out.

    To be read behind the people's locks: a sender holds them until it has written down how it went.
    """
    found: dict[UUID, list[Row[Any]]] = {}
    if reminders:
        for row in await connection.execute(_BEFORE, {"ids": list(reminders)}):
            found.setdefault(row.id, []).append(row)
    return found


async def follow(connection: AsyncConnection, sent: Sequence[Row[Any]], now: datetime) -> None:
    """Do what follows once these texts and calls are out, all sent at this moment of the calendar."""
    await _start_waiting(connection, sent, now)
    late = [row.id for row in sent if row.origin in _INSTEAD or now - row.created_at >= _LATE]
    if late:
        await connection.execute(_CAME, {"ids": late, "now": now})


async def _start_waiting(connection: AsyncConnection, sent: Sequence[Row[Any]], now: datetime) -> None:
    """Have each question among these texts wait for its answer from now on."""
    asking = [row for row in sent if row.wait_minutes]
    if not asking:
        return
    values: Mapping[str, object] = {
        "ids": [new_id() for _ in asking],
        "people": [row.participant_id for row in asking],
        "senders": [row.sender for row in asking],
        "asked": [row.id for row in asking],
        "zones": [row.zone for row in asking],
        "untils": [now + timedelta(minutes=row.wait_minutes) for row in asking],
    }
    await connection.execute(_WAIT, values)


async def catch_up(connection: AsyncConnection, ids: Sequence[UUID], now: datetime, real: datetime) -> None:
    """Do for texts that are found to be out what their worker did not live to do."""
    found = (await connection.execute(_CATCH_UP, {"ids": sorted(ids), "now": now, "real": real})).all()
    for row in found:
        await follow(connection, [row], now - (real - row.sent_at))
