"""Every address of the console as every role, held against the table in docs/console-roles.md."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from sms_service.app import create_app
from sms_service.console import forms
from sms_service.console.pages import PAGES
from sms_service.runtime import Runtime
from tests.sms_service.furnished import HOSTILE, OUTSIDE, ROLES, House, furnish, pages, reader

TABLE = Path(__file__).parents[2] / "docs" / "console-roles.md"
COLUMNS = (*ROLES, "elsewhere", "signed out")
Route = tuple[str, str]


@pytest.fixture
async def house(rt: Runtime) -> House:
    return await furnish(rt)


def _written() -> dict[Route, dict[str, str]]:
    """Return the cells of the table by method and path."""
    rows = re.findall(r"^\| (GET|POST) `(\S+)` \|[^|]+\|(.+)\|$", TABLE.read_text(), re.MULTILINE)
    return {
        (method, path): dict(zip(COLUMNS, (cell.strip() for cell in cells.split("|")), strict=True))
        for method, path, cells in rows
    }


def _routes(rt: Runtime) -> list[Route]:
    return sorted(
        (method, context.path)
        for context in iter_route_contexts(create_app(rt).routes)
        for method in context.methods or {"?"}
        if context.path.startswith("/console") and method != "HEAD"
    )


def _outcome(answer: httpx.Response) -> str:
    if answer.status_code == 303 and answer.headers["location"] == "/console/sign-in":
        return "sign in"
    if answer.status_code in {200, 303, 400, 401, 409, 413, 422, 429}:
        return "yes"
    return str(answer.status_code)


async def _try(house: House, web: httpx.AsyncClient, route: Route) -> httpx.Response:
    """Go there; with a form that has nothing in it but the proof."""
    method, path = route
    form = {"proof": house.proof(web, path)} if method == "POST" else None
    return await web.request(method, house.address(path), data=form)


async def _walk(house: House, role: str) -> dict[Route, str]:
    """Return what becomes of each request of a role. Signing out is left to the last."""
    routes = sorted(_routes(house.rt), key=lambda route: route[1].endswith(("/sign-out", "/sign-in")))
    async with house.browser(role) as web:
        return {route: _outcome(await _try(house, web, route)) for route in routes}


def _unlike(found: Mapping[Route, str], column: str) -> dict[Route, str]:
    written = _written()
    return {
        route: f"{column}: it is {outcome}, and the table says {written.get(route, {}).get(column)}"
        for route, outcome in found.items()
        if written.get(route, {}).get(column) != outcome
    }


def test_the_table_has_every_address_and_no_other(rt: Runtime) -> None:
    assert sorted(_written()) == _routes(rt)


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_may_what_the_table_says(house: House, role: str) -> None:
    found = await _walk(house, role)
    assert _unlike(found, role) == {}


async def test_nobody_gets_at_what_is_another_programs(house: House) -> None:
    walks = [await _walk(house, f"{role} elsewhere") for role in ROLES[:-1]]
    found = {route: "yes" if any(walk[route] == "yes" for walk in walks) else "no" for route in walks[0]}
    assert _unlike(found, "elsewhere") == {}


async def test_whoever_is_signed_out_is_asked_to_sign_in(house: House) -> None:
    found = await _walk(house, "")
    found["GET", "/console/sign-in"] = "yes"
    assert _unlike(found, "signed out") == {}


async def test_no_form_is_believed_without_its_proof(house: House) -> None:
    before = await _everything(house)
    inside = [(page.path, reader(page)) for page in PAGES if page.method == "POST"]
    for path, role in [*inside, ("/console/sign-out", "auditor"), *((path, "") for path in OUTSIDE)]:
        async with house.browser(role) as web:
            for form in ({}, {"proof": ""}, {"proof": "0" * 64}, {"proof": "\N{BULLET}"}):
                answer = await web.post(house.address(path), data=form)
                assert (path, answer.status_code) == (path, 403)
                assert "out of date" in answer.text
    assert await _everything(house) == before


async def test_a_large_file_of_whoever_may_not_send_it_is_not_even_read(house: House) -> None:
    async def never() -> AsyncIterator[bytes]:
        pytest.fail("it was read")
        yield b""

    large = [page for page in PAGES if page.largest > forms.LARGEST]
    assert large
    async with house.browser("") as web:
        for page in large:
            assert _outcome(await web.post(house.address(page.path), content=never())) == "sign in"
    async with house.browser("auditor") as web:
        for page in large:
            assert (await web.post(house.address(page.path), content=never())).status_code == 403


def test_whatever_reads_a_large_file_does_so_beside_the_loop() -> None:
    assert all(page.prepare for page in PAGES if page.largest > forms.LARGEST)


async def _everything(house: House) -> object:
    async with house.rt.engine.connect() as connection:
        tables = (
            "programs",
            "staff_roles",
            "follow_ups",
            "enrolments",
            "audit",
            "staff_links",
            "recovery_codes",
            "staff",
            "flow_plays",
        )
        counted = [await connection.exec_driver_sql(f"select * from {table} order by 1") for table in tables]  # noqa: S608
        return [[tuple(row) for row in result] for result in counted]


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_page_shows_hostile_names_as_text_and_carries_the_policy(house: House, language: str) -> None:
    shown = 0
    for path, role in pages():
        async with house.browser(role, language) as web:
            page = await web.get(house.address(path))
        assert (path, page.status_code) == (path, 422 if "=25:00" in path or "=never" in path else 200)
        assert "<script>planted" not in page.text, path
        assert HOSTILE not in page.text, path
        assert "O'Neil \"" not in page.text, path
        shown += "planted()" in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'" in policy, path
        assert "unsafe" not in policy, path
        assert not re.search(r"<[^>]+\s(style|on\w+)=", page.text), path
        assert not re.search(r"<script(?! src=\"/style/)", page.text), path
        assert (page.headers["cache-control"], page.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert shown > 3
