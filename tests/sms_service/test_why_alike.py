"""People side by side, as somebody compares them who wants to know who answered: `why` tells them all alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from sms_service import clockwork, programs, why
from sms_service.runtime import Runtime
from sms_service.why import Story
from tests import people

MONDAY = datetime(2026, 11, 30, 15, tzinfo=UTC)
WEDNESDAY, THURSDAY = MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)
WEEKS = (date(2026, 12, 3), date(2026, 12, 10))
EARLY = ("CHECKIN", "2", "1", "0", "3")
DANGER = ("I want to end my life",)
NO_FAULT = "was sent, waits to be sent or was not needed"
PLAIN = people.ADA
ENROLMENT = "select e.id from enrolments e join participants p on p.id = participant_id where phone_hash = :hash"


async def everybody(rt: Runtime, doing: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Have somebody join for each thing to do, and Ada, who does nothing; return their numbers."""
    numbers = {what: f"+1757555{1000 + n}" for n, what in enumerate(doing)}
    for number in (PLAIN, *numbers.values()):
        await people.join(rt, number)
    return numbers


async def do(rt: Runtime, doing: dict[str, tuple[str, ...]], numbers: dict[str, str], *which: str) -> None:
    for what in which or doing:
        await people.texts(rt, doing[what], number=numbers[what])


async def later(rt: Runtime, moment: datetime) -> None:
    await people.move_to(rt, moment)
    await clockwork.tick(rt)
    await people.send_out(rt)


async def story(rt: Runtime, number: str, day: date) -> Story:
    async with rt.begin() as (connection, now):
        (found,) = await why.tell(connection, await why.find(rt, connection, number), day, now)
    return found


async def words(rt: Runtime, number: str, day: date) -> list[str]:
    return [line.words for line in (await story(rt, number, day)).lines if line.what == "check-in"]


async def test_whoever_did_something_before_their_check_in_reads_like_everybody(rt: Runtime) -> None:
    doing: dict[str, tuple[str, ...]] = {
        "early": EARLY,
        "begun early": EARLY[:2],
        "day and back": ("DAY Friday 9am", "DAY Thursday 12:15pm"),
        "rest and back": ("PAUSE", "RESUME"),
        "monthly and back": ("MONTHLY", "WEEKLY"),
        "stopped and back": ("STOP", "START"),
        "danger": DANGER,
        "later": ("LATER",),
    }
    of_the_day = ("danger", "later")
    await people.program(rt)
    await people.move_to(rt, MONDAY)
    numbers = await everybody(rt, doing)

    async def alike() -> None:
        for day in WEEKS:
            expected = await story(rt, PLAIN, day)
            assert {what: await story(rt, number, day) for what, number in numbers.items()} == dict.fromkeys(
                numbers, expected
            )

    await later(rt, WEDNESDAY)
    await do(rt, doing, numbers, *(what for what in doing if what not in of_the_day))
    await alike()
    assert await words(rt, numbers["early"], WEEKS[0]) == ["is planned"]
    await later(rt, THURSDAY)
    await do(rt, doing, numbers, "danger")
    await alike()
    await people.move_to(rt, THURSDAY + timedelta(hours=2, minutes=20))
    await alike()  # The hour has come, and nothing has been done yet.
    await clockwork.tick(rt)
    await alike()  # It waits.
    await people.send_out(rt)
    await do(rt, doing, numbers, "later")
    await alike()
    assert await words(rt, numbers["early"], WEEKS[0]) == [NO_FAULT]
    await later(rt, THURSDAY + timedelta(days=1))
    await alike()


async def test_an_hour_that_was_changed_on_the_day_reads_like_everybodys(rt: Runtime) -> None:
    doing = {"earlier": ("TIME 9am",), "later": ("TIME 6pm",), "early": EARLY}
    await people.program(rt)
    await people.move_to(rt, MONDAY)
    numbers = await everybody(rt, doing)
    await later(rt, THURSDAY)
    await do(rt, doing, numbers)
    await later(rt, THURSDAY + timedelta(days=1))
    for number in (PLAIN, *numbers.values()):
        assert await words(rt, number, WEEKS[0]) == [NO_FAULT]


@pytest.mark.parametrize("then", ["PAUSE", "STOP", "LEAVE"])
async def test_who_rests_or_has_gone_reads_the_same_answered_or_not(rt: Runtime, then: str) -> None:
    doing = {"early": EARLY}
    await people.program(rt)
    await people.move_to(rt, MONDAY)
    numbers = await everybody(rt, doing)
    await later(rt, WEDNESDAY)
    await do(rt, doing, numbers)
    for number in (PLAIN, numbers["early"]):
        await people.texts(rt, (then, "1"), number=number)
    for days in (0, 1, 2):
        await later(rt, WEDNESDAY + timedelta(days=days))
        for day in WEEKS:
            assert await story(rt, numbers["early"], day) == await story(rt, PLAIN, day)


