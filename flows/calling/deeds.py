"""What is done in a call, whatever led to it: the flows hear something, help is read out, a code is passed, it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flows import engine
from flows.advance import advance
from flows.calling.saying import Saying
from flows.flow import Channel
from flows.turn import Consent, Erase, Heard, OptOut, Set, Snooze, Turn
from flows.walk import Walk, open_question, waiting

MOST_TRIES = 3


def end(s: Saying, line: str) -> None:
    """End the call; the last thing that somebody in danger hears of is where a person answers."""
    if s.call.place == "crisis":
        s.line("crisis", slowly=True)
    s.line(line)
    s.change(place="over")


def not_understood(s: Saying) -> None:
    s.change(tries=s.call.tries + 1)
    if s.call.tries > MOST_TRIES:
        end(s, "goodbye")
        return
    s.line("again")
    s.repeat(s.call.said[s.call.asks :])


def hear(s: Saying, text: str) -> None:
    """Have the flows hear something, say what they answer, and stay at their question if they have one."""
    question, turn = s.question, advance(s.library, s.conversation, Heard(text), s.context)
    s.confirm(question, turn)
    s.take(turn)
    settle(s)


def settle(s: Saying) -> None:
    """Stay at the open question, or where nothing is asked; whoever has just left is not asked anything either."""
    if any(isinstance(one, OptOut) or (isinstance(one, Erase) and one.everything) for one in s.effects):
        end(s, "goodbye")
    elif any(isinstance(one, Snooze) for one in s.effects):
        menu(s)  # what was just put off is not asked at once
    elif open_question(s.conversation, s.library, s.context):
        s.change(place="talk", tries=0)
        if s.asks is None:  # what lies under something that was left has to be put again
            s.take(put_again(s))
    elif s.conversation is not None and waiting(s.conversation):
        s.change(place="crisis", tries=0)
        s.ask("crisis_next")
    else:
        menu(s)


def put_again(s: Saying, *, begins: bool = False, channel: Channel = "voice") -> Turn:
    """Have the flows put the open question again. `begins`: a note that only waits for the word to go on is answered
    by it, but not the one that comes after a serious moment.
    """
    context = replace(s.context, channel=channel)
    question = open_question(s.conversation, s.library, context)
    if s.conversation is None or question is None:
        return Turn(s.conversation, ())
    if begins and engine.waits_for_go(question) and not s.conversation.risk_at:
        return advance(s.library, s.conversation, Heard("go"), context)
    walk = Walk(s.library, context, s.conversation)
    engine.ask(walk)
    return walk.turn()


def leave(s: Saying) -> None:
    """Go on without an answer. What only offered something is left without a word, and what was asked in danger."""
    offers = s.offers
    if not offers:
        s.leave_offer()
    grave = s.conversation is not None and s.conversation.parked
    s.take(advance(s.library, s.conversation, Heard("skip"), s.context), silently=offers or grave)
    settle(s)


def menu(s: Saying) -> None:
    s.change(place="menu", tries=0)
    s.ask("menu")


def for_anybody(s: Saying) -> None:
    s.change(place="open", tries=0)
    s.line("without_code")
    s.ask("open_menu")


def go_on(s: Saying) -> None:
    """Go on where the person is: at the open question, else at the menu. An offer of more is of another moment."""
    s.leave_offer()
    if open_question(s.conversation, s.library, s.context):
        s.take(put_again(s, begins=True))
        settle(s)
    else:
        menu(s)


def schedule(s: Saying) -> None:
    s.line("schedule")
    hear(s, "day")


def anybodys_break(s: Saying) -> None:
    """Speak a break as to a stranger; another one the next time."""
    at = s.context.at + timedelta(hours=s.call.breaks)
    nobody = replace(s.context, standing="unknown", settings={"language": s.language}, history=(), at=at)
    s.change(breaks=s.call.breaks + 1)
    s.say_all(advance(s.library, None, Heard("BREAK"), nobody), offers=False)


def danger(s: Saying, words: str) -> None:
    """Answer words of danger as a text of them is answered: said twice, slowly, and sent as well.

    Before the code, what is said is the same for anybody; what follows from it is not.
    """
    before = s.conversation
    turn = advance(s.library, before, Heard(words), s.context)
    copied = advance(s.library, before, Heard(words), replace(s.context, channel="text"))
    s.copy(copied)
    if s.call.known:
        s.take(turn, twice=True)
        settle(s)
        return
    s.take(turn, silently=True)
    say_crisis(s)


def crisis(s: Saying) -> None:
    """Say where a person answers to whoever asks for it. Asking is no sign of danger by itself."""
    s.copy_lines("risk_again", "risk_link")
    say_crisis(s)


def say_crisis(s: Saying) -> None:
    s.change(place="crisis", tries=0)
    s.line("crisis", slowly=True)
    s.line("crisis", slowly=True)
    if s.copies and s.call.known:  # only somebody who has joined is sent one
        s.line("crisis_texted")
    s.ask("crisis_next")


def stop_calls(s: Saying) -> None:
    """End the calls, and only the calls: texts have a consent of their own."""
    if s.context.standing in {"enrolled", "paused"}:
        said = "\n".join(one.text for one in s.call.said)
        s.effects += [Consent("calls", said, "no"), Set("by", "text")]
    end(s, "stopped")


def texts_off(s: Saying) -> None:
    """Say how texts come again: by the word that the carriers know, and from that phone."""
    s.line("texts_off")
    s.repeat(s.call.said[s.call.asks :])


def by_text(s: Saying) -> None:
    """Put the open question as a text, with what was answered so far, and hang up."""
    if s.really_opted_out:
        texts_off(s)
        return
    if not s.offers:
        s.leave_offer()
    if s.conversation is None or not s.conversation.frames:
        s.line("nothing_open")
        menu(s)
        return
    if waiting(s.conversation):
        turn = advance(s.library, s.conversation, Heard("go"), replace(s.context, channel="text"))
    else:
        turn = put_again(s, begins=True, channel="text")
    s.move_to_text(turn)
    end(s, "texted")
