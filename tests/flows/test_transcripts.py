"""Whole conversations, as files that a clinician can read. After a change of wording, `make transcripts` writes them
anew; read what changed before you keep it.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from flows import LANGUAGES, FlowError, packaged
from flows.staging.cast import STRANGER, enrolled
from flows.staging.scene import SETTINGS, context
from flows.staging.stage import HAPPENINGS, Stage
from flows.staging.transcript import Scene, perform, play, read, rewritten, show

FOLDER = Path(__file__).parent / "transcripts"
FILES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.txt"))}
BEFORE_ANY = {"invitation"}
"""What is sent to a number before it has texted, so that no conversation says it."""
SCENES = {f"{name}, {scene.title}": scene for name, body in FILES.items() for scene in read(body)}


class Opened(dict):
    """The library's flows, which remember the ones that were looked up to be entered."""

    def __init__(self) -> None:
        super().__init__(packaged().flows)
        self.names: set[str] = set()

    def __getitem__(self, name):
        self.names.add(name)
        return super().__getitem__(name)


def entered(scene: Scene) -> set[tuple[str, str]]:
    """Return every flow that a scene goes through, with the language it is in."""
    flows = Opened()
    stage = Stage(replace(packaged(), flows=flows), context(scene.settings))
    found: set[tuple[str, str]] = set()
    for step in scene.steps:
        list(perform(stage, step))
        spoken = stage.conversation.language if stage.conversation else stage.context.settings.get("language", "en")
        found |= {(name, spoken) for name in flows.names}
        flows.names.clear()
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_conversation_goes_as_it_is_written(name):
    assert rewritten(FILES[name]) == FILES[name]


def test_every_flow_is_played_in_both_languages():
    played = set().union(*(entered(scene) for scene in SCENES.values()))
    assert sorted({(flow, language) for flow in packaged().flows for language in LANGUAGES} - played) == []


def test_every_text_is_said_in_both_languages():
    said = {line.text for scene in SCENES.values() for line in scene.played() if line.said}
    library = packaged()
    states = [
        (f"{flow.name} {state.name}", state.texts) for flow in library.flows.values() for state in flow.states.values()
    ]
    templates = [
        (name, one[language])
        for name, texts in [*states, *library.lines.items()]
        if name not in BEFORE_ANY
        for one in texts
        for language in LANGUAGES
    ]
    assert [(name, template) for name, template in templates if not any(map(pattern(template).fullmatch, said))] == []


def pattern(template: str) -> re.Pattern[str]:
    """Return what a text looks like once its placeholders are filled in, with something or with nothing."""
    parts = (re.escape(part).replace(r"\ ", r"\s*") for part in re.split(r"\{\w+\}", template))
    return re.compile(".*".join(parts))


@pytest.mark.parametrize("name", SCENES)
def test_a_call_comes_to_the_same(name):
    scene = SCENES[name]
    texted, called = (list(one.played()) for one in (scene, scene.voiced()))
    # Nobody is rung up in a call.
    noted = [one.text for one in texted if one.kind == "noted" and one.text != "a call is placed"]
    assert [one.text for one in called if one.kind == "noted"] == noted


def test_every_setting_and_happening_stands_in_some_scene():
    used = {setting.split()[0] for scene in SCENES.values() for setting in scene.settings}
    assert set(SETTINGS) - used == set()
    happened = {step.words for scene in SCENES.values() for step in scene.steps if step.kind == "happening"}
    assert {one for one in HAPPENINGS if "begins" not in one} - happened == set()


def test_a_flow_can_be_played_by_its_name():
    assert list(play("timeoff", []))[1:] == list(play(None, ["TIMEOFF"], context=enrolled()))[1:]
    assert next(one for one in play("welcome", [], language="es") if one.said).text.startswith("Tide: chequeo")


