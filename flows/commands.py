"""What a command word does, in every state. At its end the person is back at the question that was open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flows import engine, named
from flows.chosen import setting
from flows.reading import keywords
from flows.reading.keywords import Command
from flows.reading.moments import is_moment, is_span, no_such_day, read_moment, read_span
from flows.turn import OptIn, Say, Set
from flows.walk import Walk, check_in_frame, checking, go_on, half_named, is_loose, is_offer, let_go, top, waiting

_LONGEST_PAUSE = timedelta(days=92)
_LONGEST_SNOOZE = timedelta(days=5)

Act = Callable[[Walk, Command], bool]


def obey(walk: Walk, command: Command) -> bool:
    """Do what a command word says; False if it means nothing here, and the text is then read on."""
    acts = _JOINED if walk.has_joined else _NOT_JOINED
    act = acts.get(command.name)
    if act:
        return act(walk, command)
    if not walk.has_joined and command.name not in _FOR_ANYBODY:
        return False
    return _open(walk, command.name)


def join(walk: Walk, keyword: str) -> None:
    """Start joining, in the keyword's language; somebody who is in already hears how things stand."""
    if walk.has_joined:
        welcome_back(walk)
        return
    language = "es" if keywords.spanish(keyword) else walk.language
    go_on(walk)
    if walk.shut:
        walk.change(frames=(), language=language)
        walk.line(walk.shut)
        return
    walk.change(frames=(), answers={}, kept={}, settings={}, asked_for=True, language=language)
    engine.push(walk, "welcome")


def welcome_back(walk: Walk, *, said: bool = True) -> None:
    """Tell somebody who has their place how things stand. Who comes back from STOP does not rest any longer."""
    paused = walk.context.standing == "paused"
    if walk.context.opted_out and paused:
        walk.resume()
    if not said:
        return
    if walk.context.opted_out:
        walk.line("restart")
    else:
        walk.line("resting" if paused else "already")
        engine.ask(walk)


def start(walk: Walk, *, said: bool) -> None:
    """Obey START: texts may come again. To somebody who never left it says where they are.

    It counts for them as well: a STOP from before, which was held up and is found later, no longer holds.
    """
    walk.effects.append(OptIn())
    if walk.has_joined:
        welcome_back(walk, said=said)
    elif not said:
        return
    elif walk.context.opted_out:
        walk.line("welcome_back")
    elif walk.frames and not waiting(walk.conversation):
        engine.ask(walk)
    else:
        walk.line("unknown")


def _open(walk: Walk, flow: str) -> bool:
    if flow not in walk.library.flows:
        return False
    engine.push(walk, flow)
    return True


def _check_in(walk: Walk, _: Command) -> bool:
    """Begin a check-in, or come back to the one under way from whatever was opened over it."""
    at = check_in_frame(walk)
    _keep_day(walk)
    go_on(walk)
    if at is None:
        walk.change(frames=(), asked_for=True, answers={}, kept={})
        return _open(walk, "weekly-checkin")
    engine.return_to(walk, at)
    return _put_again(walk)


def _keep_day(walk: Walk) -> None:
    """Set a day that was named, at the usual hour, where what follows leaves the question of the hour behind."""
    let_go(walk)
    if half_named(walk):
        hushed, walk.hushed = walk.hushed, True
        engine.skip(walk)
        walk.hushed = hushed


def _go(walk: Walk, command: Command) -> bool:
    let_go(walk)
    if not walk.frames and walk.conversation.parked:
        go_on(walk)
        walk.line("unparked")
        return True
    if not walk.frames:
        return _check_in(walk, command)
    go_on(walk)
    return _put_again(walk)


def _put_again(walk: Walk) -> bool:
    """Put the open question again; one that only waits for the word to go on, such as a note, is answered by it."""
    found = top(walk.conversation, walk.library)
    question = found[1].question if found else None
    if question and engine.waits_for_go(question):
        engine.answer(walk, "go")
    else:
        engine.ask(walk)
    return True


def _skip(walk: Walk, _: Command) -> bool:
    """Leave the open question out, and say so where nothing follows. What has to be answered is put again."""
    if waiting(walk.conversation):
        walk.line("parked")
    elif not walk.frames:
        walk.line("nothing_open")
    elif not engine.skip(walk):
        walk.line("needed")
        engine.ask(walk)
    elif not any(isinstance(effect, Say) for effect in walk.effects):
        walk.line("left_out")
    return True


def _speak(walk: Walk, command: Command) -> bool:
    """Change the language to the one that was named; LANGUAGE alone asks which."""
    if not command.argument:
        return _open(walk, "language")
    let_go(walk)
    walk.change(language=command.argument)
    walk.effects.append(Set("language", walk.language))
    walk.line("language")
    engine.ask(walk, whole=True)
    return True


