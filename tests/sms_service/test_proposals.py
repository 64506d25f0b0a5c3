"""A number or a link that people of a live program are sent to holds once a second person confirmed it."""

from __future__ import annotations

import re

import httpx
import pytest

from sms_service import program_facts, programs
from sms_service.program_settings import ProgramSettings
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.desk import proof
from tests.sms_service.furnished import House, furnish

SETTINGS = "/console/programs/tide/settings"
WRONG, RIGHT = "900-555-0199", "757-555-0101"
SENT_TO = {"help_phone": RIGHT, "peer_line": "Colleagues 757-555-0102", "learn_url": "https://learn.example.org"}


@pytest.fixture
async def house(rt: Runtime) -> House:
    return await furnish(rt)


async def settings(rt: Runtime) -> ProgramSettings:
    async with rt.begin() as (connection, _):
        return (await programs.find(connection, "tide")).settings


async def save(web: httpx.AsyncClient, **fields: str) -> str:
    page = await web.get(SETTINGS)
    seen = re.findall(r'name="version" value="(\d+)"', page.text)[0]
    return (await web.post(SETTINGS, data={"proof": proof(page), "version": seen, **fields})).text


async def press(web: httpx.AsyncClient, button: str, number: int = 0) -> httpx.Response:
    page = await web.get(SETTINGS)
    value = re.findall(rf'name="{button}" value="([^"]+)"', page.text)[number]
    return await web.post(f"{SETTINGS}/proposed", data={"proof": proof(page), button: value})


async def log(rt: Runtime) -> list[tuple[object, ...]]:
    return await people.rows(rt, "select act, about from audit where act like 'change.%' order by n")


@pytest.mark.parametrize("field", SENT_TO)
async def test_what_one_coordinator_changes_is_sent_to_nobody_before_another_confirms_it(
    house: House, field: str
) -> None:
    async with house.browser("coordinator") as web, house.browser("administrator") as second:
        page = await save(web, **{field: SENT_TO[field]})
        assert "Waiting for a second person" in page
        assert 'name="confirm"' not in page
        assert getattr(await settings(house.rt), field) == ""
        assert (await press(second, "confirm")).headers["location"].endswith("?done=confirmed")
        assert getattr(await settings(house.rt), field) == SENT_TO[field]
        assert "Waiting for a second person" not in (await second.get(SETTINGS)).text
    assert await log(house.rt) == [("change.proposed", field), ("change.confirmed", field)]
    by = "select staff_id from program_versions order by version desc limit 1"
    assert await people.one(house.rt, by) == house.staff["administrator"]


async def test_nobody_confirms_what_they_proposed_and_no_reader_decides(house: House) -> None:
    async with house.browser("coordinator") as web, house.browser("auditor") as reader:
        await save(web, help_phone=WRONG)
        ((change,),) = await people.rows(house.rt, "select id from proposed_changes")
        for browser, status in ((web, 409), (reader, 403)):
            form = {"proof": house.proof(browser, SETTINGS), "confirm": str(change)}
            assert (await browser.post(f"{SETTINGS}/proposed", data=form)).status_code == status
        page = (await reader.get(SETTINGS)).text
        assert (WRONG in page, 'name="drop"' in page) == (True, False)
    assert (await settings(house.rt)).help_phone == ""


async def test_what_is_dropped_never_holds(house: House) -> None:
    async with house.browser("coordinator") as web, house.browser("administrator") as second:
        await save(web, help_phone=WRONG)
        old = re.findall(r'name="confirm" value="([^"]+)"', (await second.get(SETTINGS)).text)[0]
        assert (await press(web, "drop")).headers["location"].endswith("?done=dropped")
        form = {"proof": house.proof(second, SETTINGS), "confirm": old}
        assert (await second.post(f"{SETTINGS}/proposed", data=form)).status_code == 409
    assert (await settings(house.rt)).help_phone == ""
    assert await log(house.rt) == [("change.proposed", "help_phone"), ("change.dropped", "help_phone")]


async def test_what_was_seen_is_what_is_confirmed(house: House) -> None:
    """A number exchanged after somebody looked is not what they confirm."""
    async with house.browser("coordinator") as web, house.browser("administrator") as second:
        await save(web, help_phone=RIGHT)
        seen = re.findall(r'name="confirm" value="([^"]+)"', (await second.get(SETTINGS)).text)[0]
        await save(web, help_phone=WRONG)
        form = {"proof": house.proof(second, SETTINGS), "confirm": seen}
        assert (await second.post(f"{SETTINGS}/proposed", data=form)).status_code == 409
    assert (await settings(house.rt)).help_phone == ""


async def test_the_rest_is_saved_at_once_and_so_is_a_draft_and_what_is_taken_away(house: House) -> None:
    async with house.browser("coordinator") as web, house.browser("administrator") as second:
        page = await save(web, help_phone=RIGHT, client="student", keyword="JOIN, TIDE")
        assert "Saved" in page
        found = await settings(house.rt)
        assert (found.client, found.help_phone) == ("student", "")
        await press(second, "confirm")
        await save(web, help_phone="")
        assert (await settings(house.rt)).help_phone == ""
        await people.rows(house.rt, "update programs set state = 'draft' returning id")
        await save(web, help_phone=RIGHT)
        assert (await settings(house.rt)).help_phone == RIGHT
    assert await people.rows(house.rt, "select 1 from proposed_changes") == []


async def test_putting_a_version_back_is_no_way_round(house: House) -> None:
    async with house.browser("coordinator") as web, house.browser("administrator") as second:
        await save(web, help_phone=WRONG)
        await press(second, "confirm")
        await save(web, help_phone=RIGHT)
        await press(second, "confirm")
        page = await web.get("/console/programs/tide/versions")
        versions, seen = (re.findall(rf'name="{one}" value="(\d+)"', page.text) for one in ("put_back", "version"))
        form = {"proof": proof(page), "put_back": versions[0], "version": seen[0]}
        assert (await web.post("/console/programs/tide/versions", data=form)).status_code == 303
        assert (await settings(house.rt)).help_phone == RIGHT
        assert WRONG in (await second.get(SETTINGS)).text


async def test_texts_name_what_holds(house: House) -> None:
    async with house.browser("coordinator") as web:
        await save(web, help_phone=WRONG)
    async with house.rt.begin() as (connection, now):
        program = await programs.find(connection, "tide")
    assert program_facts.facts(program, "https://checkin.test", "America/New_York", now.date()).help_phone == ""
    assert WRONG not in "".join(await people.text(house.rt, "HELP", number=people.BEN))