async def test_a_day_moved_by_a_holiday_says_so_answered_or_not(rt: Runtime) -> None:
    doing = {"early": EARLY, "danger": DANGER}
    await people.program(rt, region="US", spread_minutes=60)
    await people.move_to(rt, datetime(2026, 11, 25, 15, tzinfo=UTC))
    numbers = await everybody(rt, doing)
    await do(rt, doing, numbers, "early")
    moved = "moved from 26 November: holiday (Thanksgiving Day)"
    for number in (PLAIN, numbers["early"]):
        assert await words(rt, number, date(2026, 11, 27)) == [f"is planned, {moved}"]
    await later(rt, datetime(2026, 11, 27, 15, tzinfo=UTC))
    await do(rt, doing, numbers, "danger")
    await later(rt, datetime(2026, 11, 27, 20, tzinfo=UTC))
    for number in (PLAIN, *numbers.values()):
        assert await words(rt, number, date(2026, 11, 27)) == [f"{NO_FAULT}; {moved}"]


async def test_another_day_after_a_moved_check_in_that_was_answered_early_is_told_as_planned(rt: Runtime) -> None:
    await people.program(rt, region="US")
    await people.move_to(rt, datetime(2026, 11, 24, 15, tzinfo=UTC))
    await people.join(rt)
    await people.move_to(rt, datetime(2026, 11, 25, 15, tzinfo=UTC))
    await people.texts(rt, (*EARLY, "DAY Monday 9am"))
    await later(rt, datetime(2026, 11, 28, 20, tzinfo=UTC))
    due = await people.one(rt, "select due_at from appointments where state = 'due' and kind = 'check-in'")
    assert due == datetime(2026, 12, 7, 14, tzinfo=UTC)
    told = await story(rt, PLAIN, date(2026, 12, 3))
    assert (told.coming, told.lines[0].words) == ("Mon 2026-12-07 09:00", "none was planned for this day")


async def test_who_is_asked_whether_the_number_is_still_theirs_reads_like_everybody(rt: Runtime) -> None:
    await people.program(rt, fade_after=0)
    await people.move_to(rt, MONDAY)
    numbers = await everybody(rt, {"answers": ()})
    reasons = "select count(*) from appointments where reason = 'waiting for a word from this number'"
    for _ in range(12):
        due = await people.move_to_due(rt, "check-in")
        await later(rt, due + timedelta(minutes=1))
        await people.texts(rt, ("1", "1", "1", "1"), number=numbers["answers"])
        mine, other = await story(rt, PLAIN, due.date()), await story(rt, numbers["answers"], due.date())
        assert mine == replace(other, standing=mine.standing)
        assert await words(rt, PLAIN, due.date()) == [NO_FAULT]
    assert await people.one(rt, reasons)


async def same_words(rt: Runtime, first: date, days: int, numbers: dict[str, str]) -> None:
    """Compare what is told of Ada and of others, of each of so many days."""
    async with rt.begin() as (connection, now):
        known = [await why.find(rt, connection, number) for number in (PLAIN, *numbers.values())]
        for n in range(days):
            on = first + timedelta(days=n)
            mine, *others = [await why.tell(connection, person, on, now) for person in known]
            assert others == [mine] * len(others), f"{on} from {now}"


async def all_days(rt: Runtime, numbers: dict[str, str]) -> None:
    await same_words(rt, MONDAY.date() - timedelta(days=3), 70, numbers)


async def begun(rt: Runtime, **settings: object) -> dict[str, str]:
    """Have three join: Ada, who says nothing more, and who answers on the day, and who answers before it."""
    await people.program(rt, **settings)
    await people.move_to(rt, MONDAY)
    return await everybody(rt, {"answers": (), "early": ()})


async def weeks_of_silence(rt: Runtime, numbers: dict[str, str], weeks: range, compared: range) -> None:
    """Have weeks go by, and compare the three in some of them: before the hour, at it, and after it."""
    for week in weeks:
        for days in (2, 3, 4, 6):
            await people.move_to(rt, MONDAY + timedelta(weeks=week, days=days, hours=3))
            if days == 2:
                await people.texts(rt, EARLY, number=numbers["early"])
            today = (await people.now(rt)).date()
            if week in compared:
                await same_words(rt, today - timedelta(days=1), 2, numbers)
            await clockwork.tick(rt)
            await people.send_out(rt)
            if days == 3:
                await people.texts(rt, ("GO", *EARLY[1:]), number=numbers["answers"])
            if week in compared:
                await same_words(rt, today - timedelta(days=9), 24, numbers)


