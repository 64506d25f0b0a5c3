"""The pages in a real Chromium, against the real demo: the phones, the public pages, the console."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from tests import running
from tests.browsing import NARROW, WIDE, chromium, fresh_code, launched
from tests.running import JOINING, PATIENCE, Demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]  # so that the patience in here runs out first

_MS = PATIENCE * 1000


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    chromium()  # without one there is nothing to run it for
    with running.demo() as one:
        one.up()
        yield one


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=_MS)
    async with launched() as browser:
        yield browser


class Window:
    """A browser window with a profile of its own, and what its console complained of."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context, self.page = context, page
        self.complaints: list[str] = []
        page.on("console", lambda said: self._note(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self._note(str(error)))

    def _note(self, complaint: str) -> None:
        # Chromium also notes each page that is answered with an error status, as ours are on purpose.
        if "the server responded with a status of 4" not in complaint:
            self.complaints.append(complaint)

    async def fits(self, size: ViewportSize = NARROW) -> None:
        """Nothing sticks out at the side of a window of this size."""
        await self.page.set_viewport_size(size)
        width = await self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], f"{self.page.url} is {width} px wide"


@pytest.fixture
async def window(browser: Browser) -> AsyncIterator[Window]:
    context = await browser.new_context(viewport=WIDE, locale="en-US", timezone_id="America/New_York")
    context.set_default_timeout(_MS)
    window = Window(context, await context.new_page())
    yield window
    await context.close()
    assert window.complaints == []


class Telephone:
    """One phone on the page: what is typed on it, and its bubbles."""

    def __init__(self, page: Page, number: str) -> None:
        self.root = page.get_by_role("region", name=f"Phone {number}")
        self.got = self.root.locator(".bubble.in .words")

    async def types(self, text: str, answers: int = 1) -> str:
        """Type a text and press Enter; wait for so many new bubbles, all of them delivered, and return the last."""
        before = await self.got.count()
        await self.root.get_by_label("Text from").fill(text)
        await self.root.get_by_label("Text from").press("Enter")
        return await self.shows(before + answers)

    async def shows(self, count: int) -> str:
        await expect(self.got).to_have_count(count)
        await expect(self.root.locator(".bubble.in .facts", has_text="delivered")).to_have_count(count)
        return await self.got.last.inner_text()


async def _two_phones(window: Window, demo: Demo) -> tuple[Telephone, Telephone]:
    """Open the page on two numbers that nobody else has."""
    a, b = next(running.numbers), next(running.numbers)
    await window.page.goto(f"{demo.phones}/?phone=%2B{a}&phone=%2B{b}")
    spaced = [re.sub(r"^1(\d{3})(\d{3})(\d{4})$", r"+1 \1 \2 \3", str(number)) for number in (a, b)]
    return Telephone(window.page, spaced[0]), Telephone(window.page, spaced[1])


async def test_on_the_page_a_phone_joins_gets_the_next_check_in_and_988_for_a_risky_text(
    window: Window, demo: Demo
) -> None:
    ada, ben = await _two_phones(window, demo)
    for word, answers in zip(JOINING, (1, 2, 1, 1, 1, 2), strict=True):
        said = await ada.types(word, answers)
    assert "use your own phone" in said
    assert await ben.got.count() == 0
    before = await ada.got.count()
    await window.page.get_by_role("button", name="Next check-in").click()
    assert "your weekly note is ready" in await ada.shows(before + 1)
    news = window.page.get_by_role("status").filter(has_text="Clock moved")
    await expect(news).to_have_text(
        re.compile(r"^Clock moved to \w{3} \d+ \w+, 12:15 \(America/New_York\): the weekly check-in\.$")
    )
    await ada.types("I want to kill myself", 2)
    assert "988" in await ada.got.nth(before + 1).inner_text()
    link = ada.got.last.get_by_role("link")
    assert await link.get_attribute("href") == f"{demo.web}/r/help"
    async with window.context.expect_page() as opened:
        await link.click()
    help_page = await opened.value
    await expect(help_page.get_by_role("link", name="Call 988").first).to_be_visible()
    await window.fits()


