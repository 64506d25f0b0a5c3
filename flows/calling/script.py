"""The script of a call: something happens in it, and this says what follows. Total and deterministic, as the flows are.

A call only puts the flows on the telephone: what it hears goes to `advance` as a text would, and what that says is
spoken. Its own are the ways around that: who is there, the code before anything personal, silence, and how to get out.
"""

from __future__ import annotations

from flows.advance import advance
from flows.calling import deeds, keys
from flows.calling.call import Call, CallHappening, CallTurn, Listen, Nothing, PickedUp, Pressed, Spoke
from flows.calling.places import AT
from flows.calling.saying import OTHER, Saying
from flows.context import Context
from flows.conversation import Conversation
from flows.flow import Library
from flows.reading import keywords
from flows.reading.numbers import ONE, count
from flows.reading.spelling import bare
from flows.reading.spoken import YES, listed
from flows.risk import screen
from flows.turn import Heard

_LEAST_SURE = 0.5
_MOST_SILENCES = 4
_MOST_STEPS = 150
_KEYS = 10

_ONWARD = frozenset(listed("go on, go ahead, continue, adelante, seguir, siga"))
_GO_ON = frozenset({*YES, *_ONWARD, *listed("bueno, hello, hola")})
_CHANGE = frozenset(listed("espanol, en espanol, spanish, english, in english, ingles"))
_GOODBYE = frozenset(
    listed(
        "bye, goodbye, good bye, bye bye, hang up, that is all, thats all, nothing else, no thanks, no thank you",
        "adios, chao, hasta luego, colgar, nada mas, eso es todo, no gracias",
    )
)
_REPEAT = frozenset(listed("repeat, repeat that, again, say that again, say it again, what, repetir, repita, otra vez"))
_TEXT_ME = frozenset(
    listed("text me, send me a text, send a text, por mensaje, mandeme un mensaje, mandame un mensaje")
)
_NO_CALLS = frozenset(
    listed(
        "stop calling, stop calling me, stop these calls, no more calls, do not call me, dont call me, dont call",
        "no me llamen, no me llame, no llamen mas, no mas llamadas, dejen de llamarme, no llamen",
    )
)


def proceed(
    library: Library,
    call: Call,
    conversation: Conversation | None,
    happening: CallHappening,
    context: Context,
    number: str,
) -> CallTurn:
    """Return what follows in a call. `context` is by voice, `number` the service's own, to be called back.

    Whatever happens in whatever order, this raises nothing, a call can always be ended, and what is said without an
    answer is said three times at most.
    """
    s = Saying(library, call.but(steps=call.steps + 1), conversation, context, number)
    if call.place == "over" or call.steps >= _MOST_STEPS:
        deeds.end(s, "goodbye")
        return s.turn(None)
    match happening:
        case PickedUp(machine=True):
            deeds.end(s, "voicemail")
        case PickedUp():
            _hello(s)
        case Nothing():
            _silence(s)
        case Pressed(keys=pressed):
            _press(s, pressed)
        case Spoke(words=words, confidence=confidence):
            _speak(s, words, confidence)
    return s.turn(_listening(s))


def _hello(s: Saying) -> None:
    s.change(place="hello")
    s.ask("hello_out" if s.call.outbound else "hello_in")
    s.ask("other_language", language=OTHER[s.language])


def _silence(s: Saying) -> None:
    """Say it again; at a question leave it out the second time; and hang up on nobody."""
    s.change(tries=s.call.tries + 1, silences=s.call.silences + 1)
    if s.call.silences >= _MOST_SILENCES or (s.call.place != "talk" and s.call.tries >= deeds.MOST_TRIES):
        deeds.end(s, "nobody")
    elif s.offers or (s.call.place == "talk" and s.call.tries > 1):
        deeds.leave(s)
    else:
        s.line("again")
        s.repeat(s.call.said[s.call.asks :])


