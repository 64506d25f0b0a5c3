"""A calendar's events on a program's list: told row by row, all or nothing, and the same again changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from sms_service import event_import, events, programs
from sms_service.event_import import Choices, Row
from sms_service.events import Listing
from sms_service.programs import ProgramError
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.calendars import calendar, event

NOW = datetime(2026, 12, 1, 17, tzinfo=UTC)
ON = date(2027, 1, 7)
WEEKLY = event(start=";TZID=America/New_York:20270105T090000", more="RRULE:FREQ=WEEKLY;COUNT=3\n")


@pytest.fixture(autouse=True)
async def _program(rt: Runtime) -> None:
    await people.program(rt)


async def bring(rt: Runtime, *given: str, head: str = "", **choices: object) -> list[Row]:
    async with rt.begin() as (connection, _):
        program = await programs.find(connection, "tide")
        made = Choices(**choices)  # type: ignore[arg-type]
        return await event_import.bring(
            connection, program, event_import.read(program, calendar(*given, head=head), NOW), made, NOW
        )


async def listed(rt: Runtime) -> list[Listing]:
    async with rt.begin() as (connection, _):
        return await events.listed(connection, (await programs.find(connection, "tide")).id)


def told(rows: Sequence[Row]) -> list[tuple[str, str]]:
    return [(row.outcome, row.why) for row in rows]


async def test_an_event_comes_onto_the_list_with_what_was_chosen(rt: Runtime) -> None:
    said = "LOCATION:Kempsville Recreation Center\\, 800 Monmouth Ln\nURL:https://example.org/a\nCATEGORIES:Medical"
    (row,) = await bring(rt, event(more=said), place="Virginia Beach", kind="clinical", audience=("qmhp",))
    assert (row.outcome, row.notes) == ("added", ("short-place",))
    (one,) = await listed(rt)
    assert replace(one, id=None) == Listing(
        title="Rest, really",
        on=ON,
        place="Virginia Beach",
        time="12:30",
        kind="medical",
        audience=("qmhp",),
        venue="Kempsville Recreation Center, 800 Monmouth Ln",
        link="https://example.org/a",
        uid="one@test",
    )


async def test_reading_it_again_changes_nothing(rt: Runtime) -> None:
    given = (WEEKLY, event(uid="two", more="LOCATION:Zoom"), event(uid="", title="Nameless"))
    assert told(await bring(rt, *given)) == [("added", "")] * 5
    before = await listed(rt)
    assert sorted(told(await bring(rt, *given))) == [("refused", "same-day"), *[("same", "")] * 4]
    assert await listed(rt) == before


async def test_a_later_calendar_changes_what_it_changes_and_no_more(rt: Runtime) -> None:
    await bring(rt, event())
    (one,) = await listed(rt)
    async with rt.begin() as (connection, _):
        program = await programs.find(connection, "tide")
        await events.change(connection, program, replace(one, seats=12, audience=("leadership",), topic="burnout"), NOW)
    rows = await bring(rt, event(start=":20270108T180000Z", title="Rest at last"))
    assert told(rows) == [("changed", "")]
    (after,) = await listed(rt)
    assert (after.title, after.on, after.time, after.id) == ("Rest at last", date(2027, 1, 8), "13:00", one.id)
    assert (after.seats, after.audience, after.topic) == (12, ("leadership",), "burnout")


async def test_what_was_cancelled_or_left_a_series_goes_off_the_list(rt: Runtime) -> None:
    await bring(rt, WEEKLY, event(uid="two", title="Two"))
    rows = await bring(
        rt,
        WEEKLY + "EXDATE;TZID=America/New_York:20270112T090000\n",
        event(uid="two", title="Two", more="STATUS:CANCELLED"),
    )
    assert sorted(told(rows)) == [("removed", "cancelled"), ("removed", "gone"), ("same", ""), ("same", "")]
    assert [one.on.day for one in await listed(rt)] == [5, 19]


async def test_a_single_event_may_become_a_series_on_the_same_day(rt: Runtime) -> None:
    await bring(rt, event(start=";TZID=America/New_York:20270105T090000"))
    rows = await bring(rt, WEEKLY)
    assert sorted(told(rows)) == [("added", "")] * 3 + [("removed", "gone")]
    assert [one.on.day for one in await listed(rt)] == [5, 12, 19]


async def test_events_of_other_calendars_and_of_our_own_stay(rt: Runtime) -> None:
    await bring(rt, event(uid="theirs", title="Theirs"))
    async with rt.begin() as (connection, _):
        program = await programs.find(connection, "tide")
        assert await events.add(connection, program, Listing("Ours", ON, "Norfolk"), NOW)
    await bring(rt, event(uid="other", title="Other"))
    assert {one.title for one in await listed(rt)} == {"Theirs", "Ours", "Other"}


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (event(title="A title that is far too long to be said in a text"), "long-title"),
        (event(title="心の休み"), "odd-title"),
        (event(start=":20261130T120000Z"), "over"),
        (event(start=":20400107T120000Z"), "far"),
        (event(more="STATUS:CANCELLED"), "cancelled"),
        ("UID:a\nSUMMARY:No date", "no-date"),
    ],
)
async def test_what_is_refused_is_told_and_costs_nobody_the_rest(rt: Runtime, one: str, why: str) -> None:
    rows = await bring(rt, one, event(uid="good", title="Good", start=":20270109T173000Z"))
    assert sorted(told(rows)) == [("added", ""), ("refused", why)]
    assert [one.title for one in await listed(rt)] == ["Good"]


async def test_a_title_can_be_made_shorter_and_stays_so(rt: Runtime) -> None:
    long = event(title="A title that is far too long to be said in a text")
    assert told(await bring(rt, long, titles={1: "A long title"})) == [("added", "")]
    assert told(await bring(rt, long)) == [("same", "")]
    assert [one.title for one in await listed(rt)] == ["A long title"]


async def test_a_link_that_is_not_a_safe_one_is_left_out(rt: Runtime) -> None:
    for number, link in enumerate(["http://example.org/", "javascript:alert(1)", "https://user@example.org/"]):
        (row,) = await bring(rt, event(uid=f"n{number}", title=f"No {number}", more=f"URL:{link}"))
        assert (row.outcome, "no-link" in row.notes) == ("added", True)
    assert {one.link for one in await listed(rt)} == {""}


async def test_a_plan_does_nothing(rt: Runtime) -> None:
    async with rt.begin() as (connection, _):
        program = await programs.find(connection, "tide")
        found = event_import.read(program, calendar(WEEKLY), NOW)
        rows = await event_import.plan(connection, program, found, Choices(), NOW)
    assert told(rows) == [("added", "")] * 3
    assert await listed(rt) == []


async def test_what_cannot_be_done_to_its_end_is_not_begun(rt: Runtime) -> None:
    await bring(rt, event(uid="a", title="First"), event(uid="b", title="Second"))
    moved = [event(uid="a", title="First", more="STATUS:CANCELLED"), event(uid="b", title="Second, moved")]

    async def again() -> None:
        async with rt.begin() as (connection, _):
            program = await programs.find(connection, "tide")
            found = event_import.read(program, calendar(*moved), NOW)
            with pytest.raises(ProgramError, match="nothing was done"):
                await event_import.bring(connection, program, found, Choices(), NOW)

    async with rt.begin() as (other, _):
        await other.execute(text("delete from events where title = 'Second'"))
        trying = asyncio.create_task(again())
        while not await people.one_waits_for(other):
            assert not trying.done()
            await asyncio.sleep(0)
    await trying
    assert [one.title for one in await listed(rt)] == ["First"]


async def test_a_list_that_is_full_takes_no_more_and_says_so(rt: Runtime) -> None:
    series = [
        event(uid=str(n), title=f"Event {n}", start=";VALUE=DATE:20270105", more="RRULE:FREQ=DAILY") for n in range(9)
    ]
    rows = await bring(rt, *series)
    assert len([row for row in rows if row.outcome == "added"]) == events.MOST
    assert {row.why for row in rows} == {"", "full"}


async def test_a_choice_that_cannot_be_used_is_said(rt: Runtime) -> None:
    with pytest.raises(ProgramError, match="place"):
        await bring(rt, event(), place="somewhere in the middle of nowhere")
