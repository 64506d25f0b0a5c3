"""The public pages: what people are told before they join, and where they turn in a hard moment."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

from sms_service import pages, style
from sms_service.programs import ProgramError, read_settings
from sms_service.runtime import Runtime
from tests import people

NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:9/none"
OPEN = ("/", "/p/tide", "/r/help", "/r/break", "/r/learn", "/r/therapists", "/r/988", "/r/region-five-crisis")
CHAT = "/r/go/988/3"


def browser(rt: Runtime) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(pages.routes(rt))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=rt.settings.public_url)


@pytest.fixture
async def web(rt: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    await people.program(rt, learn_url="", floor=12)
    async with browser(rt) as client:
        yield client


@pytest.fixture
async def without_database(rt: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    engine = create_async_engine(NOWHERE)
    async with browser(Runtime(rt.settings, engine, rt.vault)) as client:
        yield client
    await engine.dispose()


class Links(HTMLParser):
    """Collects what a page points at, and complains about tags that do not close."""

    _VOID = frozenset({"meta", "link", "input", "br", "path", "option"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in {"href", "src", "action"} and value]
        if tag not in self._VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._VOID:
            assert self.open.pop() == tag


async def test_a_program_says_how_to_join_and_on_what_terms(web: httpx.AsyncClient) -> None:
    page = (await web.get("/p/tide")).text
    for words in (
        "Tidewater Care",
        "JOIN",
        "(757) 555-0100",
        "12 or more answers",
        "988",
        "911",
        "Nobody reads your replies live",
        "Up to 10 messages a week",
        "Msg &amp; data rates may apply",
        "STOP",
        "HELP",
        "ERASE",
        "subpoena",
        "public records",
        "no one calls from this line",
        "ERASE ALL",
        "not medical records",
        "personnel file",
        "keys",
        "It isn't treatment",
        "your choice",
    ):
        assert words in page, words
    assert "sms:+17575550100?body=JOIN" in Links(page).found
    assert '<svg viewBox="' in page


async def test_spanish_says_as_much(web: httpx.AsyncClient) -> None:
    page = (await web.get("/p/tide?lang=es")).text
    for words in (
        "Tidewater Care",
        "JOIN",
        "12 respuestas o más",
        "envía AYUDA al 988",
        "911",
        "Nadie lee tus respuestas en vivo",
        "Hasta 10 mensajes por semana",
        "Pueden aplicar tarifas",
        "STOP",
        "HELP",
        "BORRAR",
        "orden judicial",
        "registros públicos",
        "nadie llama desde esta línea",
        "BORRAR TODO",
        "expediente médico",
        "expediente laboral",
        "llaves",
        "No es tratamiento",
        "voluntario",
    ):
        assert words in page, words
    assert page.count("<h2") == (await web.get("/p/tide")).text.count("<h2")


@pytest.mark.parametrize("path", OPEN)
async def test_each_page_comes_in_both_languages_with_a_switch(web: httpx.AsyncClient, path: str) -> None:
    for lang, other in (("en", "es"), ("es", "en")):
        page = await web.get(path, params={"lang": lang})
        assert page.status_code == 200
        assert f'<html lang="{lang}">' in page.text
        assert f"{path}?lang={other}" in Links(page.text).found
        assert page.headers["content-language"] == lang


async def test_a_spanish_browser_is_answered_in_spanish(web: httpx.AsyncClient) -> None:
    page = await web.get("/r/help", headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})
    assert '<html lang="es">' in page.text
    assert page.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("path", OPEN)
async def test_every_page_may_be_kept_and_follows_nobody(web: httpx.AsyncClient, path: str) -> None:
    page = await web.get(path)
    assert page.headers["cache-control"] == "public, max-age=300"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "set-cookie" not in page.headers
    loaded = re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="([^"]*)"', page.text)
    assert loaded
    assert all(one.startswith("/style/") for one in loaded)


async def test_the_links_of_the_pages_lead_somewhere(web: httpx.AsyncClient) -> None:
    for path in OPEN:
        for link in Links((await web.get(path)).text).found:
            if link.startswith("/") and not link.startswith("/console"):
                assert (await web.get(link)).status_code == (302 if link.startswith("/r/go/") else 200), link


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("en", {"tel:988", "sms:988", "tel:911", "sms:741741?body=HOME", "sms:838255", CHAT}),
        ("es", {"tel:988", "sms:988?body=AYUDA", "tel:911", "sms:741741?body=HOLA", "sms:838255", f"{CHAT}?lang=es"}),
    ],
)
async def test_help_can_be_tapped_while_the_database_is_away(
    without_database: httpx.AsyncClient, lang: str, wanted: set[str]
) -> None:
    page = await without_database.get("/r/help", params={"lang": lang})
    assert page.status_code == 200
    assert wanted <= set(Links(page.text).found)
    assert "<script" not in page.text
    assert ("Checked in November 2026" if lang == "en" else "Revisado en noviembre de 2026") in page.text
    assert (await without_database.get("/r/988", params={"lang": lang})).status_code == 200
    assert (await without_database.get(CHAT)).headers["location"] == "https://988lifeline.org/"


async def test_only_numbers_that_were_checked_are_shown(web: httpx.AsyncClient) -> None:
    page = await web.get("/r/help")
    numbers = {re.split(r"[:?]", link)[1] for link in Links(page.text).found if link.startswith(("tel:", "sms:"))}
    near = {"+17576567755", "+17573850888", "+17576651260"}
    assert numbers == {"988", "911", "741741", "838255", "+18009855990", "+18009506264", "62640", *near}
    for hidden in ("Norfolk", "Safe Call Now", "Trevor", "Samaritans", "799-7233", "409-0141"):
        assert hidden not in page.text


async def test_other_pages_say_so_when_the_database_is_away(without_database: httpx.AsyncClient) -> None:
    assert (await without_database.get("/")).status_code == 200
    page = await without_database.get("/p/tide")
    assert (page.status_code, page.headers["retry-after"], page.headers["cache-control"]) == (503, "60", "no-store")
    assert "tel:988" in Links(page.text).found


@pytest.mark.parametrize("path", ["/p/nothing", "/p/TIDE", "/r/learn/nothing", "/r/nothing", "/r/norfolk-csb"])
async def test_an_unknown_program_is_a_plain_page(web: httpx.AsyncClient, path: str) -> None:
    page = await web.get(path, params={"lang": "es"})
    assert page.status_code == 404
    assert "Aquí no hay nada" in page.text
    assert Links(page.text).found


async def test_training_leads_to_the_programs_own_list(rt: Runtime) -> None:
    await people.program(rt, learn_url="https://learn.test/courses")
    async with browser(rt) as web:
        for path in ("/r/learn", "/r/learn/tide"):
            assert (await web.get(path)).headers["location"] == "https://learn.test/courses"


LOOSE = (
    "http://learn.test/courses",
    "https://user:word@learn.test/",
    "https://learn.test:8443/",
    "https://localhost/x",
)


@pytest.mark.parametrize("link", LOOSE)
async def test_a_loose_link_to_training_is_refused_and_one_stored_before_leads_nowhere(rt: Runtime, link: str) -> None:
    with pytest.raises(ProgramError, match="learn_url: 'http"):
        await people.program(rt, learn_url=link)
    await people.program(rt)
    stored = (
        "update programs set settings = settings || jsonb_build_object('learn_url', cast(:link as text)) returning slug"
    )
    await people.rows(rt, stored, link=link)
    async with browser(rt) as web:
        for path in ("/r/learn", "/r/learn/tide"):
            page = await web.get(path)
            assert (page.status_code, link in page.text) == (200, False)


def test_training_is_never_a_link_that_runs() -> None:
    with pytest.raises(ProgramError, match="learn_url"):
        read_settings({"operator": "Tide", "short_name": "Tide", "learn_url": "javascript:alert(1)"})


async def test_the_sheet_is_kept_for_good_under_its_own_address(web: httpx.AsyncClient) -> None:
    sheet = await web.get(style.address("check-in.css"))
    assert "immutable" in sheet.headers["cache-control"]
    assert sheet.headers["content-type"].startswith("text/css")
    old = await web.get("/style/000000000000/check-in.css")
    assert (old.text, old.headers["cache-control"]) == (sheet.text, "public, max-age=60")
    assert (await web.get("/style/000000000000/other.css")).status_code == 404


def _luminance(colour: str) -> float:
    """Return the relative luminance of "#rrggbb" (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


async def test_every_pair_of_colours_can_be_read(web: httpx.AsyncClient) -> None:
    sheet = (await web.get(style.address("check-in.css"))).text
    themes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in re.findall(r"{([^{}]*)}", sheet)]
    themes = [theme for theme in themes if "ink" in theme]
    assert len(themes) == 3
    assert themes[1] == themes[2]
    for theme in themes:
        pairs = [(ink, on) for ink in ("ink", "muted", "accent") for on in ("paper", "raised", "wash")]
        pairs += [(ink, on) for ink in ("amber", "red", "green") for on in ("paper", "raised")] + [
            ("on-accent", "accent")
        ]
        for ink, on in pairs:
            light, dark = sorted((_luminance(theme[ink]), _luminance(theme[on])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, on)
        light, dark = sorted((_luminance(theme["edge"]), _luminance(theme["raised"])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3, "the edge of a field"


async def test_a_draft_is_not_told_of_on_the_first_page(rt: Runtime, web: httpx.AsyncClient) -> None:
    await people.rows(rt, "update programs set state = 'live' returning id")
    assert "Tidewater check-in" in (await web.get("/")).text
    await people.rows(rt, "update programs set state = 'draft' returning id")
    assert "Tidewater check-in" not in (await web.get("/")).text
