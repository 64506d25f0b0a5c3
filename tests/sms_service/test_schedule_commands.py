"""The command for a program's schedule, as somebody types it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sms_service import programs
from sms_service.programs import ProgramSettings
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.test_commands import desk, run

__all__ = ["desk"]

Said = pytest.CaptureFixture[str]
SCHEDULE = ("program", "schedule", "tide")


@pytest.fixture
async def monday(desk: Runtime) -> Runtime:
    """The calendar stands on a Monday before a holiday of Virginia and all of the country."""
    await people.move_to(desk, desk.real().replace(year=2026, month=11, day=23, hour=15))
    return desk


async def stored(rt: Runtime) -> ProgramSettings:
    async with rt.begin() as (connection, _):
        return (await programs.find(connection, "tide")).settings


async def test_it_shows_the_schedule_and_the_next_ten(monday: Runtime, capsys: Said) -> None:
    assert await run(*SCHEDULE) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Every Thursday at 12:15 PM, in each person's own time.")
    assert lines[1].endswith("in America/New_York:")
    assert len(lines) == 12
    assert lines[2] == "  Thu 26 Nov, 12:15 PM"


async def test_what_falls_into_a_pause_of_the_program_says_so(monday: Runtime, capsys: Said) -> None:
    async with monday.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        paused = replace(program.settings, paused_until="2026-12-01")
        assert await programs.save_settings(connection, program, paused, now)
    assert await run(*SCHEDULE) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:4] == ["  Thu 26 Nov                Left out: the program is paused.", "  Thu 3 Dec, 12:15 PM"]


async def test_a_preview_shows_the_reasons_and_saves_nothing(monday: Runtime, capsys: Said) -> None:
    words = ("--region", "US-VA", "--closed", "2026-12-08..2026-12-12", "--preview")
    assert await run(*SCHEDULE, *words) == 0
    said = capsys.readouterr().out
    assert "Holidays and law: US-VA, was none" in said
    assert "Days off: 8 to 12 Dec 2026, was none" in said
    assert "A preview: nothing was saved." in said
    assert "  Wed 25 Nov, 12:15 PM      Moved from 26 November: holiday (Thanksgiving Day).\n" in said
    assert "  Thu 10 Dec                Left out: closed 8 to 12 Dec.\n" in said
    assert await stored(monday) == ProgramSettings(operator="Tidewater Care", short_name="Tide", region="")


async def test_reminders_are_given_at_once_or_one_by_one(monday: Runtime, capsys: Said) -> None:
    await people.counted(monday, 15)
    for words in (("--remind", "20", "--remind", "44"), ("--remind", "20,44")):
        assert await run(*SCHEDULE, *words) == 0
        assert (await stored(monday)).remind_hours == (20, 44)
        assert await run(*SCHEDULE, "--remind", "none") == 0
        assert (await stored(monday)).remind_hours == ()
    assert await run(*SCHEDULE, "--remind", "none", "--remind", "24") == 1
    assert capsys.readouterr().err.startswith("--remind: 'none' is not a whole number")


async def test_every_option_is_saved(monday: Runtime, capsys: Said) -> None:
    await people.counted(monday, 15)
    assert (
        await run(
            *SCHEDULE,
            *("--day", "Mon", "--also-day", "Thu", "--time", "09:30", "--zone", "America/Chicago", "--every", "2"),
            *("--starts", "2026-12-01", "--ends", "2027-06-30", "--region", "US-TX", "--remind", "12,24"),
            *("--window", "48", "--grace", "12", "--quiet", "20:00-09:00", "--spread", "15", "--fade-after", "5"),
            *("--closed", "2026-12-24..2027-01-01", "--closed", "2027-03-01"),
        )
        == 0
    )
    assert "Every 2 weeks on Monday and Thursday at 9:30 AM" in capsys.readouterr().out
    found = await stored(monday)
    assert (found.day, found.also_days, found.time, found.zone, found.every_weeks) == (
        *(0, (3,), "09:30", "America/Chicago", 2),
    )
    assert (found.starts, found.ends, found.region, found.remind_hours) == (
        *("2026-12-01", "2027-06-30", "US-TX", (12, 24)),
    )
    assert (found.window_hours, found.grace_hours, found.quiet_start, found.quiet_end) == (48, 12, "20:00", "09:00")
    assert (found.spread_minutes, found.fade_after) == (15, 5)
    assert found.closed == (("2026-12-24", "2027-01-01"), ("2027-03-01", "2027-03-01"))
    again = ("--open", "2027-03-01", "--also-day", "none", "--every", "1", "--month-week", "last", "--ends", "none")
    assert await run(*SCHEDULE, *again) == 0
    assert "On the last Monday of each month" in capsys.readouterr().out
    assert (await stored(monday)).closed == (("2026-12-24", "2027-01-01"),)


async def test_dates_are_shown_in_another_zone(monday: Runtime, capsys: Said) -> None:
    assert await run(*SCHEDULE, "--in", "Pacific/Auckland") == 0
    assert "in Pacific/Auckland:" in capsys.readouterr().out
    assert await run(*SCHEDULE, "--in", "Mars/Olympus", "--time", "10:00") == 1
    assert "--in: 'Mars/Olympus' is not the time zone of a place" in capsys.readouterr().err
    assert (await stored(monday)).time == "12:15"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--remind", "18", "--window", "19"), "--remind: 18 h can never be sent: it falls at 06:15, when texts may"),
        (("--day", "Someday"), "--day: 'Someday' is not a weekday; write it like Thu"),
        (("--time", "25:00"), "--time: '25:00' can't be read as a time of day; write it like 09:30 or 21:00"),
        (("--time", "12:15 PM"), "--time: '12:15 PM' can't be read as a time of day; write it like 09:30 or 21:00"),
        (("--quiet", "9pm-7am"), "--quiet: '9pm' can't be read as a time of day; write it like 09:30 or 21:00"),
        (("--zone", "New York"), "--zone: 'New York' is not the time zone of a place; write it America/New_York"),
        (("--every", "99999999999"), "--every: 99999999999 is too much; 1 to 13 weeks"),
        (("--remind", "80"), "--remind: 80 h is not before the check-in closes at 72 h; at most 71 h, or close later"),
        (("--time", "22:00"), "--time: 22:00 is inside quiet hours"),
        (("--also-day", "9", "--month-week", "last"), "--also-day: '9' is not a weekday; write it like Thu"),
        (("--day", "7"), "--day: '7' is not a weekday; write it like Thu"),
        (("--day", "-1"), "--day: '-1' is not a weekday; write it like Thu or Thursday"),
        (("--also-day", "-1"), "--also-day: '-1' is not a weekday; write it like Thu or Thursday"),
        (("--every", "two"), "--every: 'two' is not a whole number; write one from 1 to 13 weeks"),
        (("--every", "-1"), "--every: -1 is too little; 1 to 13 weeks"),
        (("--fade-after", "-1"), "--fade-after: -1 is too little; 0 to 52 silent weeks, and 0 for never"),
        (("--window", "99999"), "--window: 99999 is too much; 1 to 144 hours"),
        (("--also-day", "Thu"), "--also-day: Thursday is the program's own day already; name another"),
        (("--also-day", "Mon", "--also-day", "Mon"), "--also-day: Monday is named twice"),
        (("--quiet", "00:00-24:00"), "--quiet: '24:00' can't be read as a time of day"),
        (("--open", "2026-02-30"), "--open: '2026-02-30' is not a date of the calendar"),
        (
            ("--region", "Virginia"),
            "--region: 'Virginia' is not a place with known holidays; write it US-VA; none for",
        ),
        (("--region", "us-va"), "--region: 'us-va' is not a place with known holidays; write it US-VA"),
        (("--region", "va"), "--region: 'va' is not a place with known holidays; write it US-VA"),
        (("--region", "VA"), "--region: 'VA' lacks its country; write US-VA for Virginia; none for no place"),
        (("--region", "USA"), "--region: 'USA' is not a place with known holidays; write it US; none for no place"),
        (("--region", "USA", "--time", "22:30", "--quiet", "none"), "--region: 'USA' is not a place"),
        (("--month-week", "fifth"), "--month-week: 'fifth' is not one of first, second"),
        (("--closed", "2026-02-30"), "--closed: '2026-02-30' is not a date of the calendar"),
        (("--closed", "2026-12-24..2026-12-25..2026-12-26"), "--closed: '2026-12-24..2026-12-25..2026-12-26'"),
        (
            ("--closed", "2026-12-24-2027-01-01"),
            "--closed: '2026-12-24-2027-01-01' is neither a day nor a first and a last one; "
            "write 2026-12-24 to 2027-01-01",
        ),
        (("--closed", ""), "--closed: '' is neither a day nor a first and a last one; write 2026-12-24 to 2027-01-01"),
        (("--closed", "x" * 20_000), f"--closed: '{'x' * 100}…' is neither a day"),
        (("--open", "x" * 20_000), f"--open: '{'x' * 100}…' is neither a day"),
        (("--quiet", "x" * 20_000), f"--quiet: '{'x' * 100}…' is not a begin and an end"),
        (("--month-week", "x" * 20_000), f"--month-week: '{'x' * 100}…' is not one of"),
        (("--open", "2026-12-24"), "--open: '2026-12-24' is not among the days off, which are: none"),
        (("--quiet", "21:00"), "--quiet: '21:00' is not a begin and an end"),
        (("--remind", "24,soon"), "--remind: 'soon' is not a whole number"),
        (
            ("--quiet", "12:00-13:00"),
            "--quiet and --time: 12:15 is inside quiet hours, 12:00 to 13:00; choose another hour or change them",
        ),
        (
            ("--month-week", "Last", "--also-day", "Mon", "--window", "48"),
            "--month-week: 'Last' is one weekday a month, and there are Thursday and Monday; take the other days away "
            "with --also-day none, or choose weekly with --month-week none",
        ),
        (("--ends", "2020-01-01"), "--ends: 2020-01-01 is in the past"),
        (
            ("--region", "XX"),
            "--region: 'XX' is not a place with known holidays; write it like US, US-VA or ES; none for no place",
        ),
    ],
)
async def test_what_cannot_be_used_is_said_by_field(
    monday: Runtime, capsys: Said, words: tuple[str, ...], said: str
) -> None:
    assert await run(*SCHEDULE, *words) == 1
    assert capsys.readouterr().err.startswith(said)


async def test_while_few_are_in_their_schedule_stays(monday: Runtime, capsys: Said) -> None:
    await people.join(monday)
    assert await run(*SCHEDULE, "--closed", "2026-12-24") == 1
    refused = capsys.readouterr().err
    assert refused.startswith("--closed: Until 15 or more people are enrolled")
    assert refused.endswith("anything else can from the morning after 15 are enrolled.\n")
    assert await run(*SCHEDULE, "--day", "Tue", "--quiet", "20:00-08:00", "--closed", "2026-12-24") == 1
    assert capsys.readouterr().err.startswith("--quiet, --closed: Until 15")
    assert await run(*SCHEDULE, "--closed", "2026-12-24", "--preview") == 0
    said = capsys.readouterr().out
    assert "A preview: nothing was saved.\nThis can't be changed now. Until 15 or more people are enrolled" in said
    assert await run(*SCHEDULE, "--day", "Tue") == 0


async def test_all_days_off_are_taken_away_with_one_word(monday: Runtime, capsys: Said) -> None:
    await people.counted(monday, 15)
    assert await run(*SCHEDULE, "--closed", "2026-12-24", "--closed", "2027-03-01") == 0
    assert await run(*SCHEDULE, "--closed", "none") == 0
    assert "Days off: none, was 24 Dec 2026, 1 Mar 2027" in capsys.readouterr().out
    assert (await stored(monday)).closed == ()


async def test_a_program_that_there_is_not_is_said_without_a_field(monday: Runtime, capsys: Said) -> None:
    assert await run("program", "schedule", "nowhere") == 1
    assert capsys.readouterr().err == "there is no program 'nowhere'; there are: tide\n"


async def test_a_closure_of_a_year_has_its_years(monday: Runtime, capsys: Said) -> None:
    assert await run(*SCHEDULE, "--preview", "--closed", "2026-12-24..2027-12-30") == 0
    said = capsys.readouterr().out
    assert "Closed 24 Dec 2026 to 30 Dec 2027." in said
    assert "Left out: closed 24 Dec 2026 to 30 Dec 2027.\n" in said
    assert "24 Dec to 30 Dec" not in said


async def test_an_hour_of_one_digit_is_taken(monday: Runtime, capsys: Said) -> None:
    assert await run(*SCHEDULE, "--time", "9:30", "--quiet", "21:00-8:00") == 0
    found = await stored(monday)
    assert (found.time, found.quiet_start, found.quiet_end) == ("09:30", "21:00", "08:00")


async def test_there_may_be_no_quiet_hours_and_a_week_of_the_month_in_capitals(monday: Runtime, capsys: Said) -> None:
    await people.counted(monday, 15)
    assert await run(*SCHEDULE, "--quiet", "none", "--month-week", "Last", "--region", "none") == 0
    said = capsys.readouterr().out
    assert "On the last Thursday of each month" in said
    assert "No quiet hours." in said
    assert (await stored(monday)).month_week == 5
