"""Playing a flow in the console's page, saving the play, and playing it again with another version."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flows import Library, packaged
from flows.staging import of_program
from flows.staging.cast import PROGRAM
from flows.staging.scene import context
from flows.staging.transcript import Scene, Step, read, rewritten
from sms_service import cli, plays
from sms_service.console.play_page import file_name, plain, script
from tests.sms_service.desk import EMAIL, Dora, dora, proof
from tests.sms_service.served import variables
from tests.sms_service.test_publishing import reworded

__all__ = ["dora"]

PAGE = "/console/flows"
MARKUP = "<script>document.title = 'gone'</script><img src=x onerror=\"alert(1)\">"
_EMPTY = {"about": "", "who": "joined", "language": "en", "channel": "text"}


class Play:
    """A play as Dora sees it: the page, and the form that carries it on."""

    def __init__(self, dora: Dora, flow: str) -> None:
        self.dora, self.flow = dora, flow
        self.page = httpx.Response(200)

    async def start(self, **chosen: str) -> Play:
        form = await self.dora.web.get(f"{PAGE}/{self.flow}/play")
        self.page = await self.dora.web.post(
            f"{PAGE}/{self.flow}/play", data={"proof": proof(form), **_EMPTY, **chosen}
        )
        assert self.page.status_code == 200, self.page.text
        return self

    @property
    def carried(self) -> dict[str, str]:
        found = re.search(r'name="script" value="([^"]*)"', self.page.text)
        assert found
        return {"proof": proof(self.page), "script": html.unescape(found[1])}

    async def post(self, where: str = "play", **more: str) -> httpx.Response:
        return await self.dora.web.post(f"{PAGE}/{self.flow}/{where}", data={**self.carried, **more})

    async def does(self, **one: str) -> str:
        self.page = await self.post(**one)
        return self.shown()

    def shown(self) -> str:
        page = self.page.text
        return html.unescape(page[page.index('class="talk"') : page.index('<div class="hand"')])

    def buttons(self, name: str) -> list[str]:
        return [html.unescape(value) for value in re.findall(rf'<button name="{name}" value="([^"]*)"', self.page.text)]

    async def saved(self, name: str) -> str:
        answer = await self.post("save", name=name)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].partition("?")[0]


@pytest.fixture
async def desk(dora: Dora) -> Dora:
    await dora.enter()
    return dora


@pytest.fixture
async def another_version(dora: Dora) -> AsyncIterator[Library]:
    """One question in other words, for `publish`; afterwards the release's own flows are current again."""
    yield reworded()
    await dora.rows("update current_flows set digest = :digest, published_by = null", digest=packaged().digest)


async def publish(dora: Dora, library: Library) -> None:
    """Make a version current without its proof, which takes seconds."""
    await dora.rows(
        """insert into flow_versions select :digest, name, :yaml, 'published', now() from current_flows
           on conflict (digest) do nothing""",
        digest=library.digest,
        yaml=library.yaml,
    )
    await dora.rows(
        "update current_flows set digest = :digest, published_by = gen_random_uuid()", digest=library.digest
    )


@pytest.mark.parametrize(
    ("language", "channel", "first", "last"),
    [
        ("en", "text", "your weekly note is ready", "Your week looks steady"),
        ("es", "text", "tu nota semanal", "Tu semana se ve estable"),
        ("en", "voice", "To begin, press 1.", "It can help to notice why."),
        ("es", "voice", "Para empezar, oprima 1.", "Ayuda notar por qué."),
    ],
)
async def test_a_check_in_is_played_to_its_end(desk: Dora, language: str, channel: str, first: str, last: str) -> None:
    play = await Play(desk, "weekly-checkin").start(language=language, channel=channel, weeks="none")
    assert first in play.shown()
    await play.does(words="1" if channel == "voice" else "GO")
    for _ in range(4):
        keys = ["1", "2", "3", "4", "5"] if channel == "voice" else ["0", "1", "2", "3", "4"]
        assert play.buttons("press") == keys
        shown = await play.does(press=keys[0])
    assert last in shown
    assert "the check-in is closed, and counts" in shown
    assert ("segment" in shown) == (channel == "text")
    assert play.buttons("press") == []


async def test_all_four_are_answered_with_the_keys_of_the_telephone(desk: Dora) -> None:
    play = await Play(desk, "weekly-checkin").start(channel="voice", pace="express", weeks="none")
    await play.does(words="1")
    shown = await play.does(words="3215")
    assert [f"kept: {item}" in shown for item in ("drained 2", "numb 1", "carry 0", "help 4")] == [True] * 4


