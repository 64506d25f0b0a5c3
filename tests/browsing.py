"""A real Chromium, for the tests that look at pages as people do."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pyotp
import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=360, height=740)
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """Return where the browser is. Skips without one, or fails where one is required."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        why = "no Chromium here: install it (on Debian: apt install chromium) to try the pages in a browser"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(why)
        pytest.skip(why)
    return found


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Run the browser."""
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        yield browser
        await browser.close()


async def printed(page: Page, paper: str) -> int:
    """Return on how many sheets a page is printed; a first print was once seen to come before the layout was there."""
    await page.pdf(format=paper)
    (found,) = re.findall(rb"/Count (\d+)", await page.pdf(format=paper))
    return int(found)


_last_steps: dict[str, int] = {}


def fresh_code(secret: str) -> str:
    """Return a code of the second factor that was not given out before: one works once, and its neighbours work too.

    It still works some seconds later, when the form is sent. Whoever asks too often waits for one.
    """
    step = max(int(time.time() + 10) // 30 - 1, _last_steps.get(secret, 0) + 1)
    while step > int(time.time()) // 30 + 1:
        time.sleep(0.1)
    _last_steps[secret] = step
    return pyotp.TOTP(secret).at(step * 30)
