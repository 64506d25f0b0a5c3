"""Somebody joins, answers, is at risk, meets errors and a restart; then nothing of them is found where others look."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis
from sqlalchemy import text as sql

from sms_service import schema
from sms_service.demo.postgres import Postgres
from sms_service.demo.valkey import Valkey
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import Settings
from sms_service.store.tables import metadata
from tests import people
from tests.sms_service.carrier import Carrier, ask
from tests.sms_service.served import SECRET, Process, database, emulate, here, keep_time, serve

pytestmark = pytest.mark.timeout(600)  # so that the patience in here runs out first

NUMBER = "+17575553947"
NAME = "Zebulon Quackenbush"
RISKY = f"I want to kill myself. {NAME}"
KEEPERS = (("cron",), ("work", "tick"), ("work", "deliver"))
CODE = "7302"
ANSWER = "always, like a tangerine marmalade"
PLANTED = (f"Digits={CODE}", f'"{CODE}"', f"'{CODE}'", NUMBER, NUMBER[1:], NUMBER[2:], NAME, "Quackenbush", "tangerine")
# What is sealed, with which of a person's keys, and whose it is.
SEALED = {
    "participants.contact": ("contact_key", "t.id"),
    "participants.history": ("answer_key", "t.id"),
    "consents.evidence": ("contact_key", "t.participant_id"),
    "messages.body": ("answer_key", "t.participant_id"),
    "conversations.state": ("answer_key", "t.participant_id"),
    "calls.state": ("answer_key", "t.participant_id"),
    "check_ins.answers": ("answer_key", "(select participant_id from enrolments e where e.id = t.enrolment_id)"),
}


@dataclass(slots=True)
class Place:
    """A whole service, and the person who texts it."""

    rt: Runtime
    carrier: Carrier
    phones: httpx.AsyncClient

    async def says(self, words: str) -> list[str]:
        """Text from the emulator's phone; return the statuses that its webhook got."""
        answer = await self.phones.post("/emulator/texts", json={"from": NUMBER, "body": words})
        assert answer.status_code == 200, answer.text
        return [str(one["status"]) for one in answer.json()["attempts"]]

    async def gets(self, after: int) -> dict[str, Any]:
        """Wait for a text to the phone."""
        query: dict[str, str | int] = {"phone": NUMBER, "after": after, "seconds": 5}
        for _ in range(24):  # three processes begin meanwhile
            if found := (await self.phones.get("/emulator/wait", params=query)).json():
                return dict(found[0])
        raise AssertionError(f"no text after {after}")


@pytest.fixture
async def rt(postgres: Postgres, valkey: Valkey, settings: Settings) -> AsyncIterator[Runtime]:
    url = await database(postgres, "secrets_test")
    rt = open_runtime(here(settings, database_url=url))
    await schema.migrate(rt)
    await people.program(rt)
    yield rt
    await rt.close()


@asynccontextmanager
async def place(rt: Runtime) -> AsyncIterator[Place]:
    async with (
        httpx.AsyncClient(base_url=rt.settings.public_url, timeout=30) as web,
        httpx.AsyncClient(base_url=rt.settings.twilio_api_url, timeout=30) as phones,
    ):
        yield Place(rt, Carrier(rt.settings, web), phones)


async def test_nothing_of_a_person_is_found_where_others_look(
    rt: Runtime, postgres: Postgres, valkey: Valkey, tmp_path: Path
) -> None:
    ours = rt.settings
    with ExitStack() as running:
        processes = [running.enter_context(emulate(ours, tmp_path / "emulator.log"))]
        async with place(rt) as here_now:
            with serve(ours, tmp_path / "web.log"):
                await joins_and_meets_errors(here_now)
                metrics = [(await here_now.carrier.web.get("/metrics")).content]
            processes.append(running.enter_context(serve(ours, tmp_path / "web.log")))
            await make_due(rt)
            keepers = [keep_time(ours, tmp_path / f"{name[-1]}.log", *name) for name in KEEPERS]
            processes += [running.enter_context(keeper) for keeper in keepers]
            await answers_and_is_at_risk(here_now)
            metrics.append((await here_now.carrier.web.get("/metrics")).content)
        seen = {
            "metrics": metrics,
            "arguments": [arguments(one) for one in processes],
            "logs": list(files(tmp_path)),
            "queue": in_queue(valkey),
            "tables": await in_tables(rt),
            "PostgreSQL's files": await in_files(rt, postgres),
        }
    the_search_finds_what_is_there(seen)
    planted = [*PLANTED, *await unsealed(rt)]
    for where, found in seen.items():
        assert [(where, word) for word in spelled(planted) if any(word in one for one in found)] == []
    for where in ("metrics", "arguments", "logs", "queue", "tables"):
        secrets = (SECRET, ours.twilio_auth_token, ours.database_url.rpartition("@")[0].rpartition(":")[2])
        assert [(where, word) for word in spelled(secrets) if any(word in one for one in seen[where])] == []


