"""Where people can turn, as a deployment has it: its checks, its own, the pages and what is counted."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from flows.places.resources import packaged
from sms_service import cli, doctor, programs, resources
from sms_service.resources import Resources
from sms_service.runtime import Runtime
from tests import people
from tests.sms_service.served import variables
from tests.sms_service.test_health import silent
from tests.sms_service.test_pages import CHAT, Links, browser, without_database

__all__ = ["silent", "without_database"]

WEDNESDAY = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)  # noon in New York
MONDAY = date(2026, 11, 16)
OWN = """
country: us
places:
  us: {en: United States, es: Estados Unidos}
  us-va-region-five: {en: Region Five, es: Región Cinco}
resources:
- id: region-five-training
  need: training
  name: {en: Region Five training center, es: Centro de cursos de la Región Cinco}
  about: {en: Courses and videos., es: Cursos y videos.}
  audience: [clinicians]
  languages: [en]
  ways: [{url: "https://learn.tide.test/", label: {en: Open the list, es: Abrir la lista}}]
  hours: always
  source: learn.tide.test
  verified_on: null
  verified_by: null
- id: tide-peers
  need: peers
  name: Tide peers
  about: {en: Colleagues who listen., es: Colegas que escuchan.}
  audience: [clinicians]
  languages: [en, es]
  ways: [{call: "+17575550177", label: {en: Call 757-555-0177, es: Llamar al 757-555-0177}}]
  hours: {zone: America/New_York, open: [mon-fri 18:00-22:00], said: {en: Weekday evenings, es: Noches de semana}}
  region: us-va-region-five
  source: {en: by word of mouth, es: de palabra}
  verified_on: 2026-11-10
  verified_by: Dora Diaz
