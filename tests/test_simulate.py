"""Three weeks of five hundred people over the October and November changes, and an oracle that can find a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import httpx
import pytest

from bench import crowd, faults
from bench.oracle import Person, Rules, Text, after_quiet, at_wall, expected, next_slot, reminder
from bench.simulate import RULES, report, simulate
from bench.standin import standin
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import Settings
from sms_service.twilio.client import Draft, Gateway

START = datetime(2026, 10, 14, tzinfo=UTC)
END = START + timedelta(days=21)
HOUR = timedelta(hours=1)


@pytest.fixture
def twilio() -> Iterator[str]:
    with standin() as address:
        yield address


@pytest.mark.timeout(600)
async def test_everybody_gets_every_text_once_at_their_own_minute(
    rt: Runtime, settings: Settings, twilio: str, capsys: pytest.CaptureFixture[str]
) -> None:
    people = crowd.crowd(500, RULES, START)
    there = open_runtime(settings.model_copy(update={"twilio_api_url": twilio}), pool=12, planned_once=True)
    try:
        sim, wanted = await simulate(there, people, RULES, START, END)
    finally:
        await there.close()
    figures = report(sim, wanted, RULES, 0)
    assert capsys.readouterr().out == ""
    assert (figures["wrong"], figures["missing"], figures["twice"], figures["in_quiet_hours"]) == (0, 0, 0, 0)
    assert figures["zones"] == 40
    # That nothing is wrong means little unless there was much to get wrong.
    assert sim.came
    assert {one.kind for one in sim.came} == {"check-in", "call", "reminder-1", "reminder-2", "reconfirm"}
    assert int(str(figures["held"])) > 50


def person(zone: str, day: int, clock: time, **more: object) -> Person:
    return Person(n=7, zone=zone, day=day, time=clock, heard_at=START, **more)  # type: ignore[arg-type]


def texts() -> tuple[list[Text], dict[int, Person]]:
    people = {one.n: one for one in crowd.crowd(20, RULES, START)}
    return [text for one in people.values() for text in expected(one, RULES, START, END)], people


def test_what_came_as_it_had_to_has_no_fault() -> None:
    wanted, people = texts()
    assert faults.compare(wanted, wanted[::-1], people, RULES) == []


def test_a_text_that_is_dropped_is_missing() -> None:
    wanted, people = texts()
    (fault,) = faults.compare(wanted, wanted[:5] + wanted[6:], people, RULES)
    assert (fault.fault, fault.text.minute) == ("missing", wanted[5].minute)


def test_a_text_that_comes_again_came_twice() -> None:
    wanted, people = texts()
    (fault,) = faults.compare(wanted, [*wanted, wanted[5]], people, RULES)
    assert (fault.fault, fault.text.minute) == ("twice", wanted[5].minute)


def test_a_text_an_hour_late_is_wrong_and_told_with_both_times() -> None:
    wanted, people = texts()
    late = replace(wanted[5], minute=wanted[5].minute + HOUR)
    (fault,) = faults.compare(wanted, [*wanted[:5], late, *wanted[6:]], people, RULES)
    assert (fault.fault, fault.text.minute) == ("wrong", wanted[5].minute)
    assert fault.instead is not None
    assert fault.instead.minute == late.minute
    assert people[wanted[5].n].zone in fault.line(people)
    assert "but came" in fault.line(people)


def test_a_text_that_nobody_was_to_get_is_wrong() -> None:
    wanted, people = texts()
    stray = replace(wanted[5], kind="something else")
    (fault,) = faults.compare(wanted, [*wanted, stray], people, RULES)
    assert (fault.fault, fault.text.kind) == ("wrong", "something else")


def test_a_text_in_quiet_hours_is_counted_as_that_too() -> None:
    one = person("Europe/Madrid", 3, time(9))
    at_five = Text(7, datetime(2026, 10, 16, 3, 0, tzinfo=UTC), "reminder-1")
    found = faults.compare([at_five], [at_five], {7: one}, RULES)
    assert [each.fault for each in found] == ["in quiet hours"]


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        # Of an hour that comes twice the first; of one that is skipped, what follows it.
        ("America/New_York", "2026-11-01 01:30", "2026-11-01 05:30"),
        ("Europe/Madrid", "2026-10-25 02:45", "2026-10-25 00:45"),
        ("Pacific/Auckland", "2026-09-27 02:30", "2026-09-26 14:00"),
        ("Pacific/Chatham", "2026-09-27 03:15", "2026-09-26 14:00"),
        ("Australia/Sydney", "2026-10-04 02:00", "2026-10-03 16:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:30"),
        ("America/Santiago", "2026-09-06 00:45", "2026-09-06 04:00"),
        ("Asia/Kathmandu", "2026-10-04 12:15", "2026-10-04 06:30"),
        ("America/Phoenix", "2026-11-01 01:30", "2026-11-01 08:30"),
    ],
)
def test_the_oracle_knows_the_clocks(zone: str, wall: str, moment: str) -> None:
    assert at_wall(datetime.fromisoformat(wall), zone) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_the_oracle_waits_for_quiet_hours_to_end() -> None:
    at = datetime(2026, 10, 14, 3, 45, tzinfo=UTC)
    one = person("Europe/London", 3, time(9))
    assert after_quiet(at, one, RULES) == at.replace(hour=5, minute=0)
    assert after_quiet(at - HOUR, one, RULES) == at - HOUR


def test_the_oracle_waits_for_somebodys_own_quiet_hours_over_midnight() -> None:
    one = person("Europe/London", 3, time(9), quiet=(time(21), time(8)))
    evening, morning = (datetime(2026, 10, day, hour, tzinfo=UTC) for day, hour in ((14, 20), (15, 7)))
    assert after_quiet(evening, one, RULES) == morning
    assert after_quiet(evening - HOUR, one, RULES) == evening - HOUR
    assert after_quiet(morning, one, RULES) == morning


def test_the_oracle_stops_reminding_whoever_has_answered() -> None:
    of = {"silent": 3, "at once": 1, "later": 1, "reminded": 2}
    for style, count in of.items():
        one = person("Europe/Madrid", 3, time(9), style=style)
        assert len(expected(one, RULES, START, START + timedelta(days=7))) == count


def test_the_oracle_asks_a_silent_number_once_whose_it_is() -> None:
    one = replace(person("Europe/Madrid", 3, time(9)), heard_at=START - timedelta(days=50))
    kinds = [text.kind for text in expected(one, Rules(), START, END)]
    week = ["check-in", "reminder-1", "reminder-2"]
    assert kinds == [*week, *week, "reconfirm"]


def test_the_oracle_asks_the_silent_less_often_until_they_answer() -> None:
    start = datetime(2026, 9, 5, tzinfo=UTC)
    one = replace(person("Europe/Madrid", 3, time(9)), heard_at=start, style="at once", answers_from=4)
    found = expected(one, RULES, start, start + timedelta(days=61))
    days = [text.minute.date() for text in found if text.kind == "check-in"]
    assert [(later - first).days for first, later in pairwise(days)] == [7, 7, 28, 7]


def test_the_oracle_asks_once_in_four_weeks_whoever_wanted_that() -> None:
    one = replace(person("Europe/Madrid", 3, time(9)), style="at once", monthly=True)
    found = expected(one, RULES, START, START + timedelta(days=61))
    days = [text.minute.date() for text in found if text.kind == "check-in"]
    assert [(later - first).days for first, later in pairwise(days)] == [28, 28]


def test_the_oracle_reminds_by_the_clock_on_the_wall() -> None:
    """Each reminder is counted from the check-in: where a skipped hour moves the first, the second is not moved too."""
    one = person("Australia/Sydney", 5, time(6, 30))
    opening = at_wall(datetime.fromisoformat("2026-10-03 06:30"), one.zone)
    first, second = (reminder(one, opening, hours) for hours in (20, 44))
    assert first == at_wall(datetime.fromisoformat("2026-10-04 03:00"), one.zone)
    assert second == at_wall(datetime.fromisoformat("2026-10-05 02:30"), one.zone)


def test_the_first_slot_is_later_than_the_start() -> None:
    one = person("Etc/UTC", START.weekday(), time(0))
    assert next_slot(one, START) == START + timedelta(days=7)


async def test_the_stand_in_takes_lists_and_tells(settings: Settings, twilio: str) -> None:
    gateway = Gateway(settings.model_copy(update={"twilio_api_url": twilio}))
    try:
        for n in range(3):
            one = await gateway.send_in_time(Draft(f"row-{n}", f"+1804555000{n % 2}", "+17575550100", f"Hi {n}", 60))
            assert one.kind == "accepted"
    finally:
        await gateway.close()
    async with httpx.AsyncClient(base_url=twilio) as client:
        told = (await client.get("/taken", params={"since": 1})).json()
        assert told["total"] == 3
        assert told["taken"] == [["+18045550001", "Hi 1", "row-1"], ["+18045550000", "Hi 2", "row-2"]]
        path = "/2010-04-01/Accounts/AC0/Messages.json"
        listed = (await client.get(path, params={"To": "+18045550000", "From": "+17575550100"})).json()
        assert [one["body"] for one in listed["messages"]] == ["Hi 2", "Hi 0"]
        assert (await client.get(path, params={"To": "+18045550000", "From": "+17575550199"})).json()["messages"] == []
        first = (await client.get(path, params={"PageSize": 2})).json()
        rest = (await client.get(first["next_page_uri"])).json()
        assert [one["body"] for one in first["messages"] + rest["messages"]] == ["Hi 2", "Hi 1", "Hi 0"]
        assert rest["next_page_uri"] is None
        assert (await client.post(path, data={"From": "+17575550100", "Body": "Hi"})).status_code == 400
