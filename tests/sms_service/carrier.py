"""Twilio's side of the line: signed posts to the service, and a look at what it made of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urldefrag, urlencode
from xml.etree import ElementTree

import httpx
from sqlalchemy import text as sql
from twilio.request_validator import RequestValidator

from sms_service.app import create_app
from sms_service.runtime import Runtime
from sms_service.settings import Settings
from sms_service.store.tables import metadata
from tests import people

Pairs = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Carrier:
    """Posts as Twilio does: to the public address, signed by Twilio's own library."""

    settings: Settings
    web: httpx.AsyncClient

    async def post(
        self, path: str, pairs: Pairs, *, body: bytes | None = None, signature: str | None = None
    ) -> httpx.Response:
        """Post a form. `body` is what is really sent, `signature` what really signs it, where they differ."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers["X-Twilio-Signature"] = signature or signed(self.settings, path, pairs)
        return await self.web.post(path, content=urlencode(pairs).encode() if body is None else body, headers=headers)

    async def text(
        self, words: str, *, number: str = people.ADA, sid: str = "", more: Pairs = (), path: str = "/twilio/sms"
    ) -> httpx.Response:
        """Bring one text to the service's number."""
        return await self.post(path, [*form(self.settings, words, number=number, sid=sid), *more])

    async def report(self, outbox: str, sid: str, status: str, *, error: str = "") -> httpx.Response:
        """Report a status to the address that came with a reply."""
        pairs = [("MessageSid", sid), ("MessageStatus", status), ("AccountSid", self.settings.twilio_account_sid)]
        return await self.post(f"/twilio/status?o={outbox}", [*pairs, ("ErrorCode", error)])


@asynccontextmanager
async def line(rt: Runtime) -> AsyncIterator[Carrier]:
    """The real application in this process, from its start to its end."""
    app = create_app(rt)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=rt.settings.public_url, timeout=30) as web,
    ):
        yield Carrier(rt.settings, web)


def form(settings: Settings, words: str, *, number: str = people.ADA, sid: str = "") -> list[tuple[str, str]]:
    """Return the parameters of a text, blanks among them, in no particular order."""
    return [
        ("ToCountry", "US"),
        ("MessageSid", sid or people.sid()),
        ("NumMedia", "0"),
        ("FromCity", ""),
        ("Body", words),
        ("To", people.SENDER),
        ("From", number),
        ("AccountSid", settings.twilio_account_sid),
        ("ApiVersion", "2010-04-01"),
    ]


def signed(settings: Settings, path: str, pairs: Pairs, *, token: str = "") -> str:
    """Return the signature that Twilio's own library makes."""
    validator = RequestValidator(token or settings.twilio_auth_token)
    return str(validator.compute_signature(settings.public_url + path, Repeatable(pairs)))


class Repeatable(dict[str, str]):
    """Parameters as Twilio's library wants them where one may be given twice."""

    def __init__(self, pairs: Pairs) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def getall(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]


def replies(answer: httpx.Response) -> list[str]:
    """Return the texts of a TwiML answer. Fails if it is none."""
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return [message.text or "" for message in _messages(answer)]


def rows(answer: httpx.Response) -> list[str]:
    """Return the outbox rows that the texts of an answer are reported under."""
    return [urldefrag(one.attrib["statusCallback"]).url.partition("?o=")[2] for one in _messages(answer)]


def _messages(answer: httpx.Response) -> list[ElementTree.Element]:
    assert answer.headers["content-type"].startswith("text/xml")
    document = ElementTree.fromstring(answer.content)  # noqa: S314  (our own answer)
    assert document.tag == "Response"
    return list(document)


async def contents(rt: Runtime) -> dict[str, str]:
    """Return a digest of every table, to see whether anything at all was written."""
    async with rt.begin() as (connection, _):
        return {
            table.name: str(await connection.scalar(sql(_DIGEST.format(table.name))))
            for table in metadata.sorted_tables
        }


_DIGEST = "select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from {} t"


async def ask(rt: Runtime, statement: str, **values: object) -> list[tuple[object, ...]]:
    """Look into the database behind the service."""
    async with rt.begin() as (connection, _):
        found = await connection.execute(sql(statement), values)
        return [tuple(row) for row in found] if found.returns_rows else []
