"""The door to the demo's calendar: POST /clock {"to": "next"} on the loopback address.

Only this machine may knock. A page in a browser of this machine is kept out too: the Host header must name
the loopback address, which a rebound name does not, and the body must say it is JSON, which a form cannot.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from sms_service.demo.ports import HOST

Move = Callable[[str], Mapping[str, Any]]

_NAMES = {HOST, "localhost"}
_LONGEST = 4096

log = logging.getLogger("demo.clock")


class ClockDoor(ThreadingHTTPServer):
    """Serves in a thread of its own from `open` to `close`. Moves are made one after the other."""

    daemon_threads = True

    def __init__(self, port: int, move: Move) -> None:
        super().__init__((HOST, port), _Handler)
        self._move, self._one_at_a_time = move, Lock()
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    def open(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering and free the port."""
        self.shutdown()
        self.server_close()

    def move(self, to: str) -> Mapping[str, Any]:
        """Move the calendar. Raises ValueError for a place it cannot be moved to."""
        with self._one_at_a_time:
            return self._move(to)


class _Handler(BaseHTTPRequestHandler):
    server: ClockDoor
    timeout = 10  # seconds for a request that does not come to its end

    def do_GET(self) -> None:
        self._answer(405, {"error": 'POST {"to": "next"} to /clock, or a time such as {"to": "2026-11-23T09:00:00Z"}'})

    def do_POST(self) -> None:
        refusal = self._refusal()
        if refusal is not None:
            self._answer(*refusal)
            return
        to = self._wanted()
        if to is None:
            self._answer(400, {"error": 'the body must be {"to": "next"} or {"to": a time with its zone}'})
            return
        try:
            moved = self.server.move(to)
        except ValueError as error:
            self._answer(400, {"error": str(error)})
        except Exception:  # the outer edge of this request: logged, and answered
            log.exception("the calendar was not moved")
            self._answer(500, {"error": "the calendar was not moved; logs/supervisor.log says why"})
        else:
            self._answer(200, moved)

    def _refusal(self) -> tuple[int, dict[str, str]] | None:
        if not ip_address(self.client_address[0]).is_loopback:
            return 403, {"error": "only this machine may move the calendar"}
        if _host(self.headers.get("Host", "")) not in _NAMES:
            return 403, {"error": f"the Host header must name {HOST} or localhost"}
        if self.path != "/clock":
            return 404, {"error": f"there is no {urlsplit(self.path).path[:80]} here, only /clock"}
        if self.headers.get_content_type() != "application/json":
            return 415, {"error": "the Content-Type must be application/json"}
        return None

    def _wanted(self) -> str | None:
        """Read `to` from the body; None if it isn't there."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > _LONGEST:
            return None
        try:
            body = json.loads(self.rfile.read(int(length)))
        except ValueError:
            return None
        to = body.get("to") if isinstance(body, dict) else None
        return to if isinstance(to, str) and to else None

    def _answer(self, status: int, body: Mapping[str, Any]) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal clear: who knocks here is of no interest."""


def _host(header: str) -> str | None:
    try:
        return urlsplit(f"//{header}").hostname
    except ValueError:
        return None
