"""The console's list of places to turn: who may read it, and what it asks for."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx
import pytest

from sms_service import resources
from tests import people
from tests.sms_service.desk import Dora, dora, proof

__all__ = ["dora"]

PAGE = "/console/resources"
SOON, LATE = datetime(2026, 11, 20, tzinfo=UTC), datetime(2027, 3, 20, tzinfo=UTC)


async def check(dora: Dora, identity: str, *, works: bool, by: str = "Eve <i>Ellis</i>") -> None:
    async with dora.rt.begin() as (connection, now):
        one = resources.found(await resources.load(connection), identity)
        await resources.check(connection, one, by=by, works=works, note="", on=now.date())


def without_proof(page: httpx.Response) -> str:
    """Return a page without the digits that are drawn anew for each session: any number may be among them."""
    return page.text.replace(proof(page), "")


@pytest.mark.parametrize("role", ["administrator", "coordinator", "auditor", "support_lead"])
async def test_every_role_may_read_who_verified_what(dora: Dora, role: str) -> None:
    await people.move_to(dora.rt, SOON)
    await dora.enter(role)
    page = (await dora.web.get(PAGE)).text
    assert "12 resources are shown to people. None needs anything now." in page
    assert "read at its own page, not called" in page
    assert "From memory only" in page
    assert "<form" not in page[page.index("<main") :]


async def test_without_a_role_there_is_nothing_to_read(dora: Dora) -> None:
    await dora.enter(role="")
    page = await dora.web.get(PAGE)
    assert "no role in a program" in page.text
    assert "988" not in without_proof(page)


async def test_the_rail_leads_there_and_says_where_one_is(dora: Dora) -> None:
    await dora.enter()
    for path in ("/console/programs", "/console/programs/tide", PAGE):
        page = (await dora.web.get(path)).text
        (here,) = re.findall(r'<a href="([^"]+)" aria-current="page">', page.partition("<main")[0])
        rail = page[page.index('<nav aria-label="Main">') : page.index("</nav>")]
        (here,) = re.findall(r'<a href="([^"]+)" aria-current="page">', rail)
        assert path.startswith(here)
        assert f'href="{PAGE}"' in page


@pytest.mark.parametrize(
    ("role", "told"), [("coordinator", "tell an administrator how it went"), ("administrator", "record how it went.")]
)
async def test_what_is_stale_or_broken_comes_first_with_what_to_do(dora: Dora, role: str, told: str) -> None:
    await people.move_to(dora.rt, LATE)
    await check(dora, "988", works=True)
    await check(dora, "nami-helpline", works=False)
    await dora.enter(role)
    page = (await dora.web.get(PAGE)).text
    due, shown = page.index("To look at now"), page.index("<h2>Shown")
    assert due < page.index(told) < shown
    assert "sms-service" not in page
    assert due < page.index("Broken, not shown.") < shown < page.index('href="/r/988?lang=en"')
    assert "Read it at its source, then" in page
    assert "11 need somebody to look at them." in page


async def test_a_name_is_shown_as_text(dora: Dora) -> None:
    await check(dora, "988", works=True)
    await dora.enter()
    assert "Eve &lt;i&gt;Ellis&lt;/i&gt;" in (await dora.web.get(PAGE)).text


async def test_how_often_a_page_was_opened_is_shown_to_nobody(dora: Dora) -> None:
    await dora.rows("insert into resource_counts values ('2026-11-16', '988', 'en', 73519)")
    await dora.enter("administrator")
    assert "73519" not in without_proof(await dora.web.get(PAGE))
