"""Appointments: what becomes due is kept once, at its hour, or not at all with a reason."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from sms_service import clockwork
from sms_service.runtime import Runtime
from tests import people

STATES = "select kind, state, reason from appointments where state <> 'due' order by kind, due_at"
DUE = "select kind from appointments where state = 'due' order by due_at, kind"


async def bodies(rt: Runtime, number: str = people.ADA) -> list[str]:
    """Return what waits to be sent to somebody, or has just gone out, opened."""
    found = []
    async with rt.begin() as (connection, _):
        rows = await connection.execute(
            people.sql("""select o.id, o.body, p.answer_key from outbox o join participants p on p.id = o.participant_id
                          where o.state in ('ready', 'accepted') and p.phone_hash = :hash
                          order by o.created_at, o.n"""),
            {"hash": rt.vault.lookup(number)},
        )
        for row, body, key in rows:
            found.append(rt.vault.key(key).open(body, "outbox.body", row))
    return found


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    """Ada has joined and no time has passed."""
    await people.program(rt)
    await people.join(rt)
    return rt


async def test_a_check_in_that_is_due_becomes_one_text(joined: Runtime) -> None:
    await people.move_to_due(joined, "check-in")
    assert await clockwork.tick(joined) == 1
    assert await bodies(joined) == ["Tide: your weekly note is ready. Reply GO at a private moment, or LATER."]
    assert await people.rows(joined, DUE) == [("reminder-1",), ("expiry",), ("check-in",)]


async def test_nothing_is_asked_before_its_hour(joined: Runtime) -> None:
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due - timedelta(minutes=1))
    assert await clockwork.tick(joined) == 0
    assert await bodies(joined) == []


async def test_ticks_that_run_twice_and_side_by_side_ask_once(joined: Runtime) -> None:
    await people.move_to_due(joined, "check-in")
    await asyncio.gather(*(clockwork.tick(joined) for _ in range(4)))
    await clockwork.tick(joined)
    assert len(await bodies(joined)) == 1


async def test_the_next_check_in_is_a_week_later_at_the_same_local_hour(joined: Runtime) -> None:
    first = await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    due = await people.one(joined, "select due_at from appointments where kind = 'check-in' and state = 'due'")
    assert timedelta(days=6, hours=23) <= due - first <= timedelta(days=7, hours=1)  # an hour for the clocks' change


async def test_reminders_follow_silence_and_the_check_in_closes(joined: Runtime) -> None:
    for kind in ("check-in", "reminder-1", "reminder-2", "expiry"):
        await people.move_to_due(joined, kind)
        await clockwork.tick(joined)
        await people.send_out(joined)
    said = await bodies(joined)
    assert len(said) == 3
    assert all("your weekly note" in text for text in said)
    assert await people.one(joined, "select count(*) from conversations where ended_at is null") == 0
    assert await people.one(joined, "select count(*) from check_ins where closed_at is not null") == 1


async def test_an_answered_check_in_is_not_reminded_of(joined: Runtime) -> None:
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.texts(joined, ["GO", "2", "1", "0", "3"])
    assert await people.rows(joined, DUE) == [("check-in",)]
    assert await people.one(joined, "select closed_at is not null from check_ins")


async def test_a_check_in_answered_in_part_counts_when_it_closes(joined: Runtime) -> None:
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.texts(joined, ["GO", "4"])
    await people.move_to_due(joined, "expiry")
    await clockwork.tick(joined)
    (trend,) = await people.text(joined, "TREND")
    assert "drained 100, numb -, carrying -, hard to help -." in trend


async def test_a_reminder_midway_asks_to_go_on(joined: Runtime) -> None:
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.texts(joined, ["GO", "2"])
    await people.move_to_due(joined, "reminder-1")
    await clockwork.tick(joined)
    assert "part way through" in (await bodies(joined))[-1]
    assert (await people.text(joined, "GO"))[0].startswith("2/4.")


async def test_after_something_serious_no_reminder_comes(joined: Runtime) -> None:
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.texts(joined, ["GO", "I want to kill myself"])
    assert await people.rows(joined, DUE) == [("follow-up",), ("expiry",), ("check-in",)]


async def test_whoever_texted_stop_is_asked_nothing(joined: Runtime) -> None:
    await people.text(joined, "STOP")
    assert await people.rows(joined, DUE) == []
    await people.text(joined, "START")
    assert await people.rows(joined, DUE) == [("check-in",)]


async def test_a_pause_rests_two_weeks_and_ends_by_itself(joined: Runtime) -> None:
    assert "Paused until" in (await people.text(joined, "PAUSE"))[0]
    assert await people.rows(joined, DUE) == [("resume",)]
    await people.move_to_due(joined, "resume")
    await clockwork.tick(joined)
    assert await people.one(joined, "select state from enrolments") == "active"
    assert await people.rows(joined, DUE) == [("check-in",)]


async def test_a_check_in_too_late_to_be_of_use_is_dropped_with_the_reason(joined: Runtime) -> None:
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due + timedelta(days=4))
    await clockwork.tick(joined)
    assert await bodies(joined) == []
    assert ("check-in", "dropped", "too late to be of use") in await people.rows(joined, STATES)


async def test_weeks_of_silence_on_our_side_bring_one_text_not_many(joined: Runtime) -> None:
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due + timedelta(days=35, hours=1))
    await clockwork.tick(joined)
    assert len(await bodies(joined)) == 1


async def test_checkin_now_counts_for_one_that_is_due_soon(joined: Runtime) -> None:
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due - timedelta(days=2))
    await people.texts(joined, ["CHECKIN", "1", "2", "1", "0"])
    occasion = await people.one(joined, "select occasion from check_ins")
    assert occasion == await people.one(joined, "select min(occasion) from appointments where kind = 'check-in'")
    await people.move_to(joined, due + timedelta(minutes=1))
    await clockwork.tick(joined)
    assert await bodies(joined) == []


async def test_later_asks_again_tomorrow_instead_of_reminding(joined: Runtime) -> None:
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert (await people.text(joined, "LATER"))[0].startswith("Snoozed.")
    assert await people.rows(joined, DUE) == [("snooze",), ("expiry",), ("check-in",)]
    await people.move_to_due(joined, "snooze")
    await clockwork.tick(joined)
    assert "your weekly note is still here" in (await bodies(joined))[-1]


async def test_another_day_moves_the_next_check_in_and_brings_no_second_one_at_once(joined: Runtime) -> None:
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.texts(joined, ["GO", "0", "1", "0", "1", "DAY", "Friday", "9:00 AM"])
    due = await people.one(joined, "select due_at from appointments where kind = 'check-in' and state = 'due'")
    last = await people.one(joined, "select max(due_at) from appointments where kind = 'check-in' and state = 'done'")
    assert due - last > timedelta(days=5)
    assert await people.one(joined, "select count(*) from appointments where kind = 'check-in' and state = 'due'") == 1


async def test_another_day_after_one_that_came_late_is_five_days_from_when_it_came(joined: Runtime) -> None:
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due + timedelta(days=2, hours=23))
    await clockwork.tick(joined)
    replies = await people.texts(joined, ["DAY Tuesday", "9am"])
    following = await people.one(joined, "select due_at from appointments where kind = 'check-in' and state = 'due'")
    assert following - await people.now(joined) > timedelta(days=5)
    assert "Tue 15 Dec" in " ".join(replies)


async def test_no_question_follows_a_cry_for_help_within_the_day(joined: Runtime) -> None:
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due - timedelta(hours=2))
    await people.text(joined, "I want to kill myself")
    await people.move_to(joined, due + timedelta(seconds=2))
    await clockwork.tick(joined)
    assert await bodies(joined) == []
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert len(await bodies(joined)) == 1


async def test_later_before_the_first_answer_of_ones_own_check_in_is_kept(joined: Runtime) -> None:
    await people.texts(joined, ["CHECKIN", "LATER"])
    assert ("snooze",) in await people.rows(joined, DUE)


async def test_one_row_that_cannot_be_read_keeps_nobody_else_waiting(joined: Runtime) -> None:
    await people.join(joined, people.BEN)
    async with joined.begin() as (connection, _):
        await connection.execute(
            people.sql("update participants set answer_key = '\\x00' where phone_hash = :hash"),
            {"hash": joined.vault.lookup(people.ADA)},
        )
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert len(await bodies(joined, people.BEN)) == 1
    assert await people.one(joined, "select count(*) from appointments where state = 'due' and tries = 1") == 1


async def test_a_reminder_that_waits_is_dropped_by_a_cry_for_help(joined: Runtime) -> None:
    for kind in ("check-in", "reminder-1"):
        await people.send_out(joined)
        await people.move_to_due(joined, kind)
        await clockwork.tick(joined)
    assert len(await bodies(joined)) == 2
    await people.text(joined, "I want to kill myself")
    assert len(await bodies(joined)) == 1
