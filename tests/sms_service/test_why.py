"""Why somebody did or didn't get a text: told to whoever runs the service, and never whether a week was answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import respx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sms_service import clockwork, fates, outbox, programs, schedule_words, senders, statuses, why
from sms_service.program_checks import OPEN_END
from sms_service.runtime import Runtime, new_id
from sms_service.statuses import Status
from sms_service.twilio.client import Gateway
from sms_service.why import DayError, NobodyError, Story
from tests import people
from tests.sms_service.wire import MESSAGES, accepted


@pytest.fixture
def twilio() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as wire:
        yield wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 99)])


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    await people.program(rt)
    await people.join(rt)
    return rt


NO_FAULT = "was sent, waits to be sent or was not needed"
NONE_FAILED = why.Line("reply", None, "none failed; whether there were any is not told")


async def ada(rt: Runtime) -> UUID:
    async with rt.begin() as (connection, _):
        return await why.find(rt, connection, people.ADA)


async def story(rt: Runtime) -> Story:
    person = await ada(rt)
    async with rt.begin() as (connection, now):
        (found,) = await why.tell(connection, person, None, now)
    return found


async def check_in(rt: Runtime, gateway: Gateway) -> datetime:
    due = await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    return due


async def check_in_of_week(rt: Runtime, week: int) -> None:
    for _ in range(week):
        await people.move_to_due(rt, "check-in")
        await clockwork.tick(rt)


async def told(rt: Runtime) -> list[tuple[str, str]]:
    return [(line.what, line.words) for line in (await story(rt)).lines if line != NONE_FAILED]


async def test_a_day_without_a_check_in(joined: Runtime) -> None:
    await check_in_of_week(joined, 2)
    async with joined.begin() as (connection, now):
        (found,) = await why.tell(connection, await ada(joined), (now - timedelta(days=2)).date(), now)
    assert [line.words for line in found.lines if line.what == "check-in"] == ["none was planned for this day"]
    assert found.standing == "takes part"


async def test_planned_sent_and_delivered(joined: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    due = await people.one(joined, "select due_at from appointments where kind = 'check-in'")
    assert isinstance(due, datetime)
    await people.move_to(joined, due - timedelta(minutes=1))
    assert await told(joined) == [("check-in", "is planned")]
    await people.move_to_due(joined, "check-in")
    assert await told(joined) == [("check-in", NO_FAULT)]
    await clockwork.tick(joined)
    assert await told(joined) == [("check-in", NO_FAULT)]
    await outbox.deliver(joined, gateway)
    assert await told(joined) == [("check-in", NO_FAULT)]
    ((row, sid),) = await people.rows(joined, "select id, sid from outbox where origin = 'appointment'")
    await statuses.take(joined, [Status(row, str(sid), "delivered", None)])  # type: ignore[arg-type]
    assert await told(joined) == [("check-in", NO_FAULT)]
    assert (await story(joined)).lines[0].at is not None


async def test_a_failure_says_what_it_means(joined: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    await check_in(joined, gateway)
    ((row, sid),) = await people.rows(joined, "select id, sid from outbox where origin = 'appointment'")
    await statuses.take(joined, [Status(row, str(sid), "undelivered", 30006)])  # type: ignore[arg-type]
    assert await told(joined) == [
        ("check-in", "did not arrive: 30006: this number is a landline or cannot be reached by text")
    ]
    assert "a landline" in (await story(joined)).standing


async def test_what_was_too_late_says_so(joined: Runtime) -> None:
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due + timedelta(days=6))
    await clockwork.tick(joined)
    person = await ada(joined)
    async with joined.begin() as (connection, now):
        (found,) = await why.tell(connection, person, due.date(), now)
    assert [line.words for line in found.lines if line.what == "check-in"] == [
        "was not sent: it would have come too late to be of use"
    ]


async def pause(rt: Runtime, until: date | None) -> None:
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        settings = replace(program.settings, paused_until=until.isoformat() if until else OPEN_END)
        assert await programs.save_settings(connection, program, settings, now)


@pytest.mark.parametrize("days", [None, 8])
async def test_a_pause_of_the_program_is_told_as_the_programs(joined: Runtime, days: int | None) -> None:
    due = await people.one(joined, "select due_at from appointments where kind = 'check-in'")
    assert isinstance(due, datetime)
    first = None if days is None else (due + timedelta(days=1)).date()
    await pause(joined, first)
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert await told(joined) == [("check-in", "was not sent: the program is paused")]
    again = f"check-ins come again from {first} on" if first else "no check-ins until somebody ends the pause"
    found = await story(joined)
    assert found.standing == f"takes part; the program is paused: {again}"
    assert found.coming == f"the program is paused: {again}"


@pytest.mark.parametrize("frequency", ["weekly", "monthly"])
async def test_in_a_pause_what_comes_next_tells_nothing_of_who_is_asked_less_often(
    joined: Runtime, frequency: str
) -> None:
    due = await people.one(joined, "select due_at from appointments where kind = 'check-in'")
    assert isinstance(due, datetime)
    await pause(joined, (due + timedelta(days=14)).date())
    await people.rows(joined, "update enrolments set frequency = :f returning id", f=frequency)
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert (await story(joined)).coming.startswith("the program is paused: check-ins come again from ")


async def test_a_rest_that_ends_within_a_pause_of_the_program_says_so(joined: Runtime) -> None:
    await people.texts(joined, ["PAUSE", "1"])
    await pause(joined, None)
    found = await story(joined)
    assert found.coming.startswith("the rest ends on ")
    assert found.coming.endswith("; the program is paused: no check-ins until somebody ends the pause")


async def test_what_nobody_knows_is_not_told_as_lost(joined: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    await check_in(joined, gateway)
    await people.rows(
        joined,
        "update outbox set state = 'failed', reason = 'nobody can say whether it was sent', error_code = 20500 "
        "where origin = 'appointment' returning id",
    )
    assert await told(joined) == [("check-in", "nobody can say whether it was sent")]


async def test_a_stopped_sender_and_an_opt_out_are_in_the_standing(joined: Runtime) -> None:
    await people.text(joined, "STOP")
    async with joined.begin() as (connection, _):
        await senders.stop(connection, [people.SENDER], "30034: not registered", joined.real())
    found = await story(joined)
    assert found.standing == "takes part, has opted out of texts; the sender is stopped (30034: not registered)"
    assert found.coming == "nothing is planned"


async def test_nobody_is_told_without_the_number(joined: Runtime) -> None:
    async with joined.begin() as (connection, _):
        for unknown in ("+17575550199", str(new_id()), "nonsense"):
            with pytest.raises(NobodyError) as error:
                await why.find(joined, connection, unknown)
            assert unknown not in str(error.value)


async def test_an_enrolment_finds_its_person(joined: Runtime) -> None:
    enrolment = await people.one(joined, "select id from enrolments")
    async with joined.begin() as (connection, _):
        assert await why.find(joined, connection, str(enrolment)) == await ada(joined)


SILENT: tuple[str, ...] = ()
ANSWERED = ("GO", "2", "1", "0", "3")
DANGER = ("GO", "I want to end my life")


@pytest.mark.parametrize("what", [ANSWERED, DANGER, ("GO", "2"), ("LATER",), ("HELP",)], ids=lambda w: w[-1][:9])
async def test_whoever_wrote_anything_at_all_looks_the_same(
    joined: Runtime, gateway: Gateway, twilio: respx.Route, what: tuple[str, ...]
) -> None:
    """Answering, part of it, a hard moment, LATER, HELP: on the day and on the day of the reminders."""
    due = await check_in(joined, gateway)
    await people.texts(joined, list(what))
    assert await told(joined) == [("check-in", NO_FAULT)]
    for hours in (25, 49):
        await people.move_to(joined, due + timedelta(hours=hours))
        await clockwork.tick(joined)
        await outbox.deliver(joined, gateway)
        assert await told(joined) == [("check-in", "none was planned for this day")]


async def test_the_silent_look_like_those_who_answered_the_day_after(
    joined: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    due = await check_in(joined, gateway)
    await people.move_to(joined, due + timedelta(hours=25))
    await clockwork.tick(joined)
    assert await outbox.deliver(joined, gateway) == 1  # a reminder, which is not told
    assert await told(joined) == [("check-in", "none was planned for this day")]


async def test_a_reply_that_failed_is_told(joined: Runtime) -> None:
    ((row,),) = await people.rows(joined, "select id from outbox where asked_for order by id desc limit 1")
    await statuses.take(joined, [Status(row, people.sid(), "undelivered", 30007)])  # type: ignore[arg-type]
    assert ("reply", "did not arrive: 30007: the carrier filtered the text") in await told(joined)


FAR = "not within the next nine days"


async def test_after_a_month_of_silence_the_next_is_the_schedules_as_it_is_for_everybody(
    joined: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    for _ in range(4):
        due = await check_in(joined, gateway)
        await people.move_to_due(joined, "expiry")
        await clockwork.tick(joined)
    assert await people.one(joined, "select faded from enrolments") is True
    assert await people.one(joined, "select min(due_at) from appointments where state = 'due'") > due + timedelta(8)
    week = (due.astimezone(ZoneInfo("America/New_York")) + timedelta(days=7)).date()
    assert (await story(joined)).coming == f"{week:%a %Y-%m-%d} 12:15"


async def test_an_early_answer_is_told_like_a_check_in_that_went_out(joined: Runtime) -> None:
    due = await people.one(joined, "select due_at from appointments where kind = 'check-in'")
    assert isinstance(due, datetime)
    await people.move_to(joined, due - timedelta(hours=30))
    await people.texts(joined, ["CHECKIN", "2", "1", "0", "3"])
    await people.move_to(joined, due + timedelta(minutes=1))
    await clockwork.tick(joined)
    assert await told(joined) == [("check-in", NO_FAULT)]


@given(reason=st.text(max_size=40))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_reason_that_nobody_listed_is_never_repeated(reason: str) -> None:
    said = fates.reason(reason)
    assert not said or said in fates.REASONS.values() or reason.startswith(fates.OPEN)


ONLY_NEXT = "only the next one is planned ahead"
MOVED = "moved from 26 November: holiday (Thanksgiving Day)"


async def of_day(rt: Runtime, day: date) -> list[str]:
    async with rt.begin() as (connection, now):
        (found,) = await why.tell(connection, await ada(rt), day, now)
    return [line.words for line in found.lines if line.what == "check-in"]


async def joined_on(rt: Runtime, day: date, **settings: object) -> None:
    await people.program(rt, **settings)
    await people.move_to(rt, datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
    await people.join(rt)


@pytest.mark.parametrize("frequency", ["weekly", "monthly"])
async def test_a_day_that_the_schedule_leaves_out_says_why_as_the_preview_does(rt: Runtime, frequency: str) -> None:
    await joined_on(rt, date(2026, 12, 14), closed=(("2026-12-21", "2027-01-03"),))
    await people.rows(rt, "update enrolments set frequency = :f returning id", f=frequency)
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    async with rt.begin() as (connection, now):
        preview = schedule_words.occurrences((await programs.find(connection, "tide")).settings, now)
    assert [one.note for one in preview[:2]] == ["Left out: closed 21 Dec to 3 Jan."] * 2
    for day in (date(2026, 12, 24), date(2026, 12, 31)):
        assert await of_day(rt, day) == [
            "none was planned for this day; by the schedule left out: closed 21 Dec to 3 Jan"
        ]
    assert await of_day(rt, date(2026, 12, 30)) == ["none was planned for this day"]


async def test_a_week_that_is_not_the_schedules_is_not_said_to_be_left_out(rt: Runtime) -> None:
    await joined_on(rt, date(2026, 11, 30), every_weeks=2)
    due = await people.one(rt, "select occasion from appointments where kind = 'check-in'")
    assert isinstance(due, date)
    assert await of_day(rt, due + timedelta(days=7)) == ["none was planned for this day"]


async def test_what_was_moved_says_so_before_it_is_sent_and_after(
    rt: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await joined_on(rt, date(2026, 11, 20), region="US")
    assert await of_day(rt, date(2026, 11, 26)) == [f"is planned, {MOVED}"]
    await check_in(rt, gateway)
    for day in (26, 27):
        assert await of_day(rt, date(2026, 11, day)) == [f"{NO_FAULT}; {MOVED}"]
    await people.texts(rt, ANSWERED)
    assert await of_day(rt, date(2026, 11, 27)) == [f"{NO_FAULT}; {MOVED}"]


async def test_what_will_be_moved_says_where_to(rt: Runtime) -> None:
    await joined_on(rt, date(2026, 11, 2), region="US")
    assert await of_day(rt, date(2026, 11, 26)) == [f"{ONLY_NEXT}; by the schedule Fri 2026-11-27 12:15, {MOVED}"]


async def test_a_day_that_is_not_planned_yet_is_not_denied(rt: Runtime) -> None:
    await joined_on(rt, date(2026, 11, 27))
    assert await of_day(rt, date(2026, 12, 3)) == ["is planned"]
    assert await of_day(rt, date(2026, 12, 10)) == [f"{ONLY_NEXT}; by the schedule Thu 2026-12-10 12:15"]
    assert await of_day(rt, date(2026, 12, 11)) == ["none was planned for this day"]
    await people.text(rt, "PAUSE until Dec 15")
    assert await of_day(rt, date(2026, 12, 10)) == ["none was planned for this day"]
    assert await of_day(rt, date(2026, 12, 17)) == [
        "is planned once the rest is over; by the schedule Thu 2026-12-17 12:15"
    ]
    await pause(rt, date(2026, 12, 20))
    assert await of_day(rt, date(2026, 12, 17)) == ["the program is paused: check-ins come again from 2026-12-20 on"]


async def test_a_day_before_somebody_joined_says_so(rt: Runtime) -> None:
    await joined_on(rt, date(2026, 12, 3))  # a Thursday
    await people.move_to(rt, datetime(2026, 12, 3, 18, tzinfo=UTC))
    assert await of_day(rt, date(2026, 11, 26)) == await of_day(rt, date(2026, 12, 2)) == ["had not joined yet"]
    await people.rows(rt, "update enrolments set joined_at = :at returning id", at=await people.now(rt))
    await people.rows(rt, "delete from appointments where kind = 'check-in' returning id")
    assert await of_day(rt, date(2026, 12, 3)) == ["had not joined yet"]


@pytest.mark.parametrize("day", [date(1, 1, 1), date(2024, 11, 1), date(2028, 12, 1), date(9999, 12, 31)])
async def test_a_day_years_off_is_refused_with_those_that_may_be_given(rt: Runtime, day: date) -> None:
    await joined_on(rt, date(2026, 11, 27))
    with pytest.raises(DayError, match=f"^{day} is too far off; give a day from 2024-11-27 to 2028-11-26$"):
        await of_day(rt, day)


async def test_one_that_was_moved_and_answered_early_is_told_like_one_that_went_out(rt: Runtime) -> None:
    await joined_on(rt, date(2026, 11, 25), region="US")
    await people.texts(rt, ["CHECKIN", *ANSWERED[1:]])
    assert await of_day(rt, date(2026, 11, 27)) == [f"is planned, {MOVED}"]
    await people.move_to(rt, datetime(2026, 11, 28, 15, tzinfo=UTC))
    assert await of_day(rt, date(2026, 11, 27)) == [f"{NO_FAULT}; {MOVED}"]


@pytest.mark.parametrize(
    ("rule", "faded"),
    [
        ({"every_weeks": 13}, False),
        ({"starts": "2027-03-01"}, False),
        ({"month_week": 5}, False),
        ({"closed": (("2026-11-28", "2027-01-10"),)}, False),
        ({"every_weeks": 13}, True),
        ({"starts": "2027-03-01"}, True),
    ],
)
async def test_what_is_far_off_reads_the_same_and_true_however_far_it_is(
    rt: Runtime, rule: dict[str, object], faded: bool
) -> None:
    await joined_on(rt, date(2026, 11, 27), **rule)
    await people.rows(rt, "update enrolments set faded = :f returning id", f=faded)
    due = await people.one(rt, "select due_at from appointments where kind = 'check-in'")
    assert isinstance(due, datetime)
    assert due - await people.now(rt) > timedelta(weeks=4)
    assert (await story(rt)).coming == FAR


async def test_one_that_was_planned_before_its_day_was_closed_says_so(rt: Runtime) -> None:
    await joined_on(rt, date(2026, 12, 14))
    await people.counted(rt, 20)
    assert await of_day(rt, date(2026, 12, 17)) == ["is planned"]
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        settings = replace(program.settings, closed=(("2026-12-15", "2026-12-19"),))
        assert await programs.save_settings(connection, program, settings, now)
    await clockwork.tick(rt)
    assert await of_day(rt, date(2026, 12, 17)) == [
        "was not sent: the program's schedule was changed; by the schedule left out: closed 15 to 19 Dec"
    ]
