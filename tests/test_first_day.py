"""A coordinator's first day, as one story in a real Chromium against the real demo: from signing in to going live."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pyotp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests import running
from tests.browsing import WIDE, chromium, launched, printed
from tests.running import LINE, PATIENCE, Demo, Phone

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

_MS = PATIENCE * 1000
_THURSDAY = 3
TEN = "Name,Cell phone\r\n" + "".join(f"Person {n},757555{n:04d}\r\n" for n in range(3000, 3010))
NEW = {
    "Name": "Harbor check-in",
    "Short name": "Harbor",
    "Who runs it": "Harbor University",
    "Number": LINE,
    "Keywords": "HARBOR, PUERTO",
    "Address": "harbor",
}


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    chromium()  # without one there is nothing to run it for
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FALLBACK_URL", "https://elsewhere.example.org/sms")
        with running.demo() as one:
            one.up()
            yield one


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=_MS)
    async with launched() as browser:
        yield browser


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport=WIDE, locale="en-US", timezone_id="America/New_York")
    context.set_default_timeout(_MS)
    complaints: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    assert complaints == []


@pytest.fixture
async def emulator(demo: Demo) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=demo.phones, trust_env=False, timeout=PATIENCE) as client:
        yield client


async def test_a_first_day(demo: Demo, page: Page, emulator: httpx.AsyncClient) -> None:
    await _signs_in(demo, page)
    await _verifies_every_place(demo, page)
    await _makes_a_program(page)
    own = await _sends_a_test_text(page, emulator)
    await _prints_the_poster(page)
    await _prints_ten_invitations(page)
    await _moves_the_schedule(demo, page)
    await _looks_at_another_zone(page)
    await _plays_the_flow(page)
    code = await _reads_the_code(own)
    await _learns_why_a_text_failed(page, emulator)
    await _may_not_go_live_yet(demo, page)
    await _goes_live(page, code)


async def _signs_in(demo: Demo, page: Page) -> None:
    """With what the demo printed."""
    kept = json.loads((demo.folder / "secrets.json").read_text())
    await page.goto(f"{demo.web}/console")
    await page.get_by_label("E-mail address").fill("coordinator@demo.example")
    await page.get_by_label("Password").fill(kept["coordinator_password"])
    await page.get_by_label("Code from your phone's app").fill(pyotp.TOTP(kept["coordinator_totp_secret"]).now())
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Today")).to_be_visible()


async def _verifies_every_place(demo: Demo, page: Page) -> None:
    """What the release verified grows stale with the months, and is then one more item to be done."""
    await page.goto(f"{demo.web}/console/resources")
    shown = page.locator("tr:has(a[href^='/r/']) a[href^='/console/resources/']")
    for address in await shown.evaluate_all("links => links.map(one => one.href)"):
        await page.goto(address)
        await page.get_by_label("It works").check()
        await page.get_by_role("button", name="Record it").click()
        await expect(page.get_by_role("status")).to_be_visible()
    await page.goto(f"{demo.web}/console/resources")
    await expect(page.get_by_text("None needs anything now.")).to_be_visible()


async def _makes_a_program(page: Page) -> None:
    await page.get_by_role("link", name="Programs", exact=True).click()
    await page.get_by_role("link", name="New program").click()
    await page.get_by_role("link", name="Begin with “Weekly”").click()
    await page.get_by_role("button", name="Make the draft").click()
    await expect(page.get_by_role("alert").get_by_role("link").first).to_be_visible()
    for label, value in NEW.items():
        await page.get_by_label(label, exact=True).fill(value)
    await page.get_by_role("button", name="Make the draft").click()
    await expect(page.get_by_role("heading", name="Harbor check-in")).to_be_visible()
    await expect(page.get_by_text("A draft. 5 items are still to be done")).to_be_visible()


async def _sends_a_test_text(page: Page, emulator: httpx.AsyncClient) -> Phone:
    """It comes with the next minute; meanwhile there is enough else to do."""
    own = Phone(emulator)
    await page.get_by_label("Your own mobile number").fill(own.number)
    await page.get_by_role("button", name="Send a test text").click()
    await expect(page.get_by_label("Code of the text")).to_be_visible()
    return own


async def _reads_the_code(own: Phone) -> str:
    code = re.search(r"\b\d{6}\b", await own.comes(0))
    assert code
    return code[0]


async def _prints_the_poster(page: Page) -> None:
    await _tab(page, "Joining")
    await page.get_by_role("link", name="Poster, English").click()
    await expect(page.locator("svg").first).to_be_visible()
    await expect(page.locator("main")).to_contain_text("HARBOR")
    assert await printed(page, "Letter") == 1
    await page.go_back()


async def _prints_ten_invitations(page: Page) -> None:
    await page.get_by_role("link", name="Invite the people of a list").click()
    file = {"name": "staff.csv", "mimeType": "text/csv", "buffer": TEN.encode("utf-8-sig")}
    await page.get_by_label("The list, as a CSV file").set_input_files(file)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Check the list").click()
    await expect(page.get_by_text("10 of 10 rows can be used.")).to_be_visible()
    await page.get_by_role("button", name="Show the cards to print").click()
    await expect(page.get_by_role("listitem")).to_have_count(10)
    await expect(page.get_by_role("listitem").last).to_contain_text("Person 3009")


async def _moves_the_schedule(demo: Demo, page: Page) -> None:
    """A day off moves a check-in and says why; what the change touches is told before it is saved; then undo."""
    await page.goto(f"{demo.web}/console/programs/harbor/schedule")
    await expect(_dates(page)).to_have_count(10)
    today = (await demo.calendar()).date()
    off = today + timedelta(days=21 + (_THURSDAY - today.weekday()) % 7)
    await page.get_by_text("More: other days and weeks").click()
    await page.get_by_label("Days off").fill(str(off))
    moved = _dates(page).filter(has_text=re.compile(r"Moved from|Left out"))
    await expect(moved.filter(has_text=f"{off.day} {off:%B}")).to_have_count(1)
    await page.get_by_label("at", exact=True).fill("13:30")
    await expect(_dates(page).first).to_contain_text("1:30 PM")
    touched = page.get_by_role("status")
    await expect(touched).to_contain_text("Hour: 1:30 PM, was 12:15 PM")
    await expect(touched).to_contain_text("Nothing is saved until you save the schedule")
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(page.get_by_role("heading", name="Saved")).to_be_visible()
    await page.get_by_role("button", name="Undo the last change").click()
    await page.goto(f"{demo.web}/console/programs/harbor/schedule")
    await expect(page.get_by_label("at", exact=True)).to_have_value("12:15")
    await expect(_dates(page).filter(has_text="1:30 PM")).to_have_count(0)


async def _looks_at_another_zone(page: Page) -> None:
    await page.get_by_label("Show the dates for somebody in").fill("Pacific/Honolulu")
    beside = page.get_by_role("complementary", name="Next ten check-ins")
    await expect(beside).to_contain_text("Pacific/Honolulu")
    await expect(_dates(page)).to_have_count(10)


async def _plays_the_flow(page: Page) -> None:
    await page.get_by_role("link", name="Flows").click()
    await page.get_by_role("link", name="The weekly check-in", exact=True).click()
    await page.get_by_role("link", name="Play this flow").click()
    await page.get_by_label("Program", exact=True).select_option("Harbor check-in")
    await page.get_by_role("button", name="Start the play").click()
    await page.get_by_label("Text as the person").fill("GO")
    await page.keyboard.press("Enter")
    for choice in ("0 never", "1 rarely", "2 sometimes", "3 often"):
        await page.get_by_role("button", name=choice).click()
    talk = page.get_by_role("list", name="The conversation so far")
    await expect(talk).to_contain_text("the check-in is closed, and counts")


async def _learns_why_a_text_failed(page: Page, emulator: httpx.AsyncClient) -> None:
    """Somebody tells their number: the console says what the phone company said, and what to do."""
    ada = await Phone(emulator).joined()
    failing = await emulator.post("/emulator/faults", json={"fail_later": {"code": 30006, "count": 1}})
    assert failing.status_code == 200, failing.text
    await ada.goes_on_to("check-in")
    await ada.has_everything()
    await page.get_by_role("link", name="People", exact=True).click()
    await page.get_by_role("link", name="Look up a number").click()
    await page.get_by_label("Program", exact=True).select_option("Tidewater check-in (demo)")
    await page.get_by_label("The person's number").fill(ada.number)
    await page.get_by_role("button", name="Look it up").click()
    known = page.get_by_role("status")
    await expect(known).to_contain_text("It did not arrive. 30006")
    await expect(known).to_contain_text("Ask for their mobile number")
    await expect(known).to_contain_text("Not told, also not whether there was any")
    assert ada.number not in page.url


async def _may_not_go_live_yet(demo: Demo, page: Page) -> None:
    """There is no button for it, and asking for it all the same is refused with what is missing."""
    await page.goto(f"{demo.web}/console/programs/harbor")
    await _tab(page, "Go live")
    await expect(page.get_by_text("5 items are still to be done")).to_be_visible()
    await expect(page.get_by_role("button", name="Go live", exact=True)).to_have_count(0)
    proof = await page.locator("input[name=proof]").first.get_attribute("value")
    refused = await page.request.post(f"{page.url}/begin", form={"proof": proof or ""})
    assert refused.status == 409
    assert "cannot go live yet: The number is registered with the carriers" in await refused.text()


async def _goes_live(page: Page, code: str) -> None:
    await page.get_by_label("Code of the text").fill(code)
    await page.get_by_role("button", name="Check the code").click()
    await expect(page.get_by_text("Your phone is a test phone")).to_be_visible()
    for left in (3, 2, 1, 0):
        await page.get_by_role("button", name="I confirm this").first.click()
        await expect(page.get_by_role("button", name="I confirm this")).to_have_count(left)
    await expect(page.get_by_text("Everything is green.")).to_be_visible()
    await page.get_by_role("button", name="Go live", exact=True).click()
    await expect(page.get_by_text("This program is live: whoever texts its keyword may join.")).to_be_visible()


async def _tab(page: Page, name: str) -> None:
    await page.get_by_role("navigation", name="Program").get_by_role("link", name=name, exact=True).click()


def _dates(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Next ten check-ins").get_by_role("listitem")
