"""Weeks of silence: somebody is asked less often, until any word comes from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sms_service import clockwork
from sms_service.runtime import Runtime
from tests import people

DUE = "select due_at from appointments where kind = 'check-in' and state = 'due'"
FADED = "select faded from enrolments"
FOLLOWED = """
    insert into outbox (id, participant_id, enrolment_id, sender, asked_for, priority, segments, origin, origin_id, n,
        state, created_at, next_attempt_at)
    select gen_random_uuid(), participant_id, enrolment_id, sender, false, 2, 1, :way, id, 0, :state, created_at, now()
    from outbox where origin = :before and not asked_for
"""


async def silent_week(rt: Runtime, became: str = "accepted") -> datetime:
    """Let a check-in come and close without a word, and return when it was due. `became`: how its text ended."""
    due = await people.move_to_due(rt, "check-in")
    for kind in ("", "reminder-1", "reminder-2", "expiry"):
        if kind:
            await people.move_to_due(rt, kind)
        await clockwork.tick(rt)
        await become(rt, became)
    return due


async def become(rt: Runtime, state: str) -> None:
    async with rt.begin() as (connection, _):
        await connection.execute(people.sql("update outbox set state = :state where state = 'ready'"), {"state": state})


async def following(rt: Runtime) -> datetime:
    found = await people.one(rt, DUE)
    assert isinstance(found, datetime)
    return found


async def test_after_three_silent_weeks_the_next_is_four_weeks_on(joined: Runtime) -> None:
    for _ in range(2):
        due = await silent_week(joined)
        assert await following(joined) - due == timedelta(days=7)
        assert await people.one(joined, FADED) is False
    due = await silent_week(joined)
    assert await people.one(joined, FADED) is True
    assert await following(joined) - due == timedelta(days=28)
    assert await people.rows(joined, "select reason from appointments where reason ~ 'silen|fade'") == []


@pytest.mark.parametrize("state", ["ready", "held", "unknown", "failed", "undelivered", "dropped"])
async def test_silence_on_our_side_is_not_taken_for_theirs(joined: Runtime, state: str) -> None:
    for _ in range(2):
        await silent_week(joined)
    for _ in range(3):
        due = await silent_week(joined, state)
        assert await people.one(joined, FADED) is False
        assert await following(joined) - due == timedelta(days=7)
    await silent_week(joined, "delivered")
    assert await people.one(joined, FADED) is True


@pytest.mark.parametrize(
    ("ways", "faded"),
    [
        (["again"], True),
        (["missed call"], True),
        (["again", "missed call"], True),
        (["missed call", "again"], True),
        (["message"], False),
    ],
)
async def test_a_check_in_that_came_by_another_way_came(joined: Runtime, ways: list[str], *, faded: bool) -> None:
    """A copy, the text after a call, and so on: each followed from the one before, and only the last went out."""
    for _ in range(3):
        await silent_week(joined, "undelivered")
    await follow(joined, "appointment", ways)
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.send_out(joined)
    await people.move_to_due(joined, "expiry")
    await clockwork.tick(joined)
    assert await people.one(joined, FADED) is faded


async def follow(rt: Runtime, origin: str, ways: list[str]) -> None:
    for n, way in enumerate(ways, start=1):
        values = {"before": origin, "way": way, "state": "delivered" if n == len(ways) else "undelivered"}
        async with rt.begin() as (connection, _):
            await connection.execute(people.sql(FOLLOWED), values)
        origin = way


async def test_any_word_brings_the_weeks_back_and_never_within_five_days(joined: Runtime) -> None:
    for _ in range(3):
        due = await silent_week(joined)
    await people.text(joined, "MENU")
    assert await people.one(joined, FADED) is False
    assert await following(joined) - due == timedelta(days=7)


@pytest.mark.parametrize("source", ["webhook", "collect"])
async def test_a_word_in_between_counts_as_being_there(joined: Runtime, source: str) -> None:
    await silent_week(joined)
    await silent_week(joined)
    await people.text(joined, "ABOUT", source=source)
    await silent_week(joined)
    assert await people.one(joined, FADED) is False


async def test_stop_ends_the_fading_without_planning_anything(joined: Runtime) -> None:
    for _ in range(3):
        await silent_week(joined)
    await people.text(joined, "STOP")
    assert await people.rows(joined, DUE) == []


async def test_nobody_fades_where_the_program_says_so_or_who_is_asked_rarely_already(rt: Runtime) -> None:
    await people.program(rt, fade_after=0)
    await people.move_to(rt, datetime(2026, 11, 30, 15, 0, tzinfo=UTC))
    await people.join(rt)
    for _ in range(4):
        await silent_week(rt)
    assert await people.one(rt, FADED) is False


async def test_a_program_with_two_days_counts_weeks_not_check_ins(rt: Runtime) -> None:
    await people.program(rt, also_days=(0,), window_hours=48, remind_hours=(24,), fade_after=2)
    await people.move_to(rt, datetime(2026, 12, 1, 15, 0, tzinfo=UTC))
    await people.join(rt)
    faded = []
    for _ in range(6):
        await people.move_to_due(rt, "check-in")
        await clockwork.tick(rt)
        await people.send_out(rt)
        faded.append(await people.one(rt, FADED))
    assert faded == [False, False, False, False, True, True]
