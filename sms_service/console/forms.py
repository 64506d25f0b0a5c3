"""Reading a form that was sent, and believing it only if it came from a page of ours."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from sms_service.console import uploads
from sms_service.console.sessions import same
from sms_service.runtime import Runtime
from sms_service.translation import Word

LARGEST = 16_384
"""Bytes of an ordinary form."""

Form = Mapping[str, str]

# No program of ours writes these, and the database takes none of the first.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# What is in a file its reader cleans: one saved as UTF-16 without its mark is full of zeros.
_FILES = frozenset({"file", "sheet", "pasted", "calendar"})


class FormError(Exception):
    """A form that is not believed or cannot be read: the status to answer with and a sentence saying why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


async def read(rt: Runtime, request: Request, largest: int = LARGEST) -> Mapping[str, str]:
    """Return a form's fields, a file as what is written in it; of a field sent twice, the last.

    Raises FormError on size, encoding, origin or control characters other than tabs and line ends.
    """
    _check_origin(rt, request)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > largest:
            raise FormError(413, Word("That is more than this form can take (%(most)s KB).", most=largest // 1024))
    content_type = request.headers.get("content-type", "")
    files = _FILES if largest > LARGEST else frozenset[str]()
    try:
        if len(body) > LARGEST:
            return await asyncio.to_thread(_fields, content_type, bytes(body), files)
        return _fields(content_type, bytes(body), files)
    except ValueError:
        raise FormError(
            400, Word("That form could not be read. Go back, load the page again and send it once more.")
        ) from None


def _fields(content_type: str, body: bytes, files: frozenset[str]) -> Mapping[str, str]:
    if content_type.startswith("multipart/form-data"):
        form = uploads.parse(content_type, body)
    else:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, encoding="utf-8", errors="strict"))
    for name, value in form.items():
        if _CONTROL.search(name) or (name not in files and _CONTROL.search(value)):
            raise FormError(
                422,
                Word(
                    "What stands in the field “%(field)s” has a character that can't be seen or kept, such as one of "
                    "code 0. Go back, type it again and send it once more.",
                    field=_CONTROL.sub("", name)[:40],
                ),
            )
    return form


def check_proof(form: Mapping[str, str], proof: str) -> None:
    """Raise FormError unless the form carries the proof that was put into the page."""
    if not same(form.get("proof", ""), proof):
        raise FormError(403, Word("This form is out of date. Go back, load the page again and send it once more."))


def _check_origin(rt: Runtime, request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is None:
        return
    ours = {urlsplit(rt.settings.public_url).netloc, request.headers.get("host")}
    if urlsplit(origin).netloc not in ours:
        raise FormError(403, Word("This form was sent from another site, so nothing was done."))
