"""Read a text: the one order in which it is done, for the service, the tests, the player and the console alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from flows import commands, danger, engine, named
from flows.chosen import setting
from flows.context import Context
from flows.conversation import Conversation
from flows.flow import Answer, Library
from flows.reading import keywords, replies, words
from flows.risk import Screening, screen
from flows.turn import Forget, OptIn, OptOut, Say, Turn
from flows.walk import Walk, checking, is_loose, is_offer, let_go, mend, open_question, opt_out, top

_DOUBLE_TAP = timedelta(seconds=3)
_RISK_REPEATS = timedelta(hours=24)
_COMPARED = 200
_GO_ON = re.compile(r"\s*[0-4]\W*")

Step = Callable[[Walk, str, Screening], bool]
Read = Callable[..., Answer | None]


def hear(library: Library, conversation: Conversation | None, text: str, context: Context) -> Turn:
    """Return what follows from a text. Screening comes first, always, and never ends the reading.

    Total: any text, any state. A step that takes the text returns True and no later one sees it. A `late` text, found
    after the fact, is screened and its consent words are obeyed; nothing else is answered that late.
    """
    screening = screen(text, context.program.rules)
    if conversation and _tapped_twice(conversation, text, context):
        crisis = screening.level > 0 or keywords.misdirected(text)
        return Turn(conversation, tuple(Say(said, crisis=crisis) for said in conversation.last_said))
    if conversation is None or _long_ago(conversation, context):
        conversation = Conversation((), _language(text, context, screening))
    walk = Walk(library, context, conversation)
    mend(walk)
    for step in _LATE_ORDER if context.late else _ORDER:
        if step(walk, text, screening):
            break
    if screening.about == "client":
        # What somebody tells of a client is not ours to keep.
        walk.effects.append(Forget())
        text = ""
    return walk.turn() if context.late else _remembered(walk, text)


def remind(library: Library, conversation: Conversation, number: int, context: Context) -> Turn:
    """Return the first or second reminder of an open check-in. It fits where the person is, and asks nothing new."""
    walk = Walk(library, context, conversation)
    found = top(conversation, library)
    if found is None or conversation.parked or context.opted_out or not checking(walk):
        return Turn(conversation, ())
    walk.line(_reminder(walk, found[1].name, number))
    return Turn(conversation, tuple(walk.effects))


def _reminder(walk: Walk, state: str, number: int) -> str:
    if walk.conversation.kept:
        return "remind_midway"
    # What the first text of a week keeps off the lock screen, its reminder does not put there.
    if state != "drained" or setting(walk.conversation, walk.context, "discreet"):
        return "remind_note"
    return "remind_first" if number == 1 else "remind_last"


def fallback(library: Library, context: Context) -> tuple[Say, ...]:
    """Return what is said when hearing a text failed: whatever it was, the person learns where a person answers."""
    walk = Walk(library, context, Conversation((), str(context.settings.get("language", "en"))))
    walk.line("risk_explicit", crisis=True)
    walk.line("risk_link", crisis=True)
    return tuple(effect for effect in walk.effects if isinstance(effect, Say))


def just_serious(conversation: Conversation, context: Context) -> bool:
    """Whether something serious was said within a day, and the person has not gone on since."""
    return conversation.parked and not _long_ago(replace(conversation, frames=()), context)


def _long_ago(conversation: Conversation, context: Context) -> bool:
    """Whether all that is left of a conversation is a serious moment of an earlier day."""
    if conversation.frames or not conversation.risk_at:
        return False
    return context.at - datetime.fromisoformat(conversation.risk_at) >= _RISK_REPEATS


def _language(text: str, context: Context, screening: Screening) -> str:
    """Return the language to answer in: the person's own, else the one they wrote in."""
    if "language" in context.settings:
        return str(context.settings["language"])
    if any(rule.startswith("es") for rule in screening.rules) or keywords.spanish(text):
        return "es"
    return "en"


def _tapped_twice(conversation: Conversation, text: str, context: Context) -> bool:
    """Whether this is the same text again before its reply can have been read: repeat, and move nothing."""
    if context.late or context.opted_out or context.question_sent:
        return False
    if not conversation.last_at or text[:_COMPARED] != conversation.last_text:
        return False
    since = context.at - datetime.fromisoformat(conversation.last_at)
    return timedelta(0) <= since <= _DOUBLE_TAP


def _remembered(walk: Walk, text: str) -> Turn:
    said = tuple([effect.text for effect in walk.effects if isinstance(effect, Say)])
    walk.change(last_text=text[:_COMPARED], last_at=walk.context.at.isoformat(), last_said=said)
    return walk.turn()


def _risk(walk: Walk, text: str, screening: Screening) -> bool:
    if not screening.level:
        return False
    danger.answer(walk, screening)
    if keywords.begins_with_stop(text) and not walk.context.opted_out:
        opt_out(walk, "word")
    elif walk.has_joined and not walk.context.opted_out:
        engine.plan_after_risk(walk)
    return True


