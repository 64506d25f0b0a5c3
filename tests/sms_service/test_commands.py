"""The `sms-service` commands about programs, sessions and versions, as somebody types them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from flows import packaged
from sms_service import cli, programs, staff
from sms_service.runtime import Runtime
from tests import people
from tests.passwords import HASH
from tests.sms_service.calendars import calendar, event
from tests.sms_service.served import variables
from tests.sms_service.test_pages import browser

SOON = str((datetime.now(UTC) + timedelta(days=9)).date())
SESSION = ("program", "event", "tide", "--on", SOON, "--place", "online", "--title")


@pytest.fixture
async def desk(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """A program, an account, and the environment that the commands read."""
    for name, value in variables(rt.settings).items():
        monkeypatch.setenv(name, value)
    program = await people.program(rt)
    async with rt.begin() as (connection, now):
        await staff.make(
            rt,
            connection,
            email="dora@example.org",
            name="Dora",
            password_hash=HASH,
            roles={program: "administrator"},
            now=now,
        )
    return rt


async def run(*words: str) -> int:
    """Run a command in a thread of its own: it brings its own event loop."""
    return await asyncio.to_thread(cli.main, list(words))


async def test_a_session_is_added_once_told_about_and_taken_off(
    desk: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(*SESSION, "Rest, really", "--topic", "burnout") == 0
    assert await run(*SESSION, "Rest, really") == 0
    assert [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines()] == ["added", "was there already"]
    async with desk.begin() as (connection, _):
        (program,) = await programs.load(connection)
    assert [(event.title, event.topic) for event in program.events] == [("Rest, really", "burnout")]
    await people.join(desk)
    assert "Rest, really" in (await people.text(desk, "EVENTS"))[0]
    assert await run(*SESSION, "Rest, really", "--remove") == 0
    assert await run(*SESSION, "Rest, really", "--remove") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*SESSION, "x" * 41), "title: "),
        (("program", "event", "nowhere", *SESSION[3:], "Rest"), "slug: there is no program 'nowhere'; there are: tide"),
        (
            ("program", "event", "tide", "--on", "2020-01-01", "--place", "online", "--title", "Rest"),
            "on: 2020-01-01 is over",
        ),
        (("flow", "publish"), "say which folder to publish"),
        (("flow", "publish", "/nowhere", "--by", "dora@example.org"), "/nowhere: no folder with .yaml files"),
    ],
)
async def test_what_cannot_be_done_is_said_in_one_line(
    desk: Runtime, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert await run(*words) == 1
    assert capsys.readouterr().err.startswith(said)


async def test_flows_are_published_by_an_account_and_given_back(
    desk: Runtime, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    talk = yaml.safe_load(packaged().yaml)["talk.yaml"].replace("Talking can ease", "Talking may ease")
    (tmp_path / "talk.yaml").write_text(talk, encoding="utf-8")
    await people.join(desk)
    assert await run("flow", "publish", str(tmp_path), "--by", "nobody@example.org") == 1
    assert "'nobody@example.org' has no account; `sms-service staff add` makes one" in capsys.readouterr().err
    assert await run("flow", "publish", str(tmp_path), "--by", "Dora@example.org", "--open", "move") == 0
    assert "may ease" in (await people.text(desk, "TALK"))[0]
    await run("flow", "versions")
    listed = capsys.readouterr().out
    assert "current" in listed
    assert "published" in listed
    assert await run("flow", "publish", "--packaged") == 0
    assert await people.one(desk, "select digest from current_flows") == packaged().digest


async def test_a_learn_page_lists_the_sessions_to_come(desk: Runtime) -> None:
    await run(*SESSION, "Rest, really")
    async with browser(desk) as web:
        page = (await web.get("/r/learn/tide")).text
    assert "Rest, really" in page


async def test_a_hard_event_begins_and_ends(desk: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    await people.counted(desk, 15)
    day = (await people.now(desk)).astimezone(ZoneInfo("America/New_York")).date()
    assert await run("program", "hard-event", "tide", "--on", str(day)) == 0
    assert str(day + timedelta(days=14)) in capsys.readouterr().out
    assert await run("program", "hard-event", "tide", "--over") == 0
    assert capsys.readouterr().out.startswith("over")
    assert await run("program", "hard-event", "tide", "--over") == 0
    assert capsys.readouterr().out.startswith("there was no hard event")
    assert await run("program", "hard-event", "tide", "--on", "yesterday") == 1
    assert capsys.readouterr().err.startswith("on: 'yesterday' is not a date")


async def test_a_program_is_paused_and_goes_on(desk: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    day = (await people.now(desk)).astimezone(ZoneInfo("America/New_York")).date() + timedelta(days=9)
    paused = "select settings ->> 'paused_until' from programs"
    assert await run("program", "resume", "tide") == 1
    assert capsys.readouterr().err == "until: this program is not paused\n"
    assert await run("program", "pause", "tide", "--until", str(day)) == 0
    assert capsys.readouterr().out == f"tide is paused: check-ins come again from {day} on\n"
    assert await people.one(desk, paused) == str(day)
    assert await run("program", "pause", "tide") == 0
    assert capsys.readouterr().out == "tide is paused: until `sms-service program resume tide`\n"
    assert await run("program", "resume", "tide") == 0
    assert capsys.readouterr().out == "tide: check-ins come again from tomorrow on\n"
    acts = "select act from audit where act like 'program.%' order by n"
    assert await people.rows(desk, acts) == [("program.paused",), ("program.paused",), ("program.resumed",)]
    assert await run("program", "pause", "tide", "--until", "soon") == 1
    assert capsys.readouterr().err.startswith("until: 'soon' is not a date")


async def test_a_video_and_a_calendar_come_onto_the_list(
    desk: Runtime, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    video = ("program", "video", "tide", "--title", "A talk", "--link", "https://example.org/a", "--for", "qmhp")
    assert await run(*video) == 0
    assert await run(*video) == 0
    assert await run("program", "video", "tide", "--title", "A talk", "--link", "http://example.org/") == 1
    file = tmp_path / "training.ics"
    file.write_text(calendar(event(start=f":{SOON.replace('-', '')}T150000Z"), "UID:2\nSUMMARY:No date"))
    assert await run("program", "calendar", "tide", str(file), "--preview") == 0
    assert await people.one(desk, "select count(*) from events") == 0
    assert await run("program", "calendar", "tide", str(file)) == 0
    assert await people.one(desk, "select count(*) from events") == 1
    out, err = capsys.readouterr()
    assert "A talk: added" in out
    assert out.count("no-date") == 2
    assert "https://" in err
    file.write_text("not a calendar")
    assert await run("program", "calendar", "tide", str(file)) == 1
    assert await people.one(desk, "select count(*) from audit where act = 'calendar.read'") == 1


async def test_the_papers_are_written_for_a_program(
    desk: Runtime, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert await run("program", "papers", "tide", "--to", str(tmp_path / "papers")) == 0
    assert len(capsys.readouterr().out.splitlines()) == 14
    assert "Tidewater check-in" in (tmp_path / "papers" / "charter.es.md").read_text()
    assert await run("program", "papers", "nowhere", "--to", str(tmp_path)) == 1
