"""One step of a call in the making: what is said, what follows, and where the call stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flows.calling import keys, lines
from flows.calling.call import Call, CallTurn, Listen, Words
from flows.context import Context
from flows.conversation import Conversation
from flows.filling import filled
from flows.flow import Library, Question
from flows.parse import packaged
from flows.turn import Effect, Plan, Save, Say, Set, Turn
from flows.walk import Walk, is_offer, let_go, open_question

_MOST_COPIED = 3
OTHER = {"en": "es", "es": "en"}
"""The other language, in which whoever does not want this one is told how to change."""


@dataclass(slots=True)
class Saying:
    """What has come of a step so far. `copies` go out as texts as well.

    Somebody who has opted out of texts may still call: the flows are told of a person who has not.
    """

    library: Library
    call: Call
    conversation: Conversation | None
    context: Context
    number: str
    effects: list[Effect] = field(default_factory=list)
    copies: list[Say] = field(default_factory=list)
    parts: list[Words] = field(default_factory=list)
    asks: int | None = None
    really_opted_out: bool = False

    def __post_init__(self) -> None:
        self.really_opted_out = self.context.opted_out
        settings = {**self.context.settings, "language": self.call.language}
        settings = settings if self.context.settings else {}
        self.context = replace(self.context, channel="voice", opted_out=False, question_sent=True, settings=settings)
        self._speak(self.call.language)

    def _speak(self, language: str) -> None:
        """Have an open conversation go on in this language."""
        if self.conversation is not None and self.conversation.language != language:
            self.conversation = self.conversation.but(language=language)

    @property
    def question(self) -> Question | None:
        """The question that a key answers: what lies under an offer of more comes before it, as it does for a text."""
        if self.call.place != "talk" or self.conversation is None:
            return None
        own = open_question(self.conversation, self.library, self.context)
        walk = Walk(self.library, self.context, self.conversation)
        if not is_offer(walk):
            return own
        let_go(walk)
        return open_question(walk.conversation, self.library, self.context) or own

    @property
    def offers(self) -> bool:
        """Whether the open question only offers something, so that no answer is one too."""
        if self.call.place != "talk" or self.conversation is None:
            return False
        walk = Walk(self.library, self.context, self.conversation)
        if not is_offer(walk):
            return False
        let_go(walk)
        return open_question(walk.conversation, self.library, self.context) is None

    def leave_offer(self) -> None:
        """Leave what only offers more, without a word, so that what lies under it is open again."""
        if self.conversation is None:
            return
        walk = Walk(self.library, self.context, self.conversation)
        if is_offer(walk):
            let_go(walk)
            self.conversation = walk.turn().conversation

    @property
    def language(self) -> str:
        return self.call.language

    def change(self, **values: Any) -> None:
        """Change where the call stands."""
        self.call = self.call.but(**values)

    def line(self, name: str, *, slowly: bool = False) -> None:
        """Say one of the call's own lines."""
        self._add(name, self.language, slowly=slowly)

    def ask(self, name: str, *, language: str = "") -> None:
        """Say one that an answer is waited for; from the first of them on, silence has it said again."""
        if self.asks is None:
            self.asks = len(self.parts)
        self._add(name, language or self.language)

    def _add(self, name: str, language: str, *, slowly: bool = False) -> None:
        text = lines.line(name, self.conversation, self.context, language, self.number)
        self.parts.append(Words(text, language, slowly))

    def repeat(self, said: Sequence[Words]) -> None:
        """Say something once more."""
        if self.asks is None:
            self.asks = len(self.parts) + (self.call.asks if len(said) == len(self.call.said) else 0)
        self.parts += said

    def take(self, turn: Turn, *, twice: bool = False, silently: bool = False) -> None:
        """Take what the flows decided; what they say in danger is said slowly, `twice`.

        To somebody who has opted out nothing comes by itself, whatever they ask in a call.
        """
        self.conversation = turn.conversation
        never = (Say, Plan) if self.really_opted_out else Say
        self.effects += [effect for effect in turn.effects if not isinstance(effect, never)]
        if turn.conversation is not None:
            self.change(language=turn.conversation.language)
        for effect in turn.effects:
            if isinstance(effect, Set) and effect.name == "language":
                self.change(language=str(effect.value))
        if not silently:
            self.say_all(turn, twice=twice)
        if self.really_opted_out and any(isinstance(one, Plan) and one.flow == "nudge" for one in turn.effects):
            self.line("texts_off")  # they were agreed to, and still none will come

    def say_all(self, turn: Turn, *, twice: bool = False, offers: bool = True) -> None:
        """Say what a turn says. Of what is said `twice`, what is asked comes last.

        Keys belong to what is asked last, so that an offer before it is not made, nor any without `offers`.
        """
        said = [effect for effect in turn.effects if isinstance(effect, Say)]
        if twice:
            self.parts += [Words(one.text, self.language, slowly=True) for one in said]
            said = [one for one in said if one.asks] or said
        asked = next((one for one in reversed(said) if one.asks and offers), None)
        for one in said:
            if one is asked:
                self.asks = len(self.parts)
            text = keys.without_offer(one.text) if one.asks and one is not asked else one.text
            self.parts.append(Words(text, self.language, slowly=one.crisis))

    def confirm(self, question: Question | None, turn: Turn) -> None:
        """Say how an answer on a scale was understood, before anything else; BACK corrects it."""
        kept = [effect.answer for effect in turn.effects if isinstance(effect, Save)]
        for choice in question.choices if question and question.kind == "scale" and len(kept) == 1 else ():
            if choice.value == kept[0]:
                self.parts.append(Words(f"{choice.labels[self.language][0].capitalize()}.", self.language))

    def copy(self, turn: Turn) -> None:
        """Have what a turn says in danger sent as texts too, to somebody who takes texts from us.

        Not without end: a number can be forged, and whoever calls by it could fill another's phone.
        """
        taken = self.context.standing in {"enrolled", "paused"} and not self.really_opted_out
        if taken and self.call.copied < _MOST_COPIED:
            self.change(copied=self.call.copied + 1)
            self.copies += [effect for effect in turn.effects if isinstance(effect, Say) and effect.crisis]

    def copy_lines(self, *names: str) -> None:
        """Have lines sent as texts, in the words of texts."""
        context = replace(self.context, channel="text")
        texts = [one for name in names for one in self.library.lines.get(name) or packaged().lines[name]]
        said = [Say(filled(one, self.conversation, context, self.language), crisis=True) for one in texts]
        self.copy(Turn(None, tuple(said)))

    def move_to_text(self, turn: Turn) -> None:
        """Take what the flows decided, and have all they say sent as texts."""
        self.conversation = turn.conversation
        self.effects += [effect for effect in turn.effects if not isinstance(effect, Say)]
        self.copies += [effect for effect in turn.effects if isinstance(effect, Say)]

    def turn(self, listen: Listen | None) -> CallTurn:
        """Return what came of it. What was said in a call is no text, that the same as a text would be sent twice."""
        if self.conversation is not None:
            self.conversation = self.conversation.but(last_text="", last_at="", last_said=())
        asks = self.asks if self.asks is not None else 0
        call = self.call.but(said=tuple(self.parts), asks=asks)
        return CallTurn(call, self.conversation, tuple(self.effects), tuple(self.copies), tuple(self.parts), listen)
