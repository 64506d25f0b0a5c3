"""One person's telephone, played against the script of a call without a service: what they press and say, and hear."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flows import Context, Conversation, Effect, Library, Say, Turn, packaged
from flows.calling import Call, CallHappening, CallTurn, Listen, Nothing, PickedUp, Pressed, Spoke, proceed
from flows.staging.transcript import after, enrolled

CODE, OURS = "4821", "+17575550100"


@dataclass(slots=True)
class Handset:
    """A person, where their conversation stands, and the call they are in; `turn` is what followed last."""

    context: Context
    conversation: Conversation | None = None
    call: Call = Call(outbound=False, language="en")  # noqa: RUF009  (frozen)
    turn: CallTurn = CallTurn(call, None, (), (), (), None)  # noqa: RUF009  (frozen)
    library: Library = packaged()  # noqa: RUF009  (frozen)

    def happens(self, happening: CallHappening) -> list[str]:
        """Have something happen; return what is said then."""
        self.turn = proceed(self.library, self.call, self.conversation, happening, self.context, OURS)
        self.call, self.conversation = self.turn.call, self.turn.conversation
        self.context = after(self.context, Turn(self.conversation, self.turn.effects))
        return self.said

    def dials(self, *, outbound: bool = False) -> list[str]:
        self.call = Call(outbound=outbound, language=str(self.context.settings.get("language", "en")))
        return self.happens(PickedUp())

    def comes_in(self) -> list[str]:
        """Dial, go on and key the code."""
        self.dials()
        return self.keys("1", CODE)

    def keys(self, *several: str) -> list[str]:
        """Press keys, one document after the other; return what is said after the last."""
        for keys in several:
            self.happens(Pressed(keys))
        return self.said

    def says(self, *several: str) -> list[str]:
        for words in several:
            self.happens(Spoke(words, 0.9))
        return self.said

    def waits(self) -> list[str]:
        return self.happens(Nothing())

    @property
    def said(self) -> list[str]:
        return [part.text for part in self.turn.parts]

    @property
    def copied(self) -> list[str]:
        return [one.text for one in self.turn.copies]

    @property
    def did(self) -> list[Effect]:
        return [effect for effect in self.turn.effects if not isinstance(effect, Say)]

    @property
    def listen(self) -> Listen | None:
        return self.turn.listen


def caller(language: str = "en", **facts: object) -> Handset:
    """Return the telephone of somebody who has joined and has a code."""
    known = enrolled(language)
    known = replace(known, settings={**known.settings, "pin": CODE})
    return Handset(replace(known, **facts))  # type: ignore[arg-type]