async def test_it_is_played_with_the_programs_own_words(desk: Dora) -> None:
    await desk.rows('update programs set settings = settings || \'{"client": "patient", "short_name": "River"}\'')
    play = await Play(desk, "weekly-checkin").start(about="tide", first="question")
    assert "River 1/4. Past week" in play.shown()
    assert "numb or far away with patients" in await play.does(press="1")
    assert "Tide 1/4" in (await Play(desk, "weekly-checkin").start(about="", first="question")).shown()
    assert "Tide 1/4" in (await Play(desk, "weekly-checkin").start(about="another", first="question")).shown()


async def test_time_passes_and_only_what_can_happen_is_offered(desk: Dora) -> None:
    play = await Play(desk, "timeoff").start()
    assert "no answer" in play.buttons("happen")
    assert "the pause is over" not in play.buttons("happen")
    shown = await play.does(happen="3 hours later")
    assert "3 hours later" in shown
    refused = await play.post(happen="the pause is over")
    assert refused.status_code == 422
    assert "cannot happen here: there is no pause" in refused.text
    assert "(the pause is over)" not in refused.text[refused.text.index('name="script"') :]
    await play.does(words="PAUSE")
    assert "the pause is over" in play.buttons("happen")


async def test_a_reply_that_cannot_be_read_is_asked_again(desk: Dora) -> None:
    play = await Play(desk, "weekly-checkin").start(first="question")
    shown = await play.does(words="purple")
    assert "Sorry" in shown.partition("purple")[2]
    assert play.buttons("press") == ["0", "1", "2", "3", "4"]


async def test_danger_is_answered_as_it_would_be_and_leaves_no_trace(desk: Dora) -> None:
    play = await Play(desk, "weekly-checkin").start()
    shown = await play.does(words="I want to die")
    assert "988" in shown
    assert "risk heard, level 2" in shown
    for table in ("messages", "outbox", "conversations", "participants", "flow_plays"):
        assert await desk.rows(f"select count(*) from {table}") == [(0,)]  # noqa: S608


async def test_a_step_can_be_taken_back(desk: Dora) -> None:
    play = await Play(desk, "weekly-checkin").start()
    before = play.shown()
    await play.does(words="GO")
    assert await play.does(undo="1") == before
    assert await play.does(undo="1") == before


async def test_markup_in_a_text_stays_text(desk: Dora) -> None:
    play = await Play(desk, "weekly-checkin").start()
    await play.does(words=MARKUP)
    assert html.escape(MARKUP, quote=False).replace("'", "&#39;").replace('"', "&#34;") in play.page.text
    assert "<script>document" not in play.page.text
    assert "<img" not in play.page.text
    page = await desk.web.get(await play.saved(f"Shows {MARKUP}"[:100]))
    assert "<script>document" not in page.text
    assert "<img" not in (await desk.web.get(f"{PAGE}/plays")).text


@pytest.mark.parametrize("words", ["", "(the next day)", "# title", "@ paused", "> 1", "a\r\nb", "a\u2028(b)"])
async def test_whatever_is_typed_is_one_text(desk: Dora, words: str) -> None:
    play = await Play(desk, "day").start()
    await play.does(words=words)
    assert play.page.status_code == 200
    again = await play.does(words="3")
    assert again.count('class="line heard"') == 2
    assert again.count('class="line happened"') == 1
    file = await play.post("transcript", name="a\nb")
    assert rewritten(file.text) == file.text
    await play.saved("Kept")


async def test_what_no_keyboard_writes_is_refused_by_its_field(desk: Dora) -> None:
    play = await Play(desk, "day").start()
    refused = await play.post(words="x\x00\x1b[0m")
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "script", ["nonsense", "# a\n# b", "@ colour blue", "> a\n@ paused", "(day begins)\n# another\n> 1"]
)
async def test_a_form_that_no_page_sends_is_refused(desk: Dora, script: str) -> None:
    play = await Play(desk, "day").start()
    answer = await play.post(script=script)
    assert answer.status_code == 400
    assert "That play could not be read" in answer.text


async def test_a_play_has_an_end(desk: Dora) -> None:
    play = await Play(desk, "day").start()
    long = "(day begins)\n" + "> 1\n" * 119
    full = await play.post(script=long, words="one more")
    assert "as long as one can be" in full.text
    assert "one more" not in full.text


