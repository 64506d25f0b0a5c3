"""The pages of the support leads: what they see, what each showing leaves behind, and that nobody else gets in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from flows import Erase, Escalate, Withdraw
from sms_service import console, daily_figures
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service import roster
from tests.sms_service.desk import Dora, proof
from tests.sms_service.roster import ANA, ANAS, SAM, SAMS, TUESDAY, happen

READ = "select s.email, count(*) from readings r join staff s on s.id = r.staff_id group by 1 order by 1"
NUMBER = "(757) 555-0111"


def browser(rt: Runtime) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(console.routes(rt))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=rt.settings.public_url)


@pytest.fixture
async def leads(rt: Runtime) -> AsyncIterator[tuple[Dora, Dora]]:
    """Sam and Ana, signed in; Ada was promised a call on a Tuesday morning."""
    program = await people.program(rt, review="lead")
    hired = [await roster.hire(rt, program, email, number) for email, number in ((SAM, SAMS), (ANA, ANAS))]
    await people.move_to(rt, TUESDAY)
    await people.join(rt)
    await happen(rt, Escalate("chosen"))
    async with browser(rt) as one, browser(rt) as two:
        both = Dora(rt, one, program, hired[0].totp_secret), Dora(rt, two, program, hired[1].totp_secret)
        for lead, email in zip(both, (SAM, ANA), strict=True):
            assert (await lead.sign_in(email=email)).status_code == 303
        yield both


async def address(lead: Dora) -> str:
    ((call,),) = await lead.rows("select id from follow_ups")
    return f"/console/calls/{call}"


async def take(lead: Dora) -> httpx.Response:
    path = await address(lead)
    page = await lead.web.get("/console/calls")
    return await lead.web.post(f"{path}/take", data={"proof": proof(page)})


async def close(lead: Dora, outcome: str) -> httpx.Response:
    path = await address(lead)
    page = await lead.web.get("/console/calls")
    return await lead.web.post(f"{path}/close", data={"proof": proof(page), "outcome": outcome})


async def test_the_list_tells_times_and_nothing_else(leads: tuple[Dora, Dora]) -> None:
    page = (await leads[0].web.get("/console", follow_redirects=True)).text
    assert "One call waits for somebody to take it." in page
    assert "by Tue 1 Dec, 2:00 PM" in page
    assert "Tue 1 Dec, 10:00 AM" in page
    assert "Nobody's yet" in page
    for word in ("555-01", "Ada", "chosen", "risk", "Programs"):
        assert word not in page
    assert "Late" not in page
    await people.move_to(leads[0].rt, TUESDAY + timedelta(hours=5))
    assert "Late" in (await leads[0].web.get("/console/calls")).text


async def test_taking_it_shows_the_number_the_guide_and_who_they_are_not(leads: tuple[Dora, Dora]) -> None:
    sam, ana = leads
    path = await address(sam)
    before = (await sam.web.get(path)).text
    assert "Take it" in before
    assert "If they are in danger" in before
    assert NUMBER not in before
    assert (await take(sam)).headers["location"] == path
    page = (await sam.web.get(path)).text
    assert f'<a class="button main" href="tel:{people.ADA}">Call {NUMBER}</a>' in page
    for words in ("not their supervisor", "988", "911", "may not promise", "Nothing. Afterwards", "English"):
        assert words in page
    assert "Their time now</dt><dd>10:0" in page
    other = await ana.web.get(path)
    assert "Another support lead has taken this call" in other.text
    assert NUMBER not in other.text
    assert "Another lead's" in (await ana.web.get("/console/calls")).text
    assert "One is yours." in (await sam.web.get("/console/calls")).text


async def test_each_showing_of_a_number_is_written_down(leads: tuple[Dora, Dora]) -> None:
    sam, ana = leads
    path = await address(sam)
    await sam.web.get(path)
    assert await sam.rows(READ) == []
    await take(sam)
    for _ in range(3):
        await sam.web.get(path)
    await ana.web.get(path)
    assert await sam.rows(READ) == [(SAM, 3)]
    assert (await close(sam, "")).status_code == 422  # the page that says what is missing shows it again
    assert await sam.rows(READ) == [(SAM, 4)]


async def test_two_leads_at_once_and_one_takes_it(leads: tuple[Dora, Dora]) -> None:
    answers = await asyncio.gather(*(take(lead) for lead in leads))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    (lost,) = [answer for answer in answers if answer.status_code == 409]
    assert "Another support lead has taken this call" in lost.text
    assert NUMBER not in lost.text


async def test_a_call_is_closed_with_one_of_five_answers(leads: tuple[Dora, Dora]) -> None:
    sam, ana = leads
    assert (await close(sam, "talked")).status_code == 409
    await take(sam)
    assert (await close(ana, "talked")).status_code == 409
    for outcome in ("", "she cried a lot"):
        answer = await close(sam, outcome)
        assert answer.status_code == 422
        assert "Choose how the call went" in answer.text
    assert (await close(sam, "voicemail")).headers["location"] == "/console/calls"
    assert "Nobody waits for a call." in (await sam.web.get("/console/calls")).text
    closed = (await sam.web.get(await address(sam))).text
    assert "This call is closed." in closed
    assert NUMBER not in closed


async def test_a_call_handed_on_while_they_were_at_it_can_still_be_closed(leads: tuple[Dora, Dora]) -> None:
    sam, _ = leads
    await take(sam)
    await sam.rows("update follow_ups set state = 'open'")
    page = (await sam.web.get(await address(sam))).text
    assert "it was handed on" in page
    assert NUMBER not in page
    assert (await close(sam, "talked")).status_code == 303


@pytest.mark.parametrize(
    ("taken", "effect", "said"),
    [
        (False, Withdraw(), "not wanted any more. Call nobody."),
        (True, Withdraw(), "not wanted any more. Call nobody."),
        (True, Erase(everything=True), "not wanted any more. Call nobody."),
    ],
)
async def test_a_call_nobody_wants_any_more_says_so(
    leads: tuple[Dora, Dora], taken: bool, effect: Withdraw | Erase, said: str
) -> None:
    if taken:
        await take(leads[0])
    await happen(leads[0].rt, effect)
    page = (await leads[0].web.get(await address(leads[0]))).text
    assert said in page
    assert "tel:+" not in page
    assert "Take it" not in page


async def test_who_texts_in_spanish_is_greeted_in_spanish(leads: tuple[Dora, Dora]) -> None:
    await people.text(leads[0].rt, "ESPAÑOL")
    await take(leads[0])
    page = (await leads[0].web.get(await address(leads[0]))).text
    assert "Spanish" in page
    assert 'lang="es">Hola, soy Sam.' in page


@pytest.mark.parametrize("role", ["administrator", "coordinator", "auditor", ""])
async def test_nobody_else_finds_a_call(leads: tuple[Dora, Dora], role: str) -> None:
    path = await address(leads[0])
    async with browser(leads[0].rt) as web:
        dora = Dora(leads[0].rt, web, leads[0].program)
        await dora.enter(role)
        page = await dora.web.get("/console/programs")
        assert "Calls" not in page.text
        form = {"proof": proof(page), "outcome": "talked"}
        refused = (await dora.web.get(f"/console/calls/{uuid4()}")).text
        for answer in (
            await dora.web.get("/console/calls"),
            await dora.web.get(path),
            await dora.web.post(f"{path}/take", data=form),
            await dora.web.post(f"{path}/close", data=form),
        ):
            assert (answer.status_code, answer.text) == (403, refused)
    assert await leads[0].rows("select state from follow_ups") == [("open",)]


async def test_a_lead_of_another_program_finds_nothing_of_this_one(leads: tuple[Dora, Dora], rt: Runtime) -> None:
    north = await people.second_program(rt)
    made = await roster.hire(rt, north, "kim@checkin.test", "+17575550179")
    async with browser(rt) as web:
        kim = Dora(rt, web, north, made.totp_secret)
        await kim.sign_in(email="kim@checkin.test")
        assert "Nobody waits for a call." in (await kim.web.get("/console/calls")).text
        for path in (await address(kim), "/console/calls/nonsense"):
            assert (await kim.web.get(path)).status_code == 404
        assert (await take(kim)).status_code == 404


@pytest.mark.parametrize("what", ["take", "close"])
async def test_a_form_without_the_proof_does_nothing(leads: tuple[Dora, Dora], what: str) -> None:
    path = await address(leads[0])
    for given in ("", "0" * 64):
        assert (await leads[0].web.post(f"{path}/{what}", data={"proof": given})).status_code == 403
    assert await leads[0].rows("select state from follow_ups") == [("open",)]


@pytest.mark.parametrize("role", ["administrator", "coordinator", "auditor"])
async def test_a_program_page_says_whether_calls_are_in_time_and_no_more(leads: tuple[Dora, Dora], role: str) -> None:
    async with browser(leads[0].rt) as web:
        dora = Dora(leads[0].rt, web, leads[0].program)
        await dora.enter(role)
        in_time = (await dora.web.get("/console/programs/tide")).text
        assert ("Inside the promised time, as last counted" in in_time) is (role != "auditor")
        await happen(leads[0].rt, Withdraw())
        assert (await dora.web.get("/console/programs/tide")).text == in_time
        await happen(leads[0].rt, Escalate("asked"))
        await people.move_to(leads[0].rt, TUESDAY + timedelta(hours=5))
        await daily_figures.count(leads[0].rt)
        assert (await dora.web.get("/console/programs/tide")).text == in_time.replace(
            "not counted yet", "fewer than 10"
        )
        async with leads[0].rt.begin() as (connection, now):
            day = daily_figures.Day(
                now.date(), now, daily_figures.People(10, 15), daily_figures.CheckIns(late_call=True)
            )
            await daily_figures.keep(connection, leads[0].program, day, now)
        late = (await dora.web.get("/console/programs/tide")).text
        assert ("On the last day that was counted a call was late" in late) is (role != "auditor")
        if role == "auditor":
            assert "Call" not in late


async def test_a_program_where_nobody_calls_says_nothing_of_calls(rt: Runtime) -> None:
    program = await people.program(rt)
    async with browser(rt) as web:
        dora = Dora(rt, web, program)
        await dora.enter()
        assert "Calls" not in (await dora.web.get("/console/programs/tide")).text
