"""The stylesheets, the icon and the small scripts, served under an address that changes with their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_FOREVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=60"
_TYPES = {
    "check-in.css": "text/css",
    "learning.css": "text/css",
    "joining.css": "text/css",
    "flows.css": "text/css",
    "programs.css": "text/css",
    "icon.svg": "image/svg+xml",
    "preview.js": "text/javascript",
    "theme.js": "text/javascript",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file as it is served."""

    content: bytes
    media_type: str
    digest: str


@cache
def _sheets() -> Mapping[str, Sheet]:
    return {name: _read(name, media_type) for name, media_type in _TYPES.items()}


def _read(name: str, media_type: str) -> Sheet:
    content = resources.files(__package__ or "").joinpath(name).read_bytes()
    return Sheet(content, media_type, hashlib.sha256(content).hexdigest()[:12])


def address(name: str) -> str:
    """Return the address of a file of this folder. Raises KeyError for any other."""
    return f"/style/{_sheets()[name].digest}/{name}"


async def _serve(request: Request) -> Response:
    sheet = _sheets().get(request.path_params["name"])
    if sheet is None:
        return PlainTextResponse("There is no such file.\n", 404)
    # A page kept for five minutes may ask for the file as it was before an upgrade: it gets today's, but not for long.
    known = request.path_params["digest"] == sheet.digest
    headers = {"Cache-Control": _FOREVER if known else _BRIEFLY, "X-Content-Type-Options": "nosniff"}
    return Response(sheet.content, media_type=sheet.media_type, headers=headers)


ROUTE = Route("/style/{digest}/{name}", _serve, methods=["GET"])
