"""Calls that were promised: one at a time, paged once, taken by one, handed on, and withdrawn with the texts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs
from uuid import UUID

import httpx
import pytest
import respx
from sqlalchemy.exc import DBAPIError

from flows import Duty, Erase, Escalate, OptOut, Withdraw, local
from sms_service import clockwork, follow_ups, leads, outbox, programs
from sms_service.participants import Participant
from sms_service.runtime import Runtime
from sms_service.store import people as rows
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service import roster
from tests.sms_service.roster import ANA, ANAS, SAM, SAMS, TUESDAY, happen, who
from tests.sms_service.test_outbox import CREATE

PAGES = """
    select s.email, o.n, o.state, o.reason from outbox o join staff s on s.id = o.staff_id
    where o.origin = 'follow-up' order by o.n
"""
ASKED, CHOSEN = Escalate("asked"), Escalate("chosen")


@pytest.fixture
def twilio() -> Iterator[respx.Route]:
    """Twilio's wire; each text gets a sid of its own."""
    with respx.mock(assert_all_called=False) as wire:
        yield wire.post(CREATE).mock(
            side_effect=lambda _: httpx.Response(201, json={"sid": people.sid(), "status": "queued"})
        )


@pytest.fixture
async def desk(rt: Runtime) -> Runtime:
    """Ada has joined a program that calls; Sam and Ana are on duty on a Tuesday morning."""
    await roster.staffed(rt)
    return rt


async def state(rt: Runtime) -> list[object]:
    return [one for (one,) in await people.rows(rt, "select state from follow_ups order by opened_at, id")]


async def paged(rt: Runtime) -> list[tuple[object, ...]]:
    return [(email, n) for email, n, *_ in await people.rows(rt, PAGES)]


async def later(rt: Runtime, minutes: int) -> None:
    await people.move_to(rt, TUESDAY + timedelta(minutes=minutes))
    await clockwork.tick(rt)


async def call(rt: Runtime) -> UUID:
    return UUID(str(await people.one(rt, "select id from follow_ups where state in ('open', 'taken')")))


async def take(rt: Runtime, email: str) -> bool:
    async with rt.begin() as (connection, now):
        return await follow_ups.take(connection, await who(rt, email), await call(rt), now)


async def test_a_call_is_promised_once_and_the_lead_on_duty_is_paged(desk: Runtime) -> None:
    await happen(desk, CHOSEN)
    await happen(desk, ASKED, ASKED)
    assert await state(desk) == ["open"]
    assert await paged(desk) == [(SAM, 0)]
    (row,) = await people.rows(desk, "select opened_at, promised_by from follow_ups")
    assert timedelta(0) <= timedelta(hours=4) - (row[1] - row[0]) < timedelta(minutes=1)  # type: ignore[operator]


