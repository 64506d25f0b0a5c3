"""PostgreSQL goes away while people text: what they are told, and what is made of it afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from sms_service import collecting, outbox, schema
from sms_service.demo.postgres import Postgres
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import Settings
from sms_service.twilio.client import Gateway
from tests import people
from tests.people import ADA, BEN, CLEO
from tests.sms_service.carrier import Carrier, ask, replies
from tests.sms_service.served import emulate, here, serve

pytestmark = pytest.mark.timeout(600)  # so that the patience in here runs out first

RISKY = "I want to kill myself"
AT_ONCE = timedelta(0)
SOON = 5.0  # seconds; the service gives up on its database within two, and Twilio on us after fifteen
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds PostgreSQL's processes in /proc")


@dataclass(frozen=True, slots=True)
class Place:
    """A service of this module's own, whose database may be taken away."""

    postgres: Postgres
    settings: Settings
    carrier: Carrier
    phones: httpx.AsyncClient

    async def says(self, words: str, number: str) -> dict[str, object]:
        """Text from one of the emulator's phones; return what became of it."""
        answer = await self.phones.post("/emulator/texts", json={"from": number, "body": words}, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @asynccontextmanager
    async def runtime(self) -> AsyncIterator[Runtime]:
        rt = open_runtime(self.settings)
        try:
            yield rt
        finally:
            await rt.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("away")


@pytest.fixture(scope="module")
async def place(folder: Path, settings: Settings) -> AsyncIterator[Place]:
    with Postgres(folder / "pg", fast=True) as postgres:
        ours = here(settings, database_url=postgres.url)
        rt = open_runtime(ours)
        await schema.migrate(rt)
        await people.program(rt)
        for number in (ADA, BEN, CLEO):
            await people.join(rt, number)
        await people.text(rt, "CHECKIN")
        await rt.close()
        with serve(ours, folder / "web.log"), emulate(ours, folder / "emulator.log"):
            async with (
                httpx.AsyncClient(base_url=ours.public_url, timeout=30) as web,
                httpx.AsyncClient(base_url=ours.twilio_api_url) as phones,
            ):
                yield Place(postgres, ours, Carrier(ours, web), phones)


async def test_away_it_says_so_at_once_and_takes_in_later_what_was_said(place: Place) -> None:
    place.postgres.stop()
    await nothing_is_kept_and_everybody_is_told(place)
    told = {number: await place.says(words, number) for number, words in SAID.items()}
    for one in told.values():
        assert [a["status"] for a in one["attempts"]] == [503, 503, 503, 200]  # type: ignore[attr-defined]
        assert all("988" in reply["body"] for reply in one["replies"])  # type: ignore[attr-defined]
    place.postgres.start()
    await it_heals(place)
    async with place.runtime() as rt:
        await what_was_said_is_taken_in(rt, place.settings, {str(one["sid"]) for one in told.values()})
    heard = await place.phones.get("/emulator/messages", params={"phone": CLEO})
    assert "988" in heard.json()[-1]["body"]


SAID = {ADA: "3", BEN: "STOP", CLEO: RISKY}


async def nothing_is_kept_and_everybody_is_told(place: Place) -> None:
    began = time.monotonic()
    answers = await asyncio.gather(*(place.carrier.text("2", number=n) for n in (ADA, BEN, CLEO) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {503}
    assert time.monotonic() - began < SOON
    fallback = await place.carrier.text("2", path="/twilio/sms/fallback")
    assert all("988" in text for text in replies(fallback))
    help_page = await place.carrier.web.get("/r/help")
    assert (help_page.status_code, "988" in help_page.text) == (200, True)
    assert (await place.carrier.report("01890000-0000-7000-8000-000000000000", people.sid(), "sent")).status_code == 503


async def it_heals(place: Place) -> None:
    """Somebody who was not there before is answered, without anything having been started anew."""
    deadline = time.monotonic() + 5
    while (answer := await place.carrier.text("HELP", number="+17575550144")).status_code == 503:
        assert time.monotonic() < deadline
    assert "Tide" in replies(answer)[0]


async def what_was_said_is_taken_in(rt: Runtime, settings: Settings, sids: set[str]) -> None:
    gateway = Gateway(settings)
    (before,) = await ask(rt, "select count(*) from outbox")
    assert await collecting.collect(rt, gateway, settled=AT_ONCE) == len(sids)
    assert await collecting.collect(rt, gateway, settled=AT_ONCE) == 0
    found = await ask(rt, "select sid from messages where source = 'collect'")
    assert {sid for (sid,) in found} == sids
    assert await ask(rt, "select opted_out, how from opt_outs") == [(True, "word")]
    late = await ask(rt, "select priority, state from outbox order by created_at, n offset :n", n=before[0])
    assert late == [(0, "ready"), (0, "ready")]
    assert await outbox.deliver(rt, gateway) == 2
    await gateway.close()


@needs_proc
async def test_a_database_that_hangs_counts_as_away(place: Place) -> None:
    await it_heals(place)
    texters = [Texter(f"+1757555020{n}") for n in range(3)]
    async with all_texting(place, texters):
        await all_have_got(200, texters)
        with frozen(place.postgres):  # with a transaction of theirs under way
            await all_have_got(503, texters)
            await asyncio.sleep(2.5)
        await it_heals(place)
    assert [one.statuses for one in texters] == [{200, 503}] * 3
    assert max(one.slowest for one in texters) < SOON


@needs_proc
async def test_a_database_that_hangs_takes_no_more_than_texts_down(place: Place) -> None:
    await it_heals(place)
    with frozen(place.postgres):
        await nothing_is_kept_and_everybody_is_told(place)
    await it_heals(place)


@dataclass(slots=True)
class Texter:
    """Somebody who texts without a pause: the statuses that came, and the longest wait for one in seconds."""

    number: str
    statuses: set[int] = field(default_factory=set)
    slowest: float = 0.0

    async def keep_texting(self, place: Place, over: asyncio.Event) -> None:
        while not over.is_set():
            began = time.monotonic()
            self.statuses.add((await place.carrier.text("HELP", number=self.number)).status_code)
            self.slowest = max(self.slowest, time.monotonic() - began)


@asynccontextmanager
async def all_texting(place: Place, texters: Sequence[Texter]) -> AsyncIterator[None]:
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for one in texters:
            group.create_task(one.keep_texting(place, over))
        yield
        over.set()


async def all_have_got(status: int, texters: Sequence[Texter]) -> None:
    """Wait until each has, as long as whoever texts is to wait at most."""
    deadline = time.monotonic() + SOON
    while not all(status in one.statuses for one in texters):
        assert time.monotonic() < deadline, [one.statuses for one in texters]
        await asyncio.sleep(0.01)


@contextmanager
def frozen(postgres: Postgres) -> Iterator[None]:
    """Stop every process of the server where it stands, connections and all."""
    first = int((postgres.home / "cluster" / "postmaster.pid").read_text().split()[0])
    family = [first, *(int(p.name) for p in Path("/proc").glob("[0-9]*") if parent(p) == first)]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


def parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
