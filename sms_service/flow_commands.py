"""`sms-service flow`: check, play, draw and print the conversations. Only publishing them needs a database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows import LANGUAGES, FlowError, Library, check, packaged
from flows.drawing.draw import draw
from flows.staging.transcript import rewritten
from sms_service import play_commands, texts_page, version_commands
from sms_service.playing import Player, save, to_terminal
from sms_service.publishing import read_folder

_FLOWS = "a folder of YAML files that stand beside the packaged ones, or take the place of those of the same name"


def add_to(commands: Any) -> None:
    """Add the commands to `sms-service`."""
    made = commands.add_parser("flow", help="check, play, draw and print the conversations")
    flow = made.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], object], words: str) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = flow.add_parser(name, help=words, description=words)
        one.add_argument("--flows", type=Path, metavar="FOLDER", help=_FLOWS)
        one.set_defaults(run=run)
        return one

    command("check", _check, "prove the flows, or say file, state and line of each fault")
    command("list", _list, "each flow's name, title and file")
    _play_options(command("play", _play, "play a conversation here, or from a script on standard input"))
    drawn = command("draw", _draw, "a flow as a picture, in SVG")
    drawn.add_argument("name", metavar="NAME")
    drawn.add_argument("--language", choices=LANGUAGES, default="en", help="of the texts in the boxes")
    drawn.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    texts = command("texts", _texts, "every text a participant can receive, on one page to print")
    texts.add_argument("--language", choices=LANGUAGES, help="instead of both side by side")
    texts.add_argument("--format", choices=["html", "text"], default="html")
    texts.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    rewrite = command("rewrite", _rewrite, "play every transcript of a folder again and write what follows now")
    rewrite.add_argument("folder", type=Path, metavar="FOLDER")
    version_commands.add_to(flow)
    play_commands.add_to(flow)


def _play_options(play: argparse.ArgumentParser) -> None:
    play.add_argument("name", nargs="?", help="the flow that begins; else the weekly check-in, or the script's own")
    play.add_argument("--language", choices=LANGUAGES, default="en")
    play.add_argument("--channel", choices=["text", "voice"], default="text")
    play.add_argument("--json", action="store_true", help="one JSON object a line")
    play.add_argument("--save", type=Path, metavar="FILE", help="add this play to a transcript, as a test")
    play.add_argument("--title", default="", help="what the saved play shows")


def library(folder: Path | None) -> Library:
    """Return the packaged flows, with a folder's own over them. Raises FlowError for what cannot be read."""
    if folder is None:
        return packaged()
    try:
        return read_folder(folder)
    except UnicodeDecodeError as error:
        raise FlowError(f"{folder}: a file in it is not a text in UTF-8 ({error.reason})") from None


def named(known: Library, name: str) -> str:
    """Return a flow's name. Raises FlowError if there is none of it."""
    if name not in known.flows:
        raise FlowError(f"there is no flow {name!r}; there are: {', '.join(sorted(known.flows))}")
    return name


def put(text: str, output: Path | None) -> None:
    """Write a finished text to a file, or to standard output. Raises FlowError if the file cannot be written."""
    if output is None:
        to_terminal(text.rstrip("\n"))
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FlowError(f"--output {output}: {error.strerror}") from None
    sys.stderr.write(f"{output} is written\n")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise FlowError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FlowError(f"{path}: not a text in UTF-8") from None


def _check(chosen: argparse.Namespace) -> int:
    findings = check(library(chosen.flows), against=packaged())
    for finding in findings:
        to_terminal(finding)
    to_terminal(f"{len(findings)} faults" if findings else "no faults")
    return 1 if findings else 0


def _list(chosen: argparse.Namespace) -> None:
    flows = library(chosen.flows).flows.values()
    wide = max(len(flow.name) for flow in flows), max(len(flow.title) for flow in flows)
    for flow in sorted(flows, key=lambda one: one.name):
        to_terminal(f"{flow.name:<{wide[0]}}  {flow.title:<{wide[1]}}  {flow.source}")


def _play(chosen: argparse.Namespace) -> None:
    known = library(chosen.flows)
    if chosen.name:
        named(known, chosen.name)
    if chosen.title and not chosen.save:
        raise FlowError(f"--title {chosen.title!r}: it needs --save FILE, to which the play is added")
    live = sys.stdin.isatty() and not chosen.json
    player = Player(known, chosen.name, _settings(chosen), to_terminal, live=live, as_json=chosen.json)
    player.run(sys.stdin)
    if chosen.save:
        _save(chosen, player, live=live)


def _settings(chosen: argparse.Namespace) -> list[str]:
    """Return the settings lines that the options stand for."""
    found = ["stranger"] if chosen.name == "welcome" else []
    found += [f"language {chosen.language}"] if chosen.language != "en" else []
    return found + (["channel voice"] if chosen.channel == "voice" else [])


def _save(chosen: argparse.Namespace, player: Player, *, live: bool) -> None:
    title = chosen.title or f"A play of {chosen.name or 'the weekly check-in'}"
    if live and not chosen.title:
        sys.stderr.write(f"\nWhat does this play show? [{title}] ")
        title = sys.stdin.readline().strip() or title
    for one in save(chosen.save, player.played, title):
        sys.stderr.write(f"saved to {chosen.save}: {one}\n")


def _draw(chosen: argparse.Namespace) -> None:
    known = library(chosen.flows)
    put(draw(known.flows[named(known, chosen.name)], chosen.language), chosen.output)


def _texts(chosen: argparse.Namespace) -> None:
    languages = [chosen.language] if chosen.language else list(LANGUAGES)
    write = texts_page.as_html if chosen.format == "html" else texts_page.as_text
    put(write(library(chosen.flows), languages), chosen.output)


def _rewrite(chosen: argparse.Namespace) -> int:
    """Write every transcript that can be played; what cannot is named, and left as it is."""
    known = library(chosen.flows)
    paths = sorted(chosen.folder.glob("*.txt"))
    if not paths:
        raise FlowError(f"{chosen.folder}: no transcript is there; their names end with .txt")
    faults = [fault for path in paths if (fault := _rewritten(path, known))]
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    to_terminal(f"{len(paths) - len(faults)} of {len(paths)} transcripts are as they play now")
    return 1 if faults else 0


def _rewritten(path: Path, known: Library) -> str:
    """Write one transcript anew if anything changed; return what is wrong with it, if something is."""
    before = _read(path)
    try:
        now = rewritten(before, known)
    except FlowError as error:
        return f"{path.name}, {error}"
    if now != before:
        put(now, path)
    return ""
