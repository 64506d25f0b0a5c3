"""The console's measurement asks for every page that a coordinator may read, and each is shown."""

from __future__ import annotations

from bench import console
from sms_service.console.pages import PAGES
from sms_service.runtime import Runtime
from tests.ports import free_port


async def test_every_page_is_measured_with_people_enrolled(rt: Runtime) -> None:
    port = free_port()
    settings = rt.settings.model_copy(update={"port": port, "public_url": f"http://127.0.0.1:{port}"})
    found = await console.measure(settings, enrolled=40, rounds=1)
    filled = console.addresses()
    assert set(found["console_p95_ms"]) == set(filled)
    readable = [page for page in PAGES if page.method == "GET" and console.ROLE in page.roles]
    assert len(filled) == len(readable) - 1  # /console leads on to the first of them
