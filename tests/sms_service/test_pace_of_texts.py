"""Texts of several segments keep to a sender's pace: what does not fit any more stays in line."""

from __future__ import annotations

import pytest

from sms_service import claiming, clockwork, senders
from sms_service.claiming import Claim
from sms_service.runtime import Runtime
from sms_service.throttle import Bucket
from sms_service.twilio.client import AT_ONCE
from tests import people

WAITING = """
    select count(*) from outbox where state = 'ready' and attempts = 0 and lease_until is null and reason is null
"""
MORE = """
    insert into outbox (
        id, participant_id, enrolment_id, sender, kind, asked_for, priority, body, segments, origin, origin_id, n,
        state, created_at, next_attempt_at
    )
    select gen_random_uuid(), participant_id, enrolment_id, sender, kind, asked_for, priority, body, 3, 'x',
        gen_random_uuid(), more, 'ready', created_at, next_attempt_at - more * interval '1 millisecond'
    from outbox, generate_series(1, 29) more where state = 'ready'
    returning id
"""


@pytest.fixture
async def crowded(joined: Runtime) -> Runtime:
    """Thirty texts of three segments wait in line."""
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.rows(joined, "update outbox set segments = 3 where state = 'ready' returning id")
    await people.rows(joined, MORE)
    return joined


async def claimed(rt: Runtime, bucket: Bucket, pace: float) -> Claim:
    await people.rows(rt, "update senders set segments_per_second = :pace returning number", pace=pace)
    async with rt.engine.begin() as connection:
        (sender,) = await senders.waiting(connection, rt.real())
    return await claiming.claim(rt, sender, bucket, "text")


async def test_no_more_is_claimed_than_there_are_segments_for(crowded: Runtime, bucket: Bucket) -> None:
    first = await people.rows(crowded, "select id from outbox where state = 'ready' order by next_attempt_at limit 6")
    found = await claimed(crowded, bucket, 20)
    assert set(found.rows) == {one for (one,) in first}
    assert (sum(found.rows.values()), found.more) == (18, True)
    assert await people.one(crowded, WAITING) == 24


async def test_a_text_longer_than_the_pace_goes_by_itself(crowded: Runtime, bucket: Bucket) -> None:
    found = await claimed(crowded, bucket, 1)
    assert (sum(found.rows.values()), found.more) == (3, True)
    assert (await claimed(crowded, bucket, 1)).rows == {}
    assert await people.one(crowded, WAITING) == 29


async def test_a_fast_sender_is_given_as_many_segments_as_a_batch_has(crowded: Runtime, bucket: Bucket) -> None:
    found = await claimed(crowded, bucket, 500)
    assert (sum(found.rows.values()), found.more) == (3 * AT_ONCE, True)
    assert await people.one(crowded, WAITING) == 30 - AT_ONCE
