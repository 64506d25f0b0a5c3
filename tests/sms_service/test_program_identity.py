"""A program's name, address and number changed in the console, and drafts removed."""

from __future__ import annotations

import pytest

from sms_service import daily_figures
from tests import people
from tests.sms_service.desk import Dora, dora
from tests.sms_service.test_console_programs import FIELDS, NEW, ROOT, faults, post, program

__all__ = ["dora"]


async def draft(dora: Dora, role: str = "administrator") -> None:
    await dora.enter(role)
    await dora.rows("update programs set state = 'draft'")


async def test_a_live_program_can_be_given_another_name_and_nothing_else(dora: Dora) -> None:
    await dora.enter()
    page = await post(dora, f"{ROOT}/identity", version="1", name="Riverside check-in")
    assert (page.status_code, page.headers["location"]) == (303, f"{ROOT}/settings")
    found = await program(dora)
    assert (found.name, found.version) == ("Riverside check-in", 2), "what texts say is made anew for each version"
    for kept in ({"slug": "river"}, {"number": "+17575550155"}):
        page = await post(dora, f"{ROOT}/identity", version="2", **kept)
        assert (page.status_code, "a live program keeps its" in page.text) == (422, True)
    assert faults(await post(dora, f"{ROOT}/identity", version="2", name="x" * 61)) == {"name"}
    late = await post(dora, f"{ROOT}/identity", version="1", name="Somebody else's")
    assert (late.status_code, "somebody else changed the program first" in late.text) == (409, True)
    assert (await program(dora)).name == "Riverside check-in"
    assert await dora.rows("select act from audit where act <> 'signed.in'") == [("program.renamed",)]


async def test_a_draft_takes_its_words_to_another_number_and_forgets_what_was_tried(dora: Dora) -> None:
    await draft(dora)
    await post(dora, f"{ROOT}/go-live", confirm="carrier")
    await post(dora, f"{ROOT}/go-live/test-text", f"{ROOT}/go-live", phone=people.ADA)
    page = await post(dora, f"{ROOT}/identity", version="1", slug="river", number="(757) 555-0155")
    assert page.headers["location"] == "/console/programs/river/settings"
    found = await program(dora, "river")
    assert (found.sender, found.keywords, found.opt_out_mode) == ("+17575550155", ("JOIN", "UNIRME"), "ours")
    assert "this has changed since: the number." in (await dora.web.get("/console/programs/river/go-live")).text
    assert await dora.rows("select count(*) from test_phones where phone_hash <> ''") == [(0,)]
    assert (await dora.web.get(f"{ROOT}/settings")).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "Not An Address"}, "slug"),
        ({"slug": "piedmont"}, "slug"),
        ({"number": "+18005550100"}, "number"),
        ({"number": "+1757"}, "number"),
        ({"number": "+17575550155"}, "number"),
    ],
)
async def test_what_a_draft_cannot_have_is_refused_at_its_field(dora: Dora, wrong: dict[str, str], field: str) -> None:
    await draft(dora)
    await post(dora, NEW, f"{NEW}?template=weekly", **FIELDS)
    page = await post(dora, f"{ROOT}/identity", version="1", **wrong)
    assert (page.status_code, faults(page)) == (422, {field})
    assert (await program(dora)).version == 1


@pytest.mark.parametrize("role", ["administrator", "coordinator"])
async def test_a_draft_that_nobody_was_in_is_removed_with_all_that_was_set_up(dora: Dora, role: str) -> None:
    await draft(dora, role)
    await post(dora, f"{ROOT}/go-live", confirm="counsel")
    assert await daily_figures.count(dora.rt) == 0, "figures are kept for good, so a draft has none"
    assert "Type tide to remove it" in (await dora.web.get(f"{ROOT}/remove")).text
    assert (await post(dora, f"{ROOT}/remove", slug="other")).status_code == 422
    assert len(await dora.rows("select id from programs")) == 1
    assert (await post(dora, f"{ROOT}/remove", slug="tide")).status_code == 303
    assert await dora.rows("select id from programs") == []
    assert ("program.removed",) in await dora.rows("select act from audit")
    assert (await dora.web.get("/console/programs")).status_code == 200


async def test_what_is_live_or_had_anybody_is_kept(dora: Dora) -> None:
    await dora.enter("administrator")
    assert "can be removed" in (await dora.web.get(f"{ROOT}/remove")).text
    shown = f"{ROOT}/identity"
    assert (await post(dora, f"{ROOT}/remove", shown, slug="tide")).status_code == 422
    await people.join(dora.rt)
    await dora.rows("update programs set state = 'draft'")
    assert (await post(dora, f"{ROOT}/remove", shown, slug="tide")).status_code == 422
    page = await post(dora, shown, version="1", number="+17575550155")
    assert (faults(page), "test phones have joined" in page.text) == ({"number"}, True)
    assert len(await dora.rows("select id from programs")) == 1