"""


@pytest.fixture
async def desk(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """A deployment on a Wednesday at noon, and the environment that its commands read."""
    for name, value in variables(rt.settings).items():
        monkeypatch.setenv(name, value)
    await people.program(rt)
    await people.move_to(rt, WEDNESDAY)
    return rt


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have somebody at the terminal answer so, one line after the other."""

    def typed(*lines: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return typed


@pytest.fixture
def own(tmp_path: Path) -> str:
    return written(tmp_path / "ours.yaml", OWN)


def written(path: str | Path, body: str) -> str:
    Path(path).write_text(body, encoding="utf-8")
    return str(path)


async def run(*words: str) -> int:
    """Run `sms-service resources` in a thread of its own: it brings its own event loop."""
    return await asyncio.to_thread(cli.main, ["resources", *words])


async def read(rt: Runtime, path: str, **params: str) -> httpx.Response:
    """Open a page as a browser that has never been here."""
    async with browser(rt) as web:
        return await web.get(path, params=params)


async def opened(rt: Runtime) -> list[tuple[object, ...]]:
    return await people.rows(rt, "select week, resource, language, opened from resource_counts order by 2, 3")


async def test_what_is_found_broken_is_gone_at_once_and_back_when_it_works(desk: Runtime) -> None:
    assert "741741" in (await read(desk, "/r/help")).text
    assert await run("verify", "crisis-text-line", "--by", "Dora", "--broken", "--note", "no answer") == 0
    page = await read(desk, "/r/help")
    assert "741741" not in page.text
    assert (await read(desk, "/r/crisis-text-line")).status_code == 404
    assert await run("verify", "crisis-text-line", "--by", "Dora", "--works") == 0
    assert "Tried in November 2026: it works." in (await read(desk, "/r/crisis-text-line")).text
    assert "Probado en noviembre de 2026: funciona." in (await read(desk, "/r/crisis-text-line", lang="es")).text


async def test_what_somebody_verified_is_shown_also_of_another_country(desk: Runtime) -> None:
    for one in ("norfolk-csb", "ca-988"):
        assert await run("verify", one, "--by", "Dora", "--works") == 0
    page = await read(desk, "/r/help", lang="es")
    assert "Norfolk" in page.text
    assert "<summary>Canadá</summary>" in page.text
    assert "En inglés y francés" in page.text


async def test_who_verified_it_is_not_told_to_the_world(desk: Runtime) -> None:
    await run("verify", "nami-helpline", "--by", "Dora Diaz", "--works", "--note", "spoke with Sam")
    for path in ("/r/help", "/r/nami-helpline"):
        page = (await read(desk, path)).text
        assert "Dora" not in page
        assert "Sam" not in page


async def test_a_line_that_is_closed_says_so_and_comes_after_the_open_ones(desk: Runtime, own: str) -> None:
    page = (await read(desk, "/r/nami-helpline")).text
    assert "Monday to Friday, 10 AM to 10 PM Eastern" in page
    assert "Closed" not in page
    await people.move_to(desk, WEDNESDAY + timedelta(days=3))
    assert "Closed right now. Monday to Friday" in (await read(desk, "/r/nami-helpline")).text
    assert "Cerrado ahora. De lunes a viernes" in (await read(desk, "/r/nami-helpline", lang="es")).text
    page = (await read(desk, "/r/help")).text
    assert page.index("Disaster Distress Helpline") < page.index("NAMI HelpLine")


async def test_ways_whose_answer_comes_from_elsewhere_stand_by_themselves(desk: Runtime) -> None:
    page = (await read(desk, "/r/help")).text
    section = page[page.index("If you might know") : page.index("Other support")]
    assert {"sms:988", CHAT, "sms:741741?body=HOME"} == set(re.findall(r'href="([^"]+)"', section))
    assert page.index("you may reach a colleague") < page.index("tel:+17576567755")
    assert "You may know the person who answers" in (await read(desk, "/r/region-five-crisis")).text


async def test_a_deployments_own_are_added_with_the_same_rules(
    desk: Runtime, own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run("add", own) == 0
    said = capsys.readouterr().out
    assert "tide-peers: added, shown" in said
    assert "region-five-training: added, hidden until somebody tried it" in said
    page = (await read(desk, "/r/help")).text
    assert "Tide peers" in page
    assert page.index("<summary>Virginia, Region Five") < page.index("Tide peers")
    assert "learn.tide.test" not in (await read(desk, "/r/learn")).text
    await run("verify", "region-five-training", "--by", "Dora", "--works")
    page = await read(desk, "/r/learn")
    assert "Region Five training center" in page.text
    assert (await read(desk, "/r/go/region-five-training/1")).headers["location"] == "https://learn.tide.test/"
    assert await run("remove", "tide-peers") == 0
    assert "Tide peers" not in (await read(desk, "/r/help")).text
    assert await run("remove", "tide-peers") == 1


async def test_a_programs_own_is_shown_and_sent_to_its_people_alone(desk: Runtime) -> None:
    north = await people.second_program(desk)
    body = OWN.replace("verified_on: null", "verified_on: 2026-11-10").replace("verified_by: null", "verified_by: Dora")
    async with desk.begin() as (connection, now):
        tide = (await programs.find(connection, "tide")).id
        await resources.add(connection, "ours.yaml", body, now, program=tide)
    for path in ("/r/help", "/h/north", "/h/nowhere"):
        assert "Tide peers" not in (await read(desk, path)).text, path
    for path, asked in (("/h/tide", {}), ("/r/help", {"p": "tide"})):
        assert "Tide peers" in (await read(desk, path, **asked)).text, path
    assert "/r/therapists?lang=es&amp;p=tide" in (await read(desk, "/h/tide", lang="es")).text
    for path, seen in (("/r/learn/tide", True), ("/r/learn/north", False), ("/r/learn", False)):
        page = await read(desk, path)
        assert ("Region Five training center" in page.text) == seen, path
    for slug, link in (("tide", "/h/tide"), ("north", "/r/help")):
        assert f'href="{link}"' in (await read(desk, f"/p/{slug}")).text
    await people.join(desk)
    assert "https://checkin.test/h/tide" in " ".join(await people.text(desk, "I want to kill myself"))
    await people.texts(desk, ("NORTH", *people.JOINING[1:]), number=people.BEN)
    said = " ".join(await people.text(desk, "I want to kill myself", number=people.BEN))
    assert "https://checkin.test/r/help" in said
    async with desk.begin() as (connection, now):
        known, owners = await resources.load(connection), await resources.programs_of(connection)
    assert {one.id for one in resources.of(known, owners, {tide})} >= {"tide-peers", "988"}
    assert "tide-peers" not in {one.id for one in resources.of(known, owners, {north})}


async def test_a_check_does_not_vouch_for_another_number(desk: Runtime, own: str) -> None:
    await run("add", own)
    await run("verify", "tide-peers", "--by", "Dora", "--broken")
    assert (await read(desk, "/r/tide-peers")).status_code == 404
    written(own, OWN.replace("0177", "0178"))
    await run("add", own)
    assert "tel:+17575550178" in (await read(desk, "/r/tide-peers")).text


async def test_one_of_its_own_that_cannot_be_used_costs_nobody_the_others(
    desk: Runtime, own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await run("add", own)
    async with desk.begin() as (connection, _):
        await connection.execute(text("update own_resources set yaml = 'x' where id = 'region-five-training'"))
    assert "Tide peers" in (await read(desk, "/r/help")).text
    await doctor.examine(desk)
    assert "stale    own.yaml: expected a mapping" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verify", "nothing", "--by", "Dora", "--works"), "there is no resource 'nothing'"),
        (("verify", "988", "--works"), "--works and --broken need the id of one resource, and --by"),
        (("verify", "--by", "Dora", "--broken"), "--works and --broken need the id of one resource, and --by"),
        (("list", "--country", "xx"), "--country xx: there is none; there are: anywhere, au, "),
        (("add", "/nowhere.yaml"), "/nowhere.yaml: cannot be read (FileNotFoundError)"),
        (("remove", "988"), "988: not one of your own; `resources verify 988 --broken` hides others"),
    ],
)
async def test_what_cannot_be_done_is_said_in_one_line(
    desk: Runtime, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert await run(*words) == 1
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("id: tide-peers", 'id: "988"'), "ours.yaml: resource 988: id: this release has one of this id"),
        (("2026-11-10", "2026-12-10"), "ours.yaml: resource tide-peers: verified_on: 2026-12-10 is still to come"),
        (("need: peers", "need: friends"), "ours.yaml: resource tide-peers: need: 'friends' is not one of"),
    ],
)
async def test_a_file_with_a_fault_adds_nothing(
    desk: Runtime, own: str, capsys: pytest.CaptureFixture[str], change: tuple[str, str], said: str
) -> None:
    written(own, OWN.replace(*change))
    assert await run("add", own) == 1
    assert capsys.readouterr().err.startswith(said)
    assert await people.rows(desk, "select id from own_resources") == []


