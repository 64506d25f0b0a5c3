"""Setting a program up in the console: a new one, its settings, its versions, and taking it live."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import httpx
import pytest
import respx
from fastapi import FastAPI
from sqlalchemy import event

from sms_service import console, daily_figures, outbox, programs
from sms_service.programs import Program
from sms_service.twilio.client import Gateway
from tests import people
from tests.sms_service.desk import Dora, dora, proof
from tests.sms_service.test_console_schedule import add_people
from tests.sms_service.test_going_live import twilio

__all__ = ["dora", "twilio"]

ROOT = "/console/programs/tide"
NEW = "/console/programs/new"
FIELDS = {
    "template": "weekly",
    "name": "Piedmont check-in",
    "short_name": "Piedmont",
    "slug": "piedmont",
    "operator": "Piedmont University",
    "number": "+1 757 555 0155",
    "opt_out_mode": "twilio",
    "keyword": "Join, UNIRME",
    "group": "outpatient/consulta\ncrisis/crisis",
    "client": "patient",
    "zone": "America/Chicago",
    "help_phone": "757-555-0101",
}


async def post(dora: Dora, path: str, shown: str = "", **fields: str) -> httpx.Response:
    page = await dora.web.get(shown or path)
    return await dora.web.post(path, data={"proof": proof(page), **fields})


@asynccontextmanager
async def under(dora: Dora, **settings: str) -> AsyncIterator[Dora]:
    """The same desk in a deployment with other settings."""
    rt = replace(dora.rt, settings=dora.rt.settings.model_copy(update=settings))
    app = FastAPI()
    app.include_router(console.routes(rt))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=rt.settings.public_url, cookies=dora.web.cookies) as web:
        yield replace(dora, rt=rt, web=web)


async def program(dora: Dora, slug: str = "tide") -> Program:
    async with dora.rt.begin() as (connection, _):
        return await programs.find(connection, slug)


async def save(dora: Dora, **fields: str) -> httpx.Response:
    return await post(dora, f"{ROOT}/settings", version=str((await program(dora)).version), **fields)


def faults(page: httpx.Response) -> set[str]:
    """Return the fields at fault: each has its words beside it, a link from the summary, and is marked."""
    beside = set(re.findall(r'class="fault" id="(\w+)-fault"', page.text))
    assert beside == set(re.findall(r'<li><a href="#(\w+)">', page.text))
    for field in beside:
        assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', page.text), field
    return beside


async def test_each_template_is_offered_with_when_to_choose_it(dora: Dora) -> None:
    await dora.enter("administrator")
    for lang, words in (("en", "Choose it for a whole agency"), ("es", "Elígela para toda una entidad")):
        page = (await dora.web.get(NEW, params={"lang": lang})).text
        assert words in page
        assert re.findall(r"\?template=([a-z-]+)", page)[0] == "weekly"
    form = await dora.web.get(NEW, params={"template": "monthly-light"})
    assert "outpatient/consulta\ncrisis/crisis\nother/otro</textarea>" in form.text
    assert faults(form) == set()


async def test_a_new_program_is_a_draft_and_whoever_made_it_administers_it(dora: Dora) -> None:
    await dora.enter("administrator")
    page = await post(dora, NEW, f"{NEW}?template=weekly", **FIELDS)
    assert (page.status_code, page.headers["location"]) == (303, "/console/programs/piedmont/go-live")
    made = await program(dora, "piedmont")
    assert (made.state, made.sender, made.opt_out_mode) == ("draft", "+17575550155", "twilio")
    assert made.keywords == ("JOIN", "UNIRME")
    assert [labels["es"] for _, labels in made.groups.values()] == ["consulta", "crisis"]
    assert (made.settings.client, made.settings.zone, made.settings.day) == ("patient", "America/Chicago", 3)
    assert "items are still to be done" in (await dora.web.get(page.headers["location"])).text
    assert await dora.rows("select act, about from audit where act <> 'signed.in'") == [("program.added", "")]
    assert await dora.rows("select count(*) from staff_roles where role = 'administrator'") == [(2,)]


async def test_every_fault_of_a_new_program_is_named_at_its_field(dora: Dora) -> None:
    await dora.enter("administrator")
    wrong = {
        **FIELDS,
        "name": "",
        "short_name": "far too long a name",
        "slug": "new",
        "operator": " ",
        "number": "+18005550100",
        "keyword": "STOP",
        "group": "outpatient",
        "client": "customer",
        "zone": "Mars/Olympus",
    }
    page = await post(dora, NEW, f"{NEW}?template=weekly", **wrong)
    assert page.status_code == 422
    assert faults(page) == {"name", "short_name", "slug", "operator", "number", "keyword", "group", "client", "zone"}
    assert "toll-free" in page.text
    assert 'value="far too long a name"' in page.text
    assert await dora.rows("select count(*) from programs") == [(1,)]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"slug": "tide"}, "slug"),
        ({"number": people.SENDER}, "keyword"),
        ({"group": "\n".join(f"g{n}/g{n}" for n in range(10))}, "group"),
        ({"group": "a department/un departamento"}, "group"),
        ({"keyword": ""}, "keyword"),
        ({"keyword": "M" * 11}, "keyword"),
        ({"name": "M" * 61}, "name"),
        ({"operator": "M" * 81}, "operator"),
        ({"help_phone": "the front desk at 757-555-0101"}, "help_phone"),
        ({"group": "\n".join(f"longername{n}/x" for n in range(6))}, "group"),
    ],
)
async def test_what_another_program_has_or_a_text_cannot_hold_is_refused(
    dora: Dora, changed: dict[str, str], field: str
) -> None:
    await dora.enter("administrator")
    page = await post(dora, NEW, f"{NEW}?template=weekly", **{**FIELDS, **changed})
    assert (page.status_code, faults(page), "%(" in page.text) == (422, {field}, False)


async def test_settings_are_saved_with_what_changed(dora: Dora) -> None:
    await dora.enter()
    await dora.rows("update programs set state = 'draft'")
    page = await save(
        dora,
        operator="Tidewater University",
        floor="15",
        review="lead",
        promise_hours="6",
        keyword="JOIN, UNIRME, ENTRAR",
        group="outpatient/consulta\ncrisis/crisis\nother/otro\nschool/escuela",
        client="student",
    )
    assert page.status_code == 200
    assert "Who runs it: Tidewater University, was Tidewater Care" in page.text
    assert "Keywords: ENTRAR, JOIN, UNIRME, was JOIN, UNIRME" in page.text
    found = await program(dora)
    assert (found.settings.floor, found.settings.review, found.settings.promise_hours) == (15, "lead", 6)
    assert found.keywords == ("ENTRAR", "JOIN", "UNIRME")
    assert found.groups[4][1] == {"en": "school", "es": "escuela"}
    assert (found.settings.day, found.settings.time) == (3, "12:15")
    again = await save(dora, client="student")
    assert "nothing changed" in again.text
    assert await dora.rows("select act, about from audit where act <> 'signed.in' order by n") == [
        ("settings.changed", ""),
        ("keyword.added", "ENTRAR"),
        ("groups.changed", "4"),
    ]
    await save(dora, keyword="JOIN, ENTRAR")
    assert await dora.rows("select act, about from audit order by n desc limit 1") == [("keyword.removed", "UNIRME")]
    assert "Keywords: ENTRAR, JOIN, was ENTRAR, JOIN, UNIRME." in (await dora.web.get(f"{ROOT}/versions")).text
    page = await dora.web.get(f"{ROOT}/versions")
    seen = re.findall(r'name="version" value="(\d+)"', page.text)[0]
    await post(dora, f"{ROOT}/versions", put_back="1", version=seen)
    assert (await program(dora)).keywords == ("JOIN", "UNIRME")
    assert await dora.rows("select act, about from audit order by n desc limit 4") == [
        ("groups.changed", "3"),
        ("keyword.removed", "ENTRAR"),
        ("keyword.added", "UNIRME"),
        ("program.put-back", "1"),
    ]


async def test_every_fault_of_the_settings_is_named_at_its_field(dora: Dora) -> None:
    await dora.enter()
    page = await save(
        dora,
        operator="",
        short_name="",
        floor="7",
        promise_hours="99",
        keyword="HELP",
        group="x",
        learn_url="training",
        peer_line="é" * 50,
        client="customer",
    )
    assert page.status_code == 422
    wanted = {"operator", "short_name", "promise_hours", "keyword", "group", "learn_url", "peer_line", "client"}
    assert faults(page) == wanted
    assert (await program(dora)).version == 1


@pytest.mark.parametrize(("floor", "status"), [("4", 422), ("7", 422), ("ten", 422), ("5", 200), ("20", 200)])
async def test_the_least_number_goes_in_steps_and_never_below_five(dora: Dora, floor: str, status: int) -> None:
    await dora.enter()
    await dora.rows("update programs set state = 'draft'")
    page = await save(dora, floor=floor)
    assert page.status_code == status
    assert faults(page) == ({"floor"} if status == 422 else set())


async def test_the_least_number_of_a_live_program_only_rises(dora: Dora) -> None:
    """People said yes to it, and leadership has signed it."""
    await dora.enter()
    page = await save(dora, floor="5")
    assert (page.status_code, faults(page)) == (422, {"floor"})
    assert "it may only rise from 10" in page.text
    assert (await save(dora, floor="15")).status_code == 200


async def test_groups_of_a_live_program_stay_and_those_of_a_draft_do_not(dora: Dora) -> None:
    await dora.enter()
    assert faults(await save(dora, group="outpatient/consulta\ncrisis/crisis")) == {"group"}
    assert faults(await save(dora, group="clinic/consulta\ncrisis/crisis\nother/otro")) == {"group"}
    await dora.rows("update programs set state = 'draft'")
    assert (await save(dora, group="clinic/consulta")).status_code == 200
    assert [labels["en"] for _, labels in (await program(dora)).groups.values()] == ["clinic"]


async def test_another_programs_keyword_on_the_number_is_refused(dora: Dora) -> None:
    await people.second_program(dora.rt)
    await dora.enter()
    page = await save(dora, keyword="JOIN, NORTH", client="student")
    assert (page.status_code, faults(page)) == (422, {"keyword"})
    assert (await program(dora)).settings.client == "client"


async def test_settings_are_not_written_over_somebody_elses(dora: Dora) -> None:
    await dora.enter()
    await save(dora, operator="One")
    page = await post(dora, f"{ROOT}/settings", version="1", operator="Two", keyword="ENTRAR")
    assert page.status_code == 409
    assert "somebody else changed the program first" in page.text
    assert 'value="Two"' in page.text
    found = await program(dora)
    assert (found.settings.operator, found.keywords) == ("One", ("JOIN", "UNIRME"))
    assert (await post(dora, f"{ROOT}/settings", version="1", keyword="ENTRAR")).status_code == 409


async def test_a_version_of_the_conversations_is_held_to_unless_few_are_in(dora: Dora) -> None:
    await dora.enter()
    ((digest,),) = await dora.rows("select digest from current_flows")
    assert faults(await save(dora, flow="made-up")) == {"flow"}
    await people.counted(dora.rt, 15)
    assert (await save(dora, flow=str(digest))).status_code == 200
    assert (await program(dora)).settings.flow == digest
    await people.counted(dora.rt, 10)
    page = await save(dora, flow="")
    assert page.status_code == 422
    assert "Until 15 or more people are enrolled" in page.text
    await people.counted(dora.rt, 15)
    assert (await save(dora, flow="")).status_code == 200


async def test_an_auditor_reads_the_settings_and_finds_no_button(dora: Dora) -> None:
    await dora.enter("auditor")
    for path in ("settings", "schedule", "versions", "go-live"):
        page = await dora.web.get(f"{ROOT}/{path}")
        assert page.status_code == 200
        assert 'class="main"' not in page.text


async def test_undo_is_offered_for_the_last_change_only_and_not_for_somebody_elses(dora: Dora) -> None:
    await dora.enter()
    saved = await post(dora, f"{ROOT}/schedule", version="1", time="09:00")
    assert "Undo the last change" in saved.text
    late = await post(dora, f"{ROOT}/schedule", version="1", time="10:00")
    assert (late.status_code, "Undo the last change" in late.text) == (409, False)
    await save(dora, keyword="JOIN, ENTRAR")
    assert 'value="2">Undo the last change' in (await dora.web.get(f"{ROOT}/schedule")).text, "that of the words"
    assert (await post(dora, f"{ROOT}/versions", version="2", put_back="1")).status_code == 409
    assert (await program(dora)).settings.time == "09:00"
    await post(dora, f"{ROOT}/versions", version="3", put_back="2")
    found = await program(dora)
    assert (found.settings.time, found.keywords) == ("09:00", ("JOIN", "UNIRME"))
    await post(dora, f"{ROOT}/identity", version="4", name="Riverside check-in")
    assert "Undo the last change" not in (await dora.web.get(f"{ROOT}/schedule")).text, "the name was changed since"


async def test_the_settings_do_not_count_what_is_open(dora: Dora) -> None:
    await dora.enter()
    seen: list[str] = []
    listen = partial(_note_statement, seen)
    event.listen(dora.rt.engine.sync_engine, "before_cursor_execute", listen)
    assert (await dora.web.get(f"{ROOT}/settings")).status_code == 200
    event.remove(dora.rt.engine.sync_engine, "before_cursor_execute", listen)
    assert len(seen) > 1
    assert [one for one in seen if "conversations" in one] == []


def _note_statement(seen: list[str], *call: object) -> None:
    seen.append(str(call[2]))


async def test_the_last_change_is_undone_by_the_same_rules(dora: Dora) -> None:
    await dora.enter()
    page = await post(dora, f"{ROOT}/schedule", version="1", time="09:00")
    assert "Undo the last change" in page.text
    back = await post(dora, f"{ROOT}/versions", version="2", put_back="1")
    assert back.status_code == 303
    assert (await program(dora)).settings.time == "12:15"
    listed = (await dora.web.get(f"{ROOT}/versions")).text
    assert "Hour: 12:15 PM, was 9:00 AM" in listed
    assert listed.count("Dora &lt;b&gt;Diaz&lt;/b&gt;") >= 2
    for late in ({"version": "1"}, {"version": "x"}, {}):
        assert (await post(dora, f"{ROOT}/versions", put_back="2", **late)).status_code == 409
    assert (await post(dora, f"{ROOT}/versions", version="2", put_back="3")).status_code == 409, "even for the same"
    for wrong in ("99", "", "-1", "9" * 30):
        assert (await post(dora, f"{ROOT}/versions", version="3", put_back=wrong)).status_code == 422
    await add_people(dora, {"active": 3})
    await dora.rows('update programs set settings = settings || \'{"quiet_start": "20:00"}\'')
    refused = await post(dora, f"{ROOT}/versions", version="3", put_back="2")
    assert refused.status_code == 422
    assert "Until 15 or more people are enrolled" in refused.text


async def test_a_week_is_told_for_each_person_and_for_all_only_where_they_may_be_counted(dora: Dora) -> None:
    await dora.enter()
    page = (await dora.web.get(f"{ROOT}/schedule")).text
    assert "about 3 messages a week if silent, 11 if they answer" in page
    assert "or more who are enrolled" not in page
    assert "USD" not in page
    twice = (await dora.web.get(f"{ROOT}/schedule", params={"also_days": "Mon", "remind_2": ""})).text
    assert "about 4 messages a week if silent, 22 if they answer" in twice
    monthly = (await dora.web.get(f"{ROOT}/schedule", params={"month_week": "2"})).text
    assert "about 0.7 messages a week if silent, 2.5 if they answer" in monthly


async def test_the_cost_is_told_by_the_price_of_the_deployment(dora: Dora) -> None:
    await dora.enter()
    await add_people(dora, {"active": 17})
    async with under(dora, segment_price="0.0083 USD") as desk:
        before = (await desk.web.get(f"{ROOT}/schedule")).text
        assert "100 people would cost about 2.49 USD to 9.13 USD a week." in before
        await daily_figures.count(desk.rt)
        page = (await desk.web.get(f"{ROOT}/schedule")).text
    assert "For the 15 or more who are enrolled: about 45 to 170 segments a week." in page
    assert "That costs about 0.37 USD to 1.37 USD a week." in page


async def test_what_may_be_confirmed_is_confirmed_and_taken_back(dora: Dora) -> None:
    await dora.enter()
    await dora.rows("update programs set state = 'draft'")
    page = f"{ROOT}/go-live"
    assert "items are still to be done" in (await dora.web.get(page)).text
    assert (await post(dora, page, confirm="counsel")).headers["location"] == f"{page}#counsel"
    shown = (await dora.web.get(page)).text
    assert "Confirmed by Dora &lt;b&gt;Diaz&lt;/b&gt;, " in shown
    await post(dora, page, take_back="counsel")
    assert "Confirmed by" not in (await dora.web.get(page)).text
    for wrong in ("fallback", "", "leads"):
        assert (await post(dora, page, confirm=wrong)).status_code == 422
    assert await dora.rows("select act, about from audit where act <> 'signed.in' order by n") == [
        ("go-live.confirmed", "counsel"),
        ("go-live.taken-back", "counsel"),
    ]


async def test_a_draft_goes_live_from_the_page_when_all_is_green_and_not_before(
    dora: Dora, gateway: Gateway, twilio: respx.Route
) -> None:
    await dora.enter("administrator")
    await people.verify_places(dora.rt)
    await dora.rows("update programs set state = 'draft'")
    async with under(dora, fallback_url="https://elsewhere.test/sms") as desk:
        await go_live_step_by_step(desk, gateway, twilio)


async def go_live_step_by_step(dora: Dora, gateway: Gateway, twilio: respx.Route) -> None:
    page = f"{ROOT}/go-live"
    refused = await post(dora, f"{page}/begin", page)
    assert refused.status_code == 409
    assert "cannot go live yet" in refused.text
    for item in ("carrier", "counsel", "stop", "drill"):
        await post(dora, page, confirm=item)
    wrong = await post(dora, f"{page}/test-text", page, phone="call me")
    assert (wrong.status_code, "is not a phone number" in wrong.text) == (422, True)
    assert (await post(dora, f"{page}/test-text", page, phone=people.ADA)).status_code == 303
    assert people.ADA not in (await dora.web.get(page)).text
    await outbox.deliver(dora.rt, gateway)
    assert (await post(dora, f"{page}/test-text", page, code="12 34")).status_code == 422
    sent = httpx.QueryParams(twilio.calls.last.request.content.decode())["Body"]
    assert (await post(dora, f"{page}/test-text", page, code=re.findall(r"\d{6}", sent)[0])).status_code == 303
    assert "Everything is green" in (await dora.web.get(page)).text
    assert (await post(dora, f"{page}/begin", page)).status_code == 303
    assert (await program(dora)).state == "live"
    assert "This program is live" in (await dora.web.get(page)).text
    acts = [act for (act,) in await dora.rows("select act from audit where act <> 'signed.in' order by n")]
    assert acts[-3:] == ["test-text.sent", "test-phone.confirmed", "program.live"]


async def test_the_first_program_of_a_deployment_is_made_here(dora: Dora) -> None:
    await dora.rows("delete from program_keywords")
    await dora.rows("delete from reporting_groups")
    await dora.rows("delete from program_versions")
    await dora.rows("delete from programs")
    await dora.hire("")
    await dora.sign_in()
    assert (await dora.web.get("/console")).headers["location"] == "/console/programs"
    assert "Whoever runs the service can give you one" in (await dora.web.get("/console/programs")).text
    assert (await dora.web.get(NEW)).status_code == 403
    await dora.rows("update staff set may_begin = true")
    page = (await dora.web.get("/console/programs")).text
    assert "You have no program yet" in page
    assert 'href="/console/programs/new"' in page
    for other in ("today", "people", "staff", "audit", "flows"):
        assert (await dora.web.get(f"/console/{other}")).status_code == 403, other
    made = await post(dora, NEW, f"{NEW}?template=weekly", **FIELDS)
    assert made.headers["location"] == "/console/programs/piedmont/go-live"
    assert (await dora.web.get("/console/staff")).status_code == 200
    assert await dora.rows("select may_begin from staff") == [(False,)]
    assert (await post(dora, "/console/programs/piedmont/remove", slug="piedmont")).status_code == 303
    assert (await dora.web.get(NEW)).status_code == 200  # whoever removed their only draft begins anew


async def test_whose_role_was_taken_away_begins_nothing(dora: Dora) -> None:
    await dora.enter("administrator")
    await dora.rows("delete from staff_roles")
    assert (await dora.web.get(NEW)).status_code == 403
