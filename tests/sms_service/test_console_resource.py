"""Recording in the console how trying a place to turn went, and adding and taking off one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest

from sms_service import resources
from sms_service.resources import Resource
from tests import people
from tests.sms_service.desk import Dora, dora, proof

__all__ = ["dora"]

PAGE = "/console/resources"
SURE = {"sure": "remove"}
OWN = {
    "id": "staff-peer-line",
    "need": "peers",
    "name_en": "Staff <b>peer</b> line",
    "name_es": "Línea de colegas",
    "about_en": "Colleagues who listen.",
    "about_es": "Colegas que escuchan.",
    "call": "(757) 555-0142",
    "for_clinicians": "yes",
    "region": "us-va",
    "source": "its own page",
    "always": "yes",
}


async def post(dora: Dora, path: str, fields: Mapping[str, str]) -> httpx.Response:
    form = {"proof": proof(await dora.web.get(PAGE)), **fields}
    return await dora.web.post(PAGE + path, data=form)


async def known(dora: Dora, identity: str) -> Resource | None:
    async with dora.rt.begin() as (connection, _):
        return next((one for one in await resources.load(connection) if one.id == identity), None)


async def acts(dora: Dora) -> list[tuple[object, ...]]:
    return await dora.rows("select act, about from audit where act like 'resource.%' order by n")


def today(dora: Dora, days: int = 0) -> str:
    return str((dora.rt.real() + timedelta(days=days)).date())


async def somebody_else(dora: Dora, role: str = "coordinator") -> None:
    """Have another member of staff sit down at the browser."""
    await dora.hire(role, email="eve@checkin.test")
    assert (await dora.sign_in(email="eve@checkin.test")).status_code == 303


async def test_a_check_is_recorded_with_who_and_when(dora: Dora) -> None:
    await dora.enter("administrator")
    given = {"works": "yes", "by": "Eve <i>Ellis</i>", "on": today(dora, -1), "note": "asked for an extension"}
    done = await post(dora, "/norfolk-csb", given)
    assert done.status_code == 303
    page = (await dora.web.get(done.headers["location"])).text
    assert "Recorded: it works" in page
    assert "Eve &lt;i&gt;Ellis&lt;/i&gt;" in page
    found = await known(dora, "norfolk-csb")
    assert found is not None
    assert (found.shown, str(found.verified_on), found.note) == (True, given["on"], given["note"])
    assert await acts(dora) == [("resource.checked", "norfolk-csb")]


async def test_what_does_not_work_is_hidden(dora: Dora) -> None:
    await dora.enter("administrator")
    await post(dora, "/nami-helpline", {"works": "no", "by": "Eve", "on": today(dora)})
    found = await known(dora, "nami-helpline")
    assert found is not None
    assert not found.shown
    assert "Broken, not shown" in (await dora.web.get(PAGE + "/nami-helpline")).text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"works": ""}, "works"),
        ({"by": " "}, "by"),
        ({"on": "2026-02-30"}, "on"),
        ({"on": ""}, "on"),
        ({"note": "x" * 301}, "note"),
    ],
)
async def test_a_check_that_says_too_little_is_refused_at_its_field(
    dora: Dora, change: dict[str, str], field: str
) -> None:
    await dora.enter("administrator")
    page = await post(dora, "/988", {"works": "yes", "by": "Eve", "on": today(dora), **change})
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert await dora.rows("select 1 from resource_checks") == []


async def test_a_day_to_come_is_no_check(dora: Dora) -> None:
    await dora.enter("administrator")
    assert (await post(dora, "/988", {"works": "yes", "by": "Eve", "on": today(dora, 2)})).status_code == 422


async def test_one_of_our_own_is_hidden_until_it_was_tried_and_can_be_taken_off(dora: Dora) -> None:
    await dora.enter()
    done = await post(dora, "/new", OWN)
    assert done.status_code == 303
    page = (await dora.web.get(done.headers["location"])).text
    assert "hidden until somebody tried it" in page
    assert "Staff &lt;b&gt;peer&lt;/b&gt; line" in page
    found = await known(dora, OWN["id"])
    assert found is not None
    assert (found.shown, found.ways[0].to, found.region) == (False, "+17575550142", "us-va")
    await somebody_else(dora)
    await post(dora, f"/{OWN['id']}", {"works": "yes", "by": "Eve", "on": today(dora)})
    found = await known(dora, OWN["id"])
    assert found is not None
    assert found.shown
    unsure = await post(dora, f"/{OWN['id']}/remove", {})
    assert (unsure.status_code, "the word is remove" in unsure.text) == (422, True)
    assert await known(dora, OWN["id"]) is not None
    assert (await post(dora, f"/{OWN['id']}/remove", SURE)).status_code == 303
    assert await known(dora, OWN["id"]) is None
    assert [act for act, _ in await acts(dora)] == ["resource.added", "resource.checked", "resource.removed"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "Not An Id"}, "id"),
        ({"id": "988"}, "id"),
        ({"id": "help"}, "id"),
        ({"need": "joy"}, "need"),
        ({"name_es": ""}, "name_es"),
        ({"about_en": "x" * 301}, "about_en"),
        ({"call": "not a number"}, "call"),
        ({"call": ""}, "call"),
        ({"call": "", "text": "12"}, "text"),
        ({"url": "http://example.org"}, "url"),
        ({"url": "https://example.org/\"onclick='x"}, "url"),
        ({"for_clinicians": ""}, "audience"),
        ({"region": "fr-paris"}, "region"),
        ({"source": ""}, "source"),
    ],
)
async def test_what_cannot_be_added_is_refused_at_its_field(dora: Dora, change: dict[str, str], field: str) -> None:
    await dora.enter()
    page = await post(dora, "/new", {**OWN, **change})
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert await dora.rows("select 1 from own_resources") == []


async def test_what_is_not_ours_is_not_taken_off_and_what_is_not_there_is_missing(dora: Dora) -> None:
    await dora.enter("administrator")
    assert (await post(dora, "/988/remove", {})).status_code == 404
    assert (await dora.web.get(PAGE + "/nothing")).status_code == 404


@pytest.mark.parametrize("role", ["auditor", "support_lead"])
async def test_others_read_the_list_and_change_nothing(dora: Dora, role: str) -> None:
    await dora.enter(role)
    assert "Record how it went" not in (await dora.web.get(PAGE)).text
    assert (await dora.web.get(PAGE + "/988")).status_code == 403


OURS = {"works": "yes", "by": "Eve"}


@pytest.mark.parametrize("works", ["yes", "no"])
async def test_what_all_programs_share_is_for_an_administrator_to_change(dora: Dora, works: str) -> None:
    await dora.enter()
    for identity in ("988", "nami-helpline", "norfolk-csb"):
        answer = await post(dora, f"/{identity}", {**OURS, "works": works, "on": today(dora)})
        assert answer.status_code == 403
        assert "Ask an administrator" in (await dora.web.get(f"{PAGE}/{identity}")).text
    assert await dora.rows("select 1 from resource_checks") == []


async def test_what_another_program_added_is_not_ones_own(dora: Dora) -> None:
    await dora.enter()
    await post(dora, "/new", OWN)
    await dora.rows("update own_resources set program_id = null")
    assert (await post(dora, f"/{OWN['id']}", {**OURS, "on": today(dora)})).status_code == 403
    assert (await post(dora, f"/{OWN['id']}/remove", {})).status_code == 403
    again = await post(dora, "/new", {**OWN, "call": "(757) 555-0199"})
    assert again.status_code == 422
    assert "this id is taken" in again.text
    found = await known(dora, OWN["id"])
    assert found is not None
    assert found.ways[0].to == "+17575550142"


@pytest.mark.parametrize("need", ["emergency", "crisis", "local-crisis"])
async def test_a_line_for_a_crisis_is_for_an_administrator_to_add(dora: Dora, need: str) -> None:
    await dora.enter()
    answer = await post(dora, "/new", {**OWN, "need": need})
    assert answer.status_code == 422
    assert '<a href="#need">' in answer.text
    assert await dora.rows("select 1 from own_resources") == []


async def test_the_last_line_of_its_kind_stays(dora: Dora) -> None:
    await dora.enter("administrator")
    async with dora.rt.begin() as (connection, _):
        lines = [one for one in await resources.load(connection) if one.need == "crisis" and one.country == "us"]
    shown = [one.id for one in lines if one.shown and "anyone" in one.audience]
    given = {**OURS, "works": "no", "on": today(dora)}
    for identity in shown[:-1]:
        assert (await post(dora, f"/{identity}", given)).status_code == 303
    answer = await post(dora, f"/{shown[-1]}", given)
    assert answer.status_code == 422
    assert "have another line shown first" in answer.text
    last = await known(dora, shown[-1])
    assert last is not None
    assert last.shown
    await post(dora, "/new", {**OWN, "need": "crisis", "for_anyone": "yes"})
    await somebody_else(dora, "administrator")
    await post(dora, f"/{OWN['id']}", {**OURS, "on": today(dora)})
    assert (await post(dora, f"/{shown[-1]}", given)).status_code == 303
    assert (await post(dora, f"/{OWN['id']}/remove", SURE)).status_code == 409
    assert await known(dora, OWN["id"]) is not None


async def test_another_number_was_tried_by_nobody(dora: Dora) -> None:
    await dora.enter()
    await post(dora, "/new", OWN)
    await somebody_else(dora)
    await post(dora, f"/{OWN['id']}", {**OURS, "on": today(dora)})
    await post(dora, f"/{OWN['id']}/remove", SURE)
    await post(dora, "/new", {**OWN, "call": "(757) 555-0199"})
    found = await known(dora, OWN["id"])
    assert found is not None
    assert not found.shown


@pytest.mark.parametrize("role", ["coordinator", "administrator"])
async def test_whoever_added_one_does_not_send_people_there_alone(dora: Dora, role: str) -> None:
    await dora.enter(role)
    await post(dora, "/new", OWN)
    alone = await post(dora, f"/{OWN['id']}", {**OURS, "on": today(dora)})
    assert (alone.status_code, "you added this yourself" in alone.text) == (422, True)
    assert "Waiting for a second person" in (await dora.web.get(f"{PAGE}/{OWN['id']}")).text
    found = await known(dora, OWN["id"])
    assert found is not None
    assert not found.shown
    await somebody_else(dora, role)
    page = (await dora.web.get(f"{PAGE}/{OWN['id']}")).text
    assert "Dora &lt;b&gt;Diaz&lt;/b&gt;" in page
    assert (await post(dora, f"/{OWN['id']}", {**OURS, "on": today(dora)})).status_code == 303
    assert "Waiting for a second person" not in (await dora.web.get(f"{PAGE}/{OWN['id']}")).text
    found = await known(dora, OWN["id"])
    assert found is not None
    assert found.shown


async def test_whoever_added_one_may_say_that_it_is_broken_and_a_draft_needs_nobody_else(dora: Dora) -> None:
    await dora.enter()
    await post(dora, "/new", OWN)
    assert (await post(dora, f"/{OWN['id']}", {**OURS, "works": "no", "on": today(dora)})).status_code == 303
    await dora.rows("update programs set state = 'draft'")
    assert (await post(dora, f"/{OWN['id']}", {**OURS, "on": today(dora)})).status_code == 303


async def test_another_programs_own_is_neither_listed_nor_changed(dora: Dora) -> None:
    await dora.enter("administrator")
    await post(dora, "/new", OWN)
    north = await people.second_program(dora.rt)
    await dora.rows("update own_resources set program_id = :north", north=north)
    assert "Staff &lt;b&gt;peer&lt;/b&gt; line" not in (await dora.web.get(PAGE)).text
    assert (await dora.web.get(f"{PAGE}/{OWN['id']}")).status_code == 404
    for path in (f"/{OWN['id']}", f"/{OWN['id']}/remove"):
        assert (await post(dora, path, {**OURS, "on": today(dora)})).status_code == 404


async def test_whoever_edits_several_programs_says_whose_it_is(dora: Dora) -> None:
    await dora.enter()
    assert 'name="program"' not in (await dora.web.get(f"{PAGE}/new")).text
    north = await people.second_program(dora.rt)
    ((dora_id,),) = await dora.rows("select id from staff")
    role = "insert into staff_roles (staff_id, program_id, role) values (:s, :p, 'coordinator')"
    await dora.rows(role, s=dora_id, p=north)
    page = (await dora.web.get(f"{PAGE}/new")).text
    assert re.findall(
        r'<option value="(north|tide|)"', page.partition('id="program"')[2].partition("</select>")[0]
    ) == [
        "north",
        "tide",
    ]
    wrong = await post(dora, "/new", {**OWN, "program": "dune"})
    assert (wrong.status_code, "choose one of your programs" in wrong.text) == (422, True)
    assert (await post(dora, "/new", {**OWN, "program": "north"})).status_code == 303
    assert await dora.rows("select program_id from own_resources") == [(north,)]
    await dora.rows("update staff_roles set role = 'administrator' where program_id = :p", p=north)
    assert '<option value="">All programs' in (await dora.web.get(f"{PAGE}/new")).text.replace(" selected", "")
    crisis = {**OWN, "id": "another-line", "need": "crisis", "program": "tide"}
    assert (await post(dora, "/new", crisis)).status_code == 422
