"""The service as the emulator sees it: it takes signed posts, remembers them, and answers what a test laid out."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

ACCOUNT, TOKEN = "AC" + "5" * 32, "a-token-of-the-tests"
HOME = "http://practice.test"
LINE, SECOND_LINE = "+17575550100", "+17575550101"
ADA, BEN = "+17575550111", "+17575550122"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the practice says to one post; `slow` is in seconds."""

    body: str = "<Response/>"
    status: int = 200
    content_type: str | None = "text/xml"
    slow: float = 0


@dataclass(frozen=True, slots=True)
class Post:
    """One post as it arrived."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]
    genuine: bool


def message(text: str, **attributes: str) -> str:
    """TwiML with one message."""
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<Response><Message{given}>{text}</Message></Response>"


@dataclass
class Practice:
    """An ASGI app; `answers` are used up in order, then everything is answered with an empty document."""

    posts: list[Post] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        self.posts.append(self._read(scope, body))
        await self._answer(send, self._next(scope["path"]))

    def _next(self, path: str) -> Answer:
        if path in {"/twilio/status", "/twilio/voice/status"}:
            return Answer("", 204, None)
        return self.answers.popleft() if self.answers else Answer()

    @staticmethod
    def _read(scope: dict[str, Any], body: bytes) -> Post:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        query = scope["query_string"].decode()
        url = HOME + scope["raw_path"].decode() + (f"?{query}" if query else "")
        genuine = RequestValidator(TOKEN).validate(url, form, headers["x-twilio-signature"])
        return Post(scope["path"], form, headers, genuine)

    @staticmethod
    async def _answer(send: Any, answer: Answer) -> None:
        await asyncio.sleep(answer.slow)
        kind = [(b"content-type", answer.content_type.encode())] if answer.content_type else []
        await send({"type": "http.response.start", "status": answer.status, "headers": kind})
        await send({"type": "http.response.body", "body": answer.body.encode()})

    def to(self, path: str) -> list[Post]:
        return [post for post in self.posts if post.path == path]

    def statuses(self, sid: str | None = None) -> list[str]:
        """The statuses told, in the order they came in."""
        told = [post.form for post in self.to("/twilio/status")]
        return [form["MessageStatus"] for form in told if sid in (None, form["MessageSid"])]


async def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds; fails the test when it does not in time."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 -- what is watched rings no bell
            await asyncio.sleep(0.002)


MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
STATUS_URL = f"{HOME}/twilio/status?o=1"


def one_message(sid: str) -> str:
    """The address of one message at Twilio."""
    return MESSAGES.replace(".json", f"/{sid}.json")
