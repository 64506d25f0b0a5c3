"""Ask Twilio what became of texts that it took and never reported on: reports are lost while the webhook is down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import text

from sms_service import call_ends, statuses
from sms_service.asking import AT_ONCE, Asking
from sms_service.call_ends import End
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from sms_service.twilio.client import CALL, Gateway

_MOST = 200
_FIRST = timedelta(hours=1)
_LAST = timedelta(days=2)
_SOON = timedelta(minutes=10)

# The next look is an hour after `next_attempt_at`, which is at first when the text was taken. So a text is asked about
# after an hour, six hours and a day; then it falls out of the time that is looked at.
_CLAIM = text("""
    update outbox set sent_at = coalesce(sent_at, next_attempt_at), next_attempt_at = case
        when coalesce(sent_at, next_attempt_at) > cast(:real as timestamptz) - interval '5 hours'
            then cast(:real as timestamptz) + interval '4 hours'
        when coalesce(sent_at, next_attempt_at) > cast(:real as timestamptz) - interval '20 hours'
            then cast(:real as timestamptz) + interval '17 hours'
        else coalesce(sent_at, next_attempt_at) - interval '2 days' end
    where id = any(array(
        select id from outbox
        where state in ('accepted', 'sent') and sid is not null and next_attempt_at between :oldest and :youngest
        order by next_attempt_at limit :most for update skip locked
    ))
    returning id, sid
""")
_GIVE_BACK = text("""
    update outbox set next_attempt_at = :again
    where id = any(:ids) and state in ('accepted', 'sent') and sent_at > :oldest
""")


async def ask(rt: Runtime, gateway: Gateway, asking: Asking) -> int:
    """Move texts on to where Twilio has them, with all that a report leads to; return how many were asked about."""
    async with rt.begin() as (connection, _):
        real = rt.real()
        values = {"real": real, "oldest": real - _LAST, "youngest": real - _FIRST, "most": _MOST}
        left = [tuple(row) for row in await connection.execute(_CLAIM, values)]
    unanswered, asked = [], len(left)
    while left:
        some, left = left[:AT_ONCE], left[AT_ONCE:]
        if asking.away:
            unanswered += [row for row, _ in some]
            continue
        found = await asking.several([partial(_state, gateway, *one) for one in some])
        unanswered += [row for (row, _), one in zip(some, found, strict=True) if one is None]
        reports = [report for one in found if one is not None for report in one]
        unanswered += await _tell(rt, reports)
    if unanswered:
        async with rt.begin() as (connection, _):
            values = {"ids": sorted(unanswered), "again": real - _FIRST + _SOON, "oldest": real - _LAST}
            await connection.execute(_GIVE_BACK, values)
    return asked - len(unanswered)


async def _tell(rt: Runtime, reports: Sequence[Status]) -> list[UUID]:
    """Do what reports lead to; return the rows of those whose people are busy, which are asked about again."""
    texts = [one for one in reports if not one.sid.startswith(CALL)]
    calls = [End(one.outbox, one.sid, one.status) for one in reports if one.sid.startswith(CALL)]
    told = await statuses.take(rt, texts) if texts else []
    ended = await call_ends.take(rt, calls) if calls else []
    rows = [one.outbox for one in texts] + [one.outbox for one in calls]
    return [row for row, taken in zip(rows, [*told, *ended], strict=True) if taken is None]


def _state(gateway: Gateway, row: UUID, sid: str) -> list[Status]:
    """Return what Twilio would have reported last; nothing of a text that it has not any more."""
    found = gateway.state_of(sid)
    return [] if found is None else [Status(row, sid, found.status, found.error_code)]
