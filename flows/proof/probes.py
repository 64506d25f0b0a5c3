"""What must hold wherever somebody is: STOP is obeyed, HELP and danger are answered, every word offered is taken."""

from __future__ import annotations

from flows import filling
from flows.conversation import Conversation
from flows.proof.check_offers import offered
from flows.proof.plays import Node, Play, says
from flows.reading.words import COMMANDS
from flows.turn import Heard, OptOut, Risk, Say

_SERIOUS = "I want to kill myself"
# What is said to somebody who was not understood.
_NOT_UNDERSTOOD = ("unclear", "idle", "idle_resting", "left_out", "unknown", "nothing_open")


def probe(play: Play, node: Node, *, commands: bool) -> None:
    """Try in one place what is obeyed everywhere, and with `commands` each of those as well."""
    _stop(play, node)
    _serious(play, node)
    _help(play, node)
    for listed in COMMANDS.values() if commands else ():
        play.done(node, Heard(listed[0].upper()))


def _stop(play: Play, node: Node) -> None:
    turn = play.done(node, Heard("STOP"))
    if turn and (turn.conversation is not None or not any(isinstance(one, OptOut) for one in turn.effects)):
        play.note(node, "STOP is not obeyed")


def _serious(play: Play, node: Node) -> None:
    turn = play.done(node, Heard(_SERIOUS))
    if turn is None:
        return
    crisis = [one.text for one in turn.effects if isinstance(one, Say) and one.crisis]
    if not any(isinstance(one, Risk) for one in turn.effects) or not any(map(_names_988, crisis)):
        play.note(node, "danger is not answered with 988")
    if len(crisis) < len(says(turn)):
        play.note(node, "something else is said on top of the answer to danger")


def _names_988(text: str) -> bool:
    """Whether a text says where a person answers, as it is read or as it is spoken."""
    return "988" in text.replace("9 8 8", "988")


def _help(play: Play, node: Node) -> None:
    turn = play.done(node, Heard("HELP"))
    if turn is None:
        return
    if says(turn) != _line(play, node, "help"):
        play.note(node, "HELP is not answered with the line for it")
    if not _same(turn.conversation, node.conversation):
        play.note(node, "after HELP the question is not open any more")


def try_words(play: Play, node: Node, texts: list[str], tried: set[object]) -> None:
    """Send every word that these texts have just offered: it has to be understood, and to lead on."""
    if node.context.channel != "text":
        return
    for word in (word for text in texts for word in offered(text)):
        key = (word, node.where, node.context.settings.get("language"), node.context.standing, _places(node))
        if key in tried:
            continue
        tried.add(key)
        turn = play.done(node, Heard(word))
        if turn is None:
            continue
        said = says(turn)
        unread = [text for name in _NOT_UNDERSTOOD for text in _line(play, node, name)]
        if not said or (word not in {"SKIP", "SALTAR"} and any(text in unread for text in said)):
            play.note(node, f"offers {word}, which is not understood here")
        elif word in offered(texts[-1]) and said == texts[-1:] and _same(turn.conversation, node.conversation):
            play.note(node, f"offers {word}, which only asks the same again")


def _places(node: Node) -> tuple[tuple[str, str], ...]:
    return tuple((f.flow, f.state) for f in node.conversation.frames) if node.conversation else ()


def _same(one: Conversation | None, other: Conversation | None) -> bool:
    """Whether the same is open."""
    frames, others = (found.frames if found else () for found in (one, other))
    return frames == others


def _line(play: Play, node: Node, name: str) -> list[str]:
    language = node.conversation.language if node.conversation else str(node.context.settings.get("language", "en"))
    return [filling.filled(one, node.conversation, node.context, language) for one in play.library.lines[name]]
