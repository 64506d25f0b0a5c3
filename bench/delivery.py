"""How fast what is due gets into the outbox, how fast one worker sends it, and whether a claim grows with the crowd."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
from redis import Redis
from sqlalchemy import text

from bench.hands import hands
from bench.spin import spin
from bench.standin import run as in_loop
from bench.standin import standin
from bench.texts import NUMBER, phone
from sms_service import clockwork, outbox, programs, schema, senders
from sms_service.participants import newcomer
from sms_service.programs import ProgramSettings
from sms_service.runtime import Runtime, new_id, open_runtime, read_ahead
from sms_service.settings import Settings
from sms_service.throttle import Bucket
from sms_service.twilio.client import Gateway

DUE = 100_000
SMALL, LARGE = 1_000, 1_000_000
_CHUNK, _CROWD_CHUNK = 5_000, 20_000
_ANSWERS_AFTER = 50
_FAST = 1_000
_ROUNDS = 7
_SENDING = timedelta(seconds=15)

_PEOPLE = text("""
    insert into participants (id, phone_hash, contact_key, answer_key, contact, created_at, heard_at)
    select *, :now, :now from unnest(cast(:ids as uuid[]), cast(:hashes as bytea[]), cast(:contact_keys as bytea[]),
        cast(:answer_keys as bytea[]), cast(:contacts as bytea[]))
""")
_ENROL = text("""
    insert into enrolments (id, participant_id, program_id, sender, state, language, zone, day, time, discreet,
        preferences, joined_at)
    select n.id, n.person, :program, :sender, 'active', 'en', 'America/New_York', :day, :time, true, n.said, :now
    from unnest(cast(:ids as uuid[]), cast(:people as uuid[]), cast(:preferences as bytea[])) as n (id, person, said)
""")
_PLAN = text("""
    insert into appointments (id, enrolment_id, kind, occasion, due_at)
    select gen_random_uuid(), id, 'check-in', :occasion, :due from unnest(cast(:ids as uuid[])) as n (id)
""")
# A crowd that is asked another day: rows as large as real ones, which nobody opens.
_CROWD = """
    with p as (
        insert into participants (id, phone_hash, contact_key, answer_key, contact, created_at, heard_at)
        select gen_random_uuid(), sha256(('crowd' || n)::bytea), k, k, k, $3, $3
        from generate_series($1::integer, $2::integer) n,
            lateral (select sha256(n::text::bytea) || sha256((n + 1)::text::bytea) as k) s
        returning id
    ), e as (
        insert into enrolments (id, participant_id, program_id, sender, state, language, zone, day, time, discreet,
            joined_at)
        select gen_random_uuid(), id, $4, $5, 'active', 'en', 'America/New_York', 1, '12:15', true, $3 from p
        returning id
    )
    insert into appointments (id, enrolment_id, kind, occasion, due_at)
    select gen_random_uuid(), id, 'check-in', $3::date + 2, $3 + interval '2 days' + random() * interval '5 days' from e