async def save(rt: Runtime, **settings: object) -> None:
    """Save a program's settings anew, and have everybody's next check-in follow them."""
    await people.counted(rt, 20)
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        changed = replace(program.settings, **settings)  # type: ignore[arg-type]
        assert await programs.save_settings(connection, program, changed, now)
    await clockwork.tick(rt)


RULES: dict[str, dict[str, object]] = {
    "weekly, with holidays": {"region": "US"},
    "several days": {"also_days": (1,), "window_hours": 48, "grace_hours": 0, "remind_hours": (4,), "fade_after": 2},
    "days off and an end": {"closed": (("2026-12-30", "2027-01-01"),), "ends": "2027-01-08"},
}


@pytest.mark.parametrize("rule", RULES)
async def test_whoever_is_silent_for_long_reads_like_whoever_answers(rt: Runtime, rule: str) -> None:
    numbers = await begun(rt, **RULES[rule])
    await weeks_of_silence(rt, numbers, range(7), range(2, 7, 2))
    await all_days(rt, numbers)
    assert await people.one(rt, "select count(*) from enrolments where faded") == 1
    assert (await words(rt, PLAIN, date(2026, 12, 17)))[0].startswith(NO_FAULT)


@pytest.mark.parametrize(
    "rule", [{"every_weeks": 2, "starts": "2027-01-13"}, {"closed": (("2027-01-05", "2027-01-09"),)}], ids=str
)
async def test_another_rule_does_not_tell_who_was_silent_before(rt: Runtime, rule: dict[str, object]) -> None:
    numbers = await begun(rt)
    await weeks_of_silence(rt, numbers, range(5), range(0))
    await people.texts(rt, EARLY, number=numbers["early"])
    await save(rt, **rule)
    await all_days(rt, numbers)
    for number in (PLAIN, *numbers.values()):
        assert await words(rt, number, date(2026, 12, 31)) == [NO_FAULT]
        (said,) = await words(rt, number, date(2027, 1, 7))
        assert said.startswith("was not sent: the program's schedule was changed")
    await weeks_of_silence(rt, numbers, range(5, 7), range(5, 7))
    await all_days(rt, numbers)


TWO_DAYS = {"also_days": (1,), "window_hours": 48, "grace_hours": 0, "remind_hours": (4,)}
CHANGES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "a day off, so a day later": ({}, {"closed": (("2026-12-10", "2026-12-10"),)}),
    "two days off, so a day sooner": ({}, {"closed": (("2026-12-10", "2026-12-11"),)}),
    "a week off": ({}, {"closed": (("2026-12-08", "2026-12-12"),)}),
    "a day off that is taken back": ({"closed": (("2026-12-10", "2026-12-10"),)}, {"closed": ()}),
    "one day of two": (TWO_DAYS, {"also_days": ()}),
    "every other week, from the next": ({}, {"every_weeks": 2, "starts": "2026-12-14"}),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_another_rule_does_not_tell_who_answered_before_it(rt: Runtime, change: str) -> None:
    """Saved on a Wednesday, between the early answer and the hour of the check-in."""
    before, then = CHANGES[change]
    numbers = await begun(rt, **before)
    for days in (1, 3, 8) if "also_days" in before else (3,):
        await later(rt, MONDAY + timedelta(days=days, hours=4))
        await people.texts(rt, ("GO", *EARLY[1:], "SKIP"), number=numbers["early"])
    await later(rt, WEDNESDAY + timedelta(weeks=1, hours=6))
    await people.texts(rt, EARLY, number=numbers["early"])
    assert await people.one(rt, "select count(*) from appointments where reason = 'answered before it was due'") == 1
    await save(rt, **then)
    for hours in (6, 22, 28, 46, 52, 24 * 5):
        await later(rt, WEDNESDAY + timedelta(weeks=1, hours=hours))
        await same_words(rt, WEDNESDAY.date(), 24, numbers)


async def test_a_day_off_that_is_taken_back_on_the_day_itself_tells_of_nobody(rt: Runtime) -> None:
    numbers = await begun(rt)
    await weeks_of_silence(rt, numbers, range(5), range(0))
    day_off = MONDAY + timedelta(weeks=5, days=3)
    await later(rt, day_off - timedelta(days=2))
    await save(rt, closed=((f"{day_off:%Y-%m-%d}",) * 2,))
    await later(rt, day_off - timedelta(days=1))
    await people.texts(rt, EARLY, number=numbers["early"])
    for hours in (0, 4, 24, 28, 24 * 5):
        await later(rt, day_off + timedelta(hours=hours))
        if hours == 4:
            await save(rt, closed=())
        await same_words(rt, day_off.date() - timedelta(days=7), 24, numbers)
    friday = day_off.date() + timedelta(days=1)
    assert (await words(rt, PLAIN, friday))[0].startswith(f"{NO_FAULT}; moved from 7 January: closed")
    assert await people.one(rt, "select count(*) from enrolments where faded") == 1


