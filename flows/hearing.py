"""Read a text: the one order in which it is done, for the service, the tests, the player and the console alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flows import engine, keywords, replies
from flows.engine import Walk
from flows.flow import Library
from flows.keywords import Command
from flows.risk import Screening, screen
from flows.turn import Context, Conversation, OptIn, OptOut, Risk, Say, Set, Turn

_DOUBLE_TAP = timedelta(seconds=3)
_RISK_REPEATS = timedelta(hours=24)

Step = Callable[[Walk, str, Screening], bool]


def hear(library: Library, conversation: Conversation | None, text: str, context: Context) -> Turn:
    """Return what follows from a text. Screening comes first, always, and never ends the reading.

    Total: any text, any state. A step that takes the text returns True and no later one sees it.
    """
    screening = screen(text)
    if conversation and not context.late and _tapped_twice(conversation, text, context):
        return Turn(conversation, tuple(Say(said) for said in conversation.last_said))
    if conversation is None or _long_ago(conversation, context):
        conversation = Conversation((), _language(text, context, screening))
    walk = Walk(library, context, conversation)
    for step in _late_order() if context.late else _order():
        if step(walk, text, screening):
            break
    return _remembered(walk, text)


def _long_ago(conversation: Conversation, context: Context) -> bool:
    """Whether all that is left of a conversation is a serious moment of an earlier day."""
    if conversation.frames or not conversation.risk_at:
        return False
    return context.at - datetime.fromisoformat(conversation.risk_at) >= _RISK_REPEATS


def _order() -> tuple[Step, ...]:
    return (
        _risk,
        _carrier,
        _opted_out,
        _misdirected,
        _exact,
        _command,
        _phrase,
        _keyword,
        _tolerant,
        _about_client,
        _unread,
    )


def _late_order() -> tuple[Step, ...]:
    """A text found afterwards is screened and its consent words obeyed; nothing else is answered this late."""
    return (_risk, _carrier, _opted_out, _phrase, _silence)


def remind(library: Library, conversation: Conversation, number: int, context: Context) -> Turn:
    """Return the first or second reminder of an open check-in. It fits where the person is, and asks nothing new."""
    walk = Walk(library, context, conversation)
    found = engine.top(conversation, library)
    if conversation.parked or found is None:
        return Turn(conversation, ())
    flow, state = found
    if state.name == "note":
        walk.line("remind_note")
    elif flow.check_in and state.name == "drained":
        walk.line("remind_first" if number == 1 else "remind_last")
    else:
        walk.line("remind_midway")
    return Turn(conversation, tuple(walk.effects))


def fallback(library: Library, context: Context) -> tuple[Say, ...]:
    """Return what is said when hearing a text failed: whatever it was, the person learns where a person answers."""
    walk = Walk(library, context, Conversation((), str(context.settings.get("language", "en"))))
    walk.line("risk_explicit", crisis=True)
    walk.line("risk_link", crisis=True)
    return tuple(effect for effect in walk.effects if isinstance(effect, Say))


def _language(text: str, context: Context, screening: Screening) -> str:
    """Return the language to answer in: the person's own, else the one they wrote in."""
    if "language" in context.settings:
        return str(context.settings["language"])
    if any(rule.startswith("es") for rule in screening.rules) or keywords.spanish(text):
        return "es"
    return "en"


def _tapped_twice(conversation: Conversation, text: str, context: Context) -> bool:
    """Whether this is the same text again before its reply can have been read: repeat, and move nothing."""
    if not conversation.last_at or context.question_sent or text != conversation.last_text:
        return False
    since = context.at - datetime.fromisoformat(conversation.last_at)
    return timedelta(0) <= since <= _DOUBLE_TAP


def _remembered(walk: Walk, text: str) -> Turn:
    said = tuple(effect.text for effect in walk.effects if isinstance(effect, Say))
    walk.change(last_text=text[:200], last_at=walk.context.at.isoformat(), last_said=said)
    return walk.turn()


def _risk(walk: Walk, text: str, screening: Screening) -> bool:
    if not screening.level:
        return False
    stops = keywords.begins_with_stop(text)
    before = walk.conversation.risk_at
    repeated = bool(before) and walk.context.at - datetime.fromisoformat(before) < _RISK_REPEATS
    walk.effects.append(Risk(screening.level, screening.about, screening.construct, screening.rules))
    walk.line(_risk_line(screening, repeated), crisis=True)
    walk.line("risk_link", crisis=True)
    walk.change(parked=True, risk_at=walk.context.at.isoformat())
    if stops and not walk.context.opted_out:
        _leave(walk, "word")
    return True


def _risk_line(screening: Screening, repeated: bool) -> str:
    if screening.construct == "violence":
        return "risk_others"
    if screening.construct == "hurt":
        return "risk_home"
    if screening.level >= 3:
        return "risk_imminent"
    if repeated:
        return "risk_again"
    return "risk_explicit" if screening.level == 2 else "risk_concern"


def _carrier(walk: Walk, text: str, _: Screening) -> bool:
    word = keywords.carrier(text, opted_out=walk.context.opted_out)
    if word is None:
        return False
    twilio_answers = walk.context.opt_out_mode == "twilio" and keywords.twilio_answers(text)
    if word == "stop":
        if not walk.context.opted_out:
            _leave(walk, "word", said=not twilio_answers)
    elif word == "start":
        _start(walk, said=not twilio_answers)
    elif not twilio_answers:
        walk.line("help")
    return True


