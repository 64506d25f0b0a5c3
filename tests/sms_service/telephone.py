"""A telephone at the real service: the emulator carries out what it is told, as strictly as Twilio would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import respx

from sms_service.app import create_app
from sms_service.emulator import Settings
from sms_service.emulator import create_app as create_emulator
from sms_service.emulator.exchange import Exchange
from sms_service.emulator.voice import read_document
from sms_service.runtime import Runtime
from tests import people
from tests.emulator.practice import until

Row = dict[str, Any]
CODE = "4821"


@dataclass(slots=True)
class Telephone:
    """One phone; each deed returns the record of its call."""

    emulator: httpx.AsyncClient
    service: httpx.AsyncClient
    exchange: Exchange
    number: str = people.ADA
    sid: str = ""

    async def calls(self) -> Row:
        """Dial the service's number."""
        row = (await self.emulator.post("/emulator/calls", json={"from": self.number})).json()
        self.sid = row["sid"]
        return row

    async def does(self, what: str, **body: object) -> Row:
        answer = await self.emulator.post(f"/emulator/calls/{self.sid}/{what}", json=body)
        assert answer.status_code == 200, answer.text
        row: Row = answer.json()
        return row

    async def keys(self, *several: str) -> Row:
        """Press keys, one document after the other; a pause ends those that are fewer than are listened for."""
        row: Row = {}
        for digits in several:
            before = len((await self.record())["documents"])
            row = await self.does("press", digits=digits)
            if row["status"] == "in-progress" and len(row["documents"]) == before:
                row = await self.does("wait")
        return row

    async def says(self, words: str, confidence: float = 0.9) -> Row:
        return await self.does("say", speech=words, confidence=confidence)

    async def record(self) -> Row:
        row: Row = (await self.emulator.get(f"/emulator/calls/{self.sid}")).json()
        return row

    def ring(self) -> None:
        """Have calls ring until they are taken, as on the open page of a phone."""
        self.exchange.memory.faults = self.exchange.memory.faults.model_copy(update={"calls": "ring"})

    async def rings(self) -> str:
        """Wait until the call that the service placed last rings, go on with it and return its sid."""
        self.sid = next(reversed(self.exchange.memory.calls))
        await until(lambda: self.exchange.memory.calls[self.sid].status == "ringing")
        return self.sid


def last(row: Row) -> list[str]:
    """Return what the last document said."""
    return said(row)[-1]


def said(row: Row) -> list[list[str]]:
    """Return what each document said."""
    found = []
    for sheet in row["documents"]:
        document = read_document(httpx.Response(200, text=sheet["source"], headers={"Content-Type": "text/xml"}))
        verbs = [part for verb in document.verbs for part in (verb, *verb.parts)]
        found.append([verb.text for verb in verbs if verb.name == "Say"])
    return found


async def join_with_code(rt: Runtime) -> None:
    """Have Ada join the program and choose a code for calls."""
    await people.program(rt)
    await people.join(rt)
    await people.texts(rt, ["PIN", CODE])


async def weeks(rt: Runtime) -> list[dict[str, object]]:
    """Return Ada's own weeks, opened with her key."""
    query = "select id, answer_key, history from participants where history is not null"
    ((who, key, history),) = await people.rows(rt, query)
    found: list[dict[str, object]] = rt.vault.key(key).open(history, "participants.history", who)  # type: ignore[arg-type]
    return found


@asynccontextmanager
async def telephone(rt: Runtime, wire: respx.MockRouter | None = None) -> AsyncIterator[Telephone]:
    """The service and an emulator around it, in this process; `wire` has the service's own requests reach it too."""
    app = create_app(rt)
    settings = Settings(
        account_sid=rt.settings.twilio_account_sid,
        auth_token=rt.settings.twilio_auth_token,
        service_url=rt.settings.public_url,
        numbers=(people.SENDER,),
        webhook_timeout=15,
        step_delay=0.001,
    )
    service = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=service, base_url=rt.settings.public_url, timeout=30) as http,
    ):
        emulator = create_emulator(settings, http=http)
        account = (settings.account_sid, settings.auth_token)
        phones = httpx.ASGITransport(app=emulator)
        async with httpx.AsyncClient(transport=phones, base_url="http://emulator.test", auth=account) as client:
            if wire is not None:
                _join(wire, rt, client)
            yield Telephone(client, http, emulator.state.exchange)
        await emulator.state.exchange.close()


def _join(wire: respx.MockRouter, rt: Runtime, client: httpx.AsyncClient) -> None:
    async def forward(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        answer = await client.request(
            request.method, path, content=request.content, headers={"Content-Type": request.headers["content-type"]}
        )
        return httpx.Response(answer.status_code, content=answer.content, headers={"Content-Type": "application/json"})

    wire.post(url__startswith=f"{rt.settings.twilio_api_url}/2010-04-01").mock(side_effect=forward)
