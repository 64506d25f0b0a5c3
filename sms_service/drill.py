"""A drill: fifty texts of people in a hard moment, and what each of them would receive. Nothing is sent or kept.

Once through the live configuration (its programs, flows, settings and whoever is on duty now), once through the doors
of a service whose database is gone, where the fallback document answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import resources
from typing import Literal
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import yaml
from fastapi import FastAPI

from flows import Context, Heard, Library, Say, advance, local
from sms_service import library, participants, program_facts, programs, webhooks
from sms_service.programs import Program
from sms_service.runtime import Runtime, open_runtime
from sms_service.twilio import signature

Contact = Literal["yes", "ask", "no"]
CONTACTS: tuple[Contact, ...] = ("yes", "ask", "no")
_NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:9/none"
_PLACES = re.compile(r"\b(?:988|911)\b")
_PHONE = "+12025550101"


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody would receive: for which program and choice about a call, and whether it names a place to turn."""

    where: str
    language: str
    text: str
    said: tuple[str, ...]
    serious: bool = True

    @property
    def helps(self) -> bool:
        """Whether it was taken seriously, and names a place to turn. An ordinary text that names 988 is not enough."""
        return self.serious and any(_PLACES.search(one) for one in self.said)


def texts() -> list[Mapping[str, str]]:
    """Return the texts of the drill, each with its language."""
    file = resources.files("flows") / "definitions" / "risk.drill.yaml"
    found: dict[str, list[Mapping[str, str]]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found["texts"]


async def live(rt: Runtime) -> list[Answered]:
    """Play every text in every program, once for each choice about a call."""
    async with rt.begin() as (connection, now):
        known = await programs.load(connection)
        current = await library.current(connection)
        held = {one.id: await library.for_new(connection, one.settings.flow, current) for one in known}
    return [
        _hear(held[program.id], context, program, contact, one)
        for program in known
        for contact in CONTACTS
        for one in texts()
        for context in [_somebody(rt, program, contact, one["language"], now)]
    ]


def _somebody(rt: Runtime, program: Program, contact: Contact, language: str, now: datetime) -> Context:
    """Return the facts about somebody who has joined and whom nobody knows."""
    zone = program.settings.zone
    at = local(now, zone)
    return Context(
        program=program_facts.facts(program, rt.settings.public_url, zone, at.date()),
        keywords=dict.fromkeys(program.keywords, program.slug),
        standing="enrolled",
        settings={"language": language, "contact": contact},
        history=(),
        at=at,
        duty=participants.on_duty(rt, program, now, zone),
        opt_out_mode="twilio" if program.opt_out_mode == "twilio" else "ours",
    )


def _hear(current: Library, context: Context, program: Program, contact: str, one: Mapping[str, str]) -> Answered:
    turn = advance(current, None, Heard(one["text"]), context)
    says = [effect for effect in turn.effects if isinstance(effect, Say)]
    where, said = f"{program.slug}, call: {contact}", tuple(effect.text for effect in says)
    return Answered(where, one["language"], one["text"], said, serious=any(effect.crisis for effect in says))


async def without_database(rt: Runtime) -> list[Answered]:
    """Send every text to the real doors while the database is gone, and then to the fallback, as Twilio does."""
    gone = open_runtime(rt.settings.model_copy(update={"database_url": _NOWHERE}), pool=1)
    doors = webhooks.open_doors(gone)
    app = FastAPI()
    app.router.routes[:0] = webhooks.routes(doors)
    try:
        async with webhooks.running(doors), _client(app, rt) as client:
            return [await _refused(client, rt, n, one) for n, one in enumerate(texts())]
    finally:
        await gone.close()


def _client(app: FastAPI, rt: Runtime) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=rt.settings.public_url)


async def _refused(client: httpx.AsyncClient, rt: Runtime, n: int, one: Mapping[str, str]) -> Answered:
    first = await _post(client, rt, "/twilio/sms", n, one["text"])
    answer = first if first.status_code == 200 else await _post(client, rt, "/twilio/sms/fallback", n, one["text"])
    return Answered("database away", one["language"], one["text"], tuple(_messages(answer.text)))


async def _post(client: httpx.AsyncClient, rt: Runtime, path: str, n: int, text: str) -> httpx.Response:
    """Post a text as Twilio would, signed."""
    pairs = [
        ("MessageSid", f"SM{n:032x}"),
        ("AccountSid", rt.settings.twilio_account_sid),
        ("From", _PHONE),
        ("To", _PHONE),
        ("Body", text),
    ]
    signed = signature.sign(rt.settings.twilio_auth_token, rt.settings.public_url + path, pairs)
    headers = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded"}
    return await client.post(path, content=urlencode(pairs), headers=headers)


def _messages(document: str) -> Iterator[str]:
    for message in ElementTree.fromstring(document).iter("Message"):  # noqa: S314  (our own document)
        yield "".join(message.itertext()).strip()


def alike(found: Sequence[Answered]) -> list[tuple[Answered, list[str]]]:
    """Return each different answer once, with everywhere it is given."""
    places: dict[tuple[str, tuple[str, ...]], tuple[Answered, list[str]]] = {}
    for one in found:
        places.setdefault((one.text, one.said), (replace(one, where=""), []))[1].append(one.where)
    return list(places.values())