def _carrier(walk: Walk, text: str, _: Screening) -> bool:
    if len(text) == 1:  # nearly every answer there is, and no such word
        return False
    word = keywords.carrier(text, opted_out=walk.context.opted_out)
    if word is None:
        return False
    twilio_answers = walk.context.opt_out_mode == "twilio" and keywords.twilio_answers(text)
    said = not twilio_answers and not walk.context.late
    if word == "stop":
        if walk.context.opted_out:
            walk.effects.append(OptOut("word"))  # said anew: an older START that is found later does not undo it
        else:
            opt_out(walk, "word", said=said)
    elif word == "start":
        commands.start(walk, said=said)
    elif said:
        walk.line("help")
    return True


def _opted_out(walk: Walk, text: str, _: Screening) -> bool:
    """After STOP nothing is answered but what came before this, and the keyword that joins again."""
    if not walk.context.opted_out:
        return False
    if walk.context.opt_out_mode == "ours" and not walk.context.late and _is_keyword(walk, text):
        walk.effects.append(OptIn())
        commands.join(walk, text)
    return True


def _misdirected(walk: Walk, text: str, _: Screening) -> bool:
    if len(text) == 1 or not keywords.misdirected(text):
        return False
    walk.line("not_988", crisis=True)
    return True


def _exact(walk: Walk, text: str, _: Screening) -> bool:
    return _answered(walk, text, replies.exact)


def _tolerant(walk: Walk, text: str, _: Screening) -> bool:
    return _answered(walk, text, replies.read_reply)


def _answered(walk: Walk, text: str, read: Read) -> bool:
    """Answer the open question. One that is loose gives way to the question under it, if that is answered by this.

    An offer of more does so first: to somebody in a check-in a 1 is an answer to it.
    """
    if is_offer(walk):
        return _takes_under(walk, text, read) or _takes(walk, text, read)
    if _takes(walk, text, read):
        return True
    # A digit belongs to the menu that was shown last, even one that it does not have.
    return is_loose(walk) and not any(letter.isdigit() for letter in text) and _takes_under(walk, text, read)


def _takes_under(walk: Walk, text: str, read: Read) -> bool:
    before = walk.frames
    let_go(walk)
    if _takes(walk, text, read):
        return True
    walk.change(frames=before)
    return False


def _takes(walk: Walk, text: str, read: Read) -> bool:
    question = open_question(walk.conversation, walk.library, walk.context)
    if question is None:
        return False
    today = walk.context.at.date()
    answer = read(question, text, walk.language, today=today)
    if answer is None and engine.waits_for_go(question) and _GO_ON.fullmatch(text):
        answer = "go"  # a digit at the note is from somebody who wants to begin
    if answer is not None:
        engine.answer(walk, answer)
        return True
    found = top(walk.conversation, walk.library)
    if question.kind in named.OF_SETTINGS and keywords.leaves_it(text) and engine.skip(walk):
        return True
    also = found[0].states[found[1].also] if found and found[1].also else None
    answer = read(also.question, text, walk.language, today=today) if also and also.question else None
    if answer is None or also is None:
        return False
    engine.answer(walk, answer, of=also.name)
    return True


def _command(walk: Walk, text: str, _: Screening) -> bool:
    command = keywords.command(text)
    return command is not None and commands.obey(walk, command)


def _phrase(walk: Walk, text: str, _: Screening) -> bool:
    if not keywords.opts_out(text):
        return False
    opt_out(walk, "phrase")
    return True


def _doubt(walk: Walk, text: str, _: Screening) -> bool:
    """Ask, once, whether a wish to stop that is not sure was one."""
    if not (walk.has_joined or walk.frames) or not keywords.doubts_stop(text):
        return False
    engine.push(walk, "leaving")
    return True


def _keyword(walk: Walk, text: str, _: Screening) -> bool:
    if not _is_keyword(walk, text):
        return False
    commands.join(walk, text)
    return True


def _is_keyword(walk: Walk, text: str) -> bool:
    return joins(text, walk.context.keywords) is not None


def joins(text: str, known: Iterable[str]) -> str | None:
    """Return which of these words of joining a text is, courtesies around it allowed: "Join please"."""
    said = keywords.strip_phrases(keywords.bare(text), words.POLITE)
    return next((word for word in known if keywords.bare(word) == said), None)


def _about_client(walk: Walk, _: str, screening: Screening) -> bool:
    """Talk about a client is heard as that, and the open question waits: no cheerful question on top of it."""
    if screening.about != "client" or not walk.has_joined:
        return False
    walk.line("risk_client")
    return True


def _unread(walk: Walk, _: str, __: Screening) -> bool:
    if named.leave(walk):
        return True
    if is_offer(walk) or (is_loose(walk) and walk.frames[-1].tries):
        let_go(walk)
    if open_question(walk.conversation, walk.library, walk.context):
        engine.misunderstood(walk)
    elif walk.conversation.parked:
        danger.stay(walk)
    elif walk.has_joined:
        walk.line("idle_resting" if walk.context.standing == "paused" else "idle")
    elif not walk.context.greeted:
        walk.line("unknown")
    return True


def _put_off(walk: Walk, text: str, _: Screening) -> bool:
    return commands.put_off(walk, text)


_ORDER: tuple[Step, ...] = (
    _risk,
    _carrier,
    _misdirected,
    _opted_out,
    _exact,
    _command,
    _phrase,
    _keyword,
    _tolerant,
    named.told_together,
    _put_off,
    _doubt,
    _about_client,
    _unread,
)
_LATE_ORDER: tuple[Step, ...] = (_risk, _carrier, _opted_out, _phrase)
