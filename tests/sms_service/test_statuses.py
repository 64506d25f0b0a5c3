"""What Twilio reports: twice, late, in any order, or of something that was never ours."""

from __future__ import annotations

import asyncio
from itertools import permutations
from uuid import UUID

import pytest

from sms_service import statuses
from sms_service.runtime import Runtime, new_id
from sms_service.statuses import RANKS, Status
from tests import people
from tests.people import ADA, BEN
from tests.sms_service.carrier import ask, contents, line, rows

OPTED_OUT = 21610


@pytest.fixture
async def row(rt: Runtime) -> UUID:
    """The outbox row of a reply that went to Ada."""
    await people.program(rt)
    await people.text(rt, "JOIN")
    ((found,),) = await ask(rt, "update outbox set state = 'handed' returning id")
    assert isinstance(found, UUID)
    return found


async def state(rt: Runtime, row: UUID) -> object:
    ((found,),) = await ask(rt, "select state from outbox where id = :id", id=row)
    return found


@pytest.mark.parametrize(
    ("told", "end"),
    [
        (("queued", "sending", "sent", "delivered"), "delivered"),
        (("accepted", "sent", "delivered", "read"), "delivered"),
        (("queued", "sent", "undelivered"), "undelivered"),
        (("queued", "failed"), "failed"),
        (("queued", "canceled"), "failed"),
        (("scheduled", "sent"), "sent"),
    ],
)
async def test_in_any_order_and_twice_the_end_is_the_same(
    rt: Runtime, row: UUID, told: tuple[str, ...], end: str
) -> None:
    sid = people.sid()
    for order in permutations(told):
        await ask(rt, "update outbox set state = 'handed', sid = null, settled_at = null")
        for status in order:
            for _ in range(2):
                assert await statuses.take(rt, [Status(row, sid, status, None)]) == [True]
        assert await state(rt, row) == end
        await ask(rt, "update outbox set state = 'handed', sid = null, settled_at = null")
        await statuses.take(rt, [Status(row, sid, status, None) for status in (*order, *order)])
        assert await state(rt, row) == end
    assert await ask(rt, "select count(*) from message_statuses") == [(len(told),)]
    ((kept, settled),) = await ask(rt, "select sid, settled_at is not null from outbox")
    assert (kept, settled) == (sid, end != "sent")


async def test_side_by_side_they_are_kept_once(rt: Runtime, row: UUID) -> None:
    sid = people.sid()
    reports = [Status(row, sid, status, None) for status in ("queued", "sent", "delivered")]
    await asyncio.gather(*(statuses.take(rt, reports[::step]) for step in (1, -1, 1, -1)))
    assert await state(rt, row) == "delivered"
    assert await ask(rt, "select count(*) from message_statuses") == [(3,)]


@pytest.mark.parametrize("before", RANKS)
async def test_late_it_moves_a_row_on_and_never_back(rt: Runtime, row: UUID, before: str) -> None:
    await ask(rt, "update outbox set state = :state", state=before)
    await statuses.take(rt, [Status(row, people.sid(), "sent", None)])
    moves = RANKS.index(before) < RANKS.index("sent")
    assert await state(rt, row) == ("sent" if moves else before)


@pytest.mark.parametrize("status", ["sent", "delivered"])
async def test_what_was_given_up_after_a_try_and_arrived_all_the_same_says_so(
    rt: Runtime, row: UUID, status: str
) -> None:
    given_up = "update outbox set state = 'dropped', reason = 'too late to be of use', attempts = :n"
    found = "select state, reason, sid from outbox"
    await ask(rt, given_up, n=1)
    sid = people.sid()
    await statuses.take(rt, [Status(row, sid, "queued", None)])
    assert await ask(rt, found) == [("dropped", "too late to be of use", None)]
    await statuses.take(rt, [Status(row, sid, status, None)])
    assert await ask(rt, found) == [(status, None, sid)]
    await ask(rt, f"{given_up}, sid = null", n=0)
    await statuses.take(rt, [Status(row, sid, status, None)])
    assert await ask(rt, found) == [("dropped", "too late to be of use", None)]


async def test_a_reply_of_which_nothing_was_heard_is_settled_by_a_late_word(rt: Runtime, row: UUID) -> None:
    await ask(rt, "update outbox set state = 'unknown', reason = 'no word of it'")
    await statuses.take(rt, [Status(row, people.sid(), "delivered", None)])
    assert await state(rt, row) == "delivered"


async def test_another_messages_sid_does_not_touch_a_row_that_has_its_own(rt: Runtime, row: UUID) -> None:
    sid = people.sid()
    await statuses.take(rt, [Status(row, sid, "sent", None)])
    await statuses.take(rt, [Status(row, people.sid(), "failed", 30003)])
    assert await ask(rt, "select sid, state, error_code from outbox") == [(sid, "sent", None)]


async def test_a_report_of_a_row_that_is_not_there_changes_no_other(rt: Runtime, row: UUID) -> None:
    before = await contents(rt)
    assert await statuses.take(rt, [Status(new_id(), people.sid(), "failed", OPTED_OUT)]) == [True]
    after = await contents(rt)
    assert {name for name in before if before[name] != after[name]} == {"message_statuses"}


async def test_why_it_failed_is_kept_and_stays(rt: Runtime, row: UUID) -> None:
    sid = people.sid()
    await statuses.take(rt, [Status(row, sid, "undelivered", 30005)])
    await statuses.take(rt, [Status(row, sid, "undelivered", None)])
    assert await ask(rt, "select state, error_code from outbox") == [("undelivered", 30005)]


async def test_21610_means_that_the_person_has_opted_out(rt: Runtime, row: UUID) -> None:
    await statuses.take(rt, [Status(row, people.sid(), "failed", OPTED_OUT)])
    assert await ask(rt, "select opted_out, how from opt_outs") == [(True, "word")]
    assert await state(rt, row) == "failed"


async def test_a_repeat_of_21610_does_not_undo_a_start(rt: Runtime, row: UUID) -> None:
    report = Status(row, people.sid(), "failed", OPTED_OUT)
    await statuses.take(rt, [report, report])
    await people.text(rt, "START")
    assert await ask(rt, "select opted_out from opt_outs") == [(False,)]
    await statuses.take(rt, [report])
    assert await ask(rt, "select opted_out from opt_outs") == [(False,)]


async def test_of_several_at_once_only_those_who_opted_out_are(rt: Runtime, row: UUID) -> None:
    await people.text(rt, "JOIN", number=BEN)
    found = await ask(rt, "select id, participant_id from outbox order by id")
    (ada, who), (ben, _) = found
    reports = [Status(ada, people.sid(), "failed", OPTED_OUT), Status(ben, people.sid(), "failed", 30003)]  # type: ignore[arg-type]
    await statuses.take(rt, [*reports, *reports])
    assert await ask(rt, "select participant_id, opted_out from opt_outs") == [(who, True)]


async def test_through_the_door_a_report_finds_its_reply(rt: Runtime) -> None:
    await people.program(rt)
    async with line(rt) as carrier:
        (told,) = rows(await carrier.text("JOIN", number=ADA))
        sid = people.sid()
        for status in ("delivered", "sent", "delivered"):
            assert (await carrier.report(told, sid, status)).status_code == 204
        assert await ask(rt, "select state, sid from outbox") == [("delivered", sid)]
        assert (await carrier.report(told, sid, "failed", error="21610")).status_code == 204
    assert await ask(rt, "select opted_out from opt_outs") == [(True,)]