@pytest.mark.parametrize("role", ["auditor", "support_lead"])
async def test_only_editors_play_and_save(dora: Dora, role: str) -> None:
    await dora.enter(role)
    page = await dora.web.get("/console/resources")
    assert (await dora.web.get(f"{PAGE}/day/play")).status_code == 403
    for where in (
        "day/play",
        "day/save",
        "day/transcript",
        f"plays/{dora.program}/keep",
        f"plays/{dora.program}/remove",
    ):
        answer = await dora.web.post(
            f"{PAGE}/{where}", data={"proof": proof(page), "script": "(day begins)", "name": "a"}
        )
        assert answer.status_code == 403
    assert await dora.rows("select count(*) from flow_plays") == [(0,)]


async def test_a_file_plays_to_itself_wherever_it_is_played(desk: Dora, tmp_path: Path) -> None:
    await desk.rows('update programs set settings = settings || \'{"client": "student", "short_name": "River"}\'')
    play = await Play(desk, "weekly-checkin").start(about="tide", language="es", weeks="heavier")
    await play.does(words="VA")
    await play.does(happen="reminder")
    file = await play.post("transcript", name="Una semana pesada")
    assert file.headers["content-disposition"] == 'attachment; filename="una-semana-pesada.txt"'
    assert file.text.startswith("# Una semana pesada\n@ program short_name River\n")
    assert "River" in file.text
    assert rewritten(file.text) == file.text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("  ", "Say in a few words what this play shows"),
        ("x" * 101, "101 characters are too many for a name; 100 are the most."),
        ("Taken", "A play named “Taken” is saved already"),
    ],
)
async def test_a_name_that_will_not_do_is_said_beside_the_play(desk: Dora, name: str, message: str) -> None:
    play = await Play(desk, "day").start()
    await play.saved("Taken")
    answer = await play.post("save", name=name)
    assert answer.status_code == 422
    assert message in answer.text
    assert 'aria-invalid="true" aria-describedby="name-fault"' in answer.text
    assert answer.text.count(message) == 2  # in the summary, and beside the field
    assert "Which day suits you?" in answer.text


async def test_a_saved_play_is_shown_as_changed_once_a_version_differs(desk: Dora, another_version: Library) -> None:
    play = await Play(desk, "weekly-checkin").start(first="question", language="en")
    address = await play.saved("Drained, then numb")
    other = await Play(desk, "day").start()
    await other.saved("Another day")
    listed = await desk.web.get(f"{PAGE}/plays?again=1")
    assert "Nothing goes otherwise than it was saved" in listed.text
    assert "It goes as it was saved." in (await desk.web.get(address)).text

    await publish(desk, another_version)
    listed = await desk.web.get(f"{PAGE}/plays?again=1")
    assert "No longer as it was saved: 1 of 2" in listed.text
    assert listed.text.index("Drained, then numb") < listed.text.index("Another day")
    page = (await desk.web.get(address)).text
    assert re.search(r"<del>.*feel drained by work", page)
    assert re.search(r"<ins>.*feel worn out by work", page)


async def test_a_change_that_was_meant_is_kept(desk: Dora, another_version: Library) -> None:
    address = await (await Play(desk, "weekly-checkin").start(first="question")).saved("Drained")
    await publish(desk, another_version)
    page = await desk.web.get(address)
    stale = await desk.web.post(f"{address}/keep", data={"proof": proof(page), "version": packaged().digest})
    assert stale.status_code == 409
    assert "Nothing was changed" in stale.text
    kept = await desk.web.post(f"{address}/keep", data={"proof": proof(page), "version": another_version.digest})
    assert kept.status_code == 303
    assert "It goes as it was saved." in (await desk.web.get(kept.headers["location"])).text
    assert await desk.rows("select act from audit where act like 'play.%' order by at") == [
        ("play.saved",),
        ("play.kept",),
    ]


async def test_a_play_that_can_no_longer_be_played_says_why(desk: Dora) -> None:
    address = await (await Play(desk, "day").start()).saved("Gone")
    await desk.rows(
        "update flow_plays set flow = 'gone', transcript = replace(transcript, '(day begins)', '(gone begins)')"
    )
    page = (await desk.web.get(address)).text
    assert "It cannot be played any more." in page
    assert "there is no flow &#39;gone&#39;" in page
    assert f"{PAGE}/gone/play" not in page
    assert "Cannot be played any more" in (await desk.web.get(f"{PAGE}/plays?again")).text


