"""What is told of a call that was refused or missed: its last try, and the same whether somebody took it or not."""

from __future__ import annotations

from datetime import UTC
from uuid import UUID

import pytest
import respx

from flows import local
from sms_service import clockwork, hindrances, inbox, outbox, programs, reconciling, statuses, why
from sms_service.daily_figures import CheckIns
from sms_service.inbox import Inbound
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from sms_service.twilio.client import Gateway
from tests import people
from tests.people import rows
from tests.sms_service import crowd
from tests.sms_service.test_daily_figures import ENOUGH, EVERYBODY, next_morning
from tests.sms_service.test_missed_calls import NOT_THERE, TEXT, at_once, by_phone, call_due, ends, twilio
from tests.sms_service.wire import refused

__all__ = ["by_phone", "twilio"]
FOLLOWS = "what follows it was sent, waits to be sent or was not needed"


async def told(rt: Runtime) -> str:
    """Return what `why` says of Ada's check-in."""
    async with rt.begin() as (connection, moment):
        (story,) = await why.tell(connection, await why.find(rt, connection, people.ADA), None, moment)
    (line,) = [line.words for line in story.lines if line.what == "check-in"]
    return line


async def faults(rt: Runtime) -> list[tuple[str, str]]:
    """Return what whoever coordinates is told of Ada's number."""
    async with rt.begin() as (connection, moment):
        program = await programs.find(connection, "tide")
        day = local(moment.astimezone(UTC), "America/New_York").date()
        found = await hindrances.find(rt, connection, program, people.ADA, day, moment)
    return [(kind, str(meaning)) for kind, meaning in found.faults]


async def delivered(rt: Runtime) -> None:
    """Have every text that is with Twilio arrive."""
    found = await rows(rt, "select id, sid from outbox where kind = 'text' and state = 'accepted' order by id")
    await statuses.take(rt, [Status(row, str(sid), "delivered", None) for row, sid in found])  # type: ignore[arg-type]


async def test_a_refused_call_whose_text_arrived_is_told_so(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await call_due(by_phone)
    twilio["place"].mock(side_effect=None, return_value=refused(13224))
    await outbox.deliver(by_phone, gateway)
    refusal = "did not arrive as a call: 13224: this number cannot be called"
    assert await told(by_phone) == f"{refusal}; {FOLLOWS}"
    await outbox.deliver(by_phone, gateway)
    await delivered(by_phone)
    assert await told(by_phone) == f"{refusal}; {FOLLOWS}"
    assert await faults(by_phone) == []


async def test_a_copy_of_the_text_in_place_of_a_call_is_told_of_too(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await call_due(by_phone)
    twilio["place"].mock(side_effect=None, return_value=refused(13224))
    for _ in range(2):
        await outbox.deliver(by_phone, gateway)
    ((row, sid),) = await rows(by_phone, "select id, sid from outbox where origin = 'missed call'")
    await statuses.take(by_phone, [Status(row, str(sid), "undelivered", 30003)])  # type: ignore[arg-type]
    lost = "30003: the phone was off or without a signal"
    assert (await told(by_phone)).endswith(f"; the text in its place did not arrive: {lost}")
    assert await faults(by_phone) == [("not arrived", lost)]
    await rows(
        by_phone, "update outbox set settled_at = now() - interval '11 minutes' where id = :id returning id", id=row
    )
    await reconciling.reconcile(by_phone, gateway)
    await at_once(by_phone)
    await outbox.deliver(by_phone, gateway)
    await delivered(by_phone)
    assert (await told(by_phone)).endswith(f"; {FOLLOWS}")
    assert await faults(by_phone) == []


async def test_calls_that_could_not_be_put_through_have_a_reason_of_their_own(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    await call_due(by_phone)
    lost = "the call could not be put through"
    for _ in range(2):
        await at_once(by_phone)
        await outbox.deliver(by_phone, gateway)
        await ends(by_phone, "failed")
        assert await told(by_phone) == f"did not arrive as a call: {lost}; {FOLLOWS}"
        assert await faults(by_phone) == [("not arrived", lost)]
    await outbox.deliver(by_phone, gateway)
    await delivered(by_phone)
    assert await told(by_phone) == f"did not arrive as a call: {lost}; {FOLLOWS}"
    assert await faults(by_phone) == []


@pytest.mark.parametrize("first", ["failed", "no-answer"])
@pytest.mark.parametrize("taken", [True, False])
async def test_whether_somebody_took_the_second_call_is_told_to_nobody(
    by_phone: Runtime, gateway: Gateway, twilio: respx.MockRouter, taken: bool, first: str
) -> None:
    await call_due(by_phone)
    await outbox.deliver(by_phone, gateway)
    await ends(by_phone, first)
    await at_once(by_phone)
    await outbox.deliver(by_phone, gateway)
    if taken:
        await rows(
            by_phone,
            """insert into calls (id, sid, participant_id, sender, outbox_id, step, wrong, started_at, answered_at)
               select gen_random_uuid(), sid, participant_id, sender, id, 1, 0, now(), now()
               from outbox where kind = 'call' and origin = 'again' returning id""",
        )
    await ends(by_phone, "completed")
    await outbox.deliver(by_phone, gateway)
    await delivered(by_phone)
    assert len(await rows(by_phone, TEXT)) == (0 if taken else 1)
    assert await faults(by_phone) == []
    assert (
        await told(by_phone)
        == {
            "failed": f"did not arrive as a call: the call could not be put through; {FOLLOWS}",
            "no-answer": "was sent, waits to be sent or was not needed",
        }[first]
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [(None, CheckIns(ENOUGH)), (30007, CheckIns(ENOUGH, lost="most", reasons=("carrier",)))],
    ids=["arrived", "filtered"],
)
async def test_the_figures_of_a_day_go_by_the_text_in_place_of_a_call(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter, code: int | None, expected: CheckIns
) -> None:
    program = await everybody_by_phone(rt)
    due = await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    twilio["place"].mock(side_effect=None, return_value=NOT_THERE)
    for _ in range(2):
        await outbox.deliver(rt, gateway)
    if code is None:
        await delivered(rt)
    query = "update outbox set state = 'undelivered', error_code = :code where kind = 'text' and state = 'accepted'"
    await rows(rt, query + " returning id", code=code)
    assert (await next_morning(rt, program, due)).check_ins == expected


async def test_calls_that_could_not_be_put_through_are_counted_as_the_phones(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter
) -> None:
    program = await everybody_by_phone(rt)
    due = await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    await rows(rt, "update outbox set state = 'undelivered' where kind = 'call' returning id")
    expected = CheckIns(ENOUGH, lost="most", reasons=("phone",))
    assert (await next_morning(rt, program, due)).check_ins == expected


async def everybody_by_phone(rt: Runtime) -> UUID:
    """Have as many as figures need be called for their check-ins."""
    program = await people.program(rt)
    await crowd.join(rt, EVERYBODY)
    for words in ("PIN", "4821", "PHONE", "1"):
        await inbox.take(rt, [Inbound(people.sid(), number, people.SENDER, words) for number in EVERYBODY])
        await people.reach_phones(rt)
    return program