"""


async def measure(settings: Settings) -> dict[str, Any]:
    """Measure all three in a database of their own, beside the one that is named."""
    rt = open_runtime(await _own_database(settings), pool=6, planned_once=True)
    try:
        await schema.migrate(rt)
        program = await _program(rt)
        growth = await _growth(rt, program)
        await _empty(rt)
        due = await _tick_all(rt, program)
        sent = await _deliver(rt, settings)
    finally:
        await rt.close()
    return {**due, **sent, **growth}


async def _own_database(settings: Settings) -> Settings:
    rt = open_runtime(settings, pool=1)
    async with rt.engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("create database delivery"))
    await rt.close()
    url = settings.database_url.rpartition("/")[0] + "/delivery"
    return settings.model_copy(update={"database_url": url})


async def _program(rt: Runtime) -> object:
    async with rt.begin() as (connection, now):
        made = await programs.add(
            connection,
            slug="many",
            state="live",
            name="Many",
            sender=NUMBER,
            keywords=("JOIN",),
            groups=(),
            settings=ProgramSettings(operator="Bench", short_name="Bench", region=""),
            now=now,
        )
        await senders.change(connection, NUMBER, per_second=_FAST, per_day=None, service=None)
    return made


async def _enrol(rt: Runtime, program: object, first: int, count: int) -> None:
    """Add people, each with keys of their own, whose check-in was due half a minute ago."""
    due = datetime.now(UTC) - timedelta(seconds=30)
    local = due.astimezone(ZoneInfo("America/New_York"))
    for start in range(first, first + count, _CHUNK):
        people = [newcomer(rt, phone(n), due) for n in range(start, min(first + count, start + _CHUNK))]
        ids = [new_id() for _ in people]
        preferences = [
            rt.vault.key(one["contact_key"]).seal({"contact": "no"}, "enrolments.preferences", row)
            for one, row in zip(people, ids, strict=True)
        ]
        async with rt.begin() as (connection, _):
            columns = {"ids": "id", "hashes": "phone_hash", "contact_keys": "contact_key", "answer_keys": "answer_key"}
            columns["contacts"] = "contact"
            values = {name: [one[column] for one in people] for name, column in columns.items()}
            await connection.execute(_PEOPLE, {**values, "now": due})
            who = {"people": values["ids"], "ids": ids, "preferences": preferences, "program": program}
            place = {"sender": NUMBER, "day": local.weekday(), "time": f"{local:%H:%M}", "now": due}
            await connection.execute(_ENROL, {**who, **place})
            await connection.execute(_PLAN, {"ids": ids, "occasion": local.date(), "due": due})
    await _settle_down(rt)


@asynccontextmanager
async def _plainly(rt: Runtime) -> AsyncIterator[asyncpg.Connection]:
    """A connection without the service's time limit, for what only the measurement needs."""
    connection = await asyncpg.connect(rt.settings.database_url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


async def _settle_down(rt: Runtime) -> None:
    async with _plainly(rt) as connection:
        await connection.execute("vacuum analyze participants, enrolments, appointments")


async def _tick_all(rt: Runtime, program: object) -> dict[str, Any]:
    """Have everybody's check-in be due in the same minute; say how long until all of them are in the outbox."""
    print(f"enrolling {DUE} people", flush=True)
    # Two workers, as there are two cores; the other's start doesn't count.
    async with hands(rt.settings, 1) as (other,):
        await other.tick()
        await _enrol(rt, program, 0, DUE)
        quick, began = spin(), time.perf_counter()
        await asyncio.gather(clockwork.tick(rt), other.tick())
        took = time.perf_counter() - began
        quick = (quick + spin()) / 2
    async with rt.begin() as (connection, _):
        ready = (await connection.execute(text("select count(*) from outbox where state = 'ready'"))).scalar_one()
    print(f"tick: {DUE} due, {ready} in the outbox after {took:.1f} s", flush=True)
    if ready != DUE:
        sys.exit(f"{DUE} people were due and {ready} texts are in the outbox")
    return {"due_people": DUE, "due_seconds": round(took, 1), "spin_seconds": round(quick, 2)}


async def _deliver(rt: Runtime, settings: Settings) -> dict[str, Any]:
    """Have one worker send some of them to a stand-in that answers after a while, at the sender's full pace."""
    with standin(_ANSWERS_AFTER) as address:
        redis = Redis.from_url(settings.redis_url)
        gateway = Gateway(settings.model_copy(update={"twilio_api_url": address}))
        bucket = Bucket(redis)
        await outbox.deliver_all(rt, gateway, bucket, timedelta(seconds=1))  # connections are opened
        began = time.perf_counter()
        sent = await outbox.deliver_all(rt, gateway, bucket, _SENDING)
        took = time.perf_counter() - began
        await gateway.close()
        redis.close()
    print(f"deliver: {sent / took:.0f} texts a second", flush=True)
    return {"delivered_per_second": round(sent / took)}


async def _growth(rt: Runtime, program: object) -> dict[str, Any]:
    """Compare claiming what is due among few and among many: the median of some rounds, each of the same people."""
    times = {}
    for size in (SMALL, LARGE):
        print(f"growing the crowd to {size}", flush=True)
        await _crowd(rt, program, size)
        times[size] = await _median(lambda: _claim_round(rt, program))
        print(f"a claim of 500 among {size}: {1000 * times[size]:.0f} ms", flush=True)
    return {
        "claim_ms_among_1000": round(1000 * times[SMALL], 1),
        "claim_ms_among_1000000": round(1000 * times[LARGE], 1),
        "claim_growth": round(times[LARGE] / times[SMALL], 2),
    }


async def _crowd(rt: Runtime, program: object, size: int) -> None:
    async with _plainly(rt) as connection:
        here = await connection.fetchval("select count(*) from participants")
        for first in range(here + 1, size + 1, _CROWD_CHUNK):
            last = min(size, first + _CROWD_CHUNK - 1)
            await connection.execute(_CROWD, first, last, datetime.now(UTC), program, NUMBER)
    await _settle_down(rt)


_next_person = iter(range(500_000, 900_000, 500))


async def _claim_round(rt: Runtime, program: object) -> float:
    await _enrol(rt, program, next(_next_person), 500)
    began = time.perf_counter()
    await clockwork.tick(rt)
    return time.perf_counter() - began


async def _median(once: Callable[[], Coroutine[Any, Any, float]]) -> float:
    await once()  # plans are made
    return statistics.median([await once() for _ in range(_ROUNDS)])


async def _empty(rt: Runtime) -> None:
    async with _plainly(rt) as connection:
        await connection.execute("truncate participants cascade")


def run(settings: Settings) -> dict[str, Any]:
    """Measure, in this process, which keeps its memory as a worker does."""
    read_ahead()
    return in_loop(measure(settings))
