"""Take what a sender may send now: as many texts or calls as its pace allows, each leased to one worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text

from sms_service import senders
from sms_service.outgoing import REPLY
from sms_service.runtime import Runtime
from sms_service.senders import Sender
from sms_service.throttle import Bucket
from sms_service.twilio.client import AT_ONCE

_LEASE = timedelta(seconds=60)
_LEAST_PRIORITY = 9

# As an array the rows are looked for once. As `in (...)` some plans look anew for each row they go through, pass over
# what they have claimed so far, and claim more than was asked for.
_CLAIM = text("""
    update outbox set state = 'sending', lease_until = :lease, attempts = attempts + 1
    where id = any(array(
        select id from outbox
        where sender = :sender and kind = :kind and state = 'ready' and next_attempt_at <= :real
            and priority <= :priority
        order by priority, next_attempt_at limit :most for update skip locked
    ))
    returning id, segments, priority, next_attempt_at
""")
_PUT_BACK = text("""
    update outbox set state = 'ready', lease_until = null, attempts = attempts - 1 where id = any(:ids)
""")


class Claim(NamedTuple):
    """The texts or calls that were claimed, with their segments, and whether there may be more at once.

    `turn` is when the try of a stopped sender was taken for them.
    """

    rows: dict[UUID, int]
    more: bool
    turn: datetime | None = None


async def claim(rt: Runtime, sender: Sender, bucket: Bucket | None, kind: str) -> Claim:
    """Claim texts or calls of a sender: as many as may go out now, or the one that a stopped sender is tried with."""
    pace = sender.calling if kind == "call" else sender.pace
    wanted, priority, real = AT_ONCE, _LEAST_PRIORITY, rt.real()
    stopped = sender.stopped_for(kind)
    if stopped:
        if not sender.may_try(real):
            return Claim({}, more=False)
        wanted = 1
    if bucket is not None:
        # With the day's texts used up, whoever wrote to us still gets an answer, as far as the carriers let it through.
        priority = REPLY if bucket.used_up(pace, real) else _LEAST_PRIORITY
        wanted = given = bucket.take(pace, wanted)
    if not wanted:
        return Claim({}, more=False)
    values = {"sender": sender.number, "kind": kind, "priority": priority, "most": wanted}
    async with rt.engine.begin() as connection:
        # The turn comes first: who waits for it holds no text, so that the one tried is the first in line.
        may = not stopped or await senders.take_turn(connection, sender.number, real)
        lease = {"real": real, "lease": real + _LEASE}
        rows = (await connection.execute(_CLAIM, {**values, **lease})).all() if may else ()
        if stopped and not rows:
            await connection.rollback()
        claimed, asked = {row.id: row.segments for row in rows}, sum(row.segments for row in rows)
        if bucket is not None and asked > given:
            # As many texts were claimed as segments were given, and some have several.
            given += bucket.take(pace, asked - given)
            if beyond := _beyond(rows, given):
                await connection.execute(_PUT_BACK, {"ids": beyond})
                claimed = {row: segments for row, segments in claimed.items() if row not in beyond}
    if bucket is not None:
        bucket.settle(pace, given, sum(claimed.values()))
    return Claim(claimed, not stopped and len(rows) == wanted, real if stopped and rows else None)


def _beyond(rows: Sequence[Row[Any]], given: int) -> list[UUID]:
    """Return those last in line that so many segments are not enough for. The first always goes, and owes the rest."""
    line = sorted(rows, key=lambda row: (row.priority, row.next_attempt_at))
    sums = accumulate(row.segments for row in line)
    return [row.id for row, so_far in zip(line[1:], list(sums)[1:], strict=True) if so_far > given]
