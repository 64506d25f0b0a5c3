"""By a number: what is told of it is the same whoever it is, and whatever they did."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx

from flows import local, soonest
from sms_service import audit, clockwork, daily_figures, outbox, programs, schedules, senders
from sms_service.console import looking
from sms_service.program_checks import OPEN_END
from sms_service.runtime import new_id
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service import crowd
from tests.sms_service.desk import Dora, dora, proof
from tests.sms_service.test_daily_figures import twilio

__all__ = ["dora", "twilio"]

PAGE, WHY = "/console/people", "/console/why"
KNOWN_OF_NOBODY = "Nothing is known that kept it back."


async def ask(dora: Dora, number: str = people.ADA, day: str = "", **form: str) -> httpx.Response:
    page = await dora.web.get(WHY)
    today = str(local(await people.now(dora.rt), "America/New_York").date())
    return await dora.web.post(
        WHY, data={"proof": proof(page), "program": "tide", "number": number, "day": day or today, **form}
    )


async def take_out(dora: Dora, number: str = people.ADA, what: str = looking.REMOVED, **form: str) -> httpx.Response:
    page = await dora.web.get(PAGE)
    values = {"proof": proof(page), "program": "tide", "number": number, "again": number, "what": what, **form}
    return await dora.web.post(PAGE, data=values)


async def asked(dora: Dora, gateway: Gateway, acts: Sequence[str] = ()) -> datetime:
    """Have Ada do something the day before, then be asked; return when that was."""
    due = await people.one(dora.rt, "select min(due_at) from appointments where state = 'due' and kind = 'check-in'")
    assert isinstance(due, datetime)
    await people.move_to(dora.rt, due - timedelta(days=1))
    for words in acts:
        await people.text(dora.rt, words)
    await people.move_to(dora.rt, due + timedelta(minutes=1))
    await clockwork.tick(dora.rt)
    await outbox.deliver(dora.rt, gateway)
    return due


@pytest.fixture
async def desk(dora: Dora) -> Dora:
    await people.join(dora.rt)
    await dora.enter()
    return dora


@pytest.mark.parametrize(
    "acts",
    [
        [],
        ["CHECKIN"],
        ["CHECKIN", "1", "1", "1", "1"],
        ["I want to kill myself"],
        ["PAUSE", "1"],
        ["STOP"],
        ["MONTHLY"],
        ["ERASE ALL", "1"],
    ],
    ids=["asked", "began", "answered", "in danger", "rests", "stopped", "monthly", "erased"],
)
async def test_whatever_somebody_did_they_are_told_of_like_a_stranger(
    desk: Dora, gateway: Gateway, twilio: respx.Route, acts: list[str]
) -> None:
    await asked(desk, gateway, acts)
    known, stranger = await ask(desk), await ask(desk, people.BEN)
    assert known.status_code == 200
    assert KNOWN_OF_NOBODY in known.text
    assert "Not told, also not whether there was any." in known.text
    assert known.text.replace(people.ADA, people.BEN) == stranger.text


async def test_somebody_of_another_program_is_a_stranger(dora: Dora) -> None:
    await people.second_program(dora.rt)
    await people.texts(dora.rt, ["NORTH", "1", "1", "1"])
    await people.rows(dora.rt, "update participants set unreachable = 'dead' returning id")
    await dora.enter()
    assert KNOWN_OF_NOBODY in (await ask(dora)).text
    assert (await ask(dora, program="north")).status_code == 422


async def test_a_text_that_failed_says_why(desk: Dora, gateway: Gateway, twilio: respx.Route) -> None:
    await asked(desk, gateway)
    await people.rows(
        desk.rt,
        "update outbox set state = 'undelivered', error_code = 30006 where origin = 'appointment' returning id",
    )
    page = await ask(desk)
    assert "30006: this number is a landline or cannot be reached by text" in page.text
    assert KNOWN_OF_NOBODY not in page.text
    assert "By the schedule " in page.text


async def test_a_reply_that_failed_is_not_told(desk: Dora, gateway: Gateway, twilio: respx.Route) -> None:
    """It would tell that they had written."""
    await asked(desk, gateway)
    await people.text(desk.rt, "1")
    await people.rows(desk.rt, "update outbox set state = 'failed', error_code = 30003 where asked_for returning id")
    assert (await ask(desk)).text.replace(people.ADA, people.BEN) == (await ask(desk, people.BEN)).text


async def test_a_text_that_the_person_has_stopped_at_the_carrier_is_not_told(
    desk: Dora, gateway: Gateway, twilio: respx.Route
) -> None:
    await asked(desk, gateway)
    await people.rows(
        desk.rt, "update outbox set state = 'failed', error_code = 21610 where origin = 'appointment' returning id"
    )
    assert KNOWN_OF_NOBODY in (await ask(desk)).text


async def test_what_kept_many_back_is_told_of_every_number_alike(desk: Dora) -> None:
    """Of one who is asked once in four weeks there was no text to come too late."""
    due = await people.move_to_due(desk.rt, "check-in")
    await people.move_to(desk.rt, due + timedelta(days=6))
    await clockwork.tick(desk.rt)
    day = str(due.date())
    known, stranger = await ask(desk, day=day), await ask(desk, people.BEN, day=day)
    assert KNOWN_OF_NOBODY in known.text
    assert known.text.replace(people.ADA, people.BEN) == stranger.text
    async with desk.rt.begin() as (connection, now):
        met = daily_figures.CheckIns(20, "most", "few", ("late",))
        told = daily_figures.Day(due.date(), now, daily_figures.People(10, 20), met)
        await daily_figures.keep(connection, desk.program, told, now)
    known, stranger = await ask(desk, day=day), await ask(desk, people.BEN, day=day)
    assert "They would have come too late to be of use." in known.text
    assert KNOWN_OF_NOBODY not in known.text
    assert known.text.replace(people.ADA, people.BEN) == stranger.text
    assert KNOWN_OF_NOBODY in (await ask(desk)).text


@pytest.mark.parametrize("code", [30034, 30007, 30022, 21610])
async def test_a_fault_that_is_not_the_phones_tells_nothing_of_who_was_asked(
    desk: Dora, gateway: Gateway, twilio: respx.Route, code: int
) -> None:
    await asked(desk, gateway)
    await people.rows(
        desk.rt,
        "update outbox set state = 'failed', error_code = :code where origin = 'appointment' returning id",
        code=code,
    )
    assert (await ask(desk)).text.replace(people.ADA, people.BEN) == (await ask(desk, people.BEN)).text


async def test_a_fault_of_a_phone_is_told_also_when_its_owner_rests_after_it(
    desk: Dora, gateway: Gateway, twilio: respx.Route
) -> None:
    """A fault that went away would tell of the pause."""
    await asked(desk, gateway)
    await people.rows(
        desk.rt,
        "update outbox set state = 'undelivered', error_code = 30003 where origin = 'appointment' returning id",
    )
    before = (await ask(desk)).text
    assert KNOWN_OF_NOBODY not in before
    await people.texts(desk.rt, ["PAUSE", "1"])
    assert (await ask(desk)).text == before


async def test_a_number_that_takes_no_texts_is_said(desk: Dora) -> None:
    await people.rows(desk.rt, "update participants set unreachable = 'landline' returning id")
    told = (await ask(desk)).text
    assert "The number takes no texts" in told
    assert "say “phone” after the code" in told


async def test_whether_somebody_is_called_makes_no_difference_to_what_is_told_of_a_number(desk: Dora) -> None:
    await people.rows(desk.rt, "update participants set unreachable = 'landline' returning id")
    before = (await ask(desk)).text
    await people.texts(desk.rt, ["PIN", "4821", "PHONE", "1"])
    await people.rows(desk.rt, "update participants set unreachable = 'landline' returning id")
    assert (await ask(desk)).text == before


async def test_a_stopped_sender_is_told_of_everybody_alike(desk: Dora) -> None:
    async with desk.rt.begin() as (connection, _):
        await senders.stop(connection, [people.SENDER], "30034: the number is not registered", desk.rt.real())
    due = await people.move_to_due(desk.rt, "check-in")
    await people.move_to(desk.rt, due + timedelta(hours=1))
    await clockwork.tick(desk.rt)
    known, stranger = await ask(desk), await ask(desk, people.BEN)
    assert "30034: the number is not registered" in stranger.text
    assert known.text.replace(people.ADA, people.BEN) == stranger.text


async def test_a_week_that_is_not_the_schedules_is_not_said_to_be_left_out(desk: Dora) -> None:
    await people.counted(desk.rt, 20)
    async with desk.rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        assert await programs.save_settings(connection, program, replace(program.settings, every_weeks=2), now)
        program = await programs.find(connection, "tide")
        due = soonest(schedules.of_program(program), now)
    assert due is not None
    day = due.occasion + timedelta(days=7)
    await people.move_to(desk.rt, datetime(day.year, day.month, day.day, 17, tzinfo=UTC))
    page = (await ask(desk)).text
    assert "By the schedule none that day, whatever weekday somebody chose." in page
    assert "Nobody is asked on this day, by the schedule." in page
    assert "eft out" not in page


NOBODY = "Nobody is asked on this day, by the schedule."


@pytest.mark.parametrize(
    ("day", "planned", "sent"),
    [
        (
            "2026-11-26",
            "By the schedule Fri 27 Nov, 12:15 PM, where the person is; earlier or later for who chose another hour. "
            "Moved from 26 November: holiday (Thanksgiving Day).",
            f"{NOBODY} Look up the day it was moved to.",
        ),
        (
            "2026-12-25",
            "By the schedule none that day; who chose that weekday is asked Thu 24 Dec, 12:15 PM. "
            "Moved from 25 December: holiday (Christmas Day).",
            f"{NOBODY} Look up the day it was moved to.",
        ),
        (
            "2026-12-29",
            "By the schedule none that day, whatever weekday somebody chose. Left out: closed 28 to 31 Dec.",
            NOBODY,
        ),
        ("2026-12-31", "By the schedule none that day. Left out: closed 28 to 31 Dec.", NOBODY),
        ("2026-12-23", "By the schedule none that day; who chose another weekday is asked then.", KNOWN_OF_NOBODY),
    ],
)
async def test_a_day_on_which_nobody_is_asked_has_the_holiday_or_the_day_off(
    desk: Dora, day: str, planned: str, sent: str
) -> None:
    """Whatever weekday somebody chose for themselves; also of a number that is not in the program."""
    more = '{"region": "US", "closed": [["2026-12-28", "2026-12-31"]]}'
    save = "update programs set settings = settings || cast(:more as jsonb), version = version + 1 returning id"
    await people.rows(desk.rt, save, more=more)
    await people.move_to(desk.rt, datetime.fromisoformat(f"{day}T20:00Z"))
    page = await ask(desk)
    told = [" ".join(re.sub("<[^>]+>", "", one).split()) for one in re.findall("(?s)<dd>(.*?)</dd>", page.text)]
    assert told[0] == planned
    assert told[1].startswith(sent)
    stranger = await ask(desk, people.BEN)
    assert page.text.replace(people.ADA, people.BEN) == stranger.text


@pytest.mark.parametrize(
    ("until", "coming"),
    [
        ("2026-12-10", "By the schedule Thu 10 Dec, 12:15 PM."),
        ("2026-12-11", "By the schedule Thu 17 Dec, 12:15 PM."),
        (OPEN_END, "This program is paused until somebody ends the pause."),
        ("2026-11-20", "By the schedule Thu 26 Nov, 12:15 PM."),
    ],
)
async def test_in_a_pause_of_the_program_next_is_what_comes_after_it(desk: Dora, until: str, coming: str) -> None:
    save = "update programs set settings = settings || jsonb_build_object('paused_until', cast(:until as text))"
    await people.rows(desk.rt, f"{save}, version = version + 1 returning id", until=until)
    await people.move_to(desk.rt, datetime(2026, 11, 24, 20, tzinfo=UTC))
    page = (await ask(desk)).text
    assert f"<dd>{coming}</dd>" in page


async def test_all_of_a_program_together_look_up_twenty_numbers_a_day(desk: Dora) -> None:
    """Accounts can be made; the list of colleagues that could be tried by them must not grow."""
    async with desk.rt.begin() as (connection, _):
        for _ in range(looking.A_DAY_BY_ALL - 1):
            await audit.note(
                connection,
                staff_id=new_id(),
                act=looking.LOOKED_UP,
                program_id=desk.program,
                about="",
                now=desk.rt.real(),
            )
    assert (await ask(desk)).status_code == 200
    assert (await ask(desk)).status_code == 429


async def test_ten_numbers_a_day_and_each_is_in_the_audit_log_without_the_number(desk: Dora) -> None:
    for n in range(looking.A_DAY):
        assert (await ask(desk, f"+1757556{n:04d}")).status_code == 200
    refused = await ask(desk)
    assert refused.status_code == 429
    assert "At most 10 numbers a day" in refused.text
    assert KNOWN_OF_NOBODY not in refused.text
    rows = await people.rows(
        desk.rt, "select act, about, program_id from audit where act = :act", act=looking.LOOKED_UP
    )
    assert rows == [(looking.LOOKED_UP, "", desk.program)] * looking.A_DAY


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"number": "Ada"}, "This is not a telephone number."),
        ({"number": ""}, "This is not a telephone number."),
        ({"day": "2020-01-01"}, "Give today or a day of the last two weeks."),
        ({"day": "2026-02-30"}, "Give today or a day of the last two weeks."),
    ],
)
async def test_what_cannot_be_looked_up_is_said_beside_its_field(desk: Dora, fields: dict[str, str], said: str) -> None:
    page = await ask(desk, **fields)
    assert page.status_code == 422
    assert page.text.count(said) == 2
    assert "Nothing was looked up" in page.text
    assert await people.rows(desk.rt, "select act from audit where act = :act", act=looking.LOOKED_UP) == []


@pytest.mark.parametrize("what", [looking.REMOVED, looking.CHANGED])
async def test_taking_out_says_the_same_of_whoever_it_is(desk: Dora, what: str) -> None:
    known, stranger = await take_out(desk, what=what), await take_out(desk, people.BEN, what=what)
    assert known.status_code == 200
    assert "If that number was in Tidewater check-in, it no longer is" in known.text
    assert known.text == stranger.text
    assert await people.rows(desk.rt, "select state from enrolments") == [("left",)]
    assert await people.rows(desk.rt, "select act, about from audit where act = :a", a=what) == [(what, "")] * 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"again": people.BEN}, "This is another number than the one above."),
        ({"what": ""}, "Choose what happened."),
        ({"what": "staff.added"}, "Choose what happened."),
        ({"number": "12"}, "This is not a telephone number."),
    ],
)
async def test_nobody_is_taken_out_by_a_slip(desk: Dora, fields: dict[str, str], said: str) -> None:
    page = await take_out(desk, **fields)
    assert page.status_code == 422
    assert page.text.count(said) == 2
    assert await people.rows(desk.rt, "select state from enrolments") == [("active",)]


async def test_an_auditor_reads_in_the_log_that_somebody_looked_and_took_out(desk: Dora) -> None:
    await ask(desk)
    await take_out(desk)
    await take_out(desk, people.BEN, what=looking.CHANGED)
    await desk.hire("auditor", "otto@checkin.test")
    await desk.sign_in(email="otto@checkin.test")
    page = await desk.web.get("/console/audit")
    for words in ("Looked up what kept a text back", "Took a number out", "Ended an old number"):
        assert words in page.text
    assert people.ADA not in page.text


async def test_ten_people_a_day_are_taken_out_by_one_person(desk: Dora) -> None:
    for n in range(looking.A_DAY):
        assert (await take_out(desk, f"+1757556{n:04d}")).status_code == 200
    assert (await take_out(desk)).status_code == 429
    assert await people.rows(desk.rt, "select state from enrolments") == [("active",)]
    assert (await ask(desk)).status_code == 200


async def test_taking_out_and_moving_at_once_count_as_two(desk: Dora) -> None:
    for n in range(looking.A_DAY - 1):
        assert (await take_out(desk, f"+1757556{n:04d}")).status_code == 200
    both = (looking.REMOVED, looking.CHANGED) * 3
    answers = await asyncio.gather(*(take_out(desk, f"+1757557{n:04d}", what) for n, what in enumerate(both)))
    assert sorted(answer.status_code for answer in answers) == [200, *[429] * 5]


async def test_taking_one_out_and_looking_the_next_day_shows_nothing_of_them(dora: Dora) -> None:
    """At fifteen one less would be another figure, on every page that has one."""
    await crowd.join(dora.rt, crowd.numbers(15))
    await dora.enter()
    pages = ("/console/programs", "/console/programs/tide")
    await daily_figures.count(dora.rt)
    before = [(await dora.web.get(page)).text for page in pages]
    assert all("15 or more" in text for text in before)
    for n in range(4):
        assert (await take_out(dora, crowd.numbers(15)[n])).status_code == 200
        await people.move_to(dora.rt, await people.now(dora.rt) + timedelta(days=1))
        await daily_figures.count(dora.rt)
        after = [(await dora.web.get(page)).text for page in pages]
        assert all("15 or more" in text and "10 or more" not in text for text in after)
