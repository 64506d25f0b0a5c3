"""What a call leaves behind at the real service: what is kept, forgotten, chosen and erased in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from redis import Redis

from sms_service import outbox
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.people import rows
from tests.sms_service.telephone import CODE, Telephone, join_with_code, last, telephone


@pytest.fixture
async def phone(rt: Runtime) -> AsyncIterator[Telephone]:
    """Ada has joined and chosen a code."""
    await join_with_code(rt)
    async with telephone(rt) as found:
        yield found


async def come_in(phone: Telephone) -> None:
    await phone.calls()
    await phone.keys("1", CODE)


async def test_everything_is_erased_by_a_call_which_then_ends(phone: Telephone, rt: Runtime) -> None:
    await come_in(phone)
    await phone.keys("1", "3")
    await phone.says("erase all")
    row = await phone.keys("1")
    assert (row["status"], last(row)[-1]) == ("completed", "Goodbye.")
    assert await people.one(rt, "select count(*) from participants where answer_key is not null") == 0
    assert await rows(rt, "select state from calls where state is not null") == []
    await phone.calls()
    row = await phone.keys("1", CODE)
    assert last(row)[0] == "That code did not match."


async def test_what_is_told_of_a_client_is_answered_and_the_question_waits(phone: Telephone, rt: Runtime) -> None:
    await come_in(phone)
    row = await phone.keys("1")
    asked = last(row)[-1]
    row = await phone.says("my client killed himself")
    assert "hurts to lose a client" in last(row)[0]
    assert last(row)[-1] == asked
    assert (await phone.keys("3"))["status"] == "in-progress"


async def test_a_language_chosen_in_a_call_is_that_of_the_next_call_and_text(phone: Telephone, rt: Runtime) -> None:
    await come_in(phone)
    assert last(await phone.says("spanish"))[-1].startswith("Para su chequeo, oprima 1.")
    await phone.does("hangup")
    assert last(await phone.calls())[0].startswith("Esta es una línea automática de Tide.")
    await phone.does("hangup")
    assert "En crisis" in (await people.text(rt, "PAUSA"))[0]


async def test_a_check_in_that_is_put_off_in_a_call_goes_on_by_text(phone: Telephone, rt: Runtime) -> None:
    await come_in(phone)
    await phone.keys("1", "3")
    row = await phone.says("later")
    assert last(row)[-1].startswith("For your check-in, press 1.")
    await phone.does("hangup")
    assert (await people.text(rt, "1"))[0].startswith("3/4.")


async def test_a_question_that_was_answered_in_a_call_is_not_sent_again(
    phone: Telephone, rt: Runtime, gateway: Gateway
) -> None:
    (question,) = await people.text(rt, "CHECKIN")
    assert "1/4" in question
    lost = "update outbox set state = 'ready' where id = (select asked_id from conversations where ended_at is null)"
    row = await people.one(rt, f"{lost} returning id")
    await come_in(phone)
    await phone.keys("1", "3")
    await phone.does("hangup")
    await outbox.deliver(rt, gateway)
    assert await rows(rt, "select state, reason from outbox where id = :id", id=row) == [
        ("dropped", "no longer needed")
    ]


async def test_what_a_call_has_sent_is_rung_for(phone: Telephone, rt: Runtime) -> None:
    with Redis.from_url(rt.settings.redis_url) as redis:
        redis.flushdb()
        await come_in(phone)
        await phone.keys("1")
        assert redis.llen("rq:queue:deliver") == 0
        await phone.says("text me")
        assert redis.llen("rq:queue:deliver") == 1


async def test_a_call_goes_on_without_a_queue(rt: Runtime) -> None:
    await people.program(rt)
    await people.join(rt)
    alone = replace(rt, settings=rt.settings.model_copy(update={"redis_url": "redis://127.0.0.1:9/0"}))
    async with telephone(alone) as phone:
        await phone.calls()
        row = await phone.keys("0")
        assert "9 8 8" in last(row)[0]
    assert await rows(rt, "select state from outbox where origin = 'call'") == [("ready",)] * 2
