"""The way into the console: what is read before the transaction, what no form may hold, and what nobody foresaw."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text as sql
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sms_service.app import create_app
from sms_service.console.door import AT_ONCE, Page, guarded
from sms_service.console.forms import Form
from sms_service.console.sessions import EDITORS
from sms_service.console.visit import Visit
from sms_service.programs import Program
from tests.sms_service.desk import Dora, dora, proof

__all__ = ["dora"]

NEW = "/console/programs/tide/learning/events/new"


async def test_others_are_answered_while_a_file_is_read_and_no_connection_is_held(dora: Dora) -> None:
    begun, go = threading.Event(), threading.Event()

    def read(program: Program, _: datetime, form: Form) -> str:
        begun.set()
        assert go.wait(60)
        return f"{program.slug} {form['file']}"

    async def show(_: Visit, __: Form, found: str) -> Response:
        return PlainTextResponse(found)

    await dora.enter()
    app = FastAPI()
    page = Page("/console/programs/{slug}/slow", "POST", show, EDITORS, 100_000, read)
    app.add_route(page.path, guarded(dora.rt, page, asyncio.Semaphore(1)), methods=["POST"])
    url = dora.rt.settings.public_url
    form = {"proof": proof(await dora.web.get(NEW)), "file": "x" * 50_000}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=url, cookies=dora.web.cookies
    ) as slow:
        reading = asyncio.create_task(slow.post("/console/programs/tide/slow", data=form))
        assert await asyncio.to_thread(begun.wait, 60)
        assert dora.rt.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        assert (await dora.web.get(NEW)).status_code == 200
        assert not reading.done()
        go.set()
        assert (await reading).text == f"tide {form['file']}"


async def test_pages_leave_connections_for_the_texts(dora: Dora) -> None:
    here, most, full, go = 0, 0, asyncio.Event(), asyncio.Event()

    async def show(_: Visit) -> Response:
        nonlocal here, most
        here += 1
        most = max(most, here)
        if here == AT_ONCE:
            full.set()
        await go.wait()
        here -= 1
        return PlainTextResponse("shown")

    await dora.enter()
    app = FastAPI()
    page = Page("/console/programs/{slug}/slow", "GET", show, EDITORS)
    app.add_route(page.path, guarded(dora.rt, page, asyncio.Semaphore(AT_ONCE)), methods=["GET"])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=dora.rt.settings.public_url, cookies=dora.web.cookies
    ) as web:
        asked = [asyncio.create_task(web.get("/console/programs/tide/slow")) for _ in range(3 * AT_ONCE)]
        async with asyncio.timeout(60):
            await full.wait()
        async with dora.rt.begin() as (connection, _):  # as a text would
            assert (await connection.execute(sql("select 1"))).scalar_one() == 1
        go.set()
        assert {(await one).text for one in asked} == {"shown"}
    assert most == AT_ONCE


@pytest.mark.parametrize("odd", ["\0", "\x1b", "\x7f", "\x85"])
async def test_a_character_that_cannot_be_kept_is_refused_by_its_field(dora: Dora, odd: str) -> None:
    await dora.enter()
    form = {"proof": proof(await dora.web.get(NEW)), "on": "2030-01-01", "title": "Rest", "place": f"Nor{odd}folk"}
    answer = await dora.web.post(NEW, data=form)
    assert answer.status_code == 422
    assert "What stands in the field “place” has a character" in answer.text
    assert odd not in answer.text
    assert await dora.rows("select 1 from events") == []


async def test_such_a_character_is_refused_before_anybody_is_signed_in(dora: Dora) -> None:
    form = {"proof": proof(await dora.web.get("/console/sign-in")), "email": "a\0@b.test", "password": "x"}
    answer = await dora.web.post("/console/sign-in", data=form)
    assert (answer.status_code, "“email”" in answer.text) == (422, True)


@pytest.mark.parametrize("path", ["/console/programs/ti%00de", "/console/resources/a%00", "/p/ti%00de", "/r/%00"])
async def test_no_address_has_such_a_character(dora: Dora, path: str) -> None:
    await dora.enter()
    app = create_app(dora.rt)
    transport = httpx.ASGITransport(app=app)
    url = dora.rt.settings.public_url
    async with httpx.AsyncClient(transport=transport, base_url=url, cookies=dora.web.cookies) as web:
        assert (await web.get(path)).status_code == 404


@pytest.mark.parametrize(("language", "said"), [("en", "Something went wrong here"), ("es", "Aquí algo salió mal")])
async def test_what_nobody_foresaw_is_answered_with_a_page(dora: Dora, language: str, said: str) -> None:
    async def fail(_: Request) -> Response:
        raise ZeroDivisionError

    app = create_app(dora.rt)
    app.add_route("/console/failing", fail)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=dora.rt.settings.public_url) as web:
        answer = await web.get("/console/failing", params={"lang": language})
    assert answer.status_code == 500
    assert said in answer.text