async def test_a_page_says_nothing_of_whom_it_is_about(desk: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    await happen(desk, ASKED)
    assert await outbox.deliver(desk, gateway) == 1
    sent = parse_qs(twilio.calls.last.request.content.decode())
    assert (sent["To"], sent["From"]) == ([SAMS], [people.SENDER])
    assert sent["Body"] == ["Tide: someone asked for a call. Sign in: https://checkin.test/console"]
    assert "ValidityPeriod" not in sent
    assert await people.rows(desk, PAGES) == [(SAM, 0, "accepted", None)]


@pytest.mark.parametrize(
    ("policy", "leads"), [({"review": "none"}, 2), ({"review": "lead"}, 1), ({"review": "lead"}, 0)]
)
async def test_without_the_policy_or_without_cover_nobody_is_promised_anything(
    rt: Runtime, policy: dict[str, object], leads: int
) -> None:
    program = await people.program(rt, **policy)
    for email, phone in [(SAM, SAMS), (ANA, ANAS)][:leads]:
        await roster.hire(rt, program, email, phone)
    await people.join(rt)
    await happen(rt, ASKED)
    assert await state(rt) == []
    assert await known_duty(rt) is None


async def known_duty(rt: Runtime) -> Duty | None:
    """Return who would call, as Ada's conversations know it."""
    async with rt.begin() as (connection, now):
        known = {program.id: program for program in await programs.load(connection)}
        (row,) = (await rows.lock(connection, rt.vault.lookups(people.ADA))).values()
        threads = await rows.threads(connection, [(row.id, people.SENDER)])
        person = Participant(rt, row, threads[(row.id, people.SENDER)], known)
        return person.context(next(iter(known.values())), {}, "https://checkin.test", now).duty


async def test_the_conversation_knows_who_would_call_and_by_when(desk: Runtime) -> None:
    found = await known_duty(desk)
    assert found is not None
    assert (found.name, found.phone, found.on) == ("Sam", SAMS, True)
    assert abs(found.by - datetime(2026, 12, 1, 14, 0)) <= timedelta(minutes=1)  # noqa: DTZ001


async def test_a_lead_whose_account_is_closed_is_no_cover(desk: Runtime) -> None:
    async with desk.begin() as (connection, now):
        await connection.execute(
            people.sql("update staff set disabled_at = :now where email = :e"), {"now": now, "e": ANA}
        )
    assert await known_duty(desk) is None


async def test_a_page_at_night_waits_for_the_leads_own_hours(
    desk: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await people.move_to(desk, TUESDAY + timedelta(hours=12))
    await happen(desk, ASKED)
    await outbox.deliver(desk, gateway)
    assert twilio.call_count == 0
    assert await people.rows(desk, PAGES) == [(SAM, 0, "held", "own hours")]
    (found,) = await people.rows(
        desk, "select hold_until, promised_by from outbox, follow_ups where n = 0 and staff_id is not null"
    )
    assert found[0] == datetime(2026, 12, 2, 14, 0, tzinfo=UTC)
    assert found[1] == datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
    await later(desk, 13 * 60)
    assert await paged(desk) == [(SAM, 0)]  # nobody could have taken it yet


async def test_holidays_and_days_off_leave_the_call_to_the_other(rt: Runtime) -> None:
    program = await people.program(rt, review="lead")
    await roster.hire(rt, program, SAM, SAMS)
    await roster.hire(rt, program, ANA, ANAS, holidays="")
    await people.move_to(rt, datetime(2026, 12, 25, 15, 0, tzinfo=UTC))
    await people.join(rt)
    await happen(rt, ASKED)
    assert await paged(rt) == [(ANA, 0)]


async def test_a_call_nobody_took_is_handed_on_once_after_half_an_hour(desk: Runtime) -> None:
    await happen(desk, ASKED)
    await later(desk, 29)
    assert await paged(desk) == [(SAM, 0)]
    await later(desk, 31)
    await clockwork.tick(desk)
    assert await paged(desk) == [(SAM, 0), (ANA, 1)]
    await later(desk, 62)
    assert await paged(desk) == [(SAM, 0), (ANA, 1), (SAM, 2)]


async def test_two_ticks_at_once_hand_a_call_on_once(desk: Runtime) -> None:
    await happen(desk, ASKED)
    await people.move_to(desk, TUESDAY + timedelta(minutes=31))
    await asyncio.gather(*(clockwork.tick(desk) for _ in range(3)))
    assert await paged(desk) == [(SAM, 0), (ANA, 1)]


async def test_never_the_same_lead_twice_in_a_row(desk: Runtime) -> None:
    await happen(desk, ASKED)
    async with desk.begin() as (connection, now):
        await connection.execute(
            people.sql("update staff set disabled_at = :now where email = :e"), {"now": now, "e": ANA}
        )
    await later(desk, 31)
    assert await paged(desk) == [(SAM, 0)]


async def test_a_call_of_a_lead_who_left_goes_to_the_others(
    desk: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await happen(desk, ASKED)
    async with desk.begin() as (connection, _):
        (program,) = await programs.load(connection)
        await leads.remove(connection, program.id, SAM)
    await outbox.deliver(desk, gateway)
    assert twilio.call_count == 0
    assert await people.rows(desk, PAGES) == [(SAM, 0, "dropped", "not on the roster any more")]
    await later(desk, 31)
    assert await paged(desk) == [(SAM, 0), (ANA, 1)]


async def test_a_page_that_was_handed_on_or_taken_is_not_sent_any_more(
    desk: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await happen(desk, ASKED)
    await later(desk, 31)
    assert await take(desk, SAM)
    await outbox.deliver(desk, gateway)
    assert twilio.call_count == 0
    found = [(s, r) for *_, s, r in await people.rows(desk, PAGES)]
    assert found == [("dropped", "no longer needed")] * 2


async def test_of_two_leads_at_once_one_takes_it(desk: Runtime) -> None:
    await happen(desk, ASKED)
    assert sorted(await asyncio.gather(take(desk, SAM), take(desk, ANA))) == [False, True]
    assert await state(desk) == ["taken"]


async def test_a_call_taken_and_not_made_by_the_promised_time_is_handed_on(desk: Runtime) -> None:
    await happen(desk, ASKED)
    await take(desk, SAM)
    await later(desk, 239)
    assert await paged(desk) == [(SAM, 0)]
    await later(desk, 241)
    assert await paged(desk) == [(SAM, 0), (ANA, 1)]
    assert await state(desk) == ["open"]
    assert await take(desk, ANA)
    await later(desk, 290)  # whoever takes it late has an hour for it
    assert await state(desk) == ["taken"]
    await later(desk, 303)
    assert await paged(desk) == [(SAM, 0), (ANA, 1), (SAM, 2)]


async def test_a_call_goes_on_from_who_took_it_not_from_who_was_told_of_it(desk: Runtime) -> None:
    await happen(desk, ASKED)
    await take(desk, ANA)
    await later(desk, 241)
    assert await paged(desk) == [(SAM, 0), (SAM, 1)]


async def test_what_is_kept_is_what_was_told(desk: Runtime) -> None:
    told = await known_duty(desk)
    await happen(desk, ASKED)
    kept = await people.one(desk, "select promised_by from follow_ups")
    assert isinstance(kept, datetime)
    assert told is not None
    assert told.by == local(kept, "America/New_York")


async def test_only_who_took_a_call_sees_the_number_and_every_showing_is_kept(desk: Runtime) -> None:
    await happen(desk, ASKED)
    await take(desk, SAM)
    sam, ana = await who(desk, SAM), await who(desk, ANA)
    async with desk.begin() as (connection, now):
        one = (await follow_ups.seen(connection, sam))[0].id
        assert await follow_ups.callee(desk, connection, ana, one, now) is None
        shown = [await follow_ups.callee(desk, connection, sam, one, now) for _ in range(2)]
        person = UUID(str((await connection.execute(people.sql("select id from participants"))).scalar_one()))
        assert await follow_ups.readings_of(connection, person) == (2, now.date())
    assert [one.number for one in shown if one] == [people.ADA] * 2
    for change in ("update readings set what = 'number'", "delete from readings"):
        with pytest.raises(DBAPIError, match="only ever added to"):
            await people.rows(desk, change)


async def test_how_a_call_went_is_sealed_and_only_its_taker_closes_it(desk: Runtime) -> None:
    await happen(desk, ASKED)
    await take(desk, SAM)
    sam, ana, one = await who(desk, SAM), await who(desk, ANA), await call(desk)
    async with desk.begin() as (connection, now):
        assert not await follow_ups.close(desk, connection, ana, one, "talked", now)
        assert not await follow_ups.close(desk, connection, sam, one, "she cried", now)
        assert await follow_ups.close(desk, connection, sam, one, "talked", now)
        assert not await follow_ups.close(desk, connection, sam, one, "talked", now)
        assert await follow_ups.seen(connection, sam) == []
    ((cause, outcome, key),) = await people.rows(
        desk, "select f.cause, f.outcome, p.contact_key from follow_ups f, participants p"
    )
    opened = desk.vault.key(key)  # type: ignore[arg-type]
    assert opened.open(outcome, "follow_ups.outcome", one) == "talked"  # type: ignore[arg-type]
    assert opened.open(cause, "follow_ups.cause", one)["how"] == "asked"  # type: ignore[arg-type]
    await happen(desk, ASKED)
    assert await state(desk) == ["closed", "open"]


async def test_no_call_after_all(desk: Runtime) -> None:
    await happen(desk, ASKED)
    await happen(desk, Withdraw())
    assert await state(desk) == ["withdrawn"]


@pytest.mark.parametrize(
    ("wish", "minutes", "left"),
    [(CHOSEN, 1, "withdrawn"), (ASKED, 1, "open"), (ASKED, 59, "open"), (ASKED, 61, "withdrawn")],
)
async def test_stop_ends_the_call_too_unless_it_was_asked_for_just_now(
    desk: Runtime, wish: Escalate, minutes: int, left: str
) -> None:
    await happen(desk, wish)
    await people.move_to(desk, TUESDAY + timedelta(minutes=minutes))
    assert "unsubscribed" in (await people.text(desk, "STOP"))[0]
    assert await state(desk) == [left]
    assert await people.one(desk, "select opted_out from opt_outs") is True


async def test_one_text_that_stops_and_brings_a_call_brings_the_call(desk: Runtime) -> None:
    await happen(desk, CHOSEN, OptOut("phrase"))
    assert await state(desk) == ["open"]


async def test_whoever_erases_everything_is_called_by_nobody(desk: Runtime) -> None:
    await happen(desk, ASKED)
    await take(desk, SAM)
    one = await call(desk)
    await happen(desk, Erase(everything=True))
    assert await people.rows(desk, "select state, cause, outcome from follow_ups") == [("withdrawn", None, None)]
    async with desk.begin() as (connection, now):
        sam = await who(desk, SAM)
        assert await follow_ups.callee(desk, connection, sam, one, now) is None
        assert not await follow_ups.close(desk, connection, sam, one, "talked", now)


async def test_answers_that_are_erased_leave_the_call(desk: Runtime) -> None:
    await happen(desk, ASKED, Erase(everything=False))
    assert await state(desk) == ["open"]


async def test_a_lead_who_texts_stop_is_no_participant_who_opted_out(
    desk: Runtime, gateway: Gateway, twilio: respx.Route
) -> None:
    await happen(desk, ASKED)
    twilio.mock(return_value=httpx.Response(400, json={"code": 21610, "message": "stopped"}))
    await outbox.deliver(desk, gateway)
    assert await people.rows(desk, PAGES) == [(SAM, 0, "dropped", "opted out at Twilio")]
    assert await people.rows(desk, "select 1 from opt_outs where opted_out") == []
    await later(desk, 31)
    assert await paged(desk) == [(SAM, 0), (ANA, 1)]


async def test_whether_a_call_is_late_is_all_that_others_learn(desk: Runtime) -> None:
    await happen(desk, ASKED)
    for minutes, late in ((239, False), (241, True)):
        await people.move_to(desk, TUESDAY + timedelta(minutes=minutes))
        async with desk.begin() as (connection, now):
            (program,) = await programs.load(connection)
            assert await follow_ups.late(connection, program.id, TUESDAY, now) is late


async def test_from_the_text_to_the_closed_call(desk: Runtime, gateway: Gateway, twilio: respx.Route) -> None:
    said = await people.text(desk, "CALLME")
    assert any("Sam" in one for one in said), said
    assert await state(desk) == ["open"]
    await outbox.deliver(desk, gateway)
    assert await people.rows(desk, PAGES) == [(SAM, 0, "accepted", None)]
    await take(desk, SAM)
    sam, one = await who(desk, SAM), await call(desk)
    async with desk.begin() as (connection, now):
        assert await follow_ups.close(desk, connection, sam, one, "talked", now)
    assert await state(desk) == ["closed"]
