"""Play a conversation for somebody at a terminal, or from a script, and keep it as a test if they like."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flows import FlowError, Library, segments
from flows.staging.scene import context as facts
from flows.staging.stage import HAPPENINGS, Line, Stage
from flows.staging.transcript import Scene, Step, perform, read_step, show, written

DEFAULT = "weekly-checkin"
_OPENS_A_SCRIPT = frozenset({"title", "setting", "happening"})

Emit = Callable[[str], None]


@dataclass(slots=True)
class Played:
    """One scene as it was played."""

    scene: Scene
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Player:
    """Reads a script line by line and shows what follows each. `name` is the flow that begins, if one does.

    `settings` come before the script's own. Somebody at a terminal (`live`) is not shown their own words again, and
    what cannot be done is said without ending the play.
    """

    library: Library
    name: str | None
    settings: list[str]
    emit: Emit
    live: bool = False
    as_json: bool = False
    played: list[Played] = field(default_factory=list)
    _stage: Stage | None = None

    def run(self, script: Iterable[str]) -> None:
        """Play to the script's end. Raises FlowError naming the line that cannot be played."""
        if self.live:
            self.emit(_how_to())
            self._begin(self.name or DEFAULT)
        for number, words in enumerate(script, 1):
            if not words.strip():
                continue
            try:
                self._take(read_step(words, number, bare=True))
            except FlowError as error:
                if not self.live:
                    raise FlowError(f"line {number}: {error}") from None
                self.emit(str(error))
        if self._stage is None and (self.name or not self.played):
            self._begin(self.name or DEFAULT)

    def _take(self, step: Step) -> None:
        if step.kind == "title":
            self._open(step.words)
        elif step.kind == "setting":
            self._set(step.words)
        elif step.kind in {"reply", "happening"}:
            if self._stage is None:
                self._begin(self.name or (None if self._scripted(step) else DEFAULT))
            assert self._stage is not None
            self._show(perform(self._stage, step))

    def _scripted(self, step: Step) -> bool:
        """Whether the script says itself how it begins."""
        return bool(self.played) or step.kind in _OPENS_A_SCRIPT

    def _open(self, title: str) -> None:
        self.played.append(Played(Scene(title, [*self.settings])))
        self._stage = None
        if not self.as_json and not self.live:
            self.emit(("\n" if len(self.played) > 1 else "") + f"# {title}")

    def _set(self, setting: str) -> None:
        if self._stage is not None:
            raise FlowError(f"@ {setting}: settings come before the first line of the conversation")
        if not self.played:
            self.played.append(Played(Scene("", [*self.settings])))
        facts([setting])
        self.played[-1].scene.settings.append(setting)
        if not self.as_json:
            self.emit(f"@ {setting}")

    def _begin(self, flow: str | None) -> None:
        if not self.played:
            self.played.append(Played(Scene("", [*self.settings])))
        self._stage = Stage(self.library, facts(self.played[-1].scene.settings))
        if flow:
            self._show(perform(self._stage, Step("happening", f"{flow} begins")))

    def _show(self, lines: Iterator[Line]) -> None:
        for line in lines:
            self.played[-1].lines.append(line)
            if self.as_json:
                self.emit(json.dumps(as_data(line), ensure_ascii=False))
            elif not self.live or line.kind in {"said", "noted"}:
                self.emit(show(line))


def as_data(line: Line) -> dict[str, object]:
    """Return a line of a play as plain data; what is said with what it costs and what it is."""
    found: dict[str, object] = {"kind": line.kind, "text": line.text}
    if line.said:
        cost = segments(line.text)
        found |= {"segments": cost.count, "encoding": cost.encoding, "asks": line.said.asks}
        found["crisis"] = line.said.crisis
    return found


def save(path: Path, played: Iterable[Played], title: str) -> list[str]:
    """Add plays to a transcript as its last scenes; return their titles. Raises FlowError if it cannot be written."""
    titles: list[str] = []
    try:
        body = path.read_text(encoding="utf-8").rstrip("\n") if path.exists() else ""
        for one in played:
            scene = Scene(one.scene.title or title, one.scene.settings)
            titles.append(scene.title)
            body = f"{body}\n\n{written(scene, one.lines)}".lstrip("\n")
        path.write_text(body + "\n", encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FlowError(f"--save {path}: {_why(error)}") from None
    return titles


def to_terminal(text: str) -> None:
    """Show a line at once, so that a play can be followed through a pipe as well. Ends quietly when nobody reads on."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _how_to() -> str:
    happen = " ".join(f"({one})" for one in HAPPENINGS)
    return f"Text as a participant would; Ctrl-D leaves. In brackets, something happens: {happen}"