def test_a_script_may_be_bare_or_a_transcript():
    script = ["# a title", "@ nothing", "> 3", "< whatever was said", "* or noted"]
    assert [show(one) for one in play("day", script)] == [show(one) for one in play("day", ["3\n"])]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("colour blue", "@ colour is no setting; there are stranger, language"),
        ("language fr", "@ language fr: expected one of en, es"),
        ("stranger yes", "@ stranger yes: expected @ stranger and nothing after it"),
        ("weeks 1 2 3", "@ weeks 1 2 3: expected weeks of drained numb carry help"),
        ("weeks 1 2 3 5", "@ weeks 1 2 3 5: expected"),
        ("weeks 1 2 3 4 sleep 2", "extras are body, distance"),
        ("events 12", "@ events 12: expected a number from 0 to 5"),
        ("time 25:00", "@ time 25:00: expected a time such as 12:15"),
        ("at noon", "@ at noon: expected a date and a time such as 2026-03-10 09:30"),
        ("client horse", "expected one of client, individual"),
        ("program colour blue", "@ program colour blue: expected one of name, short_name"),
        ("program floor few", "@ program floor few: expected a number such as 10"),
        ("program day 4", "@ program day 4: expected one of monday"),
        ("program time noon", "@ program time noon: expected a time such as 12:15"),
        ("program quiet off", "@ program quiet off: expected hours such as 21:00-08:00"),
        ("program groups a | b", "expected names in both languages"),
        ("program zone Moon/Sea", "Moon/Sea"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_would_be_right(setting, message):
    with pytest.raises(FlowError) as refused:
        context([setting])
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("hello", "line 1: 'hello': expected a line that begins with"),
        ("> hello", "line 1: '> hello': a scene begins with its title"),
        ("# A\n@ language fr", "line 2: @ language fr: expected one of en, es"),
        ("# A\n> GO\n@ paused", "line 3: @ paused: settings come before"),
        ("# A\n\n(flood)", "line 3: (flood) is nothing that can happen; what can is"),
        ("# A\n(reminder)", "line 2: (reminder) cannot happen here: no check-in is open"),
        ("# A\n(no answer)", "line 2: (no answer) cannot happen here"),
        ("# A\n(nudge due)", "line 2: (nudge due) cannot happen here: none is planned"),
        ("# A\n(asked again)", "line 2: (asked again) cannot happen here"),
        ("# A\n(the pause is over)", "line 2: (the pause is over) cannot happen here"),
        ("# A\n(nothing begins)", "line 2: there is no flow 'nothing'; there are: about"),
        ("# A\n@ stranger\n(check-in due)", "line 3: (check-in due) cannot happen here: nobody has joined"),
    ],
)
def test_a_wrong_line_is_refused_by_its_number(body, message):
    with pytest.raises(FlowError) as refused:
        rewritten(body)
    assert message in str(refused.value)


def test_an_empty_text_and_a_text_of_several_lines_can_be_written():
    assert next(show(one) for one in play(None, [">"], context=STRANGER)) == ">"
    assert rewritten("# A\n>\n").startswith("# A\n>\n< ")


def test_what_can_happen_is_known_without_it_happening():
    stage = Stage(packaged(), context([]))
    assert stage.possible() == ["3 hours later", "the next day", "check-in due", "still your number?", "break begins"]
    assert "the pause is over" not in stage.possible()
    list(stage.heard("PAUSE"))
    assert "the pause is over" in stage.possible()
    assert stage.resting
    assert "check-in due" not in Stage(packaged(), STRANGER).possible()


def test_settings_stand_for_facts():
    known = context(["language es", "weeks 3 2 - 2 rest 0 | 1 1 1 1", "express yes", "opt-out twilio", "events 2"])
    assert known.history == ({"drained": 3, "numb": 2, "help": 2, "rest": 0}, dict.fromkeys(known.history[1], 1))
    assert (known.settings["language"], known.settings["express"], known.opt_out_mode) == ("es", True, "twilio")
    assert len(known.program.events) == 2
    assert context(["stranger"]) == STRANGER
    assert context([]) == enrolled()
