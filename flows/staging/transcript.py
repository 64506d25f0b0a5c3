"""Conversations as files that a clinician can read and a machine can play again.

A file holds scenes with an empty line between them. A scene is a title, `# ...`; settings, `@ ...`, that say who it is
about; and what goes on. What the person says stands after "> " and what is said to them after "< ". A line in brackets
is not texted but happens: "(the next day)", "(check-in due)". What follows without a word being said, such as an answer
kept, stands after "* ". Playing a file again reads its settings, its "> " and its "(...)" lines, and writes the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from flows.context import Context
from flows.flow import FlowError, Library
from flows.parse import packaged
from flows.staging.cast import PROGRAM, STRANGER, enrolled
from flows.staging.kept import after
from flows.staging.scene import context as facts
from flows.staging.stage import Line, Stage

__all__ = ["PROGRAM", "STRANGER", "Line", "Scene", "Stage", "Step", "after", "enrolled", "play", "read", "rewritten"]

_SIGNS = {"heard": "> ", "said": "< ", "noted": "* "}
_HAPPENING = re.compile(r"\((.+)\)")
_EXPECTED = 'expected a line that begins with "# ", "@ ", "> ", "< ", "* " or "("'


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a script: what it is, its words without the sign, and where it stands."""

    kind: Literal["title", "setting", "reply", "happening", "result", "nothing"]
    words: str
    line: int = 0


@dataclass(slots=True)
class Scene:
    """A part of a conversation: what it shows, who it is about, and what they text or what happens to them."""

    title: str
    settings: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    line: int = 0

    def played(self, library: Library | None = None) -> Iterator[Line]:
        """Play the scene. Raises FlowError naming the line that cannot be."""
        try:
            known = facts(self.settings)
        except FlowError as error:
            raise FlowError(f"line {self.line}: {error}") from None
        yield from _played(Stage(library or packaged(), known), self.steps)

    def voiced(self) -> Scene:
        """Return the same scene as a call."""
        return replace(self, settings=[*self.settings, "channel voice"])


def read_step(words: str, line: int = 0, *, bare: bool = False) -> Step:
    """Tell what a line of a script is. With `bare` one without a sign is a reply. Raises FlowError otherwise."""
    said = words.rstrip("\r\n")
    happening = _HAPPENING.fullmatch(said.strip())
    sign, rest = said[:1], said[2:]
    if happening:
        return Step("happening", happening[1], line)
    if sign and said[1:2] in {" ", ""} and sign in _KINDS:
        return Step(_KINDS[sign], rest, line)
    if bare:
        return Step("reply", said, line)
    if not said.strip():
        return Step("nothing", "", line)
    raise FlowError(f"line {line}: {said!r}: {_EXPECTED}")


_KINDS: dict[str, Literal["title", "setting", "reply", "result"]] = {
    "#": "title",
    "@": "setting",
    ">": "reply",
    "<": "result",
    "*": "result",
}


def read(body: str) -> list[Scene]:
    """Read a transcript's scenes. Raises FlowError naming line and value, and what would be right."""
    scenes: list[Scene] = []
    for number, words in enumerate(body.splitlines(), 1):
        step = read_step(words, number)
        if step.kind == "title":
            scenes.append(Scene(step.words, line=number))
        elif step.kind == "nothing":
            continue
        elif not scenes:
            raise FlowError(f"line {number}: {words!r}: a scene begins with its title, such as # Joining in Spanish")
        else:
            _take(scenes[-1], step)
    return scenes


def _take(scene: Scene, step: Step) -> None:
    if step.kind == "setting" and scene.steps:
        raise FlowError(f"line {step.line}: @ {step.words}: settings come before the first line of the conversation")
    if step.kind == "setting":
        scene.settings.append(step.words)
        facts_at(step)
    elif step.kind != "result":
        scene.steps.append(step)


def facts_at(step: Step) -> None:
    """Raise FlowError naming the line if a setting is none."""
    try:
        facts([step.words])
    except FlowError as error:
        raise FlowError(f"line {step.line}: {error}") from None


def rewritten(body: str, library: Library | None = None) -> str:
    """Play every scene of a transcript again and return the file as it is now. Raises FlowError naming the line."""
    return "\n\n".join(written(scene, scene.played(library)) for scene in read(body)) + "\n"


def written(scene: Scene, lines: Iterable[Line]) -> str:
    """Return a scene as it stands in a file, with the lines of its play."""
    head = [f"# {scene.title}", *(f"@ {setting}" for setting in scene.settings)]
    return "\n".join([*head, *(show(line) for line in lines)])


def show(line: Line) -> str:
    """Return a line of a play as it stands in a file."""
    if line.kind == "happened":
        return f"({line.text})"
    sign = _SIGNS[line.kind]
    return "\n".join(f"{sign}{words}".rstrip() for words in line.text.split("\n"))


def play(
    name: str | None,
    replies: Iterable[str],
    *,
    language: str = "en",
    library: Library | None = None,
    context: Context | None = None,
) -> Iterator[Line]:
    """Yield a conversation that begins with this flow, or with the first reply where there is none.

    Raises FlowError if there is no such flow.
    """
    known = context or (STRANGER if name in {None, "welcome"} else enrolled(language))
    if name == "welcome" and "language" not in known.settings:
        known = replace(known, settings={"language": language})
    stage = Stage(library or packaged(), known)
    if name is not None:
        yield from stage.happened(f"{name} begins")
    yield from _played(stage, (read_step(reply, bare=True) for reply in replies))


def _played(stage: Stage, steps: Iterable[Step]) -> Iterator[Line]:
    for step in steps:
        try:
            yield from perform(stage, step)
        except FlowError as error:
            raise FlowError(f"line {step.line}: {error}" if step.line else str(error)) from None


def perform(stage: Stage, step: Step) -> Iterator[Line]:
    """Do one step of a script: a reply or a happening. Everything else passes without a word."""
    if step.kind == "reply":
        return stage.heard(step.words)
    if step.kind == "happening":
        return stage.happened(step.words)
    return iter(())