async def joins_and_meets_errors(here_now: Place) -> None:
    for words in ("JOIN", "1", "yes", "2", "SKIP", "1", "CHECKIN", NAME):
        assert await here_now.says(words) == ["200"]
    # The database refuses what is written, and says in its error what that was.
    await ask(here_now.rt, "alter table messages add constraint full_up check (false) not valid")
    assert (await here_now.says(f"{NAME} 1"))[:1] == ["500"]
    await ask(here_now.rt, "alter table messages drop constraint full_up")
    # The conversation cannot be opened.
    spoil = "update conversations set state = overlay(state placing '\\x00000000' from 20) where ended_at is null"
    ((kept,),) = await ask(here_now.rt, "select state from conversations where ended_at is null")
    await ask(here_now.rt, spoil)
    assert (await here_now.says(NAME))[:1] == ["500"]
    assert await here_now.says(RISKY) == ["200"]
    await ask(here_now.rt, "update conversations set state = :kept where ended_at is null", kept=kept)
    # Nobody's number, and nobody's signature.
    strange = [("To", "+17575550199"), ("Body", NAME), ("From", NUMBER), ("MessageSid", people.sid())]
    account = [("AccountSid", here_now.rt.settings.twilio_account_sid)]
    assert (await here_now.carrier.post("/twilio/sms", [*strange, *account])).status_code == 404
    assert (await here_now.carrier.post("/twilio/sms", strange, signature="none")).status_code == 403
    assert (await here_now.carrier.web.get(f"/p/{NAME}")).status_code == 404


async def make_due(rt: Runtime) -> None:
    await ask(rt, "update conversations set state = null, ended_at = now() where ended_at is null")
    await ask(rt, "update appointments set due_at = now() where kind = 'check-in' and state = 'due'")


async def answers_and_is_at_risk(here_now: Place) -> None:
    heard = (await here_now.phones.get("/emulator/messages", params={"phone": NUMBER})).json()
    note = await here_now.gets(heard[-1]["seq"])
    assert "weekly note is ready" in note["body"]
    for words in ("GO", ANSWER, "4", "3", "4", "3", RISKY, "BREAK", "PIN", CODE):
        assert await here_now.says(words) == ["200"]
    await calls_and_is_at_risk(here_now)
    ((answers,),) = await ask(here_now.rt, "select count(*) from check_ins where answers is not null")
    assert answers


async def calls_and_is_at_risk(here_now: Place) -> None:
    row = (await here_now.phones.post("/emulator/calls", json={"from": NUMBER})).json()
    for deed, body in (
        ("press", {"digits": "1"}),
        ("press", {"digits": CODE}),
        ("say", {"speech": ANSWER}),
        ("say", {"speech": RISKY}),
    ):
        row = (await here_now.phones.post(f"/emulator/calls/{row['sid']}/{deed}", json=body)).json()
        assert row["status"] == "in-progress"
    ((codes,),) = await ask(here_now.rt, "select count(*) from messages where redact = 'wanted' and body is null")
    assert codes


def the_search_finds_what_is_there(seen: dict[str, list[bytes]]) -> None:
    """Else finding nothing would prove nothing."""
    known = {
        "metrics": b"checkin_inbound_texts",
        "arguments": b"sms_service.cli",
        "logs": b"batch.failed",
        "queue": b"workers.jobs.",
        "tables": b"Tidewater check-in",
        "PostgreSQL's files": b"Tidewater check-in",
    }
    for where, word in known.items():
        assert any(word in one for one in seen[where]), where


def spelled(words: Iterable[str]) -> Iterator[bytes]:
    """Return each word in every way it might be written: plain, as hexadecimal, and in base64 at each offset."""
    for word in words:
        plain = word.encode()
        yield plain
        yield plain.hex().encode()
        coded = (base64.b64encode(b"\0" * offset + plain)[4 if offset else 0 : -4] for offset in range(3))
        yield from (one for one in coded if len(one) > 5)  # a shorter one is found anywhere by chance


def arguments(process: Process) -> bytes:
    return Path(f"/proc/{process.pid}/cmdline").read_bytes()


def files(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.read_bytes()


def in_queue(valkey: Valkey) -> list[bytes]:
    """Return every key with what it holds, and the files that all of it is kept in."""
    with Redis.from_url(valkey.url) as redis:
        keys = list(redis.scan_iter())
        held = [bytes(key) + (redis.dump(key) or b"") for key in keys]
        plain = [repr(redis.hgetall(key)).encode() for key in keys if redis.type(key) == b"hash"]
        return [*held, *plain, *files(Path(redis.config_get("dir")["dir"]))]


async def in_tables(rt: Runtime) -> list[bytes]:
    """Return every column of every table, as a dump would have it."""
    async with rt.begin() as (connection, _):
        names = [
            str(n)
            for (n,) in await connection.execute(sql("select tablename from pg_tables where schemaname = 'public'"))
        ]
        assert set(metadata.tables) < set(names)
        found = [await connection.execute(sql(f'select row_to_json(t)::text from "{n}" t')) for n in names]  # noqa: S608
        return [str(row).encode() for rows in found for (row,) in rows]


async def in_files(rt: Runtime, postgres: Postgres) -> list[bytes]:
    """Return what stands on the disk once everything has been written out."""
    async with rt.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sql("checkpoint"))
    assert postgres.leashed is not None
    return [*files(postgres.home), postgres.leashed.child.log.read_bytes()]


async def unsealed(rt: Runtime) -> list[str]:
    """Return everything that is sealed as it was before, where it is long enough to be told from chance."""
    plain = []
    for place, (key, whose) in SEALED.items():
        table, _, column = place.partition(".")
        query = f"select t.id, t.{column}, p.{key} from {table} t join participants p on p.id = {whose}"  # noqa: S608
        opened = [rt.vault.key(k).open(value, place, row) for row, value, k in await ask(rt, query) if value]  # type: ignore[arg-type]
        assert opened, place
        for separators in ((",", ":"), (", ", ": ")):  # as we write JSON, and as PostgreSQL does
            plain += [json.dumps(one, separators=separators, ensure_ascii=False) for one in opened]
    return [one for one in plain if len(one) > 12]
