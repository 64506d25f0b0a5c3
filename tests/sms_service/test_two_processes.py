"""Two web processes and a tick on one database: everybody is answered once, in order, and nothing locks up."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest

from sms_service import clockwork, inbox, schema
from sms_service.demo.postgres import Postgres
from sms_service.inbox import Inbound
from sms_service.runtime import Runtime, open_runtime
from sms_service.settings import Settings
from tests import people
from tests.ports import free_port
from tests.sms_service.carrier import Carrier, ask, replies, rows
from tests.sms_service.served import database, here, serve

pytestmark = pytest.mark.timeout(600)  # so that the patience in here runs out first

PEOPLE, CHECK_INS = 50, 7
REPEATED, REPORTED, AT_ONCE = 0.1, 0.1, 0.3
OLD_APPOINTMENTS = 30
TEXTING = [f"+1804555{n:04d}" for n in range(PEOPLE)]
SILENT = [f"+1757555{n:04d}" for n in range(10)]
TRUSTED = ssl.create_default_context()  # reading the certificates takes longer than any request here
NAMES = ("drained", "numb", "carry", "help")
# Texts that are sent at once, and what is to be found in the answers to them, in this order once those are sorted.
Step = tuple[tuple[str, ...], tuple[str, ...]]
BREAK: tuple[Step, ...] = (
    (("HELP",), ("STOP ends",)),
    (("STOP",), ("unsubscribed",)),
    (("START",), ("welcome back",)),
    (("HELP",), ("STOP ends",)),
    (("hello",), ("automated",)),
)


@dataclass(slots=True)
class Phone:
    """Somebody who answers check-in after check-in, leaves once and comes back; and what was said to them."""

    number: str
    steps: list[Step]
    last: list[int]
    sids: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    said: list[list[str]] = field(default_factory=list)
    reply_rows: list[str] = field(default_factory=list)
    repeats_alike: list[bool] = field(default_factory=list)


def phone(n: int, number: str, chance: random.Random) -> Phone:
    """Plan what somebody texts: some fifty texts, of which now and then two are sent at once."""
    # No two answers in a row are the same: that would be a double tap, as long as nothing is reported as sent.
    weeks = [chance.sample(range(5), len(NAMES)) for _ in range(CHECK_INS)]
    steps: list[Step] = []
    for week, answers in enumerate(weeks):
        if week == n % CHECK_INS:
            steps += BREAK
        first, second, third, fourth = map(str, answers)
        steps.append((("CHECKIN",), ("Tide 1/4.",)))
        if week < CHECK_INS - 1 and chance.random() < AT_ONCE:
            steps.append(((first, second), ("2/4.", "3/4.")))
        else:
            steps += [((first,), ("2/4.",)), ((second,), ("3/4.",))]
        steps += [((third,), ("4/4.",)), ((fourth,), ("",))]
        if week:
            steps.append((("SKIP",), ("",)))  # the one extra question, which the first check-in does without
    return Phone(number, steps, weeks[-1])


@pytest.fixture(scope="module")
async def place(postgres: Postgres, settings: Settings) -> AsyncIterator[Runtime]:
    """A database of this module's own, in which everybody has joined."""
    rt = open_runtime(here(settings, database_url=await database(postgres, "two_processes")))
    await schema.migrate(rt)
    await people.program(rt)
    for words in people.JOINING:
        await inbox.take(rt, [Inbound(people.sid(), n, people.SENDER, words) for n in (*TEXTING, *SILENT)])
        await people.reach_phones(rt)
    yield rt
    await rt.close()


async def test_two_processes_and_a_tick_answer_everybody_once_and_in_order(place: Runtime, tmp_path: Path) -> None:
    chance = random.Random(7)
    phones = [phone(n, number, chance) for n, number in enumerate(TEXTING)]
    await fill_the_calendar(place)
    with two_processes(place.settings, tmp_path) as urls:
        async with ticking(place), asyncio.TaskGroup() as texting:
            for one in phones:
                texting.create_task(keep_texting(place.settings, one, urls, chance))
    await calendar_is_empty(place)
    all_was_answered(phones)
    await all_is_stored_once(place, phones)
    for one in phones:
        assert await last_check_in(place, one) == dict(zip(NAMES, one.last, strict=True))
    assert await deadlocks(place) == 0
    assert told(tmp_path) == ["", ""]


def told(logs: Path) -> list[str]:
    """Return what each process had to tell: nothing, if all went well."""
    return [path.read_text() for path in logs.glob("*.log")]


@contextmanager
def two_processes(settings: Settings, logs: Path) -> Iterator[tuple[str, str]]:
    """Both behind one public address, as behind a balancer."""
    second = settings.model_copy(update={"port": free_port()})
    with serve(settings, logs / "first.log") as one, serve(second, logs / "second.log") as two:
        yield one.url, two.url


@asynccontextmanager
async def ticking(rt: Runtime) -> AsyncIterator[None]:
    """Keep appointments without a pause."""

    async def tick() -> None:
        while True:
            await clockwork.tick(rt)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(tick())
    try:
        yield
        assert not task.done(), task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def keep_texting(settings: Settings, phone: Phone, urls: tuple[str, str], chance: random.Random) -> None:
    """Text one thing after the other, each through either process, now and then through both at once."""
    # Clients of its own for each phone: one with many connections is slower than what is tested here.
    async with web(urls[0]) as one, web(urls[1]) as two:
        await text_all(phone, [Carrier(settings, one), Carrier(settings, two)], chance)


