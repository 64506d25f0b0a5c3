"""A scene's twin on the telephone: the same person answers in calls what they texted there.

The emulator carries out the documents, as strictly as Twilio would; the script of a call and the stage of a play are
the real ones, and the store is this process's memory. What only happens to a person happens between two calls.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import httpx

from flows import Question, Turn, packaged
from flows.calling import Call, CallHappening, Listen, Nothing, PickedUp, Pressed, Spoke, proceed
from flows.calling.saying import Saying
from flows.engine import waits_for_go
from flows.staging.scene import context
from flows.staging.stage import Line, Stage
from flows.staging.transcript import Scene
from flows.walk import open_question
from sms_service.emulator import Settings
from sms_service.emulator import create_app as create_emulator
from sms_service.twilio import spoken
from tests.sms_service.telephone import Telephone

HOME, OURS, THEIRS = "http://service.test", "+17575550100", "+17575550111"
ACCOUNT, TOKEN = "AC" + "5" * 32, "a-token-of-the-tests"
CODE = "4821"

_DIGITS = re.compile(r"\d+")
_GO_ON = re.compile(r"\d|GO|VAMOS|ya", re.IGNORECASE)


@dataclass(slots=True)
class Service:
    """An ASGI app that answers calls from the stage of a play; `lines` is what followed in them."""

    stage: Stage
    language: str
    call: Call | None = None
    listen: Listen | None = None
    step: int = 0
    lines: list[Line] = field(default_factory=list)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        form = dict(parse_qsl((await receive()).get("body", b"").decode()))
        if scope["path"] == "/twilio/voice":
            self.call = Call(outbound=False, language=self._spoken(), locked=False)
            body = self._document(PickedUp())
        else:
            assert parse_qs(scope["query_string"].decode()) == {"s": [str(self.step)]}
            body = self._document(_happening(form))
        head = [(b"content-type", b"text/xml")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body.encode()})

    def _spoken(self) -> str:
        conversation = self.stage.conversation
        return (
            conversation.language if conversation else str(self.stage.context.settings.get("language", self.language))
        )

    def _document(self, happening: CallHappening) -> str:
        assert self.call is not None
        self.call = Call.from_json(self.call.to_json())
        stage = self.stage
        turn = proceed(stage.library, self.call, stage.conversation, happening, stage.context, OURS)
        self.call, self.listen, self.step = turn.call, turn.listen, self.step + 1
        self.lines += stage.follow(Turn(turn.conversation, turn.effects))
        return spoken.document(turn.parts, turn.listen, f"{HOME}/twilio/voice/answer?s={self.step}")

    @property
    def question(self) -> Question | None:
        """The question that a key would answer now."""
        assert self.call is not None
        return Saying(self.stage.library, self.call, self.stage.conversation, self.stage.context, OURS).question


def _happening(form: dict[str, str]) -> CallHappening:
    if "Digits" in form:
        return Pressed(form["Digits"])
    if "SpeechResult" in form:
        return Spoke(form["SpeechResult"], float(form["Confidence"]))
    return Nothing()


@dataclass(slots=True)
class Twin:
    """A phone at that service, and whoever plays the scene on it."""

    phone: Telephone
    service: Service
    calling: bool = False

    async def plays(self, scene: Scene) -> None:
        for step in scene.steps:
            if step.kind == "reply":
                await self._replies(step.words)
            elif step.kind == "happening":
                await self._hangs_up()
                self.service.lines += list(self.service.stage.happened(step.words))[1:]
        await self._hangs_up()
        assert self.phone.exchange.memory.troubles == []

    async def _replies(self, words: str) -> None:
        """Answer, a minute after what came before as in a text. Whoever only goes on has done so with the code."""
        list(self.service.stage.happened("1 minute later"))
        if not self.calling and await self._dials() and _GO_ON.fullmatch(words):
            return
        keys = keyed(self.service.question, words)
        if keys and len(keys) <= (self.service.listen or Listen(0)).keys:
            row = await self.phone.keys(keys)
        elif words.strip():
            row = await self.phone.says(keys or words)
        else:
            row = await self.phone.does("wait")
        self.calling = row["status"] == "in-progress"

    async def _dials(self) -> bool:
        """Call and key the code; say whether a question only waited for that."""
        before = self._open()
        self.calling = True
        await self.phone.calls()
        await self.phone.keys("1")
        await self.phone.keys(CODE if self.service.stage.context.settings.get("pin") else "#")
        return before is not None and waits_for_go(before) and self._open() != before

    def _open(self) -> Question | None:
        stage = self.service.stage
        return open_question(stage.conversation, stage.library, stage.context)

    async def _hangs_up(self) -> None:
        if self.calling:
            await self.phone.does("hangup")
        self.calling = False


def keyed(question: Question | None, words: str) -> str:
    """Return the keys of a telephone for what was texted, "" where it has to be said."""
    said = words.replace(" ", "")
    if question is None or not _DIGITS.fullmatch(said):
        return ""
    numbers = {str(choice.key) for choice in question.choices}
    if question.kind in {"scale", "several"}:
        return "".join(str(int(digit) + 1) for digit in said) if set(said) <= numbers else ""
    return said if not numbers or said in numbers else ""


@asynccontextmanager
async def twin(scene: Scene) -> AsyncIterator[Twin]:
    """Somebody with a code, as the scene has them, and a phone."""
    settings = [one for one in scene.settings if one != "channel voice"]
    known = context(settings if "stranger" in settings else [*settings, "pin yes"])
    service = Service(Stage(packaged(), known), str(known.settings.get("language", "en")))
    account = Settings(account_sid=ACCOUNT, auth_token=TOKEN, service_url=HOME, numbers=(OURS,), step_delay=0)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=service)) as http:
        emulator = create_emulator(account, http=http)
        phones = httpx.ASGITransport(app=emulator)
        async with httpx.AsyncClient(transport=phones, base_url="http://emulator.test") as client:
            yield Twin(Telephone(client, http, emulator.state.exchange, number=THEIRS), service)
        await emulator.state.exchange.close()


async def noted(scene: Scene) -> list[str]:
    """Return what a scene comes to when it is played in calls."""
    async with twin(scene) as found:
        await found.plays(scene)
        return _noted(found.service.lines)


def texted(scene: Scene) -> list[str]:
    """Return what a scene comes to as it is written."""
    return _noted(scene.played())


def _noted(lines: Iterable[Line]) -> list[str]:
    return [line.text for line in lines if line.kind == "noted" and line.text != "nothing is said"]