async def test_a_walk_shows_what_to_dial_and_keeps_each_answer(
    desk: Runtime, capsys: pytest.CaptureFixture[str], answers: Callable[..., None]
) -> None:
    answers("Eve, peer lead", "y", "", "n", "rings out", "perhaps", "s", "q")
    assert await run("verify") == 0
    said = capsys.readouterr().out
    assert "SAMHSA National Helpline  [samhsa-national-helpline, United States]" in said
    assert "call  +18006624357  (Call 1-800-662-4357)" in said
    assert "988 Suicide" not in said, "what was verified lately is not asked for again"
    kept = "select resource_id, verified_on, verified_by, works, note from resource_checks order by id"
    assert await people.rows(desk, kept) == [
        ("samhsa-national-helpline", WEDNESDAY.date(), "Eve, peer lead", True, ""),
        ("domestic-violence-hotline", WEDNESDAY.date(), "Eve, peer lead", False, "rings out"),
    ]


async def test_an_emergency_number_is_not_called_to_try_it(
    desk: Runtime, capsys: pytest.CaptureFixture[str], answers: Callable[..., None]
) -> None:
    answers("s")
    assert await run("verify", "911", "--by", "Eve") == 0
    assert "Don't call this to try it" in capsys.readouterr().out


async def test_an_answer_without_a_name_verifies_nothing(
    desk: Runtime, capsys: pytest.CaptureFixture[str], answers: Callable[..., None]
) -> None:
    answers("")
    assert await run("verify", "988") == 1
    assert "without a name" in capsys.readouterr().err
    assert await people.rows(desk, "select id from resource_checks") == []