def web(url: str) -> httpx.AsyncClient:
    # The service lets go of a connection after five quiet seconds; none is used that it may be letting go of just now.
    limits = httpx.Limits(keepalive_expiry=2)
    return httpx.AsyncClient(base_url=url, timeout=30, verify=TRUSTED, limits=limits)


async def text_all(phone: Phone, carriers: Sequence[Carrier], chance: random.Random) -> None:
    for words, _ in phone.steps:
        chance.shuffle(ways := list(carriers))
        found = await asyncio.gather(
            *(text_one(phone, one, ways[n:] + ways[:n], chance) for n, one in enumerate(words))
        )
        phone.said.append(sorted(found))


async def text_one(phone: Phone, words: str, ways: Sequence[Carrier], chance: random.Random) -> str:
    """Text one thing, now and then through both processes at once; return the first thing said to it."""
    phone.sids.append(sid := people.sid())
    through = ways if chance.random() < REPEATED else ways[:1]
    found = await asyncio.gather(*(way.text(words, number=phone.number, sid=sid) for way in through))
    phone.statuses += [answer.status_code for answer in found]
    phone.repeats_alike.append(all(answer.content == found[0].content for answer in found))
    phone.reply_rows += rows(found[0])
    if chance.random() < REPORTED:
        sent = [await ways[1].report(row, people.sid(), "sent") for row in rows(found[0])]
        phone.statuses += [answer.status_code for answer in sent]
    return replies(found[0])[0]


def all_was_answered(phones: Sequence[Phone]) -> None:
    assert {status for phone in phones for status in phone.statuses} == {200, 204}
    assert all(all(phone.repeats_alike) for phone in phones)
    for phone in phones:
        for (words, wanted), said in zip(phone.steps, phone.said, strict=True):
            assert all(part in one for part, one in zip(wanted, said, strict=True)), (phone.number, words, said)


async def all_is_stored_once(rt: Runtime, phones: Sequence[Phone]) -> None:
    wanted = sum(len(phone.sids) for phone in phones)
    assert wanted == len(phones) * (CHECK_INS * 5 + len(BREAK) + CHECK_INS - 1)
    joined = len(people.JOINING) * (len(TEXTING) + len(SILENT))
    assert await ask(rt, "select count(*), count(distinct sid) from messages") == [(wanted + joined,) * 2]
    query = "select o.id::text from outbox o join messages m on m.id = o.origin_id where m.sid = any(:sids)"
    kept = await ask(rt, query, sids=[sid for phone in phones for sid in phone.sids])
    assert sorted(row for (row,) in kept) == sorted(row for phone in phones for row in phone.reply_rows)  # type: ignore[type-var]
    open_ones = "select participant_id from conversations where ended_at is null group by 1 having count(*) > 1"
    assert await ask(rt, open_ones) == []


async def last_check_in(rt: Runtime, phone: Phone) -> object:
    query = """select c.id, c.answers, p.answer_key from check_ins c join enrolments e on e.id = c.enrolment_id
               join participants p on p.id = e.participant_id where p.phone_hash = :who order by c.opened_at desc"""
    row, sealed, key = (await ask(rt, query, who=rt.vault.lookup(phone.number)))[0]
    assert isinstance(row, UUID)
    return rt.vault.key(key).open(sealed, "check_ins.answers", row)  # type: ignore[arg-type]


async def fill_the_calendar(rt: Runtime) -> None:
    """A check-in for each who is silent; for those who text, old appointments that only want to be looked at."""
    await ask(
        rt,
        """insert into appointments (id, enrolment_id, kind, occasion, due_at)
           select gen_random_uuid(), e.id, 'reminder-1', date '2020-01-01' + n, now()
           from enrolments e join participants p on p.id = e.participant_id, generate_series(1, :many) n
           where p.phone_hash = any(:texting)""",
        many=OLD_APPOINTMENTS,
        texting=[rt.vault.lookup(number) for number in TEXTING],
    )
    await ask(
        rt,
        """update appointments set due_at = now() where kind = 'check-in' and enrolment_id in (
               select e.id from enrolments e join participants p on p.id = e.participant_id
               where p.phone_hash = any(:silent))""",
        silent=[rt.vault.lookup(number) for number in SILENT],
    )


async def calendar_is_empty(rt: Runtime) -> None:
    """The tick has kept everything, each once."""
    await clockwork.tick(rt)
    assert await ask(rt, "select count(*) from appointments where state = 'due' and due_at <= now()") == [(0,)]
    old = "select count(*) from appointments where state = 'cancelled' and occasion < '2021-01-01'"
    assert await ask(rt, old) == [(PEOPLE * OLD_APPOINTMENTS,)]
    opened = "select count(*), count(distinct participant_id) from outbox where origin = 'appointment'"
    assert await ask(rt, opened) == [(len(SILENT), len(SILENT))]


async def deadlocks(rt: Runtime) -> object:
    """Return how many there were. Whoever met one has been stopped, and has said so in parting."""
    await rt.engine.dispose()
    connection = await asyncpg.connect(rt.settings.database_url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
    finally:
        await connection.close()