def _back(walk: Walk, _: Command) -> bool:
    """Put the last answered question again. After a check-in has closed, asking anew is the way to correct it."""
    # Within a flow that has been answered something, such as the day before its hour, that is what is put again.
    if is_loose(walk) and not is_offer(walk) and not waiting(walk.conversation) and engine.back(walk):
        return True
    if walk.context.standing == "paused" and not walk.frames and not walk.conversation.parked:
        return _open(walk, "resume")
    let_go(walk)
    if waiting(walk.conversation):
        walk.line("parked")
    elif not engine.back(walk):
        if walk.has_joined:
            walk.line("nothing_back")
        engine.ask(walk)
    return True


def _later(walk: Walk, command: Command) -> bool:
    """Put the open check-in off: until tomorrow, or until the moment that was named, if that is soon enough."""
    settings = {k: v for k, v in walk.conversation.settings.items() if k != "later_at"}
    at = walk.context.at
    if command.argument:
        usual = str(setting(walk.conversation, walk.context, "time"))
        named = read_moment(command.argument, at, usual, waits=True)
        if named is None:
            return False
        if checking(walk) and named - at > _LONGEST_SNOOZE:
            walk.line("too_late")
            return True
        settings["later_at"] = named.isoformat()
    walk.change(settings=settings)
    _keep_day(walk)
    return _open(walk, "later")


def put_off(walk: Walk, text: str) -> bool:
    """Take "in 2 hours" or "not now" in a check-in for LATER."""
    if walk.context.standing == "paused" and not walk.frames and (is_span(text) or no_such_day(text)):
        return _pause(walk, Command("pause", keywords.fold(text)))
    if not checking(walk) or waiting(walk.conversation):
        return False
    if keywords.not_now(text):
        return _later(walk, Command("later"))
    # A digit alone is somebody's answer, not an hour.
    said = any(letter.isalpha() for letter in text) and is_moment(text)
    return said and _later(walk, Command("later", keywords.fold(text)))


def _pause(walk: Walk, command: Command) -> bool:
    settings = {k: v for k, v in walk.conversation.settings.items() if k != "pause_until"}
    today = walk.context.at.date()
    until = read_span(command.argument, today) if command.argument else None
    if command.argument and until is None:
        walk.line("pause_until_when")
        engine.ask(walk)
        return True
    if until is not None:
        settings["pause_until"] = min(until, today + _LONGEST_PAUSE).isoformat()
        if until > today + _LONGEST_PAUSE:
            walk.line("pause_at_most")
    _keep_day(walk)
    settings |= {name: value for name, value in walk.conversation.settings.items() if name != "pause_until"}
    walk.change(settings=settings)
    return _open(walk, "pause")


def _erase(walk: Walk, command: Command) -> bool:
    return _open(walk, "erase-all" if command.argument else "erase")


def _erase_newcomer(walk: Walk, command: Command) -> bool:
    """Somebody who has not joined has no answers to erase, but what is kept about them is theirs all the same."""
    return _open(walk, "erase-all") if command.argument else False


def _speak_newcomer(walk: Walk, command: Command) -> bool:
    if not walk.frames or not command.argument:
        return False
    walk.change(language=command.argument)
    if waiting(walk.conversation):
        walk.line("language")
    engine.ask(walk, whole=True)
    return True


def _go_newcomer(walk: Walk, _: Command) -> bool:
    if not walk.frames and not walk.conversation.parked:
        return False
    go_on(walk)
    if walk.frames:
        engine.ask(walk)
    else:
        walk.line("unknown")
    return True


def _skip_newcomer(walk: Walk, command: Command) -> bool:
    return _skip(walk, command) if walk.frames else False


def _back_newcomer(walk: Walk, command: Command) -> bool:
    """Go back in what is open; after an offer of more, which is all that was, the word is not understood."""
    if is_offer(walk):
        let_go(walk)
    return _back(walk, command) if walk.frames else False


def _menu_newcomer(walk: Walk, _: Command) -> bool:
    """HELP names MENU, so it is answered: with how to join, or with the question of joining that is open."""
    if walk.frames:
        engine.ask(walk)
    else:
        walk.line("unknown")
    return True


_JOINED: dict[str, Act] = {
    "back": _back,
    "checkin": _check_in,
    "day": named.day,
    "erase": _erase,
    "go": _go,
    "language": _speak,
    "later": _later,
    "pause": _pause,
    "quiet": named.quiet,
    "skip": _skip,
    "time": named.time,
    "zone": named.zone,
}
_NOT_JOINED: dict[str, Act] = {
    "back": _back_newcomer,
    "day": named.newcomers_hour,
    "erase": _erase_newcomer,
    "go": _go_newcomer,
    "language": _speak_newcomer,
    "menu": _menu_newcomer,
    "skip": _skip_newcomer,
    "time": named.newcomers_hour,
}
# Support is for whoever asks for it, joined or not.
_FOR_ANYBODY = frozenset({"talk", "break", "about", "callme"})