def _press(s: Saying, pressed: str) -> None:
    s.change(answered=True, silences=0)
    question = s.question
    pressed = pressed.rstrip(keys.SKIP) or keys.SKIP  # after keys it says that they are all
    key = keys.alone(question, pressed)
    if pressed[:1] == keys.REPEAT:
        s.repeat(s.call.said)
    elif key == keys.CRISIS:
        deeds.crisis(s)
    elif key == keys.NO_CALLS and not keys.is_choice(question, key):
        deeds.stop_calls(s)
    elif question is not None and key == keys.BY_TEXT and not keys.is_choice(question, key):
        deeds.by_text(s)
    elif question is not None and pressed == keys.SKIP:
        deeds.leave(s)
    elif s.offers and not keys.is_choice(question, key):
        _from_offer(s, key)
    elif question is not None:
        deeds.hear(s, keys.pressed(question, pressed, s.language))
    else:
        AT[s.call.place](s, pressed)


def _from_offer(s: Saying, key: str) -> None:
    """Go from what only offers more to where the menu's key leads."""
    s.take(advance(s.library, s.conversation, Heard("skip"), s.context), silently=True)
    AT["menu"](s, key)


def _speak(s: Saying, words: str, confidence: float | None) -> None:
    """Hear words. Danger comes first, however unsure the recogniser is, and before the code as well."""
    s.change(answered=True, silences=0)
    said = bare(words)
    if screen(words, s.context.program.rules).level:
        deeds.danger(s, words)
    elif keywords.misdirected(words):
        deeds.crisis(s)
    elif confidence is not None and confidence < _LEAST_SURE:
        _unsure(s)
    elif said in _REPEAT:
        s.repeat(s.call.said)
    elif said in _NO_CALLS or keywords.carrier(words) == "stop" or keywords.opts_out(words):
        deeds.stop_calls(s)
    elif s.question is None and (key := _as_key(s, said)):
        _press(s, key)
    elif s.call.known:
        _say_to_flows(s, words, said)
    else:
        deeds.not_understood(s)


def _as_key(s: Saying, said: str) -> str:
    """Return the key that these words stand for at a place that has no question, "" for none."""
    number = None if said in ONE else count(said)
    if number is not None and number < _KEYS:
        return str(number)
    if s.call.place == "hello":
        other = ("espa" if s.language == "en" else "engl") in said
        return "2" if other or said in _CHANGE else "1" if said in _GO_ON else ""
    if s.call.place == "open":
        command = keywords.command(said)
        return {"break": "2", "talk": "3"}.get(command.name, "") if command else ""
    if s.call.place == "menu" and said in _GOODBYE:
        return keys.SKIP
    return "2" if s.call.place == "crisis" and said in _ONWARD else ""


def _say_to_flows(s: Saying, words: str, said: str) -> None:
    command = keywords.command(words)
    if said in _TEXT_ME or (command and command.name == "text"):
        (deeds.crisis if s.call.place == "crisis" else deeds.by_text)(s)
    elif s.really_opted_out and keywords.carrier(words) == "start":
        deeds.texts_off(s)
    elif command and command.name == "day" and not command.argument:
        deeds.schedule(s)
    else:
        deeds.hear(s, keys.spoken(s.question, words))


def _unsure(s: Saying) -> None:
    """Ask again; whoever is not understood twice goes on with the keys alone."""
    s.change(tries=s.call.tries + 1)
    if s.call.tries > deeds.MOST_TRIES:
        deeds.end(s, "nobody")
        return
    s.change(keys_only=s.call.tries > 1)
    s.line("with_keys" if s.call.keys_only else "unsure")
    s.repeat(s.call.said[s.call.asks :])


def _listening(s: Saying) -> Listen | None:
    speech = not s.call.keys_only
    if s.call.place == "over":
        return None
    if s.call.place == "code":
        return Listen(4, speech=False)
    if s.question is not None:
        return keys.listen(s.question, s.language, speech=speech or not keys.by_keys(s.question))
    return Listen(1, speech, keys.hints(None, s.language))