@pytest.mark.parametrize("then", ["PAUSE", "STOP", "LEAVE"])
async def test_another_rule_does_not_tell_whether_who_has_gone_answered_before(rt: Runtime, then: str) -> None:
    numbers = await begun(rt)
    del numbers["answers"]
    await later(rt, WEDNESDAY)
    await people.texts(rt, EARLY, number=numbers["early"])
    for number in (PLAIN, numbers["early"]):
        await people.texts(rt, (then, "1") if then == "LEAVE" else (then,), number=number)
    await later(rt, WEDNESDAY + timedelta(hours=6))
    await save(rt, closed=(("2026-12-03", "2026-12-03"),))
    for hours in (6, 22, 28, 46, 52):
        await later(rt, WEDNESDAY + timedelta(hours=hours))
        await same_words(rt, WEDNESDAY.date(), 24, numbers)


async def test_a_day_given_up_does_not_tell_who_was_silent_before_it(rt: Runtime) -> None:
    numbers = await begun(rt, **RULES["several days"])
    for week in range(4):
        for days in (1, 3):
            await later(rt, MONDAY + timedelta(weeks=week, days=days, hours=4))
            await people.texts(rt, ("GO", *EARLY[1:]), number=numbers["answers"])
        await later(rt, MONDAY + timedelta(weeks=week, days=6))
    del numbers["early"]
    await later(rt, MONDAY + timedelta(weeks=4, days=1, hours=4))
    await later(rt, WEDNESDAY + timedelta(weeks=4))
    await save(rt, also_days=())
    assert await people.one(rt, "select count(*) from enrolments where faded") == 2
    for hours in (0, 22, 28, 24 * 5):
        await later(rt, WEDNESDAY + timedelta(weeks=4, hours=hours))
        await same_words(rt, WEDNESDAY.date() + timedelta(weeks=3), 24, numbers)


@pytest.mark.parametrize(("before", "then"), [(59, 0), (0, 59)])
async def test_another_spread_does_not_tell_who_answered_before_it(rt: Runtime, before: int, then: int) -> None:
    numbers = await begun(rt, spread_minutes=before)
    await later(rt, WEDNESDAY)
    await people.texts(rt, EARLY, number=numbers["early"])
    await save(rt, spread_minutes=then)
    spread = {}
    for number in (PLAIN, *numbers.values()):
        minutes = UUID(str(await people.one(rt, ENROLMENT, hash=rt.vault.lookup(number)))).int % (then + 1)
        spread[number] = datetime(2026, 12, 3, 12, 15) + timedelta(minutes=minutes)  # noqa: DTZ001  (a wall clock's)
    for hours in (0, 28, 48):
        await later(rt, WEDNESDAY + timedelta(hours=hours))
        told = {number: (await story(rt, number, WEEKS[0])).lines[0].at for number in spread}
        assert told == spread


async def test_a_pause_of_the_program_reads_the_same_whoever_was_silent_before_it(rt: Runtime) -> None:
    numbers = await begun(rt)
    await weeks_of_silence(rt, numbers, range(5), range(0))
    await save(rt, paused_until="2027-01-11")
    await weeks_of_silence(rt, numbers, range(5, 7), range(5, 7))
    await all_days(rt, numbers)
    for number in (PLAIN, *numbers.values()):
        assert await words(rt, number, date(2027, 1, 7)) == ["was not sent: the program is paused"]


@pytest.mark.parametrize("then", ["DAY Friday 9am", "PAUSE until Jan 20", "STOP", "LEAVE"])
async def test_what_somebody_changes_does_not_tell_that_they_were_silent_before(rt: Runtime, then: str) -> None:
    numbers = await begun(rt)
    await weeks_of_silence(rt, numbers, range(6), range(0))
    await people.move_to(rt, MONDAY + timedelta(weeks=6, hours=1))
    for number in (PLAIN, *numbers.values()):
        await people.texts(rt, (then, "1") if then == "LEAVE" else (then,), number=number)
    for days in (0, 5):
        await later(rt, MONDAY + timedelta(weeks=6, days=days, hours=2))
        await all_days(rt, numbers)
    assert await words(rt, PLAIN, date(2026, 12, 31)) == [NO_FAULT]
    assert await words(rt, PLAIN, date(2027, 1, 1)) == ["none was planned for this day"]