async def test_whoever_calls_the_line_reads_what_it_says(window: Window, demo: Demo) -> None:
    ada, _ = await _two_phones(window, demo)
    await ada.root.get_by_role("button", name="Call", exact=True).click()
    words = ada.root.get_by_role("log", name="Words of the call")
    await expect(words).to_contain_text("an automated line. To go on, press 1.")
    await ada.root.get_by_role("button", name="0", exact=True).click()
    await expect(words).to_contain_text("Please call 9 8 8 now.")
    await ada.root.get_by_role("button", name="Hang up").click()
    await expect(ada.root.get_by_role("button", name="Close")).to_be_visible()
    await window.fits()


async def test_markup_in_a_text_stays_text(window: Window, demo: Demo) -> None:
    _, ben = await _two_phones(window, demo)
    markup = "<script>document.title = 'gone'</script><img src=x onerror=\"document.title='gone'\">"
    assert "To join, text JOIN" in await ben.types(markup)
    assert await ben.root.locator(".bubble.out .words").inner_text() == markup
    assert await ben.root.locator(".bubble script, .bubble img").count() == 0
    assert await window.page.title() == "Phones"


async def test_the_panel_of_faults_says_which_are_on(window: Window, demo: Demo) -> None:
    await _two_phones(window, demo)
    panel = window.page.locator("#faults")
    await panel.get_by_text("Things that can go wrong").click()
    await panel.get_by_label("Delivery reports to the service").select_option("lost")
    await panel.get_by_role("button", name="Apply").click()
    await expect(window.page.locator("#faults-now")).to_have_text("delivery reports")
    await window.fits()
    await panel.get_by_role("button", name="Switch all off").click()
    await expect(window.page.locator("#faults-now")).to_have_text("none is on")


@pytest.mark.parametrize(
    ("language", "heading", "word"), [("en", "To join", "JOIN"), ("es", "Para unirte", "UNIRME")], ids=["en", "es"]
)
async def test_the_public_page_says_how_to_join(
    window: Window, demo: Demo, language: str, heading: str, word: str
) -> None:
    await window.page.goto(f"{demo.web}/p/demo?lang={language}")
    join = window.page.get_by_role("region", name=heading)
    await expect(join).to_contain_text(word)
    sms = await join.get_by_role("link", name="(757) 555-0100").get_attribute("href")
    assert sms
    assert sms.startswith("sms:+17575550100?body=")
    square = await join.locator("svg.qr").bounding_box()
    assert square
    assert square["width"] >= 120
    await window.fits()
    other = window.page.get_by_role("link", name="Español" if language == "en" else "English")
    await other.click()
    assert await window.page.get_by_role("heading", name=heading).count() == 0


async def test_help_is_there_in_both_languages(window: Window, demo: Demo) -> None:
    for address, name in (("/r/help", "Call 988"), ("/r/help?lang=es", "Llamar al 988")):
        await window.page.goto(demo.web + address)
        button = window.page.get_by_role("link", name=name, exact=True)
        await expect(button).to_have_attribute("href", "tel:988")
        await window.fits()


async def test_a_page_that_is_not_there_says_so(window: Window, demo: Demo) -> None:
    response = await window.page.goto(f"{demo.web}/p/nothing")
    assert response
    assert response.status == 404
    await expect(window.page.get_by_role("heading", name="Nothing here")).to_be_visible()
    await window.fits()


async def _sign_in(page: Page, demo: Demo, password: str = "") -> None:
    """Fill in the form."""
    kept = json.loads((demo.folder / "secrets.json").read_text())
    await page.goto(f"{demo.web}/console")
    await page.get_by_label("E-mail address").fill("coordinator@demo.example")
    await page.get_by_label("Password").fill(password or kept["coordinator_password"])
    await page.get_by_label("Code from your phone's app").fill(fresh_code(kept["coordinator_totp_secret"]))
    await page.get_by_role("button", name="Sign in").click()


