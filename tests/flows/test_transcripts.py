"""Whole conversations, as files that a clinician can read. After a change of wording, write them anew and read them:

python -m tests.flows.test_transcripts
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from flows import Context, FlowError
from flows.transcript import STRANGER, enrolled, play

FOLDER = Path(__file__).parent / "transcripts"


@dataclass(frozen=True)
class Scene:
    """A part of a conversation: what it shows, who texts, and what they text or what happens to them."""

    title: str
    context: Context
    script: tuple[str, ...]

    def played(self) -> Iterator[str]:
        yield f"# {self.title}"
        yield from play(None, self.script, context=self.context)


ADA = enrolled()
OPEN = replace(ADA, settings={**ADA.settings, "discreet": False})
AFTER_TWO_WEEKS = replace(OPEN, history=({"drained": 3, "numb": 2, "carry": 1, "help": 2},) * 2)

SCENES = {
    "welcome": (
        Scene("Joining at the day and time that is offered", STRANGER, ("JOIN", "1", "yes", "2", "1", "1")),
        Scene(
            "Joining with a day of one's own, without a group, and a question in between",
            STRANGER,
            ("join please", "yes", "HELP", "maybe", "1", "ask me first", "SKIP", "2", "monday", "8", "8 am"),
        ),
        Scene("Joining in Spanish", STRANGER, ("UNIRME", "si", "1", "no", "1", "me sirve")),
        Scene("Saying no, and trying to skip the consent", STRANGER, ("JOIN", "1", "SKIP", "no")),
        Scene(
            "A wrong number: one answer, then silence, but never to a cry for help",
            STRANGER,
            ("Hi is this Maria?", "hello??", "HELP", "I want to die", "hello??"),
        ),
    ),
    "weekly": (
        Scene("A discreet week", ADA, ("(check-in due)", "GO", "0", "0", "1", "0", "TREND")),
        Scene(
            "A heavy week, answered in many ways, after two like it",
            AFTER_TWO_WEEKS,
            ("(check-in due)", "3 - a hard week", "rough", "often", "now and then", "BREAK", "2"),
        ),
        Scene(
            "A reminder, a week put off, and one question left out",
            OPEN,
            ("(check-in due)", "(the next day)", "(reminder)", "LATER", "(the next day)", "NOW", "4", "SKIP", "2", "1"),
        ),
        Scene("Not understood twice", OPEN, ("CHECKIN", "purple", "more purple", "2", "2", "2")),
        Scene("Away", OPEN, ("(check-in due)", "AWAY", "AWAY")),
    ),
    "weekly-es": (
        Scene("Una semana discreta", enrolled("es"), ("(check-in due)", "VAMOS", "1", "nunca", "a veces", "0")),
        Scene(
            "Una semana pesada, con pausa y ayuda",
            replace(enrolled("es"), history=({"drained": 4, "numb": 3, "carry": 3, "help": 3},) * 2),
            ("CHEQUEO", "siempre", "3", "que?", "3", "seguido", "HABLAR", "LIBRE", "PAUSA una semana"),
        ),
    ),
    "risk": (
        Scene(
            "In the middle of a check-in: both texts at once, nothing cheerful after, on when they like",
            OPEN,
            ("CHECKIN", "4", "I don't want to be here anymore", "2", "TALK", "GO", "3", "2"),
        ),
        Scene(
            "A second time within the day", OPEN, ("I want to kill myself", "(3 hours later)", "I want to kill myself")
        ),
        Scene("In danger now", OPEN, ("I just took all my pills",)),
        Scene("In Spanish", enrolled("es"), ("quiero morirme", "no se", "VAMOS")),
        Scene(
            "Stopping and crying for help in one text", OPEN, ("STOP I want to kill myself", "are you there", "START")
        ),
        Scene("About a client, not about oneself", OPEN, ("CHECKIN", "my client killed himself last night", "3")),
        Scene("Meant for 988", OPEN, ("988", "text HOME to 741741")),
    ),
    "stop": (
        Scene(
            "STOP in the middle of a question, silence, and the way back",
            OPEN,
            ("CHECKIN", "2", "STOP", "2", "CHECKIN", "HELP", "I want to die", "START"),
        ),
        Scene("In other words", OPEN, ("please stop texting me", "ok thanks")),
        Scene("In Spanish", enrolled("es"), ("CHEQUEO", "ya no me manden mensajes", "YES")),
        Scene(
            "Where Twilio answers its own words: we are silent on them and obey",
            replace(OPEN, opt_out_mode="twilio"),
            ("STOP", "HELP", "START", "Please stop.", "START"),
        ),
        Scene("A stranger who stops and then joins", STRANGER, ("STOP", "hello", "JOIN", "1")),
    ),
    "commands": (
        Scene(
            "In the middle of a check-in, each comes back to the question",
            OPEN,
            ("CHECKIN", "MENU", "ABOUT", "TIMEOFF", "LEARN", "CALLME", "ESPANOL", "ENGLISH", "2"),
        ),
        Scene("Changing the day", OPEN, ("DAY", "wednesday", "7:30 pm")),
        Scene("Changing what the first text shows, and who may call", OPEN, ("DISCREET", "1", "CONTACT", "3")),
        Scene("A pause and its end", OPEN, ("PAUSE 3 weeks", "JOIN", "CHECKIN", "AWAY", "RESUME", "RESUME")),
        Scene("Nothing open", OPEN, ("SKIP", "LATER", "AWAY", "GO", "0")),
        Scene("Erasing past answers", AFTER_TWO_WEEKS, ("ERASE", "no", "ERASE", "1", "TREND")),
        Scene("Erasing everything", OPEN, ("ERASE ALL", "yes", "hello")),
    ),
}


def written(name: str) -> str:
    return "\n\n".join("\n".join(scene.played()) for scene in SCENES[name]) + "\n"


@pytest.mark.parametrize("name", SCENES)
def test_a_conversation_goes_as_it_is_written(name):
    assert written(name) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def test_every_transcript_is_played():
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(SCENES)


def test_a_flow_can_be_played_by_its_name():
    assert list(play("timeoff", [])) == list(play(None, ["TIMEOFF"], context=enrolled()))[1:]
    assert next(play("welcome", [], language="es")).startswith("< Tide: chequeo")


def test_with_a_prompt_the_replies_are_left_out():
    with_prompt, without = (list(play("day", ["3\n"], prompt=prompt)) for prompt in (True, False))
    assert [line for line in without if line != "> 3"] == with_prompt


@pytest.mark.parametrize(("name", "script"), [("nothing", []), ("day", ["(flood)"]), (None, ["(reminder)"])])
def test_what_cannot_be_played_is_refused_by_name(name, script: Iterable[str]):
    with pytest.raises(FlowError, match=r"there is no flow 'nothing'|cannot happen here"):
        list(play(name, script))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in SCENES:
        (FOLDER / f"{each}.txt").write_text(written(each), encoding="utf-8")
