"""What follows from when a check-in was out, should that be later than when it was kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import respx

from sms_service import clockwork, outbox, replanning, statuses
from sms_service.runtime import Runtime
from sms_service.statuses import Status
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.test_replanning import change, coming
from tests.sms_service.wire import MESSAGES, accepted

ROW = "select id from outbox where origin = 'appointment'"


async def send(rt: Runtime, gateway: Gateway, how: str) -> None:
    """Have the check-in's text go out now, or turn out to have gone out."""
    if how == "sent":
        with respx.mock as wire:
            wire.post(MESSAGES).mock(side_effect=[accepted()])
            assert await outbox.deliver(rt, gateway) == 1
        return
    row = await people.one(rt, f"update outbox set state = 'unknown', attempts = 1 where id = ({ROW}) returning id")  # noqa: S608
    assert await statuses.take(rt, [Status(row, people.sid(), "delivered", None)]) == [True]  # type: ignore[arg-type]


@pytest.fixture(params=["sent", "found"])
async def gone_out_late(request: pytest.FixtureRequest, joined: Runtime, gateway: Gateway) -> datetime:
    """The check-in of a Thursday, 3 December, was kept on time and went out on the Sunday after; return when."""
    due = await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.move_to(joined, due + timedelta(days=2, hours=23))
    await send(joined, gateway, request.param)
    return await people.now(joined)


async def test_another_day_is_five_days_from_when_the_last_was_out(joined: Runtime, gone_out_late: datetime) -> None:
    assert f"{gone_out_late:%a %d %b}" == "Sun 06 Dec"
    replies = await people.texts(joined, ["DAY Tuesday", "9am"])
    assert await coming(joined) == ["2026-12-15 09:00"]
    assert "Tue 15 Dec" in " ".join(replies)


async def test_planning_anew_goes_by_it_too(joined: Runtime, gone_out_late: datetime) -> None:
    await people.rows(joined, "update enrolments set day = 1 returning id")
    await change(joined, "{}")
    await replanning.follow(joined)
    assert await coming(joined) == ["2026-12-15 12:15"]


async def test_the_usual_day_stays_where_it_is(joined: Runtime, gone_out_late: datetime) -> None:
    await people.texts(joined, ["TIME 9am"])
    assert await coming(joined) == ["2026-12-10 09:00"]
