"""Calls on the page with the phones, in a real Chromium: by mouse, by keyboard alone, and for axe-core."""

import os

import httpx
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import expect

from tests.browsing import NARROW, WIDE, launched

from .practice import ACCOUNT, ADA, CALLS, HOME, LINE, TOKEN, Answer

pytestmark = pytest.mark.browser

MENU = Answer(
    "<Response><Gather input='dtmf speech' numDigits='1'><Say>Press 1, or say yes.</Say>"
    "<Pause length='2'/><Say language='es-US'>Marque 2.</Say></Gather><Say>Nothing came.</Say></Response>"
)
THANKS = Answer("<Response><Say>Thank you.</Say></Response>")
AXE = """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    .then(found => found.violations.map(one => one.id + ": " + one.nodes[0].html.slice(0, 200)))"""

CUT = """phone => [...phone.querySelectorAll(".call-panel *")].filter(
    part => part.getBoundingClientRect().right > phone.getBoundingClientRect().right).length"""


@pytest.fixture
async def page(live):
    """The page on one phone; at the end, its console has nothing to complain of."""
    complaints = []
    async with launched() as browser:
        # axe-core is put in from outside, which the page's own policy would forbid; tests/test_browser.py keeps it.
        context = await browser.new_context(viewport=NARROW, bypass_csp=True)
        page = await context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{live}/?phone=%2B{ADA[1:]}")
        yield page
    assert complaints == []


async def sound(page):
    """Nothing for axe-core in both themes, and nothing that sticks out at the side of a narrow or wide window."""
    await page.evaluate(AXE_SCRIPT)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert await page.evaluate(AXE) == []
    for size in (WIDE, NARROW):
        await page.set_viewport_size(size)
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert await page.locator(".phone").evaluate(CUT) == 0


async def test_a_phone_calls_and_answers_by_keyboard_alone(page, practice):
    practice.answers += [MENU, MENU, MENU, THANKS]
    await page.get_by_role("button", name="Call", exact=True).focus()
    await page.keyboard.press("Enter")
    words = page.get_by_role("log", name="Words of the call")
    await expect(words.get_by_role("listitem")).to_have_text(["Press 1, or say yes.", "Pause of 2 s", "Marque 2."])
    await expect(words.get_by_text("Marque 2.")).to_have_attribute("lang", "es-US")
    await sound(page)
    if folder := os.environ.get("CONSOLE_PICTURES"):
        await page.screenshot(path=f"{folder}/call.png", full_page=True)
    await page.keyboard.press("1")
    await expect(words.get_by_text("You pressed 1")).to_be_visible()
    await page.get_by_label("Say", exact=True).fill("yes 1")
    await page.keyboard.press("Enter")
    await expect(words.get_by_text("You said: yes 1")).to_be_visible()
    await page.get_by_role("button", name="Say nothing").press("Enter")
    await expect(words.get_by_text("Nothing came.")).to_be_visible()
    await expect(page.get_by_text("The call has ended.")).to_be_focused()
    await sound(page)
    await page.get_by_role("button", name="Close").press("Enter")
    await expect(page.get_by_role("button", name="Call", exact=True)).to_be_focused()
    await expect(page.locator(".note.call")).to_contain_text("Nothing came.")
    forms = [post.form for post in practice.posts]
    assert (forms[1]["Digits"], forms[2]["SpeechResult"]) == ("1", "yes 1")


@pytest.mark.parametrize(
    ("button", "status"),
    [("Answer", "in-progress"), ("Voicemail", "in-progress"), ("Let it ring", "no-answer"), ("Busy", "busy")],
)
async def test_a_phone_on_an_open_page_rings(page, practice, live, button, status):
    practice.answers.append(MENU)
    await expect(page.locator("#faults-now")).to_have_text("none is on")
    form = {"To": ADA, "From": LINE, "Url": f"{HOME}/twilio/voice", "MachineDetection": "Enable"}
    async with httpx.AsyncClient(base_url=live, auth=(ACCOUNT, TOKEN), trust_env=False) as twilio:
        sid = (await twilio.post(CALLS, data=form)).json()["sid"]
        await expect(page.get_by_text("+1 757 555 0100 is calling.")).to_be_visible()
        if button == "Answer":
            await sound(page)
        await page.get_by_role("button", name=button).click()
        if status != "in-progress":
            await expect(page.get_by_role("button", name="Close")).to_be_visible()
        else:
            await expect(page.get_by_role("log", name="Words of the call")).to_contain_text("Press 1, or say yes.")
        call = (await twilio.get(f"/emulator/calls/{sid}")).json()
        assert call["status"] == status
        if status == "in-progress":
            assert call["answered_by"] == {"Answer": "human", "Voicemail": "machine_start"}[button]
            await page.get_by_role("button", name="Hang up").click()
            await expect(page.get_by_text("The call has ended.")).to_be_visible()
