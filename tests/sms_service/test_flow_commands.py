"""`sms-service flow`, as somebody at a terminal or in a script uses it."""

import io
import json
import sys
from xml.etree import ElementTree as ET

import pytest

from flows import packaged
from sms_service import cli
from sms_service.texts_page import all_sections

MINE = "flow: mine\nstart: a\nstates:\n  a:\n    say: {en: Hello, es: Hola}\n"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command with a script on standard input; return its code, output and errors."""

    def run(*words, script="", terminal=False):
        given = io.StringIO(script)
        given.isatty = lambda: terminal
        monkeypatch.setattr(sys, "stdin", given)
        code = cli.main(["flow", *map(str, words)])
        return code, *capsys.readouterr()

    return run


def test_a_conversation_is_played_from_bare_replies(run):
    code, shown, _ = run("play", "timeoff", script="planned\n")
    assert code == 0
    assert shown.splitlines()[0] == "(timeoff begins)"
    assert shown.splitlines()[2] == "> planned"


def test_without_a_name_the_weekly_check_in_begins(run):
    _, shown, _ = run("play", script="GO\n0\n")
    assert shown.startswith("(weekly-checkin begins)\n< Tide: your weekly note")
    assert "* kept: drained 0" in shown
    assert run("play")[1].startswith("(weekly-checkin begins)")


def test_the_joining_is_played_by_a_stranger_in_their_language(run):
    _, shown, _ = run("play", "welcome", "--language", "es", script="1\n")
    assert "< Tide: chequeo semanal" in shown
    assert "* consent kept: join, yes" in shown


def test_a_transcript_is_a_script_and_plays_to_itself(run):
    script = "# Joining\n@ stranger\n> JOIN\n< anything\n* anything\n\n# Another day\n@ language es\n> DIA\n"
    _, shown, _ = run("play", script=script)
    assert run("play", script=shown)[1] == shown
    assert shown.startswith("# Joining\n@ stranger\n> JOIN\n< Tide: voluntary")
    assert "\n\n# Another day\n@ language es\n> DIA\n< ¿Qué dia" in shown


def test_stop_danger_and_commands_are_played(run):
    _, shown, _ = run("play", script="# A\n> CHECKIN\n> I want to die\n> STOP\n> START\n")
    assert "* risk heard, level 2" in shown
    assert "* opted out" in shown
    assert "* opted in" in shown


def test_a_call_is_played_in_its_own_words(run):
    assert "To begin, press 1." in run("play", "--channel", "voice")[1]


def test_every_line_can_be_had_as_data(run):
    _, shown, _ = run("play", "--json", script="# A\n@ discreet no\n(check-in due)\n> 2\n> I want to die\n")
    lines = [json.loads(line) for line in shown.splitlines()]
    assert {line["kind"] for line in lines} == {"happened", "said", "heard", "noted"}
    assert lines[0] == {"kind": "happened", "text": "check-in due"}
    first = lines[1]
    assert (first["segments"], first["encoding"], first["asks"], first["crisis"]) == (1, "GSM-7", True, False)
    assert any(line.get("crisis") for line in lines)


def test_a_play_is_saved_as_a_scene_that_plays_to_itself(run, tmp_path):
    file = tmp_path / "mine.txt"
    _, _, told = run("play", "day", "--language", "es", "--save", file, "--title", "Otro día", script="3\n")
    assert told == f"saved to {file}: Otro día\n"
    run("play", "--save", file, script="GO\n")
    body = file.read_text()
    assert body.startswith("# Otro día\n@ language es\n(day begins)\n")
    assert "\n\n# A play of the weekly check-in\n(weekly-checkin begins)\n" in body
    assert run("rewrite", tmp_path)[:2] == (0, "1 of 1 transcripts are as they play now\n")
    assert file.read_text() == body


def test_at_a_terminal_it_says_how_to_leave_and_goes_on_after_a_mistake(run, tmp_path):
    file = tmp_path / "mine.txt"
    typed = "(flood)\n\n3\n8 am\n"
    _, shown, asked = run("play", "day", "--save", file, script=typed, terminal=True)
    lines = shown.splitlines()
    assert lines[0].startswith("Text as a participant would; Ctrl-D leaves.")
    assert any(line.startswith("(flood) is nothing that can happen") for line in lines)
    assert "> 3" not in lines
    assert "* changed: day is Wednesday" in lines
    assert "What does this play show? [A play of day]" in asked


def test_a_transcript_is_written_anew_and_a_wrong_one_is_named(run, tmp_path):
    (tmp_path / "good.txt").write_text("# A\n> DAY\n< something else\n")
    (tmp_path / "bad.txt").write_text("# A\n@ language fr\n")
    code, _, told = run("rewrite", tmp_path)
    assert code == 1
    assert "bad.txt, line 2: @ language fr: expected one of en, es" in told
    assert "Which day" in (tmp_path / "good.txt").read_text()


def test_every_flow_is_listed(run):
    _, shown, _ = run("list")
    assert [line.split()[0] for line in shown.splitlines()] == sorted(packaged().flows)
    assert "Joining by keyword" in shown
    assert shown.splitlines()[0].split()[-1] == "about.yaml"


def test_a_flow_is_drawn_to_a_file_or_to_the_screen(run, tmp_path):
    file = tmp_path / "talk.svg"
    assert run("draw", "talk", "--language", "es", "--output", file) == (0, "", f"{file} is written\n")
    ET.fromstring(file.read_text())  # noqa: S314  (our own)
    assert "Quien ayuda" in file.read_text() or "terapeuta" in file.read_text()
    assert run("draw", "talk")[1].startswith("<svg")


def test_the_texts_are_printed_side_by_side_or_in_one_language(run, tmp_path):
    file = tmp_path / "texts.html"
    assert run("texts", "--output", file)[0] == 0
    page = file.read_text()
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert page.count("<tr>") - page.count("<thead>") == sum(len(one.printed) for one in all_sections(packaged()))
    only = run("texts", "--language", "es", "--format", "text")[1]
    assert "chequeo semanal voluntario" in only
    assert "voluntary weekly check-in" not in only
    assert "Ahora no podemos guardar mensajes" in only
    assert "on a call" in only


def test_flows_of_ones_own_stand_beside_the_packaged_ones(run, tmp_path):
    (tmp_path / "mine.yaml").write_text(MINE)
    assert "< Hola" in run("play", "mine", "--language", "es", "--flows", tmp_path)[1]
    assert "mine.yaml" in run("list", "--flows", tmp_path)[1]
    assert run("draw", "mine", "--flows", tmp_path)[1].startswith("<svg")


def test_the_flows_are_checked(run, tmp_path):
    (tmp_path / "mine.yaml").write_text(MINE.replace("Hello", "Text NONSENSE"))
    code, shown, _ = run("check", "--flows", tmp_path)
    assert code == 1
    assert "mine.yaml, state a, line 5" in shown
    assert shown.splitlines()[-1].endswith("faults")


@pytest.mark.parametrize(
    ("words", "script", "message"),
    [
        (("play", "nothing"), "", "there is no flow 'nothing'; there are: about"),
        (("draw", "nothing"), "", "there is no flow 'nothing'; there are: about"),
        (("play",), "(flood)\n", "line 1: (flood) is nothing that can happen"),
        (("play",), "# A\n> GO\n@ paused\n", "line 3: @ paused: settings come before"),
        (("play",), "@ language fr\n", "line 1: @ language fr: expected one of en, es"),
        (("play", "day", "--save", "/nowhere/mine.txt"), "", "--save /nowhere/mine.txt: No such file"),
        (("play", "day", "--title", "T"), "", "--title 'T': it needs --save FILE"),
        (("draw", "day", "--output", "/nowhere/day.svg"), "", "--output /nowhere/day.svg: No such file"),
        (("list", "--flows", "/nowhere"), "", "/nowhere: no folder with .yaml files in it"),
        (("rewrite", "/nowhere"), "", "/nowhere: no transcript is there"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run, words, script, message):
    code, _, told = run(*words, script=script)
    assert code == 1
    assert told.startswith(message)
    assert told.count("\n") == 1


def test_a_folder_without_flows_and_a_broken_one_are_named(run, tmp_path):
    assert run("list", "--flows", tmp_path)[2].startswith(f"{tmp_path}: no folder with .yaml files in it")
    (tmp_path / "mine.yaml").write_text("flow: mine\nstart: b\n")
    assert run("list", "--flows", tmp_path)[2].startswith("mine.yaml, line 1: start: 'b'")
    (tmp_path / "mine.yaml").write_bytes(b"\xff")
    assert "not a text in UTF-8" in run("list", "--flows", tmp_path)[2]