async def test_a_broken_line_that_the_texts_name_is_said_to_be_named_there(
    desk: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    await run("verify", "crisis-text-line", "--by", "Dora", "--broken")
    assert "the texts still name it" in capsys.readouterr().err


async def test_the_list_says_what_is_shown_and_why_not(desk: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    await run("verify", "nami-helpline", "--by", "Dora", "--broken")
    assert await run("list", "--country", "all") == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert len(lines) >= len(packaged())
    assert re.search(r"crisis +shown +good +2026-11-01, read at its own page", lines["988"])
    assert re.search(r"hidden +broken +2026-11-18, Dora", lines["nami-helpline"])
    assert re.search(r"hidden +unverified +From memory only", lines["norfolk-csb"])


async def test_the_doctor_is_content_while_everything_is_fresh(
    desk: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    await doctor.examine(desk)
    said = capsys.readouterr().out
    assert "stale " not in said
    assert "ok       12 resources are shown, " in said


async def test_the_doctor_warns_of_what_is_stale_and_misses_a_crisis_line(
    desk: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    await people.move_to(desk, WEDNESDAY + timedelta(days=120))
    assert await doctor.examine(desk) == 1
    said = capsys.readouterr().out
    assert "stale    nami-helpline: last verified on 2026-11-01; call it, then `sms-service resources verify" in said
    assert "missing  988: last verified on 2026-11-01" in said


async def test_a_stale_line_alone_lets_the_doctor_pass(desk: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    before = await doctor.examine(desk)
    missing = [line for line in capsys.readouterr().out.splitlines() if line.startswith("missing")]
    await run("verify", "nami-helpline", "--by", "Dora", "--broken")
    capsys.readouterr()
    assert await doctor.examine(desk) == before
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("missing")] == missing
    assert any(line.startswith("stale    nami-helpline: found broken on 2026-11-18 by Dora") for line in said)


async def test_the_doctor_misses_whom_to_turn_to_in_a_crisis(desk: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    for one in ("988", "veterans-crisis-line", "trevor-project"):
        assert await run("verify", one, "--by", "Dora", "--broken") == 0
    # The last one can't be hidden by anybody, but a release may find less than the one before.
    assert await run("verify", "crisis-text-line", "--by", "Dora", "--broken") == 1
    await run("verify", "crisis-text-line", "--by", "Dora", "--works")
    async with desk.begin() as (connection, _):
        await connection.execute(text("update resource_checks set works = false"))
    capsys.readouterr()
    assert await doctor.examine(desk) == 1
    said = capsys.readouterr().out
    assert "missing  a resource for crisis: none may be shown" in said
    assert "missing  988: found broken on 2026-11-18 by Dora, and the texts still name it" in said


async def test_pages_are_counted_by_resource_week_and_language(desk: Runtime) -> None:
    async with browser(desk) as web:
        for path in ("/r/help", "/r/help", "/r/help?lang=es", "/r/988", CHAT, "/r/therapists", "/r/nothing"):
            await web.get(path)
        await web.head("/r/988")
    assert await opened(desk) == [
        (MONDAY, "988", "en", 1),
        (MONDAY, "988/chat", "en", 1),
        (MONDAY, "help", "en", 2),
        (MONDAY, "help", "es", 1),
        (MONDAY, "therapists", "en", 1),
    ]


async def test_counts_hold_nothing_about_who_it_was(desk: Runtime) -> None:
    columns = await people.rows(
        desk, "select column_name from information_schema.columns where table_name = 'resource_counts' order by 1"
    )
    assert [name for (name,) in columns] == ["language", "opened", "resource", "week"]
    headers = {"User-Agent": "a phone", "X-Forwarded-For": "192.0.2.7", "Cookie": "who=ada"}
    async with browser(desk) as web:
        page = await web.get("/r/help", headers=headers)
    assert "set-cookie" not in page.headers
    assert await opened(desk) == [(MONDAY, "help", "en", 1)]


async def test_many_pages_at_once_are_all_counted(desk: Runtime) -> None:
    async with browser(desk) as web:
        await asyncio.gather(*(web.get("/r/988") for _ in range(40)))
    assert await opened(desk) == [(MONDAY, "988", "en", 40)]


async def test_a_new_week_has_a_count_of_its_own(desk: Runtime) -> None:
    await read(desk, "/r/988")
    await people.move_to(desk, WEDNESDAY + timedelta(days=5))
    await read(desk, "/r/988")
    assert [(week, count) for week, _, _, count in await opened(desk)] == [(MONDAY, 1), (date(2026, 11, 23), 1)]


async def test_a_page_that_cannot_be_counted_is_a_page(desk: Runtime) -> None:
    async with desk.begin() as (connection, _):
        await connection.execute(text("alter table resource_counts rename to gone"))
    try:
        assert (await read(desk, "/r/help")).status_code == 200
        async with desk.begin() as (connection, _):
            await connection.execute(text("alter table resource_checks rename to gone_too"))
        assert "tel:988" in Links((await read(desk, "/r/help")).text).found
    finally:
        async with desk.begin() as (connection, _):
            await connection.execute(text("alter table if exists gone rename to resource_counts"))
            await connection.execute(text("alter table if exists gone_too rename to resource_checks"))


async def test_help_is_there_while_the_database_says_nothing(desk: Runtime, silent: int) -> None:
    engine = create_async_engine(f"postgresql+asyncpg://nobody@127.0.0.1:{silent}/none", connect_args={"timeout": 1.5})
    pages = await asyncio.gather(
        *(read(Runtime(desk.settings, engine, desk.vault), path) for path in ("/r/help", "/r/988", CHAT))
    )
    assert [page.status_code for page in pages] == [200, 200, 302]
    await engine.dispose()


async def test_what_was_last_known_is_shown_while_the_database_is_away(desk: Runtime) -> None:
    kept = Resources(desk)
    await run("verify", "nami-helpline", "--by", "Dora", "--broken")
    assert not next(one for one in (await kept.now()).resources if one.id == "nami-helpline").shown
    async with desk.begin() as (connection, _):
        await connection.execute(text("alter table resource_checks rename to gone"))
    try:
        assert not next(one for one in (await kept.now()).resources if one.id == "nami-helpline").shown
    finally:
        async with desk.begin() as (connection, _):
            await connection.execute(text("alter table gone rename to resource_checks"))


async def test_only_a_way_on_the_web_is_gone_to(
    desk: Runtime,
    without_database: httpx.AsyncClient,
) -> None:
    gone = await read(desk, CHAT)
    assert (gone.status_code, gone.headers["location"]) == (302, "https://988lifeline.org/")
    assert (gone.headers["referrer-policy"], gone.headers["cache-control"]) == ("no-referrer", "no-store")
    assert "set-cookie" not in gone.headers
    for path in ("/r/go/988/1", "/r/go/988/0", "/r/go/988/4", "/r/go/988/x", "/r/go/emotional-ppe-project/1"):
        assert (await read(desk, path)).status_code == 404
    assert (await without_database.get("/r/norfolk-csb")).status_code == 404
