"""A slow send holds its people; what Twilio reports of them waits, and what it reports of all others does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urldefrag
from uuid import UUID

import httpx
import pytest
import respx

from sms_service import call_ends, clockwork, outbox, reconciling, statuses
from sms_service.call_ends import End
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.carrier import line
from tests.sms_service.telephone import join_with_code
from tests.sms_service.test_call_reconciling import ACCOUNT
from tests.sms_service.wire import MESSAGES, accepted, message

BY_REPORT = 30006


@pytest.fixture
def twilio() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as wire:
        wire.post(MESSAGES, name="texts").mock(side_effect=[accepted(n) for n in range(1, 9)])
        called = [httpx.Response(201, json={"sid": f"CA{n:032x}", "status": "queued"}) for n in range(1, 9)]
        wire.post(f"{ACCOUNT}/Calls.json", name="calls").mock(side_effect=called)
        yield wire


@asynccontextmanager
async def held(rt: Runtime, row: UUID) -> AsyncIterator[None]:
    """Hold the person of an outbox row, as a send does until Twilio has answered."""
    query = people.sql("""
        select p.id from participants p join outbox o on o.participant_id = p.id where o.id = :row
        for no key update of p
    """)
    async with rt.engine.begin() as connection:
        assert (await connection.execute(query, {"row": row})).scalar_one()
        yield


async def _two(rt: Runtime, kind: str) -> tuple[UUID, UUID]:
    """Return a row of Ada's and one of Ben's, in no particular order."""
    query = "select distinct on (participant_id) id from outbox where kind = :kind order by participant_id, id desc"
    first, second = [row for (row,) in await people.rows(rt, query, kind=kind)]
    assert isinstance(first, UUID)
    assert isinstance(second, UUID)
    return first, second


async def _come_due(rt: Runtime) -> None:
    """Have every check-in come due at the same minute."""
    last = "select max(due_at) from appointments where kind = 'check-in' and state = 'due'"
    query = f"update appointments set due_at = ({last}) where kind = 'check-in' and state = 'due' returning id"  # noqa: S608
    await people.rows(rt, query)
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)


@pytest.fixture
async def told(rt: Runtime) -> tuple[UUID, UUID]:
    """Ada and Ben have been told something that went back in the webhook's answer."""
    await people.program(rt)
    for number in (people.ADA, people.BEN):
        await people.join(rt, number)
    return await _two(rt, "text")


async def _states(rt: Runtime, *rows: UUID) -> Sequence[object]:
    found = dict(await people.rows(rt, "select id, state from outbox"))  # type: ignore[arg-type]
    return [found[row] for row in rows]


async def test_what_failed_for_somebody_who_is_busy_is_offered_again_and_kept_then(
    rt: Runtime, told: tuple[UUID, UUID]
) -> None:
    failed = Status(told[0], people.sid(), "undelivered", BY_REPORT)
    good = Status(told[1], people.sid(), "delivered", None)
    earlier = Status(told[0], failed.sid, "sent", None)
    async with held(rt, told[0]):
        assert await statuses.take(rt, [failed, good]) == [None, True]
        assert await _states(rt, *told) == ["sent", "delivered"]
        assert await statuses.take(rt, [earlier]) == [True]  # nothing of the person follows from it
    assert await statuses.take(rt, [failed]) == [True]
    assert await _states(rt, *told) == ["undelivered", "delivered"]
    assert await people.one(rt, "select count(*) from participants where unreachable = 'landline'") == 1


async def test_one_slow_send_refuses_nobodys_report(
    rt: Runtime, told: tuple[UUID, UUID], gateway: Gateway, twilio: respx.MockRouter
) -> None:
    """Through the door, with Twilio slow to take Ada's text and done with Ben's, of the same batch."""
    asked, go_on, rows = asyncio.Event(), asyncio.Event(), {}

    async def slow(request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        rows[form["To"][0]] = urldefrag(form["StatusCallback"][0]).url.partition("?o=")[2]
        if len(rows) == 2:
            asked.set()
        if form["To"][0] == people.ADA:
            await go_on.wait()
        return accepted(1 if form["To"][0] == people.ADA else 2)

    twilio["texts"].mock(side_effect=slow)
    await _come_due(rt)
    async with line(rt) as carrier:
        sending = asyncio.create_task(outbox.deliver(rt, gateway))
        await asked.wait()
        bad = asyncio.create_task(carrier.report(rows[people.BEN], f"SM{2:032x}", "undelivered", error="30006"))
        answers = [await carrier.report(str(told[0]), people.sid(), "delivered") for _ in range(9)]
        assert {one.status_code for one in answers} == {204}
        assert not bad.done()
        go_on.set()
        assert (await bad).status_code == 204
        assert await sending == 2
    assert await _states(rt, UUID(rows[people.ADA]), UUID(rows[people.BEN])) == ["accepted", "undelivered"]


@pytest.fixture
async def called(rt: Runtime, gateway: Gateway, twilio: respx.MockRouter) -> tuple[UUID, UUID]:
    """Two people's check-ins were placed as calls."""
    await join_with_code(rt)
    await people.texts(rt, ["PHONE", "1"])
    await people.join(rt, people.BEN)
    await people.texts(rt, ["PIN", "4821", "PHONE", "1"], number=people.BEN)
    await _come_due(rt)
    await people.rows(rt, "update senders set calls_per_second = 100 returning number")
    await outbox.deliver(rt, gateway)
    return await _two(rt, "call")


@pytest.mark.parametrize("busy", [0, 1])
async def test_of_calls_the_one_that_is_busy_is_offered_again(
    rt: Runtime, called: tuple[UUID, UUID], busy: int
) -> None:
    sids = dict(await people.rows(rt, "select id, sid from outbox where kind = 'call'"))  # type: ignore[arg-type]
    for turned in (False, True):
        batch = [End(row, str(sids[row]), "ringing") for row in (called[::-1] if turned else called)]  # type: ignore[index]
        async with held(rt, called[busy]):
            taken = await call_ends.take(rt, batch)
        assert {one.outbox for one, result in zip(batch, taken, strict=True) if result is None} == {called[busy]}


@pytest.mark.parametrize("kind", ["text", "call"])
async def test_what_is_heard_of_somebody_who_is_busy_is_asked_again_soon(
    rt: Runtime, gateway: Gateway, twilio: respx.MockRouter, kind: str
) -> None:
    await join_with_code(rt)
    if kind == "call":
        await people.texts(rt, ["PHONE", "1"])
    await people.move_to_due(rt, "check-in")
    await clockwork.tick(rt)
    await outbox.deliver(rt, gateway)
    ((row, sid),) = await people.rows(rt, "select id, sid from outbox where origin = 'appointment'")
    assert isinstance(row, UUID)
    what = message("Hi", sid=str(sid), status="undelivered" if kind == "text" else "failed", code=BY_REPORT)
    where = "Messages" if kind == "text" else "Calls"
    twilio.get(f"{ACCOUNT}/{where}/{sid}.json").mock(return_value=httpx.Response(200, json=what))
    hour = """update outbox set sent_at = sent_at - interval '1 hour',
              next_attempt_at = next_attempt_at - interval '1 hour' where id = :row returning id"""
    await people.rows(rt, hour, row=row)
    async with held(rt, row):
        await reconciling.reconcile(rt, gateway)
    assert await _states(rt, row) == ["accepted"]
    await people.rows(rt, "update outbox set next_attempt_at = next_attempt_at - interval '10 minutes' returning id")
    await reconciling.reconcile(rt, gateway)
    assert await _states(rt, row) == ["undelivered"]