async def test_a_play_is_removed_by_typing_so(desk: Dora) -> None:
    address = await (await Play(desk, "day").start()).saved("Mistake")
    form = {"proof": proof(await desk.web.get(address))}
    assert "Nothing was removed" in (await desk.web.post(f"{address}/remove", data=form)).text
    assert (await desk.web.post(f"{address}/remove", data={**form, "sure": " Remove"})).status_code == 303
    assert "No play is saved yet" in (await desk.web.get(f"{PAGE}/plays?removed=1")).text
    assert (await desk.web.get(address)).status_code == 404


async def test_a_saved_play_goes_on_and_is_read_by_an_auditor(desk: Dora) -> None:
    play = await Play(desk, "day").start()
    address = await play.saved("Halfway")
    page = await desk.web.get(address)
    play.page = page
    assert "Which day suits you?" in await play.does()
    file = await desk.web.get(f"{address}/transcript")
    assert file.text.startswith("# Halfway\n")
    await desk.rows("update staff_roles set role = 'auditor'")
    read = (await desk.web.get(address)).text
    assert "Which day suits you?" in read
    assert "<form" not in read[read.index("<main") :]


async def test_no_more_than_so_many_are_saved(desk: Dora, monkeypatch: pytest.MonkeyPatch) -> None:
    (account,) = (await desk.rows("select id from staff"))[0]
    await desk.rows(
        """insert into flow_plays select gen_random_uuid(), 'play ' || n, 'day', '# a', :by, now()
           from generate_series(1, :most) n""",
        by=account,
        most=plays.MOST,
    )
    answer = await (await Play(desk, "day").start()).post("save", name="One more")
    assert f"{plays.MOST} plays are saved, which is the most" in answer.text


async def test_the_command_line_plays_them_again(
    desk: Dora, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, value in variables(desk.rt.settings).items():
        monkeypatch.setenv(name, value)
    await (await Play(desk, "day").start()).saved("Another day")
    assert await asyncio.to_thread(cli.main, ["flow", "plays"]) == 0
    assert capsys.readouterr().out == "1 of 1 saved plays go as they were saved\n"
    words = yaml.safe_load(packaged().yaml)["day.yaml"]
    (tmp_path / "day.yaml").write_text(words.replace("Which day suits you?", "Which day is best?"))
    assert await asyncio.to_thread(cli.main, ["flow", "plays", "--flows", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert told.startswith("Another day (day): differs\n  - < Which day suits you?")
    assert told.endswith("0 of 1 saved plays go as they were saved\n")
    publish = ["flow", "publish", str(tmp_path), "--by", EMAIL]
    assert await asyncio.to_thread(cli.main, publish) == 1
    told = capsys.readouterr().out
    assert told.startswith("Another day (day): differs\n")
    assert "Nothing is published" in told
    assert await desk.rows("select digest from current_flows") == [(packaged().digest,)]
    assert await asyncio.to_thread(cli.main, [*publish, "--anyway"]) == 0
    assert await desk.rows("select digest from current_flows") != [(packaged().digest,)]
    assert await asyncio.to_thread(cli.main, ["flow", "publish", "--packaged"]) == 0, "all go as they were saved"
    listed = await desk.web.get("/console/flows/plays")
    assert "Saved plays belong to the whole service" in listed.text


def test_a_programs_facts_are_the_same_once_written_and_read() -> None:
    assert context([*of_program.lines(PROGRAM)]).program == PROGRAM
    lines = ["program short_name River", "program groups a/b | c/d", "program day sunday", "client patient", "events 2"]
    known = context(lines)
    assert context(of_program.lines(known.program)).program == known.program
    assert known.settings["day"] == known.program.day == 6


@given(texts=st.lists(st.text(max_size=30), max_size=5))
def test_whatever_was_typed_travels_as_it_is(texts: list[str]) -> None:
    scene = Scene("", ["language es"], [Step("happening", "day begins"), *(Step("reply", plain(one)) for one in texts)])
    (carried,) = read("# play\n" + script(scene))
    assert (carried.settings, [(one.kind, one.words) for one in carried.steps]) == (
        scene.settings,
        [(one.kind, one.words) for one in scene.steps],
    )


@pytest.mark.parametrize(
    ("title", "name"), [("Una semana, ¡pesada!", "una-semana-pesada"), ("日本", "play"), ("../../etc", "etc")]
)
def test_a_file_has_a_plain_name(title: str, name: str) -> None:
    assert file_name(title) == name
    assert plain("a\t b\x07\n") == "a b"
