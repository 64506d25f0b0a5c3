"""What a conversation plans for later: break texts, follow-ups, questions that stop waiting, a number confirmed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import respx

from sms_service import clockwork, outbox
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.test_clockwork import bodies
from tests.sms_service.wire import MESSAGES, accepted

NEW_YORK = ZoneInfo("America/New_York")
DUE = "select kind from appointments where state = 'due' and kind not in ('check-in', 'expiry') order by due_at, kind"
COMING = "select due_at from appointments where kind like 'nudge%' and state = 'due'"
CAME = """
    select o.state, count(*) from appointments a join outbox o on o.origin_id = a.id
    where a.kind like 'nudge%' group by o.state
"""
BREAKS = ("TIMEOFF", "2")


@pytest.fixture
async def gateway(rt: Runtime) -> AsyncIterator[Gateway]:
    made = Gateway(rt.settings)
    with respx.mock(assert_all_called=False) as wire:
        wire.post(MESSAGES).mock(side_effect=[accepted(n) for n in range(1, 40)])
        yield made
    await made.close()


async def settled(rt: Runtime, kind: str) -> list[tuple[object, ...]]:
    query = "select distinct state, reason from appointments where kind = :kind and state <> 'due' order by 1, 2"
    return await people.rows(rt, query, kind=kind)


async def test_break_texts_come_on_five_workdays_and_leave_the_rest_alone(joined: Runtime) -> None:
    await people.texts(joined, [*BREAKS, "2"])
    found = await people.rows(joined, DUE)
    assert found.count(("nudge-1",)) == found.count(("nudge-2",)) == found.count(("nudge-3",)) == 5
    await people.text(joined, "CHECKIN")
    await people.move_to_due(joined, "nudge-1")
    await clockwork.tick(joined)
    assert "2 minutes for you" in (await bodies(joined))[-1]
    assert (await people.text(joined, "2"))[0].startswith("2/4.")


@pytest.mark.parametrize("often", ["1", "2"])
async def test_break_texts_reach_whoever_has_quiet_hours_by_day(joined: Runtime, gateway: Gateway, often: str) -> None:
    await people.texts(joined, ["QUIET 8am-4pm", *BREAKS])
    told = (await people.text(joined, often))[0]
    planned = await people.rows(joined, COMING)
    while await people.one(joined, "select count(*) from appointments where kind like 'nudge%' and state = 'due'"):
        due = await people.one(joined, "select min(due_at) from appointments where state = 'due'")
        assert isinstance(due, datetime)
        await people.move_to(joined, due)
        await clockwork.tick(joined)
        await outbox.deliver(joined, gateway)
    assert await people.rows(joined, CAME) == [("accepted", len(planned))]
    hours = {due.astimezone(NEW_YORK) for (due,) in planned if isinstance(due, datetime)}
    assert all(f"{hour:%-I:%M %p}" in told and 16 <= hour.hour < 21 for hour in hours)


async def test_no_break_text_is_promised_where_quiet_hours_leave_no_room(joined: Runtime) -> None:
    await people.text(joined, "QUIET 6am-10pm")
    assert "leave no room" in (await people.text(joined, "BREAK ON"))[0]
    assert await people.rows(joined, COMING) == []


async def test_break_texts_end_when_somebody_says_so(joined: Runtime) -> None:
    await people.texts(joined, [*BREAKS, "1"])
    assert "have ended" in (await people.text(joined, "BREAK OFF"))[0]
    assert ("nudge-1",) not in await people.rows(joined, DUE)
    assert "No break texts" in (await people.text(joined, "break off"))[0]


@pytest.mark.parametrize("words", ["STOP", "PAUSE", "I want to kill myself"])
async def test_break_texts_end_with_a_stop_a_pause_or_a_serious_moment(joined: Runtime, words: str) -> None:
    await people.texts(joined, [*BREAKS, "1", words])
    assert ("nudge-1",) not in await people.rows(joined, DUE)


async def test_a_break_text_an_hour_late_is_not_sent(joined: Runtime) -> None:
    await people.texts(joined, [*BREAKS, "1"])
    due = await people.move_to_due(joined, "nudge-1")
    await people.move_to(joined, due + timedelta(hours=2))
    await clockwork.tick(joined)
    assert await settled(joined, "nudge-1") == [("dropped", "too late to be of use")]


async def test_the_day_after_a_serious_moment_somebody_is_asked_how_they_are(joined: Runtime) -> None:
    await people.text(joined, "I want to kill myself")
    detail = await people.one(joined, "select detail from appointments where kind = 'follow-up'")
    assert isinstance(detail, bytes)
    assert b"after-risk" not in detail
    await people.move_to_due(joined, "follow-up")
    await clockwork.tick(joined)
    assert "How is today?" in (await bodies(joined))[-1]
    said = await people.text(joined, "3")
    assert "988" in said[0]
    assert "/r/help" in said[0]


async def test_long_quiet_hours_hold_the_question_of_the_day_after_and_lose_it_not(
    joined: Runtime, gateway: Gateway
) -> None:
    await people.text(joined, "QUIET 6pm-8am")
    await people.move_to(joined, datetime(2026, 12, 1, 2, 30, tzinfo=UTC))
    await people.text(joined, "I want to kill myself")
    await people.move_to_due(joined, "follow-up")
    await clockwork.tick(joined)
    await outbox.deliver(joined, gateway)
    until = await people.one(joined, "select hold_until from outbox where state = 'held'")
    assert until == datetime(2026, 12, 2, 13, tzinfo=UTC)
    await people.move_to(joined, until + timedelta(seconds=1))
    await clockwork.tick(joined)
    await outbox.deliver(joined, gateway)
    assert await people.rows(joined, "select state from outbox where origin = 'appointment'") == [("accepted",)]


async def test_a_follow_up_of_erased_words_is_not_sent(joined: Runtime) -> None:
    await people.texts(joined, ["I want to kill myself", "ERASE", "1"])
    await people.move_to_due(joined, "follow-up")
    await clockwork.tick(joined)
    assert await bodies(joined) == []
    assert await settled(joined, "follow-up") == [("dropped", "erased")]


async def test_a_reminder_of_time_off_comes_in_four_weeks(joined: Runtime) -> None:
    await people.texts(joined, ["TIMEOFF", "3"])
    due = await people.move_to_due(joined, "follow-up")
    assert due.date() == date(2026, 12, 28)
    await clockwork.tick(joined)
    assert any("time off again" in one for one in await bodies(joined))


async def test_a_menu_that_nobody_answers_closes_by_itself(joined: Runtime) -> None:
    await people.text(joined, "TALK")
    await people.move_to_due(joined, "timeout")
    await clockwork.tick(joined)
    assert await settled(joined, "timeout") == [("done", None)]
    assert await bodies(joined) == []
    assert "automated" in (await people.text(joined, "1"))[0]


async def test_a_menu_that_was_answered_has_nothing_to_wait_for(joined: Runtime) -> None:
    await people.texts(joined, ["TALK", "2"])
    await people.move_to_due(joined, "timeout")
    await clockwork.tick(joined)
    assert await settled(joined, "timeout") == [("cancelled", "nothing waited for any more")]


async def test_the_wait_of_a_scheduled_question_begins_when_it_is_sent(joined: Runtime, gateway: Gateway) -> None:
    await people.text(joined, "I want to kill myself")
    await people.move_to_due(joined, "follow-up")
    await clockwork.tick(joined)
    assert await people.rows(joined, DUE) == []
    await outbox.deliver(joined, gateway)
    assert await people.rows(joined, DUE) == [("timeout",)]


async def test_after_sixty_silent_days_the_number_is_confirmed_first(joined: Runtime) -> None:
    await people.move_to(joined, datetime(2027, 2, 4, 18, 0, tzinfo=UTC))
    await clockwork.tick(joined)
    assert ["still your number" in one for one in await bodies(joined)] == [True]
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert ("dropped", "waiting for a word from this number") in await settled(joined, "check-in")
    assert "Next check-in" in (await people.text(joined, "1"))[0]
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    assert "weekly note" in (await bodies(joined))[-1]


async def test_a_number_that_is_somebody_elses_gets_nothing_more(joined: Runtime) -> None:
    await people.move_to(joined, datetime(2027, 2, 4, 18, 0, tzinfo=UTC))
    await clockwork.tick(joined)
    assert "unsubscribed" in (await people.text(joined, "2"))[0]
    assert await people.rows(joined, "select kind from appointments where state = 'due'") == []


async def test_once_in_four_weeks_is_four_weeks_after_the_last(joined: Runtime) -> None:
    first = await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    await people.text(joined, "MONTHLY")
    (due,) = await people.rows(joined, "select due_at from appointments where kind = 'check-in' and state = 'due'")
    assert abs(due[0] - first - timedelta(days=28)) <= timedelta(hours=1)  # type: ignore[operator]
    await people.text(joined, "WEEKLY")
    (due,) = await people.rows(joined, "select due_at from appointments where kind = 'check-in' and state = 'due'")
    assert abs(due[0] - first - timedelta(days=7)) <= timedelta(hours=1)  # type: ignore[operator]


async def test_all_four_at_once_is_kept_as_four_answers(joined: Runtime) -> None:
    await people.text(joined, "EXPRESS")
    assert "4 digits" in (await people.text(joined, "CHECKIN"))[0]
    assert "strain" in (await people.text(joined, "2103"))[0]
    row, sealed, key = (
        await people.rows(
            joined,
            """select c.id, c.answers, p.answer_key from check_ins c join enrolments e on e.id = c.enrolment_id
               join participants p on p.id = e.participant_id""",
        )
    )[0]
    kept = joined.vault.key(key).open(sealed, "check_ins.answers", row)  # type: ignore[arg-type]
    assert kept == {"drained": 2, "numb": 1, "carry": 0, "help": 3}


async def test_a_later_hour_that_was_named_is_kept(joined: Runtime) -> None:
    await people.move_to_due(joined, "check-in")
    await clockwork.tick(joined)
    said = await people.text(joined, "later in 2 hours")
    assert "Snoozed" in said[0]
    now = await people.move_to_due(joined, "snooze")
    checked_in = await people.one(
        joined, "select max(due_at) from appointments where kind = 'check-in' and state = 'done'"
    )
    assert isinstance(checked_in, datetime)
    assert timedelta(hours=1, minutes=59) <= now - checked_in <= timedelta(hours=2, minutes=2)
