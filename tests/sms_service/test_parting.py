"""Taking somebody out by their number: nothing more comes, they are told once, and whoever did it learns nothing."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import segments
from sms_service import audit, cli, clockwork, outbox, parting, programs
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.served import variables
from tests.sms_service.test_daily_figures import twilio

__all__ = ["twilio"]

TOLD = "you are no longer in this check-in"


@pytest.fixture
async def joined(rt: Runtime) -> Runtime:
    await people.program(rt)
    await people.join(rt)
    await people.move_to(rt, datetime.fromisoformat("2027-03-02T17:00:00+00:00"))
    return rt


async def part(rt: Runtime, verb: Callable[..., object] = parting.remove, number: str = people.ADA) -> None:
    async with rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
        await verb(rt, connection, program, number, now)  # type: ignore[misc]


async def sent(rt: Runtime, gateway: Gateway) -> list[str]:
    """Send what waits and return what was written to Ada since she was taken out."""
    await outbox.deliver(rt, gateway)
    rows = await people.rows(
        rt,
        """select o.id, o.body, p.answer_key from outbox o join participants p on p.id = o.participant_id
           where o.state = 'accepted' and o.body is not null order by o.id""",
    )
    return [str(rt.vault.key(key).open(body, "outbox.body", row)) for row, body, key in rows]  # type: ignore[arg-type]


async def test_whoever_is_taken_out_is_told_once_and_hears_no_more(
    joined: Runtime, gateway: Gateway, twilio: object
) -> None:
    await part(joined)
    await part(joined)
    (said,) = await sent(joined, gateway)
    assert said.startswith("Tide: you are no longer in this check-in")
    assert await people.rows(joined, "select state from enrolments") == [("left",)]
    assert await people.one(joined, "select count(*) from appointments where state = 'due'") == 0
    assert await people.one(joined, "select count(*) from conversations where ended_at is null") == 0
    await people.move_to(joined, await people.now(joined) + timedelta(days=9))
    await clockwork.tick(joined)
    assert await sent(joined, gateway) == [said]


async def test_a_check_in_that_waits_is_not_sent(joined: Runtime, gateway: Gateway, twilio: object) -> None:
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await part(joined)
    (said,) = await sent(joined, gateway)
    assert TOLD in said


async def test_who_has_opted_out_is_told_nothing(joined: Runtime, gateway: Gateway, twilio: object) -> None:
    await people.text(joined, "STOP")
    await part(joined)
    assert await sent(joined, gateway) == []
    assert await people.rows(joined, "select state from enrolments") == [("left",)]


async def test_who_rests_is_told(joined: Runtime, gateway: Gateway, twilio: object) -> None:
    await people.texts(joined, ["PAUSE", "1"])
    await part(joined)
    assert TOLD in (await sent(joined, gateway))[0]


async def test_at_night_it_waits_for_the_morning(joined: Runtime, gateway: Gateway, twilio: object) -> None:
    await people.move_to(joined, datetime.fromisoformat("2027-03-03T04:00:00+00:00"))
    await part(joined)
    assert await sent(joined, gateway) == []
    await people.move_to(joined, datetime.fromisoformat("2027-03-03T13:05:00+00:00"))
    await clockwork.tick(joined)
    assert TOLD in (await sent(joined, gateway))[0]


async def test_who_came_back_meanwhile_is_not_told_that_they_are_out(
    joined: Runtime, gateway: Gateway, twilio: object
) -> None:
    await part(joined)
    await people.move_to(joined, await people.now(joined) + timedelta(minutes=1))
    await people.join(joined)
    assert await sent(joined, gateway) == []
    assert sorted(await people.rows(joined, "select state from enrolments")) == [("active",), ("left",)]


async def test_a_stranger_or_somebody_of_another_program_is_left_alone(
    joined: Runtime, gateway: Gateway, twilio: object
) -> None:
    async with joined.begin() as (connection, now):
        await people.second_program(joined)
        north = await programs.find(connection, "north")
        await parting.remove(joined, connection, north, people.ADA, now)
        await parting.change_number(joined, connection, north, people.ADA, now)
        await parting.remove(joined, connection, north, people.BEN, now)
    assert await people.rows(joined, "select state from enrolments") == [("active",)]
    assert await sent(joined, gateway) == []


async def test_danger_is_answered_as_before(joined: Runtime) -> None:
    await part(joined)
    assert "988" in (await people.text(joined, "I want to kill myself"))[0]


async def test_of_an_old_number_nothing_can_be_read_and_nothing_is_said_to_it(
    joined: Runtime, gateway: Gateway, twilio: object
) -> None:
    await people.texts(joined, ["CHECKIN", "1", "1", "1", "1"])
    before = await people.one(joined, "select answer_key from participants")
    await part(joined, parting.change_number)
    assert await sent(joined, gateway) == []
    assert await people.one(joined, "select history from participants") is None
    assert await people.one(joined, "select answer_key from participants") != before
    assert await people.rows(joined, "select state from enrolments") == [("left",)]
    await people.join(joined)
    assert "check-in 2" not in " ".join(await people.texts(joined, ["TREND"])).lower()


@pytest.mark.parametrize("stopped", [False, True])
async def test_help_that_waits_still_goes_to_an_old_number(
    joined: Runtime, gateway: Gateway, twilio: object, stopped: bool
) -> None:
    """It answers what was written from there; only a STOP that Twilio minds itself would keep it back."""
    await people.text(joined, "I want to kill myself", source="collect")
    if stopped:
        await people.text(joined, "STOP")
    await part(joined, parting.change_number)
    said = await sent(joined, gateway)
    assert said
    assert all("988" in one or "/r/help" in one for one in said)
    assert await people.one(joined, "select count(*) from outbox where priority = 0 and state = 'dropped'") == 0


async def test_help_that_waits_outlives_words_that_are_erased(
    joined: Runtime, gateway: Gateway, twilio: object
) -> None:
    await people.text(joined, "I want to kill myself", source="collect")
    await people.texts(joined, ["ERASE", "1"])
    assert "988" in (await sent(joined, gateway))[0]
    assert await people.one(joined, "select count(*) from messages where body is not null") == 0


async def test_a_call_that_was_promised_is_still_made(joined: Runtime) -> None:
    """Whoever coordinates must not be able to take it away by taking the person out."""
    await people.rows(
        joined,
        """insert into follow_ups (id, enrolment_id, program_id, opened_at, promised_by)
           select gen_random_uuid(), id, program_id, now(), now() from enrolments returning id""",
    )
    await part(joined, parting.change_number)
    await part(joined)
    assert await people.rows(joined, "select state from follow_ups") == [("open",)]
    assert await people.one(joined, "select contact is not null from participants") is True


@pytest.mark.parametrize("given", ["", "Ada", "99", "+1 757 555 01234567890"])
async def test_what_is_no_number_is_said_and_not_repeated(joined: Runtime, given: str) -> None:
    with pytest.raises(programs.ProgramError, match=r"is not a phone number|has too (few|many) digits") as refused:
        await part(joined, number=given)
    assert given == "" or given not in str(refused.value)


@pytest.mark.parametrize("written", ["7575550111", "(757) 555-0111", "+1 757-555-0111", " 1.757.555.0111 "])
async def test_a_number_may_be_written_in_any_way(joined: Runtime, written: str) -> None:
    await part(joined, number=written)
    assert await people.rows(joined, "select state from enrolments") == [("left",)]


@given(st.text(st.sampled_from("abcXYZ 09&"), min_size=1, max_size=12), st.sampled_from(["en", "es"]))
def test_the_words_are_one_segment(name: str, language: str) -> None:
    counted = segments(parting.WORDS[language].format(p=name))
    assert (counted.encoding, counted.count) == ("GSM-7", 1)


@pytest.mark.parametrize("command", ["remove", "change-number"])
@pytest.mark.parametrize("number", [people.ADA, people.BEN])
async def test_the_command_says_the_same_of_whoever_it_is(
    joined: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    number: str,
) -> None:
    for name, value in variables(joined.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{number}\n"))
    assert await asyncio.to_thread(cli.main, ["person", command, "tide"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("If that number was in Tidewater check-in, it no longer is.")
    assert number not in said.out + said.err
    acts = await people.rows(joined, "select act, about from audit")
    assert acts == [({"remove": "person.removed"}.get(command, "person.moved"), "")]
    assert (await people.rows(joined, "select state from enrolments")) == [
        ("left" if number == people.ADA else "active",)
    ]
    async with joined.begin() as (connection, _):
        assert (await audit.verify(connection)).broken is None


async def test_what_was_answered_can_still_be_erased(joined: Runtime) -> None:
    await people.texts(joined, ["CHECKIN", "1", "1", "1", "1"])
    await part(joined)
    await people.texts(joined, ["ERASE ALL", "1"])
    assert await people.rows(joined, "select answer_key, contact from participants") == [(None, None)]
