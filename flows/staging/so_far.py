"""A play that somebody makes step by step, on pages that remember nothing: played from its beginning each time."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.flow import FlowError, Library, Question
from flows.proof.check_offers import pressed
from flows.staging.scene import context
from flows.staging.stage import Line, Stage
from flows.staging.transcript import Scene, perform
from flows.walk import open_question


@dataclass(slots=True)
class SoFar:
    """What a play has come to: the scene without what could not be done (`refused` says why), its lines, the open
    question with its language, and what can happen next.
    """

    scene: Scene
    lines: list[Line] = field(default_factory=list)
    question: Question | None = None
    language: str = "en"
    possible: list[str] = field(default_factory=list)
    refused: str = ""


def so_far(library: Library, scene: Scene) -> SoFar:
    """Play a scene up to the first step that cannot be done. Raises FlowError if its settings are none."""
    stage = Stage(library, context(scene.settings))
    found = SoFar(Scene(scene.title, scene.settings))
    for step in scene.steps:
        try:
            found.lines.extend(perform(stage, step))
        except FlowError as error:
            found.refused = str(error)
            break
        found.scene.steps.append(step)
    conversation = stage.conversation
    found.question = open_question(conversation, library, stage.context)
    found.language = conversation.language if conversation else str(stage.context.settings.get("language", "en"))
    found.possible = stage.possible()
    return found


def keys(found: SoFar) -> list[tuple[str, str]]:
    """Return the keys that answer the open question, each with its label: on a call those of the telephone."""
    question = found.question
    if question is None:
        return []
    call = "channel voice" in found.scene.settings
    return [
        (str(pressed(question, choice) if call else choice.key), choice.labels[found.language][0])
        for choice in question.choices
    ]


def dialled(found: SoFar, words: str) -> str:
    """Return what a key stands for at a scale on a call, where the keys count from 1; anything else as it is."""
    question = found.question
    if question is None or question.kind not in {"scale", "several"} or "channel voice" not in found.scene.settings:
        return words
    labels = dict(keys(found))
    if question.kind == "scale":
        return labels.get(words, words)
    numbers = {str(pressed(question, choice)): str(choice.key) for choice in question.choices}
    return "".join(numbers[one] for one in words) if words and set(words) <= set(numbers) else words
