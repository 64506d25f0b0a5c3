"""A play that somebody makes step by step, on pages that remember nothing: played from its beginning each time."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.flow import FlowError, Library, Question
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
