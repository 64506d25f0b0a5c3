"""Getting people in, in a real Chromium: ten cards from a list, a list that is texted, a number left by keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect

from sms_service.app import create_app
from sms_service.runtime import Runtime
from tests import people
from tests.browsing import NARROW, WIDE, launched, printed
from tests.ports import free_port
from tests.sms_service.furnished import House, furnish
from tests.sms_service.test_opt_in import NOON
from tests.test_console_pages import _faults

pytestmark = pytest.mark.browser

TEN = "Name;Cell phone\r\n" + "".join(f"Zoë Person {n}, RN;757555{n:04d}\r\n" for n in range(2000, 2010))


@dataclass
class Place:
    """The service on a port, and a page of somebody's browser."""

    house: House
    url: str
    page: Page

    async def enter(self, role: str) -> None:
        cookie = {"name": "checkin_session", "value": await self.house.token(role), "url": f"{self.url}/console"}
        await self.page.context.add_cookies([cookie])  # type: ignore[list-item]

    async def fine(self, where: str) -> None:
        """Axe finds nothing, in both themes, and nothing sticks out, wide and narrow."""
        assert await _faults(self.page, where) == []
        await self.page.set_viewport_size(WIDE)


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def place(rt: Runtime, browser: Browser) -> AsyncIterator[Place]:
    house, port = await furnish(rt), free_port()
    await people.move_to(rt, NOON)
    config = uvicorn.Config(create_app(rt), host="127.0.0.1", port=port, log_level="error")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    context = await browser.new_context(
        viewport=WIDE, locale="en-US", timezone_id="America/New_York", reduced_motion="reduce"
    )
    yield Place(house, f"http://127.0.0.1:{port}", await context.new_page())
    await context.close()
    await server.shutdown()


async def test_ten_cards_are_printed_from_a_file(place: Place) -> None:
    await place.enter("coordinator")
    page = place.page
    await page.goto(f"{place.url}/console/programs/tide/joining")
    await page.get_by_role("link", name="Invite the people of a list").click()
    file = {"name": "staff.csv", "mimeType": "text/csv", "buffer": TEN.encode("cp1252")}
    await page.get_by_label("The list, as a CSV file").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Check the list").click()
    await expect(page.get_by_text("10 of 10 rows can be used.")).to_be_visible()
    await place.fine("checked")
    await page.get_by_role("button", name="Show the cards to print").click()
    cards = page.get_by_role("listitem")
    await expect(cards).to_have_count(10)
    await expect(cards.first).to_contain_text("Zoë Person 2000, RN")
    await place.fine("cards")
    await page.emulate_media(media="print")
    square, card = await cards.first.locator("svg").bounding_box(), await cards.first.bounding_box()
    assert square
    assert card
    millimetre = 96 / 25.4
    assert square["width"] > 20 * millimetre
    assert (round(card["width"] / millimetre), round(card["height"] / millimetre)) == (88, 60)
    for paper in ("A4", "Letter"):
        assert await printed(page, paper) == 2
    assert await people.one(place.house.rt, "select count(*) from invitations") == 0


async def test_a_list_is_texted_once_the_consent_is_on_record(place: Place) -> None:
    await place.enter("administrator")
    page = place.page
    await page.goto(f"{place.url}/console/programs/tide/import")
    await page.get_by_label("Text each once, because they agreed to it").check()
    await page.get_by_label("Or paste the rows here").fill(TEN + "Eve;8005550199\n")
    await page.get_by_role("button", name="Check the list").click()
    await expect(page.get_by_role("cell", name="It is a toll-free or pay number.")).to_be_visible()
    send = page.get_by_role("button", name="Send one text to each of 10 numbers")
    await send.click()
    summary = page.get_by_role("alert")
    await expect(summary).to_contain_text("Nobody was texted yet")
    await place.fine("faults")
    await summary.get_by_role("link", name="Write who has the consents").click()
    await expect(page.get_by_label("Who has the consents")).to_be_focused()
    await page.keyboard.type("Ms. Hall, HR")
    await page.get_by_label("Day on which the last of them agreed").fill("2026-03-12")
    await page.get_by_label("How they agreed").select_option("On paper, signed")
    await page.get_by_label("Each person in this list agreed").check()
    await send.click()
    await expect(page.get_by_role("status")).to_contain_text("The texts are on their way")
    await place.fine("done")
    assert await people.one(place.house.rt, "select count(*) from outbox where origin = 'invitation'") == 10


@pytest.mark.parametrize(
    ("lang", "button", "done"),
    [("en", "Text me", "Look at your phone"), ("es", "Envíenme el texto", "Mira tu teléfono")],
)
async def test_a_number_is_left_by_keyboard_alone(place: Place, lang: str, button: str, done: str) -> None:
    page = place.page
    await page.set_viewport_size(NARROW)
    await page.goto(f"{place.url}/p/tide?lang={lang}")
    await page.locator("a[href^='/p/tide/join']").press("Enter")
    await page.get_by_role("button", name=button).press("Enter")
    if lang == "en":
        await place.fine("refused")
    number = page.locator("#number")
    await expect(number).to_have_attribute("aria-invalid", "true")
    await number.focus()
    await page.keyboard.type("(757) 555-2001")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name=done)).to_be_visible()
    if lang == "en":
        await place.fine("asked")
    assert await people.one(place.house.rt, "select count(*) from outbox where origin = 'invitation'") == 1
