"""Two weeks after something hard at work: what coordinators may ask for, and what everybody then reads."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from sms_service import hard_events, programs
from sms_service.programs import ProgramError
from sms_service.runtime import Runtime, new_id
from tests import people

_PERSON = people.sql("insert into participants (id, phone_hash, created_at, heard_at) values (:id, :hash, :now, :now)")
_ENROLMENT = people.sql("""
    insert into enrolments
        (id, participant_id, program_id, sender, state, language, zone, day, time, discreet, joined_at)
    values (:id, :id, :program, '+17575550100', 'active', 'en', 'UTC', 3, '12:15', true, :now)
""")
HELP = "If these weeks weigh more"


async def today(rt: Runtime) -> date:
    """Return the date where the program is."""
    return (await people.now(rt)).astimezone(ZoneInfo("America/New_York")).date()


async def enrolled(rt: Runtime, program: UUID, number: int) -> None:
    """Put so many more people in a program, without a word."""
    async with rt.begin() as (connection, now):
        for person in (new_id() for _ in range(number)):
            values = {"id": person, "program": program, "hash": person.bytes, "now": now}
            await connection.execute(_PERSON, values)
            await connection.execute(_ENROLMENT, values)


@pytest.fixture
async def program(rt: Runtime) -> UUID:
    return await people.program(rt, peer_line="Physician Support 888-409-0141")


async def test_where_help_is_stands_in_the_check_in_and_in_talk_for_two_weeks(rt: Runtime, program: UUID) -> None:
    await people.join(rt)
    await people.counted(rt, 15)
    async with rt.begin() as (connection, now):
        until = await hard_events.begin(connection, await programs.find(connection, "tide"), None, now)
    assert until == await today(rt) + timedelta(days=14)
    said = await people.texts(rt, ["CHECKIN", "4", "3", "2", "1"])
    assert [text.startswith(HELP) for text in said] == [False, True]
    assert "Physician Support 888-409-0141" in said[1]
    said = await people.text(rt, "TALK")
    assert [text.startswith(HELP) for text in said] == [True, False, False]
    await people.move_to(rt, await people.now(rt) + timedelta(days=14))
    said = [*await people.text(rt, "TALK"), *await people.texts(rt, ["CHECKIN", "1", "1", "1", "1"])]
    assert not any(text.startswith(HELP) for text in said)
    assert said[-1].startswith("One extra:")


@pytest.mark.parametrize("days", [1, -14, -400])
async def test_a_day_to_come_or_long_past_is_refused(rt: Runtime, program: UUID, days: int) -> None:
    day = await today(rt) + timedelta(days=days)
    with pytest.raises(ProgramError, match=rf"on: {day} .*name (the|a) day"):
        async with rt.begin() as (connection, now):
            await hard_events.begin(connection, await programs.find(connection, "tide"), day, now)


@pytest.mark.parametrize("number", [0, 1, 14, 15])
async def test_nothing_changes_for_few_people_and_nobody_learns_how_few(
    rt: Runtime, program: UUID, number: int
) -> None:
    """Fifteen are enough from the morning after."""
    await enrolled(rt, program, number)
    with pytest.raises(ProgramError, match="people: fewer than 15 were in tide when it was last counted") as refused:
        async with rt.begin() as (connection, now):
            await hard_events.begin(connection, await programs.find(connection, "tide"), None, now)
    assert "14" not in str(refused.value)
    assert await people.one(rt, "select settings->>'hard_event' from programs") in ("", None)


async def test_enough_people_may_be_told(rt: Runtime, program: UUID) -> None:
    await people.counted(rt, 15)
    day = await today(rt) - timedelta(days=13)
    async with rt.begin() as (connection, now):
        await hard_events.begin(connection, await programs.find(connection, "tide"), day, now)
    assert await people.one(rt, "select settings->>'hard_event' from programs") == str(day)


def test_a_stored_day_that_is_none_is_refused() -> None:
    with pytest.raises(ProgramError, match="hard_event: '20261120' is not a date of the calendar"):
        programs.read_settings({"operator": "Care", "short_name": "Tide", "hard_event": "20261120"})


def test_it_lasts_two_weeks() -> None:
    day = date(2026, 3, 1)
    lasting = [hard_events.lasts("2026-03-01", day + timedelta(days=n)) for n in (-1, 0, 13, 14)]
    assert lasting == [False, True, True, False]
    assert not hard_events.lasts("", day)
