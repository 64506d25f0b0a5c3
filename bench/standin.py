"""A stand-in for Twilio's API that only counts: quick, on one core, in a process of its own.

It takes every text and call (201 and a sid, after `delay` milliseconds), lists what it took as Twilio does, and tells
at `GET /taken?since=N` what came after the N-th: to whom, the first words, and the outbox row of the status callback.
It checks no signature and sends no callbacks; whoever wants a phone to play with has the emulator.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import uvloop

ROOT = Path(__file__).resolve().parent.parent
_Result = TypeVar("_Result")
_WORDS = 48
CALL = "(a call)"
"""What is told of a call in place of words."""
_PAGE = 50
_REASONS = {200: b"OK", 201: b"Created", 400: b"Bad Request", 404: b"Not Found"}
_to_json = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Took:
    """One text as it was taken; `row` is the outbox row that its status callback names."""

    sid: str
    number: str
    sender: str
    body: str
    row: str
    second: int

    def as_twilio(self, status: str) -> dict[str, object]:
        """Return what Twilio's client reads."""
        at = _date(self.second)
        return {
            "sid": self.sid,
            "account_sid": "",
            "to": self.number,
            "from": self.sender,
            "body": self.body,
            "status": status,
            "direction": "outbound-api",
            "date_created": at,
            "date_sent": None if status == "queued" else at,
            "date_updated": at,
            "error_code": None,
            "error_message": None,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "api_version": "2010-04-01",
        }


@dataclass(slots=True)
class Book:
    """Every text in the order of coming, and where each number's and each sid's are in it."""

    took: list[Took] = field(default_factory=list)
    of_number: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    of_sid: dict[str, int] = field(default_factory=dict)

    def take(self, form: dict[str, str], *, call: bool = False) -> Took:
        place, kind = len(self.took), "CA" if call else "SM"
        row = form.get("StatusCallback", "").partition("#")[0].partition("o=")[2].partition("&")[0]
        sender = form.get("From") or form.get("MessagingServiceSid", "")
        words = CALL if call else form.get("Body", "")
        one = Took(f"{kind}{place + 1:032x}", form["To"], sender, words, row, int(time.time()))
        self.took.append(one)
        self.of_number[one.number].append(place)
        self.of_sid[one.sid] = place
        return one

    def newest(self, query: dict[str, str]) -> list[Took]:
        """Return what fits To, From and the earliest and latest second of sending, newest first."""
        places = self.of_number.get(query["To"], []) if "To" in query else range(len(self.took))
        earliest, latest = _second(query.get("DateSent>"), 0), _second(query.get("DateSent<"), 1 << 40)
        sender = query.get("From")
        found = (self.took[place] for place in reversed(places))
        return [one for one in found if sender in (None, one.sender) and earliest <= one.second <= latest]


@lru_cache(maxsize=8)
def _date(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC))


def _second(text: str | None, otherwise: int) -> int:
    if not text:
        return otherwise
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


class _Door(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, book: Book, delay: float) -> None:
        self._book = book
        self._delay = delay
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, mark, rest = self._buffer.partition(b"\r\n\r\n")
            length = _length(head) if mark else 0
            if not mark or len(rest) < length:
                return
            self._buffer = rest[length:]
            self._answer(head, rest[:length])

    def _answer(self, head: bytes, body: bytes) -> None:
        verb, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        status, found = _route(self._book, verb, target, body)
        said = _to_json(found).encode()
        answer = b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            status,
            _REASONS[status],
            len(said),
            said,
        )
        if self._delay and status == 201:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, answer)  # type: ignore[attr-defined]
        else:
            self._transport.write(answer)  # type: ignore[attr-defined]


def _length(head: bytes) -> int:
    place = head.lower().find(b"\r\ncontent-length:")
    return 0 if place < 0 else int(head[place + 17 :].split(b"\r\n", 1)[0])


def _route(book: Book, verb: str, target: str, body: bytes) -> tuple[int, object]:
    address = urlsplit(target)
    query = dict(parse_qsl(address.query))
    if address.path == "/taken":
        since = int(query.get("since", 0))
        fresh = [[one.number, one.body[:_WORDS], one.row] for one in book.took[since:]]
        return 200, {"total": len(book.took), "taken": fresh}
    if address.path.endswith("/Messages.json"):
        if verb == "POST":
            form = dict(parse_qsl(body.decode()))
            if not form.get("To"):
                return 400, {"code": 21604, "message": "A 'To' phone number is required.", "status": 400}
            return 201, book.take(form).as_twilio("queued")
        return 200, _page(book, address.path, query)
    if address.path.endswith("/Calls.json") and verb == "POST":
        return 201, book.take(dict(parse_qsl(body.decode())), call=True).as_twilio("queued")
    sid = address.path.rpartition("/")[2].removesuffix(".json")
    if sid in book.of_sid:
        return 200, book.took[book.of_sid[sid]].as_twilio("delivered")
    return 404, {"code": 20404, "message": "not found", "status": 404}


def _page(book: Book, path: str, query: dict[str, str]) -> dict[str, object]:
    size, page = int(query.get("PageSize", _PAGE)), int(query.get("Page", 0))
    found = book.newest(query)
    more = len(found) > (page + 1) * size
    following = f"{path}?{urlencode({**query, 'PageSize': size, 'Page': page + 1})}" if more else None
    shown = found[page * size : (page + 1) * size]
    return {
        "messages": [one.as_twilio("delivered") for one in shown],
        "page": page,
        "page_size": size,
        "next_page_uri": following,
        "previous_page_uri": None,
        "first_page_uri": path,
        "uri": path,
        "start": page * size,
        "end": page * size + max(0, len(shown) - 1),
    }


@contextmanager
def standin(delay: int = 0) -> Iterator[str]:
    """Run one for the length of a block, on a port that the system chooses; give its address."""
    command = (sys.executable, "-m", "bench.standin", "--delay", str(delay))
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError("the stand-in did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Run something in the loop that the web process and the workers have."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def _serve(port: int, delay: int) -> None:
    book = Book()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Door(book, delay / 1000), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--port", type=int, default=0, help="0: any free one")
    reading.add_argument("--delay", type=int, default=0, help="milliseconds before a text is answered for")
    given = reading.parse_args()
    with suppress(KeyboardInterrupt):
        run(_serve(given.port, given.delay))


if __name__ == "__main__":
    main()
