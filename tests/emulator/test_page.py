"""The page, its help, and the stream that keeps it up to date."""

import json
import re
from contextlib import aclosing
from dataclasses import replace
from html import unescape
from pathlib import Path

import httpx
import pytest

from sms_service.emulator import create_app, page, scripting
from sms_service.emulator.page import follow

from .practice import ADA, BEN, LINE, MESSAGES

STATIC = Path(page.__file__).parent / "static"


async def test_the_page_knows_the_service_and_loads_only_from_here(client):
    response = await client.get("/")
    assert response.status_code == 200
    facts = json.loads(unescape(re.search(r"data-facts='([^']*)'", response.text)[1]))
    assert facts["numbers"] == [LINE, "+17575550101"]
    assert facts["default_phones"] == ["+17575550111", "+17575550122"]
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert "://" not in response.text
    for path in re.findall(r'(?:src|href)="(/emulator/static/[^"]+)"', response.text):
        assert (await client.get(path)).status_code == 200


async def test_only_with_a_clock_is_there_a_button_for_it(client, settings):
    assert 'id="next"' not in (await client.get("/")).text
    with_clock = replace(settings, clock_url="http://clock.test/")
    async with httpx.AsyncClient() as http:
        transport = httpx.ASGITransport(app=create_app(with_clock, http=http))
        async with httpx.AsyncClient(transport=transport, base_url="http://e.test") as other:
            assert 'id="next"' in (await other.get("/")).text


async def test_a_hint_with_markup_stays_text(settings):
    nasty = replace(settings, join_hint="<script>x</script>'")
    async with httpx.AsyncClient() as http:
        transport = httpx.ASGITransport(app=create_app(nasty, http=http))
        async with httpx.AsyncClient(transport=transport, base_url="http://e.test") as other:
            assert "<script>x" not in (await other.get("/")).text


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_the_scripts_write_text_and_never_markup(script):
    source = script.read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|https?://", source)
    # Every module that is asked for is one of ours.
    for name in re.findall(r'from "\./([^"]+)"', source):
        assert (STATIC / name).exists()


async def test_the_help_page_names_every_address(client):
    text = unescape((await client.get("/emulator/help")).text)
    parts = (scripting.texts, scripting.reading, scripting.call_scripting, scripting.controls)
    addresses = {f"/emulator{route.path}" for part in parts for route in part.router.routes}
    assert len(addresses) >= 12
    assert {address for address in addresses if address not in text} == set()


def parse(event):
    name, data = event.strip().split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def test_the_stream_begins_with_what_there_is_and_goes_on_with_what_changes(client, app):
    await client.post("/emulator/texts", json={"from": ADA, "body": "first"})
    async with aclosing(follow(app.state.exchange.memory, frozenset({ADA}))) as stream:
        start = [parse(await anext(stream)) for _ in range(3)]
        assert [name for name, _ in start] == ["start", "state", "message"]
        assert start[2][1]["body"] == "first"
        await client.post("/emulator/texts", json={"from": BEN, "body": "not for this phone"})
        await client.post("/emulator/collectable", json={"from": ADA, "body": "second"})
        name, row = parse(await anext(stream))
        assert (name, row["body"]) == ("message", "second")


async def test_the_stream_shows_each_state_of_a_text(client, app):
    async with aclosing(follow(app.state.exchange.memory, frozenset({ADA}))) as stream:
        for _ in range(2):
            await anext(stream)
        await client.post(MESSAGES, data={"To": ADA, "From": LINE, "Body": "Hello"})
        seen = []
        while "delivered" not in seen:
            seen.append(parse(await anext(stream))[1]["status"])
    assert seen == ["queued", "sent", "delivered"]


async def test_the_stream_starts_anew_when_everything_is_forgotten(client, app, practice):
    async with aclosing(follow(app.state.exchange.memory, frozenset({ADA}))) as stream:
        for _ in range(2):
            await anext(stream)
        await client.post("/emulator/reset")
        assert [parse(await anext(stream))[0] for _ in range(2)] == ["start", "state"]


def test_the_stream_reaches_a_browser(live):
    with httpx.stream("GET", f"{live}/emulator/events", params={"phone": ADA}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert next(response.iter_lines()) == "event: start"
