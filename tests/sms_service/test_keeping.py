"""Nothing ends somebody's check-ins by accident, and none comes too often: faults, lost texts, clocks and days off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import respx
from sqlalchemy.exc import DBAPIError

from sms_service import clockwork, doctor, outbox, put_off, replanning
from sms_service.put_off import NothingKeptError
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.test_clockwork import bodies
from tests.sms_service.test_replanning import change, coming
from tests.sms_service.wire import MESSAGES, accepted

MONDAY = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
NOV_1 = datetime(2026, 11, 1, 14, tzinfo=UTC)
SAID = "select count(*) from outbox where origin = 'appointment'"
KEYS = "update participants set answer_key = :key where phone_hash = :hash"
FAILED = "select state, reason from appointments where kind = 'check-in' order by occasion"
REFUSE = """
    create or replace function refuse() returns trigger language plpgsql as
    $$ begin raise exception using errcode = '{code}', message = 'refused by the test'; end $$
"""


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    """Ada has joined on a Monday, three days before her first check-in."""
    await people.program(rt)
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    return rt


async def keep(rt: Runtime, kind: str = "check-in") -> datetime:
    due = await people.move_to_due(rt, kind)
    await clockwork.tick(rt)
    return due


async def do(rt: Runtime, *statements: str, **values: object) -> None:
    async with rt.begin() as (connection, _):
        for one in statements:
            await connection.execute(people.sql(one), values)


async def swap_key(rt: Runtime, key: object, number: str = people.ADA) -> object:
    """Give somebody another key for their answers, as a fault might, and return the one they had."""
    who = rt.vault.lookup(number)
    old = await people.one(rt, "select answer_key from participants where phone_hash = :hash", hash=who)
    await do(rt, KEYS, key=key, hash=who)
    return old


async def hold(rt: Runtime, connection: object, number: str) -> None:
    await connection.execute(  # type: ignore[attr-defined]
        people.sql("select id from participants where phone_hash = :hash for update"), {"hash": rt.vault.lookup(number)}
    )


async def test_every_later_is_followed_by_a_text(joined: Runtime) -> None:
    await keep(joined)
    for said in (2, 3, 4):
        assert "Snoozed" in (await people.text(joined, "LATER in 2 hours"))[0]
        await keep(joined, "snooze")
        assert await people.one(joined, SAID) == said


async def test_later_past_the_next_check_in_leaves_this_one_and_its_reminders(rt: Runtime) -> None:
    await people.program(rt, region="", day=0, also_days=(2, 4), window_hours=40, remind_hours=(24,))
    await people.move_to(rt, MONDAY - timedelta(days=3))
    await people.join(rt)
    await keep(rt)
    (said,) = await people.text(rt, "LATER in 3 days")
    due = await people.one(rt, "select min(due_at) from appointments where kind = 'check-in' and state = 'due'")
    assert f"{due:%a} {due.day}" in said
    left = await people.rows(rt, "select kind from appointments where state = 'due' order by due_at")
    assert left == [("expiry",), ("check-in",)]
    await keep(rt)
    assert await people.one(rt, SAID) == 2


async def test_a_follow_up_planned_twice_for_a_day_comes_twice(joined: Runtime) -> None:
    for said in (1, 2):
        await people.move_to(joined, MONDAY + timedelta(hours=said))
        await people.texts(joined, ["TIMEOFF", "3", "TIMEOFF", "3"])
        await keep(joined, "follow-up")
        assert ["time off again" in one for one in await bodies(joined)].count(True) == said


async def test_a_check_in_that_fails_is_tried_for_as_long_as_it_is_of_use(joined: Runtime) -> None:
    await people.text(joined, "CHECKIN")
    key = await swap_key(joined, b"\0")
    first = await keep(joined)
    tried = [first]
    while (await people.rows(joined, FAILED)) == [("due", None)]:
        tried.append(await keep(joined))
    apart = [round((b - a) / timedelta(minutes=1)) for a, b in pairwise(tried)]
    assert apart == [10] * 6 + [60] * 71
    assert tried[-1] - first >= timedelta(hours=72)
    assert await people.rows(joined, FAILED) == [("dropped", "it could not be worked out"), ("due", None)]
    await swap_key(joined, key)
    assert await keep(joined) - first == timedelta(days=7)
    assert len(await bodies(joined)) == 1


async def test_a_check_in_that_failed_for_hours_comes_once_the_fault_is_mended(joined: Runtime) -> None:
    await people.text(joined, "CHECKIN")
    key = await swap_key(joined, b"\0")
    first = await keep(joined)
    await people.move_to(joined, first + timedelta(hours=5))
    assert await clockwork.tick(joined) == 0
    await swap_key(joined, key)
    assert "Thu 3 Dec" in (await people.text(joined, "WHEN"))[0]
    assert await keep(joined) - first <= timedelta(hours=5, minutes=11)
    assert len(await bodies(joined)) == 1
    assert await coming(joined) == ["2026-12-10 12:15"]
    assert await people.one(joined, "select min(due_at) from appointments where kind = 'check-in'") == first


@pytest.mark.parametrize("of", [1, 2])
async def test_what_fails_for_one_person_is_told_for_an_hour_and_for_several_on_and_on(
    joined: Runtime, of: int
) -> None:
    await people.join(joined, people.BEN)
    for number in (people.ADA, people.BEN)[:of]:
        await people.text(joined, "CHECKIN", number=number)
        await swap_key(joined, b"\0", number)
    for tries in range(12):
        await keep(joined)
        if of == 1 and tries >= 6:
            assert await put_off.look(joined) == 0
        else:
            with pytest.raises(NothingKeptError):
                await put_off.look(joined)


async def test_where_very_many_fail_what_else_a_minute_brings_is_done_all_the_same(joined: Runtime) -> None:
    numbers = [people.ADA, *(f"+1757555{1000 + n}" for n in range(7))]
    for number in numbers[1:]:
        await people.join(joined, number)
    for number in numbers:
        await people.text(joined, "CHECKIN", number=number)
        await swap_key(joined, b"\0", number)
    await people.move_to_due(joined, "check-in")
    tried = []
    for _ in range(4):
        assert await clockwork.tick(joined, most=2) == 0
        tried.append(await people.one(joined, "select count(*) from appointments where tries > 0"))
    assert tried == [4, 8, 8, 8]


async def test_whoever_is_busy_elsewhere_is_not_put_off_and_gets_no_second_check_in(joined: Runtime) -> None:
    await people.text(joined, "CHECKIN")
    await swap_key(joined, b"\0")
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due + timedelta(hours=73))
    row = await people.one(joined, "select id from appointments where kind = 'check-in' and state = 'due'")
    async with joined.begin() as (connection, _):
        await hold(joined, connection, people.ADA)
        await put_off.put_off(joined, row)
        assert await people.rows(joined, FAILED) == [("due", None)]
    await put_off.put_off(joined, row)
    assert await people.rows(joined, FAILED) == [("dropped", "it could not be worked out"), ("due", None)]


async def test_the_doctor_counts_what_failed_and_waits(joined: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    await people.text(joined, "TALK")
    key = await swap_key(joined, b"\0")
    for least in (1, 0):
        await keep(joined)
        capsys.readouterr()
        await doctor.examine(joined)
        assert capsys.readouterr().out.count("appointments that failed and wait to be tried again: 2;") == least
        await swap_key(joined, key)


@pytest.mark.parametrize(
    ("words", "kind", "hours"),
    [(("TIMEOFF", "2", "1"), "nudge-1", 1), (("TIMEOFF", "3"), "follow-up", 12), (("LATER in 2 hours",), "snooze", 12)],
)
async def test_what_else_fails_is_given_up_once_it_is_stale(
    joined: Runtime, words: tuple[str, ...], kind: str, hours: int
) -> None:
    await keep(joined)
    await people.texts(joined, words)
    await swap_key(joined, b"\0")
    state = "select state from appointments where id = :id"
    row = await people.one(joined, f"select id from appointments where kind = '{kind}' order by due_at limit 1")  # noqa: S608
    first = await keep(joined, kind)
    for least, left in ((0, "due"), (hours, "dropped")):
        await people.move_to(joined, first + timedelta(hours=least, minutes=11))
        await clockwork.tick(joined)
        assert await people.one(joined, state, id=row) == left


async def test_a_closing_that_fails_is_tried_until_it_works(joined: Runtime) -> None:
    await keep(joined)
    key = await swap_key(joined, b"\0")
    for _ in range(40):
        await keep(joined, "expiry")
    await swap_key(joined, key)
    await keep(joined, "expiry")
    assert await people.one(joined, "select count(*) from conversations where ended_at is null") == 0


async def test_a_check_in_that_failed_comes_at_no_hour_that_nobody_chose(joined: Runtime, gateway: Gateway) -> None:
    """Put off by an hour it was held to be planned for quiet hours, as if somebody had chosen them."""
    await people.texts(joined, ["DAY", "Thursday", "8:30 PM", "TALK"])
    key = await swap_key(joined, b"\0")
    first = await keep(joined)
    await swap_key(joined, key)
    await people.move_to(joined, first + timedelta(minutes=61))
    with respx.mock as wire:
        wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 9)])
        await clockwork.tick(joined)
        await outbox.deliver(joined, gateway)
    query = "select state, reason from outbox where origin = 'appointment'"
    assert await people.rows(joined, query) == [("held", "quiet hours")]


async def test_a_check_in_that_failed_and_is_moved_comes_when_it_was_moved_to(joined: Runtime) -> None:
    await people.text(joined, "TALK")
    key = await swap_key(joined, b"\0")
    first = await keep(joined)
    await change(joined, f'{{"closed": [["{first:%Y-%m-%d}", "{first:%Y-%m-%d}"]]}}', planned=True)
    await swap_key(joined, key)
    await keep(joined)
    assert await bodies(joined) == []
    assert await coming(joined) == ["2026-12-04 12:15"]
    moved = await people.rows(
        joined, "select try_at, tries from appointments where kind = 'check-in' and state = 'due'"
    )
    assert moved == [(None, 0)]


async def test_the_end_of_a_rest_is_tried_until_it_works(joined: Runtime) -> None:
    await people.texts(joined, ["CHECKIN", "PAUSE"])
    await people.text(joined, "TALK")
    key = await swap_key(joined, b"\0")
    for _ in range(6):
        await keep(joined, "resume")
    await swap_key(joined, key)
    await keep(joined, "resume")
    assert await people.one(joined, "select state from enrolments") == "active"
    assert len(await coming(joined)) == 1


async def test_somebody_busy_and_somebody_unreadable_keep_nobody_waiting(joined: Runtime) -> None:
    await people.join(joined, people.BEN)
    await people.join(joined, people.CLEO)
    await people.text(joined, "CHECKIN", number=people.BEN)
    await swap_key(joined, b"\0", people.BEN)
    await people.move_to_due(joined, "check-in")
    # Ada's is the first in order.
    earlier = """update appointments set due_at = due_at - interval '1 hour'
        from enrolments e join participants p on p.id = e.participant_id
        where e.id = enrolment_id and kind = 'check-in' and phone_hash = :hash"""
    await do(joined, earlier, hash=joined.vault.lookup(people.ADA))
    async with joined.begin() as (connection, _):
        await hold(joined, connection, people.ADA)
        await clockwork.tick(joined)
    assert len(await bodies(joined, people.CLEO)) == 1
    await clockwork.tick(joined)
    assert len(await bodies(joined, people.ADA)) == 1


@pytest.mark.parametrize("code", ["40001", "40P01"])
async def test_two_that_got_in_each_others_way_are_nobodys_fault(joined: Runtime, code: str) -> None:
    trigger = "create trigger refuse before insert on outbox for each row execute function refuse()"
    await do(joined, REFUSE.format(code=code), trigger)
    try:
        await keep(joined)
    finally:
        await do(joined, "drop trigger refuse on outbox")
    assert await coming(joined) == ["2026-12-03 12:15"]
    await clockwork.tick(joined)
    assert len(await bodies(joined)) == 1


async def test_a_moved_day_and_a_rest_bring_no_two_within_five_days(joined: Runtime) -> None:
    await keep(joined)
    await people.texts(joined, ["GO", "0", "1", "0", "1", "DAY", "Saturday", "9:00 AM"])
    assert await coming(joined) == ["2026-12-12 09:00"]
    await people.texts(joined, ["PAUSE", "RESUME"])
    assert await coming(joined) == ["2026-12-12 09:00"]


async def test_where_the_program_asks_every_ten_weeks_who_answers_is_asked_each_time(rt: Runtime) -> None:
    await people.program(rt, every_weeks=10)
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    for _ in range(3):
        await keep(rt)
        assert "weekly note" in (await bodies(rt))[-1]
        await people.send_out(rt)
        await people.texts(rt, ["GO", "0", "1", "0", "1"])
    await keep(rt)
    await keep(rt)
    assert "still your number" in (await bodies(rt))[-1]


@pytest.mark.parametrize(
    ("hours", "left"), [(6, ["2026-12-02 12:15"]), (30, ["2026-12-04 12:15"]), (47, ["2026-12-04 12:15"])]
)
async def test_a_second_check_in_counts_for_the_day_it_is_nearer_to(rt: Runtime, hours: int, left: list[str]) -> None:
    await people.program(rt, day=0, also_days=(2, 4), window_hours=24, remind_hours=(4,), grace_hours=0)
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    due = await keep(rt)
    await people.send_out(rt)
    await people.texts(rt, ["GO", "0", "1", "0", "1"])
    assert await coming(rt) == ["2026-12-02 12:15"]
    await people.move_to(rt, due + timedelta(hours=hours))
    await people.texts(rt, ["CHECKIN", "0", "1", "0", "1"])
    assert await coming(rt) == left


async def test_the_end_of_a_rest_in_an_outage_loses_no_check_in(joined: Runtime) -> None:
    await people.text(joined, "PAUSE until Dec 3")
    await people.move_to(joined, datetime(2026, 12, 3, 18, 15, tzinfo=UTC))
    await clockwork.tick(joined)
    assert ["weekly note" in one for one in await bodies(joined)] == [True]
    assert await coming(joined) == ["2026-12-10 12:15"]


async def test_an_outage_over_the_end_of_a_programs_pause_asks_nothing_of_before(rt: Runtime) -> None:
    await people.program(rt, paused_until="2026-12-05")
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    await people.move_to(rt, datetime(2026, 12, 5, 15, 0, tzinfo=UTC))
    await clockwork.tick(rt)
    assert await bodies(rt) == []
    assert await coming(rt) == ["2026-12-10 12:15"]


async def test_no_minutes_of_a_spread_lead_into_somebodys_own_quiet_hours(rt: Runtime) -> None:
    await people.program(rt, spread_minutes=60)
    await people.move_to(rt, MONDAY)
    for n in range(8):
        number = f"+1757555{n:04}"
        await people.join(rt, number)
        await people.texts(rt, ["TIME 6pm", "QUIET 6:15pm-8am"], number=number)
    told = await coming(rt)
    assert len(told) == 8
    assert all("2026-12-03 18:00" <= one < "2026-12-03 18:15" for one in told)
    await do(rt, "update programs set version = version + 1")
    await clockwork.tick(rt)
    assert await coming(rt) == told


@pytest.mark.parametrize("state", ["dropped", "failed", "undelivered"])
async def test_a_lost_question_about_the_number_is_asked_again(joined: Runtime, state: str) -> None:
    await people.move_to(joined, datetime(2027, 2, 4, 18, 0, tzinfo=UTC))
    await clockwork.tick(joined)
    await do(joined, "update outbox set state = :state where origin = 'appointment'", state=state)
    await keep(joined)
    assert ["still your number" in one for one in await bodies(joined)] == [True]
    await do(joined, "update outbox set state = 'delivered' where state = 'ready'")
    await keep(joined)
    assert await bodies(joined) == []
    assert "Next check-in" in (await people.text(joined, "1"))[0]


@pytest.mark.parametrize(
    ("begun", "words", "closes"),
    [
        (datetime(2026, 10, 30, 13, 40, tzinfo=UTC), ["CHECKIN", "1"], datetime(2026, 11, 3, 14, 40, tzinfo=UTC)),
        (datetime(2026, 10, 30, 13, 40, tzinfo=UTC), ["CHECKIN", "1", "LATER Saturday 9am"], NOV_1),
        (datetime(2027, 3, 12, 14, 40, tzinfo=UTC), ["CHECKIN", "1"], datetime(2027, 3, 16, 13, 40, tzinfo=UTC)),
    ],
    ids=["clocks go back", "put off over that night", "clocks go forward"],
)
async def test_what_somebody_began_closes_by_the_wall_clock(
    rt: Runtime, begun: datetime, words: list[str], closes: datetime
) -> None:
    await people.program(rt)
    await people.move_to(rt, begun - timedelta(hours=1))
    await people.join(rt)
    await people.move_to(rt, begun)
    await people.texts(rt, words)
    closing = "select due_at from appointments where kind = 'expiry' and state = 'due'"
    due = await people.one(rt, closing)
    assert isinstance(due, datetime)
    assert abs(due - closes) <= timedelta(minutes=1)


async def test_once_in_four_weeks_stays_so_when_the_clocks_go_back(rt: Runtime) -> None:
    await people.program(rt)
    await people.move_to(rt, datetime(2026, 10, 12, 15, 0, tzinfo=UTC))
    await people.join(rt)
    await people.text(rt, "MONTHLY")
    await keep(rt)
    assert await coming(rt) == ["2026-11-12 12:15"]
    await people.texts(rt, ["PAUSE", "RESUME"])
    assert await coming(rt) == ["2026-11-12 12:15"]


@pytest.mark.parametrize("last", ["2026-12-04", "2026-12-05"])
async def test_once_in_four_weeks_stays_so_after_one_that_came_earlier(rt: Runtime, last: str) -> None:
    await people.program(rt, closed=(("2026-12-03", last),))
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    await people.text(rt, "MONTHLY")
    assert await coming(rt) == ["2026-12-02 12:15"]
    await keep(rt)
    assert await coming(rt) == ["2026-12-31 12:15"]


async def test_who_is_long_silent_is_asked_in_four_weeks_when_the_clocks_go_back(rt: Runtime) -> None:
    await people.program(rt)
    await people.move_to(rt, datetime(2026, 10, 12, 15, 0, tzinfo=UTC))
    await people.join(rt)
    for kind in ("check-in", "reminder-1", "reminder-2", "expiry") * 3:
        await keep(rt, kind)
        await people.send_out(rt)
    assert await coming(rt) == ["2026-11-26 12:15"]


async def test_who_is_due_is_asked_before_a_changed_schedule_is_followed(joined: Runtime) -> None:
    await change(joined, '{"fade_after": 4}')
    await people.move_to_due(joined, "check-in")
    trigger = "create trigger refuse before update on programs for each row execute function refuse()"
    await do(joined, REFUSE.format(code="57P01"), trigger)
    try:
        with pytest.raises(DBAPIError):
            await clockwork.tick(joined)
    finally:
        await do(joined, "drop trigger refuse on programs")
    assert len(await bodies(joined)) == 1


async def test_a_changed_schedule_is_followed_a_part_at_a_time(joined: Runtime) -> None:
    await people.join(joined, people.BEN)
    await change(joined, '{"closed": [["2026-12-03", "2026-12-03"]]}')
    await replanning.follow(joined, most=1)
    assert await coming(joined) == ["2026-12-03 12:15", "2026-12-04 12:15"]
    await replanning.follow(joined, most=1)
    assert await coming(joined) == ["2026-12-04 12:15", "2026-12-04 12:15"]
    await replanning.follow(joined, most=1)
    assert await people.rows(joined, "select version = planned_version from programs") == [(True,)]


async def test_a_planned_check_in_knows_why_it_is_not_as_usual(rt: Runtime) -> None:
    await people.program(rt, closed=(("2026-12-03", "2026-12-03"),))
    await people.move_to(rt, MONDAY)
    await people.join(rt)
    reason = "select reason from appointments where kind = 'check-in' and state = 'due'"
    assert await people.one(rt, reason) == "moved from 3 December: closed 3 Dec"
    await change(rt, '{"closed": []}')
    await clockwork.tick(rt)
    assert await people.one(rt, reason) is None
    await change(rt, '{"closed": [["2026-12-03", "2026-12-03"]]}')
    await clockwork.tick(rt)
    assert await people.one(rt, reason) == "moved from 3 December: closed 3 Dec"
    await people.texts(rt, ["PAUSE", "RESUME"])
    assert await people.one(rt, reason) == "moved from 3 December: closed 3 Dec"


@pytest.mark.parametrize(("late", "kind"), [(1, "reminder-1"), (20, "reminder-1"), (21, "reminder-2")])
async def test_a_check_in_that_comes_late_is_not_reminded_of_at_once(joined: Runtime, late: int, kind: str) -> None:
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due + timedelta(hours=late) - timedelta(minutes=1))
    await clockwork.tick(joined)
    found = await people.rows(joined, "select kind from appointments where kind like 'reminder%'")
    assert found == [(kind,)]


@pytest.mark.parametrize(("late", "following"), [(1, 1), (21, 0)])
async def test_a_reminder_that_comes_late_is_not_followed_by_one_at_once(
    joined: Runtime, late: int, following: int
) -> None:
    await keep(joined)
    due = await people.move_to_due(joined, "reminder-1")
    await people.move_to(joined, due + timedelta(hours=late))
    await clockwork.tick(joined)
    assert await people.one(joined, "select count(*) from appointments where kind = 'reminder-2'") == following


@pytest.mark.parametrize("then", [("CHECKIN", "2"), ("CHECKIN", "2", "LATER")])
async def test_a_check_in_started_again_after_it_closed_closes_again(rt: Runtime, then: tuple[str, ...]) -> None:
    await people.program(rt, time="09:00", remind_hours=(4,), window_hours=8, grace_hours=0)
    await people.join(rt)
    for kind in ("check-in", "expiry"):
        await people.move_to_due(rt, kind)
        await clockwork.tick(rt)
        await people.send_out(rt)
    now = await people.now(rt)
    await people.move_to(rt, now + timedelta(minutes=30))
    await people.texts(rt, then)
    still_open = "select count(*) from conversations where ended_at is null"
    assert await people.one(rt, still_open) == 1
    await people.move_to(rt, now + timedelta(hours=8))
    await clockwork.tick(rt)
    assert await people.one(rt, still_open) == 1
    await people.move_to(rt, now + timedelta(days=3))
    await clockwork.tick(rt)
    assert await people.one(rt, still_open) == 0
    closed = "select closed_at is not null, opened_at < closed_at from check_ins"
    assert await people.rows(rt, closed) == [(True, True)]
    (kept,) = await people.rows(rt, "select count(*) from appointments where kind = 'expiry' and state = 'done'")
    assert kept == (1,)
