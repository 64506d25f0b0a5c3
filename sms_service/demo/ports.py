"""Ports of this machine: a free one for ourselves, and a clear word about one that is taken."""

from __future__ import annotations

import errno
import secrets
import socket

from sms_service.demo.errors import DemoError

HOST = "127.0.0.1"
# Below what systems lend to outgoing connections, so that none can take one meanwhile.
_FIRST, _LAST = 20_000, 32_000
# Nothing may listen on these yet, but somebody here is about to.
_spoken_for: set[int] = set()


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on now and nobody here has been given."""
    for _ in range(200):
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        if port not in _spoken_for and _refusal(port) is None:
            _spoken_for.add(port)
            return port
    raise DemoError(f"no free port found between {_FIRST} and {_LAST} on {HOST}; end what occupies them")


def is_free(port: int) -> bool:
    """Whether we could listen on this port of the loopback address."""
    return port <= 65_535 and _refusal(port) is None


def must_be_free(name: str, port: int) -> None:
    """Raise DemoError if the port that the variable `name` chose cannot be listened on."""
    refusal = _refusal(port)
    if refusal == errno.EACCES:
        raise DemoError(f"{name}={port} is kept for the administrator; set {name} to a port of 1024 or more")
    if refusal is not None:
        raise DemoError(f"{name}={port} is in use by another program; set {name} to a free port, such as {free_port()}")
    _spoken_for.add(port)


def _refusal(port: int) -> int | None:
    """Return the errno that listening would fail with, None if it would not."""
    with socket.socket() as asking:
        asking.settimeout(1)
        if asking.connect_ex((HOST, port)) == 0:  # macOS lets two bind where one holds every address
            return errno.EADDRINUSE
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError as error:
            return error.errno
    return None
