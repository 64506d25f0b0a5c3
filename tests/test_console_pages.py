"""Every page of the console in a real Chromium: axe-core finds nothing, in both themes, wide and narrow.

The application answers the browser without a server between them. Pages are taken from the console's own lists.
Set CONSOLE_PICTURES to a folder to have each page as a picture there.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Route, ViewportSize

from sms_service.app import create_app
from sms_service.runtime import Runtime
from tests.browsing import NARROW, WIDE, launched
from tests.sms_service.filled import answers
from tests.sms_service.furnished import House, furnish, pages

pytestmark = pytest.mark.browser

_PICTURES = os.environ.get("CONSOLE_PICTURES", "")
_RUN = """
    options => axe.run(document, {...options, resultTypes: ["violations"]}).then(
        result => result.violations.map(one => one.id + ": " + one.nodes[0].html.slice(0, 200)))
"""
_COLOURS = {"runOnly": ["color-contrast"]}
_ALL = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def house(rt: Runtime) -> House:
    return await furnish(rt)


async def _context(browser: Browser, house: House, role: str) -> BrowserContext:
    """A window in which this role is signed in, and whose requests go to the application at once."""
    transport = httpx.ASGITransport(app=create_app(house.rt))
    context = await browser.new_context(viewport=WIDE, locale="en-US", reduced_motion="reduce")

    async def answer(route: Route) -> None:
        asked = route.request
        async with httpx.AsyncClient(transport=transport) as web:
            got = await web.request(
                asked.method, asked.url, headers=await asked.all_headers(), content=asked.post_data_buffer
            )
        await route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)

    await context.route("**/*", answer)
    if role:
        cookie = {"name": "checkin_session", "value": await house.token(role), "url": house.rt.settings.public_url}
        await context.add_cookies([{**cookie, "secure": True}])  # type: ignore[list-item]
    return context


async def _faults(page: Page, address: str, sizes: Sequence[ViewportSize] = (WIDE, NARROW)) -> list[str]:
    """Return what is wrong with a page in both themes and at each width; no colour depends on the width."""
    found = []
    await page.evaluate(AXE_SCRIPT)
    in_dark = sizes if _PICTURES else sizes[-1:]
    for theme, options, widths in (("light", _ALL, sizes), ("dark", _COLOURS, in_dark)):
        await page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        for size in widths:
            await page.set_viewport_size(size)
            where = f"{address} {theme} {size['width']}"
            found += [f"{where}: {one}" for one in await page.evaluate(_RUN, options)]
            width = await page.evaluate("document.documentElement.scrollWidth")
            if width > size["width"]:
                found.append(f"{where}: it is {width} px wide")
            if _PICTURES:
                name = re.sub(r"\W+", "-", where).strip("-")
                await page.screenshot(path=Path(_PICTURES) / f"{name}.png", full_page=True)
    return found


@pytest.mark.timeout(1800)
async def test_axe_finds_nothing_on_any_page(browser: Browser, house: House) -> None:
    found: list[str] = []
    contexts: dict[str, BrowserContext] = {}
    for path, role in pages():
        if role not in contexts:
            contexts[role] = await _context(browser, house, role)
        page = await contexts[role].new_page()
        _listen(page, path, found)
        await page.goto(house.rt.settings.public_url + house.address(path))
        found += await _faults(page, path)
        await page.close()
    for context in contexts.values():
        await context.close()
    assert found == []


@pytest.mark.timeout(900)
async def test_axe_finds_nothing_on_any_page_that_answers_a_form(browser: Browser, house: House) -> None:
    """Each answer is shown in one window as it came: what a form leads to, its own program's tests say."""
    found: list[str] = []
    context = await _context(browser, house, "")
    page, said = await context.new_page(), list[str]()
    _listen(page, "answer", said)
    for n, (one, got) in enumerate(await answers(house)):
        address, where = f"{house.rt.settings.public_url}/console/answer/{n}", f"{n} {one.path}"
        await page.route(address, partial(_show, got))
        await page.goto(address)
        found += [*await _faults(page, where, [NARROW]), *(f"{where}: {line}" for line in said)]
        said.clear()
    await context.close()
    assert not found, "\n".join(found)


async def _show(got: httpx.Response, route: Route) -> None:
    await route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)


def _listen(page: Page, path: str, found: list[str]) -> None:
    """Note what the browser complains of. That a page has an error status on purpose is no complaint."""

    def said(line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"} and "responded with a status of 4" not in line.text:
            found.append(f"{path}: {line.text}")

    page.on("console", said)
    page.on("pageerror", lambda error: found.append(f"{path}: {error}"))


async def test_it_would_be_noticed(browser: Browser, house: House) -> None:
    context = await _context(browser, house, "administrator")
    page = await context.new_page()
    await page.goto(house.rt.settings.public_url + "/console/programs")
    await page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=/x><input>')")
    await page.evaluate("document.querySelector('h1').style.color = 'silver'")
    assert {re.split(": ", fault)[1] for fault in await _faults(page, "x")} >= {"image-alt", "label", "color-contrast"}
    await context.close()