def _leave(walk: Walk, how: str, *, said: bool = True) -> None:
    walk.effects.append(OptOut("word" if how == "word" else "phrase"))
    engine.close(walk, scored=False)
    walk.change(answers={}, parked=False)
    if said and not walk.context.late:
        walk.line("stop")


def _start(walk: Walk, *, said: bool) -> None:
    enrolled = walk.context.standing in {"enrolled", "paused"}
    if walk.context.opted_out:
        walk.effects.append(OptIn())
        line = "restart" if enrolled else "welcome_back"
    else:
        line = "already" if enrolled else "unknown"
    if said and not walk.context.late:
        walk.line(line)


def _opted_out(walk: Walk, text: str, _: Screening) -> bool:
    """After STOP nothing is answered but what came before this, and the keyword that joins again."""
    if not walk.context.opted_out:
        return False
    if (
        keywords.fold(text).upper() in walk.context.keywords
        and walk.context.opt_out_mode == "ours"
        and not walk.context.late
    ):
        walk.effects.append(OptIn())
        _join(walk)
    return True


def _misdirected(walk: Walk, text: str, _: Screening) -> bool:
    if not keywords.misdirected(text):
        return False
    walk.line("not_988", crisis=True)
    return True


def _exact(walk: Walk, text: str, _: Screening) -> bool:
    return _answered(walk, text, replies.exact)


def _tolerant(walk: Walk, text: str, _: Screening) -> bool:
    return _answered(walk, text, replies.read_reply)


def _answered(walk: Walk, text: str, read: Callable[..., object]) -> bool:
    question = engine.open_question(walk.conversation, walk.library, walk.context)
    if question is None:
        return False
    answer = read(question, text, walk.language)
    if not isinstance(answer, int | str):
        return False
    engine.answer(walk, answer)
    return True


def _command(walk: Walk, text: str, _: Screening) -> bool:
    command = keywords.command(text)
    if command is None:
        return False
    if walk.context.standing in {"unknown", "joining"}:
        return _newcomer(walk, command)
    act = _COMMANDS.get(command.name)
    if act:
        act(walk, command)
        return True
    name = "erase-all" if command.name == "erase" and command.argument else command.name
    if name not in walk.library.flows:
        return False
    engine.push(walk, name)
    return True


def _newcomer(walk: Walk, command: Command) -> bool:
    """Somebody who has not joined may change the language, skip, go on and find support; the rest is not theirs yet."""
    if command.name == "language" and command.argument and walk.conversation.frames:
        walk.change(language=command.argument)
        engine.ask(walk)
        return True
    if command.name == "go" and walk.conversation.parked:
        walk.change(parked=False)
        engine.ask(walk)
        return bool(walk.conversation.frames)
    if command.name in _FOR_ANYBODY:
        engine.push(walk, command.name)
        return True
    return command.name == "skip" and engine.skip(walk)


# Support is for whoever asks for it, joined or not.
_FOR_ANYBODY = frozenset({"talk", "break", "about", "callme"})


def _check_in(walk: Walk, _: Command) -> None:
    walk.change(parked=False)
    if any(walk.library.flows[f.flow].check_in for f in walk.conversation.frames if f.flow in walk.library.flows):
        _go_on(walk)
        return
    walk.change(frames=(), asked_for=True, answers={})
    engine.push(walk, "weekly-checkin")


def _go(walk: Walk, command: Command) -> None:
    if not walk.conversation.frames:
        _check_in(walk, command)
        return
    walk.change(parked=False)
    _go_on(walk)


def _go_on(walk: Walk) -> None:
    """Put the open question again; a discreet note that is told to go on is answered by that."""
    found = engine.top(walk.conversation, walk.library)
    if found and found[1].name == "note":
        engine.answer(walk, "go")
    else:
        engine.ask(walk)


def _skip(walk: Walk, _: Command) -> None:
    if walk.conversation.parked or not engine.skip(walk):
        walk.line("nothing_open")


def _speak(walk: Walk, command: Command) -> None:
    walk.change(language=command.argument or "en")
    walk.effects.append(Set("language", walk.language))
    walk.line("language")
    engine.ask(walk)


_COMMANDS: dict[str, Callable[[Walk, Command], None]] = {
    "checkin": _check_in,
    "go": _go,
    "skip": _skip,
    "language": _speak,
}


def _phrase(walk: Walk, text: str, _: Screening) -> bool:
    if not keywords.opts_out(text):
        return False
    _leave(walk, "phrase")
    return True


def _keyword(walk: Walk, text: str, _: Screening) -> bool:
    if keywords.fold(text).upper() not in walk.context.keywords:
        return False
    _join(walk)
    return True


def _join(walk: Walk) -> None:
    if walk.context.standing in {"enrolled", "paused"}:
        walk.line("restart" if walk.context.opted_out else "already")
        return
    walk.change(frames=(), answers={}, settings={}, asked_for=True, parked=False)
    engine.push(walk, "welcome")


def _about_client(walk: Walk, _: str, screening: Screening) -> bool:
    """Talk about a client is heard as that, and the open question waits: no cheerful question on top of it."""
    if screening.about != "client" or walk.context.standing in {"unknown", "joining"}:
        return False
    walk.line("risk_client")
    return True


def _unread(walk: Walk, _: str, __: Screening) -> bool:
    if walk.conversation.parked:
        walk.line("parked")
    elif engine.open_question(walk.conversation, walk.library, walk.context):
        engine.misunderstood(walk)
    elif walk.context.standing in {"enrolled", "paused"}:
        walk.line("idle")
    elif not walk.context.greeted:
        walk.line("unknown")
    return True


def _silence(_: Walk, __: str, ___: Screening) -> bool:
    return True
