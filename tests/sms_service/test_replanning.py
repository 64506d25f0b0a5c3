"""A schedule that changes: people's next check-ins follow it, and what is due is looked at again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sms_service import appointments, clockwork
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.test_clockwork import bodies

MONDAY = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
NEXT = "select occasion, due_at from appointments where kind = 'check-in' and state = 'due' order by due_at"


async def change(rt: Runtime, settings: str, *, planned: bool = False) -> None:
    """Store other settings as a save would: with a new version, which may have been planned for already."""
    async with rt.begin() as (connection, _):
        await connection.execute(
            people.sql("""update programs set settings = settings || cast(:settings as jsonb), version = version + 1,
                          planned_version = case when :planned then version + 1 else planned_version end"""),
            {"settings": settings, "planned": planned},
        )


async def coming(rt: Runtime) -> list[str]:
    return [f"{due.astimezone(NEW_YORK):%Y-%m-%d %H:%M}" for _, due in await people.rows(rt, NEXT)]  # type: ignore[attr-defined]


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    """Ada has joined on a Monday, three days before her first check-in."""
    await people.program(rt)
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    return rt


async def test_the_first_check_in_is_told_as_it_will_be(rt: Runtime) -> None:
    await people.program(rt, closed=(("2026-12-03", "2026-12-03"),))
    await people.move_to(rt, MONDAY)
    said = await people.join(rt)
    assert "First check-in Fri 4 Dec, 12:15 PM" in said[0]
    assert await coming(rt) == ["2026-12-04 12:15"]
    assert await people.rows(rt, "select occasion::text from appointments") == [("2026-12-03",)]


@pytest.mark.parametrize("minutes", [0, 30, 90])
async def test_another_spread_while_a_days_check_ins_go_out_loses_none_of_them(rt: Runtime, minutes: int) -> None:
    await people.program(rt, spread_minutes=60)
    await people.move_to(rt, MONDAY)
    for n in range(8):
        await people.join(rt, f"+1757555{n:04}")
    noon = datetime(2026, 12, 3, 17, 15, tzinfo=UTC)
    for after, settings in ((25, f'{{"spread_minutes": {minutes}}}'), (26, "{}"), (150, "{}")):
        await people.move_to(rt, noon + timedelta(minutes=after))
        await change(rt, settings)
        await clockwork.tick(rt)
    of_the_day = (
        "select state, count(*) from appointments where kind = 'check-in' and occasion = '2026-12-03' group by 1"
    )
    assert await people.rows(rt, of_the_day) == [("done", 8)]


async def test_a_day_off_that_is_taken_back_on_the_day_itself_loses_no_check_in(rt: Runtime) -> None:
    await people.program(rt, closed=(("2026-12-03", "2026-12-03"),))
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    await people.move_to(rt, datetime(2026, 12, 3, 18, 0, tzinfo=UTC))
    await change(rt, '{"closed": []}')
    await clockwork.tick(rt)
    assert await coming(rt) == ["2026-12-04 12:15"]
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    assert len(await bodies(rt)) == 1
    assert await coming(rt) == ["2026-12-10 12:15"]


async def test_days_off_move_the_next_check_in_at_the_next_tick(joined: Runtime) -> None:
    await change(joined, '{"closed": [["2026-12-03", "2026-12-03"]]}')
    await clockwork.tick(joined)
    assert await coming(joined) == ["2026-12-04 12:15"]
    assert await people.rows(joined, "select version = planned_version from programs") == [(True,)]
    await change(joined, '{"closed": []}')
    await clockwork.tick(joined)
    assert await coming(joined) == ["2026-12-03 12:15"]


async def test_other_weeks_take_the_next_check_in_off_the_table(joined: Runtime) -> None:
    await change(joined, '{"month_week": 5}')
    await clockwork.tick(joined)
    assert await coming(joined) == ["2026-12-31 12:15"]
    assert await people.rows(joined, "select reason from appointments where state = 'cancelled'") == [
        ("the schedule was changed",)
    ]
    await change(joined, '{"month_week": 0}')
    await clockwork.tick(joined)
    assert await coming(joined) == ["2026-12-03 12:15"]


async def test_a_schedule_that_ended_and_goes_on_asks_again(joined: Runtime) -> None:
    await change(joined, '{"ends": "2026-12-01"}')
    await clockwork.tick(joined)
    assert await coming(joined) == []
    await change(joined, '{"ends": ""}')
    await clockwork.tick(joined)
    assert await coming(joined) == ["2026-12-03 12:15"]


async def test_whoever_stopped_or_rests_is_planned_nothing(joined: Runtime) -> None:
    await people.join(joined, people.BEN)
    await people.text(joined, "STOP")
    await people.text(joined, "PAUSE", number=people.BEN)
    await change(joined, '{"month_week": 5}')
    await clockwork.tick(joined)
    assert await coming(joined) == []


async def test_somebody_busy_elsewhere_is_taken_at_the_next_tick(joined: Runtime) -> None:
    await people.join(joined, people.BEN)
    await change(joined, '{"closed": [["2026-12-03", "2026-12-03"]]}')
    async with joined.begin() as (connection, _):
        await connection.execute(
            people.sql("select id from participants where phone_hash = :hash for update"),
            {"hash": joined.vault.lookup(people.BEN)},
        )
        await clockwork.tick(joined)
    assert await coming(joined) == ["2026-12-03 12:15", "2026-12-04 12:15"]
    assert await people.rows(joined, "select version = planned_version from programs") == [(False,)]
    await clockwork.tick(joined)
    assert await coming(joined) == ["2026-12-04 12:15", "2026-12-04 12:15"]
    assert await people.rows(joined, "select version = planned_version from programs") == [(True,)]


async def test_planning_anew_what_is_right_changes_nothing(joined: Runtime) -> None:
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.text(joined, "MONTHLY")
    before = await people.rows(joined, "select * from appointments order by id")
    await change(joined, '{"fade_after": 4}')
    await clockwork.tick(joined)
    assert await people.rows(joined, "select * from appointments order by id") == before


@pytest.mark.parametrize(
    ("rule", "joined_on", "moved"),
    [
        # The Friday after Thanksgiving is a holiday in Virginia: two days earlier, five after the Friday before.
        ({"day": 4, "region": "US-VA"}, datetime(2026, 11, 16, 15, 0, tzinfo=UTC), "2026-11-25 12:15"),
        # A closed Monday is asked on Wednesday, and the next Monday is five days on.
        (
            {"day": 0, "closed": (("2026-12-07", "2026-12-08"),)},
            datetime(2026, 12, 3, 15, 0, tzinfo=UTC),
            "2026-12-14 12:15",
        ),
        # The same, with the clocks going forward on the Sunday between.
        (
            {"day": 0, "closed": (("2027-03-08", "2027-03-09"),)},
            datetime(2027, 3, 4, 15, 0, tzinfo=UTC),
            "2027-03-15 12:15",
        ),
    ],
)
@pytest.mark.parametrize("how", ["a change", "STOP and START"])
async def test_planning_anew_keeps_one_that_is_five_days_from_the_last(
    rt: Runtime, rule: dict[str, Any], joined_on: datetime, moved: str, how: str
) -> None:
    await people.program(rt, **rule)
    await people.move_to(rt, joined_on)
    await people.join(rt)
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    assert await coming(rt) == [moved]
    if how == "a change":
        before = await people.rows(rt, "select * from appointments order by id")
        await change(rt, '{"fade_after": 4}')
        await clockwork.tick(rt)
        assert await people.rows(rt, "select * from appointments order by id") == before
    else:
        await people.texts(rt, ["STOP", "START"])
        assert await coming(rt) == [moved]


async def test_a_check_in_that_is_due_on_a_day_now_closed_moves_with_the_reason(joined: Runtime) -> None:
    await change(joined, '{"closed": [["2026-12-03", "2026-12-03"]]}', planned=True)
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert await bodies(joined) == []
    assert await people.rows(joined, "select state, reason, settled_at from appointments") == [
        ("due", "moved from 3 December: closed 3 Dec", None)
    ]
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert len(await bodies(joined)) == 1
    assert await coming(joined) == ["2026-12-10 12:15"]


async def test_a_check_in_without_another_day_is_left_out_with_the_reason(joined: Runtime) -> None:
    await change(joined, '{"closed": [["2026-12-01", "2026-12-06"]]}', planned=True)
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert await bodies(joined) == []
    assert ("dropped", "left out: closed 1 to 6 Dec") in await people.rows(
        joined, "select state, reason from appointments"
    )
    assert await coming(joined) == ["2026-12-10 12:15"]


async def test_several_days_a_week_are_asked_on_each(rt: Runtime) -> None:
    await people.program(rt, also_days=(0,), window_hours=48, remind_hours=(24,))
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    found = []
    for _ in range(3):
        found += await coming(rt)
        await people.move_to_due(rt, "check-in")
        await clockwork.tick(rt)
    assert found == ["2026-11-30 12:15", "2026-12-03 12:15", "2026-12-07 12:15"]


async def test_a_day_given_up_for_several_a_week_brings_no_second_one_at_once(rt: Runtime) -> None:
    await people.program(rt, also_days=(0,), window_hours=48, remind_hours=(24,))
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    await people.texts(rt, ["DAY", "Wednesday", "9:00 AM"])
    assert await coming(rt) == ["2026-12-02 09:00"]
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    await people.texts(rt, ["DAY", "Thursday", "9:00 AM"])
    found = []
    for _ in range(2):
        found += await coming(rt)
        await people.move_to_due(rt, "check-in")
        await clockwork.tick(rt)
    assert found == ["2026-12-07 09:00", "2026-12-10 09:00"]


async def test_another_day_of_the_program_takes_the_other_days_with_it_as_the_preview_says(rt: Runtime) -> None:
    await people.program(rt, also_days=(0,), window_hours=48, remind_hours=(24,))
    await people.move_to(rt, MONDAY - timedelta(days=3))
    for number in (people.ADA, people.BEN):
        await people.join(rt, number)
    await people.texts(rt, ["DAY", "Wednesday", "12:15 PM"], number=people.BEN)
    await change(rt, '{"day": 2}')
    found: dict[object, list[str]] = {}
    for _ in range(6):
        await people.move_to_due(rt, "check-in")
        await clockwork.tick(rt)
    asked = "select e.day, a.due_at from appointments a join enrolments e on e.id = a.enrolment_id "
    for day, due in await people.rows(rt, asked + "where a.kind = 'check-in' and a.state = 'done' order by a.due_at"):
        found.setdefault(day, []).append(f"{due.astimezone(NEW_YORK):%a}")  # type: ignore[attr-defined]
    assert set(found[3]) == {"Thu"}
    assert set(found[2]) == {"Mon", "Wed"}


async def test_people_are_spread_by_their_own_minutes(rt: Runtime) -> None:
    await people.program(rt, spread_minutes=30)
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    (row,) = await people.rows(
        rt, "select e.id, a.due_at from appointments a join enrolments e on e.id = a.enrolment_id"
    )
    expected = datetime(2026, 12, 3, 17, 15, tzinfo=UTC) + timedelta(minutes=row[0].int % 31)  # type: ignore[attr-defined]
    assert row[1] == expected


async def test_reminders_keep_the_hour_when_the_clocks_change(rt: Runtime) -> None:
    await people.program(rt, day=5, remind_hours=(24, 48), window_hours=72)
    await people.move_to(rt, datetime(2027, 3, 10, 15, 0, tzinfo=UTC))
    await people.join(rt)
    for kind in ("check-in", "reminder-1", "reminder-2"):
        due = await people.move_to_due(rt, kind)
        assert f"{due.astimezone(NEW_YORK):%H:%M}" == "12:15"
        await clockwork.tick(rt)
    closing = await people.one(rt, "select due_at from appointments where kind = 'expiry'")
    assert f"{closing.astimezone(NEW_YORK):%Y-%m-%d %H:%M}" == "2027-03-17 12:15"  # type: ignore[union-attr]


def test_a_day_later_is_the_same_hour() -> None:
    saturday = datetime(2027, 3, 13, 17, 15, tzinfo=UTC)
    assert appointments.later(saturday, 24, "America/New_York") - saturday == timedelta(hours=23)


async def test_a_late_answer_within_the_grace_counts_for_its_week(joined: Runtime) -> None:
    due = await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.move_to(joined, due + timedelta(hours=90))
    await clockwork.tick(joined)
    await people.texts(joined, ["GO", "2", "1", "0", "3"])
    assert await people.rows(joined, "select occasion::text, closed_at is not null from check_ins") == [
        ("2026-12-03", True)
    ]
    assert (
        await people.one(joined, "select stale_at from outbox where origin = 'appointment' order by created_at")
    ) == (due + timedelta(hours=72))
