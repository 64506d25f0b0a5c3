"""Words are let go of after a month, reports after three: nothing younger, and nothing that is still to be sent."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from flows.calling import PickedUp
from sms_service import calls, purging
from sms_service.runtime import Runtime, first_id, new_id
from tests import people

OLD, YOUNG = timedelta(days=31), timedelta(days=29)


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    await people.program(rt)
    await people.join(rt)
    return rt


async def age(rt: Runtime, table: str, by: timedelta) -> None:
    """Have what is in a table be made so long ago: its ids are what tells."""
    async with rt.begin() as (connection, _):
        ids = (await connection.execute(people.sql(f"select id from {table}"))).scalars().all()  # noqa: S608
        for n, one in enumerate(ids):
            made = first_id(rt.real() - by).int + n + 1
            await connection.execute(
                people.sql(f"update {table} set id = :new where id = :old"),  # noqa: S608
                {"new": UUID(int=made), "old": one},
            )


async def bodies(rt: Runtime, table: str) -> object:
    return await people.one(rt, f"select count(*) from {table} where body is not null")  # noqa: S608


def test_an_id_is_as_old_as_it_says(rt: Runtime) -> None:
    now = rt.real()
    assert first_id(now - timedelta(seconds=1)) < new_id() < first_id(now + timedelta(seconds=60))


@pytest.mark.parametrize(("by", "left"), [(OLD, 0), (YOUNG, 6)])
async def test_words_that_went_out_stay_a_month(joined: Runtime, by: timedelta, left: int) -> None:
    await age(joined, "outbox", by)
    before = await bodies(joined, "outbox")
    assert isinstance(before, int)
    assert before >= 6
    await purging.purge(joined)
    after = await bodies(joined, "outbox")
    assert after == (before if left else 0)


async def test_what_still_has_to_go_out_keeps_its_words(joined: Runtime) -> None:
    async with joined.begin() as (connection, _):
        await connection.execute(people.sql("update outbox set state = 'held'"))
    await age(joined, "outbox", OLD)
    before = await bodies(joined, "outbox")
    await purging.purge(joined)
    assert await bodies(joined, "outbox") == before


async def test_settled_appointments_go_and_what_is_due_stays(joined: Runtime) -> None:
    await people.text(joined, "PAUSE")  # cancels the next check-in
    await age(joined, "appointments", timedelta(days=401))
    await purging.purge(joined)
    assert await people.rows(joined, "select distinct state from appointments") == [("due",)]


async def test_days_without_a_turn_leave_nothing_behind(joined: Runtime) -> None:
    await purging.purge(joined)
    async with joined.begin() as (connection, _):
        await connection.execute(people.sql("update deployment set last_purge = now() - interval '9 days'"))
    await age(joined, "outbox", OLD + timedelta(days=8))
    await purging.purge(joined)
    assert await bodies(joined, "outbox") == 0


async def test_a_second_turn_finds_nothing(joined: Runtime) -> None:
    await age(joined, "outbox", OLD)
    assert await purging.purge(joined) > 0
    assert await purging.purge(joined) == 0


async def test_what_was_still_to_be_sent_loses_its_words_when_it_is_settled(joined: Runtime) -> None:
    await purging.purge(joined)
    await age(joined, "outbox", OLD + timedelta(days=4))
    await people.rows(joined, "update outbox set state = 'dropped' returning id")
    await purging.purge(joined)
    assert await bodies(joined, "outbox") == 0


@pytest.mark.parametrize(("days", "left"), [(91, 0), (89, 1)])
async def test_a_report_goes_after_three_months_whatever_it_was_about(joined: Runtime, days: int, left: int) -> None:
    """Also one whose sid belongs to no text of ours."""
    await people.rows(
        joined,
        """insert into message_statuses (sid, status, at)
           values ('SM9', 'sent', now() - make_interval(days => :days)) returning sid""",
        days=days,
    )
    await purging.purge(joined)
    assert await people.one(joined, "select count(*) from message_statuses") == left


async def test_a_run_goes_on_from_where_its_last_batch_ended(joined: Runtime) -> None:
    """More than one batch of each: emptied, deleted, and deleted by time."""
    old = first_id(joined.real() - timedelta(days=401)).int
    ids = [UUID(int=old + n) for n in range(4100)]
    await people.rows(
        joined,
        """insert into outbox (id, sender, asked_for, priority, body, segments, origin, origin_id, n, state,
               created_at, next_attempt_at)
           select i, '+15550100', false, 1, '', 1, 'test', i, 0, 'sent', now(), now()
           from unnest(cast(:ids as uuid[])) i returning id""",
        ids=ids,
    )
    await people.rows(
        joined,
        """insert into message_statuses (sid, status, at)
           select i::text, 'sent', now() - interval '100 days' - n * interval '1 second'
           from unnest(cast(:ids as uuid[])) with ordinality as t (i, n) returning sid""",
        ids=ids,
    )
    before = await people.one(joined, "select count(*) from outbox where body is null")
    assert await purging.purge(joined) == 8200
    assert await people.one(joined, "select count(*) from message_statuses") == 0
    after = await people.one(joined, "select count(*) from outbox where body is null")
    assert (before, after) == (0, 4100)


@pytest.mark.parametrize(("days", "rows", "states"), [(0, 1, 1), (2, 1, 0), (91, 0, 0)])
async def test_where_a_call_stood_goes_after_a_day_and_the_call_after_three_months(
    joined: Runtime, days: int, rows: int, states: int
) -> None:
    knock = calls.Knock("CA" + "1" * 32, people.ADA, people.SENDER, False, None, None, PickedUp())
    await calls.take(joined, [knock])
    await age(joined, "calls", timedelta(days=days))
    await purging.purge(joined)
    assert await people.one(joined, "select count(*) from calls") == rows
    assert await people.one(joined, "select count(*) from calls where state is not null") == states