async def test_a_wrong_password_is_said_plainly(window: Window, demo: Demo) -> None:
    await _sign_in(window.page, demo, "not the password at all")
    refusal = window.page.get_by_role("alert")
    await expect(refusal).to_contain_text("Not signed in")
    await expect(refusal).to_contain_text("The address, the password or the code isn't right")
    await window.fits()


async def test_a_coordinator_signs_in_changes_the_hour_and_signs_out(window: Window, demo: Demo) -> None:
    page = window.page
    await _sign_in(page, demo)
    await expect(page.get_by_role("heading", name="Today")).to_be_visible()
    await window.fits()
    await page.get_by_role("link", name="Programs", exact=True).click()
    await expect(page.get_by_role("heading", name="Programs")).to_be_visible()
    await window.fits()
    await page.get_by_role("link", name="Tidewater check-in (demo)").click()
    await page.get_by_role("link", name="Schedule", exact=True).click()
    await expect(_dates(page)).to_have_text([re.compile(r"^\w{3} .*, 12:15 PM")] * 10)
    await page.get_by_label("at", exact=True).fill("13:30")
    # Nothing was pressed yet: the dates follow, and say that nothing is saved.
    await expect(_dates(page)).to_have_text([re.compile(r"^\w{3} .*, 1:30 PM")] * 10)
    await expect(page.get_by_role("status")).to_contain_text("This is a preview")
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(page.get_by_role("status")).to_contain_text("Hour: 1:30 PM, was 12:15 PM")
    await expect(_dates(page)).to_have_text([re.compile(r"^\w{3} .*, 1:30 PM")] * 10)
    await window.fits()

    await page.get_by_label("at", exact=True).fill("")
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    hour = page.locator("#time")
    await expect(hour).to_have_attribute("aria-invalid", "true")
    await expect(page.locator("#time-fault")).to_contain_text(
        "can't be read as a time of day; write it like 09:30 or 21:00"
    )
    await expect(hour).to_have_attribute("aria-describedby", "time-fault")
    fault, field = await page.locator("#time-fault").bounding_box(), await hour.bounding_box()
    assert fault
    assert field
    assert 0 < field["y"] - fault["y"] < 120  # beside it, not somewhere up the page
    await expect(_dates(page)).to_have_text([re.compile(r"^\w{3} .*, 1:30 PM")] * 10)
    await window.fits()

    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.goto(f"{demo.web}/console/programs/demo")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_flow_is_played_by_keyboard_without_javascript_and_saved(browser: Browser, demo: Demo) -> None:
    context = await browser.new_context(viewport=WIDE, locale="en-US", java_script_enabled=False)  # type: ignore[arg-type]
    context.set_default_timeout(_MS)
    page = await context.new_page()
    await _sign_in(page, demo)
    await page.get_by_role("link", name="Flows").click()
    await page.get_by_role("link", name="The weekly check-in", exact=True).click()
    await expect(page.get_by_role("img", name="The weekly check-in")).to_be_visible()
    await page.get_by_role("link", name="Play this flow").click()
    await page.get_by_role("button", name="Start the play").press("Enter")
    words = page.get_by_label("Text as the person")
    await expect(words).to_be_focused()
    await page.keyboard.type("GO")
    await page.keyboard.press("Enter")
    for choice in ("0 never", "1 rarely", "2 sometimes", "3 often"):
        await page.get_by_role("button", name=choice).press("Enter")
    talk = page.get_by_role("list", name="The conversation so far")
    await expect(talk).to_contain_text("the check-in is closed, and counts")
    await page.get_by_label("What it shows").fill("From never to often")
    await page.get_by_role("button", name="Save the play").press("Enter")
    await expect(page.get_by_role("status")).to_have_text("The play is saved.")
    await page.get_by_role("link", name="Saved plays").click()
    await page.get_by_role("link", name="Play all saved plays again").click()
    await expect(page.get_by_role("row", name="From never to often")).to_contain_text("As it was saved")
    await context.close()


def _dates(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Next ten check-ins").get_by_role("listitem")
