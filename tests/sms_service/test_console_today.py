"""Today: what runs and what does not, and no word that changes when one person does something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import unescape

import pytest
from redis import Redis

from sms_service import daily_figures, outbox, senders
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service import crowd
from tests.sms_service.desk import Dora, dora
from tests.sms_service.test_daily_figures import asked, twilio

__all__ = ["dora", "twilio"]

PAGE = "/console/today"


async def shown(dora: Dora) -> str:
    answer = await dora.web.get(PAGE)
    assert answer.status_code == 200
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


@pytest.mark.parametrize(
    "acts",
    [
        ["JOIN", "1", "1", "2", "1", "1"],
        ["CHECKIN", "1", "1", "1", "1"],
        ["I want to kill myself"],
        ["CALLME", "1"],
        ["STOP"],
        ["PAUSE", "1"],
        ["ERASE ALL", "1"],
    ],
    ids=["joins", "answers", "in danger", "asks for a call", "stops", "rests", "erases"],
)
async def test_whatever_one_person_does_the_page_is_the_same_that_day(dora: Dora, acts: Sequence[str]) -> None:
    await dora.enter()
    await crowd.join(dora.rt, crowd.numbers(15))
    await people.move_to(dora.rt, await people.now(dora.rt) + timedelta(days=2))
    await daily_figures.count(dora.rt)
    before = (await dora.web.get(PAGE)).text
    who = people.ADA if acts[0] == "JOIN" else crowd.numbers(1)[0]
    await people.texts(dora.rt, acts, number=who)
    await daily_figures.count(dora.rt)
    assert (await dora.web.get(PAGE)).text == before


async def test_a_day_in_a_sentence_and_a_table(dora: Dora, gateway: Gateway, twilio: object) -> None:
    await dora.enter()
    assert "Nothing has been counted yet" in await shown(dora)
    await crowd.join(dora.rt, crowd.numbers(20))
    due = await asked(dora.rt, gateway, [])
    await outbox.deliver(dora.rt, gateway)
    await people.rows(
        dora.rt,
        """update outbox set state = 'undelivered', error_code = 30007 where id in (
           select id from outbox where origin = 'appointment' order by id limit 12) returning id""",
    )
    await people.move_to(dora.rt, due + timedelta(hours=20))
    await daily_figures.count(dora.rt)
    page = await shown(dora)
    assert "20 or more check-ins were due. At least half of them did not arrive." in page
    assert "The phone company filtered the texts Whoever runs the service" in page
    assert "Enrolled 20 or more Of these, on a pause fewer than 10 Left fewer than 10" in page
    assert "12" not in re.sub(r"\d+:\d+|\d+ [A-Z][a-z]{2}\b", "", page.partition("What runs")[0])


async def test_what_stands_still_is_said_with_what_to_do(dora: Dora) -> None:
    await dora.enter()
    page = await shown(dora)
    assert "To be put right" in page
    assert "Start the clock and a tick worker" in page
    assert "Start a worker for each queue" in page
    async with dora.rt.begin() as (connection, _):
        await senders.stop(connection, [people.SENDER], "30034: the number is not registered", dora.rt.real())
    page = await shown(dora)
    assert "sends no texts since" in page
    assert "Whoever runs the service puts it right at the phone company." in page


@pytest.mark.parametrize(("filtered", "told"), [(4, False), (5, False), (6, True), (9, True)])
async def test_also_below_the_floor_a_number_whose_texts_are_refused_is_told(
    dora: Dora, gateway: Gateway, twilio: object, filtered: int, told: bool
) -> None:
    """It is about the number, and said without how many or whose."""
    await dora.enter()
    await crowd.join(dora.rt, crowd.numbers(max(filtered, 11)))
    due = await asked(dora.rt, gateway, [])
    await people.rows(dora.rt, "update outbox set state = 'delivered' where origin = 'appointment' returning id")
    await people.rows(
        dora.rt,
        """update outbox set state = 'undelivered', error_code = 30007, settled_at = now() where id in (
           select id from outbox where origin = 'appointment' order by id limit :n) returning id""",
        n=filtered,
    )
    await people.rows(dora.rt, "update programs set settings = settings || '{\"floor\": 20}' returning id")
    await people.move_to(dora.rt, due + timedelta(hours=20))
    await daily_figures.count(dora.rt)
    page = await shown(dora)
    assert "20 or more check-ins due, so nothing is told of them" in page
    assert ("Most of what (757) 555-0100 sent since yesterday was refused." in page) == told
    assert ("The phone company filtered the texts. Whoever runs the service looks" in page) == told


async def test_what_is_planned_today_is_told_by_the_floor_and_the_same_all_day(dora: Dora) -> None:
    await dora.enter()
    assert "Check-ins planned today not counted yet" in await shown(dora)
    await crowd.join(dora.rt, crowd.numbers(23))
    due = await people.one(dora.rt, "select min(due_at) from appointments where kind = 'check-in'")
    assert isinstance(due, datetime)
    await people.move_to(dora.rt, due - timedelta(hours=3))
    await daily_figures.count(dora.rt)
    assert "Check-ins planned today 20 or more" in await shown(dora)
    await people.move_to(dora.rt, due + timedelta(days=1))
    assert "Check-ins planned today fewer than 10" in await shown(dora)


async def test_when_all_runs_nothing_is_to_be_put_right(dora: Dora) -> None:
    await dora.enter()
    await people.rows(
        dora.rt,
        "update deployment set last_tick = now(), last_collect = now(), last_purge = now() where id = 1 returning id",
    )
    redis = Redis.from_url(dora.rt.settings.redis_url)
    for queue in ("tick", "deliver", "upkeep"):
        redis.sadd(f"rq:workers:{queue}", "rq:worker:one")
    try:
        assert "Start a worker for each queue" in await shown(dora)
        redis.set("rq:worker:one", "", ex=60)
        page = await shown(dora)
        assert "To be put right" not in page
        assert "Stands still" not in page
    finally:
        redis.flushdb()
        redis.close()


async def test_a_text_that_waits_long_is_said_without_a_number(dora: Dora) -> None:
    await dora.enter()
    await people.join(dora.rt)
    assert "Sending Works" in await shown(dora)
    await people.rows(
        dora.rt, "update outbox set state = 'ready', next_attempt_at = now() - interval '11 minutes' returning id"
    )
    assert "Sending Behind" in await shown(dora)


async def test_a_queue_that_is_away_keeps_the_page_from_nobody(dora: Dora) -> None:
    await dora.enter()
    settings = dora.rt.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    object.__setattr__(dora.rt, "settings", settings)
    assert "The queue Stands still" in await shown(dora)


async def test_only_whose_program_it_is_sees_it(dora: Dora) -> None:
    await dora.enter()
    await people.second_program(dora.rt)
    page = await shown(dora)
    assert "Tidewater check-in" in page
    assert "North" not in page


async def test_in_spanish(dora: Dora) -> None:
    await dora.enter()
    answer = await dora.web.get(f"{PAGE}?lang=es")
    assert "Todavía no se ha contado nada" in answer.text
    assert "Qué funciona" in answer.text
