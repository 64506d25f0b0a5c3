"""What may be shown of a day: the same whoever answered, never changed, and never about fewer than the floor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from sms_service import clockwork, daily_figures, outbox, parting, programs, senders
from sms_service.daily_figures import CheckIns, Day
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service import crowd
from tests.sms_service.wire import MESSAGES, accepted

ENOUGH = 15
EVERYBODY = crowd.numbers(ENOUGH)
ONE = EVERYBODY[0]


@pytest.fixture
def twilio() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as wire:
        yield wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 999)])


@pytest.fixture
async def program(rt: Runtime) -> UUID:
    made = await people.program(rt)
    await crowd.join(rt, EVERYBODY)
    return made


async def latest(rt: Runtime, program: UUID) -> Day:
    async with rt.begin() as (connection, _):
        return (await daily_figures.latest(connection, [program]))[program][0]


async def asked(rt: Runtime, gateway: Gateway, acts: list[str]) -> datetime:
    """Have one of them do something the day before, then everybody be asked; return when."""
    due = await people.one(rt, "select min(due_at) from appointments where state = 'due' and kind = 'check-in'")
    assert isinstance(due, datetime)
    await people.move_to(rt, due - timedelta(days=1))
    for words in acts:
        await people.text(rt, words, number=ONE)
    await people.move_to(rt, due + timedelta(seconds=1))
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    return due


async def next_morning(rt: Runtime, program: UUID, due: datetime) -> Day:
    await people.move_to(rt, due + timedelta(hours=20))
    await daily_figures.count(rt)
    found = await latest(rt, program)
    assert found.day == due.date()
    return found


@pytest.mark.parametrize(
    "acts",
    [
        [],
        ["CHECKIN"],
        ["CHECKIN", "1", "1", "1", "1"],
        ["I want to kill myself"],
        ["TALK"],
        ["EXPRESS"],
    ],
    ids=["silent", "began", "answered", "in danger", "talking", "express"],
)
async def test_nothing_that_one_person_does_shows(
    rt: Runtime, program: UUID, gateway: Gateway, twilio: respx.Route, acts: list[str]
) -> None:
    """At fifteen one more or less would be another figure."""
    due = await asked(rt, gateway, acts)
    found = await next_morning(rt, program, due)
    assert found.people.enrolled == ENOUGH
    assert found.check_ins == CheckIns(ENOUGH)


async def test_who_is_silent_for_weeks_counts_like_everybody(
    rt: Runtime, program: UUID, gateway: Gateway, twilio: respx.Route
) -> None:
    async with rt.begin() as (connection, _):
        await connection.execute(
            people.sql("""update enrolments set faded = true where participant_id =
                          (select min(participant_id::text)::uuid from enrolments)""")
        )
        await connection.execute(
            people.sql("""update appointments set due_at = due_at + interval '21 days', occasion = occasion + 21
                          where kind = 'check-in' and enrolment_id = (select id from enrolments where faded)""")
        )
    due = await asked(rt, gateway, [])
    assert (await next_morning(rt, program, due)).check_ins == CheckIns(ENOUGH)


async def test_a_fault_that_kept_everybodys_back_does_not_tell_who_needed_none(
    rt: Runtime, program: UUID, gateway: Gateway, twilio: respx.Route
) -> None:
    async with rt.begin() as (connection, _):
        await senders.stop(connection, [people.SENDER], "30034: the number is not registered", rt.real())
    due = await asked(rt, gateway, ["CHECKIN", "1", "1", "1", "1"])
    found = await next_morning(rt, program, due)
    assert found.check_ins == CheckIns(ENOUGH, unsent="most", reasons=("account",))


@pytest.mark.parametrize("acts", [[], ["CHECKIN", "1", "1", "1", "1"]], ids=["silent", "answered"])
@pytest.mark.parametrize("fault", ["stopped", "filtered"])
async def test_also_where_just_as_many_as_the_floor_are_due(
    rt: Runtime, gateway: Gateway, twilio: respx.Route, acts: list[str], fault: str
) -> None:
    """One who had needed no text would be one less than the floor."""
    program = await people.program(rt)
    await crowd.join(rt, EVERYBODY[:10])
    if fault == "stopped":
        async with rt.begin() as (connection, _):
            await senders.stop(connection, [people.SENDER], "30034: the number is not registered", rt.real())
    due = await asked(rt, gateway, acts)
    if fault == "filtered":
        statement = (
            "update outbox set state = 'undelivered', error_code = 30007 where origin = 'appointment' returning id"
        )
        await people.rows(rt, statement)
    expected = {"stopped": CheckIns(10, unsent="most", reasons=("account",))}
    expected["filtered"] = CheckIns(10, lost="most", reasons=("carrier",))
    assert (await next_morning(rt, program, due)).check_ins == expected[fault]


@pytest.mark.parametrize(
    ("failed", "lost", "reasons"), [(9, "few", ()), (10, "most", ("phone",)), (15, "most", ("phone",))]
)
async def test_failures_are_told_by_the_floor(
    rt: Runtime, program: UUID, gateway: Gateway, twilio: respx.Route, failed: int, lost: str, reasons: tuple[str, ...]
) -> None:
    due = await asked(rt, gateway, [])
    async with rt.begin() as (connection, _):
        await connection.execute(
            people.sql("""update outbox set state = 'undelivered', error_code = 30003 where id in (
                          select id from outbox where origin = 'appointment' order by id limit :n)"""),
            {"n": failed},
        )
    assert (await next_morning(rt, program, due)).check_ins == CheckIns(ENOUGH, lost=lost, reasons=reasons)


async def test_an_outage_is_told(rt: Runtime, program: UUID) -> None:
    due = await people.move_to_due(rt, "check-in")
    assert (await next_morning(rt, program, due)).check_ins == CheckIns(ENOUGH, unsent="most", reasons=("waiting",))


async def test_fewer_than_the_floor_is_not_told(rt: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    program = await people.program(rt)
    await crowd.join(rt, EVERYBODY[:9])
    due = await asked(rt, gateway, [])
    found = await next_morning(rt, program, due)
    assert found.check_ins == CheckIns()
    assert found.people.enrolled is None
    assert found.people.by_day == (None,) * 7


async def day_after(rt: Runtime, program: UUID, number: str = "") -> Day:
    """Remove somebody, let a day go by, and look."""
    if number:
        async with rt.begin() as (connection, now):
            (one,) = await programs.load(connection)
            await parting.remove(rt, connection, one, number, now)
    await people.move_to(rt, await people.now(rt) + timedelta(days=1))
    await daily_figures.count(rt)
    return await latest(rt, program)


async def test_taking_people_out_one_by_one_shows_nothing_of_the_one(rt: Runtime, program: UUID) -> None:
    """Who takes somebody out and looks a day later sees the figure of before, until five came or went."""
    before = await day_after(rt, program)
    assert before.people.enrolled == ENOUGH
    for number in EVERYBODY[:4]:
        after = await day_after(rt, program, number)
        assert (after.people, after.counted_at) == (before.people, before.counted_at)
        assert after.day > before.day
    after = await day_after(rt, program, EVERYBODY[4])
    assert (after.people.enrolled, after.people.left) == (10, None)


@pytest.mark.parametrize(
    "acts",
    [["PAUSE", "1"], ["DAY", "Saturday", "9:00 AM"], ["MONTHLY"], ["STOP"], ["ERASE ALL", "1"]],
    ids=["rests", "another day", "monthly", "stops", "erases"],
)
async def test_nothing_that_one_person_changes_shows_the_next_morning(
    rt: Runtime, program: UUID, acts: list[str]
) -> None:
    """Of fifteen who are asked on one weekday, one less would be another figure; so would it be of ten on a pause."""
    for number in EVERYBODY[1:10]:
        await people.texts(rt, ["PAUSE", "1"], number=number)
    await crowd.join(rt, crowd.numbers(9, first=100))
    before = await day_after(rt, program)
    assert (before.people.enrolled, before.people.paused) == (20, None)
    exact = """
        select state, day, frequency, coalesce(opted_out, false), count(*)
        from enrolments left join opt_outs using (participant_id, sender) group by 1, 2, 3, 4 order by 1, 2, 3, 4
    """
    stood = await people.rows(rt, exact)
    await people.texts(rt, acts, number=ONE)
    assert await people.rows(rt, exact) != stood
    after = await day_after(rt, program)
    assert (after.people, after.counted_at) == (before.people, before.counted_at)
    await crowd.join(rt, crowd.numbers(5, first=200))
    assert (await day_after(rt, program)).counted_at > before.counted_at


async def test_a_floor_that_is_raised_withholds_at_once_and_one_that_is_lowered_shows_nothing_sooner(
    rt: Runtime, program: UUID
) -> None:
    assert (await day_after(rt, program)).people.enrolled == ENOUGH
    for floor, enrolled in ((16, None), (10, None)):
        await people.rows(
            rt,
            "update programs set settings = settings || jsonb_build_object('floor', cast(:n as int)) returning id",
            n=floor,
        )
        assert (await day_after(rt, program)).people.enrolled == enrolled


@pytest.mark.parametrize(("enrolled", "late"), [(9, False), (ENOUGH, True)])
async def test_a_late_call_is_told_of_its_day_and_by_the_floor(rt: Runtime, enrolled: int, late: bool) -> None:
    program = await people.program(rt)
    await crowd.join(rt, EVERYBODY[:enrolled])
    noon = datetime(2027, 3, 3, 17, tzinfo=UTC)
    await people.rows(
        rt,
        """insert into follow_ups (id, enrolment_id, program_id, opened_at, promised_by, closed_at, state)
           select id, id, program_id, :opened, :by, :closed, 'closed' from enrolments limit 1 returning id""",
        opened=noon - timedelta(hours=4),
        by=noon - timedelta(hours=2),
        closed=noon,
    )
    told = []
    for days in (0, 1, 2):
        await people.move_to(rt, noon + timedelta(days=days))
        await daily_figures.count(rt)
        told.append((await latest(rt, program)).check_ins.late_call)
    assert told == [False, late, False]


async def test_a_days_figures_never_change(rt: Runtime, program: UUID) -> None:
    await daily_figures.count(rt)
    before = await latest(rt, program)
    await crowd.join(rt, crowd.numbers(10, first=100))
    assert await daily_figures.count(rt) == 0
    assert await latest(rt, program) == before
    with pytest.raises(DBAPIError, match="only ever added to"):
        await people.rows(rt, "update daily_figures set people = '{}'")


async def test_a_day_is_counted_from_six_in_the_morning_where_the_program_is(rt: Runtime) -> None:
    program = await people.program(rt, zone="America/New_York")
    for hour, day in ((9, date(2027, 3, 2)), (12, date(2027, 3, 3))):
        await people.move_to(rt, datetime.fromisoformat(f"2027-03-04T{hour:02d}:30:00+00:00"))
        await daily_figures.count(rt)
        assert (await latest(rt, program)).day == day


async def test_days_that_a_holiday_moves_are_counted_where_they_fall(rt: Runtime) -> None:
    """On the day before Thanksgiving or after it, whoever chose that day is asked as well."""
    program = await people.program(rt, region="US")
    async with rt.begin() as (connection, _):
        (one,) = await programs.load(connection)
    assert daily_figures._asked_on(one, date(2026, 11, 26)) == []
    moved = [daily_figures._asked_on(one, date(2026, 11, day)) for day in (25, 27)]
    assert sorted(map(len, moved)) == [1, 2]
    assert program == one.id


def test_the_paused_are_withheld_where_the_others_would_be_too_few() -> None:
    assert daily_figures.told({"active": 4, "paused": 12}, {}, 10).paused is None
    assert daily_figures.told({"active": 10, "paused": 12}, {}, 10).paused == 10


headcounts = st.integers(0, 60)


@given(headcounts, headcounts, headcounts, st.integers(5, 20))
def test_no_two_figures_make_a_number_below_the_floor(active: int, paused: int, left: int, floor: int) -> None:
    shown = daily_figures.told({"active": active, "paused": paused, "left": left}, {3: active}, floor)
    pairs = (shown.enrolled, active + paused), (shown.paused, paused), (shown.left, left), (shown.by_day[3], active)
    for figure, number in pairs:
        assert figure is None or floor <= figure <= number
        assert number >= floor or figure is None
    assert shown.paused is None or active >= floor
    assert figure is None or (figure == floor or figure % 5 == 0)
