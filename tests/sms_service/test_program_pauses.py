"""A pause of a whole program: nobody is asked or reminded, everything they text is answered, and nothing piles up."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from html import unescape

import pytest
import respx

from flows import local
from sms_service import appointments, clockwork, daily_figures, outbox
from sms_service.daily_figures import CheckIns
from sms_service.runtime import Runtime
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service import crowd
from tests.sms_service.desk import Dora, dora, proof
from tests.sms_service.test_daily_figures import twilio

__all__ = ["dora", "twilio"]

PAGE = "/console/programs/tide/pause"
UNASKED = "select count(*) from outbox where origin = 'appointment'"


async def pause(dora: Dora, until: date | None = None) -> None:
    form = {"proof": proof(await dora.web.get(PAGE)), "until": until.isoformat() if until else ""}
    assert (await dora.web.post(PAGE, data=form)).headers["location"] == "/console/programs/tide"


async def resume(dora: Dora) -> None:
    form = {"proof": proof(await dora.web.get(PAGE)), "end": "yes"}
    assert (await dora.web.post(PAGE, data=form)).status_code == 303


async def today(rt: Runtime) -> date:
    return local((await people.now(rt)).astimezone(UTC), "America/New_York").date()


async def weeks(rt: Runtime, number: int) -> None:
    for _ in range(number):
        await people.move_to_due(rt, "check-in")
        await clockwork.tick(rt)


async def test_nobody_is_asked_until_somebody_ends_it_and_then_once_a_week_as_before(dora: Dora) -> None:
    await dora.enter()
    await people.join(dora.rt)
    await pause(dora)
    await weeks(dora.rt, 4)
    assert await people.one(dora.rt, UNASKED) == 0
    left_out = "select state, reason from appointments where kind = 'check-in' and settled_at is not null"
    assert await people.rows(dora.rt, left_out) == [("dropped", "the program is paused")] * 4
    await resume(dora)
    await weeks(dora.rt, 1)
    assert await people.one(dora.rt, UNASKED) == 1
    waiting = "select count(*) from appointments where kind = 'check-in' and state = 'due'"
    assert await people.one(dora.rt, waiting) == 1
    acts = [act for (act,) in await dora.rows("select act from audit order by n")]
    assert acts[-2:] == ["program.paused", "program.resumed"]


async def test_it_ends_by_itself_with_the_day_that_was_chosen(dora: Dora) -> None:
    await dora.enter()
    await people.join(dora.rt)
    due = await people.one(dora.rt, "select min(due_at) from appointments where kind = 'check-in' and state = 'due'")
    first = local(due.astimezone(UTC), "America/New_York").date()  # type: ignore[attr-defined]
    await pause(dora, first + timedelta(days=1))
    await weeks(dora.rt, 1)
    assert await people.one(dora.rt, UNASKED) == 0
    await weeks(dora.rt, 1)
    assert await people.one(dora.rt, UNASKED) == 1


async def test_what_is_open_or_waits_gets_no_reminder_and_is_not_sent(
    dora: Dora, gateway: Gateway, twilio: respx.Route
) -> None:
    await dora.enter()
    await people.join(dora.rt)
    await people.move_to_due(dora.rt, "check-in")
    await clockwork.tick(dora.rt)
    await pause(dora)
    await outbox.deliver(dora.rt, gateway)
    assert not twilio.called
    waited = "select state, reason from outbox where origin = 'appointment'"
    assert await people.rows(dora.rt, waited) == [("dropped", "the program is paused")]
    await people.move_to_due(dora.rt, "reminder-1")
    await clockwork.tick(dora.rt)
    assert await people.one(dora.rt, UNASKED) == 1


@pytest.mark.parametrize(
    ("words", "said"), [("CHECKIN", "1"), ("HELP", "988"), ("STOP", "988"), ("I want to kill myself", "988")]
)
async def test_whatever_people_text_is_answered(dora: Dora, words: str, said: str) -> None:
    await dora.enter()
    await people.join(dora.rt)
    await pause(dora)
    assert said in " ".join(await people.text(dora.rt, words))


@pytest.mark.parametrize(("words", "said"), [("LATER", "can't ask again then"), ("LATER in 3 days", "We'll ask again")])
async def test_to_be_asked_again_is_promised_only_for_when_it_is_over(dora: Dora, words: str, said: str) -> None:
    await dora.enter()
    await people.join(dora.rt)
    await pause(dora, await today(dora.rt) + timedelta(days=2))
    await people.text(dora.rt, "CHECKIN")
    assert said in " ".join(await people.text(dora.rt, words))
    planned = "select count(*) from appointments where kind = 'snooze' and state = 'due'"
    assert await people.one(dora.rt, planned) == said.count("We'll")


def test_what_follows_from_what_somebody_said_is_not_held_back() -> None:
    """The question of the day after something hard, the end of a person's own rest, a question that was left."""
    assert appointments.HELD.isdisjoint({"follow-up", "resume", "timeout", "expiry"})


async def test_the_days_figure_says_why_and_nobody_is_singled_out(dora: Dora) -> None:
    await dora.enter()
    await crowd.join(dora.rt, crowd.numbers(10))
    await pause(dora)
    due = await people.move_to_due(dora.rt, "check-in")
    await people.text(dora.rt, "CHECKIN", number=crowd.numbers(1)[0])
    await clockwork.tick(dora.rt)
    await people.move_to(dora.rt, due + timedelta(hours=20))
    await daily_figures.count(dora.rt)
    async with dora.rt.begin() as (connection, _):
        (day,) = (await daily_figures.latest(connection, [dora.program]))[dora.program]
    assert day.check_ins == CheckIns(10, unsent="most", reasons=("paused",))


async def test_every_page_that_asks_says_so_and_a_pause_ends_with_a_day(dora: Dora) -> None:
    await dora.enter()
    await pause(dora)
    for page in ("/console/today", "/console/programs/tide", "/console/programs/tide/schedule", PAGE):
        assert "This program is paused until somebody ends the pause." in (await dora.web.get(page)).text, page
    for language, words in (("es", "Omitido: el programa está en pausa."), ("en", "Left out: the program is paused.")):
        page = await dora.web.get(f"/console/programs/tide/schedule?lang={language}")
        assert page.text.count(words) == 10
    assert "none: the program is paused" in (await dora.web.get("/console/today")).text
    form = {"proof": proof(await dora.web.get("/console/why")), "program": "tide", "number": people.ADA}
    why = await dora.web.post("/console/why", data={**form, "day": (await today(dora.rt)).isoformat()})
    assert "This program is paused" in why.text
    await resume(dora)
    assert "Check-ins come again from" in (await dora.web.get(PAGE)).text
    await people.move_to(dora.rt, await people.now(dora.rt) + timedelta(days=1))
    assert "This program is paused" not in (await dora.web.get("/console/today")).text


@pytest.mark.parametrize("days", [-1, 0, 400])
async def test_a_day_that_is_no_end_of_a_pause_is_refused(dora: Dora, days: int) -> None:
    await dora.enter()
    until = (await today(dora.rt) + timedelta(days=days)).isoformat()
    page = await dora.web.post(PAGE, data={"proof": proof(await dora.web.get(PAGE)), "until": until})
    assert (page.status_code, "can't be the first day after the pause" in unescape(page.text)) == (422, True)
    assert f'value="{until}"' in page.text
