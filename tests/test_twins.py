"""Every golden transcript by telephone: a call comes to the same as the texts, but for what is written down here."""

from __future__ import annotations

import pytest

from flows.staging.transcript import Scene
from tests.flows.test_transcripts import SCENES
from tests.twins import noted, texted

CALLS_END = ["consent kept: calls, no", "changed: by is text"]
RISK = "risk heard, level 2: reminders stop, nothing cheerful is asked"

# Whoever has not joined has no code, so that a call says what anybody may hear, and answers danger. Joining, leaving
# and erasing go by text, where the wording that was agreed to stands.
STRANGERS = {name for name, scene in SCENES.items() if "stranger" in scene.settings}

# STOP in a call ends the calls alone: texts have a consent of their own, and carriers know their STOP and START only as
# texts. So what was open stays open, and nothing is opted out of or in to.
STOP = {
    "stop-es, A la mitad de una pregunta, y de regreso": [*CALLS_END, "kept: drained 2", "opted in"],
    "stop-es, Con otras palabras": CALLS_END,
    "stop-es, Donde Twilio contesta": [*CALLS_END, "opted in"],
    "stop, STOP in the middle of a question, silence, and the way back": [
        *("kept: drained 2", *CALLS_END, "kept: numb 2", RISK, "planned: after-risk, Wed 11 Mar 09:37", "opted in")
    ],
    "stop, STOP with nothing open, in the middle of a loose question, and while paused": [
        *(*CALLS_END, "opted in", *CALLS_END, "opted in"),
        *("paused until Tue 24 Mar", *CALLS_END, "opted in"),
    ],
    "stop, STOP ends the break texts too": [
        *("consent kept: nudges, 1", "planned: nudge, Wed 11 Mar 13:30 to Tue 17 Mar 13:30, 5 times"),
        *(*CALLS_END, "opted in"),
    ],
    "stop, In other words": CALLS_END,
    "stop, Stopped, and no check-in comes": CALLS_END,
    "stop, Where Twilio answers its own words: we are silent on them and obey": [
        *(*CALLS_END, "opted in", *CALLS_END, "opted in")
    ],
    "stop, Where Twilio answers, in the middle of a check-in and in other words": [
        *(*CALLS_END, "opted in", *CALLS_END)
    ],
    "voice, A rest, as a call": ["paused until Tue 24 Mar", "the pause is over", *CALLS_END],
}

# Whoever says START has texts again only where a text says it.
START = {
    "risk, After STOP, still answered": [RISK],
    "risk, Stopping and crying for help in one text": [RISK, "opted out"],
}

# A code is chosen before somebody can be known in a call, and who has one is not asked for it.
CODE: dict[str, list[str]] = {
    "settings, By telephone: a code first, then whether the line may call": [],
    "settings-es, Por teléfono: primero una clave, después si se puede llamar": [],
}

# Whoever chooses calls in a call is not rung up as well.
RING = {
    "settings, By telephone from the middle of a check-in: it goes on in a call": ["kept: drained 2"],
    "settings-es, Por teléfono a la mitad de un chequeo: sigue en una llamada": ["kept: drained 2"],
}

# After everything is erased the phone is a stranger's.
ERASED = {"settings, Erasing everything": ["everything is erased"]}

DIFFERENT = STOP | START | CODE | RING | ERASED


def expected(name: str, scene: Scene) -> list[str]:
    if name in STRANGERS:
        return [line for line in texted(scene) if line.startswith("risk heard")]
    return DIFFERENT.get(name, texted(scene))


@pytest.mark.parametrize("name", SCENES)
async def test_a_scene_by_telephone_comes_to_the_same_or_to_what_is_written_down(name: str) -> None:
    scene = SCENES[name]
    assert await noted(scene) == expected(name, scene)


def test_what_is_written_down_as_different_is() -> None:
    assert set(DIFFERENT) <= set(SCENES) - STRANGERS
    assert [name for name, lines in DIFFERENT.items() if texted(SCENES[name]) == lines] == []
