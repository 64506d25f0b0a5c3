"""The next check-in that somebody is told of is the one that stands on the table afterwards, whatever they wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flows.filling import NO_DATE
from flows.schedule import short_date
from sms_service import clockwork, inbox, programs
from sms_service.inbox import Inbound
from sms_service.program_checks import OPEN_END
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.test_clockwork import bodies

ANSWERS = ("GO", "0", "1", "0", "1")
EARLY = ("CHECKIN", "2", "1", "0", "3")
DUE = "select due_at from appointments where kind = 'check-in' and state = 'due'"
ASKED = "select count(*) from outbox where origin = 'appointment'"
_TOLD = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} [A-Z][a-z]{2}\b")


async def begun(rt: Runtime, **settings: object) -> list[str]:
    """Have somebody join a program on a Monday, three days before its check-in, and return what they are told."""
    await people.program(rt, **settings)  # type: ignore[arg-type]
    await people.move_to(rt, datetime(2026, 11, 30, 15, 0, tzinfo=UTC))
    return await people.join(rt)


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    await begun(rt)
    return rt


async def asked(rt: Runtime, words: Sequence[str] = ANSWERS) -> None:
    """Have the next check-in come, and be answered."""
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    await people.send_out(rt)
    await people.texts(rt, words)


async def answer_early(rt: Runtime) -> None:
    due = await people.one(rt, DUE)
    assert isinstance(due, datetime)
    await people.move_to(rt, due - timedelta(days=1))
    await people.texts(rt, EARLY)


async def silent_week(rt: Runtime) -> None:
    for kind in ("check-in", "reminder-1", "reminder-2", "expiry"):
        await people.move_to_due(rt, kind)
        await clockwork.tick(rt)
        await people.send_out(rt)


async def told_as_planned(rt: Runtime, replies: Sequence[str], zone: str = "America/New_York") -> str:
    """Return the one date that was told, which is that of the one check-in to come."""
    ((due,),) = await people.rows(rt, DUE)
    assert isinstance(due, datetime)
    told = _TOLD.findall(" ".join(replies))
    assert told == [short_date(due.astimezone(ZoneInfo(zone)).date(), "en")]
    return str(told[0])


@pytest.mark.parametrize(
    ("words", "date"),
    [
        (["DAY", "Friday", "9:00 AM"], "Fri 11 Dec"),
        (["DAY", "Wednesday", "9:00 AM"], "Wed 9 Dec"),
        (["TIME 6pm"], "Thu 10 Dec"),
        (["ZONE Denver"], "Thu 10 Dec"),
        (["PAUSE", "RESUME"], "Thu 10 Dec"),
        (["STOP", "START"], "Thu 10 Dec"),
        (["MONTHLY", "TIME 6pm"], "Thu 31 Dec"),
        (["MONTHLY", "PAUSE", "RESUME"], "Thu 31 Dec"),
        (["MONTHLY", "STOP", "START"], "Thu 31 Dec"),
        (["MONTHLY", "MONTHLY"], "Thu 31 Dec"),
        (["MONTHLY", "WEEKLY"], "Thu 10 Dec"),
        (["RESUME"], "Thu 10 Dec"),
        (["WHEN"], "Thu 10 Dec"),
        (["MONTHLY"], "Thu 31 Dec"),
    ],
)
@pytest.mark.parametrize("early", [False, True])
async def test_after_an_answered_check_in(joined: Runtime, words: list[str], date: str, *, early: bool) -> None:
    await (answer_early(joined) if early else asked(joined))
    replies = await people.texts(joined, words)
    zone = "America/Denver" if "ZONE Denver" in words else "America/New_York"
    assert await told_as_planned(joined, replies, zone) == date


@pytest.mark.parametrize("late", [timedelta(seconds=20), timedelta(hours=3)])
@pytest.mark.parametrize(
    "words",
    [
        ["WHEN"],
        ["DAY Thursday", "12:15 PM"],
        ["TIME 12:15 PM"],
        ["TIME 11am"],
        ["MONTHLY"],
        ["ZONE New York"],
        ["thanks"],
    ],
)
async def test_one_that_is_due_and_has_not_come_yet_is_not_denied(
    joined: Runtime, late: timedelta, words: list[str]
) -> None:
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due + late)
    replies = await people.texts(joined, words)
    if words != ["thanks"]:
        assert await told_as_planned(joined, replies) == "Thu 3 Dec"
    await clockwork.tick(joined)
    assert await people.one(joined, ASKED) == 1


async def test_quiet_hours_lose_no_spread_check_in_that_is_due(rt: Runtime) -> None:
    await begun(rt, spread_minutes=59)
    due = await people.move_to_due(rt, "check-in")
    await people.move_to(rt, due + timedelta(seconds=20))
    assert await told_as_planned(rt, await people.text(rt, "QUIET 8pm-9am")) == "Thu 3 Dec"
    await clockwork.tick(rt)
    assert await people.one(rt, ASKED) == 1


async def test_one_that_is_due_by_the_old_hour_alone_moves_to_the_new(joined: Runtime) -> None:
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due + timedelta(seconds=20))
    assert await told_as_planned(joined, await people.text(joined, "TIME 6pm")) == "Thu 3 Dec"
    await clockwork.tick(joined)
    assert await people.one(joined, ASKED) == 0


@pytest.mark.parametrize("source", ["webhook", "collect"])
async def test_a_word_after_long_silence_loses_no_check_in_that_is_due(joined: Runtime, source: str) -> None:
    for _ in range(3):
        await silent_week(joined)
    asked_before = await people.one(joined, ASKED)
    due = await people.move_to_due(joined, "check-in")
    await people.move_to(joined, due + timedelta(minutes=30))
    await people.text(joined, "thanks", source=source)
    await clockwork.tick(joined)
    assert await people.one(joined, ASKED) == asked_before + 1


async def test_the_minute_that_somebody_is_told_is_the_one_at_which_it_comes(rt: Runtime) -> None:
    await begun(rt, spread_minutes=59)
    for words in ("WHEN", "TIME 6pm"):
        (said,) = await people.text(rt, words)
        ((due,),) = await people.rows(rt, DUE)
        assert isinstance(due, datetime)
        at = due.astimezone(ZoneInfo("America/New_York"))
        assert f"{at:%I:%M %p}".lstrip("0") in said


@pytest.mark.parametrize("frequency", ["WEEKLY", "MONTHLY"])
@pytest.mark.parametrize("words", [["DAY", "Friday", "9:00 AM"], ["TIME 6pm"], ["QUIET 8pm-9am"], ["WHEN"]])
async def test_who_rests_is_told_of_the_first_after_their_rest(
    joined: Runtime, frequency: str, words: list[str]
) -> None:
    await asked(joined)
    await people.texts(joined, [frequency, "PAUSE until Dec 21"])
    told = _TOLD.findall(" ".join(await people.texts(joined, words)))
    await people.move_to_due(joined, "resume")
    await clockwork.tick(joined)
    ((due,),) = await people.rows(joined, DUE)
    assert isinstance(due, datetime)
    assert told == [short_date(due.astimezone(ZoneInfo("America/New_York")).date(), "en")]


@pytest.mark.parametrize("zone", ["Honolulu", "Europe/Madrid"])
async def test_a_rest_ends_on_its_day_in_another_zone_too(joined: Runtime, zone: str) -> None:
    replies = await people.texts(joined, ["PAUSE until Jan 5", f"ZONE {zone}", "DAY Monday", "8pm"])
    assert _TOLD.findall(replies[-1]) == ["Mon 11 Jan"]
    place = ZoneInfo("Pacific/Honolulu" if zone == "Honolulu" else zone)
    ends = (await people.move_to_due(joined, "resume")).astimezone(place)
    assert f"{ends:%d %b %H:%M}" == "05 Jan 00:00"
    await clockwork.tick(joined)
    await told_as_planned(joined, replies[-1:], str(place))


@pytest.mark.parametrize("words", [["WHEN"], ["RESUME"], ["WHEN", "RESUME"], ["RESUME", "WHEN"]])
async def test_what_came_due_since_a_rest_was_over_is_told_and_comes(joined: Runtime, words: list[str]) -> None:
    await people.text(joined, "PAUSE until Dec 10")
    await people.move_to(joined, datetime(2026, 12, 10, 19, 0, tzinfo=UTC))
    replies = [one for said in words for one in await people.text(joined, said)]
    assert set(_TOLD.findall(" ".join(replies))) == {"Thu 10 Dec"}
    await clockwork.tick(joined)
    assert [one[0] for one in await people.rows(joined, ASKED)] == [1]


async def test_what_came_due_since_a_rest_is_not_told_once_it_is_of_no_use(joined: Runtime) -> None:
    await people.text(joined, "PAUSE until Dec 10")
    await people.move_to(joined, datetime(2026, 12, 14, 19, 0, tzinfo=UTC))
    told = _TOLD.findall(" ".join(await people.text(joined, "WHEN")))
    await clockwork.tick(joined)
    await clockwork.tick(joined)
    assert await told_as_planned(joined, await people.text(joined, "WHEN")) == "Thu 17 Dec"
    assert told == ["Thu 17 Dec"]
    assert [one[0] for one in await people.rows(joined, ASKED)] == [0]


async def test_start_after_a_rest_that_was_over_asks_for_nothing_of_before(joined: Runtime) -> None:
    await people.texts(joined, ["PAUSE until Dec 10", "STOP"])
    await people.move_to(joined, datetime(2026, 12, 10, 19, 0, tzinfo=UTC))
    await people.text(joined, "START")
    assert await told_as_planned(joined, await people.text(joined, "WHEN")) == "Thu 17 Dec"


async def test_a_rest_until_a_day_that_has_been_farther_east_ends(joined: Runtime) -> None:
    await people.texts(joined, ["ZONE Pacific/Guam", "PAUSE until Jan 8"])
    await people.move_to_due(joined, "resume")
    await clockwork.tick(joined)
    await people.texts(joined, ["ZONE Honolulu", "PAUSE until Jan 8"])
    ends = (await people.move_to_due(joined, "resume")).astimezone(ZoneInfo("Pacific/Honolulu"))
    assert f"{ends:%d %b %H:%M}" == "08 Jan 00:00"


async def test_another_zone_in_which_a_rest_is_over_asks_for_nothing_of_before(joined: Runtime) -> None:
    await people.texts(joined, ["DAY Monday", "9am", "PAUSE until Dec 7"])
    await people.move_to(joined, datetime(2026, 12, 7, 4, 30, tzinfo=UTC))  # Monday, 13:30 in Tokyo
    replies = [one for words in ("ZONE Asia/Tokyo", "WHEN") for one in await people.text(joined, words)]
    assert set(_TOLD.findall(" ".join(replies))) == {"Mon 14 Dec"}
    await clockwork.tick(joined)
    assert await people.rows(joined, ASKED) == [(0,)]
    assert await told_as_planned(joined, await people.text(joined, "WHEN"), "Asia/Tokyo") == "Mon 14 Dec"


async def test_another_zone_in_a_rest_leaves_what_was_begun_in_it_to_close(joined: Runtime) -> None:
    await people.texts(joined, ["PAUSE until Jan 5", "CHECKIN", "2", "ZONE Honolulu"])
    planned = "select kind from appointments where state = 'due' and kind in ('expiry', 'resume') order by 1"
    assert await people.rows(joined, planned) == [("expiry",), ("resume",)]


async def test_once_in_four_weeks_until_it_is_weekly_again(joined: Runtime) -> None:
    await people.text(joined, "MONTHLY")
    await asked(joined)
    assert await told_as_planned(joined, await people.text(joined, "QUIET 8pm-9am")) == "Thu 31 Dec"
    assert await told_as_planned(joined, await people.text(joined, "WEEKLY")) == "Thu 10 Dec"


async def test_one_begun_after_a_silence_on_our_side_is_not_asked_again_at_once(joined: Runtime) -> None:
    due = await people.one(joined, DUE)
    assert isinstance(due, datetime)
    await people.move_to(joined, due + timedelta(days=8))
    await people.texts(joined, EARLY)
    assert await told_as_planned(joined, await people.text(joined, "RESUME")) == "Thu 17 Dec"
    await clockwork.tick(joined)
    assert await bodies(joined) == []


async def test_several_texts_at_once_are_told_by_what_the_first_have_changed(joined: Runtime) -> None:
    await asked(joined)
    for words, date in (
        (["MONTHLY", "TIME 6pm"], "Thu 31 Dec"),
        (["WEEKLY", "STOP", "START"], "Thu 10 Dec"),
        (["PAUSE", "RESUME"], "Thu 10 Dec"),
    ):
        batch = [Inbound(people.sid(), people.ADA, people.SENDER, one) for one in words]
        last = (await inbox.take(joined, batch))[-1]
        assert last
        assert await told_as_planned(joined, [said.text for said in last.said]) == date


async def test_one_begun_hours_before_the_next_counts_for_that_and_not_for_one_long_over(joined: Runtime) -> None:
    due = await people.one(joined, DUE)
    assert isinstance(due, datetime)
    await people.move_to(joined, due + timedelta(days=6, hours=12))
    await people.texts(joined, EARLY)
    assert await told_as_planned(joined, await people.text(joined, "RESUME")) == "Thu 17 Dec"
    await people.move_to(joined, due + timedelta(days=7, seconds=1))
    await clockwork.tick(joined)
    assert await bodies(joined) == []
    kept = "select to_char(occasion, 'DD'), state, reason from appointments where kind = 'check-in' order by occasion"
    assert await people.rows(joined, kept) == [
        ("03", "dropped", "too late to be of use"),
        ("10", "done", "answered before it was due"),
        ("17", "due", None),
    ]


async def test_one_begun_while_it_may_still_be_answered_counts_for_itself(joined: Runtime) -> None:
    due = await people.one(joined, DUE)
    assert isinstance(due, datetime)
    await people.move_to(joined, due + timedelta(hours=20))
    await people.texts(joined, EARLY)
    assert await told_as_planned(joined, await people.text(joined, "RESUME")) == "Thu 10 Dec"


async def test_what_was_answered_stays_answered_when_the_day_is_changed_with_it(joined: Runtime) -> None:
    due = await people.one(joined, DUE)
    assert isinstance(due, datetime)
    await people.move_to(joined, due + timedelta(days=6, hours=12))
    words = (*EARLY, "MONTHLY", "WEEKLY")
    batch = [Inbound(people.sid(), people.ADA, people.SENDER, one) for one in words]
    await inbox.take(joined, batch)
    answered = "select to_char(occasion, 'DD') from appointments where kind = 'check-in' and state = 'done'"
    assert await people.rows(joined, answered) == [("10",)]
    assert await told_as_planned(joined, await people.text(joined, "RESUME")) == "Thu 17 Dec"


@pytest.mark.parametrize("word", ["RESUME", "JOIN", "WEEKLY", "TIME 6pm"])
async def test_long_silent_and_back_by_a_word(joined: Runtime, word: str) -> None:
    for _ in range(3):
        await silent_week(joined)
    assert await people.one(joined, "select faded from enrolments") is True
    assert await told_as_planned(joined, await people.text(joined, word)) == "Thu 24 Dec"


async def test_long_silent_and_back_by_a_check_in_counts_for_the_one_that_is_near(joined: Runtime) -> None:
    for _ in range(3):
        await silent_week(joined)
    await people.move_to(joined, datetime(2026, 12, 23, 15, 0, tzinfo=UTC))
    await people.texts(joined, EARLY)
    assert await told_as_planned(joined, await people.text(joined, "RESUME")) == "Thu 31 Dec"
    assert await people.one(joined, "select max(occasion)::text from check_ins") == "2026-12-24"


async def test_still_the_persons_number(joined: Runtime) -> None:
    for _ in range(3):
        await silent_week(joined)
    open_now = "select occasion from conversations where ended_at is null"
    while await people.rows(joined, open_now) != [(None,)]:
        await people.move_to_due(joined, "check-in")
        await clockwork.tick(joined)
        await people.send_out(joined)
    assert await people.one(joined, "select faded from enrolments") is True
    replies = await people.text(joined, "1")
    assert "good to hear from you" in replies[0]
    await told_as_planned(joined, replies)


async def test_the_last_reminder_names_no_date_that_silence_moves(joined: Runtime) -> None:
    await people.texts(joined, ["DISCREET", "2"])
    for _ in range(2):
        await silent_week(joined)
    for kind in ("check-in", "reminder-1", "reminder-2"):
        await people.send_out(joined)
        await people.move_to_due(joined, kind)
        await clockwork.tick(joined)
    said = (await bodies(joined))[-1]
    assert "last nudge this week" in said
    assert not _TOLD.search(said)


# A program's pause, and the end of its schedule: with both there is a single check-in to come.
RESTS = [("2027-01-11", ""), (OPEN_END, ""), ("", "2026-12-11"), ("2026-12-14", "2026-12-18")]
ALL_WORDS = [
    ["RESUME"],
    ["PAUSE", "RESUME"],
    ["JOIN"],
    ["WEEKLY"],
    ["MONTHLY", "WEEKLY"],
    ["TIME 6pm"],
    ["DAY", "Friday", "9:00 AM"],
    ["DAY", "Monday", "9:00 AM"],
    ["STOP", "START"],
    ["ZONE Denver"],
    ["QUIET 8pm-9am"],
    ["MONTHLY", "QUIET 8pm-9am"],
    ["MONTHLY", "PAUSE", "RESUME"],
]


async def pause(rt: Runtime, paused_until: str) -> None:
    """Pause the program."""
    async with rt.begin() as (connection, now):
        (program,) = await programs.load(connection)
        settings = replace(program.settings, paused_until=paused_until)
        assert await programs.save_settings(connection, program, settings, now)


async def first_asked(rt: Runtime) -> datetime | None:
    """Have the clock go on until the next check-in really comes, and return when; None if none does within a year."""
    before = await people.one(rt, ASKED)
    for _ in range(52):
        due = await people.one(rt, DUE)
        if due is None:
            return None
        assert isinstance(due, datetime)
        await people.move_to(rt, due + timedelta(seconds=1))
        await clockwork.tick(rt)
        if await people.one(rt, ASKED) != before:
            return due
    return None


async def told_as_it_comes(rt: Runtime, said: str, zone: str = "America/New_York") -> None:
    """Whoever is told a date is asked on it first; who is told none has words in its place, and no hole."""
    due = await first_asked(rt)
    dates = [short_date(due.astimezone(ZoneInfo(zone)).date(), "en")] if due else []
    assert _TOLD.findall(said) == dates
    assert (NO_DATE["en"] in said) == (due is None)


@pytest.mark.parametrize(("paused_until", "ends"), RESTS)
@pytest.mark.parametrize("words", ALL_WORDS, ids=" ".join)
async def test_in_a_pause_of_the_program_or_after_its_end(
    rt: Runtime, words: list[str], paused_until: str, ends: str
) -> None:
    await begun(rt, ends=ends)
    await asked(rt)
    if not paused_until:
        await asked(rt)
    await pause(rt, paused_until)
    replies = await people.texts(rt, words)
    await told_as_it_comes(rt, " ".join(replies), "America/Denver" if "ZONE Denver" in words else "America/New_York")


@pytest.mark.parametrize("words", [["WHEN"], ["QUIET 9pm-8am"], ["TIME 6pm", "WHEN"]], ids=" ".join)
async def test_what_was_due_in_a_pause_that_ended_unnoticed_is_not_promised(rt: Runtime, words: list[str]) -> None:
    """Due on a Thursday at 12:15 New York time, while nothing is kept; the pause was over that night."""
    await begun(rt)
    await pause(rt, "2026-12-04")
    await people.move_to(rt, datetime(2026, 12, 4, 15, 0, tzinfo=UTC))
    replies = await people.texts(rt, words)
    await clockwork.tick(rt)
    assert await told_as_planned(rt, replies) == "Thu 10 Dec"
    assert await people.rows(rt, ASKED) == [(0,)]


@pytest.mark.parametrize("paused_until", ["2027-01-11", OPEN_END])
async def test_whoever_joins_in_a_pause_of_the_program(rt: Runtime, paused_until: str) -> None:
    await told_as_it_comes(rt, " ".join(await begun(rt, paused_until=paused_until)))


@pytest.mark.parametrize("paused_until", ["2027-06-14", OPEN_END])
async def test_whoever_says_in_a_pause_that_it_is_still_their_number(joined: Runtime, paused_until: str) -> None:
    await people.move_to(joined, datetime(2027, 2, 4, 18, 0, tzinfo=UTC))
    await clockwork.tick(joined)
    await people.send_out(joined)
    await pause(joined, paused_until)
    (said,) = await people.text(joined, "1")
    assert "good to hear from you" in said
    await told_as_it_comes(joined, said)


@pytest.mark.parametrize(("word", "said"), [("JOIN", "have ended for now"), ("UNIRME", "terminaron por ahora")])
async def test_nobody_joins_where_nothing_is_asked_any_more(rt: Runtime, word: str, said: str) -> None:
    await people.program(rt, ends="2026-12-11", paused_until="2026-12-14")
    await people.move_to(rt, datetime(2026, 11, 30, 15, 0, tzinfo=UTC))
    (first,) = await people.text(rt, word)
    assert said in first
    (again,) = await people.text(rt, word)
    assert said in again
    assert await people.rows(rt, "select id from enrolments") == []
    await people.texts(rt, people.JOINING[1:])
    assert await people.rows(rt, "select id from enrolments") == []


async def test_whoever_joins_before_the_end_is_asked(rt: Runtime) -> None:
    await told_as_it_comes(rt, " ".join(await begun(rt, ends="2026-12-03")))
